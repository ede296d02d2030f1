"""A terminal's end of day: its totals beside our own, and the difference.

A reconciliation goes through the states of a payment: its result is on disk before the terminal
hears that it was taken. What a payment in doubt would change in the totals is not hidden: the
terminal is not closed while one is open.
"""

import sqlite3

import msgspec
from sqlite_utils import Database

from drivers.payment_terminal import ReconciliationResult
from edge_daemon.journal import Projection
from edge_daemon.payments.states import FINAL
from edge_daemon.records import JournalEntry
from edge_daemon.records.payloads import PaymentEvent, PaymentState, TerminalTotal


class Reconciliation(msgspec.Struct, frozen=True, kw_only=True):
    """One end of day. Amounts in minor units; refunds and reversals count negative.

    Attributes:
        id: The register's ULID.
        state: The journal's word, from `CREATED` to `CONFIRMED`.
        finished: True when the state will not change by itself.
        terminal: The configured terminal.
        terminal_amount, terminal_count: As the terminal counts; absent where it told nothing.
        own_amount, own_count: What this box booked there since the reconciliation before.
        difference: Terminal minus own; absent where the terminal told nothing.
        totals: By card scheme, as the terminal counts.
        message: What to tell the clerk.
    """

    id: str
    state: PaymentState
    finished: bool
    terminal: str
    currency: str
    terminal_amount: int | None = None
    terminal_count: int | None = None
    own_amount: int = 0
    own_count: int = 0
    difference: int | None = None
    totals: tuple[TerminalTotal, ...] = ()
    message: str | None = None


class OwnTotal(msgspec.Struct, frozen=True):
    """What this box booked on a terminal: number and sum, in minor units."""

    count: int
    amount: int


_totals = msgspec.json.Decoder(tuple[TerminalTotal, ...])


def find_reconciliation(connection: sqlite3.Connection, payment_id: str) -> Reconciliation | None:
    """Read one reconciliation."""
    row = connection.execute(
        "SELECT state, device_id, currency, own_amount, own_count, totals, message"
        " FROM reconciliations WHERE payment_id = ?",
        (payment_id,),
    ).fetchone()
    if row is None:
        return None
    state, device, currency, own_amount, own_count, data, message = row
    totals = _totals.decode(data) if data else None
    amount = sum(total.amount for total in totals) if totals is not None else None
    return Reconciliation(
        id=payment_id,
        state=PaymentState(state),
        finished=PaymentState(state) in FINAL,
        terminal=device,
        currency=currency,
        terminal_amount=amount,
        terminal_count=sum(total.count for total in totals) if totals is not None else None,
        own_amount=own_amount,
        own_count=own_count,
        difference=None if amount is None else amount - own_amount,
        totals=totals or (),
        message=message,
    )


def own_total(connection: sqlite3.Connection, device_id: str) -> OwnTotal:
    """Add up what was booked on a terminal since its last finished reconciliation."""
    row = connection.execute(
        "SELECT coalesce(sum(count), 0), coalesce(sum(amount), 0) FROM terminal_bookings"
        " WHERE device_id = ? AND period = (SELECT coalesce(max(period), 0) FROM terminal_periods"
        " WHERE device_id = ?)",
        (device_id, device_id),
    ).fetchone()
    return OwnTotal(*row)


def terminal_totals(result: ReconciliationResult) -> tuple[TerminalTotal, ...]:
    """The terminal's totals as the journal keeps them; one row where it names no schemes."""
    if result.totals:
        return tuple(
            TerminalTotal(card_brand=one.card_brand, count=one.count, amount=one.amount)
            for one in result.totals
        )
    return (TerminalTotal(card_brand="", count=0, amount=result.total),)


def _create(connection: sqlite3.Connection) -> None:
    database = Database(connection)
    if database.table("reconciliations").exists():
        return
    database.table("reconciliations").create(
        {
            "payment_id": str,
            "state": str,
            "device_id": str,
            "currency": str,
            "own_amount": int,
            "own_count": int,
            "totals": bytes,
            "message": str,
        },
        pk="payment_id",
        not_null={"state", "device_id", "currency", "own_amount", "own_count"},
        strict=True,
    )
    database.table("terminal_periods").create(
        {"device_id": str, "period": int}, pk="device_id", not_null={"period"}, strict=True
    )
    database.table("terminal_bookings").create(
        {"payment_id": str, "device_id": str, "period": int, "count": int, "amount": int},
        pk="payment_id",
        not_null={"device_id", "period", "count", "amount"},
        strict=True,
    )
    database.table("terminal_bookings").create_index(["device_id", "period"])


def _apply(connection: sqlite3.Connection, entry: JournalEntry) -> None:
    event = entry.payload
    if not isinstance(event, PaymentEvent):
        return
    if event.kind == "Reconciliation":
        _note_reconciliation(connection, event)
    elif event.state in (PaymentState.CONFIRMED, PaymentState.APPROVED):
        _note_booking(connection, event)
    elif event.state is PaymentState.REVERSED:
        connection.execute(
            "DELETE FROM terminal_bookings WHERE payment_id = ?", (event.payment_id,)
        )


def _note_reconciliation(connection: sqlite3.Connection, event: PaymentEvent) -> None:
    own = own_total(connection, event.device_id)
    connection.execute(
        "INSERT INTO reconciliations VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (payment_id) DO UPDATE SET state = excluded.state,"
        " totals = coalesce(excluded.totals, totals),"
        " message = coalesce(excluded.message, message)",
        (
            event.payment_id,
            event.state,
            event.device_id,
            event.currency,
            own.amount,
            own.count,
            msgspec.json.encode(event.totals) if event.totals is not None else None,
            event.resolution or (event.detail or {}).get("message"),
        ),
    )
    if event.state in (PaymentState.CONFIRMED, PaymentState.APPROVED):
        connection.execute(
            "INSERT INTO terminal_periods VALUES (?, 1) ON CONFLICT (device_id)"
            " DO UPDATE SET period = period + 1",
            (event.device_id,),
        )


def _note_booking(connection: sqlite3.Connection, event: PaymentEvent) -> None:
    """Count what moved money: a payment or a completion; a refund and a reversal negative."""
    signs = {"Payment": 1, "Completion": 1, "Refund": -1, "Reversal": -1}
    sign = signs.get(event.kind, 0)
    if sign == 0 or (event.kind == "Reversal" and not _was_booked(connection, event)):
        return
    amount = event.authorised_amount
    connection.execute(
        "INSERT OR REPLACE INTO terminal_bookings VALUES (?, ?, (SELECT coalesce(max(period), 0)"
        " FROM terminal_periods WHERE device_id = ?), ?, ?)",
        (
            event.payment_id,
            event.device_id,
            event.device_id,
            sign,
            sign * (event.requested_amount if amount is None else amount),
        ),
    )


def _was_booked(connection: sqlite3.Connection, reversal: PaymentEvent) -> bool:
    """A reversal of a pre-authorisation moves no money."""
    found = connection.execute(
        "SELECT 1 FROM terminal_bookings WHERE payment_id = ?", (reversal.original_payment_id,)
    ).fetchone()
    return found is not None


RECONCILIATIONS = Projection(
    "reconciliations",
    _create,
    ("reconciliations", "terminal_bookings", "terminal_periods"),
    _apply,
)
"""Ends of day, and what was booked on each terminal since the last."""
