"""One worker of several: listens to the journals of its own edges, and of no others.

An edge's stream must not be dealt out message by message (as a shared subscription of MQTT 5 does):
each worker would hold pieces with holes between them and park what the next one is about to fill.
So an edge is taken in by one worker, whole and in order, over subscriptions to its own topics,
which every broker knows. Statuses come to all workers; they tell which edges there are.

When a worker comes or goes, the others learn it from the roster within a few seconds and share the
edges out anew. Whoever takes one over is told its retained status by the broker and answers it, so
the edge knows at once that somebody listens again; whoever gives one up listens on for one roll
call more, so that none is without a listener. Twice heard is once stored: order and uniqueness are
the database's, whatever happens here.
"""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Iterable

from central_office.share import Share
from edge_daemon.mqtt import Connection, EdgeTopics

ROLL_CALL_SECONDS = 2.0
EDGES_AT_ONCE = 64
"""In one SUBSCRIBE, two topics each: some 10 KiB."""


class Claims:
    """The edges of one worker on one connection."""

    def __init__(
        self,
        worker: str,
        connection: Connection,
        *,
        call_roll: Callable[[], Awaitable[list[str]]],
        edges: Callable[[], Awaitable[list[EdgeTopics]]],
    ) -> None:
        self._share = Share(worker)
        self._connection = connection
        self._call_roll = call_roll
        self._edges = edges
        self._known: set[EdgeTopics] = set()
        self._held: set[EdgeTopics] = set()
        self._leaving: set[EdgeTopics] = set()

    async def run(self) -> None:
        """Call the roll over and over, until cancelled."""
        while True:
            await asyncio.sleep(ROLL_CALL_SECONDS)
            await self.renew()

    async def renew(self) -> None:
        """Call the roll, and take or leave edges where the workers are others than before.

        Raises:
            BrokerError: The broker does not let us listen.
            OfficeError: The database failed.
        """
        changed = self._share.divide(await self._call_roll())
        if changed:
            self._known.update(await self._edges())
        elif not self._leaving:
            return
        ours = {topics for topics in self._known if self._share.has(topics.edge)}
        await self._take(sorted(ours - self._held))
        others = self._held - ours
        self._leave(sorted(others & self._leaving))
        self._leaving = others & self._held

    async def meet(self, topic: str) -> bool:
        """Whether the status that came on `topic` is ours to answer; listens to a new edge."""
        try:
            topics, _ = EdgeTopics.parse(topic)
        except ValueError:
            return self._share.has(topic)
        self._known.add(topics)
        if not self._share.has(topics.edge):
            return False
        if topics not in self._held:
            await self._take([topics])
        return True

    def hold(self, topics: EdgeTopics) -> bool:
        """Whether the edge is ours."""
        return topics in self._held and self._share.has(topics.edge)

    async def _take(self, edges: Iterable[EdgeTopics]) -> None:
        waiting = iter(edges)
        while part := list(itertools.islice(waiting, EDGES_AT_ONCE)):
            self._held.update(part)
            await self._connection.subscribe(*_topics(part))

    def _leave(self, edges: Iterable[EdgeTopics]) -> None:
        waiting = iter(edges)
        while part := list(itertools.islice(waiting, EDGES_AT_ONCE)):
            self._held.difference_update(part)
            self._connection.unsubscribe(*_topics(part))


def _topics(edges: Iterable[EdgeTopics]) -> list[str]:
    return [name for topics in edges for name in (topics.journal, topics.status)]
