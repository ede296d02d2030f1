"""Reads the office's database without getting in the way of those who write."""

import contextlib
import itertools
import pathlib
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

from central_office.errors import OfficeError
from central_office.schema import connect_reader

POSTGRESQL = ("postgresql://", "postgres://")
"""How an address begins that is no file."""

Reader = Callable[[str, Sequence[Any]], Iterator[tuple[Any, ...]]]
"""Runs a query with `?` as placeholders."""
_BATCH = 1000
_READ_ONLY = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"
_READ_WHOLE = "SET cursor_tuple_fraction = 1"
"""A cursor's answer is read to its end: PostgreSQL plans for its first tenth, unless told so."""
_LEAD = "SELECT pg_try_advisory_lock(hashtextextended(%s, 0))"


class Reading(Protocol):
    """A connection that is kept, for who reads again and again. Use it on one thread."""

    def moment(self) -> contextlib.AbstractContextManager[Reader]:
        """Read; all queries see the same moment."""
        ...

    def lead(self, name: str) -> bool:
        """Be the only one of all processes that does what the name says, until `close`.

        Returns:
            False while another one is.
        """
        ...

    def close(self) -> None:
        """Let go of the database."""
        ...


def reading(address: str | pathlib.Path) -> Reading:
    """Open for reading again and again.

    Raises:
        OfficeError: There is no such database.
    """
    text = str(address)
    if text.startswith(POSTGRESQL):
        return _PostgresqlReading(text)
    return _SqliteReading(pathlib.Path(text))


@contextlib.contextmanager
def open_reader(address: str | pathlib.Path) -> Iterator[Reader]:
    """Open for reading once; all queries see the same moment.

    Raises:
        OfficeError: There is no such database.
    """
    source = reading(address)
    try:
        with source.moment() as read:
            yield read
    finally:
        source.close()


class _SqliteReading:
    """A file: one process writes it, and leads in everything."""

    def __init__(self, path: pathlib.Path) -> None:
        self._connection = connect_reader(path)

    @contextlib.contextmanager
    def moment(self) -> Iterator[Reader]:
        try:
            self._connection.execute("BEGIN")
            try:
                yield lambda sql, parameters: iter(self._connection.execute(sql, parameters))
            finally:
                self._connection.execute("ROLLBACK")
        except sqlite3.Error as error:
            raise OfficeError(f"The database cannot be read: {error}.") from error

    def lead(self, name: str) -> bool:
        return bool(name)

    def close(self) -> None:
        self._connection.close()


class _PostgresqlReading:
    """A server: several workers read and write it."""

    def __init__(self, address: str) -> None:
        from psycopg import Error as failure  # noqa: N813, PLC0415 - an extra; a class to catch

        from central_office.postgresql import connect, translate  # noqa: PLC0415 - an extra

        self._connection = connect(address)
        self._connection.execute(_READ_WHOLE)
        self._failure: type[Exception] = failure
        self._translate = translate
        self._numbers = itertools.count()
        self._leads: set[str] = set()

    @contextlib.contextmanager
    def moment(self) -> Iterator[Reader]:
        try:
            with self._connection.transaction():
                self._connection.execute(_READ_ONLY)
                yield self._read
        except self._failure as error:
            raise OfficeError(f"PostgreSQL cannot be read: {error}".rstrip()) from error

    def _read(self, sql: str, parameters: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
        with self._connection.cursor(f"reading_{next(self._numbers)}") as cursor:
            cursor.itersize = _BATCH
            yield from cursor.execute(self._translate(sql), parameters)

    def lead(self, name: str) -> bool:
        if name not in self._leads:
            row = self._connection.execute(_LEAD, (name,)).fetchone()
            if row is not None and row[0]:
                self._leads.add(name)
        return name in self._leads

    def close(self) -> None:
        self._connection.close()
