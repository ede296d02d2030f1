"""Drawer openings as the journal tells them: a projection of `Intent` and `DrawerEvent`."""

import sqlite3
from typing import Any

import msgspec
from sqlite_utils import Database

from edge_daemon.journal import Projection
from edge_daemon.records import JournalEntry
from edge_daemon.records.payloads import DrawerEvent

STATES = {"Opened": "opened", "Failed": "failed", "Dropped": "dropped", "Unknown": "unknown"}
"""What a register is told, by the journal's word."""


class DrawerOpening(msgspec.Struct, frozen=True, kw_only=True):
    """One wish to open a drawer, and what came of it.

    Attributes:
        id: The register's ULID; for a sale's opening the sale's.
        state: `opening`, `opened`, `failed` (surely not opened), `dropped` (came too late and was
            not sent) or `unknown` (a pulse may have gone out).
        finished: True when the state will not change any more.
        drawer: The configured drawer.
        cause: `NoSale`, `Sale`, `Control`.
        sensed: True when the drawer's contact showed it.
        pulse: `RealTime`, `Buffered`, `Other`.
        problem: What the clerk should do, when it did not open.
    """

    id: str
    state: str
    finished: bool
    drawer: str
    cause: str
    sensed: bool | None = None
    pulse: str | None = None
    problem: str | None = None


_SELECT = "SELECT intent_id, event, drawer_id, cause, sensed, pulse, problem FROM drawer_openings"


def opening_of_intent(connection: sqlite3.Connection, intent_id: str) -> DrawerOpening | None:
    """Read how the opening under that intent ended; None while it has not."""
    row = connection.execute(f"{_SELECT} WHERE intent_id = ?", (intent_id,)).fetchone()
    return _opening(row) if row else None


def opening_of_transaction(
    connection: sqlite3.Connection, transaction_id: str
) -> DrawerOpening | None:
    """Read how a sale's last opening ended; None where it had none."""
    row = connection.execute(
        f"{_SELECT} WHERE transaction_id = ? ORDER BY rowid DESC LIMIT 1", (transaction_id,)
    ).fetchone()
    return _opening(row) if row else None


def _opening(row: tuple[Any, ...]) -> DrawerOpening:
    intent_id, event, drawer, cause, sensed, pulse, problem = row
    return DrawerOpening(
        id=intent_id,
        state=STATES[event],
        finished=True,
        drawer=drawer,
        cause=cause,
        sensed=None if sensed is None else bool(sensed),
        pulse=pulse,
        problem=problem,
    )


def _create(connection: sqlite3.Connection) -> None:
    table = Database(connection).table("drawer_openings")
    if table.exists():
        return
    table.create(
        {
            "intent_id": str,
            "event": str,
            "drawer_id": str,
            "cause": str,
            "sensed": int,
            "pulse": str,
            "problem": str,
            "transaction_id": str,
        },
        not_null={"intent_id", "event", "drawer_id", "cause"},
        strict=True,
    )
    table.create_index(["intent_id"], unique=True)
    table.create_index(["transaction_id"])


def _apply(connection: sqlite3.Connection, entry: JournalEntry) -> None:
    event = entry.payload
    if not isinstance(event, DrawerEvent) or event.intent_id is None or event.event not in STATES:
        return
    connection.execute(
        "INSERT OR REPLACE INTO drawer_openings VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            event.intent_id,
            event.event,
            event.drawer_id,
            event.cause,
            None if event.sensed is None else int(event.sensed),
            event.pulse,
            event.problem,
            event.transaction_id,
        ),
    )


DRAWER_OPENINGS = Projection("drawer_openings", _create, ("drawer_openings",), _apply)
"""How each intended opening ended."""
