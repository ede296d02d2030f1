"""Projections built anew from the entries, and held against those that the daemon keeps."""

import pathlib
import sqlite3
from collections.abc import Callable, Sequence

from edge_daemon.journal.values import Projection
from edge_daemon.records import decode_entry

Progress = Callable[[int], None]
"""Called now and then with the entries done."""
PAGE = 500


def differing_rows(
    journal: pathlib.Path, projections: Sequence[Projection], on_progress: Progress
) -> dict[str, int]:
    """Count, for each table, the rows that only one of the two has; 0 everywhere when all is well.

    Works on a scratch database, in one snapshot of the journal; a daemon may be writing it.

    Raises:
        sqlite3.Error: The journal cannot be read.
        RecordError: An entry cannot be read.
    """
    scratch = sqlite3.connect("", isolation_level=None, uri=True)  # on disk, and gone when closed
    try:
        scratch.execute("ATTACH ? AS live", (f"{journal.absolute().as_uri()}?mode=ro",))
        for projection in projections:
            projection.create(scratch)
        scratch.execute("BEGIN")
        _replay(scratch, projections, on_progress)
        return {
            table: _difference(scratch, table)
            for projection in projections
            for table in projection.tables
        }
    finally:
        scratch.close()


def _replay(
    scratch: sqlite3.Connection, projections: Sequence[Projection], on_progress: Progress
) -> None:
    rows = scratch.execute("SELECT data FROM live.entries ORDER BY epoch_number, seq")
    done = 0
    while page := rows.fetchmany(PAGE):
        for (data,) in page:
            entry = decode_entry(data)
            for projection in projections:
                projection.apply(scratch, entry)
        done += len(page)
        on_progress(done)


def _difference(scratch: sqlite3.Connection, table: str) -> int:
    sides = ("main", "live"), ("live", "main")
    return sum(
        scratch.execute(
            f'SELECT count(*) FROM (SELECT * FROM {one}."{table}"'  # noqa: S608 - our own names
            f' EXCEPT SELECT * FROM {other}."{table}")'
        ).fetchone()[0]
        for one, other in sides
    )
