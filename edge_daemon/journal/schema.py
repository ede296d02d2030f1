"""The journal's tables and the settings without which it refuses to run.

`epochs` lists the epochs in the order in which they began on this box; `entries` has the bytes
and an index over them; `acknowledged` is the office's cursor, one row an epoch.
WAL with `synchronous=FULL`, one fsync a commit: `NORMAL` lost committed rows in 12 of 12 power
cuts, `FULL` in none of 12.
"""

import contextlib
import pathlib
import sqlite3

from sqlite_utils import Database

from edge_daemon.errors import JournalError

BUSY_TIMEOUT_MS = 5000
"""A reader's short lock may meet the checkpoint; nothing else shares the file."""
FULL = 2
"""What `PRAGMA synchronous` answers for FULL."""


def connect_writer(path: pathlib.Path) -> sqlite3.Connection:
    """Open the one connection that writes, with its durability asserted.

    Raises:
        JournalError: The file cannot be opened, is no database, or the settings do not hold.
    """
    try:
        with contextlib.ExitStack() as undo:
            connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            undo.callback(connection.close)
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
            connection.execute("PRAGMA wal_autocheckpoint=0")
            _assert_durable(connection)
            create_tables(connection)
            undo.pop_all()
    except sqlite3.Error as error:
        raise JournalError(f"The journal {path} cannot be opened: {error}.") from error
    return connection


def connect_reader(path: pathlib.Path) -> sqlite3.Connection:
    """Open a connection that cannot write.

    Raises:
        sqlite3.Error: The file cannot be opened.
    """
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=ro",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
    )
    connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    return connection


def create_tables(connection: sqlite3.Connection) -> None:
    """Make what is missing; changes nothing on a journal that has its tables."""
    database = Database(connection)
    if "entries" in database.table_names():
        return
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        database.table("epochs").create(
            {"number": int, "epoch": str}, pk="number", not_null={"epoch"}, strict=True
        )
        database.table("epochs").create_index(["epoch"], unique=True)
        database.table("entries").create(
            {
                "epoch_number": int,
                "seq": int,
                "entry_type": str,
                "occurred_at": int,
                "hash": bytes,
                "data": bytes,
            },
            pk=("epoch_number", "seq"),
            not_null={"entry_type", "occurred_at", "hash", "data"},
            strict=True,
        )
        database.table("acknowledged").create(
            {"epoch": str, "up_to_seq": int, "hash": str},
            pk="epoch",
            not_null={"up_to_seq", "hash"},
            strict=True,
        )


def _assert_durable(connection: sqlite3.Connection) -> None:
    mode = connection.execute("PRAGMA journal_mode").fetchone()[0]
    synchronous = connection.execute("PRAGMA synchronous").fetchone()[0]
    if (mode, synchronous) != ("wal", FULL):
        raise JournalError(
            f"The journal needs journal_mode=wal and synchronous=FULL, but this SQLite gives "
            f"{mode} and {synchronous}. Use a local disk (no network share)."
        )
