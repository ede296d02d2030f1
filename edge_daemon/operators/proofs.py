"""How acts ended that began with a PIN or a badge: a projection of `Intent` and `Outcome`."""

import sqlite3
from typing import NamedTuple

import msgspec
from sqlite_utils import Database

from edge_daemon.journal import Projection
from edge_daemon.records import JournalEntry
from edge_daemon.records.payloads import Intent, Outcome, OutcomeState

PROVING_VERBS = frozenset({"sign_on", "approve", "book_time"})
"""What begins with a PIN or a badge."""


class ProofAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The `answer` of an outcome that began with a PIN or badge; what the caller was told."""

    operator_id: str | None = None
    problem: str | None = None


def _apply(connection: sqlite3.Connection, entry: JournalEntry) -> None:
    match entry.payload:
        case Intent(verb=verb) if verb in PROVING_VERBS:
            connection.execute(
                "INSERT INTO proofs (intent_id, answer) VALUES (?, NULL)", (entry.entry_id,)
            )
        case Outcome(intent_id=intent_id, answer=answer):
            connection.execute(
                "UPDATE proofs SET answer = ?, state = ? WHERE intent_id = ?",
                (msgspec.json.encode(answer), entry.payload.state, intent_id),
            )
        case _:
            pass


def _create(connection: sqlite3.Connection) -> None:
    Database(connection).table("proofs").create(
        {"intent_id": str, "state": str, "answer": bytes},
        pk="intent_id",
        strict=True,
        if_not_exists=True,
    )


class Proven(NamedTuple):
    """How an act that began with a PIN or badge ended."""

    done: bool
    answer: ProofAnswer


def proof_of(connection: sqlite3.Connection, intent_id: str) -> Proven | None:
    """Read how it ended; None while it has not."""
    row = connection.execute(
        "SELECT state, answer FROM proofs WHERE intent_id = ? AND answer IS NOT NULL", (intent_id,)
    ).fetchone()
    if row is None:
        return None
    answer = msgspec.json.decode(row[1], type=ProofAnswer)
    return Proven(row[0] == OutcomeState.FINISHED, answer)


PROOFS = Projection("proofs", _create, ("proofs",), _apply)
"""How each act that began with a PIN or badge ended."""
