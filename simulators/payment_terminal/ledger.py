"""The terminal's own books, on disk: what it booked, declined and took back.

Every change is on disk before it returns, so a simulator that is killed comes back with what a
terminal would come back with. Only masked card numbers are in here.

    pending     approved by the bank, not yet acknowledged by the till
    booked      it stands: money moves, or is set aside
    completed   what was set aside has been booked by another entry
    reversed    was pending or booked, and was taken back
    declined    the bank or the customer said no

An entry about an earlier one (a reversal, a completion) changes that one when it is booked, and
gives it back when it is taken back itself.
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
    terminal_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    by_hand INTEGER NOT NULL,
    receipt_number INTEGER NOT NULL,
    trace_number INTEGER NOT NULL,
    original_id INTEGER REFERENCES entry,
    original_trace INTEGER,
    amount INTEGER NOT NULL,
    asked_amount INTEGER NOT NULL,
    currency TEXT NOT NULL,
    card TEXT NOT NULL,
    contactless INTEGER NOT NULL,
    offline INTEGER NOT NULL,
    signed INTEGER NOT NULL,
    result_code INTEGER NOT NULL,
    state TEXT NOT NULL
        CHECK (state IN ('pending', 'booked', 'completed', 'reversed', 'declined')),
    at TEXT NOT NULL,
    closed INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE IF NOT EXISTS number (
    terminal_id TEXT NOT NULL,
    name TEXT NOT NULL,
    value INTEGER NOT NULL,
    PRIMARY KEY (terminal_id, name)
) STRICT;
"""


class State(enum.StrEnum):
    """What became of an entry."""

    PENDING = "pending"
    BOOKED = "booked"
    COMPLETED = "completed"
    REVERSED = "reversed"
    DECLINED = "declined"


class Kind(enum.StrEnum):
    """What the terminal was asked for."""

    PAYMENT = "payment"
    REFUND = "refund"
    REVERSAL = "reversal"
    PRE_AUTHORISATION = "pre_authorisation"
    COMPLETION = "completion"
    CANCELLATION = "cancellation"


_MONEY = {Kind.PAYMENT: 1, Kind.COMPLETION: 1, Kind.REFUND: -1}
"""What the shop gets for one unit of an entry that is booked."""

_EFFECTS = {
    Kind.REVERSAL: State.REVERSED,
    Kind.CANCELLATION: State.REVERSED,
    Kind.COMPLETION: State.COMPLETED,
}
"""What becomes of an entry when one about it is booked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the books; `at` is `MMDDHHMMSS` of the terminal's clock."""

    id: int = 0
    terminal_id: str = ""
    kind: Kind = Kind.PAYMENT
    by_hand: bool = False
    receipt_number: int = 0
    trace_number: int = 0
    original_id: int | None = None
    original_trace: int | None = None
    amount: int
    asked_amount: int = 0
    currency: str = "EUR"
    card: str
    contactless: bool
    offline: bool = False
    signed: bool = False
    result_code: int = 0
    state: State = State.PENDING
    at: str
    closed: bool = False

    @property
    def money(self) -> int:
        """What the shop gets, in minor units."""
        return _MONEY.get(self.kind, 0) * self.amount if self.state is State.BOOKED else 0


_COLUMNS = (
    "terminal_id",
    "kind",
    "by_hand",
    "receipt_number",
    "trace_number",
    "original_id",
    "original_trace",
    "amount",
    "asked_amount",
    "currency",
    "card",
    "contactless",
    "offline",
    "signed",
    "result_code",
    "state",
    "at",
)
_INSERT = (
    f"INSERT INTO entry ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"  # noqa: S608 - our own names
    " RETURNING *"
)


