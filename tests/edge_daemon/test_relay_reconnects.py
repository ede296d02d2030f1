"""What the relay sends again after a break: all that may be lost, and nothing that is not."""

import pathlib

from simulators.broker import Broker
from tests.entries import EDGE, ORGANIZATION, STORE
from tests.proxy import Proxy
from tests.relaying import Tap, office, open_edge, stored

JOURNAL = f"pos/v1/{ORGANIZATION}/{STORE}/{EDGE}/journal"
NEVER_SECONDS = 60.0
"""Longer than the tests: neither the relay's patience nor the office's question helps."""


async def test_what_was_acknowledged_is_not_sent_again_after_a_restart_with_a_blank_broker(
    tmp_path: pathlib.Path,
) -> None:
    path = tmp_path / "journal.db"
    async with Broker() as broker:
        async with (
            office(tmp_path / "office.db", broker.port),
            open_edge(path, broker.port) as edge,
        ):
            await edge.append(100)
            await edge.acknowledged()
            await edge.journal.check_alive()  # the mark is stored with the next commit
        await broker.kill()
        await broker.start()
        async with Tap(broker.port, JOURNAL) as tap, open_edge(path, broker.port) as edge:
            await edge.append()
            message = await tap.next(lambda _: True)
            lines = await edge.lines()
    assert message.payload == lines[-1]


async def test_what_a_dead_line_swallowed_is_sent_again_at_once(tmp_path: pathlib.Path) -> None:
    database = tmp_path / "office.db"
    async with (
        Broker() as broker,
        Proxy(broker.port) as proxy,
        office(database, broker.port, gap_seconds=NEVER_SECONDS),
        open_edge(tmp_path / "journal.db", proxy.port, ack_timeout=NEVER_SECONDS) as edge,
    ):
        await edge.acknowledged()
        proxy.silent = True
        await edge.append(200)
        while edge.relay._cursors.next_after() is not None:
            await edge.journal.check_alive()
        proxy.silent = False
        proxy.cut()
        await edge.acknowledged()
        lines = await edge.lines()
    assert stored(database) == lines
