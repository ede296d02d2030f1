"""The write-ahead log beside the database: when it is folded in, and how.

Theory of operation. A commit writes to the end of the log and syncs it. Folding copies what is in
the log to the database; the next commit then begins at the log's beginning again. The file is not
cut off: the sync of a commit that writes over old bytes has no new length to record, and takes
little more than half as long as one that makes the file longer (208 against 368 µs, ext4). So the
log grows to what one busy stretch needs, and stays at that size.
"""

import contextlib
import pathlib
import sqlite3

from edge_daemon.journal.schema import BUSY_TIMEOUT_MS

BUSY_CHANGES = 500
"""Changed rows after which the log is folded in even without a quiet moment: 500 to 1,500 pages,
and some 10 ms."""
LIMIT_BYTES = 32 * 1024 * 1024
"""A file larger than this, after a reader that took long, is cut off."""


class WriteAheadLog:
    """The log of one writing connection, on which no transaction is open.

    Attributes:
        folded: False as soon as a commit may have written to it.
    """

    def __init__(self, connection: sqlite3.Connection, database: pathlib.Path) -> None:
        self.folded = False
        self._connection = connection
        self._path = database.with_name(database.name + "-wal")
        self._changes = connection.total_changes

    @property
    def busy(self) -> bool:
        """True when folding cannot wait for a quiet moment."""
        return self._connection.total_changes - self._changes > BUSY_CHANGES

    def fold(self) -> None:
        """Fold it in. A reader at work may put that off to the next time; nothing is lost."""
        self.folded = True
        self._changes = self._connection.total_changes
        mode = "TRUNCATE" if self._size() > LIMIT_BYTES else "PASSIVE"
        with contextlib.suppress(sqlite3.Error):
            self._connection.execute("PRAGMA busy_timeout=0")  # an append never waits for a reader
            self._connection.execute(f"PRAGMA wal_checkpoint({mode})")
        self._connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")

    def _size(self) -> int:
        try:
            return self._path.stat().st_size
        except OSError:
            return 0
