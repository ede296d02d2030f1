"""The journal with everything that this daemon keeps beside it: for the daemon and its commands."""

import sqlite3

import msgspec

from edge_daemon.clock import Clock, SystemClock
from edge_daemon.config import Configuration
from edge_daemon.drawers import DRAWER_OPENINGS
from edge_daemon.journal import EdgeIdentity, Journal
from edge_daemon.journal.acts import INTENTS
from edge_daemon.operators import APPROVALS, PRESENCE, PROOFS, WORKING_TIMES
from edge_daemon.payments import PAYMENTS, RECONCILIATIONS
from edge_daemon.payments.projection import open_payments, unresolved
from edge_daemon.printing import PRINT_JOBS
from edge_daemon.records.payloads import (
    CarriedOver,
    WorkstationNumbers,
)
from edge_daemon.relay import ask_for_resume, inheritance
from edge_daemon.sales import CLAIMS, GIFT_CARDS_ISSUED, NUMBERED_SALES, SALES
from edge_daemon.sales.projection import next_sequence_number
from edge_daemon.stock import STOCK_EFFECTS
from edge_daemon.tills import (
    CARD_BOOKS,
    CLOCK_CONFIRMATIONS,
    PERIODS,
    REPORT_COPIES,
    SESSIONS,
    Perpetual,
    perpetual_totals,
    running_sessions,
    session_finder,
)

PROJECTIONS = (
    INTENTS,
    CLOCK_CONFIRMATIONS,
    PRINT_JOBS,
    DRAWER_OPENINGS,
    PAYMENTS,
    RECONCILIATIONS,
    SALES,
    PRESENCE,
    PROOFS,
    APPROVALS,
    WORKING_TIMES,
    STOCK_EFFECTS,
    SESSIONS,
    PERIODS,
    CARD_BOOKS,
    REPORT_COPIES,
    NUMBERED_SALES,
    CLAIMS,
    GIFT_CARDS_ISSUED,
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
        session_of=session_finder(configuration),
    )


def carry_over(connection: sqlite3.Connection) -> CarriedOver:
    """With what the next epoch begins: numbers, totals, open tills, and the payments in doubt."""
    totals = perpetual_totals(connection)
    sessions = {row.workstation_id: row.session_id for row in running_sessions(connection)}
    rows = connection.execute("SELECT DISTINCT workstation_id FROM receipt_numbers")
    names = {name for (name,) in rows} | set(totals) | set(sessions)
    return CarriedOver(
        source="journal",
        workstations=tuple(
            _numbers(connection, name, totals.get(name), sessions.get(name))
            for name in sorted(names)
        ),
        unresolved_payments=tuple(unresolved(row) for row in open_payments(connection)),
    )


def _numbers(
    connection: sqlite3.Connection, name: str, totals: Perpetual | None, session: str | None
) -> WorkstationNumbers:
    numbers = WorkstationNumbers(
        workstation_id=name,
        next_sequence_number=next_sequence_number(connection, name, training=False),
        next_training_number=next_sequence_number(connection, name, training=True),
        open_session=session,
    )
    if totals is None:
        return numbers
    return msgspec.structs.replace(
        numbers,
        next_z_number=totals.last_z + 1 if totals.last_z else None,
        grand_total_sales=totals.sales,
        grand_total_returns=totals.returns,
        grand_total_net=totals.sales - totals.returns,
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
