"""Key figures of the stores over some days, and the stores and periods beside each other.

Shares are in basis points, an index has 10,000 where two are the same. A share of nothing is None.
"""

import collections
import datetime as dt
from collections.abc import Iterable, Sequence

import msgspec

from central_office.reading import Reader
from central_office.views.hours import hours
from central_office.views.paging import Computed, Scope

EVEN = 10_000
"""All of it, or the same as the other."""
_HOUR_US = 3_600_000_000
_SALES = (
    "SELECT currency, CAST(sum(sales) AS bigint) FROM sales WHERE organization = ? AND store = ?"
    " AND business_day_date BETWEEN ? AND ? GROUP BY currency"
)
_REVENUE = (
    "SELECT currency, CAST(sum(amount) AS bigint), CAST(sum(base) AS bigint),"
    " CAST(sum(discount) AS bigint) FROM revenue WHERE organization = ? AND store = ?"
    " AND business_day_date BETWEEN ? AND ? GROUP BY currency"
)
_STATISTICS = (
    "SELECT kind, name, currency, CAST(sum(number) AS bigint), CAST(sum(quantity_milli) AS bigint),"
    " CAST(sum(amount) AS bigint) FROM statistics WHERE organization = ? AND store = ?"
    " AND business_day_date BETWEEN ? AND ? GROUP BY kind, name, currency"
)
_DIFFERENCES = (
    "SELECT currency, CAST(sum(difference) AS bigint) FROM settlements WHERE organization = ? AND"
    " store = ? AND business_day_date BETWEEN ? AND ? AND tender_type = 'Cash' GROUP BY currency"
)
_STORES_SALES = (
    "SELECT store, currency, CAST(sum(sales) AS bigint) FROM sales WHERE organization = ? AND"
    " store IN ({}) AND business_day_date BETWEEN ? AND ? GROUP BY store, currency"
)
_STORES_REVENUE = (
    "SELECT store, currency, CAST(sum(amount) AS bigint) FROM revenue WHERE organization = ? AND"
    " store IN ({}) AND business_day_date BETWEEN ? AND ? GROUP BY store, currency"
)


class KeyFigures(msgspec.Struct, frozen=True, kw_only=True):
    """What a store's owner compares. Amounts are minor units, with VAT unless it says otherwise.

    Attributes:
        revenue, base: After discounts; with VAT and without.
        sales: Finished sales, less those that were voided.
        average_basket: Revenue by sale.
        items_per_sale_milli: Pieces by sale, thousandths.
        return_share_bp: Of what was sold and not voided, by amount.
        discount_share_bp: Of what it would have been without.
        void_share_bp: Of the receipts, those voided afterwards.
        no_sales: Times that a drawer was opened without a sale.
        worked_us: Hours of all staff; what has not ended yet counts nothing.
        sales_per_hour: Revenue by hour worked.
        cash_difference: Of the shifts' counts.
    """

    store: str
    currency: str
    revenue: int
    base: int
    sales: int
    average_basket: int | None
    items_per_sale_milli: int | None
    return_share_bp: int | None
    discount_share_bp: int | None
    void_share_bp: int | None
    no_sales: int
    worked_us: int
    sales_per_hour: int | None
    cash_difference: int


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """A store beside the others, and its days beside as many others. Minor units, with VAT.

    Attributes:
        revenue, sales: Of the days of the scope.
        reference_revenue, reference_sales: Of the days with which they are compared.
        period_index: Revenue by the reference's; None without any.
        store_index: Revenue by the average of the scope's stores.
        basket_index: The average basket by that of all stores together.
    """

    store: str
    currency: str
    revenue: int
    sales: int
    reference_revenue: int
    reference_sales: int
    period_index: int | None
    store_index: int | None
    basket_index: int | None


class _Sums:
    """A store's sums in one currency."""

    def __init__(self) -> None:
        self.revenue = self.base = self.discount = self.sales = self.difference = 0
        self.tallies: collections.Counter[tuple[str, str]] = collections.Counter()


def _share(part: int, whole: int, scale: int = EVEN) -> int | None:
    """Half up; None of nothing."""
    return (2 * scale * part + whole) // (2 * whole) if whole > 0 else None


def _key_figures(read: Reader, scope: Scope) -> Iterable[KeyFigures]:
    worked: collections.Counter[str] = collections.Counter()
    for row in hours(read, scope):
        worked[row.store] += row.worked_us
    for store in scope.named(read):
        found, no_sales = _store_sums(read, scope, store)
        for currency, sums in found.items():
            yield _figures(store, currency, sums, no_sales, worked[store])


