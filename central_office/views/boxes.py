"""VAT by the boxes of a country's return."""

from collections.abc import Iterable

import msgspec

from central_office.reading import Reader
from central_office.views.money import VAT_TOTALS, VatTotal
from central_office.views.paging import PAGE_LIMIT, Computed, Scope

BOXES = {
    "NL": {2100: "1a", 900: "1b", 0: "1e"},
    "BE": {0: "00", 600: "01", 1200: "02", 2100: "03"},
}
"""Boxes of turnover by their rate, basis points.

NL: 1a the general rate, 1b the low one, 1e nothing or exempt (unverified). BE: grids 00 to 03 of
the periodic return (unverified).
"""
_OTHERS = {"NL": "1c", "BE": ""}
"""Any other rate."""


class VatBox(msgspec.Struct, frozen=True, kw_only=True):
    """Turnover and its VAT in a box; empty is one that the return does not have."""

    country: str
    box: str
    currency: str
    base: int
    tax: int


def box_of(country: str, rate_bp: int) -> str:
    """The box of a rate."""
    return BOXES.get(country, {}).get(rate_bp, _OTHERS.get(country, ""))


def vat_boxes(totals: Iterable[VatTotal], country: str) -> list[VatBox]:
    """Add totals up by box and currency."""
    sums: dict[tuple[str, str], list[int]] = {}
    for row in totals:
        box = sums.setdefault((box_of(country, row.rate_bp), row.currency), [0, 0])
        box[0] += row.base
        box[1] += row.tax
    return [
        VatBox(country=country, box=box, currency=currency, base=base, tax=tax)
        for (box, currency), (base, tax) in sorted(sums.items())
    ]


def _work_out(read: Reader, scope: Scope) -> list[VatBox]:
    totals = VAT_TOTALS.page(read, scope, limit=PAGE_LIMIT).rows
    return [box for country in BOXES for box in vat_boxes(totals, country)]


VAT_BOXES = Computed(row=VatBox, key=("country", "box", "currency"), work_out=_work_out)
"""The same turnover for each country; the filter `country` chooses one."""
