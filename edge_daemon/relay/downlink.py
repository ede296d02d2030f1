"""From the office to every edge of a store: carries what comes to whoever keeps it.

It runs beside the relaying of the journal and shares nothing with it but the connection, so that a
large catalogue delays no entry. A message is acknowledged once it is kept or rejected; the broker
sends a bounded number ahead of that.
"""

import asyncio
import collections
import contextlib
from collections.abc import Callable, Sequence
from typing import Protocol

from edge_daemon.mqtt import Connection, EdgeTopics, Message


class Subscription(Protocol):
    """A topic to be subscribed to."""

    @property
    def name(self) -> str:
        """Behind `office/`."""
        ...

    @property
    def turn(self) -> int:
        """Another one asks the broker once more for what it retains there."""
        ...


class Downstream(Protocol):
    """Who keeps what the office sends."""

    @property
    def wanted(self) -> Sequence[Subscription]:
        """The topics to be subscribed to now."""
        ...

    @property
    def due_at(self) -> float | None:
        """When, in the loop's seconds, to call `look`; None when nothing is awaited."""
        ...

    def look(self) -> None:
        """Something that was awaited has not come."""
        ...

    async def hear(self, topic: str, payload: bytes) -> bool:
        """Take what came on a topic behind `office/`; True when the status is to be repeated."""
        ...

    @property
    def versions(self) -> dict[str, int]:
        """What is in force, by name."""
        ...

    @property
    def news(self) -> dict[str, int]:
        """What of `versions` the office is told as soon as it is another."""
        ...

    @property
    def rejected(self) -> dict[str, str]:
        """What was not taken, by name, and why."""
        ...


class Downlink:
    """What comes down on one connection."""

    def __init__(
        self, downstream: Downstream, topics: EdgeTopics, outdated: Callable[[], None]
    ) -> None:
        self._downstream = downstream
        self._prefix = topics.of_store("")
        self._outdated = outdated
        self._inbox: collections.deque[Message] = collections.deque()
        self._arrived = asyncio.Event()
        self._subscribed: dict[str, int] = {}

    def takes(self, topic: str) -> bool:
        """True for what the office sends to every edge of the store."""
        return topic.startswith(self._prefix)

    def on_message(self, message: Message) -> None:
        """Queue it."""
        self._inbox.append(message)
        self._arrived.set()

    async def run(self, connection: Connection) -> None:
        """Subscribe, and hand over what comes until cancelled.

        Raises:
            BrokerRefusedError: We may not read these topics.
            BrokerError: The broker does not answer.
            JournalError: The disk failed.
        """
        while True:
            await self._subscribe(connection)
            await self._wait()
            before = (self._downstream.news, self._downstream.rejected)
            hole = await self._hand_over(connection)
            self._downstream.look()
            if hole or before != (self._downstream.news, self._downstream.rejected):
                self._outdated()

    async def _subscribe(self, connection: Connection) -> None:
        """Subscribe to what is new.

        What is asked for once more is let go first: not every broker sends again what it retains
        when a subscription is only repeated.
        """
        wanted = {each.name: each.turn for each in self._downstream.wanted}
        gone = [name for name, turn in self._subscribed.items() if wanted.get(name) != turn]
        new = [name for name, turn in wanted.items() if self._subscribed.get(name) != turn]
        self._subscribed = wanted
        if gone:
            connection.unsubscribe(*(self._prefix + name for name in gone))
        if new:
            await connection.subscribe(*(self._prefix + name for name in new))

    async def _wait(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(self._downstream.due_at):
                await self._arrived.wait()

    async def _hand_over(self, connection: Connection) -> bool:
        self._arrived.clear()
        hole = False
        while self._inbox:
            message = self._inbox.popleft()
            topic = message.topic.removeprefix(self._prefix)
            hole |= await self._downstream.hear(topic, message.payload)
            connection.acknowledge(message)
        return hole
