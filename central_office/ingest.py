"""What the office does with each thing that an edge sends. No I/O but the tables, no clock.

Theory of operation. One `Ingest` lives for one transaction: `deliver` for all messages, then
`finish`, then the caller commits, and only then acknowledges. Nothing that a broker promises is
relied upon; the chain and the primary key decide:

    at or below the mark   same hash: a duplicate, counted    other hash: a fork
    next to the mark       links to it: stored, mark moves    else: a fork
    beyond                 parked, until the hole is filled

A fork freezes its epoch: the newcomer and all that comes after it wait in quarantine, unchanged,
until a person has decided. Several workers may share a database: each locks the edges of its
messages first, in one order, so none waits for another in a circle. What is known of these edges
is then read at once, and what becomes of them written at once: a database on the network is asked
as often for a thousand edges as for one. What lies beyond a hole is set aside in memory and parked
at the end, if the hole is still there. An honest doubt: a changed last entry that nothing links to
yet cannot be told from a true one here. The edge finds it out, by the hash in the acknowledgement.
"""

from collections.abc import Sequence
from typing import NamedTuple

from central_office.booking import book
from central_office.epoch_links import check_link
from central_office.lines import Line, read_line, split
from central_office.tables import Mark, Reason, Refusal, Tables
from edge_daemon.mqtt import EdgeTopics
from edge_daemon.records import RecordError
from edge_daemon.records.messages import Status, decode_message

FORK_ALARM = (
    "The office holds another history from entry {seq} on. Begin a new epoch at this box "
    "(edge-daemon journal new-epoch); nothing is lost, the office decides about the branch."
)
CONNECTION_LIMIT = 2**63 - 1
HASHES_AT_ONCE = 64
"""As many as a message of a backlog has lines."""


class Limits(NamedTuple):
    """What may wait.

    Attributes:
        parked, parked_bytes: Entries of one edge ahead of a hole.
        quarantine_bytes: Of one edge's branches, and for each other reason.
    """

    parked: int = 4096
    parked_bytes: int = 64 * 1024 * 1024
    quarantine_bytes: int = 256 * 1024 * 1024


class Standing(NamedTuple):
    """Where one epoch stands after the commit: what is acknowledged, what is asked for.

    Attributes:
        missing: First and last `seq` of the hole, or None.
    """

    topics: EdgeTopics
    epoch: str
    up_to_seq: int
    hash: str
    alarm: str | None
    missing: tuple[int, int] | None


EpochKey = tuple[str, str]
"""Edge and epoch."""


