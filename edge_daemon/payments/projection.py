"""Payments as the journal tells them: a projection of `PaymentEvent`."""

import sqlite3
from typing import Any, NamedTuple

import msgspec
from sqlite_utils import Database

from edge_daemon.journal import Projection
from edge_daemon.payments.states import CARD_OUTCOMES, FINAL, MONEY, WAITS_FOR_A_PERSON
from edge_daemon.records import JournalEntry
from edge_daemon.records.payloads import (
    Json,
    PaymentEvent,
    PaymentState,
    RetailTransaction,
    SystemEvent,
    TransactionStatus,
    UnresolvedPayment,
)

UNKNOWN_CURRENCY = "XXX"
"""No currency (ISO 4217)."""


class Payment(msgspec.Struct, frozen=True, kw_only=True):
    """One card payment or reversal, as it stands.

    Attributes:
        id: The payment's ULID.
        kind: `Payment`, `Refund`, `Reversal`, `PreAuthorisation` or `Completion`.
        state: The journal's word, from `CREATED` to `CONFIRMED` or `MANUAL_REVIEW`.
        finished: True when the state will not change by itself: paid, not paid, or a person has
            to look (`MANUAL_REVIEW`).
        approved: True: the customer has paid. False: surely not. None: not known (yet).
        amount, authorised_amount: Minor units, as requested and as the terminal said.
        terminal: The configured terminal.
        card: What is known of the card and the authorisation; never a full card number.
        message: What to tell the clerk.
        needs_person: True in `MANUAL_REVIEW`: read the terminal's slip and decide.
        needs_signature: True in `AWAITING_SIGNATURE`: compare the signature and say so.
        refund_due: The card paid, and the sale ended without it: give the money back.
        original_payment_id: What a reversal or a completion refers to.
        receipt_number, trace_number, poi_transaction_id, terminal_time: The terminal's own words
            for it.
    """

    id: str
    kind: str
    state: PaymentState
    finished: bool
    approved: bool | None
    amount: int
    authorised_amount: int | None = None
    currency: str
    terminal: str
    terminal_id: str | None = None
    receipt_number: str | None = None
    trace_number: str | None = None
    poi_transaction_id: str | None = None
    terminal_time: str | None = None
    original_payment_id: str | None = None
    transaction_id: str | None = None
    tender_id: str | None = None
    card: Json | None = None
    message: str | None = None
    needs_person: bool = False
    needs_signature: bool = False
    refund_due: bool = False

    @property
    def held_amount(self) -> int:
        """What was authorised; what was requested where the terminal named no amount."""
        return self.amount if self.authorised_amount is None else self.authorised_amount

    @property
    def outcome(self) -> str:
        """The tender's `card.outcome`."""
        if self.approved and self.authorised_amount not in (None, self.amount):
            return "Partial"
        return CARD_OUTCOMES.get(self.state, "Unknown")


class PaymentRow(NamedTuple):
    """The projection's row: all that a restart needs to go on."""

    payment_id: str
    intent_id: str
    transaction_id: str | None
    tender_id: str | None
    kind: str
    state: str
    original_payment_id: str | None
    requested_amount: int
    authorised_amount: int | None
    currency: str
    device_id: str
    terminal_id: str | None
    last_terminal_id: str | None
    last_receipt_number: str | None
    last_trace_number: str | None
    receipt_number: str | None
    trace_number: str | None
    resolution: str | None
    message: str | None
    result_code: str | None
    poi_transaction_id: str | None
    terminal_time: str | None
    card: bytes | None
    counted: int | None
    sale_ended: int | None
    workstation_id: str
    operator_id: str | None
    api_idempotency_key: str | None
    sent_at: int | None

    def payment(self) -> Payment:
        """The payment as a register sees it."""
        state = PaymentState(self.state)
        final_no = state in FINAL and state not in MONEY
        return Payment(
            id=self.payment_id,
            kind=self.kind,
            state=state,
            finished=state in FINAL or state in WAITS_FOR_A_PERSON,
            approved=True if state in MONEY else False if final_no else None,
            amount=self.requested_amount,
            authorised_amount=self.authorised_amount,
            currency=self.currency,
            terminal=self.device_id,
            terminal_id=self.terminal_id,
            receipt_number=self.receipt_number,
            trace_number=self.trace_number,
            poi_transaction_id=self.poi_transaction_id,
            terminal_time=self.terminal_time,
            original_payment_id=self.original_payment_id,
            transaction_id=self.transaction_id,
            tender_id=self.tender_id,
            card=msgspec.json.decode(self.card) if self.card else None,
            message=self.resolution or self.message,
            needs_person=state is PaymentState.MANUAL_REVIEW,
            needs_signature=state is PaymentState.AWAITING_SIGNATURE,
            refund_due=(
                state in MONEY
                and self.kind == "Payment"
                and bool(self.sale_ended)
                and not self.counted
            ),
        )


