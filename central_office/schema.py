"""The embedded database: its tables, and the settings without which it refuses to run.

WAL with `synchronous=FULL`: what was acknowledged to an edge survives the power's end.
"""

import pathlib
import sqlite3

from sqlite_utils import Database

from central_office.errors import OfficeError

BUSY_TIMEOUT_MS = 5000
VERSION = 4
"""Of the tables, kept in `user_version`."""
PAGE_BYTES = 8192
"""Five sales to a page where 4096 bytes hold two: backlogs come in a fifth faster."""
CACHE_KIB = 65_536
"""Thirty times SQLite's own: a commit writes to forty trees, and their inner pages stay at hand."""
_FOLDED = "CREATE TABLE IF NOT EXISTS folded (version INTEGER NOT NULL) STRICT"
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
        connection.execute(f"PRAGMA page_size={PAGE_BYTES}")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
        mode = connection.execute("PRAGMA journal_mode").fetchone()[0]
        synchronous = connection.execute("PRAGMA synchronous").fetchone()[0]
        is_known = create_tables(connection)
    except sqlite3.Error as error:
        raise OfficeError(f"The database {path} cannot be opened: {error}.") from error
    if (mode, synchronous) != ("wal", FULL):
        raise OfficeError(f"The database {path} needs WAL and synchronous=FULL: use a local disk.")
    if not is_known:
        raise OfficeError(
            f"The database {path} was made by an earlier version. Move it away: what the edges "
            "still hold is asked for again."
        )
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
        connection.execute("SELECT link_alarm FROM marks LIMIT 1")
    except sqlite3.Error as error:
        raise OfficeError(
            f"There is no office database at {path} ({error}). Name it with --database."
        ) from error
    return connection


def create_tables(connection: sqlite3.Connection) -> bool:
    """Make the tables where they are missing; False where they are of another version."""
    database = Database(connection)
    if "entries" in database.table_names():
        connection.execute(_FOLDED)
        return bool(connection.execute("PRAGMA user_version").fetchone()[0] == VERSION)
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        _create_stream_tables(database)
        _create_waiting_tables(database)
        connection.execute(_FOLDED)
        connection.execute(f"PRAGMA user_version={VERSION}")
    return True


def _create_stream_tables(database: Database) -> None:
    home = {"organization": str, "store": str}
    entry = {"epoch": str, "seq": int, "entry_type": str, "occurred_at": int}
    stored = {"organization": str, "arrival": int, "store": str, "edge_id": str, **entry}
    stored |= {"received_at": int, "hash": bytes, "data": bytes}
    entries = database.table("entries")
    entries.create(stored, pk=("organization", "arrival"), not_null=set(stored), strict=True)
    entries.create_index(["edge_id", "epoch", "seq"], unique=True)
    database.table("arrivals").create(
        {"organization": str, "last": int}, pk="organization", not_null={"last"}, strict=True
    )
    marks = {"edge_id": str, "epoch": str, **home, "up_to_seq": int, "hash": str}
    marks |= {"announced_seq": int, "duplicates": int, "first_at": int}
    optional = {"occurred_at": int, "forked_at": int, "previous_epoch": str, "link_alarm": str}
    database.table("marks").create(
        {**marks, **optional}, pk=("edge_id", "epoch"), not_null=set(marks), strict=True
    )
    edge = {"edge_id": str, **home, "first_at": int}
    state = {"state": str, "connection": int, "status_at": int, "said": str}
    database.table("edges").create(
        {**edge, **state}, pk="edge_id", not_null=set(edge) - {"edge_id"}, strict=True
    )


def _create_waiting_tables(database: Database) -> None:
    parked = {"edge_id": str, "epoch": str, "seq": int, "hash": str, "data": bytes}
    database.table("parked").create(
        parked, pk=("edge_id", "epoch", "seq", "hash"), not_null=set(parked), strict=True
    )
    needed = {"reason": str, "topic": str, "hash": str, "data": bytes, "times": int}
    place = {"edge_id": str, "epoch": str, "seq": int}
    others = {"detail": str, "first_at": int, "decision": str, "decided_at": int}
    quarantine = database.table("quarantine")
    quarantine.create(
        {"id": int, **needed, **place, **others}, pk="id", not_null=set(needed), strict=True
    )
    quarantine.create_index(["topic", "hash"], unique=True)
    quarantine.create_index(["edge_id", "epoch", "seq"])
    database.table("quarantine_sizes").create(
        {"bucket": str, "kept_bytes": int, "dropped": int},
        pk="bucket",
        not_null={"kept_bytes", "dropped"},
        strict=True,
    )
