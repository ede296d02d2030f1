"""A counter with the real office behind it, and what a test waits for between the two."""

import asyncio
import contextlib
import pathlib
from collections.abc import AsyncIterator, Callable
from typing import Any

from central_office.office import Office
from central_office.settings import OfficeSettings
from edge_daemon.mqtt import BrokerSettings, EdgeTopics
from edge_daemon.records.messages import Resume, decode_message
from simulators.broker import Broker
from tests.relaying import Tap
from tests.stories.counter import Counter

PATIENCE_SECONDS = 30


@contextlib.asynccontextmanager
async def a_counter(broker: Broker, database: pathlib.Path) -> AsyncIterator[Counter]:
    relay = f"[relay]\nport = {broker.port}\nack_timeout = 0.5\nresume_wait = 1.0\n"
    settings = OfficeSettings(
        database=str(database), broker=BrokerSettings(port=broker.port), gap_seconds=0.2
    )
    async with Office(settings), Counter(relay=relay) as counter:
        await counter.start()
        yield counter


async def acknowledged(counter: Counter) -> None:
    """Wait until the office has acknowledged the journal's last entry."""
    await relayed(
        counter, lambda state: state.acknowledged == str(counter.daemon.journal.head.position)
    )


async def relayed(counter: Counter, is_so: Callable[[Any], bool]) -> str:
    """Wait until the relay says so, and return its alarm."""
    relay = counter.daemon.relay
    assert relay is not None
    changed = asyncio.Event()
    relay.on_state(lambda _: changed.set())
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not is_so(relay.state()):
            changed.clear()
            await changed.wait()
    return relay.state().alarm


async def remembered(counter: Counter, broker: Broker) -> Resume:
    """Wait until the office keeps what a blank card would go on with, and return it."""
    head, edge = counter.daemon.journal.head, counter.daemon.configuration.edge
    topics = EdgeTopics(edge.organization, edge.store, edge.id)
    async with Tap(broker.port, topics.resume) as tap:
        message = await tap.next(lambda message: head.hash in message.payload.decode())
    return decode_message(Resume, bytes(message.payload))


async def stored(counter: Counter) -> list[bytes]:
    """The journal's bytes."""
    entries = await counter.daemon.journal.read_after(None, limit=10_000, max_bytes=1 << 30)
    return [entry.data for entry in entries]
