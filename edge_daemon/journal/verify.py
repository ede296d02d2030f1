"""Walks the chain from its first byte to its last, and names the first entry that breaks it.

Everything is judged from the stored bytes: their SHA-256 against the index, their own `epoch`,
`seq`, `entry_type` and `occurred_at` against the columns beside them, their `prev_hash` against
the bytes before. Epochs are checked against the links that their first entries state, the end
against what the office has acknowledged: entries cut off at the end break no hash, but the office
remembers.

The journal is read in pages, each a short transaction, so a running daemon never waits for this.
"""

import contextlib
import itertools
import sqlite3
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import msgspec

from edge_daemon.errors import JournalError
from edge_daemon.journal.signing import signature_holds
from edge_daemon.records import GENESIS_HASH, Position, RecordError, decode_entry, entry_hash
from edge_daemon.records.payloads import SystemEvent

PAGE = 500
"""Entries read at once."""
CHECKPOINT = b'"Checkpoint"'
"""Stands in the bytes of every checkpoint, and in little else."""

Progress = Callable[[int, int], None]
"""Called now and then with the entries done and all that there are."""

_READ = (
    "SELECT seq, entry_type, occurred_at, hash, data FROM entries"
    " WHERE epoch_number = ? AND seq > ? ORDER BY seq LIMIT ?"
)
_TAIL = (
    "SELECT seq, data FROM entries WHERE epoch_number = ? AND seq > ?"
    " AND entry_type = 'SystemEvent' ORDER BY seq DESC"
)


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """A place up to which nothing is wrong; `entries` are those up to there."""

    epoch: str
    seq: int
    hash: str
    entries: int
    edge_id: str | None


class VerifyReport(msgspec.Struct, frozen=True, kw_only=True):
    """What was found.

    Attributes:
        entries: How many are sound, from the beginning.
        epochs: How many have begun.
        head: `EPOCH.SEQ` of the last sound entry; None in an empty journal.
        hash: Its hash.
        signed: `EPOCH.SEQ` of the last checkpoint whose signature holds.
        broken: `EPOCH.SEQ` of the first entry that is wrong or missing; None when all is well.
        problem: What is wrong with it.
    """

    entries: int
    epochs: int
    head: str | None
    hash: str | None
    signed: str | None = None
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


def verify(
    connection: sqlite3.Connection,
    on_progress: Progress | None = None,
    *,
    start: Mark | None = None,
    keys: frozenset[str] | None = None,
) -> VerifyReport:
    """Check the whole journal, or what lies behind `start`. Blocks; changes nothing.

    Args:
        connection: To the journal.
        on_progress: Told after every page.
        start: A place up to which a former check found nothing wrong; it is used only if that
            entry is still the same.
        keys: Public keys whose signatures count; those of any key where None.

    Raises:
        JournalError: The file is no journal.
    """
    walk = Walk(connection, start=start, keys=keys)
    for _ in walk.pages():
        if on_progress is not None:
            on_progress(walk.report().entries, walk.total)
    return walk.report()


def verify_tail(connection: sqlite3.Connection, limit: int) -> VerifyReport:
    """Check the last entries: from the last checkpoint on, and `limit` of them at most.

    Raises:
        JournalError: The file is no journal.
    """
    start = _start_of_tail(connection, limit)
    walk = Walk(connection, start=start)
    for _ in walk.pages():
        pass
    return walk.report()


def entries_since_checkpoint(connection: sqlite3.Connection, limit: int) -> int:
    """How many entries no checkpoint of this epoch has signed yet; looks back `limit` at most."""
    number = connection.execute("SELECT max(number) FROM epochs").fetchone()[0] or 0
    last = _last_seq(connection, number)
    rows = connection.execute(_TAIL, (number, last - limit)).fetchall()
    return last - next((seq for seq, data in rows if CHECKPOINT in data), max(last - limit, 0))


