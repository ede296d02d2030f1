"""Walks the chain from its first byte to its last, and names the first entry that breaks it.

Everything is judged from the stored bytes: their SHA-256 against the index, their own `epoch`,
`seq`, `entry_type` and `occurred_at` against the columns beside them, their `prev_hash` against
the bytes before. Epochs are checked against the links that their first entries state, the end
against what the office has acknowledged: entries cut off at the end break no hash, but the office
remembers.

The journal is read in pages, each a short transaction, so a running daemon never waits for this.
"""

import itertools
import sqlite3
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import msgspec

from edge_daemon.errors import JournalError
from edge_daemon.records import GENESIS_HASH, Position, RecordError, decode_entry, entry_hash
from edge_daemon.records.payloads import SystemEvent

PAGE = 500
"""Entries read at once."""

Progress = Callable[[int, int], None]
"""Called now and then with the entries done and all that there are."""

_READ = (
    "SELECT seq, entry_type, occurred_at, hash, data FROM entries"
    " WHERE epoch_number = ? AND seq > ? ORDER BY seq LIMIT ?"
)


class VerifyReport(msgspec.Struct, frozen=True, kw_only=True):
    """What was found.

    Attributes:
        entries: How many are sound, from the beginning.
        epochs: How many have begun.
        head: `EPOCH.SEQ` of the last sound entry; None in an empty journal.
        hash: Its hash.
        broken: `EPOCH.SEQ` of the first entry that is wrong or missing; None when all is well.
        problem: What is wrong with it.
    """

    entries: int
    epochs: int
    head: str | None
    hash: str | None
    broken: str | None = None
    problem: str | None = None

    @property
    def intact(self) -> bool:
        """True when nothing is wrong."""
        return self.problem is None


class _Row(NamedTuple):
    seq: int
    entry_type: str
    occurred_at: int
    hash: bytes
    data: bytes


class _Fields(msgspec.Struct):
    """What the bytes of an entry say about themselves."""

    edge_id: str
    epoch: str
    seq: int
    prev_hash: str
    entry_type: str
    occurred_at: int


_decoder = msgspec.json.Decoder(_Fields)


class _BrokenError(Exception):
    def __init__(self, position: Position, problem: str) -> None:
        super().__init__(problem)
        self.position = position
        self.problem = problem


def verify(connection: sqlite3.Connection, on_progress: Progress | None = None) -> VerifyReport:
    """Check the whole journal. Blocks for as long as it takes; changes nothing.

    Raises:
        JournalError: The file is no journal.
    """
    try:
        epochs = connection.execute("SELECT number, epoch FROM epochs ORDER BY number").fetchall()
        counted = connection.execute("SELECT max(seq) FROM entries GROUP BY epoch_number")
        total = sum(row[0] for row in counted)
    except sqlite3.DatabaseError as error:
        raise JournalError(f"This file is no journal, or its first pages are lost: {error}.") from (
            error
        )
    walk = _Walk(connection, on_progress, total)
    broken: _BrokenError | None = None
    try:
        walk.go(epochs)
    except _BrokenError as error:
        broken = error
    except sqlite3.DatabaseError as error:
        broken = _BrokenError(walk.next_position, f"the file is damaged here: {error}")
    walk.tell_progress()
    return VerifyReport(
        entries=walk.entries,
        epochs=len(epochs),
        head=str(walk.head) if walk.head else None,
        hash=walk.hash,
        broken=str(broken.position) if broken else None,
        problem=broken.problem if broken else None,
    )


