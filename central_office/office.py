"""The office on the network: takes in, commits, and only then acknowledges.

All that waits is taken in by one transaction, on one worker thread; one acknowledgement for each
edge follows its commit. The broker's messages are acknowledged after that too, so what this
process held when it was killed comes again.
"""

import asyncio
import collections
import concurrent.futures
import contextlib
import time
from collections.abc import Awaitable, Callable
from typing import NoReturn, Self, TypeVar

from central_office.claims import Claims
from central_office.downstream.publisher import Downstream
from central_office.errors import OfficeError
from central_office.gaps import GapWatch, piece
from central_office.ingest import Standing
from central_office.master_lists import ListKey
from central_office.reading import POSTGRESQL
from central_office.resumes import ResumePublisher
from central_office.settings import OfficeSettings
from central_office.sql_tables import Session
from central_office.store import Store, open_store
from edge_daemon.mqtt import Connection, EdgeTopics, Link, Message, Will, every_edge
from edge_daemon.mqtt.reasons import NOT_AUTHORISED
from edge_daemon.records.messages import Ack, Replay, encode_message

_KINDS = ("status", "journal")
Answer = TypeVar("Answer")
BATCH_MESSAGES = 256
"""Messages in one transaction: bounds the time that the first of them waits."""
SESSION_SECONDS = 3600
"""The broker keeps our subscriptions this long: a short absence costs no replay. Not those of a
worker that shares the edges with others: they listen meanwhile."""
UNCONFIRMED_LIMIT = 256
"""Acknowledgements of ours that the broker has not taken yet; then ingest waits. A broker with a
smaller Receive Maximum is obeyed."""

NOTHING_TO_SHARE = (
    "Workers that share the edges need one database for all of them: give a PostgreSQL, or leave "
    "share away."
)

MAY_NOT_ANSWER = (
    "The broker does not let us answer the edges, so none of them is acknowledged. Check its "
    "access list."
)