class Ledger:
    """The books in one SQLite file; without a path they are gone with the process.

    They may hold those of several terminals, one after another in the same place: `terminal_id`
    says which one writes and is asked.
    """

    def __init__(
        self, path: Path | None = None, terminal_id: str = "", first_receipt_number: int = 1
    ) -> None:
        self.terminal_id = terminal_id
        self._first = first_receipt_number
        self._connection = sqlite3.connect(path or ":memory:", isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        self._connection.executescript(_SCHEMA)

    def enter(self, entry: Entry) -> Entry:
        """Write an entry with the next numbers.

        A receipt number is used up when its entry is booked; a trace number always.
        """
        receipt = self._number("receipt") % HIGHEST_RECEIPT_NUMBER + 1
        trace = self._number("trace") % HIGHEST_TRACE_NUMBER + 1
        numbers = {
            "terminal_id": self.terminal_id,
            "receipt_number": receipt,
            "trace_number": trace,
            "asked_amount": entry.asked_amount or entry.amount,
        }
        values = [numbers.get(column, getattr(entry, column)) for column in _COLUMNS]
        with self._transaction():
            self._set_number("trace", trace)
            made = _entry(self._connection.execute(_INSERT, values).fetchone())
            if made.state is State.BOOKED:
                self._book(made)
        return made

    def settle(self, entry: Entry, state: State) -> None:
        """Write what became of an entry, and so of the one that it is about."""
        with self._transaction():
            was = self._connection.execute(
                "SELECT state FROM entry WHERE id = ?", (entry.id,)
            ).fetchone()[0]
            self._set_state(entry.id, state)
            if state is State.BOOKED:
                self._book(entry)
            elif was == State.BOOKED and entry.original_id is not None:
                self._set_state(entry.original_id, State.BOOKED)

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
        self.set_last_receipt_number((last.receipt_number - 1) % (HIGHEST_RECEIPT_NUMBER + 1))
        return last

    def entries(self) -> list[Entry]:
        """Return all entries of all terminals, oldest first."""
        return [_entry(row) for row in self._connection.execute("SELECT * FROM entry ORDER BY id")]

    def last(self) -> Entry | None:
        """Return what the terminal would repeat: its last booking since the end of day."""
        found = [e for e in self._store() if e.state in {State.BOOKED, State.COMPLETED}]
        return found[-1] if found else None

    def find(self, receipt_number: int) -> Entry | None:
        """Return the latest booking of money with this number, also one that was taken back."""
        kept = {State.BOOKED, State.REVERSED}
        found = [
            e
            for e in self._own()
            if e.receipt_number == receipt_number and e.state in kept and e.kind in _MONEY
        ]
        return found[-1] if found else None

    def set_aside(self) -> list[Entry]:
        """Return what is set aside and neither booked nor set free."""
        kind, state = Kind.PRE_AUTHORISATION, State.BOOKED
        return [entry for entry in self._own() if (entry.kind, entry.state) == (kind, state)]

    def booked(self) -> int:
        """Return the sum of all money that moves to the shop, in minor units."""
        return sum(entry.money for entry in self.entries())

    def close_day(self) -> list[Entry]:
        """Return what was booked since the last end of day, and close it."""
        day = [e for e in self._store() if e.state is State.BOOKED]
        self._connection.execute(
            "UPDATE entry SET closed = 1 WHERE terminal_id = ?", (self.terminal_id,)
        )
        return day

    def set_last_receipt_number(self, value: int) -> None:
        """Let the next booking have the number after this one."""
        self._set_number("receipt", value)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _own(self) -> list[Entry]:
        return [entry for entry in self.entries() if entry.terminal_id == self.terminal_id]

    def _store(self) -> list[Entry]:
        return [entry for entry in self._own() if not entry.closed]

    def _book(self, entry: Entry) -> None:
        self._set_number("receipt", entry.receipt_number)
        if entry.original_id is not None and entry.kind in _EFFECTS:
            self._set_state(entry.original_id, _EFFECTS[entry.kind])

    def _set_state(self, entry_id: int, state: State) -> None:
        self._connection.execute("UPDATE entry SET state = ? WHERE id = ?", (state, entry_id))

    def _transaction(self) -> "_Transaction":
        return _Transaction(self._connection)

    def _number(self, name: str) -> int:
        query = "SELECT value FROM number WHERE terminal_id = ? AND name = ?"
        row = self._connection.execute(query, (self.terminal_id, name)).fetchone()
        if row is None:
            return self._first - 1 if name == "receipt" else 0
        value: int = row[0]
        return value

    def _set_number(self, name: str, value: int) -> None:
        self._connection.execute(
            "INSERT OR REPLACE INTO number VALUES (?, ?, ?)", (self.terminal_id, name, value)
        )


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
    values["kind"] = Kind(values["kind"])
    for name in ("contactless", "closed", "by_hand", "offline", "signed"):
        values[name] = bool(values[name])
    return Entry(**values)
