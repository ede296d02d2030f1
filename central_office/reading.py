"""Reads the office's database without getting in the way of those who write."""

import contextlib
import itertools
import pathlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from central_office.schema import connect_reader
from central_office.store import POSTGRESQL

Reader = Callable[[str, Sequence[Any]], Iterator[tuple[Any, ...]]]
"""Runs a query with `?` as placeholders."""
_BATCH = 1000


def open_reader(
    address: str | pathlib.Path,
) -> contextlib.AbstractContextManager[Reader]:
    """Open for reading; all queries see the same moment.

    Raises:
        OfficeError: There is no such database.
    """
    text = str(address)
    return _postgresql(text) if text.startswith(POSTGRESQL) else _sqlite(pathlib.Path(text))


@contextlib.contextmanager
def _sqlite(path: pathlib.Path) -> Iterator[Reader]:
    connection = connect_reader(path)
    try:
        connection.execute("BEGIN")
        yield lambda sql, parameters: iter(connection.execute(sql, parameters))
    finally:
        connection.close()


@contextlib.contextmanager
def _postgresql(address: str) -> Iterator[Reader]:
    from central_office.postgresql import connect, translate  # noqa: PLC0415 - an extra

    with connect(address) as connection, connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")

        numbers = itertools.count()

        def read(sql: str, parameters: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
            with connection.cursor(f"reading_{next(numbers)}") as cursor:
                cursor.itersize = _BATCH
                yield from cursor.execute(translate(sql), parameters)

        yield read
