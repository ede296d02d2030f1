"""The one writer: a thread that turns waiting appends into one commit.

Theory of operation. Callers put what they want to append into a queue and wait. The thread takes
all that is there, runs each append under a savepoint of its own (a refusal rolls back that one
alone), commits once, and wakes everybody after the fsync. While it syncs, others queue up for the
next commit: so one caller pays one sync, and eight callers pay little more than one between them.

A failed commit is the end: `JournalError`, and every later append gets the same. Only a full disk
is not: SQLite rolled back cleanly, the reserve is given up, and the appends are tried again; what
would begin something new refuses itself (`Journal.refuse_when_full`). With nothing in reserve the
callers get `JournalFullError`, and the writer goes on.

A clock that has stepped since the last commit is told first, so that the entries behind it say
what they mean.
"""

import asyncio
import collections
import contextlib
import dataclasses
import os
import pathlib
import queue
import sqlite3
import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from edge_daemon.clock import Clock
from edge_daemon.errors import JournalError, JournalFullError
from edge_daemon.journal.reserve import Reserve
from edge_daemon.journal.schema import connect_writer
from edge_daemon.journal.values import (
    Acknowledged,
    Build,
    Draft,
    EdgeIdentity,
    Head,
    Projection,
    SessionOf,
)
from edge_daemon.journal.write_ahead_log import WriteAheadLog
from edge_daemon.records import JournalEntry, encode_entry, entry_hash, new_ulid
from edge_daemon.records.payloads import SystemEvent

Result = TypeVar("Result")

BATCH_LIMIT = 256
"""Appends in one commit; bounds the time that the first of them waits."""
IDLE_SECONDS = 1.0
"""Quiet time before the write-ahead log is folded into the database."""
_INSERT = (
    "INSERT INTO entries (epoch_number, seq, entry_type, occurred_at, hash, data)"
    " VALUES (?, ?, ?, ?, ?, ?)"
)
_ACKNOWLEDGE = (
    "INSERT INTO acknowledged (epoch, up_to_seq, hash) VALUES (?, ?, ?) ON CONFLICT (epoch)"
    " DO UPDATE SET up_to_seq = excluded.up_to_seq, hash = excluded.hash"
    " WHERE excluded.up_to_seq > up_to_seq"
)


Listener = Callable[[tuple[JournalEntry, ...]], None]
"""Called on the event loop with every append's entries, after their fsync, in commit order."""

_DISK_FAILED = {
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_READONLY,
}
"""Primary result codes that concern the file, not the statement (sqlite.org/rescode.html)."""

_FULL = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE}
"""No room for an entry, or for a longer index of the log (sqlite.org/rescode.html)."""
DISK_FULL = "The disk is full: make room, or call support."


@dataclasses.dataclass(slots=True)
class _Job:
    work: Callable[[], Any]
    future: asyncio.Future[Any] | None
    appends: bool
    result: Any = None
    error: BaseException | None = None

    def settle(self) -> None:
        if self.future is None or self.future.done():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


