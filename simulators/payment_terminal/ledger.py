"""The terminal's own books, on disk: what it booked, declined and took back.

Every change is on disk before it returns, so a simulator that is killed comes back with what a
terminal would come back with. Only masked card numbers are in here.

    pending     approved by the bank, not yet acknowledged by the till
    booked      money moves
    reversed    was pending or booked, and was taken back
    declined    the bank or the customer said no
"""

import enum
import sqlite3
from dataclasses import dataclass
from pathlib import Path

HIGHEST_RECEIPT_NUMBER = 9999
HIGHEST_TRACE_NUMBER = 999999

_SCHEMA = """
CREATE TABLE IF NOT EXISTS entry (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('payment', 'reversal')),
    receipt_number INTEGER NOT NULL,
    trace_number INTEGER NOT NULL,
    original_trace INTEGER,
    amount INTEGER NOT NULL,
    card TEXT NOT NULL,
    contactless INTEGER NOT NULL,
    result_code INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'booked', 'reversed', 'declined')),
    at TEXT NOT NULL,
    closed INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE IF NOT EXISTS number (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
INSERT OR IGNORE INTO number VALUES ('receipt', 0), ('trace', 0);
"""


class State(enum.StrEnum):
    """What became of an entry."""

    PENDING = "pending"
    BOOKED = "booked"
    REVERSED = "reversed"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the books; `at` is `MMDDHHMMSS` of the terminal's clock."""

    id: int = 0
    kind: str = "payment"
    receipt_number: int = 0
    trace_number: int = 0
    original_trace: int | None = None
    amount: int
    card: str
    contactless: bool
    result_code: int = 0
    state: State = State.PENDING
    at: str
    closed: bool = False


class Ledger:
    """The books in one SQLite file; without a path they are gone with the process."""

    def __init__(self, path: Path | None = None) -> None:
        self._connection = sqlite3.connect(path or ":memory:", isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        self._connection.executescript(_SCHEMA)

    def enter(self, entry: Entry) -> Entry:
        """Write an entry with the next numbers.

        A receipt number is used up when its entry is booked; a trace number always.
        """
        receipt = self._number("receipt") % HIGHEST_RECEIPT_NUMBER + 1
        trace = self._number("trace") % HIGHEST_TRACE_NUMBER + 1
        with self._transaction():
            self._set_number("trace", trace)
            row = self._connection.execute(
                "INSERT INTO entry (kind, receipt_number, trace_number, original_trace, amount,"
                " card, contactless, result_code, state, at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING *",
                (
                    entry.kind,
                    receipt,
                    trace,
                    entry.original_trace,
                    entry.amount,
                    entry.card,
                    entry.contactless,
                    entry.result_code,
                    entry.state,
                    entry.at,
                ),
            ).fetchone()
            if entry.state is State.BOOKED:
                self._set_number("receipt", receipt)
        return _entry(row)

    def settle(self, entry: Entry, state: State) -> None:
        """Write what became of an entry."""
        with self._transaction():
            self._connection.execute("UPDATE entry SET state = ? WHERE id = ?", (state, entry.id))
            if state is State.BOOKED:
                self._set_number("receipt", entry.receipt_number)

    def settle_pending(self, state: State) -> None:
        """Settle what a power cut left pending."""
        for entry in self.entries():
            if entry.state is State.PENDING:
                self.settle(entry, state)

    def take_back_last(self) -> Entry | None:
        """Reverse the last booking and give its receipt number free again."""
        last = self.last()
        if last is None:
            return None
        self.settle(last, State.REVERSED)
        with self._transaction():
            self._set_number("receipt", last.receipt_number - 1)
        return last

    def entries(self) -> list[Entry]:
        """Return all entries, oldest first."""
        return [_entry(row) for row in self._connection.execute("SELECT * FROM entry ORDER BY id")]

    def last(self) -> Entry | None:
        """Return what the terminal would repeat: its last booking since the end of day."""
        found = [e for e in self.entries() if e.state is State.BOOKED and not e.closed]
        return found[-1] if found else None

    def find(self, receipt_number: int) -> Entry | None:
        """Return the latest payment with this number that was ever booked."""
        kept = {State.BOOKED, State.REVERSED}
        found = [
            e
            for e in self.entries()
            if e.receipt_number == receipt_number and e.state in kept and e.kind == "payment"
        ]
        return found[-1] if found else None

    def booked(self) -> int:
        """Return the sum of all money that moves, in minor units."""
        payments = (e for e in self.entries() if e.state is State.BOOKED and e.kind == "payment")
        return sum(entry.amount for entry in payments)

    def close_day(self) -> list[Entry]:
        """Return what was booked since the last end of day, and close it."""
        day = [e for e in self.entries() if e.state is State.BOOKED and not e.closed]
        with self._transaction():
            self._connection.execute("UPDATE entry SET closed = 1")
        return day

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _transaction(self) -> "_Transaction":
        return _Transaction(self._connection)

    def _number(self, name: str) -> int:
        query = "SELECT value FROM number WHERE name = ?"
        value: int = self._connection.execute(query, (name,)).fetchone()[0]
        return value

    def _set_number(self, name: str, value: int) -> None:
        self._connection.execute("UPDATE number SET value = ? WHERE name = ?", (value, name))


class _Transaction:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def __enter__(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._connection.execute("COMMIT" if kind is None else "ROLLBACK")


def _entry(row: sqlite3.Row) -> Entry:
    values = dict(row)
    values["state"] = State(values["state"])
    values["contactless"] = bool(values["contactless"])
    values["closed"] = bool(values["closed"])
    return Entry(**values)