class Office:
    """Receives the edges' streams while it is entered.

    Attributes:
        ready: Set while subscribed at the broker.
        on_booked: Called when something was committed.
    """

    def __init__(
        self,
        settings: OfficeSettings,
        *,
        now_us: Callable[[], int] = lambda: time.time_ns() // 1000,
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        self.settings = settings
        self.ready = asyncio.Event()
        self._now_us = now_us
        self._on_change = on_change
        self.on_booked: Callable[[], None] = lambda: None
        self._worker = concurrent.futures.ThreadPoolExecutor(1, "office-database")
        self._store: Store | None = None
        self._running: tuple[asyncio.Task[NoReturn], ...] = ()
        self.downstream = Downstream(settings, now_us=now_us, outrank=self._outrank)
        self.link = Link(
            settings.broker,
            settings.client_id,
            session_seconds=0 if settings.share else SESSION_SECONDS,
            on_change=self._changed,
        )

    async def __aenter__(self) -> Self:
        """Open the database and begin to connect.

        Raises:
            OfficeError: The database cannot be used.
        """
        if self.settings.share and not self.settings.database.startswith(POSTGRESQL):
            raise OfficeError(NOTHING_TO_SHARE)
        loop = asyncio.get_running_loop()
        self._store = await loop.run_in_executor(
            self._worker, lambda: open_store(self.settings.database, self.settings.limits)
        )
        self._running = (
            asyncio.create_task(self.link.run(self._converse)),
            asyncio.create_task(self.downstream.run()),
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        """Finish the transaction under way, say goodbye, close the file."""
        for task in self._running:
            task.cancel()
        if self._running:
            await asyncio.wait(self._running)
        if self._store is not None:
            loop = asyncio.get_running_loop()
            with contextlib.suppress(OfficeError):
                await self._leave()
            await loop.run_in_executor(self._worker, self._store.close)
        self._worker.shutdown()

    async def wait(self) -> None:
        """Wait for the end that never comes by itself.

        Raises:
            OfficeError: The database failed.
        """
        ended, _ = await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
        for task in ended:
            task.result()

    @property
    def shared(self) -> bool:
        """Other workers may write to the same database."""
        return self._store is not None and self._store.shared

    async def take_in(self, messages: list[Message]) -> list[Standing]:
        """Commit messages and say where their edges stand."""
        now_us = self._now_us()
        pairs = [(message.topic, message.payload) for message in messages]
        standings = await self._on_worker(lambda store: store.take_in(pairs, now_us))
        self.downstream.wake()
        self.on_booked()
        return standings

    async def standings(self, epochs: list[tuple[str, str]]) -> list[Standing]:
        """Read where epochs (edge, epoch) stand now."""
        return await self._on_worker(lambda store: store.standings(epochs))

    async def resumes(self, edges: list[str]) -> dict[str, bytes]:
        """Read with what edges would go on now."""
        return await self._on_worker(lambda store: store.resumes(edges))

    async def edges(self) -> list[EdgeTopics]:
        """Read which edges there are."""
        return await self._on_worker(lambda store: store.edges(self.settings.organization))

    @property
    def note(self) -> str:
        """What a person should know, of either connection; empty when all is well."""
        return self.link.note or self.downstream.link.note or self.downstream.problem

    async def _outrank(self, key: ListKey, version: int) -> None:
        await self._on_worker(lambda store: store.outrank(key, version))

    async def call_roll(self) -> list[str]:
        """Say that this worker is here, and who else of its group is."""
        group, name = self._group, self.settings.client_id
        return await self._on_worker(lambda store: store.call_roll(group, name))

    async def do(self, act: Callable[[Session], Answer]) -> Answer:
        """Do something in a transaction, between two of those that take in.

        Raises:
            OfficeError: The database failed; nothing of it is stored.
        """
        answer = await self._on_worker(lambda store: store.do(act))
        self.downstream.wake()
        return answer

    async def _leave(self) -> None:
        if self.settings.share:
            group, name = self._group, self.settings.client_id
            await self._on_worker(lambda store: store.leave(group, name))

    @property
    def _group(self) -> str:
        return f"{self.settings.share}/{self.settings.organization or '+'}"

    async def _on_worker(self, act: Callable[[Store], Answer]) -> Answer:
        if self._store is None:
            raise RuntimeError("The office is not open.")
        store = self._store
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._worker, lambda: act(store))

    def _converse(self) -> "_Conversation":
        return _Conversation(self)

    def _changed(self) -> None:
        if self.link.connection is None:
            self.ready.clear()
        self._on_change()

    def may_not_answer(self) -> None:
        """Say that no edge hears of what was committed."""
        self.link.note = MAY_NOT_ANSWER
        self._on_change()

    def subscribed(self) -> None:
        """The conversation may begin."""
        self.ready.set()
        self._on_change()


class _Conversation:
    """What is said on one connection to the broker."""

    will: Will | None = None

    def __init__(self, office: Office) -> None:
        self._office = office
        self._waiting: collections.deque[Message] = collections.deque()
        self._arrived = asyncio.Event()
        self._unconfirmed: dict[int, Standing | None] = {}
        self._taken: asyncio.Queue[Standing] = asyncio.Queue()
        self._unfilled: asyncio.Queue[tuple[Standing, int]] = asyncio.Queue()
        self._claims: Claims | None = None
        self._confirmed = asyncio.Event()

    def on_message(self, message: Message) -> None:
        """Queue it. The broker sends no more than its unacknowledged maximum ahead of us."""
        self._waiting.append(message)
        self._arrived.set()

    def on_puback(self, mid: int, reason: int) -> None:
        """Make room. That what we say reaches nobody is no news; that we may not say it is."""
        if reason == NOT_AUTHORISED:
            self._office.may_not_answer()
        standing = self._unconfirmed.pop(mid, None)
        if standing is not None and self._office.shared:
            self._taken.put_nowait(standing)
        self._confirmed.set()

    async def run(self, connection: Connection) -> None:
        """Subscribe, then take in and acknowledge until the connection ends."""
        settings = self._office.settings
        gaps = GapWatch(settings.gap_seconds, lambda *hole: self._unfilled.put_nowait(hole))
        status, journal = (every_edge(kind, settings.organization) for kind in _KINDS)
        resumes = ResumePublisher(self._office.resumes, self._publisher(connection))
        try:
            if settings.share:
                await self._claim_edges(connection)
                await connection.subscribe(status)
            else:
                await connection.subscribe(status, journal)
            self._office.subscribed()
            async with asyncio.TaskGroup() as tasks:
                if self._claims is not None:
                    tasks.create_task(self._claims.run())
                tasks.create_task(resumes.run())
                tasks.create_task(self._ask_for_holes(connection, gaps))
                if self._office.shared:
                    tasks.create_task(self._look_again(connection))
                while True:
                    await self._take_in_what_waits(connection, gaps, resumes)
        except BaseExceptionGroup as group:  # one of ours is enough to tell what happened
            raise group.exceptions[0] from group
        finally:
            gaps.close()

    async def _take_in_what_waits(
        self, connection: Connection, gaps: GapWatch, resumes: ResumePublisher
    ) -> None:
        await self._arrived.wait()
        count = min(len(self._waiting), BATCH_MESSAGES)
        messages = [self._waiting.popleft() for _ in range(count)]
        if not self._waiting:
            self._arrived.clear()
        ours = [message for message in messages if await self._is_ours(message)]
        for standing in await self._office.take_in(ours) if ours else ():
            await self._wait_for_room(connection)
            self._acknowledge(connection, standing)
            gaps.see(standing)
            resumes.see(standing.topics)
        for message in messages:
            connection.acknowledge(message)
        for message in ours:
            if message.topic.endswith("/status"):
                resumes.greet(message.topic)

    async def _claim_edges(self, connection: Connection) -> None:
        office = self._office
        self._claims = Claims(
            office.settings.client_id, connection, call_roll=office.call_roll, edges=office.edges
        )
        await self._claims.renew()

    async def _is_ours(self, message: Message) -> bool:
        """Statuses come to every worker; what came of a journal is welcome anyway."""
        if self._claims is None or message.topic.endswith("/journal"):
            return True
        return await self._claims.meet(message.topic)

    async def _wait_for_room(self, connection: Connection) -> None:
        while not self._has_room(connection):
            self._confirmed.clear()
            await self._confirmed.wait()

    def _has_room(self, connection: Connection) -> bool:
        return len(self._unconfirmed) < min(UNCONFIRMED_LIMIT, connection.receive_maximum)

    def _acknowledge(self, connection: Connection, standing: Standing) -> None:
        ack = Ack(
            epoch=standing.epoch,
            up_to_seq=standing.up_to_seq,
            hash=standing.hash,
            alarm=standing.alarm,
        )
        mid = connection.publish(standing.topics.ack, encode_message(ack), retain=True)
        self._unconfirmed[mid] = standing

    async def _look_again(self, connection: Connection) -> None:
        """Repeat an acknowledgement that another worker has overtaken.

        Two workers may publish theirs in another order than they committed, and the broker keeps
        the last. So each looks at the mark again after the broker has taken its own.
        """
        while True:
            taken = {(s.topics.edge, s.epoch): s for s in [await self._taken.get()]}
            while not self._taken.empty():
                standing = self._taken.get_nowait()
                taken[standing.topics.edge, standing.epoch] = standing
            for standing in await self._office.standings(list(taken)):
                said = taken[standing.topics.edge, standing.epoch]
                if (said.up_to_seq, said.alarm) != (standing.up_to_seq, standing.alarm):
                    await self._wait_for_room(connection)
                    self._acknowledge(connection, standing)

    async def _ask_for_holes(self, connection: Connection, gaps: GapWatch) -> None:
        """Ask for what is missing still: another worker may have filled the hole."""
        while True:
            old, first = await self._unfilled.get()
            if self._claims is not None and not self._claims.hold(old.topics):
                gaps.forget(old)
                continue
            for standing in await self._office.standings([(old.topics.edge, old.epoch)]):
                gaps.see(standing)
                wanted = piece(standing, first)
                if wanted is None or not self._has_room(connection):
                    continue  # a hole is still there at the next ring
                replay = Replay(epoch=standing.epoch, from_seq=wanted[0], to_seq=wanted[1])
                mid = connection.publish(standing.topics.replay, encode_message(replay))
                self._unconfirmed[mid] = None

    def _publisher(self, connection: Connection) -> Callable[[str, bytes], Awaitable[None]]:
        async def publish(topic: str, payload: bytes) -> None:
            await self._wait_for_room(connection)
            self._unconfirmed[connection.publish(topic, payload, retain=True)] = None

        return publish
