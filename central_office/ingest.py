"""What the office does with each thing that an edge sends. No I/O but the tables, no clock.

Theory of operation. One `Ingest` lives for one transaction: `deliver` for each message, then
`finish`, then the caller commits, and only then acknowledges. Nothing that a broker promises is
relied upon; the chain and the primary key decide:

    at or below the mark   same hash: a duplicate, counted    other hash: a fork
    next to the mark       links to it: stored, mark moves    else: a fork
    beyond                 parked, until the hole is filled

A fork freezes its epoch: the newcomer and all that comes after it wait in quarantine, unchanged,
until a person has decided. An honest doubt: a changed last entry that nothing links to yet cannot
be told from a true one here. The edge finds it out, by the hash in the acknowledgement.
"""

from typing import NamedTuple

from central_office import folds
from central_office.lines import Line, read_line, split
from central_office.tables import Mark, Reason, Refusal, Tables
from edge_daemon.mqtt import EdgeTopics
from edge_daemon.records import RecordError
from edge_daemon.records.messages import Status, decode_message

FORK_ALARM = (
    "The office holds another history from entry {seq} on. Begin a new epoch at this box "
    "(edge-daemon journal new-epoch); nothing is lost, the office decides about the branch."
)


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


class Ingest:
    """Takes in the messages of one transaction."""

    def __init__(self, tables: Tables, now_us: int, parked_limit: int) -> None:
        self._tables = tables
        self._now_us = now_us
        self._parked_limit = parked_limit
        self._marks: dict[tuple[str, str], Mark] = {}
        self._homes: dict[str, EdgeTopics] = {}

    def deliver(self, topic: str, payload: bytes) -> None:
        """Take one message in. Whatever it holds, this does not raise."""
        try:
            topics, kind = EdgeTopics.parse(topic)
        except ValueError as error:
            self._refuse(Refusal(Reason.WRONG_TOPIC, str(error), topic, payload, None))
            return
        if kind == "status":
            self._take_status(topics, topic, payload)
        else:
            for data in split(payload):
                self._take_line(topics, topic, data)

    def finish(self) -> list[Standing]:
        """Write the marks that were touched and say where they stand."""
        for mark in self._marks.values():
            self._tables.save_mark(mark)
        return [self._standing(mark) for mark in self._marks.values()]

    def _take_status(self, topics: EdgeTopics, topic: str, payload: bytes) -> None:
        try:
            status = decode_message(Status, payload)
        except RecordError as error:
            self._refuse(Refusal(Reason.UNREADABLE, str(error), topic, payload, None))
            return
        if not self._is_home(topics):
            self._refuse(Refusal(Reason.OTHER_STORE, _MOVED, topic, payload, None))
            return
        self._tables.note_status(topics, status, self._now_us)
        if status.epoch is not None and status.seq is not None:
            self._take_head(self._mark(topics, status.epoch), status.seq, status.hash)

    def _take_head(self, mark: Mark, seq: int, digest: str | None) -> None:
        mark.announced_seq = max(mark.announced_seq, seq)
        if 0 < seq <= mark.up_to_seq and mark.forked_at is None:
            held = self._tables.hash_at(mark.topics.edge, mark.epoch, seq)
            mark.forked_at = None if held == digest else seq

    def _take_line(self, topics: EdgeTopics, topic: str, data: bytes) -> None:
        try:
            line = read_line(data)
        except RecordError as error:
            self._refuse(Refusal(Reason.UNREADABLE, str(error), topic, data, None))
            return
        if line.topics != topics:
            detail = f"the entry belongs on {line.topics.journal}"
            self._refuse(Refusal(Reason.WRONG_TOPIC, detail, topic, data, line))
        elif not self._is_home(topics):
            self._refuse(Refusal(Reason.OTHER_STORE, _MOVED, topic, data, line))
        else:
            self._place(line, self._mark(topics, line.epoch))

    def _is_home(self, topics: EdgeTopics) -> bool:
        """True where the edge belongs; an edge never seen is at home where it first shows up."""
        home = self._homes.get(topics.edge) or self._tables.home(topics.edge)
        if home is None:
            self._tables.settle(topics, self._now_us)
            home = topics
        self._homes[topics.edge] = home
        return home == topics

    def _mark(self, topics: EdgeTopics, epoch: str) -> Mark:
        key = (topics.edge, epoch)
        if key not in self._marks:
            known = self._tables.mark(topics.edge, epoch)
            self._marks[key] = known or Mark(topics=topics, epoch=epoch)
        return self._marks[key]

    def _place(self, line: Line, mark: Mark) -> None:
        if line.seq <= mark.up_to_seq:
            self._compare(line, mark)
        elif mark.forked_at is not None:
            self._quarantine(line, Reason.AFTER_FORK, f"forked at {mark.forked_at}")
        elif line.seq > mark.up_to_seq + 1:
            self._tables.park(line, self._parked_limit)
        elif line.prev_hash != mark.hash:
            self._fork(line, mark, "it does not link to the entry before it")
        else:
            self._append(line, mark)
            self._place_parked(mark)

    def _compare(self, line: Line, mark: Mark) -> None:
        if self._tables.hash_at(line.edge_id, line.epoch, line.seq) == line.hash:
            mark.duplicates += 1
        else:
            self._fork(line, mark, "another entry stands in its place")

    def _append(self, line: Line, mark: Mark) -> None:
        arrival = self._tables.store(line, self._now_us)
        mark.up_to_seq, mark.hash, mark.occurred_at = line.seq, line.hash, line.occurred_at
        fold(self._tables, arrival, line)

    def _place_parked(self, mark: Mark) -> None:
        edge_id, epoch = mark.topics.edge, mark.epoch
        first = self._tables.first_parked(edge_id, epoch)
        while first == mark.up_to_seq + 1 and mark.forked_at is None:
            for line in self._tables.unpark(edge_id, epoch, first):
                self._place(line, mark)
            first = self._tables.first_parked(edge_id, epoch)

    def _fork(self, line: Line, mark: Mark, why: str) -> None:
        if mark.forked_at is None:
            mark.forked_at = line.seq
        self._quarantine(line, Reason.FORK, why)
        while (seq := self._tables.first_parked(line.edge_id, line.epoch)) is not None:
            for parked in self._tables.unpark(line.edge_id, line.epoch, seq):
                self._quarantine(parked, Reason.AFTER_FORK, f"forked at {mark.forked_at}")

    def _quarantine(self, line: Line, reason: Reason, detail: str) -> None:
        self._refuse(Refusal(reason, detail, line.topics.journal, line.data, line))

    def _refuse(self, refusal: Refusal) -> None:
        self._tables.quarantine(refusal, self._now_us)

    def _standing(self, mark: Mark) -> Standing:
        alarm = None if mark.forked_at is None else FORK_ALARM.format(seq=mark.forked_at)
        missing = None if alarm else self._missing(mark)
        return Standing(mark.topics, mark.epoch, mark.up_to_seq, mark.hash, alarm, missing)

    def _missing(self, mark: Mark) -> tuple[int, int] | None:
        parked = self._tables.first_parked(mark.topics.edge, mark.epoch)
        last = mark.announced_seq if parked is None else parked - 1
        return (mark.up_to_seq + 1, last) if last > mark.up_to_seq else None


def fold(tables: Tables, arrival: int, line: Line) -> None:
    """Add one stored entry to the projections; one that no fold can read is remembered as such."""
    try:
        row = folds.fold_sales(line)
    except RecordError as error:
        tables.note_unfolded(arrival, str(error))
        return
    if row is not None:
        tables.add_sales(row)


_MOVED = "the edge is registered at another organization or store"
