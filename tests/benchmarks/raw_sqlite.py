"""Plain sqlite3, WAL with `synchronous=FULL`: what an append costs without a journal around it."""

import pathlib
import sqlite3
from collections.abc import Iterable
from typing import Any

_TABLE = (
    "CREATE TABLE entries (epoch_number INTEGER, seq INTEGER, entry_type TEXT NOT NULL,"
    " occurred_at INTEGER NOT NULL, hash BLOB NOT NULL, data BLOB NOT NULL,"
    " PRIMARY KEY (epoch_number, seq)) STRICT"
)


class RawJournal:
    """A file with the journal's rows, folded in every 1000 pages as sqlite3 does by itself.

    So it writes over its log's old bytes most of the time: a harder limit than a log that grows,
    whose sync takes twice as long.
    """

    def __init__(self, path: pathlib.Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=FULL")
        self._connection.execute(_TABLE)
        self._seq = 0

    def append(self, rows: Iterable[tuple[Any, ...]]) -> None:
        """Commit rows of entry type, moment, hash and bytes; return after the fsync."""
        self._connection.execute("BEGIN IMMEDIATE")
        for row in rows:
            self._seq += 1
            self._connection.execute(
                "INSERT INTO entries VALUES (1, ?, ?, ?, ?, ?)", (self._seq, *row)
            )
        self._connection.execute("COMMIT")

    def close(self) -> None:
        """Close the file."""
        self._connection.close()
