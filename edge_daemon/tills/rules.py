"""What a till permits in which state. Every refusal says what to do first.

    open ⇄ suspended        open, suspended → blind_closed → closed        open, suspended → closed

All of it is asked inside the transaction of the act, so nothing moves between look and deed.
"""

import sqlite3
from collections.abc import Sequence

from edge_daemon.config import Workstation
from edge_daemon.errors import NotAllowedError, NotFoundError
from edge_daemon.payments.projection import open_payments
from edge_daemon.records.payloads import TillSessionEvent
from edge_daemon.tills.ports import OpenSale
from edge_daemon.tills.sessions import (
    CountRow,
    SessionRow,
    counts_of,
    expected_amount,
    expected_amounts,
    find_session,
    settled,
)

_WORDS = {
    "open": "open",
    "suspended": "suspended",
    "blind_closed": "closed for counting",
    "closed": "closed",
}
_PERMITTED = {
    TillSessionEvent.SUSPEND: ("open",),
    TillSessionEvent.RESUME: ("suspended",),
    TillSessionEvent.BLIND_CLOSE: ("open", "suspended"),
    TillSessionEvent.CLOSE: ("open", "suspended", "blind_closed"),
}
_OPEN_SALE = {
    "awaiting_tender": "The sale {} waits for a tender: finish or cancel it, then close the till.",
    "running": "The sale {} is under way: wait for its end, then close the till.",
    "suspended": "The sale {} is parked: resume or cancel it, then close the till.",
}


def the_session(connection: sqlite3.Connection, session_id: str) -> SessionRow:
    """Read the shift of that id.

    Raises:
        NotFoundError: There is none.
    """
    row = find_session(connection, session_id)
    if row is None:
        raise NotFoundError(f"There is no till session {session_id}.")
    return row


def refuse_second(row: SessionRow | None, workstation: Workstation) -> None:
    """One shift at a drawer.

    Raises:
        NotAllowedError: One runs there.
    """
    if row is not None:
        raise NotAllowedError(
            f"The till of {workstation.name} is {_WORDS[row.state]} already, as {row.session_id}"
            f" since it was opened at {row.workstation_id}: close it first, or go on with it."
        )


def refuse_state(row: SessionRow, event: TillSessionEvent) -> None:
    """A change that the state permits.

    Raises:
        NotAllowedError: It does not.
    """
    if row.state not in _PERMITTED[event]:
        raise NotAllowedError(f"This till is {_WORDS[row.state]}: {event} is not possible.")


def refuse_movement(row: SessionRow) -> None:
    """Money moves at an open till only.

    Raises:
        NotAllowedError: It is not open.
    """
    if row.state != "open":
        raise NotAllowedError(f"This till is {_WORDS[row.state]}: no money moves there.")


def refuse_recount(row: SessionRow, before: CountRow | None, expected: int) -> None:
    """Count once, unless money has moved since; nothing counts at a closed till.

    Raises:
        NotAllowedError: It was counted already, or the till is closed.
    """
    if row.state == "closed":
        raise NotAllowedError("This till is closed: its count stands.")
    if before is not None and before.expected == expected:
        raise NotAllowedError(
            f"This till was counted already ({before.counted} minor units, by"
            f" {before.operator_id or 'nobody named'}), and nothing has moved since. Close it, or"
            " say why it is counted again (`recount_reason`)."
        )


def refuse_open_sales(
    connection: sqlite3.Connection, row: SessionRow, sales: Sequence[OpenSale]
) -> None:
    """Somebody has to end them first; one that only waits for a doubtful card may stay.

    Raises:
        NotAllowedError: One of them is open.
    """
    if row.state == "blind_closed":  # they belong to the next shift
        return
    in_doubt = {payment.transaction_id for payment in open_payments(connection)}
    for sale in sales:
        if sale.transaction_id not in in_doubt:
            raise NotAllowedError(_OPEN_SALE[sale.state].format(sale.transaction_id))


def refuse_uncounted(
    connection: sqlite3.Connection, row: SessionRow, currency: str, reason: str | None
) -> None:
    """Cash is counted, foreign cash too; the counts are of now, each difference has its reason.

    Raises:
        NotAllowedError: One of these is missing.
    """
    counted = {(each.tender_type, each.currency) for each in counts_of(connection, row.session_id)}
    foreign = {
        (each.tender_type, each.currency)
        for each in expected_amounts(connection, row.session_id)
        if each.tender_type == "Cash" and each.amount
    }
    for tender_type, unit in sorted({("Cash", currency), *counted, *foreign}):
        count = settled(connection, row.session_id, tender_type, unit)
        if count is None and tender_type == "Cash":
            raise NotAllowedError(
                f"Count the cash in {unit} first, to settle; then close the till."
            )
        if count is None:
            continue
        if count.expected != expected_amount(connection, row.session_id, tender_type, unit):
            raise NotAllowedError(
                "Money has moved since the till was counted: count it again, then close it."
            )
        if count.difference and not (reason or count.reason):
            raise NotAllowedError(
                f"The count differs by {count.difference} minor units from what should be there:"
                " say why (`reason`), or count again."
            )