class Walk:
    """Goes through the entries in order, a page at a time, and knows how far it came.

    Attributes:
        total: Entries up to the end of the journal when the walk began.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        *,
        start: Mark | None = None,
        keys: frozenset[str] | None = None,
    ) -> None:
        self._connection = connection
        self._keys = keys
        self._epochs, self.total = _contents(connection)
        self._entries = 0
        self._head: Position | None = None
        self._hash: str | None = None
        self._signed: Position | None = None
        self._broken: _BrokenError | None = None
        self._next_position = Position("?", 1)
        self._edge_id: str | None = None
        if start is not None:
            self._begin_behind(start)

    def pages(self) -> Iterator[None]:
        """Check page after page; ends at the first entry that is wrong, or at the end."""
        try:
            yield from self._walk()
        except _BrokenError as error:
            self._broken = error
        except sqlite3.DatabaseError as error:
            self._broken = _BrokenError(self._next_position, f"the file is damaged here: {error}")
        yield

    def report(self) -> VerifyReport:
        """What was found so far."""
        return VerifyReport(
            entries=self._entries,
            epochs=len(self._epochs),
            head=str(self._head) if self._head else None,
            hash=self._hash,
            signed=str(self._signed) if self._signed else None,
            broken=str(self._broken.position) if self._broken else None,
            problem=self._broken.problem if self._broken else None,
        )

    def mark(self) -> Mark | None:
        """The place up to which nothing is wrong, for another walk to begin behind."""
        if self._head is None or self._hash is None:
            return None
        return Mark(
            epoch=self._head.epoch,
            seq=self._head.seq,
            hash=self._hash,
            entries=self._entries,
            edge_id=self._edge_id,
        )

    def _begin_behind(self, start: Mark) -> None:
        position = Position(start.epoch, start.seq)
        if self._hash_at(position) == start.hash:
            self._head, self._hash = position, start.hash
            self._entries, self._edge_id = start.entries, start.edge_id

    def _walk(self) -> Iterator[None]:
        first = self._head.epoch if self._head else None
        names = [epoch for _, epoch in self._epochs]
        begin = names.index(first) if first in names else 0
        for number, epoch in self._epochs[begin:]:
            yield from self._walk_epoch(number, epoch)
        self._check_acknowledged()

    def _walk_epoch(self, number: int, epoch: str) -> Iterator[None]:
        before = self._head
        goes_on = before is not None and before.epoch == epoch
        seq = before.seq if before is not None and goes_on else 0
        previous = self._hash if goes_on and self._hash else GENESIS_HASH
        while True:
            page = self._connection.execute(_READ, (number, seq, PAGE)).fetchall()
            for row in itertools.starmap(_Row, page):
                seq += 1
                position = self._next_position = Position(epoch, seq)
                previous = self._check(position, row, previous, before)
            if len(page) < PAGE:
                break
            yield
        if seq == 0:
            raise _BrokenError(Position(epoch, 1), "is missing: the epoch has no entries")

    def _check(self, position: Position, row: _Row, previous: str, before: Position | None) -> str:
        if row.seq != position.seq:
            raise _BrokenError(position, f"is missing; the next one there is {row.seq}")
        digest = _check_bytes(position, row)
        self._check_fields(position, row, previous)
        if position.seq == 1:
            self._check_start(position, row.data, before)
        if row.entry_type == SystemEvent.__name__ and CHECKPOINT in row.data:
            self._check_signature(position, row.data, previous)
        self._head, self._hash = position, digest
        self._entries += 1
        return digest

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

    def _check_signature(self, position: Position, data: bytes, previous: str) -> None:
        """A checkpoint's key has signed the entry before it."""
        checkpoint = decode_entry(data).payload
        if not isinstance(checkpoint, SystemEvent) or checkpoint.event != "Checkpoint":
            return
        if not signature_holds(checkpoint, previous):
            raise _BrokenError(position, "bears a signature that its key has not made")
        if self._keys is not None and checkpoint.key_id not in self._keys:
            raise _BrokenError(position, f"is signed with another key, {checkpoint.key_id}")
        self._signed = position

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


def _contents(connection: sqlite3.Connection) -> tuple[list[tuple[int, str]], int]:
    """The epochs in their order, and how many entries there are."""
    try:
        epochs = connection.execute("SELECT number, epoch FROM epochs ORDER BY number").fetchall()
        total = sum(_last_seq(connection, number) for number, _ in epochs)
    except sqlite3.DatabaseError as error:
        raise JournalError(f"This file is no journal, or its first pages are lost: {error}.") from (
            error
        )
    return epochs, total


def _last_seq(connection: sqlite3.Connection, number: int) -> int:
    row = connection.execute("SELECT max(seq) FROM entries WHERE epoch_number = ?", (number,))
    return row.fetchone()[0] or 0


def _start_of_tail(connection: sqlite3.Connection, limit: int) -> Mark | None:
    """The last checkpoint among the last entries, or the first of those; None for all of them."""
    epochs, total = _contents(connection)
    if not epochs:
        return None
    number, epoch = epochs[-1]
    oldest = _last_seq(connection, number) - limit
    rows = connection.execute(_TAIL, (number, oldest)).fetchall()
    seq = next((seq for seq, data in rows if CHECKPOINT in data), max(oldest, 0))
    row = connection.execute(
        "SELECT data FROM entries WHERE epoch_number = ? AND seq = ?", (number, seq)
    ).fetchone()
    if row is None:
        return None
    edge_id = None
    with contextlib.suppress(msgspec.MsgspecError, UnicodeDecodeError):
        edge_id = _decoder.decode(row[0]).edge_id
    done = total - _last_seq(connection, number) + seq
    return Mark(epoch=epoch, seq=seq, hash=entry_hash(row[0]), entries=done, edge_id=edge_id)


def _check_bytes(position: Position, row: _Row) -> str:
    digest = entry_hash(row.data)
    if digest != row.hash.hex():
        raise _BrokenError(
            position, f"was changed: its bytes hash to {digest}, and {row.hash.hex()} was stored"
        )
    return digest