_COLUMNS = ", ".join(PaymentRow._fields)
_SELECT = f"SELECT {_COLUMNS} FROM payments"  # noqa: S608 - constants only
_MARKS = ", ".join("?" * len(PaymentRow._fields))
_KEPT = (
    "terminal_id",
    "authorised_amount",
    "last_terminal_id",
    "last_receipt_number",
    "last_trace_number",
    "receipt_number",
    "trace_number",
    "resolution",
    "message",
    "result_code",
    "poi_transaction_id",
    "terminal_time",
    "card",
    "sent_at",
)
_UPSERT = (
    f"INSERT INTO payments ({_COLUMNS}) VALUES ({_MARKS})"  # noqa: S608 - constants only
    " ON CONFLICT (payment_id) DO UPDATE SET state = excluded.state, "
    + ", ".join(f"{name} = coalesce(excluded.{name}, {name})" for name in _KEPT)
)
_CARRY_OVER = f"INSERT OR IGNORE INTO payments ({_COLUMNS}) VALUES ({_MARKS})"  # noqa: S608 - constants only
_NUMBERS = (
    "INSERT OR REPLACE INTO terminal_numbers (device_id, terminal_id, receipt_number, trace_number)"
    " VALUES (?, ?, ?, ?)"
)

_FORGET_NUMBERS = (
    "UPDATE terminal_numbers SET receipt_number = NULL, trace_number = NULL WHERE device_id = ?"
)


def find_payment(connection: sqlite3.Connection, payment_id: str) -> PaymentRow | None:
    """Read one payment."""
    row = connection.execute(f"{_SELECT} WHERE payment_id = ?", (payment_id,)).fetchone()
    return PaymentRow(*row) if row else None


def payments_of_transaction(connection: sqlite3.Connection, transaction_id: str) -> list[Payment]:
    """Read a sale's payments and reversals, every attempt, in their order."""
    rows = connection.execute(
        f"{_SELECT} WHERE transaction_id = ? ORDER BY rowid", (transaction_id,)
    )
    return [PaymentRow(*row).payment() for row in rows]


def open_payments(connection: sqlite3.Connection, device_id: str | None = None) -> list[PaymentRow]:
    """Read the payments whose end is not known, of one terminal or of all."""
    marks = ", ".join(f"'{state}'" for state in sorted(FINAL))
    rows = connection.execute(
        f"{_SELECT} WHERE state NOT IN ({marks}) AND device_id = coalesce(?, device_id)"
        " ORDER BY rowid",
        (device_id,),
    )
    return [PaymentRow(*row) for row in rows]


def unresolved(row: PaymentRow) -> UnresolvedPayment:
    """A payment in doubt as records name it, with what a blank card needs to go on."""
    return UnresolvedPayment(
        payment_id=row.payment_id,
        transaction_id=row.transaction_id,
        terminal_id=row.terminal_id or row.last_terminal_id or row.device_id,
        device_id=row.device_id,
        currency=row.currency,
        kind=row.kind,
        state=PaymentState(row.state),
        requested_amount=row.requested_amount,
        since=row.sent_at or 0,
        last_receipt_number=row.last_receipt_number,
        last_trace_number=row.last_trace_number,
    )


def refunds_due(connection: sqlite3.Connection) -> list[PaymentRow]:
    """Read the payments that a sale ended without: the card paid, and nothing was sold for it."""
    marks = ", ".join(f"'{state}'" for state in sorted(MONEY))
    rows = connection.execute(
        f"{_SELECT} WHERE sale_ended = 1 AND counted IS NULL AND kind = 'Payment'"
        f" AND state IN ({marks}) ORDER BY rowid"
    )
    return [PaymentRow(*row) for row in rows]


class TerminalNumbers(NamedTuple):
    """The last numbers seen from a terminal, before the next payment is sent."""

    terminal_id: str | None = None
    receipt_number: str | None = None
    trace_number: str | None = None


def last_numbers(connection: sqlite3.Connection, device_id: str) -> TerminalNumbers:
    """Read the last numbers that a terminal gave for a booking that still stands.

    After one that was taken back, or that nobody can tell about, only its id is known: whether
    the next booking has the same number or the next one differs from terminal to terminal.
    """
    row = connection.execute(
        "SELECT terminal_id, receipt_number, trace_number FROM terminal_numbers"
        " WHERE device_id = ?",
        (device_id,),
    ).fetchone()
    return TerminalNumbers(*row) if row else TerminalNumbers()


def _create(connection: sqlite3.Connection) -> None:
    database = Database(connection)
    if database.table("payments").exists():
        return
    numbers = {"requested_amount", "authorised_amount", "sent_at", "counted", "sale_ended"}
    kinds: dict[str, Any] = {name: int if name in numbers else str for name in PaymentRow._fields}
    database.table("payments").create(
        kinds | {"card": bytes},
        not_null={"payment_id", "intent_id", "kind", "state", "requested_amount", "device_id"},
        strict=True,
    )
    database.table("payments").create_index(["payment_id"], unique=True)
    database.table("payments").create_index(["transaction_id"])
    marks = ", ".join(f"'{state}'" for state in sorted(FINAL))
    connection.execute(
        f"CREATE INDEX open_payments ON payments (device_id) WHERE state NOT IN ({marks})"
    )
    database.table("terminal_numbers").create(
        {"device_id": str, "terminal_id": str, "receipt_number": str, "trace_number": str},
        pk="device_id",
        strict=True,
    )


