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
from central_office.postgresql_arrays import array
from central_office.postgresql_schema import SQL_TYPES, TABLES
from central_office.projections import Projection, Way
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
_COPIED = 32
"""Rows from which on a COPY of its own costs less than to stand in line with the statements."""
_BINARY_TYPES = {str: "text", int: "int8", bytes: "bytea"}
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

    def define(self, projection: Projection) -> None:
        """Make a table."""
        for statement in projection.definition(SQL_TYPES):
            self._connection.execute(statement)

    def write(self, changes: Sequence[tuple[Projection, Sequence[Sequence[Any]]]]) -> None:
        """Write rows in their projections' ways: a statement for each, and one answer for all.

        Many rows that stay as they are, each of an entry's own, are copied.
        """
        copied = [one for one in changes if one[0].way is Way.KEEP and len(one[1]) >= _COPIED]
        for projection, rows in copied:
            self._copy(projection, rows)
        others = [one for one in changes if one not in copied]
        if not others:
            return
        with self._connection.pipeline():
            for projection, rows in others:
                self._connection.execute(_insert(projection), _arrays(rows))

    def _copy(self, projection: Projection, rows: Sequence[Sequence[Any]]) -> None:
        types = [_BINARY_TYPES[kind] for kind in projection.columns.values()]
        with self._connection.cursor() as cursor, cursor.copy(_copy(projection)) as copy:
            copy.set_types(types)
            for row in rows:
                copy.write_row(row)

    def find(
        self, projection: Projection, length: int, keys: Sequence[Sequence[Any]]
    ) -> list[tuple[Any, ...]]:
        """The rows whose keys begin with these, by one statement."""
        return self._connection.execute(_select(projection, length), _arrays(keys)).fetchall()


@functools.cache
def _copy(projection: Projection) -> str:
    return f"COPY {projection.name} ({', '.join(projection.columns)}) FROM STDIN (FORMAT BINARY)"


@functools.cache
def _insert(projection: Projection) -> str:
    columns = projection.columns
    arrays = ", ".join(f"%s::{SQL_TYPES[kind]}[]" for kind in columns.values())
    return (
        f"INSERT INTO {projection.name} ({', '.join(columns)})"  # noqa: S608 - constants
        f" SELECT * FROM unnest({arrays}) {projection.conflict}"
    )


@functools.cache
def _select(projection: Projection, length: int) -> str:
    key = list(projection.key.items())[:length]
    arrays = ", ".join(f"%s::{SQL_TYPES[kind]}[]" for _, kind in key)
    names = ", ".join(name for name, _ in key)
    found = ", ".join(f"{projection.name}.{name}" for name in projection.columns)
    return (
        f"SELECT {found} FROM unnest({arrays}) AS wanted ({names})"  # noqa: S608 - constants
        f" JOIN {projection.name} USING ({names})"
    )


def _arrays(rows: Sequence[Sequence[Any]]) -> list[str]:
    return [array(column) for column in zip(*rows, strict=True)]


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
