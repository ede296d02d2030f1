"""Odd, legal days of three boxes, in any order of arrival, beside a second witness's sums."""

import collections
import pathlib
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from central_office.ingest import Limits
from central_office.reading import Reader, open_reader
from central_office.store import open_store
from central_office.views.paging import Only, Scope
from central_office.views.table import FIGURES, VIEWS
from tests.central_office.boxes import NOON, SECOND, Box, line, moved, sold
from tests.central_office.desk import Desk
from tests.central_office.witness import Sums, Witness
from tests.entries import Json

HERE = Scope(organization="org-1")
MINUTE = 60 * SECOND
RATES = (("high", 2100), ("low", 900), ("zero", 0), ("high", 1900))
"""The last is the general rate before it was changed."""
KINDS = (
    *["Sale", "Sale", "Sale", "Return", "Deposit", "DepositReturn"],
    *["GiftCardIssue", "GiftCardReload", "Tip", "Fee", "Donation"],
)
WITH_RECEIPTS = {
    "Tender",
    "Receipt",
    "Return",
    "Discount",
    "Surcharge",
    "PriceOverride",
    "PostVoided",
    "Line",
    "Other",
    "Rounding",
    "Cancelled",
}
"""Causes of money and kinds of statistics that come from receipts."""


@st.composite
def a_line(draw: st.DrawFn, number: int) -> Json:
    kind = draw(st.sampled_from(KINDS))
    code, rate = draw(st.sampled_from(RATES))
    milli = draw(st.sampled_from((1_000, 3_000, 347, 1_999)))
    back = kind in ("Return", "DepositReturn")
    made = line("cola", -milli if back else milli, draw(st.integers(0, 999)))
    amount = made["extended_amount"]
    discount = draw(st.integers(0, max(0, amount)))
    amount -= discount
    tax = round(amount * rate / (10_000 + rate)) if kind in ("Sale", "Return", "Fee") else 0
    return {
        **made,
        "line_id": str(number),
        "line_type": kind,
        "item_id": draw(st.sampled_from(("cola", "pear"))),
        "merchandise_hierarchy": draw(st.sampled_from(("drinks", "", "a=b\nname=c"))),
        "voided": draw(st.integers(0, 9)) == 0,
        "modifiers": [{"kind": "Discount", "reason_code": "sale", "amount": -discount}]
        if discount
        else [],
        "extended_amount": amount,
        "tax_code": code,
        "tax_rate_bp": rate,
        "tax_base": amount - tax,
        "tax_amount": tax,
        "stock_effect": kind in ("Sale", "Return"),
        "gift_card_ref": "gc-1" if kind.startswith("GiftCard") else None,
    }


def turned(one: Json) -> Json:
    """A line as its void has it."""
    names = ("quantity_milli", "extended_amount", "tax_base", "tax_amount")
    back = [{**each, "amount": -each["amount"]} for each in one["modifiers"]]
    return {**one, **{name: -one[name] for name in names}, "modifiers": back}


@st.composite
def sales(draw: st.DrawFn, number: int, known: list[Json]) -> Json:
    """A sale, exchange or return; a void of any that went before, here or elsewhere."""
    ident = f"t-{number}"
    if known and draw(st.integers(0, 3)) == 0:
        of = draw(st.sampled_from(known))
        tenders = [
            {**one, "tender_id": f"{ident}-{at}", "amount": -one["amount"]}
            for at, one in enumerate(of["tenders"])
        ]
        links = [{"kind": "VoidOf", "transaction_id": of["transaction_id"]}]
        void = {"status": "PostVoided", "transaction_links": links, "tenders": tenders}
        money = {"currency": of["currency"], "rounding_amount": -of["rounding_amount"]}
        return sold(ident, *map(turned, of["line_items"]), **void, **money)
    some = [draw(a_line(at)) for at in range(draw(st.integers(1, 3)))]
    if len(known) > 0 and draw(st.booleans()):
        of = draw(st.sampled_from(known))
        link = {"kind": "ReturnOf", "transaction_id": of["transaction_id"], "line_id": "0"}
        some = [{**one, "link": link} if one["line_type"] == "Return" else one for one in some]
    statuses = ("Completed",) * 6 + ("AwaitingTender", "Suspended", "Resumed", "Cancelled")
    sale = sold(
        ident,
        *some,
        status=draw(st.sampled_from(statuses)),
        currency=draw(st.sampled_from(("EUR", "EUR", "CHF"))),
        channel=draw(st.sampled_from(("store", "store", "collect"))),
    )
    return {**sale, **draw(paid(ident, sale["totals"]["gross"]))}


