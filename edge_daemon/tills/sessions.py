"""Shifts as the journal tells them: which till is open, what should be in its drawer, what was.

A shift belongs to a drawer, so registers that share one share it. What should be there is kept per
kind of tender: the float, what sales took and gave, what was brought and taken away; foreign cash
in its own currency, as it is counted.
"""

import sqlite3
from typing import NamedTuple

from edge_daemon.records.payloads import (
    TenderControlKind,
    TillCountKind,
)

SIGNS = {
    TenderControlKind.OPENING_FLOAT: 1,
    TenderControlKind.TENDER_LOAN: 1,
    TenderControlKind.PAID_IN: 1,
    TenderControlKind.TENDER_PICKUP: -1,
    TenderControlKind.SAFE_DROP: -1,
    TenderControlKind.PAID_OUT: -1,
    TenderControlKind.DEPOSIT: -1,
}
"""Whether money comes into the drawer or leaves it."""
NO_DRAWER = "no-drawer:"
"""Before the name of a workstation that has no drawer of its own; no device is called so."""


class SessionRow(NamedTuple):
    """One shift.

    Attributes:
        drawer_id: Empty where the shift was taken over from a lost card.
    """

    session_id: str
    drawer_id: str
    workstation_id: str
    state: str
    opened_at: int
    opened_by: str | None
    ended_at: int | None
    ended_by: str | None
    opening_float: int
    carried_over: int


class TenderAmount(NamedTuple):
    """What should be there of one kind of tender, in minor units of its currency."""

    tender_type: str
    currency: str
    amount: int


class CountRow(NamedTuple):
    """One count."""

    count_id: str
    session_id: str
    kind: str
    blind: int
    tender_type: str
    currency: str
    counted: int
    expected: int
    difference: int
    reason: str | None
    occurred_at: int
    operator_id: str | None


_SESSION = f"SELECT {', '.join(SessionRow._fields)} FROM till_sessions"  # noqa: S608 - constants only
_COUNT = f"SELECT {', '.join(CountRow._fields)} FROM till_counts"  # noqa: S608 - constants only
RUNNING = "state != 'closed' AND state IN ('open', 'suspended')"
"""The first half lets SQLite take the index of those that are not closed."""


def drawer_key(workstation: str, drawer: str | None) -> str:
    """By what a workstation's shift is found: its drawer, or itself where it has none."""
    return drawer or f"{NO_DRAWER}{workstation}"


def find_session(connection: sqlite3.Connection, session_id: str) -> SessionRow | None:
    """Read one shift."""
    row = connection.execute(f"{_SESSION} WHERE session_id = ?", (session_id,)).fetchone()
    return SessionRow(*row) if row else None


def running_session(
    connection: sqlite3.Connection, workstation: str, drawer: str
) -> SessionRow | None:
    """Read the shift that is open or suspended at a drawer; None where there is none."""
    row = connection.execute(
        f"{_SESSION} WHERE {RUNNING}"
        " AND (drawer_id = ? OR (drawer_id = '' AND workstation_id = ?))",
        (drawer, workstation),
    ).fetchone()
    return SessionRow(*row) if row else None


def running_sessions(connection: sqlite3.Connection) -> list[SessionRow]:
    """Read the shifts that are open or suspended, oldest first."""
    return [
        SessionRow(*row) for row in connection.execute(f"{_SESSION} WHERE {RUNNING} ORDER BY rowid")
    ]


def last_sessions(connection: sqlite3.Connection, limit: int) -> list[SessionRow]:
    """Read the newest shifts, newest first."""
    rows = connection.execute(f"{_SESSION} ORDER BY rowid DESC LIMIT ?", (limit,))
    return [SessionRow(*row) for row in rows]


def unsettled_session(
    connection: sqlite3.Connection, workstation: str, drawer: str
) -> SessionRow | None:
    """Read the oldest shift at a drawer that is not closed."""
    row = connection.execute(
        f"{_SESSION} WHERE state != 'closed'"
        " AND (drawer_id = ? OR (drawer_id = '' AND workstation_id = ?)) ORDER BY rowid",
        (drawer, workstation),
    ).fetchone()
    return SessionRow(*row) if row else None


def expected_amounts(connection: sqlite3.Connection, session_id: str) -> list[TenderAmount]:
    """Read what should be there, by kind of tender."""
    rows = connection.execute(
        "SELECT tender_type, currency, amount FROM session_amounts WHERE session_id = ?"
        " ORDER BY tender_type, currency",
        (session_id,),
    )
    return [TenderAmount(*row) for row in rows]


def expected_amount(
    connection: sqlite3.Connection, session_id: str, tender_type: str, currency: str
) -> int:
    """Read what should be there of one kind of tender."""
    row = connection.execute(
        "SELECT amount FROM session_amounts WHERE session_id = ? AND tender_type = ?"
        " AND currency = ?",
        (session_id, tender_type, currency),
    ).fetchone()
    return int(row[0]) if row else 0


def counts_of(connection: sqlite3.Connection, session_id: str) -> list[CountRow]:
    """Read a shift's counts, in their order."""
    rows = connection.execute(f"{_COUNT} WHERE session_id = ? ORDER BY rowid", (session_id,))
    return [CountRow(*row) for row in rows]


def settled(
    connection: sqlite3.Connection, session_id: str, tender_type: str, currency: str
) -> CountRow | None:
    """Read the count that settles one kind of tender: the last one that was meant to."""
    row = connection.execute(
        f"{_COUNT} WHERE session_id = ? AND kind = ? AND tender_type = ? AND currency = ?"
        " ORDER BY rowid DESC LIMIT 1",
        (session_id, TillCountKind.SETTLE, tender_type, currency),
    ).fetchone()
    return CountRow(*row) if row else None


def find_count(connection: sqlite3.Connection, count_id: str) -> CountRow | None:
    """Read one count."""
    row = connection.execute(f"{_COUNT} WHERE count_id = ?", (count_id,)).fetchone()
    return CountRow(*row) if row else None
