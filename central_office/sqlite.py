"""The embedded database: one file, one writer, nothing to install."""

import contextlib
import functools
import pathlib
import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from central_office.errors import OfficeError
from central_office.projections import Projection
from central_office.schema import connect_writer
from central_office.sql_tables import ENTRY_COLUMNS

_INSERT_ENTRY = f"INSERT INTO entries ({ENTRY_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608 - constants


_ROWS = 1_000_000
_TYPES = {str: "TEXT", int: "INTEGER", bytes: "BLOB"}


@functools.cache
def _insert(projection: Projection) -> str:
    columns = projection.columns
    return (
        f"INSERT INTO {projection.name} ({', '.join(columns)})"  # noqa: S608 - constants
        f" VALUES ({', '.join('?' * len(columns))}) {projection.conflict}"
    )


@functools.cache
def _select(projection: Projection, length: int) -> str:
    key = list(projection.key)[:length]
    found = " AND ".join(f"{name} = wanted.value ->> {place}" for place, name in enumerate(key))
    return (
        f"SELECT {', '.join(projection.columns)} FROM json_each(?) AS wanted"  # noqa: S608 - constants
        f" CROSS JOIN {projection.name} WHERE {found}"
    )


def _sizes(projection: Projection) -> list[tuple[str, str, str]]:
    """How many rows of a large table a key's first columns leave over, for SQLite's planner.

    Without them it takes every table for small and an organization for a few rows, and reads all
    of an organization's receipts to find one by its number.
    """
    name = projection.name
    indexes = [
        (f"{name}_{number}", len(columns))
        for number, (columns, _) in enumerate(projection.indexes, 1)
    ]
    return [
        (name, index, " ".join(map(str, (_ROWS, *_left(length)))))
        for index, length in ((name, len(projection.key)), *indexes)
    ]


def _left(columns: int) -> list[int]:
    """The first column leaves all of them, the last one of a few, those between in even steps."""
    return [round(_ROWS ** ((columns - at) / columns)) for at in range(columns - 1)] + [2]


class SqliteSession:
    """`Session`: the write transaction itself keeps everybody else away."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def lock(self, names: Sequence[str]) -> None:
        """Nothing to do."""

    def all(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run a statement and read all of its rows."""
        return self._connection.execute(sql, parameters).fetchall()

    def run(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Run a statement and say how many rows it changed."""
        return self._connection.execute(sql, parameters).rowcount

    def many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        """Run a statement for each row."""
        self._connection.executemany(sql, rows)

    def insert_entries(self, rows: Sequence[Sequence[Any]]) -> None:
        """Add to `entries`."""
        self._connection.executemany(_INSERT_ENTRY, rows)

    def define(self, projection: Projection) -> None:
        """Make a table; its key is the table itself: one search for a row, its day beside it."""
        for statement in projection.definition(_TYPES, " STRICT, WITHOUT ROWID"):
            self._connection.execute(statement)
        self._connection.execute("ANALYZE sqlite_schema")  # makes the table of statistics
        self._connection.execute("DELETE FROM sqlite_stat1 WHERE tbl = ?", (projection.name,))
        self._connection.executemany(
            "INSERT INTO sqlite_stat1 VALUES (?, ?, ?)", _sizes(projection)
        )
        self._connection.execute("ANALYZE sqlite_schema")  # reads them

    def write(self, changes: Sequence[tuple[Projection, Sequence[Sequence[Any]]]]) -> None:
        """Write rows in their projections' ways."""
        for projection, rows in changes:
            self._connection.executemany(_insert(projection), rows)

    def find(
        self, projection: Projection, length: int, keys: Sequence[Sequence[Any]]
    ) -> list[tuple[Any, ...]]:
        """The rows whose keys begin with these, by one statement."""
        wanted = msgspec.json.encode(keys).decode()
        return self._connection.execute(_select(projection, length), (wanted,)).fetchall()


class SqliteDatabase:
    """The file and its one writing connection."""

    shared = False

    def __init__(self, path: pathlib.Path) -> None:
        self._path = path
        self._connection = connect_writer(path)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[SqliteSession]:
        """Commit, with its fsync, at the end; roll back where something was raised.

        Raises:
            OfficeError: The disk failed or is full; nothing of it is stored.
        """
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield SqliteSession(self._connection)
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise OfficeError(f"The database {self._path} failed: {error}.") from error

    def close(self) -> None:
        """Fold the log in and close the file."""
        with contextlib.suppress(sqlite3.Error):
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._connection.close()
