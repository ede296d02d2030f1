"""Money beside sales: what was brought and taken, what was counted, what a Z closes."""

from central_office import projections as tables
from central_office.folds.acts import Act, keep_act
from central_office.folds.days import Closed, Touched
from central_office.folds.entries import AMOUNT_LIMIT, TEXT_LIMIT, Entry, TenderControl, TillCount
from central_office.folds.sheet import Place, Sheet
from edge_daemon.records.payloads import (
    PaymentEvent,
    PaymentState,
    PeriodReport,
    PeriodReportKind,
    TenderControlKind,
    TillCountKind,
)

_INTO_THE_DRAWER = {
    TenderControlKind.OPENING_FLOAT,
    TenderControlKind.TENDER_LOAN,
    TenderControlKind.PAID_IN,
}
_CLOSED = {PaymentState.CONFIRMED, PaymentState.APPROVED}
NUMBER_LIMIT = 2**53


def fold_control(sheet: Sheet, place: Place, entry: Entry, control: TenderControl) -> None:
    """Money moved without a sale."""
    day = (place.organization, place.store, entry.business_day_date)
    till = (*day, place.edge_id, entry.workstation_id)
    amount = control.amount if control.kind in _INTO_THE_DRAWER else -control.amount
    what = (entry.till_session_id or "", control.tender_type, control.currency)
    key = (*till, place.z_number, *what, control.kind.value)
    sheet.add(tables.MONEY, key, (1, amount))
    tender = (control.tender_type, control.currency)
    keep_act(sheet, place, entry, Act(control.kind.value, "", *tender, amount))
    sheet.note(Touched(day, till[3:], place, 0))


def fold_count(sheet: Sheet, place: Place, entry: Entry, count: TillCount) -> None:
    """Money counted; what settles a shift, or without one the till's day, is in the ledger."""
    counted = (count.tender_type, count.currency, count.difference)
    keep_act(sheet, place, entry, Act(f"TillCount{count.kind}", count.reason or "", *counted))
    if count.kind is not TillCountKind.SETTLE:
        return
    till = (place.store, entry.business_day_date, place.edge_id, entry.workstation_id)
    session = entry.till_session_id or "/".join(till)
    sheet.put(
        tables.SETTLEMENTS,
        (place.organization, session, count.tender_type, count.currency),
        (
            *till,
            entry.operator_id or "",
            count.expected,
            count.counted,
            count.difference,
            (count.reason or "")[:TEXT_LIMIT],
            entry.occurred_at,
            *place.order,
        ),
    )


def fold_report(sheet: Sheet, place: Place, entry: Entry, report: PeriodReport) -> None:
    """Remember a Z, beside the period under which the office has counted it."""
    number, till = report.z_number or 0, report.figures.workstation_id[:TEXT_LIMIT]
    if report.kind is not PeriodReportKind.Z or not 0 < number < NUMBER_LIMIT:
        return
    day = (place.organization, place.store, entry.business_day_date)
    sheet.put(
        tables.Z_REPORTS,
        (place.organization, place.store, place.edge_id, till, number, *place.order),
        (place.z_number, entry.business_day_date, entry.occurred_at),
    )
    sheet.note(Closed(day, (place.edge_id, till), place))


def fold_reconciliation(sheet: Sheet, place: Place, entry: Entry, event: PaymentEvent) -> None:
    """Remember what a terminal counted itself."""
    if event.kind != "Reconciliation" or event.state not in _CLOSED:
        return
    for total in event.totals or ():
        if abs(total.amount) > AMOUNT_LIMIT or abs(total.count) > AMOUNT_LIMIT:
            continue
        texts = (event.device_id, total.card_brand, event.terminal_id or "", event.currency)
        device, brand, terminal, currency = (text[:TEXT_LIMIT] for text in texts)
        sheet.put(
            tables.RECONCILIATIONS,
            (
                place.organization,
                place.store,
                entry.business_day_date,
                device,
                *place.order,
                brand,
            ),
            (terminal, currency, total.count, total.amount),
        )