@st.composite
def paid(draw: st.DrawFn, ident: str, gross: int) -> Json:
    """By card, with a gift card, in cash with change and rounding, or by more than one."""
    tender = {"is_change": False, "currency": "EUR", "amount": gross}
    card = {"standalone": False, "entry_mode": "Contactless", "card_brand": "V", "terminal_id": "T"}
    if draw(st.booleans()):
        rounding = -(gross % 5)
        given = draw(st.integers(0, 500)) if gross > 0 else 0
        found: list[Json] = [{**tender, "tender_type": "Cash", "amount": gross + rounding + given}]
        if given:
            found.append({**tender, "tender_type": "Cash", "amount": -given, "is_change": True})
    else:
        rounding, half = 0, gross // 2
        found = [
            {**tender, "tender_type": "CreditDebit", "amount": half, "card": card},
            {
                **tender,
                "tender_type": "GiftCard",
                "amount": gross - half,
                "gift_card_ref": "gc-1",
            },
        ]
    numbered = [{**one, "tender_id": f"{ident}-{at}"} for at, one in enumerate(found)]
    return {"tenders": numbered, "rounding_amount": rounding}


@st.composite
def stock_moves(draw: st.DrawFn, store: str) -> Json:
    kind = draw(
        st.sampled_from(
            ["Receipt", "Adjustment", "Waste", "CountLine", "TransferOut", "TransferIn"]
        )
    )
    milli = draw(st.integers(0, 9)) * 500
    item = draw(st.sampled_from(("cola", "pear")))
    if kind in ("TransferOut", "Waste"):
        milli = -milli
    other = draw(st.sampled_from(("s-0", "s-1", "s-9")))
    return moved(kind, item, milli, store, counterpart_location_id=other)


@st.composite
def chains(draw: st.DrawFn) -> list[Box]:
    """Boxes that wrote something; moments go back and forth, as clocks do."""
    boxes = [Box("s-0", "edge-0"), Box("s-0", "edge-1", "till-2"), Box("s-1", "edge-2")]
    known: list[Json] = []
    for number in range(draw(st.integers(1, 14))):
        box = draw(st.sampled_from(boxes))
        envelope: Json = {
            "at": NOON + draw(st.integers(-6, 6)) * 17 * MINUTE,
            "utc_offset_min": draw(st.sampled_from((60, 120, -300))),
            "business_day_date": draw(st.sampled_from(("2026-11-20", "2026-11-21"))),
            "training": draw(st.integers(0, 7)) == 0,
            "operator_id": draw(st.sampled_from(("op-1", None))),
            "till_session_id": draw(st.sampled_from(("shift-1", None))),
        }
        kind = draw(st.integers(0, 9))
        if kind < 6:
            sale = draw(sales(number, known))
            if sale["status"] == "Completed":
                known.append(sale)
            box.write("RetailTransaction", sale, **envelope)
        elif kind < 9:
            box.write("InventoryControl", draw(stock_moves(box.store)), **envelope)
        else:
            control = {"tender_type": "Cash", "amount": 500, "currency": "EUR", "reason_code": "x"}
            named = draw(st.sampled_from(["OpeningFloat", "PaidOut", "SafeDrop", "PaidIn"]))
            box.write("TenderControl", {"kind": named, **control}, **envelope)
    return boxes


