"""From entries to projections: the one place where it happens.

A fold is a pure function of one entry and its place; it says what to add to which row (`sheet`).
Where a row depends on what was there before, a second pure function says how (`follow_…`, `Shelf`,
`ResumeState`). Folds run in the order of arrival, inside the transaction that stores the entry,
and a rebuild runs them again in the same order: so it gives equal tables. Training counts nowhere
but in its own numbers.

    entries ─ read ─► fold ─► Sheet ─┬─ rows that are added, or written ───────────► tables
                                     └─ notes ─ settling: what was there, follow ──► tables
"""

from collections.abc import Callable, Mapping
from typing import Any

from central_office.folds.entries import DeviceEvent as _DeviceEvent
from central_office.folds.entries import (
    Entry,
    InventoryControl,
    OperatorEvent,
    PurchaseOrder,
    ReorderLevel,
    Sale,
    TenderControl,
    TillCount,
    read,
)
from central_office.folds.money import (
    NUMBER_LIMIT,
    fold_control,
    fold_count,
    fold_reconciliation,
    fold_report,
)
from central_office.folds.people import fold_operator
from central_office.folds.register import fold_device, fold_register
from central_office.folds.resumes import ResumeState, fold_resume
from central_office.folds.sales import fold_sale, sale_count
from central_office.folds.sheet import Place, Sheet
from central_office.folds.supply import fold_goods, fold_level, fold_order
from edge_daemon.records.payloads import PaymentEvent, PeriodReport

__all__ = [
    "NUMBER_LIMIT",
    "Entry",
    "Place",
    "ResumeState",
    "Sale",
    "Sheet",
    "fold",
    "fold_resume",
    "read",
    "sale_count",
    "till_of",
]


_FOLDS: Mapping[type, Callable[[Sheet, Place, Entry, Any], None]] = {
    TenderControl: fold_control,
    TillCount: fold_count,
    PeriodReport: fold_report,
    PaymentEvent: fold_reconciliation,
    InventoryControl: fold_goods,
    ReorderLevel: fold_level,
    PurchaseOrder: fold_order,
    OperatorEvent: fold_operator,
    _DeviceEvent: fold_device,
}
"""By the payload; what stands here counts in more than the statistics."""


def fold(sheet: Sheet, place: Place, entry: Entry) -> None:
    """Take an entry into the sheet of its commit."""
    payload = entry.payload
    if isinstance(payload, Sale):
        fold_sale(sheet, place, entry, payload)
        return
    if entry.training:
        return
    _FOLDS.get(type(payload), fold_register)(sheet, place, entry, payload)


def till_of(entry: Entry) -> str:
    """The workstation for which an entry counts; a report names the one that it closes."""
    payload = entry.payload
    return (
        payload.figures.workstation_id
        if isinstance(payload, PeriodReport)
        else entry.workstation_id
    )
