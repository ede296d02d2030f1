"""The embedded database: its tables, and the settings without which it refuses to run.

WAL with `synchronous=FULL`: what was acknowledged to an edge survives the power's end.
"""

import pathlib
import sqlite3

from sqlite_utils import Database

from central_office.errors import OfficeError

BUSY_TIMEOUT_MS = 5000
FULL = 2
"""What `PRAGMA synchronous` answers for FULL."""


def connect_writer(path: pathlib.Path) -> sqlite3.Connection:
    """Open the one connection that writes, and make what is missing.

    Raises:
        OfficeError: The file cannot be opened, is no database, or its settings do not hold.
    """
    try:
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        mode = connection.execute("PRAGMA journal_mode").fetchone()[0]
        synchronous = connection.execute("PRAGMA synchronous").fetchone()[0]
        create_tables(connection)
    except sqlite3.Error as error:
        raise OfficeError(f"The database {path} cannot be opened: {error}.") from error
    if (mode, synchronous) != ("wal", FULL):
        raise OfficeError(f"The database {path} needs WAL and synchronous=FULL: use a local disk.")
    return connection


def connect_reader(path: pathlib.Path) -> sqlite3.Connection:
    """Open a connection that cannot write; it never waits for the writer.

    Raises:
        OfficeError: There is no such database.
    """
    try:
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=ro", uri=True, check_same_thread=False
        )
        connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        connection.execute("SELECT 1 FROM marks LIMIT 1")
    except sqlite3.Error as error:
        raise OfficeError(
            f"There is no office database at {path} ({error}). Name it with --database."
        ) from error
    return connection


def create_tables(connection: sqlite3.Connection) -> None:
    """Make the tables where they are missing."""
    database = Database(connection)
    if "entries" in database.table_names():
        return
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        _create_stream_tables(database)
        _create_waiting_tables(database)
        create_projections(database)


def _create_stream_tables(database: Database) -> None:
    edge = {"edge_id": str, "organization": str, "store": str}
    entry = {"epoch": str, "seq": int, "entry_type": str, "occurred_at": int}
    stored = {"arrival": int, **edge, **entry, "received_at": int, "hash": bytes, "data": bytes}
    entries = database.table("entries")
    entries.create(stored, pk="arrival", not_null=set(stored) - {"arrival"}, strict=True)
    entries.create_index(["edge_id", "epoch", "seq"], unique=True)
    marks = {
        "edge_id": str,
        "epoch": str,
        "up_to_seq": int,
        "hash": str,
        "occurred_at": int,
        "announced_seq": int,
        "duplicates": int,
        "forked_at": int,
    }
    database.table("marks").create(
        marks,
        pk=("edge_id", "epoch"),
        not_null=set(marks) - {"occurred_at", "forked_at"},
        strict=True,
    )
    database.table("edges").create(
        {**edge, "state": str, "connection": int, "first_at": int, "status_at": int},
        pk="edge_id",
        not_null={"organization", "store", "first_at"},
        strict=True,
    )


def _create_waiting_tables(database: Database) -> None:
    parked = {"edge_id": str, "epoch": str, "seq": int, "hash": str, "data": bytes}
    database.table("parked").create(
        parked, pk=("edge_id", "epoch", "seq", "hash"), not_null=set(parked), strict=True
    )
    refused = {
        "id": int,
        "reason": str,
        "detail": str,
        "topic": str,
        "edge_id": str,
        "epoch": str,
        "seq": int,
        "hash": str,
        "data": bytes,
        "first_at": int,
        "times": int,
    }
    quarantine = database.table("quarantine")
    quarantine.create(
        refused, pk="id", not_null={"reason", "topic", "hash", "data", "times"}, strict=True
    )
    quarantine.create_index(["reason", "topic", "hash"], unique=True)


def create_projections(database: Database) -> None:
    """Make the tables that the folds fill; they can be dropped and rebuilt."""
    key = {"organization": str, "store": str, "business_day_date": str, "currency": str}
    database.table("sales").create(
        {**key, "sales": int, "gross": int}, pk=tuple(key), not_null={*key}, strict=True
    )
    database.table("unfolded").create(
        {"arrival": int, "why": str}, pk="arrival", not_null={"why"}, strict=True
    )
