"""Hours as the journal tells them: clocked in and out, breaks, and corrections by append."""

import sqlite3
from typing import NamedTuple

from sqlite_utils import Database

from edge_daemon.journal import Projection
from edge_daemon.records import JournalEntry
from edge_daemon.records.payloads import OperatorEvent, OperatorEventKind

EVENTS = {
    "clock_in": OperatorEventKind.CLOCK_IN,
    "clock_out": OperatorEventKind.CLOCK_OUT,
    "break_start": OperatorEventKind.BREAK_START,
    "break_end": OperatorEventKind.BREAK_END,
}
"""The journal's words for a register's."""
WORKING = {
    OperatorEventKind.CLOCK_IN: "in",
    OperatorEventKind.CLOCK_OUT: "out",
    OperatorEventKind.BREAK_START: "break",
    OperatorEventKind.BREAK_END: "in",
}
"""How somebody stands afterwards."""


class TimeRow(NamedTuple):
    """One moment; `at` is when it counts, as corrected."""

    time_id: str
    entry_id: str
    operator_id: str
    event: str
    occurred_at: int
    at: int
    corrected_by: str | None
    reason: str | None


_SELECT = f"SELECT {', '.join(TimeRow._fields)} FROM working_times"  # noqa: S608 - constants only


def find_time(connection: sqlite3.Connection, time_id: str) -> TimeRow | None:
    """Read one moment."""
    row = connection.execute(f"{_SELECT} WHERE time_id = ?", (time_id,)).fetchone()
    return TimeRow(*row) if row else None


def times_between(
    connection: sqlite3.Connection, operator_id: str | None, begin_us: int, end_us: int
) -> list[TimeRow]:
    """Read the moments of a time, of one operator or of all, as they count."""
    rows = connection.execute(
        f"{_SELECT} WHERE operator_id = coalesce(?, operator_id) AND at >= ? AND at < ?"
        " ORDER BY at, rowid",
        (operator_id, begin_us, end_us),
    )
    return [TimeRow(*row) for row in rows]


def working_state(connection: sqlite3.Connection, operator_id: str) -> str:
    """`in`, `break` or `out`, by the last moment that was clocked."""
    row = connection.execute(
        "SELECT event FROM working_times WHERE operator_id = ? ORDER BY rowid DESC LIMIT 1",
        (operator_id,),
    ).fetchone()
    return WORKING[OperatorEventKind(row[0])] if row else "out"


def _apply(connection: sqlite3.Connection, entry: JournalEntry) -> None:
    event = entry.payload
    if not isinstance(event, OperatorEvent):
        return
    time_id = entry.api_idempotency_key or entry.entry_id
    if event.event in WORKING:
        row = TimeRow(
            time_id=time_id,
            entry_id=entry.entry_id,
            operator_id=event.subject_operator_id,
            event=event.event,
            occurred_at=entry.occurred_at,
            at=entry.occurred_at,
            corrected_by=None,
            reason=None,
        )
        connection.execute("INSERT OR IGNORE INTO working_times VALUES (?,?,?,?,?,?,?,?)", row)
    elif event.event is OperatorEventKind.CORRECTION:
        connection.execute(
            "UPDATE working_times SET at = ?, corrected_by = ?, reason = ? WHERE entry_id = ?",
            (event.corrected_at, time_id, event.reason, event.corrects_entry_id),
        )


def _create(connection: sqlite3.Connection) -> None:
    table = Database(connection).table("working_times")
    if table.exists():
        return
    numbers = {"occurred_at", "at"}
    table.create(
        {name: int if name in numbers else str for name in TimeRow._fields},
        not_null=set(TimeRow._fields) - {"corrected_by", "reason"},
        strict=True,
    )
    table.create_index(["time_id"], unique=True)
    table.create_index(["entry_id"])
    table.create_index(["operator_id", "at"])


WORKING_TIMES = Projection("working_times", _create, ("working_times",), _apply)
"""Everybody's hours."""
