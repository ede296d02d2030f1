"""Boxes whose journals are written by hand, and delivered when it suits the test."""

import itertools
from collections.abc import Callable
from typing import Any

from central_office.projections import PROJECTIONS
from central_office.store import Store
from tests.central_office.desk import NOW
from tests.entries import NO_HASH, ORGANIZATION, Json, digest, entry

DAY = "2026-11-21"
SECOND = 1_000_000
NOON = 1795258800000000
"""2026-11-21 12:00 in Amsterdam, an hour ahead of UTC."""
_numbers = itertools.count(1)


class Box:
    """One box's journal; what is not delivered yet waits."""

    def __init__(
        self, store: str, edge: str = "", till: str = "till-1", organization: str = ORGANIZATION
    ) -> None:
        self.organization = organization
        self.store = store
        self.edge = edge or f"edge-{store}"
        self.till = till
        self._epoch = f"01M7YHX2VZ5DZ1A5H8{next(_numbers):08d}"
        self._lines: list[bytes] = []
        self._delivered = 0

    @property
    def topic(self) -> str:
        return f"pos/v1/{self.organization}/{self.store}/{self.edge}/journal"

    @property
    def epoch(self) -> str:
        return self._epoch

    @property
    def lines(self) -> tuple[bytes, ...]:
        return tuple(self._lines)

    def write(self, entry_type: str, payload: Json, at: int = NOON, **changed: Any) -> None:
        prev_hash = digest(self._lines[-1]) if self._lines else NO_HASH
        fields: Json = {
            "entry_type": entry_type,
            "edge_id": self.edge,
            "organization_id": self.organization,
            "retail_store_id": self.store,
            "workstation_id": self.till,
            "epoch": self._epoch,
            "business_day_date": DAY,
            "occurred_at": at,
            "operator_id": "op-1",
            **changed,
        }
        self._lines.append(entry(len(self._lines) + 1, prev_hash, payload, **fields))

    def deliver(self, store: Store, count: int | None = None) -> None:
        """Bring the office `count` more entries, or all."""
        end = None if count is None else self._delivered + count
        waiting = self._lines[self._delivered : end]
        store.take_in([(self.topic, b"\n".join(waiting))], NOW)
        self._delivered += len(waiting)


def line(item: str, milli: int, unit_price: int, **changed: Any) -> Json:
    """A line with 21 % VAT inside its price."""
    amount = milli * unit_price // 1000
    tax = round(amount * 2100 / 12100)
    return {
        "line_id": "1",
        "line_type": "Sale" if milli > 0 else "Return",
        "voided": False,
        "entry_method": "Scanned",
        "item_id": item,
        "description": item,
        "merchandise_hierarchy": "drinks",
        "quantity_milli": milli,
        "uom": "C62",
        "regular_unit_price": unit_price,
        "actual_unit_price": unit_price,
        "extended_amount": amount,
        "modifiers": [],
        "tax_code": "high",
        "tax_rate_bp": 2100,
        "tax_base": amount - tax,
        "tax_amount": tax,
        "tax_inclusive": True,
        "stock_effect": True,
        **changed,
    }


def sold(transaction_id: str, *lines: Json, **changed: Any) -> Json:
    """A finished sale of these lines, paid in cash."""
    gross = sum(one["extended_amount"] for one in lines if not one["voided"])
    tax = sum(one["tax_amount"] for one in lines if not one["voided"])
    tender = {
        "tender_id": f"{transaction_id}-t",
        "tender_type": "Cash",
        "amount": gross,
        "is_change": False,
        "currency": "EUR",
    }
    return {
        "transaction_id": transaction_id,
        "sequence_number": 1,
        "transaction_type": "Sale" if gross >= 0 else "Return",
        "status": "Completed",
        "begin_at": NOON,
        "end_at": NOON,
        "channel": "store",
        "currency": "EUR",
        "transaction_links": [],
        "line_items": list(lines),
        "taxes": [
            {"tax_code": "high", "rate_bp": 2100, "gross": gross, "base": gross - tax, "tax": tax}
        ],
        "rounding_amount": 0,
        "tenders": [tender],
        "totals": {
            "gross": gross,
            "net": gross - tax,
            "tax": tax,
            "discount": 0,
            "deposit": 0,
            "tip": 0,
            "due": gross,
            "paid": gross,
            "change": 0,
        },
        **changed,
    }


def returned(transaction_id: str, original: str, item: str, milli: int, unit_price: int) -> Json:
    """So much of the original's only line comes back."""
    link = {"kind": "ReturnOf", "transaction_id": original, "line_id": "1"}
    return sold(transaction_id, line(item, -milli, unit_price, link=link))


def moved(kind: str, item: str, milli: int, location: str, **changed: Any) -> Json:
    """A delivery, transfer, count or correction of stock."""
    return {
        "kind": kind,
        "document_id": f"{kind}-1",
        "item_id": item,
        "quantity_milli": milli,
        "uom": "C62",
        "location_id": location,
        "reason_code": "test",
        **changed,
    }


def z_report(number: int, till: str) -> Json:
    """A Z in which every figure is nothing."""
    nothing = {"count": 0, "amount": 0}
    amounts = (
        "total_cash_sales opening_float receipt_count drawer_open_count drawer_open_no_sale_count"
        " grand_total_sales grand_total_returns grand_total_net rounding_total"
    )
    tallies = "copies proformas returns discounts voided_transactions delivery_receipts training"
    lists = (
        "article_groups payments sales_vat corrected_lines price_inquiries other_corrections"
        " tender_differences card_reconciliation unresolved_payments"
    )
    texts = "report_id company_id company_name report_date report_time"
    return {
        "kind": "Z",
        "z_number": number,
        "first_position": "E.1",
        "last_position": "E.2",
        "last_hash": "0" * 64,
        "figures": {
            **dict.fromkeys(amounts.split(), 0),
            **dict.fromkeys(tallies.split(), nothing),
            **{name: [] for name in lists.split()},
            **dict.fromkeys(texts.split(), ""),
            "workstation_id": till,
        },
    }


def table_rows(query: Callable[[str], list[tuple[Any, ...]]]) -> dict[str, list[tuple[Any, ...]]]:
    """All that the folds have written, in the order of the keys."""
    found = {}
    for projection in PROJECTIONS:
        order = ", ".join(projection.key)
        sql = f"SELECT * FROM {projection.name} ORDER BY {order}"  # noqa: S608 - constants
        found[projection.name] = query(sql)
    return found
