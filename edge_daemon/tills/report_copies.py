"""How often each report was printed again: a projection of `Intent`."""

import sqlite3

from sqlite_utils import Database

from edge_daemon.journal import Projection
from edge_daemon.records import JournalEntry
from edge_daemon.records.payloads import Intent

COPY_KIND = "report_copies"


def next_report_copy(connection: sqlite3.Connection, report_id: str, copy_id: str) -> int:
    """The number of this copy, counting every copy of the report ever asked for."""
    row = connection.execute(
        "SELECT count(*) FROM report_copies WHERE report_id = ? AND rowid <="
        " (SELECT rowid FROM report_copies WHERE copy_id = ?)",
        (report_id, copy_id),
    ).fetchone()
    return int(row[0])


def _apply(connection: sqlite3.Connection, entry: JournalEntry) -> None:
    intent = entry.payload
    if isinstance(intent, Intent) and intent.resource_kind == COPY_KIND:
        row = (intent.resource_id, intent.request["report"])
        connection.execute("INSERT OR IGNORE INTO report_copies VALUES (?, ?)", row)


def _create(connection: sqlite3.Connection) -> None:
    table = Database(connection).table("report_copies")
    if not table.exists():
        table.create(
            {"copy_id": str, "report_id": str}, not_null={"copy_id", "report_id"}, strict=True
        )
        table.create_index(["copy_id"], unique=True)
        table.create_index(["report_id"])


REPORT_COPIES = Projection("report_copies", _create, ("report_copies",), _apply)
"""Copies of X and Z reports."""
