"""The embedded database: one file, one writer, nothing to install."""

import contextlib
import pathlib
import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any

from central_office.errors import OfficeError
from central_office.schema import connect_writer
from central_office.sql_tables import ENTRY_COLUMNS

_INSERT_ENTRY = f"INSERT INTO entries ({ENTRY_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608 - constants


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
