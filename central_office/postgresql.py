"""PostgreSQL: for several office workers side by side.

A worker locks the edges of its messages by advisory locks, in the order of their names, and an
organization's number of arrival by its row. Both end with the transaction.
"""

import contextlib
import functools
from collections.abc import Iterator, Sequence
from typing import Any

import psycopg

from central_office.errors import OfficeError
from central_office.postgresql_schema import TABLES
from central_office.sql_tables import ENTRY_COLUMNS

_COPY = f"COPY entries ({ENTRY_COLUMNS}) FROM STDIN (FORMAT BINARY)"
_COPY_TYPES = [
    "text",
    "int8",
    "text",
    "text",
    "text",
    "int8",
    "text",
    "int8",
    "int8",
    "bytea",
    "bytea",
]
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(name, 0)) FROM unnest(%s::text[]) AS name"
_SETUP_LOCK = 0x706F73  # ours while the tables are made
CONNECT_SECONDS = 10


class PostgresqlSession:
    """`Session` on an open transaction."""

    def __init__(self, connection: "psycopg.Connection[Any]") -> None:
        self._connection = connection

    def lock(self, names: Sequence[str]) -> None:
        """Keep other transactions from these names until this one ends."""
        self._connection.execute(_LOCK, ([_storable(name) for name in names],))

    def all(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run a statement and read all of its rows."""
        return self._connection.execute(translate(sql), _clean(parameters)).fetchall()

    def run(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Run a statement and say how many rows it changed."""
        return self._connection.execute(translate(sql), _clean(parameters)).rowcount

    def many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        """Run a statement for each row."""
        if len(rows) <= 1:  # psycopg would make a pipeline for them too, which costs more
            for row in rows:
                self.run(sql, row)
            return
        with self._connection.cursor() as cursor:
            cursor.executemany(translate(sql), [_clean(row) for row in rows])

    def insert_entries(self, rows: Sequence[Sequence[Any]]) -> None:
        """Add to `entries`, by COPY."""
        with self._connection.cursor() as cursor, cursor.copy(_COPY) as copy:
            copy.set_types(_COPY_TYPES)
            for row in rows:
                copy.write_row(row)


class PostgresqlDatabase:
    """One connection of one worker."""

    shared = True

    def __init__(self, address: str) -> None:
        """Connect, and make the tables where they are missing.

        Raises:
            OfficeError: The server cannot be reached, or its commits are not durable.
        """
        self._connection = connect(address)
        try:
            self._check_durability()
            with self._connection.transaction():
                self._connection.execute("SELECT pg_advisory_xact_lock(%s)", (_SETUP_LOCK,))
                self._connection.execute(TABLES)
        except psycopg.Error as error:
            self._connection.close()
            raise OfficeError(f"The tables cannot be made in PostgreSQL: {error}.") from error
        except OfficeError:
            self._connection.close()
            raise

    def _check_durability(self) -> None:
        for name in ("fsync", "synchronous_commit"):
            row = self._connection.execute(f"SHOW {name}").fetchone()
            if row is None or row[0] == "off":
                raise OfficeError(f"PostgreSQL loses commits with {name}=off: switch it on.")

    @contextlib.contextmanager
    def transaction(self) -> Iterator[PostgresqlSession]:
        """Commit at the end; roll back where something was raised.

        Raises:
            OfficeError: The server failed or went away. Where that was during the commit itself
                it may be stored; then it is a duplicate when it comes again.
        """
        try:
            with self._connection.transaction():
                yield PostgresqlSession(self._connection)
        except psycopg.Error as error:
            raise OfficeError(f"PostgreSQL failed: {error}".rstrip()) from error

    def close(self) -> None:
        """Say goodbye."""
        self._connection.close()


def connect(address: str) -> "psycopg.Connection[Any]":
    """Connect.

    Raises:
        OfficeError: The server cannot be reached.
    """
    try:
        return psycopg.connect(address, autocommit=True, connect_timeout=CONNECT_SECONDS)
    except psycopg.Error as error:
        raise OfficeError(
            f"PostgreSQL cannot be reached: {' '.join(str(error).split())}"
        ) from error


@functools.cache
def translate(sql: str) -> str:
    """Turn the placeholders into psycopg's."""
    return sql.replace("?", "%s")


def _clean(parameters: Sequence[Any]) -> list[Any]:
    return [_storable(value) if isinstance(value, str) else value for value in parameters]


def _storable(text: str) -> str:
    """PostgreSQL's text has no NUL."""
    return text.replace("\0", "\ufffd")
