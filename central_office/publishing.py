"""To every edge of a store: its sets, and the configuration.

A set travels as chunks, each retained under its number, and then its manifest, retained too: an
edge that sees the manifest finds the chunks. Until it has all of them it keeps what it had. What
an edge holds, and what it did not take and why, stands in its status.
"""

import asyncio
import hashlib
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from central_office.errors import OfficeError
from edge_daemon.mqtt import BrokerSettings, Connection, EdgeTopics, Link, Message, Will
from edge_daemon.mqtt.reasons import FAILURE
from edge_daemon.records.master_data import (
    CHUNK_LIMIT,
    Catalogue,
    GiftCards,
    Operators,
    Orders,
    Stock,
)
from edge_daemon.records.messages import MESSAGE_LIMIT, Config, Manifest, encode_message

Lists = Catalogue | Stock | GiftCards | Operators | Orders
LISTS: dict[str, type[Lists]] = {
    "catalogue": Catalogue,
    "stock": Stock,
    "gift-cards": GiftCards,
    "operators": Operators,
    "orders": Orders,
}
"""What is published in chunks, by the name in its topics."""
ENVELOPE_BYTES = 256
"""Of a chunk, for its version, number and the names of its lists."""
AHEAD = 8
"""Messages on their way to the broker at once: 2 MiB."""
PUBLISH_SECONDS = 60.0
"""For all of it."""


class Publication(NamedTuple):
    """What is published, in this order: topic behind `office/`, and payload."""

    messages: list[tuple[str, bytes]]


def publication(name: str, lists: Lists, version: int) -> Publication:
    """Cut a set into chunks.

    Args:
        name: As in its topics, such as `catalogue`.
        lists: All of it.
        version: Higher than any that was published before.

    Raises:
        OfficeError: A row, or the whole, is too large.
    """
    digest = hashlib.sha256()
    messages = []
    for number, part in enumerate(_parts(lists)):
        chunk = msgspec.json.encode({"version": version, "number": number, **part})
        digest.update(chunk)
        messages.append((f"{name}/chunk/{number}", chunk))
    if len(messages) > CHUNK_LIMIT:
        raise OfficeError(f"The {name} has {len(messages)} chunks; an edge takes {CHUNK_LIMIT}.")
    manifest = Manifest(version=version, hash=digest.hexdigest(), chunk_count=len(messages))
    return Publication([*messages, (f"{name}/manifest", encode_message(manifest))])


def configuration(settings: dict[str, Any], version: int) -> Publication:
    """What the office may set, as the one message that it is."""
    config = Config(version=version, settings=settings)
    return Publication([("config", encode_message(config))])


async def publish(
    broker: BrokerSettings,
    topics: EdgeTopics,
    what: Publication,
    *,
    client_id: str,
    patience: float = PUBLISH_SECONDS,
) -> None:
    """Publish retained, and return when the broker has all of it.

    Args:
        broker: Where the edges read.
        topics: Of the store; which of its edges does not matter.
        what: The messages.
        client_id: At the broker, besides the receiving office's.
        patience: Seconds until the broker is given up.

    Raises:
        OfficeError: The broker is not there, or refuses.
    """
    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    link = Link(broker, client_id)
    running = asyncio.create_task(link.run(lambda: _Publishing(topics, what, done)))
    try:
        async with asyncio.timeout(patience):
            await asyncio.shield(done)
    except TimeoutError as error:
        raise OfficeError(link.note or f"The broker at {broker.address} is too slow.") from error
    finally:
        running.cancel()
        await asyncio.wait((running,))


class Outgoing:
    """Messages on their way to the broker: a bounded number, and one that waits for the others."""

    def __init__(self) -> None:
        self._unconfirmed: set[int] = set()
        self._confirmed = asyncio.Event()

    async def send(
        self, connection: Connection, topics: EdgeTopics, what: Publication, *, ahead: int = AHEAD
    ) -> None:
        """Publish retained, in order; the last message, which makes it valid, after all others.

        Returns once the broker has all of it.
        """
        *chunks, last = what.messages
        for name, payload in chunks:
            await self.wait_for_less_than(min(ahead, connection.receive_maximum))
            self.publish(connection, topics.of_store(name), payload, retain=True)
        await self.wait_for_less_than(1)
        self.publish(connection, topics.of_store(last[0]), last[1], retain=True)
        await self.wait_for_less_than(1)

    def publish(self, connection: Connection, topic: str, payload: bytes, *, retain: bool) -> None:
        """Publish one message, now."""
        self._unconfirmed.add(connection.publish(topic, payload, retain=retain))

    async def wait_for_less_than(self, count: int) -> None:
        """Wait until fewer messages than that are on their way."""
        while len(self._unconfirmed) >= count:
            self._confirmed.clear()
            await self._confirmed.wait()

    def confirmed(self, mid: int) -> None:
        """The broker has taken that message, or refused it; another one's is ignored."""
        self._unconfirmed.discard(mid)
        self._confirmed.set()


class _Publishing:
    """What is said on one connection: everything, from the beginning."""

    will: Will | None = None

    def __init__(self, topics: EdgeTopics, what: Publication, done: asyncio.Future[None]) -> None:
        self._topics = topics
        self._what = what
        self._done = done
        self._outgoing = Outgoing()

    def on_message(self, message: Message) -> None:
        """Nothing is subscribed to."""

    def on_puback(self, mid: int, reason: int) -> None:
        """One more is there, or refused."""
        if reason >= FAILURE and not self._done.done():
            self._done.set_exception(OfficeError(f"The broker refuses a message ({reason:#x})."))
        self._outgoing.confirmed(mid)

    async def run(self, connection: Connection) -> None:
        """Publish in order; the last message, which makes it valid, once all others are there."""
        await self._outgoing.send(connection, self._topics, self._what)
        if not self._done.done():
            self._done.set_result(None)


def _parts(lists: Lists) -> Iterator[dict[str, Any]]:
    """The set in parts whose encoding fits into a chunk: rows as they are, in their order."""
    fields = {name: getattr(lists, name) for name in lists.__struct_fields__}
    fixed = {name: value for name, value in fields.items() if not isinstance(value, tuple)}
    part: dict[str, Any] = {}
    size, limit = 0, MESSAGE_LIMIT - ENVELOPE_BYTES
    for name, rows in fields.items():
        for row in rows if isinstance(rows, tuple) else ():
            data = msgspec.json.encode(row)
            if len(data) > limit:
                raise OfficeError(f"A row of {name} has {len(data)} bytes; it fits no chunk.")
            if size + len(data) + 1 > limit:
                yield {**fixed, **part}
                part, size = {}, 0
            part.setdefault(name, []).append(msgspec.Raw(data))
            size += len(data) + 1
    if part or fixed:
        yield {**fixed, **part}