def _store_sums(read: Reader, scope: Scope, store: str) -> tuple[dict[str, _Sums], int]:
    found: dict[str, _Sums] = collections.defaultdict(_Sums)
    key = (scope.organization, store, scope.first_day, scope.last_day)
    for currency, sales in read(_SALES, key):
        found[currency].sales = sales
    for currency, amount, base, discount in read(_REVENUE, key):
        sums = found[currency]
        sums.revenue, sums.base, sums.discount = amount, base, discount
    for currency, difference in read(_DIFFERENCES, key):
        found[currency].difference = difference
    no_sales = 0
    for kind, name, currency, number, milli, amount in read(_STATISTICS, key):
        if (kind, name) == ("DrawerOpened", "NoSale"):
            no_sales += number
        elif currency:
            found[currency].tallies[kind, "number"] += number
            found[currency].tallies[kind, "milli"] += milli
            found[currency].tallies[kind, "amount"] += amount
    return found, no_sales


def _figures(store: str, currency: str, sums: _Sums, no_sales: int, worked: int) -> KeyFigures:
    tallies = sums.tallies
    returned = tallies["Return", "amount"]
    receipts = tallies["Receipt", "number"]
    return KeyFigures(
        store=store,
        currency=currency,
        revenue=sums.revenue,
        base=sums.base,
        sales=sums.sales,
        average_basket=_share(sums.revenue, sums.sales, 1),
        items_per_sale_milli=_share(tallies["Line", "milli"], sums.sales, 1),
        return_share_bp=_share(returned, sums.revenue + returned),
        discount_share_bp=_share(sums.discount, sums.revenue + sums.discount),
        void_share_bp=_share(tallies["PostVoided", "number"], receipts),
        no_sales=no_sales,
        worked_us=worked,
        sales_per_hour=_share(sums.revenue, worked, _HOUR_US),
        cash_difference=sums.difference,
    )


def _comparison(read: Reader, scope: Scope) -> list[Comparison]:
    now, before = _turnover(read, scope), _turnover(read, reference(scope))
    totals: dict[str, list[int]] = {}
    for (_, currency), (revenue, sales) in now.items():
        total = totals.setdefault(currency, [0, 0, 0])
        for number, value in enumerate((revenue, sales, 1)):
            total[number] += value
    return [
        _compared(key, now.get(key, (0, 0)), before.get(key, (0, 0)), totals.get(key[1], [0, 0, 0]))
        for key in now.keys() | before.keys()
    ]


def _turnover(read: Reader, scope: Scope | None) -> dict[tuple[str, str], tuple[int, int]]:
    """Revenue and sales by store and currency."""
    stores = scope.named(read) if scope else ()
    if scope is None or not stores:
        return {}
    key = (scope.organization, *stores, scope.first_day, scope.last_day)
    revenue, sales = (
        {(store, currency): value for store, currency, value in read(_by_store(sql, stores), key)}
        for sql in (_STORES_REVENUE, _STORES_SALES)
    )
    return {key: (amount, sales.get(key, 0)) for key, amount in revenue.items()}


def _by_store(sql: str, stores: Sequence[str]) -> str:
    return sql.format(", ".join("?" * len(stores)))


def _compared(
    key: tuple[str, str], now: tuple[int, int], before: tuple[int, int], total: list[int]
) -> Comparison:
    (revenue, sales), (all_revenue, all_sales, stores) = now, total
    return Comparison(
        store=key[0],
        currency=key[1],
        revenue=revenue,
        sales=sales,
        reference_revenue=before[0],
        reference_sales=before[1],
        period_index=_share(revenue, before[0]),
        store_index=_share(revenue * stores, all_revenue),
        basket_index=_share(revenue * all_sales, all_revenue * sales),
    )


def reference(scope: Scope) -> Scope | None:
    """The days with which a scope is compared: as many; None where it has no first or last day."""
    try:
        first, last = map(dt.date.fromisoformat, (scope.first_day, scope.last_day))
        length = last - first
        chosen = scope.reference_first_day
        start = dt.date.fromisoformat(chosen) if chosen else first - length - dt.timedelta(days=1)
        end = start + length
    except (ValueError, OverflowError):
        return None
    return msgspec.structs.replace(scope, first_day=start.isoformat(), last_day=end.isoformat())


KEY_FIGURES = Computed(row=KeyFigures, key=("store", "currency"), work_out=_key_figures)
COMPARISON = Computed(row=Comparison, key=("store", "currency"), work_out=_comparison)
