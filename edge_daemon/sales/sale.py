"""A sale as a register sees it: the whole truth, including what did not work."""

import sqlite3

import msgspec

from edge_daemon.drawers import DrawerOpening, opening_of_transaction
from edge_daemon.journal.acts import OpenIntent
from edge_daemon.payments import Payment, payments_of_transaction
from edge_daemon.printing import PrintJob, jobs_of_transaction
from edge_daemon.records.payloads import (
    LineItem,
    Link,
    RetailTransaction,
    TaxTotal,
    Tender,
    TransactionStatus,
)
from edge_daemon.sales.claims import claims_on
from edge_daemon.sales.projection import SaleRow, find_sale

STATES = {
    TransactionStatus.COMPLETED: "completed",
    TransactionStatus.AWAITING_TENDER: "awaiting_tender",
    TransactionStatus.CANCELLED: "cancelled",
    TransactionStatus.POST_VOIDED: "completed",
}
"""What a register is told, by the journal's word."""


class Sale(msgspec.Struct, frozen=True, kw_only=True):
    """One sale. Amounts in minor units.

    Attributes:
        id: The register's ULID.
        state: `running`, `completed`, `awaiting_tender` (a tender failed: send another or cancel)
            or `cancelled` (nothing was sold; what was taken was given back).
        finished: True when nothing is under way: read `state` and `problems`.
        occurred_at: When its state became what it is, microseconds since 1970 UTC.
        sequence_number: The receipt number.
        type: `Sale`, `Return`, `Exchange`, or `Void` of the sale that its `links` name.
        links: The transactions that it goes back to.
        voided_by: The void that undid it.
        lines: What is sold and what comes back, as priced.
        total: Sum of the lines, negative where money is paid out; `rounding` is what cash rounding
            added.
        paid: Received so far; `due`: still to be paid, or negative to be paid out; `change`: to
            give back.
        taxes: VAT per tax code.
        tenders: What counts; every attempt on a terminal stands in `payments`.
        receipt: The paper; `copies` were asked for afterwards.
        drawer: The opening, when the sale took cash.
        problems: What did not work, in words for the clerk, most urgent first.
    """

    id: str
    state: str
    finished: bool
    workstation: str | None
    training: bool = False
    occurred_at: int | None = None
    sequence_number: int | None = None
    type: str = "Sale"
    links: tuple[Link, ...] = ()
    voided_by: str | None = None
    customer_ref: str | None = None
    lines: tuple[LineItem, ...] = ()
    currency: str | None = None
    total: int = 0
    rounding: int = 0
    paid: int = 0
    due: int = 0
    change: int = 0
    taxes: tuple[TaxTotal, ...] = ()
    tenders: tuple[Tender, ...] = ()
    payments: tuple[Payment, ...] = ()
    receipt: PrintJob | None = None
    copies: tuple[PrintJob, ...] = ()
    drawer: DrawerOpening | None = None
    problems: tuple[str, ...] = ()


def read_sale(connection: sqlite3.Connection, intent: OpenIntent, *, running: bool) -> Sale:
    """Put a sale together from what the rooms' projections hold, in one read."""
    row = find_sale(connection, intent.resource_id)
    payments = tuple(payments_of_transaction(connection, intent.resource_id))
    if row is None:
        return Sale(
            id=intent.resource_id,
            state="running" if running or not intent.closed else "cancelled",
            finished=not running and intent.closed,
            workstation=intent.workstation,
            training=intent.training,
            payments=payments,
            problems=() if running else _payment_problems(payments, None),
        )
    jobs = jobs_of_transaction(connection, intent.resource_id)
    receipt = next((job for job in jobs if job.copy_number is None), None)
    drawer = opening_of_transaction(connection, intent.resource_id)
    sale = _present(row, payments, receipt, jobs, drawer, running=running)
    claims = claims_on(connection, intent.resource_id)
    voided_by = next((one.claimant for one in claims if one.kind == "VoidOf"), None)
    return msgspec.structs.replace(sale, voided_by=voided_by)


def _present(  # noqa: PLR0913 - the parts of one answer
    row: SaleRow,
    payments: tuple[Payment, ...],
    receipt: PrintJob | None,
    jobs: list[PrintJob],
    drawer: DrawerOpening | None,
    *,
    running: bool,
) -> Sale:
    transaction = row.transaction
    totals = transaction.totals
    awaiting = transaction.status is TransactionStatus.AWAITING_TENDER
    return Sale(
        id=row.transaction_id,
        state=STATES[transaction.status],
        finished=not running,
        workstation=row.workstation_id,
        training=row.training,
        occurred_at=row.occurred_at,
        sequence_number=transaction.sequence_number,
        type=_type(transaction),
        links=transaction.transaction_links,
        customer_ref=transaction.customer_ref,
        lines=transaction.line_items,
        currency=transaction.currency,
        total=totals.gross,
        rounding=transaction.rounding_amount,
        paid=totals.paid,
        due=totals.gross - totals.paid if awaiting else 0,
        change=totals.change,
        taxes=transaction.taxes,
        tenders=transaction.tenders,
        payments=payments,
        receipt=receipt,
        copies=tuple(job for job in jobs if job.copy_number is not None),
        drawer=drawer,
        problems=(
            *_payment_problems(payments, row),
            *([drawer.problem] if drawer and drawer.problem else []),
            *([receipt.problem] if receipt and receipt.problem else []),
        ),
    )


def _type(transaction: RetailTransaction) -> str:
    if any(link.kind == "VoidOf" for link in transaction.transaction_links):
        return "Void"
    return transaction.transaction_type


def _payment_problems(payments: tuple[Payment, ...], row: SaleRow | None) -> tuple[str, ...]:
    counted = {
        tender.card.payment_id
        for tender in (row.transaction.tenders if row else ())
        if tender.card is not None
    }
    ended = row is not None and row.transaction.status is not TransactionStatus.AWAITING_TENDER
    problems = []
    for payment in payments:
        if payment.kind == "Payment" and payment.approved and ended and payment.id not in counted:
            problems.append(_REFUND.format(payment.id))
        elif payment.approved is None:
            problems.append(payment.message or _IN_DOUBT)
        elif not payment.approved and not ended and payment.message:
            problems.append(payment.message)
    return tuple(problems)


_REFUND = "The card payment {} turned out approved after the sale had ended without it: refund it."
_IN_DOUBT = "It is not known whether the card was charged. Look at the terminal before you go on."
