"""From entries to shifts: the tables that `sessions` reads.

A sale that still waits for a tender holds money too, until it ends; what it holds more, or less,
than when it was last seen counts in the shift of that moment. Training moves nothing.
"""

import collections
import sqlite3

from sqlite_utils import Database

from edge_daemon.journal import Projection
from edge_daemon.records import JournalEntry
from edge_daemon.records.payloads import (
    CarriedOver,
    RetailTransaction,
    SystemEvent,
    TenderControl,
    TenderControlKind,
    TillCount,
    TillSession,
    TillSessionEvent,
    TransactionStatus,
)
from edge_daemon.records.turnover import FINISHED
from edge_daemon.tills.sessions import RUNNING, SIGNS, CountRow, SessionRow

STATES = {
    TillSessionEvent.OPEN: "open",
    TillSessionEvent.SUSPEND: "suspended",
    TillSessionEvent.RESUME: "open",
    TillSessionEvent.BLIND_CLOSE: "blind_closed",
    TillSessionEvent.CLOSE: "closed",
}
"""What a register is told, by the journal's word."""
_ADD = (
    "INSERT INTO session_amounts (session_id, tender_type, currency, amount) VALUES (?, ?, ?, ?)"
    " ON CONFLICT (session_id, tender_type, currency) DO UPDATE"
    " SET amount = amount + excluded.amount"
)
_MARKS = {kind: ", ".join("?" * len(kind._fields)) for kind in (SessionRow, CountRow)}
_INSERT_SESSION = f"INSERT OR IGNORE INTO till_sessions VALUES ({_MARKS[SessionRow]})"  # noqa: S608 - constants only
_INSERT_COUNT = f"INSERT OR IGNORE INTO till_counts VALUES ({_MARKS[CountRow]})"  # noqa: S608 - constants only


def _apply(connection: sqlite3.Connection, entry: JournalEntry) -> None:
    payload = entry.payload
    if isinstance(payload, SystemEvent) and payload.carried_over is not None:
        _carry_over(connection, entry, payload.carried_over)
    elif entry.training:
        return
    elif isinstance(payload, RetailTransaction):
        _note_sale(connection, entry, payload)
    elif isinstance(payload, TillSession):
        _note_session(connection, entry, payload)
    elif isinstance(payload, TenderControl):
        _note_control(connection, entry, payload)
    elif isinstance(payload, TillCount):
        _note_count(connection, entry, payload)


def _note_session(
    connection: sqlite3.Connection, entry: JournalEntry, session: TillSession
) -> None:
    state = STATES[session.event]
    if session.event is TillSessionEvent.OPEN:
        row = SessionRow(
            session_id=session.session_id,
            drawer_id=session.drawer_id,
            workstation_id=entry.workstation_id,
            state=state,
            opened_at=entry.occurred_at,
            opened_by=entry.operator_id,
            ended_at=None,
            ended_by=None,
            opening_float=0,
            carried_over=0,
        )
        _insert_session(connection, row)
        return
    connection.execute(
        "UPDATE till_sessions SET state = ? WHERE session_id = ?", (state, session.session_id)
    )
    if state in ("closed", "blind_closed"):
        connection.execute(
            "UPDATE till_sessions SET ended_at = ?, ended_by = ? WHERE session_id = ?",
            (entry.occurred_at, entry.operator_id, session.session_id),
        )


def _insert_session(connection: sqlite3.Connection, row: SessionRow) -> None:
    connection.execute(_INSERT_SESSION, row)


def _note_control(
    connection: sqlite3.Connection, entry: JournalEntry, control: TenderControl
) -> None:
    session = entry.till_session_id
    if session is None:
        return
    amount = SIGNS[control.kind] * control.amount
    connection.execute(_ADD, (session, control.tender_type, control.currency, amount))
    if control.kind is TenderControlKind.OPENING_FLOAT:
        connection.execute(
            "UPDATE till_sessions SET opening_float = opening_float + ? WHERE session_id = ?",
            (amount, session),
        )


