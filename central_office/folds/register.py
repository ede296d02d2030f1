"""Events at the register that auditors count, and how its devices are."""

from central_office import projections as tables
from central_office.folds.acts import Act, keep_act
from central_office.folds.entries import (
    TEXT_LIMIT,
    DeviceEvent,
    DrawerEvent,
    Entry,
    Folded,
    ItemVoid,
    PriceChange,
    PriceInquiry,
    ReceiptEvent,
    TransactionCancelled,
)
from central_office.folds.sheet import Place, Sheet

DETAIL_LIMIT = 200
_WITH_A_RECEIPT = ("DrawerOpened", "Sale")


def fold_register(sheet: Sheet, place: Place, entry: Entry, payload: Folded) -> None:
    """Count what happened beside sales; other payloads count nothing."""
    counted = _counted(payload)
    if counted is None:
        return
    kind, name, amount, milli = counted
    day = (place.organization, place.store, entry.business_day_date)
    till = (*day, place.edge_id, entry.workstation_id, entry.operator_id or "")
    sheet.add(tables.STATISTICS, (*till, kind, name[:TEXT_LIMIT], ""), (1, milli, amount))
    if (kind, name) != _WITH_A_RECEIPT:
        keep_act(sheet, place, entry, Act(kind, name, amount=amount, quantity_milli=milli))


def _counted(payload: Folded) -> tuple[str, str, int, int] | None:
    """Kind, name, amount and quantity."""
    match payload:
        case ReceiptEvent():
            return _printed(payload)
        case DrawerEvent():
            return ("DrawerOpened", payload.cause, 0, 0) if payload.event == "Opened" else None
        case _:
            return _corrected(payload)


def _printed(event: ReceiptEvent) -> tuple[str, str, int, int] | None:
    """Most of them are receipts of sales, which count elsewhere."""
    if event.state == "Copy":
        return ("Copy", "", event.amount or 0, 0)
    if event.state == "Printed" and event.document in ("Proforma", "Delivery"):
        return (event.document, "", event.amount or 0, 0)
    return None


def _corrected(payload: Folded) -> tuple[str, str, int, int] | None:
    match payload:
        case ItemVoid():
            return ("ItemVoid", payload.reason_code, payload.amount, payload.quantity_milli)
        case PriceChange():
            more = payload.new_price - payload.old_price
            return ("PriceChange", payload.reason_code, more, 0)
        case PriceInquiry():
            return ("PriceInquiry", payload.merchandise_hierarchy, payload.price, 0)
        case TransactionCancelled():
            return ("TransactionCancelled", payload.reason_code, payload.amount, 0)
        case _:
            return None


def fold_device(sheet: Sheet, place: Place, entry: Entry, event: DeviceEvent) -> None:
    """How a device is now, and how often it was so on this day."""
    box = (place.organization, place.store)
    detail = (event.detail or "")[:DETAIL_LIMIT]
    now = (event.family, event.state, detail, entry.occurred_at)
    sheet.put(tables.DEVICES, (*box, place.edge_id, event.device_id), now)
    key = (*box, entry.business_day_date, place.edge_id, event.device_id, event.state)
    sheet.add(tables.DEVICE_DAYS, key, (1,))
