"""All views by their names: what an interface lists, and which list stands behind each figure."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from central_office.reading import Reader
from central_office.views import (
    acts,
    boxes,
    days,
    devices,
    figures,
    gift_cards,
    hours,
    money,
    replenishment,
    stock,
    terminals,
    unread,
)
from central_office.views.behind import RECEIPTS_BEHIND
from central_office.views.findings import FINDINGS
from central_office.views.named import Named
from central_office.views.paging import Computed, Listing, Scope
from central_office.views.receipts import RECEIPTS


def _roster(read: Reader, scope: Scope) -> Iterable[hours.PlannedShift]:
    """The shifts that begin on the scope's days, in UTC."""
    return hours.roster(
        read,
        scope,
        _midnight(scope.first_day, 0, hours.FIRST_MOMENT),
        _midnight(scope.last_day, 1, hours.LAST_MOMENT + 1) - 1,
    )


def _midnight(day: str, later: int, otherwise: int) -> int:
    try:
        moment = dt.datetime.fromisoformat(f"{day}T00:00:00+00:00") + dt.timedelta(days=later)
    except (ValueError, OverflowError):
        return otherwise
    return (moment - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(microseconds=1)


VIEWS: Mapping[str, Listing[Any]] = {
    "day-revenue": money.DAY_REVENUE,
    "store-revenue": money.STORE_REVENUE,
    "hour-revenue": money.HOUR_REVENUE,
    "group-revenue": Named(money.GROUP_REVENUE),
    "group-hours": Named(money.GROUP_HOURS),
    "store-sales": money.STORE_SALES,
    "days": days.DAYS,
    "vat": money.VAT_TOTALS,
    "vat-days": money.VAT_DAYS,
    "vat-boxes": boxes.VAT_BOXES,
    "tenders": money.TENDER_MIX,
    "cards": money.CARD_MIX,
    "card-totals": terminals.CARD_TOTALS,
    "terminal-totals": money.TERMINAL_TOTALS,
    "unresolved-payments": terminals.UNRESOLVED_PAYMENTS,
    "differences": money.DIFFERENCES,
    "key-figures": figures.KEY_FIGURES,
    "comparison": figures.COMPARISON,
    "statistics": money.STATISTICS,
    "stock": Named(stock.STOCK),
    "oversold": Named(stock.OVERSOLD),
    "in-transit": Named(stock.IN_TRANSIT),
    "movements": Named(stock.MOVEMENTS),
    "counts": Named(stock.COUNTS),
    "gift-cards": gift_cards.GIFT_CARDS,
    "gift-card-movements": gift_cards.GIFT_CARD_MOVEMENTS,
    "replenishment": Named(replenishment.REPLENISHMENT),
    "to-order": Named(replenishment.TO_ORDER),
    "replenishment-alerts": Named(replenishment.ALERTS),
    "purchase-orders": replenishment.PURCHASE_ORDERS,
    "purchase-order-lines": Named(replenishment.PURCHASE_ORDER_LINES),
    "deliveries": Named(replenishment.DELIVERIES),
    "hours": Computed(
        row=hours.WorkedHours,
        key=("business_day_date", "store", "subject_operator_id"),
        work_out=hours.hours,
    ),
    "roster": Computed(
        row=hours.PlannedShift,
        key=("start_at", "location_id", "subject_operator_id", "end_at"),
        work_out=_roster,
    ),
    "devices": devices.DEVICES,
    "device-days": devices.DEVICE_DAYS,
    "findings": FINDINGS,
    "unread": unread.UNREAD,
    "receipts": RECEIPTS,
    "receipts-behind": RECEIPTS_BEHIND,
    "acts": acts.ACTS,
}
FIGURES: Mapping[str, str] = {
    "day-revenue": "revenue",
    "store-revenue": "revenue",
    "hour-revenue": "revenue",
    "group-revenue": "revenue",
    "group-hours": "revenue",
    "store-sales": "sales",
    "days": "sales",
    "vat": "vat",
    "vat-days": "vat",
    "vat-boxes": "vat",
    "tenders": "money",
    "cards": "cards",
    "card-totals": "cards",
    "differences": "money",
    "key-figures": "revenue",
    "comparison": "revenue",
    "statistics": "statistics",
}
"""By the view, the filter `figure` of `receipts-behind`; a row's key are its other filters.

What has no receipt is listed by `acts`: a row of `tenders` whose cause is another than `Tender`,
the movements of a shift in `differences`, a drawer opened without a sale or a sale in training in
`statistics`.
"""
