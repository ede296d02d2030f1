"""What the relay says and hears on one connection.

Theory of operation. One task does everything in turn: it reads what the office said, sends the
next message of the journal and of a replay if there is room, and sleeps until something happens
or its patience ends. Events only wake it. So nothing here runs at the same time as anything else
here, and an append never waits for any of it.
"""

import asyncio
import collections
import contextlib
import itertools
from collections.abc import Callable, Sequence

from edge_daemon.journal import Acknowledged, Journal, StoredEntry
from edge_daemon.mqtt import (
    BrokerError,
    BrokerRefusedError,
    Connection,
    EdgeTopics,
    Message,
    RelaySettings,
    Will,
)
from edge_daemon.mqtt.reasons import (
    FAILURE,
    NO_MATCHING_SUBSCRIBERS,
    NOT_AUTHORISED,
    SUCCESS,
)
from edge_daemon.records import GENESIS_HASH, Position, RecordError
from edge_daemon.records.messages import Ack, Replay, Resume, decode_message
from edge_daemon.relay import findings as found
from edge_daemon.relay.cursors import Cursors
from edge_daemon.relay.downlink import Downlink, Downstream
from edge_daemon.relay.findings import Findings
from edge_daemon.relay.herald import About, Herald
from edge_daemon.relay.pace import Pace
from edge_daemon.relay.replays import Replays
from edge_daemon.relay.succession import Succession
from edge_daemon.relay.window import Window

BATCH_LINES = 64
BATCH_BYTES = 65_536
"""One message at most: 64 entries or 64 KiB; one larger entry travels alone."""

RESUME_SECONDS = 2.0
"""How long a rolled-back journal waits for the office's numbers before it goes on with its own."""


