"""A shift as a register sees it, from what the journal's tables hold."""

import sqlite3

from edge_daemon.config import Configuration
from edge_daemon.drawers.openings import opening_of_intent
from edge_daemon.journal.acts import find_intent
from edge_daemon.records.payloads import TillCountKind
from edge_daemon.tills.requests import ExpectedTender, TillCounted, TillSessionState
from edge_daemon.tills.sessions import (
    NO_DRAWER,
    CountRow,
    SessionRow,
    counts_of,
    expected_amounts,
)

KIND = "till_sessions"
_CARRIED_OVER = (
    "This till was open on a card that was lost: what it should hold is counted only since then."
)


def workstations_of(configuration: Configuration, row: SessionRow) -> tuple[str, ...]:
    """Everybody who sells into a shift."""
    if not row.drawer_id or row.drawer_id.startswith(NO_DRAWER):
        return (row.workstation_id,)
    return tuple(
        each.name for each in configuration.workstations if each.cash_drawer == row.drawer_id
    )


def present_session(
    connection: sqlite3.Connection, configuration: Configuration, row: SessionRow, *, running: bool
) -> TillSessionState:
    """Put a shift together, in one read."""
    counts = tuple(map(present_count, counts_of(connection, row.session_id)))
    hidden = (
        configuration.till.blind_counts
        and row.state != "closed"
        and not any(count.kind == "settle" for count in counts)
    )
    expected = tuple(
        ExpectedTender(tender_type=each.tender_type, currency=each.currency, amount=each.amount)
        for each in expected_amounts(connection, row.session_id)
    )
    intent = find_intent(connection, KIND, row.session_id)
    opening = opening_of_intent(connection, intent.intent_id) if intent else None
    has_drawer = row.drawer_id and not row.drawer_id.startswith(NO_DRAWER)
    return TillSessionState(
        id=row.session_id,
        state=row.state,
        finished=not running,
        drawer=row.drawer_id if has_drawer else None,
        workstation=row.workstation_id,
        workstations=workstations_of(configuration, row),
        opened_at=row.opened_at,
        opened_by=row.opened_by,
        ended_at=row.ended_at,
        ended_by=row.ended_by,
        opening_float=row.opening_float,
        expected=None if hidden else expected,
        counts=counts,
        carried_over=bool(row.carried_over),
        drawer_opening=opening,
        problems=(
            *([_CARRIED_OVER] if row.carried_over and row.state != "closed" else []),
            *([opening.problem] if opening and opening.problem else []),
        ),
    )


def present_count(row: CountRow) -> TillCounted:
    """A count as a register sees it."""
    return TillCounted(
        id=row.count_id,
        session=row.session_id,
        kind="settle" if row.kind == TillCountKind.SETTLE else "check",
        blind=bool(row.blind),
        tender_type=row.tender_type,
        currency=row.currency,
        counted=row.counted,
        expected=row.expected,
        difference=row.difference,
        reason=row.reason,
        occurred_at=row.occurred_at,
        operator_id=row.operator_id,
    )
