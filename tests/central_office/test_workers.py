"""Three workers at one broker, one PostgreSQL behind them."""

import asyncio
import contextlib
import json
import pathlib
from collections.abc import Iterator

import msgspec
import psycopg
import pytest

from central_office.report import read_entries, read_report
from edge_daemon.journal import Acknowledged, Draft
from edge_daemon.records.payloads import RetailTransaction
from simulators.broker import Broker
from tests.central_office.postgresql import Server, postgresql
from tests.central_office.tills import OF_STORE, OTHER, drained, till
from tests.entries import ORGANIZATION, STORE, sale
from tests.relaying import Edge, OfficeProcess, Tap, open_edge

EDGES, ROUNDS, SALES = 4, 25, 4
DELIVERED, ONE_COMMIT = 6_000, 500
SALE = Draft(payload=msgspec.convert(sale(125), RetailTransaction))


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with postgresql(in_memory=True) as running:
        yield running


async def sell(edge: Edge) -> None:
    for _ in range(ROUNDS):
        await edge.journal.append(*[SALE] * SALES)
        await asyncio.sleep(0)


def arrivals(address: str) -> list[int]:
    with psycopg.connect(address) as session:
        rows = session.execute("SELECT arrival FROM entries ORDER BY arrival").fetchall()
    return [arrival for (arrival,) in rows]


@pytest.mark.parametrize("share", ["workers", None])
async def test_three_workers_store_count_and_acknowledge_once_though_one_is_killed(
    server: Server, tmp_path: pathlib.Path, share: str | None
) -> None:
    address = server.new_database()
    async with Broker(kind="mosquitto") as broker, contextlib.AsyncExitStack() as stack:
        shared = ("--share", share) if share else ()
        workers = [
            OfficeProcess(address, broker.port, "--client-id", f"worker-{number}", *shared)
            for number in range(3)
        ]
        for worker in workers:
            await worker.start()
        edges = [
            await stack.enter_async_context(
                open_edge(path, broker.port, edge_id=path.stem, ack_timeout=1.0)
            )
            for path in [tmp_path / f"edge-{number}.db" for number in range(EDGES)]
        ]
        async with asyncio.TaskGroup() as tasks:
            for edge in edges:
                tasks.create_task(sell(edge))
            await edges[0].until(lambda state: state.acknowledged is not None)
            await workers[1].kill()
        for edge in edges:
            await edge.acknowledged()
        for edge in edges:
            await head_is_what_the_broker_keeps(broker.port, edge)
        lines = {edge.journal.identity.edge_id: await edge.lines() for edge in edges}
        for worker in (workers[0], workers[2]):
            assert await worker.terminate() == 0
    for edge_id, expected in lines.items():
        assert list(read_entries(address, edge_id)) == expected
    report = read_report(address)
    (total,) = report.sales
    assert (total.sales, total.gross) == (EDGES * ROUNDS * SALES, EDGES * ROUNDS * SALES * 125)
    assert (report.quarantine, report.forks, report.stores[0].incomplete) == ((), (), 0)
    assert arrivals(address) == list(range(1, report.entries + 1))


async def test_three_workers_refill_a_blank_database_with_what_was_delivered_long_ago(
    server: Server, tmp_path: pathlib.Path
) -> None:
    address = server.new_database()
    paths = [tmp_path / f"edge-{number}.db" for number in range(3)]
    async with Broker(kind="mosquitto") as broker, contextlib.AsyncExitStack() as stack:
        for path in paths:
            async with open_edge(path, broker.port, edge_id=path.stem) as edge:
                await deliver_elsewhere(edge)
        workers = [
            OfficeProcess(address, broker.port, "--client-id", f"worker-{n}", "--share", "workers")
            for n in range(3)
        ]
        for worker in workers:
            await worker.start()
        edges = [
            await stack.enter_async_context(open_edge(path, broker.port, edge_id=path.stem))
            for path in paths
        ]
        for edge in edges:
            await head_is_what_the_broker_keeps(broker.port, edge)
        for worker in workers:
            assert await worker.terminate() == 0
    report = read_report(address)
    assert report.entries == 3 * (DELIVERED + ONE_COMMIT + 1)
    assert (report.quarantine, report.stores[0].incomplete) == ((), 0)


async def test_two_workers_tell_each_change_once_and_one_takes_over_from_the_other(
    server: Server, tmp_path: pathlib.Path
) -> None:
    address = server.new_database()
    async with (
        Broker(kind="mosquitto") as broker,
        till(tmp_path, broker.port) as one,
        till(tmp_path, broker.port, OTHER) as other,
    ):
        workers = [OfficeProcess(address, broker.port, "--client-id", name) for name in "ab"]
        for worker in workers:
            await worker.start()
        await one.receive(5_000)
        await other.until_stock(cola=5_000)
        async with Tap(broker.port, f"{OF_STORE}/stock/delta") as tap:
            await one.receive(-1_000)
            await other.until_stock(cola=4_000)
            steps = [json.loads(message.payload) for message in drained(tap)]
        assert len({step["from_version"] for step in steps}) == len(steps)
        await workers[0].kill()
        await one.receive(-1_000)
        await other.until_stock(cola=3_000)
        assert await workers[1].terminate() == 0


async def deliver_elsewhere(edge: Edge) -> None:
    for _ in range(DELIVERED // ONE_COMMIT):
        await edge.journal.append(*[SALE] * ONE_COMMIT)
    head = edge.journal.head
    edge.journal.acknowledge(Acknowledged(head.epoch, head.seq, head.hash))
    await edge.journal.append(*[SALE] * ONE_COMMIT)


async def head_is_what_the_broker_keeps(port: int, edge: Edge) -> None:
    """Wait for it: workers overtake each other, and whoever was overtaken looks again."""
    edge_id, head = edge.journal.identity.edge_id, edge.journal.head
    ack = {"epoch": head.epoch, "up_to_seq": head.seq, "hash": head.hash}
    async with Tap(port, f"pos/v1/{ORGANIZATION}/{STORE}/{edge_id}/ack") as tap:
        await tap.next(lambda message: bool(json.loads(message.payload) == ack))
