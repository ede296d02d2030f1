"""How fast the office takes entries in, from ten thousand of them to a million: it has to be flat.

    nice python -m tests.long.office_ingest --entries 1e6 --directory /var/tmp/ingest

At every power of ten the last slices count, on SQLite and on PostgreSQL: 800 entries each, and
right after it the same rows written with nothing around them. The ratio is the median of the
slices' own ratios, so the machine's other work hits both sides of each alike. Each of the four
tables takes some 1.7 GB for a million. Prints a table, then one line of JSON.
"""

import argparse
import json
import pathlib
import statistics
import tempfile
from collections.abc import Iterator
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

from tests.benchmarks import figures
from tests.benchmarks.ingesting import BATCH, Turns, postgresql_turns, sqlite_turns
from tests.central_office.postgresql import postgresql

SAMPLE = 100
"""Slices at most; at ten thousand entries there are 13. A checkpoint hits one now and then."""


class Row(NamedTuple):
    """What was measured at one size, in entries per second, and the office's part of the raw."""

    database: str
    entries: int
    office: float
    raw: float
    ratio: float


def measure(database: str, turns: Turns, entries: int) -> Iterator[Row]:
    """Grow to `entries`, and measure at every power of ten from 1e4."""
    with turns:
        size = 10_000
        while size <= entries:
            while len(turns.office_seconds) * BATCH < size:
                turns.run(1)
            office, raw = turns.office_seconds[-SAMPLE:], turns.raw_seconds[-SAMPLE:]
            yield Row(
                database,
                len(turns.office_seconds) * BATCH,
                BATCH / statistics.median(office),
                BATCH / statistics.median(raw),
                statistics.median(theirs / ours for ours, theirs in zip(office, raw, strict=True)),
            )
            size *= 10


def main() -> None:
    """Run it from the command line."""
    parser = argparse.ArgumentParser(description="Take entries in and measure it.")
    parser.add_argument("--entries", type=float, default=1e5)
    parser.add_argument("--directory", type=pathlib.Path, default=tempfile.gettempdir())
    arguments = parser.parse_args()
    arguments.directory.mkdir(parents=True, exist_ok=True)
    tempfile.tempdir = str(arguments.directory)
    entries = int(arguments.entries)
    with tempfile.TemporaryDirectory() as directory:
        rows = list(measure("SQLite", sqlite_turns(pathlib.Path(directory)), entries))
    with postgresql() as server:
        rows += measure("PostgreSQL", postgresql_turns(server.new_database()), entries)
    _show(rows)


def _show(rows: list[Row]) -> None:
    table = Table("database", "entries", "office, /s", "plain rows, /s", "ratio")
    for row in rows:
        cells = (f"{row.entries:,}", f"{row.office:,.0f}", f"{row.raw:,.0f}", f"{row.ratio:.2f}")
        table.add_row(row.database, *cells)
    Console().print(table)
    print(json.dumps({"rows": [row._asdict() for row in rows], "where": figures.machine()}))  # noqa: T201 - a command's answer


if __name__ == "__main__":
    main()
