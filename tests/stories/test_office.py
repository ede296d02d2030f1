"""The counter sells; the central office gets every entry once, whatever happens in between."""

import asyncio
import pathlib

from central_office.office import Office
from central_office.report import read_entries
from central_office.settings import OfficeSettings
from edge_daemon.mqtt import BrokerSettings
from simulators.broker import Broker
from tests.stories.counter import CARD, Counter

PATIENCE_SECONDS = 30


def _relay(broker: Broker) -> str:
    return f"[relay]\nport = {broker.port}\nack_timeout = 0.5\n"


def _office(broker: Broker, database: pathlib.Path) -> Office:
    settings = OfficeSettings(
        database=str(database), broker=BrokerSettings(port=broker.port), gap_seconds=0.2
    )
    return Office(settings)


async def _acknowledged(counter: Counter) -> None:
    """Wait until the office has acknowledged the journal's last entry."""
    relay = counter.daemon.relay
    assert relay is not None
    changed = asyncio.Event()
    relay.on_state(lambda _: changed.set())
    async with asyncio.timeout(PATIENCE_SECONDS):
        while relay.state().acknowledged != str(counter.daemon.journal.head.position):
            changed.clear()
            await changed.wait()


async def _same_bytes(counter: Counter, database: pathlib.Path) -> None:
    stored = await counter.daemon.journal.read_after(None, limit=100_000, max_bytes=1 << 30)
    there = read_entries(database, "edge-0041")
    assert [each.data for each in stored] == list(there)


async def test_every_sale_is_acknowledged_by_the_office_with_the_same_bytes(
    tmp_path: pathlib.Path,
) -> None:
    database = tmp_path / "office.db"
    async with (
        Broker() as broker,
        _office(broker, database),
        Counter(relay=_relay(broker)) as counter,
    ):
        await counter.start()
        await counter.sell()
        await counter.sell(**CARD)
        await _acknowledged(counter)
        await _same_bytes(counter, database)
        health = (await counter.get("/v1/health")).json()
        assert health["relay"]["connected"] is True
        assert health["relay"]["lag"] == 0


async def test_three_sales_without_a_broker_arrive_in_order_and_once_when_it_is_back(
    tmp_path: pathlib.Path,
) -> None:
    database = tmp_path / "office.db"
    async with (
        Broker() as broker,
        _office(broker, database),
        Counter(relay=_relay(broker)) as counter,
    ):
        await counter.start()
        await counter.sell()
        await _acknowledged(counter)
        await broker.kill()
        answers = [await counter.sell() for _ in range(3)]
        assert [answer["state"] for answer in answers] == ["completed"] * 3
        health = (await counter.get("/v1/health")).json()
        assert health["relay"]["lag"] > 0
        await broker.start()
        await _acknowledged(counter)
        await _same_bytes(counter, database)


async def test_sales_of_an_office_that_was_away_arrive_when_it_is_back(
    tmp_path: pathlib.Path,
) -> None:
    database = tmp_path / "office.db"
    async with Broker() as broker, Counter(relay=_relay(broker)) as counter:
        await counter.start()
        await counter.sell()
        async with _office(broker, database):
            await _acknowledged(counter)
        await counter.sell()
        await counter.stop()
        await counter.start()
        await counter.sell()
        async with _office(broker, database):
            await _acknowledged(counter)
            await _same_bytes(counter, database)