class _Walk:
    """Goes through the entries in order and knows how far it came."""

    def __init__(
        self, connection: sqlite3.Connection, on_progress: Progress | None, total: int
    ) -> None:
        self.entries = 0
        self.head: Position | None = None
        self.hash: str | None = None
        self.next_position = Position("?", 1)
        self._connection = connection
        self._on_progress = on_progress
        self._total = total
        self._edge_id: str | None = None

    def go(self, epochs: list[tuple[int, str]]) -> None:
        """Walk through all of them.

        Raises:
            _BrokenError: At the first entry that is wrong.
        """
        before: Position | None = None
        for number, epoch in epochs:
            self._walk_epoch(number, epoch, before)
            before = self.head
        self._check_acknowledged()

    def tell_progress(self) -> None:
        """Say how far this is."""
        if self._on_progress is not None:
            self._on_progress(self.entries, self._total)

    def _walk_epoch(self, number: int, epoch: str, before: Position | None) -> None:
        previous = GENESIS_HASH
        seq = 0
        for row in self._rows(number):
            seq += 1
            position = self.next_position = Position(epoch, seq)
            if row.seq != seq:
                raise _BrokenError(position, f"is missing; the next one there is {row.seq}")
            digest = _check_bytes(position, row)
            self._check_fields(position, row, previous)
            if seq == 1:
                self._check_start(position, row.data, before)
            previous = digest
            self.head, self.hash = position, digest
            self.entries += 1
        if seq == 0:
            raise _BrokenError(Position(epoch, 1), "is missing: the epoch has no entries")

    def _rows(self, number: int) -> Iterator[_Row]:
        after = 0
        while True:
            page = self._connection.execute(_READ, (number, after, PAGE)).fetchall()
            yield from itertools.starmap(_Row, page)
            if len(page) < PAGE:
                return
            after = page[-1][0]
            self.tell_progress()

    def _check_fields(self, position: Position, row: _Row, previous: str) -> None:
        try:
            fields = _decoder.decode(row.data)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise _BrokenError(position, f"is no journal entry: {error}") from error
        expected: dict[str, Any] = {
            "epoch": position.epoch,
            "seq": position.seq,
            "entry_type": row.entry_type,
            "occurred_at": row.occurred_at,
            "edge_id": self._edge_id or fields.edge_id,
        }
        for name, value in expected.items():
            if getattr(fields, name) != value:
                told = f"its bytes say {getattr(fields, name)}, and its place says {value}"
                raise _BrokenError(position, f"has another {name}: {told}")
        if fields.prev_hash != previous:
            raise _BrokenError(
                position, "does not follow the entry before it: one of the two was changed"
            )
        self._edge_id = fields.edge_id

    def _check_start(self, position: Position, data: bytes, before: Position | None) -> None:
        """The first entry of an epoch says so, and links the epoch before, where that is here."""
        try:
            start = decode_entry(data).payload
        except RecordError as error:
            raise _BrokenError(position, f"is no journal entry: {error}") from error
        if not isinstance(start, SystemEvent) or start.event != "EpochStart":
            raise _BrokenError(position, "does not begin its epoch: it is no EpochStart")
        if before is None:
            return
        if start.previous_epoch != before.epoch:
            raise _BrokenError(position, f"does not link the epoch before, {before.epoch}")
        linked = Position(before.epoch, start.previous_seq or 0)
        if self._hash_at(linked) != start.previous_hash:
            raise _BrokenError(position, f"links {linked}, which is not here with that hash")

    def _check_acknowledged(self) -> None:
        """What the office has taken in is still here, and still the same."""
        marks = self._connection.execute("SELECT epoch, up_to_seq, hash FROM acknowledged")
        for epoch, seq, digest in marks.fetchall():
            here = self._hash_at(Position(epoch, seq))
            if here is None:
                raise _BrokenError(Position(epoch, seq), "is missing, and the office has it")
            if here != digest:
                raise _BrokenError(Position(epoch, seq), "is not the one that the office has")

    def _hash_at(self, position: Position) -> str | None:
        row = self._connection.execute(
            "SELECT data FROM entries JOIN epochs ON number = epoch_number"
            " WHERE epoch = ? AND seq = ?",
            position,
        ).fetchone()
        return None if row is None else entry_hash(row[0])


def _check_bytes(position: Position, row: _Row) -> str:
    digest = entry_hash(row.data)
    if digest != row.hash.hex():
        raise _BrokenError(
            position, f"was changed: its bytes hash to {digest}, and {row.hash.hex()} was stored"
        )
    return digest
