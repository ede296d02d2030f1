"""The journal as the rest of the daemon sees it: append, read, know the end."""

import asyncio
import contextlib
import pathlib
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from typing import Self, TypeVar

from drivers.lane import Lane
from edge_daemon.clock import Clock
from edge_daemon.errors import JournalFullError
from edge_daemon.journal.epochs import (
    CarryOver,
    carry_nothing,
    first_epoch,
    is_copy,
    next_epoch,
    restored_epoch,
)
from edge_daemon.journal.inheritance import Inheritance
from edge_daemon.journal.schema import connect_reader
from edge_daemon.journal.values import (
    Acknowledged,
    Build,
    Draft,
    EdgeIdentity,
    Head,
    Projection,
    SessionOf,
    StoredEntry,
)
from edge_daemon.journal.verify import (
    VerifyReport,
    entries_since_checkpoint,
    verify_tail,
)
from edge_daemon.journal.writer import DISK_FULL, Listener, Writer
from edge_daemon.measures import Histogram
from edge_daemon.records import JournalEntry, Position, decode_entry
from edge_daemon.records.payloads import CarriedOver, SystemEvent

Result = TypeVar("Result")

_READ = (
    "SELECT epochs.epoch, seq, hex(hash), data FROM entries"
    " JOIN epochs ON epochs.number = epoch_number"
    " WHERE (epoch_number, seq) > (?, ?) ORDER BY epoch_number, seq LIMIT ?"
)

TAIL_ENTRIES = 2000
"""Checked at every start at most, some 50 ms; checkpoints come twice as often."""


