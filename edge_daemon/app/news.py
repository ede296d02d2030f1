"""From the journal to the live stream: what has become of acts, for every register that listens.

Only after the fsync, in the journal's order, and never more than a register may know.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from edge_daemon.records import JournalEntry
from edge_daemon.records.payloads import (
    DrawerEvent,
    PaymentEvent,
    PeriodReport,
    ReceiptEvent,
    RetailTransaction,
    TillSession,
)

Publish = Callable[[str, dict[str, Any]], object]

PRINT_JOB_CHANGED = "print_job_changed"
PAYMENT_CHANGED = "payment_changed"
SALE_CHANGED = "sale_changed"
DRAWER_OPENING_CHANGED = "drawer_opening_changed"
DRAWER_LEFT_OPEN = "drawer_left_open"
TILL_SESSION_CHANGED = "till_session_changed"
PERIOD_REPORT_MADE = "period_report_made"


def news_of(entry: JournalEntry) -> tuple[str, dict[str, Any]] | None:
    """The live stream's event for a journal entry, or None where registers hear nothing."""
    match entry.payload:
        case RetailTransaction() as sale:
            totals = msgspec.to_builtins(sale.totals)
            return SALE_CHANGED, {
                "sale_id": sale.transaction_id,
                "status": sale.status,
                "sequence_number": sale.sequence_number,
                "workstation": entry.workstation_id,
                "training": entry.training,
                "totals": totals,
            }
        case PaymentEvent() as payment:
            return PAYMENT_CHANGED, {
                "payment_id": payment.payment_id,
                "sale_id": payment.transaction_id,
                "state": payment.state,
                "terminal": payment.device_id,
            }
        case ReceiptEvent() as job:
            return PRINT_JOB_CHANGED, {
                "print_id": job.print_id,
                "sale_id": job.transaction_id,
                "state": job.state,
                "printer": job.printer_id,
                "problem": job.problem,
            }
        case DrawerEvent(intent_id=str()) as opening:
            return DRAWER_OPENING_CHANGED, {
                "drawer": opening.drawer_id,
                "event": opening.event,
                "sale_id": opening.transaction_id,
                "problem": opening.problem,
            }
        case DrawerEvent(event="LeftOpen") as left_open:
            return DRAWER_LEFT_OPEN, {
                "drawer": left_open.drawer_id,
                "cause": left_open.cause,
                "sale_id": left_open.transaction_id,
                "open_ms": left_open.open_ms,
                "problem": left_open.problem,
            }
        case _:
            return _news_of_the_till(entry)


def _news_of_the_till(entry: JournalEntry) -> tuple[str, dict[str, Any]] | None:
    match entry.payload:
        case TillSession() as session:
            return TILL_SESSION_CHANGED, {
                "session_id": session.session_id,
                "event": session.event,
                "workstation": entry.workstation_id,
            }
        case PeriodReport() as report:
            return PERIOD_REPORT_MADE, {
                "report_id": report.figures.report_id,
                "kind": report.kind,
                "z_number": report.z_number,
                "workstation": report.figures.workstation_id,
            }
        case _:
            return None
