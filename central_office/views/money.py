"""Revenue, VAT, tenders, cash differences and the figures that owners and auditors compare."""

from collections.abc import Iterable

import msgspec

from central_office.views.paging import View, total


class DayRevenue(msgspec.Struct, frozen=True, kw_only=True):
    """Turnover of a store in an hour of its day; `amount` with VAT, after `discount`."""

    business_day_date: str
    store: str
    channel: str
    hour: int
    currency: str
    amount: int
    base: int
    discount: int


DAY_REVENUE = View(
    row=DayRevenue,
    source="revenue",
    key=("business_day_date", "store", "channel", "hour", "currency"),
    values=(total("amount"), total("base"), total("discount")),
)


class StoreRevenue(msgspec.Struct, frozen=True, kw_only=True):
    """Turnover of a store on a day; `amount` with VAT, after `discount`."""

    store: str
    business_day_date: str
    currency: str
    amount: int
    base: int
    discount: int


STORE_REVENUE = View(
    row=StoreRevenue,
    source="revenue",
    key=("store", "business_day_date", "currency"),
    values=(total("amount"), total("base"), total("discount")),
)


class HourRevenue(msgspec.Struct, frozen=True, kw_only=True):
    """Turnover of all stores in an hour of the day, by channel."""

    channel: str
    hour: int
    currency: str
    amount: int


HOUR_REVENUE = View(
    row=HourRevenue,
    source="revenue",
    key=("channel", "hour", "currency"),
    values=(total("amount"),),
)


class GroupRevenue(msgspec.Struct, frozen=True, kw_only=True):
    """Turnover of a product group in a store; `group_name` by the office's catalogue."""

    product_group: str
    store: str
    currency: str
    receipts: int
    quantity_milli: int
    amount: int
    base: int
    discount: int
    group_name: str | None = None


GROUP_REVENUE = View(
    row=GroupRevenue,
    source="revenue",
    key=("product_group", "store", "currency"),
    values=tuple(map(total, ("receipts", "quantity_milli", "amount", "base", "discount"))),
)


class GroupHour(msgspec.Struct, frozen=True, kw_only=True):
    """Turnover of a product group in a store, by the hour; `group_name` by the catalogue."""

    product_group: str
    store: str
    hour: int
    currency: str
    quantity_milli: int
    amount: int
    group_name: str | None = None


GROUP_HOURS = View(
    row=GroupHour,
    source="revenue",
    key=("product_group", "store", "hour", "currency"),
    values=(total("quantity_milli"), total("amount")),
)


class StoreSales(msgspec.Struct, frozen=True, kw_only=True):
    """How many sales a store made on a day, and what they came to."""

    business_day_date: str
    store: str
    currency: str
    sales: int
    gross: int


STORE_SALES = View(
    row=StoreSales,
    source="sales",
    key=("business_day_date", "store", "currency"),
    values=("sales", "gross"),
    grouped=False,
)


class VatTotal(msgspec.Struct, frozen=True, kw_only=True):
    """VAT of a rate over the whole scope."""

    tax_code: str
    rate_bp: int
    currency: str
    base: int
    tax: int


VAT_TOTALS = View(
    row=VatTotal,
    source="vat",
    key=("tax_code", "rate_bp", "currency"),
    values=(total("base"), total("tax")),
)


class VatDay(msgspec.Struct, frozen=True, kw_only=True):
    """VAT of a rate in a store on a day."""

    business_day_date: str
    store: str
    tax_code: str
    rate_bp: int
    currency: str
    base: int
    tax: int


VAT_DAYS = View(
    row=VatDay,
    source="vat",
    key=("business_day_date", "store", "tax_code", "rate_bp", "currency"),
    values=(total("base"), total("tax")),
)


class TenderTotal(msgspec.Struct, frozen=True, kw_only=True):
    """What moved in a store by tender and cause, as the drawer sees it."""

    store: str
    tender_type: str
    cause: str
    currency: str
    number: int
    amount: int


TENDER_MIX = View(
    row=TenderTotal,
    source="money",
    key=("store", "tender_type", "cause", "currency"),
    values=(total("number"), total("amount")),
)


class CardTotal(msgspec.Struct, frozen=True, kw_only=True):
    """Card tenders of a terminal by how the card was read; `standalone` 1: keyed by hand."""

    store: str
    terminal_id: str
    entry_mode: str
    standalone: int
    currency: str
    number: int
    amount: int


CARD_MIX = View(
    row=CardTotal,
    source="cards",
    key=("store", "terminal_id", "entry_mode", "standalone", "currency"),
    values=(total("number"), total("amount")),
)


def contactless_share(totals: Iterable[CardTotal]) -> float | None:
    """The part of the card tenders that were held to the terminal; None without any."""
    counted = list(totals)
    number = sum(row.number for row in counted)
    touched = sum(row.number for row in counted if row.entry_mode == "Contactless")
    return touched / number if number > 0 else None


class TerminalTotal(msgspec.Struct, frozen=True, kw_only=True):
    """What a terminal counted itself on a day."""

    business_day_date: str
    store: str
    device_id: str
    terminal_id: str
    card_brand: str
    currency: str
    number: int
    amount: int


TERMINAL_TOTALS = View(
    row=TerminalTotal,
    source="reconciliations",
    key=("business_day_date", "store", "device_id", "terminal_id", "card_brand", "currency"),
    values=(total("number"), total("amount")),
)


class CashDifference(msgspec.Struct, frozen=True, kw_only=True):
    """What a shift's last count found: `difference = counted - expected`."""

    business_day_date: str
    store: str
    workstation_id: str
    session_id: str
    tender_type: str
    currency: str
    operator_id: str
    expected: int
    counted: int
    difference: int
    reason: str


DIFFERENCES = View(
    row=CashDifference,
    source="settlements",
    key=(
        "business_day_date",
        "store",
        "workstation_id",
        "session_id",
        "tender_type",
        "currency",
    ),
    values=("operator_id", "expected", "counted", "difference", "reason"),
    grouped=False,
)


class Statistic(msgspec.Struct, frozen=True, kw_only=True):
    """How often something was done in a store by an operator, and for how much."""

    store: str
    kind: str
    name: str
    operator_id: str
    currency: str
    number: int
    quantity_milli: int
    amount: int


STATISTICS = View(
    row=Statistic,
    source="statistics",
    key=("store", "kind", "name", "operator_id", "currency"),
    values=tuple(map(total, ("number", "quantity_milli", "amount"))),
)