class Journal:
    """An open journal. One process at a time writes it.

    Attributes:
        path: The database.
        failed: Done with the error once the disk has broken its promise.
        damage: What is wrong with the chain, for a person; None when nothing is known to be.
        append_seconds: From the wish to write to the fsync.
        unsigned: Entries that no checkpoint had signed when it was opened.
    """

    def __init__(
        self, writer: Writer, path: pathlib.Path, carry_over: CarryOver = carry_nothing
    ) -> None:
        self.path = path
        self.damage: str | None = None
        self.unsigned = 0
        self.append_seconds = Histogram()
        self._writer = writer
        self._carry_over = carry_over
        self._reader = connect_reader(path)
        self._lane = Lane("journal-reader")
        self.failed = writer.failed

    @classmethod
    async def open(  # noqa: PLR0913 - wiring, in one place
        cls,
        path: pathlib.Path,
        *,
        identity: EdgeIdentity,
        clock: Clock,
        projections: Sequence[Projection] = (),
        carry_over: CarryOver = carry_nothing,
        inherited: Inheritance | None = None,
        session_of: SessionOf = lambda _connection, _workstation: None,
    ) -> Self:
        """Open the journal, or begin it: a new file gets its first epoch and `EpochStart`.

        A new file in an old box's place begins behind what the office holds of it (`inherited`).

        A file that a backup made begins an epoch of its own. The last entries are checked; what
        is wrong with them is an entry, and no reason not to sell.

        Raises:
            JournalError: The file cannot be opened safely; the message says why.
        """
        loop = asyncio.get_running_loop()
        writer = await asyncio.to_thread(
            Writer, path, identity, clock, projections, loop, session_of=session_of
        )
        await writer.run(lambda connection: _create(connection, projections))
        journal = cls(writer, path, carry_over)
        if not writer.head.epoch:
            await writer.append(first_epoch(writer, inherited))
            return journal
        clock.not_before(await writer.run(_last_moment))
        await journal._check_tail()
        if await writer.run(is_copy):
            await writer.append(restored_epoch(writer, carry_over))
        return journal

    @property
    def identity(self) -> EdgeIdentity:
        """Who writes here."""
        return self._writer.identity

    @property
    def reserve_in_use(self) -> bool:
        """True while the disk is full: what is under way can end, and nothing new is begun."""
        return not self._writer.reserve.whole

    @property
    def clock(self) -> Clock:
        """Where the entries' moments come from."""
        return self._writer.clock

    @property
    def head(self) -> Head:
        """The last committed entry."""
        return self._writer.committed

    @property
    def tip(self) -> Head:
        """For `append_from`'s `build` alone: the entry that the next one will follow.

        Others of the same commit may stand between it and `head`; it may still be rolled back.
        """
        return self._writer.head

    async def append(self, *drafts: Draft) -> tuple[JournalEntry, ...]:
        """Append all `drafts` in one transaction, or none, and return after the fsync.

        Raises:
            JournalFullError: The disk is full; nothing was written.
            JournalError: The disk failed; the process has to exit.
            EntryTooLargeError: One of them is over the limit; nothing was written.
        """
        return await self.append_from(lambda _: drafts)

    async def append_from(self, build: Build) -> tuple[JournalEntry, ...]:
        """As `append`, with what `build` says after a look at the projections.

        `build` runs on the writer's thread, inside the transaction: what it reads cannot change
        before its entries are in. What it raises reaches the caller, and nothing is written.
        """
        loop = asyncio.get_running_loop()
        began = loop.time()
        entries = await self._writer.append(build)
        self.append_seconds.observe(loop.time() - began)
        return entries

    async def make_room(self) -> bool:
        """Give the reserve up, for what another file of an open sale needs; False if it was."""
        return await self._writer.run(lambda _: self._writer.reserve.give_up())

    def refuse_when_full(self) -> None:
        """Called in a `build` that begins something new: not while the reserve is in use.

        Raises:
            JournalFullError: It is, and there is still no room to put it aside again.
        """
        if not self._writer.reserve.restore():
            raise JournalFullError(DISK_FULL)

    def on_append(self, listener: Listener) -> None:
        """Call `listener` after every append, in their order. It must not block."""
        self._writer.listeners.append(listener)

    async def last_moment(self) -> int:
        """When the last entry happened, by the clock of that time: it cannot be earlier now."""
        return await self.query(_last_moment)

    async def query(self, function: Callable[[sqlite3.Connection], Result]) -> Result:
        """Run a short read on a connection of its own; it never waits for the writer."""
        return await self._lane.run(function, self._reader)

    async def read_after(
        self, position: Position | None, *, limit: int = 64, max_bytes: int = 65_536
    ) -> list[StoredEntry]:
        """Read the entries behind `position`, over epochs, in order; from the start for None.

        Returns:
            At least one entry if there is one, then as many as fit both bounds. Empty at the end.

        Raises:
            LookupError: This journal does not know the epoch.
        """
        return await self.query(lambda connection: _read(connection, position, limit, max_bytes))

    async def entry_at(self, position: Position) -> StoredEntry | None:
        """Read one entry, or None where there is none."""
        before = Position(position.epoch, position.seq - 1)
        try:
            found = await self.read_after(before, limit=1)
        except LookupError:
            return None
        return found[0] if found and found[0].position == position else None

    async def epochs(self) -> list[str]:
        """The epochs in the order in which they began on this box."""
        return await self.query(
            lambda connection: [
                row[0] for row in connection.execute("SELECT epoch FROM epochs ORDER BY number")
            ]
        )

    async def begin_epoch(
        self, *, reason: str, note: str | None = None, known: CarriedOver | None = None
    ) -> None:
        """Begin a new epoch, linked to the last entry of the one that there is.

        Args:
            reason: `restored` or `forked`.
            note: What a person gave as the reason, or where the fork was seen.
            known: What the office knows; where it is further than ours, it is taken over.

        Raises:
            JournalFullError: The disk is full; the old epoch goes on.
            JournalError: The disk failed; the process has to exit.
        """
        build = next_epoch(self._writer, self._carry_over, reason=reason, note=note, known=known)
        await self._writer.append(build)

    def acknowledge(self, mark: Acknowledged) -> None:
        """Remember how far the office is; stored with the next commit, never backwards."""
        self._writer.acknowledge(mark)

    async def acknowledged(self) -> dict[str, Acknowledged]:
        """The stored cursor of each epoch that the office has acknowledged."""
        return await self.query(
            lambda connection: {
                row[0]: Acknowledged(*row)
                for row in connection.execute("SELECT epoch, up_to_seq, hash FROM acknowledged")
            }
        )

    async def check_alive(self) -> None:
        """Return once the writer's thread has answered, through a commit.

        Raises:
            JournalError: It has failed.
        """
        await self._writer.run(lambda _: None)

    async def note_check(self, report: VerifyReport) -> None:
        """Journal how a check of the chain ended, and remember what is wrong.

        Raises:
            JournalFullError: The disk is full.
            JournalError: The disk failed; the process has to exit.
        """
        self.damage = None if report.intact else f"{report.broken} {report.problem}"
        await self.append(Draft(payload=_result_of(report)))

    async def _check_tail(self) -> None:
        tail = await self.query(lambda connection: verify_tail(connection, TAIL_ENTRIES))
        self.unsigned = await self.query(
            lambda connection: entries_since_checkpoint(connection, TAIL_ENTRIES)
        )
        if not tail.intact:
            await self.note_check(tail)

    async def rebuild(self) -> None:
        """Drop all projections and replay the entries, in one transaction."""
        projections = self._writer.projections
        await self._writer.run(lambda connection: _rebuild(connection, projections))

    async def close(self) -> None:
        """Finish what is queued and close the files."""
        await self._writer.close()
        self._lane.close()
        await asyncio.to_thread(self._lane.join, 5.0)
        self._reader.close()