class Conversation:
    """Speaks with the office over one connection."""

    def __init__(  # noqa: PLR0913 - wiring, in one place
        self,
        journal: Journal,
        settings: RelaySettings,
        topics: EdgeTopics,
        cursors: Cursors,
        findings: Findings,
        *,
        number: int,
        succession: Succession,
        about: Callable[[], About] | None = None,
        downstream: Downstream | None = None,
    ) -> None:
        self._journal = journal
        self._settings = settings
        self._topics = topics
        self._cursors = cursors
        self._findings = findings
        self._herald = Herald(number, about, downstream)
        self._downlink = (
            None if downstream is None else Downlink(downstream, topics, self._outdated)
        )
        self._succession = succession
        self._loop = asyncio.get_running_loop()
        self._window = Window(settings.window_messages, settings.window_bytes, 1)
        self._pace = Pace(settings.ack_timeout)
        self._replays = Replays()
        self._replayed_last = False
        self._branches: set[str] = set()
        self._statuses: set[int] = set()
        self._inbox: collections.deque[Message] = collections.deque()
        self._wake = asyncio.Event()

    @property
    def will(self) -> Will:
        """Names the connection, so that an old will cannot pass for news of a later one."""
        return Will(self._topics.status, self._herald.offline)

    def wake(self) -> None:
        """Something was appended."""
        self._wake.set()

    def look(self) -> None:
        """Something about the box may have changed: say it, if it has."""
        if self._herald.look():
            self._wake.set()

    def on_message(self, message: Message) -> None:
        """Queue it; the broker sends a bounded number ahead of our acknowledgements."""
        if self._downlink is not None and self._downlink.takes(message.topic):
            self._downlink.on_message(message)
            return
        self._inbox.append(message)
        self._wake.set()

    def on_puback(self, mid: int, reason: int) -> None:
        """Free the window, and heed the reason code; nobody needs to listen to a status."""
        may_be_unheard = mid in self._statuses and reason == NO_MATCHING_SUBSCRIBERS
        self._statuses.discard(mid)
        if self._window.confirmed(mid) and reason != SUCCESS and not may_be_unheard:
            self._heed(reason)
        self._wake.set()

    async def run(self, connection: Connection) -> None:
        """Announce the head, then relay until cancelled.

        Raises:
            BrokerError: The broker does not confirm any more; connect anew.
        """
        limits = (self._settings.window_messages, self._settings.window_bytes)
        self._window = Window(*limits, connection.receive_maximum)
        self._cursors.go_back()
        await connection.subscribe(self._topics.resume, self._topics.ack, self._topics.replay)
        self._announce(connection)
        listening = asyncio.ensure_future(self._listen(connection))
        listening.add_done_callback(lambda _: self._wake.set())
        try:
            while True:
                await self._take_turn(connection)
                if listening.done():
                    listening.result()
        finally:
            listening.cancel()
            await asyncio.wait((listening,))
            with contextlib.suppress(BrokerError):
                self._say_goodbye(connection)

    async def _listen(self, connection: Connection) -> None:
        """Take what the office sends to the store; where we may not read it, the rest goes on."""
        self._findings.nothing_comes_down("")
        if self._downlink is not None:
            try:
                await self._downlink.run(connection)
            except BrokerRefusedError:
                self._findings.nothing_comes_down(found.NO_DOWNLINK)

    async def _take_turn(self, connection: Connection) -> None:
        self._wake.clear()
        while self._inbox:
            message = self._inbox.popleft()
            await self._hear(message)
            connection.acknowledge(message)
        if self._pace.overdue(self._loop.time()):
            self._start_again(connection)
        due_at = self._herald.due_at
        if due_at is not None and due_at <= self._loop.time():
            self._announce(connection)
        self._add_branches()
        if not await self._send(connection):
            await self._sleep()

    async def _sleep(self) -> None:
        with contextlib.suppress(TimeoutError):
            moments = (self._pace.next_moment(self._loop.time()), self._herald.due_at)
            async with asyncio.timeout_at(min(filter(None, moments), default=None)):
                await self._wake.wait()

    # --- sending ---

    async def _send(self, connection: Connection) -> bool:
        """Send a message of the journal and one of a replay; False when neither can be sent.

        Whoever sent last waits for the other: where there is room for one message at a time, a
        long replay starves no fresh sale, and fresh sales starve no replay.
        """
        sent = False
        for replaying in (not self._replayed_last, self._replayed_last):
            send = self._send_replay if replaying else self._send_fresh
            if await send(connection):
                self._replayed_last, sent = replaying, True
        return sent

    async def _send_fresh(self, connection: Connection) -> bool:
        """Send the next message of the journal, if there is one and room for it."""
        after = self._next_after()
        if after is None:
            return False
        entries = await self._read(after, BATCH_LINES)
        if not entries or after != self._next_after():  # a PUBACK said no while we were reading
            return bool(entries)
        size = self._publish(connection, entries)
        last = entries[-1]
        self._cursors.appended(last.position)
        self._cursors.published(last.position)
        self._window.sent(last.position, last.hash, size)
        self._pace.sent(self._loop.time())
        return True

    def _next_after(self) -> Position | None:
        """Behind which position to send on now; None when there is nothing, or no room."""
        held = self._pace.holds(self._loop.time())
        if held or not self._window.has_room(probing=self._pace.probing):
            return None
        return self._cursors.next_after()

    async def _send_replay(self, connection: Connection) -> bool:
        """Send the next message of a range that the office asked for again."""
        wanted = self._replays.next_after()
        if wanted is None or not self._window.broker_has_room:
            return False
        after, to_seq = wanted
        entries = await self._read(after, min(BATCH_LINES, to_seq - after.seq))
        if entries:
            self._publish(connection, entries)
        self._replays.published(entries[-1].position if entries else None)
        return True

    async def _read(self, after: Position, limit: int) -> list[StoredEntry]:
        """Read on in one epoch: the lines of a message have consecutive numbers."""
        entries = await self._journal.read_after(after, limit=limit, max_bytes=BATCH_BYTES)
        return list(itertools.takewhile(lambda entry: entry.epoch == after.epoch, entries))

    def _add_branches(self) -> None:
        """Send the disputed ends of earlier epochs, once on each connection, beside the rest.

        The office keeps them in quarantine; their missing acknowledgements hold up nothing.
        """
        for epoch, agreed, end in self._cursors.branches():
            if epoch not in self._branches:
                self._branches.add(epoch)
                self._replays.add(epoch, agreed + 1, end)

    def _publish(self, connection: Connection, entries: Sequence[StoredEntry]) -> int:
        payload = b"\n".join(entry.data for entry in entries)
        mid = connection.publish(self._topics.journal, payload)
        self._window.handed_over(mid, len(payload), self._loop.time())
        return len(payload)

    def _announce(self, connection: Connection) -> None:
        payload = self._herald.online(self._journal.head, self._loop.time())
        mid = connection.publish(self._topics.status, payload, retain=True)
        self._window.handed_over(mid, len(payload), self._loop.time())
        self._statuses.add(mid)

    def _say_goodbye(self, connection: Connection) -> None:
        """Say offline. A broker that finds this one message too many publishes the will instead."""
        if not connection.ended.done():
            connection.publish(self._topics.status, self._herald.offline, retain=True)

    def _outdated(self) -> None:
        self._herald.outdated()
        self._wake.set()

    # --- patience ---

    def _start_again(self, connection: Connection) -> None:
        """No acknowledgement in time: go back to the last one, and name the head once more."""
        since = self._window.unconfirmed_since
        if since is not None and self._loop.time() - since >= self._settings.ack_timeout:
            raise BrokerError(f"The broker at {self._settings.address} confirms nothing any more.")
        self._pace.fell_silent()
        self._findings.noted(found.NO_ANSWER)
        self._go_back()
        self._announce(connection)

    def _heed(self, reason: int) -> None:
        now = self._loop.time()
        if reason == NOT_AUTHORISED:
            self._pace.stop()
            self._findings.alarmed(found.NOT_AUTHORISED)
        elif (reason == NO_MATCHING_SUBSCRIBERS or reason >= FAILURE) and not self._pace.holds(now):
            self._pace.refused(now)
            self._findings.noted(found.NOBODY_LISTENS if reason < FAILURE else found.NO_ROOM)
            self._go_back()

    def _go_back(self) -> None:
        self._window.forget_deliveries()
        self._cursors.go_back()

    # --- hearing ---

    async def _hear(self, message: Message) -> None:
        kind = message.topic.rpartition("/")[2]
        try:
            if kind == "ack":
                await self._hear_ack(
                    decode_message(Ack, message.payload), retained=message.retained
                )
            elif kind == "replay":
                self._hear_replay(decode_message(Replay, message.payload))
            elif kind == "resume":
                await self._succession.hear(decode_message(Resume, message.payload))
        except RecordError as error:
            self._findings.noted(f"The central office sent something unreadable: {error}")
            return
        if not message.retained and self._pace.office_spoke():
            self._go_back()

    def _hear_replay(self, replay: Replay) -> None:
        if self._cursors.end_of(replay.epoch) is not None:
            last = min(replay.to_seq, self._cursors.sent_of(replay.epoch))
            self._replays.add(replay.epoch, replay.from_seq, last)

    async def _hear_ack(self, ack: Ack, *, retained: bool) -> None:
        """Believe it if the office holds the same chain.

        A retained one of an unknown epoch is of the card before. A fresh one is for another box.
        """
        end = self._cursors.end_of(ack.epoch)
        position = Position(ack.epoch, ack.up_to_seq)
        if end is None:
            if not retained and await self._succession.is_stranger(ack.epoch):
                self._findings.alarmed(found.CLONED)
        elif ack.up_to_seq > end:
            await self._hear_of_more(position)
        elif await self._own_hash(position) != ack.hash:
            self._dispute(found.FORKED, position)
        else:
            self._believe(Acknowledged(ack.epoch, ack.up_to_seq, ack.hash))
            if ack.alarm is not None:
                self._dispute(ack.alarm, position)

    async def _hear_of_more(self, position: Position) -> None:
        """The journal was rolled back: a new epoch needs the office's numbers, if they come."""
        self._dispute(found.ROLLED_BACK, position)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(RESUME_SECONDS):
                await self._resume(position)
        await self._succession.roll_on(position)

    async def _resume(self, position: Position) -> None:
        """Wait until the office's `resume` waits in the inbox, and hear it first.

        One from before `position` is not the last: an acknowledgement overtakes the numbers.
        """
        while True:
            self._wake.clear()
            for message in self._inbox:
                if message.topic == self._topics.resume:
                    with contextlib.suppress(RecordError):
                        self._succession.resume = decode_message(Resume, message.payload)
            known = self._succession.resume
            if known is not None and (known.epoch != position.epoch or known.seq >= position.seq):
                return
            await self._wake.wait()

    async def _own_hash(self, position: Position) -> str | None:
        if position.seq == 0:
            return GENESIS_HASH
        under_way = self._window.hash_at(position)
        if under_way is not None:
            return under_way
        entry = await self._journal.entry_at(position)
        return None if entry is None else entry.hash

    def _believe(self, mark: Acknowledged) -> None:
        position = Position(mark.epoch, mark.up_to_seq)
        self._window.delivered(position)
        if self._cursors.acknowledge(position):
            waiting = self._window.waits_for_office
            self._pace.progressed(self._loop.time(), waiting=waiting)
            self._journal.acknowledge(mark)
            self._findings.acknowledged(self._journal.clock.now_us())

    def _dispute(self, alarm: str, position: Position) -> None:
        self._cursors.halt(position.epoch)
        self._window.forget_deliveries()
        self._pace.progressed(self._loop.time(), waiting=False)
        self._findings.alarmed(alarm, position)