def _note_count(connection: sqlite3.Connection, entry: JournalEntry, count: TillCount) -> None:
    row = CountRow(
        count_id=entry.api_idempotency_key or entry.entry_id,
        session_id=entry.till_session_id or "",
        kind=count.kind,
        blind=int(count.blind),
        tender_type=count.tender_type,
        currency=count.currency,
        counted=count.counted,
        expected=count.expected,
        difference=count.difference,
        reason=count.reason,
        occurred_at=entry.occurred_at,
        operator_id=entry.operator_id,
    )
    connection.execute(_INSERT_COUNT, row)


def _note_sale(
    connection: sqlite3.Connection, entry: JournalEntry, sale: RetailTransaction
) -> None:
    """Add what the sale holds more, or less, than when it was last seen."""
    held: collections.Counter[tuple[str, str]] = collections.Counter()
    for tender in sale.tenders:
        if tender.foreign_currency is not None and tender.foreign_amount is not None:
            held[tender.tender_type, tender.foreign_currency] += tender.foreign_amount
        else:
            held[tender.tender_type, tender.currency] += tender.amount
    change = collections.Counter(held)
    rows = connection.execute(
        "SELECT tender_type, currency, amount FROM waiting_money WHERE transaction_id = ?",
        (sale.transaction_id,),
    ).fetchall()
    for tender_type, currency, amount in rows:
        change[tender_type, currency] -= amount
    if rows:
        connection.execute(
            "DELETE FROM waiting_money WHERE transaction_id = ?", (sale.transaction_id,)
        )
    if sale.status not in FINISHED and sale.status is not TransactionStatus.CANCELLED:
        connection.executemany(
            "INSERT INTO waiting_money VALUES (?, ?, ?, ?)",
            [(sale.transaction_id, *key, amount) for key, amount in held.items() if amount],
        )
    if entry.till_session_id is not None:
        connection.executemany(
            _ADD,
            [(entry.till_session_id, *key, amount) for key, amount in change.items() if amount],
        )


def _carry_over(connection: sqlite3.Connection, entry: JournalEntry, carried: CarriedOver) -> None:
    """A shift that was open on a lost card goes on; what it held before is not known here."""
    for numbers in carried.workstations:
        if numbers.open_session is not None:
            row = SessionRow(
                session_id=numbers.open_session,
                drawer_id="",
                workstation_id=numbers.workstation_id,
                state="open",
                opened_at=entry.occurred_at,
                opened_by=None,
                ended_at=None,
                ended_by=None,
                opening_float=0,
                carried_over=1,
            )
            connection.execute(
                f"UPDATE till_sessions SET state = 'closed', ended_at = ? WHERE {RUNNING}"  # noqa: S608 - constants only
                " AND workstation_id = ? AND session_id != ?",
                (entry.occurred_at, numbers.workstation_id, numbers.open_session),
            )
            _insert_session(connection, row)


def _create(connection: sqlite3.Connection) -> None:
    database = Database(connection)
    if database.table("till_sessions").exists():
        return
    numbers = {"opened_at", "ended_at", "opening_float", "carried_over"}
    database.table("till_sessions").create(
        {name: int if name in numbers else str for name in SessionRow._fields},
        not_null=set(SessionRow._fields) - {"opened_by", "ended_at", "ended_by"},
        strict=True,
    )
    database.table("till_sessions").create_index(["session_id"], unique=True)
    connection.execute(
        "CREATE INDEX unsettled_sessions ON till_sessions (drawer_id) WHERE state != 'closed'"
    )
    database.table("session_amounts").create(
        {"session_id": str, "tender_type": str, "currency": str, "amount": int},
        pk=("session_id", "tender_type", "currency"),
        not_null={"amount"},
        strict=True,
    )
    numbers = {"blind", "counted", "expected", "difference", "occurred_at"}
    database.table("till_counts").create(
        {name: int if name in numbers else str for name in CountRow._fields},
        not_null=set(CountRow._fields) - {"reason", "operator_id"},
        strict=True,
    )
    database.table("till_counts").create_index(["count_id"], unique=True)
    database.table("till_counts").create_index(["session_id"])
    database.table("waiting_money").create(
        {"transaction_id": str, "tender_type": str, "currency": str, "amount": int},
        pk=("transaction_id", "tender_type", "currency"),
        not_null={"amount"},
        strict=True,
    )


SESSIONS = Projection(
    "till_sessions",
    _create,
    ("till_sessions", "session_amounts", "till_counts", "waiting_money"),
    _apply,
)
"""Shifts, what should be in their drawers, and what was counted."""