def _create(connection: sqlite3.Connection, projections: Sequence[Projection]) -> None:
    for projection in projections:
        missing = [name for name in projection.tables if not _table_exists(connection, name)]
        projection.create(connection)
        if missing:
            _replay(connection, [projection])


def _table_exists(connection: sqlite3.Connection, name: str) -> bool:
    found = connection.execute(
        "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (name,)
    ).fetchone()
    return found is not None


def _rebuild(connection: sqlite3.Connection, projections: Sequence[Projection]) -> None:
    for projection in projections:
        for table in projection.tables:
            connection.execute(f'DROP TABLE IF EXISTS "{table}"')
        projection.create(connection)
    _replay(connection, projections)


def _replay(connection: sqlite3.Connection, projections: Iterable[Projection]) -> None:
    rows = connection.execute("SELECT data FROM entries ORDER BY epoch_number, seq")
    for (data,) in rows:
        entry = decode_entry(data)
        for projection in projections:
            projection.apply(connection, entry)


def _last_moment(connection: sqlite3.Connection) -> int:
    """When the last entry happened, by the clock of that time."""
    row = connection.execute(
        "SELECT occurred_at FROM entries ORDER BY epoch_number DESC, seq DESC LIMIT 1"
    ).fetchone()
    moment: int = row[0]
    return moment


def _result_of(report: VerifyReport) -> SystemEvent:
    """The entry that says how a check of the chain ended."""
    if report.intact:
        note = f"{report.entries} entries, up to {report.head}"
        return SystemEvent(event="IntegrityCheck", result="intact", note=note)
    return SystemEvent(
        event="IntegrityCheck", result="broken", broken_at=report.broken, note=report.problem
    )


def _read(
    connection: sqlite3.Connection, position: Position | None, limit: int, max_bytes: int
) -> list[StoredEntry]:
    number, seq = (
        (0, 0) if position is None else (_number(connection, position.epoch), position.seq)
    )
    found: list[StoredEntry] = []
    size = 0
    with contextlib.closing(connection.execute(_READ, (number, seq, limit))) as rows:
        for epoch, at, digest, data in rows:
            size += len(data) + 1
            if found and size > max_bytes:
                break
            found.append(StoredEntry(epoch, at, digest.lower(), data))
    return found


def _number(connection: sqlite3.Connection, epoch: str) -> int:
    row = connection.execute("SELECT number FROM epochs WHERE epoch = ?", (epoch,)).fetchone()
    if row is None:
        raise LookupError(f"This journal has no epoch {epoch}.")
    number: int = row[0]
    return number