class Writer:
    """Owns the writing connection and the head of the chain."""

    def __init__(  # noqa: PLR0913 - wiring, in one place
        self,
        path: pathlib.Path,
        identity: EdgeIdentity,
        clock: Clock,
        projections: Sequence[Projection],
        loop: asyncio.AbstractEventLoop,
        *,
        session_of: SessionOf = lambda _connection, _workstation: None,
    ) -> None:
        self.identity = identity
        self._session_of = session_of
        self.clock = clock
        self.projections = tuple(projections)
        self.reserve = Reserve(path.with_suffix(".reserve"))
        self.connection = _connect(path, self.reserve)
        self.epoch_number, self.head = _read_head(self.connection)
        self.committed = self.head
        self.failure: JournalError | None = None
        self.failed: asyncio.Future[JournalError] = loop.create_future()
        self.listeners: list[Listener] = []
        self._loop = loop
        self._done: collections.deque[list[_Job]] = collections.deque()
        self._bell = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._acknowledged: dict[str, Acknowledged] = {}
        self._log = WriteAheadLog(self.connection, path)
        loop.call_soon_threadsafe(loop.add_reader, self._bell, self._answer)
        self._thread = threading.Thread(target=self._work, name="journal-writer", daemon=True)
        self._thread.start()

    async def append(self, build: Build) -> tuple[JournalEntry, ...]:
        """Append what `build` says, in one piece, and return after the fsync.

        Raises:
            JournalFullError: The disk is full; nothing was written.
            JournalError: The disk failed; exit.
            Exception: What `build` raised; nothing of this append was written.
        """
        return await self._run(lambda: self._append(build), appends=True)

    async def run(self, function: Callable[[sqlite3.Connection], Result]) -> Result:
        """Run `function` inside the next commit (schema changes, cursors, a sign of life)."""
        return await self._run(lambda: function(self.connection))

    def acknowledge(self, mark: Acknowledged) -> None:
        """Store the office's cursor with the next commit; it needs no sync of its own."""
        self._acknowledged[mark.epoch] = mark
        self._log.folded = False

    def begin_epoch(self, epoch: str) -> None:
        """Count from `seq` 1 of a new epoch. Only inside `run`, followed by its EpochStart."""
        number = self.epoch_number + 1
        self.connection.execute("INSERT INTO epochs (number, epoch) VALUES (?, ?)", (number, epoch))
        self.epoch_number = number
        self.head = Head(epoch, 0, "0" * 64)

    async def close(self) -> None:
        """Finish what is queued, tell its callers, and close the file."""
        self._jobs.put(None)
        await asyncio.to_thread(self._thread.join)
        self._loop.remove_reader(self._bell)
        os.close(self._bell)
        self._answer_all()

    # --- on the writer's thread ---

    def _work(self) -> None:
        while (job := self._next()) is not None:
            batch = [job]
            with contextlib.suppress(queue.Empty):
                while len(batch) < BATCH_LIMIT:
                    following = self._jobs.get_nowait()
                    if following is None:
                        self._jobs.put(None)
                        break
                    batch.append(following)
            self._perform(batch)
        self._fold_log()
        self.connection.close()

    def _next(self) -> _Job | None:
        if self._log.folded:
            return self._jobs.get()
        try:
            return self._jobs.get(timeout=IDLE_SECONDS)
        except queue.Empty:
            self._fold_log()
            return self._jobs.get()

    def _perform(self, batch: list[_Job]) -> None:
        if self.failure is None:
            batch = [*self._clock_step(), *batch]
            error = self._try(batch)
            if _disk_is_full(error) and self.reserve.give_up():
                error = self._try(batch)
            if error is not None:
                self._refuse(batch, error)
        else:
            self._refuse(batch, self.failure)
        self._done.append(batch)
        os.eventfd_write(self._bell, 1)
        self._log.folded = False
        if self._log.busy:
            self._fold_log()

    def _clock_step(self) -> list[_Job]:
        """The entry that says by how much the clock has stepped, if it has."""
        step = self.clock.take_step() if self.head.seq else 0
        if not step:
            return []
        draft = Draft(payload=SystemEvent(event="ClockStep", clock_step_us=step))
        return [_Job(lambda: self._append(lambda _: [draft]), None, appends=True)]

    def _try(self, batch: list[_Job]) -> BaseException | None:
        """Commit the batch; on an error nothing of it is written."""
        head, number = self.head, self.epoch_number
        for job in batch:
            job.result = job.error = None
        try:
            self._commit(batch)
        except BaseException as error:  # noqa: BLE001 - every caller must be told
            self.head, self.epoch_number = head, number
            with contextlib.suppress(sqlite3.Error):
                self.connection.execute("ROLLBACK")
            return error
        self.committed = self.head
        return None

    def _commit(self, batch: list[_Job]) -> None:
        self.connection.execute("BEGIN IMMEDIATE")
        if len(batch) == 1:
            self._perform_alone(batch[0])
        else:
            for job in batch:
                self._perform_under_savepoint(job)
        marks = list(self._acknowledged.values())
        if marks:
            self.connection.executemany(_ACKNOWLEDGE, marks)
        self.connection.execute("COMMIT")
        for mark in marks:
            if self._acknowledged.get(mark.epoch) is mark:
                del self._acknowledged[mark.epoch]

    def _perform_alone(self, job: _Job) -> None:
        """Run the only append of a commit: a refusal rolls everything back, which is itself."""
        head, number = self.head, self.epoch_number
        try:
            job.result = job.work()
        except Exception as error:
            if _disk_failed(error):
                raise
            self.connection.execute("ROLLBACK")
            self.connection.execute("BEGIN IMMEDIATE")
            self.head, self.epoch_number = head, number
            job.error = error

    def _perform_under_savepoint(self, job: _Job) -> None:
        head, number = self.head, self.epoch_number
        self.connection.execute("SAVEPOINT append")
        try:
            job.result = job.work()
        except Exception as error:
            if _disk_failed(error):
                raise
            self.connection.execute("ROLLBACK TO append")
            self.head, self.epoch_number = head, number
            job.error = error
        self.connection.execute("RELEASE append")

    def _append(self, build: Build) -> tuple[JournalEntry, ...]:
        return tuple(self._insert(draft) for draft in build(self.connection))

    def _insert(self, draft: Draft) -> JournalEntry:
        entry = self._entry(draft)
        data = encode_entry(entry)
        digest = entry_hash(data)
        row = (self.epoch_number, entry.seq, entry.entry_type, entry.occurred_at)
        self.connection.execute(_INSERT, (*row, bytes.fromhex(digest), data))
        self.head = Head(entry.epoch, entry.seq, digest)
        for projection in self.projections:
            projection.apply(self.connection, entry)
        return entry

    def _entry(self, draft: Draft) -> JournalEntry:
        moment = self.clock.now_us() if draft.occurred_at is None else draft.occurred_at
        return JournalEntry(
            entry_type=type(draft.payload).__name__,
            entry_id=draft.entry_id or new_ulid(moment),
            edge_id=self.identity.edge_id,
            epoch=self.head.epoch,
            seq=self.head.seq + 1,
            prev_hash=self.head.hash,
            organization_id=self.identity.organization_id,
            retail_store_id=self.identity.retail_store_id,
            workstation_id=draft.workstation_id or self.identity.workstation_id,
            business_day_date=draft.business_day_date or self.clock.business_day(moment),
            till_session_id=self._session(draft),
            operator_id=draft.operator_id,
            occurred_at=moment,
            utc_offset_min=self.clock.utc_offset_min(moment),
            clock_state=self.clock.state(),
            training=draft.training,
            api_idempotency_key=draft.api_idempotency_key,
            payload=draft.payload,
        )

    def _session(self, draft: Draft) -> str | None:
        if draft.till_session_id is not None or draft.workstation_id is None:
            return draft.till_session_id
        return self._session_of(self.connection, draft.workstation_id)

    def _refuse(self, batch: list[_Job], error: BaseException) -> None:
        told: BaseException
        if _disk_is_full(error):
            told = JournalFullError(DISK_FULL)
        else:
            told = self.failure = self.failure or JournalError(f"The journal failed: {error!r}")
        for job in batch:
            job.error = job.error or told

    def _fold_log(self) -> None:
        """Fold the log in, with the office's cursor if nothing else took it along."""
        try:
            if self._acknowledged:
                self._commit([])
        except sqlite3.Error:  # the next commit tells why
            with contextlib.suppress(sqlite3.Error):
                self.connection.execute("ROLLBACK")
        self._log.fold()

    # --- on the event loop ---

    async def _run(self, work: Callable[[], Result], *, appends: bool = False) -> Result:
        future: asyncio.Future[Result] = self._loop.create_future()
        self._jobs.put(_Job(work, future, appends))
        return await future

    def _answer(self) -> None:
        """The writer's thread has rung: tell the callers what came of their appends.

        A bell of our own takes half the time of `call_soon_threadsafe`, which wakes the loop to
        let it read its pipe, and only then runs what it was asked to.
        """
        os.eventfd_read(self._bell)
        self._answer_all()

    def _answer_all(self) -> None:
        while self._done:
            self._settle(self._done.popleft())

    def _settle(self, batch: list[_Job]) -> None:
        if self.failure is not None and not self.failed.done():
            self.failed.set_result(self.failure)
        for job in batch:
            if job.appends and job.error is None:
                for listener in self.listeners:
                    listener(job.result)
            job.settle()


def _connect(path: pathlib.Path, reserve: Reserve) -> sqlite3.Connection:
    """Open the file. A full disk has no room for the index of the log: the reserve makes some."""
    try:
        return connect_writer(path)
    except JournalError:
        if not (reserve.is_needed and reserve.give_up()):
            raise
        return connect_writer(path)


def _disk_is_full(error: BaseException | None) -> bool:
    return isinstance(error, sqlite3.Error) and error.sqlite_errorcode in _FULL


def _disk_failed(error: Exception) -> bool:
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in _DISK_FAILED


def _read_head(connection: sqlite3.Connection) -> tuple[int, Head]:
    """Find the end of the chain. The hash comes from the bytes, not from the index beside them."""
    row = connection.execute(
        "SELECT number, epoch FROM epochs ORDER BY number DESC LIMIT 1"
    ).fetchone()
    if row is None:
        return 0, Head("", 0, "0" * 64)
    number, epoch = row
    last = connection.execute(
        "SELECT seq, data FROM entries WHERE epoch_number = ? ORDER BY seq DESC LIMIT 1", (number,)
    ).fetchone()
    return number, Head(epoch, last[0], entry_hash(last[1])) if last else Head(epoch, 0, "0" * 64)