class Ingest:
    """Takes in the messages of one transaction."""

    def __init__(self, tables: Tables, now_us: int, limits: Limits) -> None:
        self._tables = tables
        self._now_us = now_us
        self._limits = limits
        self._homes: dict[str, EdgeTopics] = {}
        self._known: dict[EpochKey, Mark] = {}
        self._marks: dict[EpochKey, Mark] = {}
        self._parked: dict[EpochKey, int] = {}
        self._aside: dict[EpochKey, dict[int, list[Line]]] = {}
        self._fresh: dict[tuple[str, str, int], Line] = {}
        self._held: dict[tuple[str, str, int], str] = {}
        self._statuses: list[tuple[EdgeTopics, Status]] = []

    def deliver(self, messages: Sequence[tuple[str, bytes]]) -> None:
        """Take messages (topic, payload) in. Whatever they hold, this does not raise."""
        self._look_up({_lock_name(topic) for topic, _ in messages})
        for topic, payload in messages:
            self._take(topic, payload)

    def finish(self) -> list[Standing]:
        """Store the entries, write the marks that were touched and say where they stand."""
        if self._fresh:
            lines = list(self._fresh.values())
            arrivals = self._tables.store(lines, self._now_us)
            received = [self._now_us] * len(lines)
            book(self._tables, list(zip(arrivals, received, lines, strict=True)))
        self._check_links()
        self._put_aside()
        self._tables.note_statuses(self._statuses, self._now_us)
        self._tables.save_marks(list(self._marks.values()))
        return [standing(mark, self._parked.get(key)) for key, mark in sorted(self._marks.items())]

    def _look_up(self, edges: set[str]) -> None:
        """Lock the edges and read all that is known of them."""
        self._tables.lock(edges)
        self._homes = self._tables.homes(edges)
        self._known = {(mark.topics.edge, mark.epoch): mark for mark in self._tables.marks(edges)}
        self._parked = self._tables.first_parked(edges)

    def _take(self, topic: str, payload: bytes) -> None:
        try:
            topics, kind = EdgeTopics.parse(topic)
        except ValueError as error:
            self._refuse(Refusal(Reason.WRONG_TOPIC, str(error), topic, payload, None))
            return
        if kind == "status":
            self._take_status(topics, topic, payload)
            return
        self._take_lines(topics, topic, payload)

    def _take_status(self, topics: EdgeTopics, topic: str, payload: bytes) -> None:
        try:
            status = decode_message(Status, payload)
        except RecordError as error:
            self._refuse(Refusal(Reason.UNREADABLE, str(error), topic, payload, None))
            return
        if abs(status.connection) > CONNECTION_LIMIT:
            detail = "no connection has this number"
            self._refuse(Refusal(Reason.UNREADABLE, detail, topic, payload, None))
            return
        if not self._is_home(topics):
            self._refuse(Refusal(Reason.OTHER_STORE, _MOVED, topic, payload, None))
            return
        self._statuses.append((topics, status))
        if status.epoch is not None and status.seq is not None:
            self._take_head(self._mark(topics, status.epoch), status.seq, status.hash)

    def _take_head(self, mark: Mark, seq: int, digest: str | None) -> None:
        mark.announced_seq = max(mark.announced_seq, seq)
        if digest is not None and 0 < seq <= mark.up_to_seq and mark.forked_at is None:
            held = self._hash_at(mark.topics.edge, mark.epoch, seq)
            mark.forked_at = None if held == digest else seq

    def _take_lines(self, topics: EdgeTopics, topic: str, payload: bytes) -> None:
        mark: Mark | None = None
        for data in split(payload):
            try:
                line = read_line(data)
            except RecordError as error:
                self._refuse(Refusal(Reason.UNREADABLE, str(error), topic, data, None))
                continue
            if mark is None or line.epoch != mark.epoch or not line.belongs_to(topics):
                mark = self._mark_of(line, topics, topic)
            if mark is not None:
                self._place(line, mark)

    def _mark_of(self, line: Line, topics: EdgeTopics, topic: str) -> Mark | None:
        """The mark of the entry's epoch; None for one that may not come here, which is refused."""
        if not line.belongs_to(topics):
            detail = f"the entry belongs on {line.topics.journal}"
            self._refuse(Refusal(Reason.WRONG_TOPIC, detail, topic, line.data, None))
        elif not self._is_home(topics):
            self._refuse(Refusal(Reason.OTHER_STORE, _MOVED, topic, line.data, None))
        else:
            return self._mark(topics, line.epoch)
        return None

    def _is_home(self, topics: EdgeTopics) -> bool:
        """True where the edge belongs; an edge never seen is at home where it first shows up."""
        home = self._homes.get(topics.edge)
        if home is None:
            home = self._homes[topics.edge] = topics
            self._tables.settle(topics, self._now_us)
        return home == topics

    def _mark(self, topics: EdgeTopics, epoch: str) -> Mark:
        key = (topics.edge, epoch)
        mark = self._marks.get(key)
        if mark is None:
            mark = self._known.get(key)
            if mark is None:
                mark = self._known[key] = Mark(topics=topics, epoch=epoch, first_at=self._now_us)
            self._marks[key] = mark
        return mark

    def _place(self, line: Line, mark: Mark) -> None:
        if line.seq <= mark.up_to_seq:
            self._compare(line, mark)
        elif mark.forked_at is not None:
            self._quarantine(line, Reason.AFTER_FORK, f"forked at {mark.forked_at}")
        elif line.seq > mark.up_to_seq + 1:
            self._aside_of(mark).setdefault(line.seq, []).append(line)
        else:
            self._append_if_linked(line, mark)
            if self._aside or self._parked:
                self._place_what_follows(mark)

    def _compare(self, line: Line, mark: Mark) -> None:
        if self._hash_at(line.edge_id, line.epoch, line.seq) == line.hash:
            mark.duplicates += 1
        else:
            self._fork(line, mark, "another entry stands in its place")

    def _hash_at(self, edge_id: str, epoch: str, seq: int) -> str | None:
        """What comes again comes in order: the hashes that follow are read with this one."""
        fresh = self._fresh.get((edge_id, epoch, seq))
        if fresh is not None:
            return fresh.hash
        if (edge_id, epoch, seq) not in self._held:
            for number, digest in self._tables.hashes(edge_id, epoch, seq, HASHES_AT_ONCE):
                self._held[edge_id, epoch, number] = digest
        return self._held.get((edge_id, epoch, seq))

    def _append(self, line: Line, mark: Mark) -> None:
        self._fresh[line.edge_id, line.epoch, line.seq] = line
        mark.up_to_seq, mark.hash, mark.occurred_at = line.seq, line.hash, line.occurred_at

    def _aside_of(self, mark: Mark) -> dict[int, list[Line]]:
        return self._aside.setdefault((mark.topics.edge, mark.epoch), {})

    def _place_what_follows(self, mark: Mark) -> None:
        """Place what waited for the entry that has just been placed."""
        key = (mark.topics.edge, mark.epoch)
        if key not in self._aside and key not in self._parked:
            return
        aside = self._aside_of(mark)
        while mark.forked_at is None:
            following = mark.up_to_seq + 1
            if self._parked.get(key) == following:
                self._unpark(mark, following)
            lines = aside.pop(following, [])
            if not lines:
                return
            for line in lines:
                if mark.forked_at is None and line.seq > mark.up_to_seq:
                    self._append_if_linked(line, mark)
                else:
                    self._place(line, mark)

    def _append_if_linked(self, line: Line, mark: Mark) -> None:
        if line.prev_hash == mark.hash:
            self._append(line, mark)
        else:
            self._fork(line, mark, "it does not link to the entry before it")

    def _unpark(self, mark: Mark, seq: int) -> None:
        """Set a run aside that was parked from `seq` on."""
        key = (mark.topics.edge, mark.epoch)
        aside = self._aside_of(mark)
        lines, first = self._tables.unpark(*key, seq)
        for line in lines:
            aside.setdefault(line.seq, []).append(line)
        if first is None:
            del self._parked[key]
        else:
            self._parked[key] = first

    def _put_aside(self) -> None:
        """Park what still waits for a hole to be filled."""
        waiting = []
        for key in sorted(self._aside):
            mark, lines = self._marks[key], self._aside[key]
            for seq in sorted(seq for seq in lines if seq <= mark.up_to_seq):
                for line in lines.pop(seq, []):  # parked before, and come again since
                    self._compare(line, mark)
            waiting += [line for seq in sorted(lines) for line in lines[seq]]
        if not waiting:
            return
        self._tables.park(waiting)
        crowded = {line.edge_id for line in waiting}
        for edge_id in sorted(crowded):
            self._tables.trim_parked(edge_id, self._limits.parked, self._limits.parked_bytes)
        others = {key: seq for key, seq in self._parked.items() if key[0] not in crowded}
        self._parked = others | self._tables.first_parked(crowded)

    def _fork(self, line: Line, mark: Mark, why: str) -> None:
        if mark.forked_at is None:
            mark.forked_at = line.seq
        self._quarantine(line, Reason.FORK, why)
        key, aside = (line.edge_id, line.epoch), self._aside_of(mark)
        while (first := self._parked.get(key)) is not None:
            self._unpark(mark, first)
        for seq in sorted(aside):
            for waiting in aside.pop(seq):
                self._quarantine(waiting, Reason.AFTER_FORK, f"forked at {mark.forked_at}")

    def _quarantine(self, line: Line, reason: Reason, detail: str) -> None:
        self._refuse(Refusal(reason, detail, line.topics.journal, line.data, line))

    def _refuse(self, refusal: Refusal) -> None:
        self._tables.quarantine(refusal, self._now_us, self._limits.quarantine_bytes)

    def _check_links(self) -> None:
        for line in self._fresh.values():
            if line.seq == 1:
                others = [
                    mark
                    for (edge_id, epoch), mark in self._known.items()
                    if edge_id == line.edge_id and epoch != line.epoch
                ]
                mark = self._marks[line.edge_id, line.epoch]
                check_link(self._tables, line, mark, others, self._now_us)


def standing(mark: Mark, first_parked: int | None) -> Standing:
    """Where an epoch stands, from its mark."""
    alarm = None if mark.forked_at is None else FORK_ALARM.format(seq=mark.forked_at)
    last = mark.announced_seq if first_parked is None else first_parked - 1
    is_whole = alarm is not None or last <= mark.up_to_seq
    missing = None if is_whole else (mark.up_to_seq + 1, last)
    return Standing(mark.topics, mark.epoch, mark.up_to_seq, mark.hash, alarm, missing)


def _lock_name(topic: str) -> str:
    try:
        return EdgeTopics.parse(topic)[0].edge
    except ValueError:
        return topic


_MOVED = "the edge is registered at another organization or store"
