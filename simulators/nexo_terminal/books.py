"""The terminal's books and its messages, on disk: what it was asked, did and answered.

One row is one message that moves money and what became of it, so both are always told alike. A
simulator that is killed comes back with what a terminal would come back with.

    pending     taken, and not ended
    booked      money moves
    reversed    was booked, and was given back
    declined    the bank, the customer or the till said no
"""

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from simulators.payment_terminal.ledger import State

Kind = Literal["payment", "refund", "reversal"]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS entry (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('payment', 'refund', 'reversal')),
    sale_id TEXT NOT NULL,
    service_id TEXT NOT NULL,
    category TEXT NOT NULL,
    tender TEXT NOT NULL,
    amount INTEGER NOT NULL,
    currency TEXT NOT NULL,
    card TEXT NOT NULL,
    at TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'booked', 'reversed', 'declined')),
    answer TEXT NOT NULL,
    closed INTEGER NOT NULL DEFAULT 0,
    UNIQUE (sale_id, service_id)
) STRICT;
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One message that moves money.

    Attributes:
        tender: The terminal's POITransactionID.
        amount: Minor units: asked for, and when booked, authorised.
        answer: The response as JSON; empty while there is none.
        closed: A reconciliation has counted it.
    """

    id: int = 0
    kind: Kind
    sale_id: str
    service_id: str
    category: str
    tender: str
    amount: int
    currency: str
    card: str = ""
    at: str
    state: State = State.PENDING
    answer: str = ""
    closed: bool = False


class Books:
    """The books in one SQLite file; without a path they are gone with the process."""

    def __init__(self, path: Path | None = None) -> None:
        self._connection = sqlite3.connect(path or ":memory:", isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        self._connection.executescript(_SCHEMA)

    def enter(self, entry: Entry) -> Entry:
        """Write down that a message was taken."""
        row = self._connection.execute(
            "INSERT INTO entry (kind, sale_id, service_id, category, tender, amount, currency,"
            " card, at, state, answer) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '') RETURNING *",
            (
                entry.kind,
                entry.sale_id,
                entry.service_id,
                entry.category,
                entry.tender,
                entry.amount,
                entry.currency,
                entry.card,
                entry.at,
                entry.state,
            ),
        ).fetchone()
        return _entry(row)

    def settle(self, entry: Entry, *, gives_back: Entry | None = None) -> None:
        """Write what became of it and how it was answered, and what it gives back, at once."""
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.execute(
            "UPDATE entry SET state = ?, amount = ?, card = ?, answer = ? WHERE id = ?",
            (entry.state, entry.amount, entry.card, entry.answer, entry.id),
        )
        if gives_back is not None:
            self._connection.execute(
                "UPDATE entry SET state = ? WHERE id = ?", (State.REVERSED, gives_back.id)
            )
        self._connection.execute("COMMIT")

    def entries(self) -> list[Entry]:
        """Return all entries, oldest first."""
        return [_entry(row) for row in self._connection.execute("SELECT * FROM entry ORDER BY id")]

    def message(self, sale_id: str, service_id: str) -> Entry | None:
        """Return what became of a message."""
        found = (e for e in self.entries() if (e.sale_id, e.service_id) == (sale_id, service_id))
        return next(found, None)

    def last(self) -> Entry | None:
        """Return the last message that was answered."""
        answered = [entry for entry in self.entries() if entry.answer]
        return answered[-1] if answered else None

    def tender(self, tender: str) -> Entry | None:
        """Return the payment or refund of this name."""
        found = (e for e in self.entries() if e.tender == tender and e.kind != "reversal")
        return next(found, None)

    def booked(self) -> int:
        """Return the sum of all money that moves, in minor units."""
        signs = {"payment": 1, "refund": -1, "reversal": 0}
        return sum(signs[e.kind] * e.amount for e in self.entries() if e.state is State.BOOKED)

    def close_period(self) -> list[Entry]:
        """Return what was booked since the last reconciliation, and close it."""
        period = [e for e in self.entries() if e.state is State.BOOKED and not e.closed]
        self._connection.execute("UPDATE entry SET closed = 1")
        return period

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


def _entry(row: sqlite3.Row) -> Entry:
    values = dict(row)
    values["state"] = State(values["state"])
    values["closed"] = bool(values["closed"])
    return Entry(**values)
