"""`state.db`: what no journal entry can rebuild.

Print bytes and images under their hash, and small values under a name (tokens, versions of what
came from the office). It has a lane of its own, so nothing that is done here delays an append to
the journal. Whoever imports much does it in short transactions (`run` once for each slice): the
print bytes of the next sale wait in the same lane.

Everything is durable when its call returns: WAL with `synchronous=FULL`, as the journal.
"""

import asyncio
import contextlib
import hashlib
import logging
import pathlib
import sqlite3
from collections.abc import Awaitable, Callable
from typing import Self, TypeVar

from sqlite_utils import Database

from drivers.lane import Lane
from edge_daemon.errors import JournalError, JournalFullError

Result = TypeVar("Result")

BUSY_TIMEOUT_MS = 5000
"""The command line may read for a moment; nothing else shares the file."""
CLOSE_SECONDS = 5.0
"""How long the last transaction may take at the exit; a dead disk does not keep the process."""
FULL = 2
"""What `PRAGMA synchronous` answers for FULL."""

_PUT_CONTENT = (
    "INSERT INTO contents (hash, media_type, data) VALUES (?, ?, ?) ON CONFLICT (hash)"
    " DO UPDATE SET media_type = excluded.media_type, data = excluded.data"
    " WHERE data != excluded.data"
)
_PUT_VALUE = (
    "INSERT INTO named_values (name, value) VALUES (?, ?) ON CONFLICT (name)"
    " DO UPDATE SET value = excluded.value WHERE value != excluded.value"
)

_DISK_FAILED = {
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_READONLY,
}
"""Primary result codes that concern the file, not the statement (sqlite.org/rescode.html)."""

MakeRoom = Callable[[], Awaitable[bool]]

_log = logging.getLogger(__name__)


class StateStore:
    """An open `state.db`. One process at a time has it."""

    def __init__(self, lane: Lane, connection: sqlite3.Connection, make_room: MakeRoom) -> None:
        self._lane = lane
        self._connection = connection
        self._make_room = make_room

    @classmethod
    async def open(cls, path: pathlib.Path, *, make_room: MakeRoom | None = None) -> Self:
        """Open the file, or begin it.

        Args:
            path: The file.
            make_room: Called when the disk is full; True when it is worth another try.

        Raises:
            JournalError: It cannot be opened, is no database, or its disk keeps no promises.
        """
        lane = Lane("state")
        try:
            return cls(lane, await lane.run(_connect, path), make_room or _no_room)
        except BaseException:
            lane.close()
            raise

    async def put_content(self, data: bytes, media_type: str) -> str:
        """Keep `data` for good and return its SHA-256, lower-case hexadecimal.

        Putting the same bytes again changes nothing, and is how damaged ones are healed.

        Raises:
            JournalFullError: The disk is full; nothing was written.
            JournalError: The disk failed; the process has to exit.
        """
        digest = hashlib.sha256(data).hexdigest()
        row = (bytes.fromhex(digest), media_type, data)
        await self.run(lambda connection: connection.execute(_PUT_CONTENT, row))
        return digest

    async def get_content(self, digest: str) -> bytes | None:
        """Return what has this SHA-256, or None where it is not here or was damaged.

        Raises:
            JournalError: The disk failed; the process has to exit.
        """
        key = bytes.fromhex(digest)
        statement = "SELECT data FROM contents WHERE hash = ?"
        data = await self.run(lambda connection: _first(connection, statement, key))
        if data is not None and hashlib.sha256(data).digest() != key:
            _log.error("state.db: the content %s is damaged and not used", digest)
            return None
        return data

    async def put_value(self, name: str, value: bytes) -> None:
        """Keep a small value under `name`, in the place of the one before.

        Raises:
            JournalFullError: The disk is full; the value before stands.
            JournalError: The disk failed; the process has to exit.
        """
        await self.run(lambda connection: write_value(connection, name, value))

    async def get_value(self, name: str) -> bytes | None:
        """Return the value of `name`, or None.

        Raises:
            JournalError: The disk failed; the process has to exit.
        """
        return await self.run(lambda connection: read_value(connection, name))

    async def delete_value(self, name: str) -> None:
        """Forget the value of `name`; nothing happens where there is none.

        Raises:
            JournalError: The disk failed; the process has to exit.
        """
        statement = "DELETE FROM named_values WHERE name = ?"
        await self.run(lambda connection: connection.execute(statement, (name,)))

    async def run(self, function: Callable[[sqlite3.Connection], Result]) -> Result:
        """Run a short `function` as one transaction and return after its fsync.

        What it raises reaches the caller, and nothing of it is written.

        Raises:
            JournalFullError: The disk is full; nothing was written.
            JournalError: The disk failed; the process has to exit.
        """
        try:
            return await self._lane.run(_transaction, self._connection, function)
        except JournalFullError:
            if not await self._make_room():
                raise
            return await self._lane.run(_transaction, self._connection, function)

    async def close(self) -> None:
        """Finish what is queued and close the file."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._lane.run(self._connection.close)
        self._lane.close()


def write_value(connection: sqlite3.Connection, name: str, value: bytes) -> None:
    """As `StateStore.put_value`, inside a transaction."""
    connection.execute(_PUT_VALUE, (name, value))


def read_value(connection: sqlite3.Connection, name: str) -> bytes | None:
    """As `StateStore.get_value`, inside a transaction."""
    statement = "SELECT value FROM named_values WHERE name = ?"
    return _first(connection, statement, name)


def _first(connection: sqlite3.Connection, statement: str, key: str | bytes) -> bytes | None:
    row = connection.execute(statement, (key,)).fetchone()
    return None if row is None else row[0]


async def _no_room() -> bool:
    return False


def _transaction(
    connection: sqlite3.Connection, function: Callable[[sqlite3.Connection], Result]
) -> Result:
    try:
        connection.execute("BEGIN")
        result = function(connection)
        connection.execute("COMMIT")
    except BaseException as error:
        with contextlib.suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK) & 0xFF
        if code == sqlite3.SQLITE_FULL:
            raise JournalFullError("The disk is full: make room, or call support.") from error
        if code in _DISK_FAILED:
            raise JournalError(f"state.db failed: {error!r}") from error
        raise
    return result


def _connect(path: pathlib.Path) -> sqlite3.Connection:
    try:
        with contextlib.ExitStack() as undo:
            connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            undo.callback(connection.close)
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
            _assert_durable(connection)
            _create_tables(Database(connection))
            undo.pop_all()
    except sqlite3.Error as error:
        raise JournalError(f"{path} cannot be opened: {error}.") from error
    return connection


def _assert_durable(connection: sqlite3.Connection) -> None:
    mode = connection.execute("PRAGMA journal_mode").fetchone()[0]
    synchronous = connection.execute("PRAGMA synchronous").fetchone()[0]
    if (mode, synchronous) != ("wal", FULL):
        raise JournalError(
            f"state.db needs journal_mode=wal and synchronous=FULL, but this SQLite gives "
            f"{mode} and {synchronous}. Use a local disk (no network share)."
        )


def _create_tables(database: Database) -> None:
    database.table("contents").create(
        {"hash": bytes, "media_type": str, "data": bytes},
        pk="hash",
        not_null={"media_type", "data"},
        strict=True,
        if_not_exists=True,
    )
    database.table("named_values").create(
        {"name": str, "value": bytes},
        pk="name",
        not_null={"value"},
        strict=True,
        if_not_exists=True,
    )
