"""Who is signed on where, and who has tried too many PINs: projections of the journal."""

import sqlite3
from typing import NamedTuple

from sqlite_utils import Database

from edge_daemon.journal import Projection
from edge_daemon.records import JournalEntry
from edge_daemon.records.payloads import (
    OperatorEvent,
    OperatorEventKind,
    Outcome,
    OutcomeState,
)


class Failures(NamedTuple):
    """Wrong PINs in a row, and when the last one was (microseconds since 1970 UTC)."""

    tries: int = 0
    last_at: int = 0


def signed_on(connection: sqlite3.Connection, workstation: str) -> str | None:
    """Who is signed on at a register."""
    row = connection.execute(
        "SELECT operator_id FROM sign_ons WHERE workstation_id = ?", (workstation,)
    ).fetchone()
    return row[0] if row else None


def workstations(connection: sqlite3.Connection) -> dict[str, str]:
    """Where each operator is signed on."""
    rows = connection.execute("SELECT operator_id, workstation_id FROM sign_ons")
    return dict(rows.fetchall())


def failures_of(connection: sqlite3.Connection, operator_id: str) -> Failures:
    """How often a PIN of theirs was wrong since the last right one."""
    row = connection.execute(
        "SELECT tries, last_at FROM wrong_pins WHERE operator_id = ?", (operator_id,)
    ).fetchone()
    return Failures(*row) if row else Failures()


def _apply(connection: sqlite3.Connection, entry: JournalEntry) -> None:
    match entry.payload:
        case OperatorEvent(event=OperatorEventKind.SIGN_ON, subject_operator_id=operator):
            row = (entry.workstation_id, operator)
            connection.execute("INSERT OR REPLACE INTO sign_ons VALUES (?, ?)", row)
        case OperatorEvent(event=OperatorEventKind.SIGN_OFF, subject_operator_id=operator):
            connection.execute(
                "DELETE FROM sign_ons WHERE workstation_id = ? AND operator_id = ?",
                (entry.workstation_id, operator),
            )
        case Outcome(answer=dict(answer), state=state) if "wrong_pin_of" in answer:
            _note_pin(connection, answer["wrong_pin_of"], entry.occurred_at, state)
        case Outcome(answer=dict(answer)) if "right_pin_of" in answer:
            connection.execute(
                "DELETE FROM wrong_pins WHERE operator_id = ?", (answer["right_pin_of"],)
            )
        case _:
            pass


def _note_pin(
    connection: sqlite3.Connection, operator_id: str, moment: int, state: OutcomeState
) -> None:
    if state is OutcomeState.NOT_DONE:
        connection.execute(
            "INSERT INTO wrong_pins VALUES (?, 1, ?) ON CONFLICT (operator_id)"
            " DO UPDATE SET tries = tries + 1, last_at = excluded.last_at",
            (operator_id, moment),
        )


def _create(connection: sqlite3.Connection) -> None:
    database = Database(connection)
    database.table("sign_ons").create(
        {"workstation_id": str, "operator_id": str},
        pk="workstation_id",
        not_null={"operator_id"},
        strict=True,
        if_not_exists=True,
    )
    database.table("wrong_pins").create(
        {"operator_id": str, "tries": int, "last_at": int},
        pk="operator_id",
        not_null={"tries", "last_at"},
        strict=True,
        if_not_exists=True,
    )


PRESENCE = Projection("presence", _create, ("sign_ons", "wrong_pins"), _apply)
"""Sign-ons and wrong PINs."""
