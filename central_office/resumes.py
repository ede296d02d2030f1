"""Publishes, retained, with what each edge would go on: at most once a second, and only changes."""

import asyncio
from collections.abc import Awaitable, Callable

from edge_daemon.mqtt import EdgeTopics

INTERVAL_SECONDS = 1.0

Read = Callable[[list[str]], Awaitable[dict[str, bytes]]]
Publish = Callable[[str, bytes], Awaitable[None]]


class ResumePublisher:
    """What is due on one connection to the broker.

    What was published is looked at once more a turn later: another worker may have overtaken it.
    """

    def __init__(self, read: Read, publish: Publish) -> None:
        self._read = read
        self._publish = publish
        self._due: dict[str, EdgeTopics] = {}
        self._changed = asyncio.Event()
        self._told: dict[str, bytes] = {}

    def see(self, topics: EdgeTopics) -> None:
        """Take note that something of an edge was committed."""
        self._due[topics.edge] = topics
        self._changed.set()

    def greet(self, topic: str) -> None:
        """Tell an edge that has just connected again: the broker may have lost what it kept."""
        try:
            topics, _ = EdgeTopics.parse(topic)
        except ValueError:
            return
        self._told.pop(topics.edge, None)
        self.see(topics)

    async def run(self) -> None:
        """Publish what is due, until cancelled."""
        while True:
            await self._changed.wait()
            due, self._due = self._due, {}
            self._changed.clear()
            told, self._told = self._told, {}
            for edge, message in (await self._read(list(due))).items():
                if told.get(edge) != message:
                    await self._publish(due[edge].resume, message)
                    self._told[edge] = message
                    self.see(due[edge])
            await asyncio.sleep(INTERVAL_SECONDS)
