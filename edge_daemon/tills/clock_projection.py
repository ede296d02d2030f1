"""How each confirmation of the date has ended."""

import sqlite3
from typing import Literal

from sqlite_utils import Database

from edge_daemon.journal import Projection
from edge_daemon.records import JournalEntry
from edge_daemon.records.payloads import Intent, Outcome, OutcomeState

VERB = "confirm_clock"

State = Literal["confirming", "confirmed", "not_done"]


def state_of(connection: sqlite3.Connection, intent_id: str) -> State:
    """How the confirmation stands that this intent began."""
    statement = "SELECT state FROM clock_confirmations WHERE intent_id = ?"
    state: State = connection.execute(statement, (intent_id,)).fetchone()[0]
    return state


def last_confirmed(connection: sqlite3.Connection) -> bytes | None:
    """The request of the newest confirmation that counts."""
    row = connection.execute(
        "SELECT request FROM intents JOIN clock_confirmations USING (intent_id)"
        " WHERE state = 'confirmed' ORDER BY intents.rowid DESC LIMIT 1"
    ).fetchone()
    return None if row is None else row[0]


def _apply(connection: sqlite3.Connection, entry: JournalEntry) -> None:
    match entry.payload:
        case Intent(verb=verb) if verb == VERB:
            statement = "INSERT INTO clock_confirmations (state, intent_id) VALUES (?, ?)"
            connection.execute(statement, ("confirming", entry.entry_id))
        case Outcome(intent_id=intent_id, state=outcome):
            state: State = "confirmed" if outcome is OutcomeState.FINISHED else "not_done"
            statement = "UPDATE clock_confirmations SET state = ? WHERE intent_id = ?"
            connection.execute(statement, (state, intent_id))
        case _:
            pass


def _create(connection: sqlite3.Connection) -> None:
    Database(connection).table("clock_confirmations").create(
        {"intent_id": str, "state": str},
        pk="intent_id",
        not_null={"state"},
        strict=True,
        if_not_exists=True,
    )


CLOCK_CONFIRMATIONS = Projection("clock_confirmations", _create, ("clock_confirmations",), _apply)
"""Behind `INTENTS`, which keeps what was asked."""
