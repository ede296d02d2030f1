"""The journal with everything that this daemon keeps beside it: for the daemon and its commands."""

import sqlite3

from edge_daemon.clock import Clock, SystemClock
from edge_daemon.config import Configuration
from edge_daemon.drawers import DRAWER_OPENINGS
from edge_daemon.journal import EdgeIdentity, Journal
from edge_daemon.journal.acts import INTENTS
from edge_daemon.payments import PAYMENTS, RECONCILIATIONS
from edge_daemon.payments.projection import PaymentRow, open_payments
from edge_daemon.printing import PRINT_JOBS
from edge_daemon.records.payloads import (
    CarriedOver,
    PaymentState,
    UnresolvedPayment,
    WorkstationNumbers,
)
from edge_daemon.relay import ask_for_resume, inheritance
from edge_daemon.sales import SALES
from edge_daemon.sales.projection import next_sequence_number
from edge_daemon.tills import CLOCK_CONFIRMATIONS

PROJECTIONS = (
    INTENTS,
    CLOCK_CONFIRMATIONS,
    PRINT_JOBS,
    DRAWER_OPENINGS,
    PAYMENTS,
    RECONCILIATIONS,
    SALES,
)
"""What the journal keeps beside its entries."""


async def open_journal(configuration: Configuration, clock: Clock | None = None) -> Journal:
    """Open the configured journal. Hold the state directory's lock while it is open.

    Where there is none yet, the office is asked first whether it knows this box.

    Raises:
        JournalError: It cannot be opened safely; the message says why.
    """
    identity = _identity(configuration)
    clock = clock or _clock(configuration)
    resume = None
    if configuration.relay is not None and not configuration.journal_path.exists():
        resume = await ask_for_resume(configuration.relay, identity)
    if resume is not None and resume.occurred_at is not None:
        clock.not_before(resume.occurred_at)
    return await Journal.open(
        configuration.journal_path,
        identity=identity,
        clock=clock,
        projections=PROJECTIONS,
        carry_over=carry_over,
        inherited=None if resume is None else inheritance(resume),
    )


def carry_over(connection: sqlite3.Connection) -> CarriedOver:
    """With what the next epoch begins: the next numbers, and the payments in doubt."""
    names = connection.execute(
        "SELECT DISTINCT workstation_id FROM receipt_numbers ORDER BY workstation_id"
    ).fetchall()
    return CarriedOver(
        source="journal",
        workstations=tuple(
            WorkstationNumbers(
                workstation_id=name,
                next_sequence_number=next_sequence_number(connection, name, training=False),
                next_training_number=next_sequence_number(connection, name, training=True),
            )
            for (name,) in names
        ),
        unresolved_payments=tuple(_unresolved(row) for row in open_payments(connection)),
    )


def _unresolved(row: PaymentRow) -> UnresolvedPayment:
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


def _clock(configuration: Configuration) -> SystemClock:
    return SystemClock(
        configuration.edge.time_zone,
        day_starts_min=configuration.shop.day_starts_min,
        confirmation=configuration.state_directory / "clock-confirmed.json",
    )


def _identity(configuration: Configuration) -> EdgeIdentity:
    workstations = configuration.workstations
    return EdgeIdentity(
        organization_id=configuration.edge.organization,
        retail_store_id=configuration.edge.store,
        edge_id=configuration.edge.id,
        workstation_id=workstations[0].name if workstations else configuration.edge.id,
    )