def listed(read: Reader, name: str, only: Only | None = None) -> list[Any]:
    rows: list[Any] = []
    cursor = None
    while True:
        page = VIEWS[name].page(read, HERE, only=only, after=cursor, limit=200)
        rows, cursor = [*rows, *page.rows], page.cursor
        if cursor is None:
            return rows


def summed(rows: list[Any], key: str, value: str) -> Sums:
    sums = Sums()
    for row in rows:
        sums[tuple(getattr(row, name) for name in key.split())] += getattr(row, value)
    return Sums({one: amount for one, amount in sums.items() if amount})


def same(read: Reader, witness: Witness) -> None:
    revenue = "store business_day_date hour channel currency"
    assert summed(listed(read, "day-revenue"), revenue, "amount") == narrowed(
        witness.revenue, 0, 1, 2, 3, 5
    )
    groups = listed(read, "group-revenue")
    assert summed(groups, "product_group store currency", "amount") == narrowed(
        witness.revenue, 4, 0, 5
    )
    taxes = Sums()
    for value in ("base", "tax"):
        key = "store business_day_date tax_code rate_bp currency"
        found = summed(listed(read, "vat-days"), key, value)
        taxes.update({(*one, value): amount for one, amount in found.items()})
    assert taxes == witness.taxes
    money = summed(listed(read, "tenders"), "store tender_type cause currency", "amount")
    assert money == witness.money
    stock = listed(read, "stock")
    assert {(row.location_id, row.item_id): row.on_hand_milli for row in stock} == dict(
        witness.on_hand().items()
    )
    counts = [
        (row.location_id, row.item_id, row.counted_milli, row.variance_milli)
        for row in listed(read, "counts")
    ]
    assert sorted(counts) == witness.variances()
    ways = "from_location_id location_id item_id"
    assert summed(listed(read, "in-transit"), ways, "quantity_milli") == witness.in_transit


def narrowed(sums: Sums, *places: int) -> Sums:
    found = Sums()
    for key, value in sums.items():
        found[tuple(key[at] for at in places)] += value
    return Sums({key: value for key, value in found.items() if value})


def opened(read: Reader, names: Iterable[str]) -> None:
    """Every figure of some views, beside the receipts behind it."""
    for name in names:
        figure = FIGURES[name]
        for row in listed(read, name):
            only = {column: getattr(row, column) for column in VIEWS[name].key}
            if only.get("cause", only.get("kind", "Tender")) not in WITH_RECEIPTS:
                continue
            shares = listed(read, "receipts-behind", {"figure": figure, **only})
            for value in ("amount", "base", "tax", "discount", "quantity_milli", "number"):
                if hasattr(row, value):
                    assert sum(getattr(one, value) for one in shares) == getattr(row, value), row
            if name == "store-sales":
                assert sum(one.number for one in shares) == row.sales
                assert sum(one.amount for one in shares) == row.gross


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_figures_are_what_the_bytes_come_to_however_they_arrive(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    boxes = data.draw(chains())
    path = tmp_path_factory.mktemp("office") / "office.db"
    store = open_store(str(path), Limits())
    arrived: list[bytes] = []
    left = collections.deque((box, list(box.lines)) for box in boxes if box.lines)
    while left:
        left.rotate(data.draw(st.integers(0, len(left) - 1)))
        box, waiting = left.popleft()
        count = data.draw(st.integers(1, len(waiting)))
        box.deliver(store, count)
        arrived += waiting[:count]
        if waiting[count:]:
            left.append((box, waiting[count:]))
    store.close()
    with open_reader(str(path)) as read:
        same(read, Witness(arrived))
        opened(read, data.draw(st.sets(st.sampled_from(sorted(FIGURES)), max_size=4)))
    desk = Desk(path)
    assert desk.query("SELECT why FROM unfolded") == []
    desk.store.close()
    forget(path)


def forget(path: pathlib.Path) -> None:
    for one in path.parent.iterdir():
        one.unlink()