def _apply(connection: sqlite3.Connection, entry: JournalEntry) -> None:
    event = entry.payload
    if isinstance(event, SystemEvent) and event.carried_over is not None:
        for payment in event.carried_over.unresolved_payments:
            connection.execute(_CARRY_OVER, _carried_row(entry, payment))
    if isinstance(event, RetailTransaction):
        _note_sale(connection, event)
    if not isinstance(event, PaymentEvent) or event.kind == "Reconciliation":
        return
    connection.execute(_UPSERT, _row(entry, event))
    _note_numbers(connection, event)
    if event.kind == "Reversal" and event.state in MONEY and event.original_payment_id:
        connection.execute(
            "UPDATE payments SET state = ? WHERE payment_id = ?",
            (PaymentState.REVERSED, event.original_payment_id),
        )


def _note_numbers(connection: sqlite3.Connection, event: PaymentEvent) -> None:
    """Keep a terminal's last numbers, and forget them when what they named may not stand."""
    if event.state in (PaymentState.REVERSED, PaymentState.MANUAL_REVIEW):
        connection.execute(_FORGET_NUMBERS, (event.device_id,))
    elif event.receipt_number is not None and event.state is not PaymentState.CREATED:
        connection.execute(
            _NUMBERS, (event.device_id, event.terminal_id, event.receipt_number, event.trace_number)
        )


def _note_sale(connection: sqlite3.Connection, sale: RetailTransaction) -> None:
    """Note which payments a finished sale counts; what it does not count has to be given back."""
    if sale.status not in (TransactionStatus.COMPLETED, TransactionStatus.CANCELLED):
        return
    connection.execute(
        "UPDATE payments SET sale_ended = 1 WHERE transaction_id = ?", (sale.transaction_id,)
    )
    if sale.status is TransactionStatus.COMPLETED:
        for tender in sale.tenders:
            if tender.card is not None and tender.card.payment_id is not None:
                connection.execute(
                    "UPDATE payments SET counted = 1 WHERE payment_id = ?",
                    (tender.card.payment_id,),
                )


def _row(entry: JournalEntry, event: PaymentEvent) -> PaymentRow:
    detail = event.detail or {}
    card = detail.get("card")
    return PaymentRow(
        payment_id=event.payment_id,
        intent_id=event.intent_id,
        transaction_id=event.transaction_id,
        tender_id=event.tender_id,
        kind=event.kind,
        state=event.state,
        original_payment_id=event.original_payment_id,
        requested_amount=event.requested_amount,
        authorised_amount=event.authorised_amount,
        currency=event.currency,
        device_id=event.device_id,
        terminal_id=event.terminal_id,
        last_terminal_id=event.terminal_id if event.state is PaymentState.CREATED else None,
        last_receipt_number=event.last_receipt_number,
        last_trace_number=event.last_trace_number,
        receipt_number=event.receipt_number,
        trace_number=event.trace_number,
        resolution=event.resolution,
        message=detail.get("message"),
        result_code=detail.get("result_code"),
        poi_transaction_id=detail.get("poi_transaction_id"),
        terminal_time=detail.get("terminal_time"),
        card=msgspec.json.encode(card) if card else None,
        counted=None,
        sale_ended=None,
        workstation_id=entry.workstation_id,
        operator_id=entry.operator_id,
        api_idempotency_key=entry.api_idempotency_key,
        sent_at=entry.occurred_at if event.state is PaymentState.SENT else None,
    )


def _carried_row(entry: JournalEntry, payment: UnresolvedPayment) -> PaymentRow:
    """A payment that was in doubt when the card was lost; what this box knows already stands."""
    blank: dict[str, Any] = dict.fromkeys(PaymentRow._fields)
    known = {
        "payment_id": payment.payment_id,
        "intent_id": entry.entry_id,
        "transaction_id": payment.transaction_id,
        "kind": payment.kind,
        "state": payment.state,
        "requested_amount": payment.requested_amount,
        "currency": payment.currency or UNKNOWN_CURRENCY,
        "device_id": payment.device_id or payment.terminal_id,
        "last_terminal_id": payment.terminal_id,
        "last_receipt_number": payment.last_receipt_number,
        "last_trace_number": payment.last_trace_number,
        "workstation_id": entry.workstation_id,
        "sent_at": payment.since,
    }
    return PaymentRow(**blank | known)


PAYMENTS = Projection("payments", _create, ("payments", "terminal_numbers"), _apply)
"""Every payment, and the last numbers of every terminal."""
