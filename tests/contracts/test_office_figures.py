"""Figures of an invented chain beside its receipts: what is behind each, shares, comparisons."""

import collections
import itertools
import json
from collections.abc import Iterator
from typing import Any

import pytest

from central_office.reading import Reader, open_reader
from central_office.views.days import DAYS
from central_office.views.paging import Only, Scope
from central_office.views.table import FIGURES, VIEWS
from tests.central_office.boxes import DAY, NOON, SECOND, Box, line, returned, sold, z_report
from tests.central_office.desk import NOW, Desk, NewDatabase

CHAIN = Scope(organization="chain-1")
HERE = Scope(organization="org-1")
DRAWN = {"Tender", "Receipt", "Return", "Discount", "PostVoided", "Line", "Other"}
"""Causes and kinds that have receipts."""


@pytest.fixture
def read(chain_address: str) -> Iterator[Reader]:
    with open_reader(chain_address) as reader:
        yield reader


@pytest.fixture
def empty(new_database: NewDatabase) -> Iterator[Desk]:
    desk = Desk(new_database())
    yield desk
    desk.store.close()


def listed(read: Reader, name: str, scope: Scope, only: Only | None = None) -> list[Any]:
    rows: list[Any] = []
    view, cursor = VIEWS[name], None
    while True:
        page = view.page(read, scope, only=only, after=cursor, limit=200)
        rows += page.rows
        cursor = page.cursor
        if cursor is None:
            return rows


def test_the_receipts_behind_every_figure_add_up_to_it(read: Reader) -> None:
    opened: collections.Counter[str] = collections.Counter()
    for name, figure in FIGURES.items():
        view = VIEWS[name]
        rows = listed(read, name, CHAIN)
        for row in itertools.islice(rows, 0, None, max(1, len(rows) // 8)):
            only = {column: getattr(row, column) for column in view.key}
            if only.get("cause", only.get("kind", "Tender")) not in DRAWN or name == "differences":
                continue
            shares = listed(read, "receipts-behind", CHAIN, {"figure": figure, **only})
            for value in ("amount", "base", "tax", "discount", "quantity_milli", "number"):
                if hasattr(row, value):
                    assert sum(getattr(one, value) for one in shares) == getattr(row, value), row
            opened[name] += bool(shares)
    assert set(opened) == set(FIGURES) - {"differences"}


def test_a_box_of_the_return_opens_to_its_receipts_page_by_page(read: Reader) -> None:
    view, only = VIEWS["receipts-behind"], {"figure": "vat", "country": "NL", "box": "1b"}
    box = VIEWS["vat-boxes"].page(read, CHAIN, only={"country": "NL", "box": "1b"}).rows
    page = view.page(read, CHAIN, only=only, limit=10)
    found = [*page.rows]
    while page.cursor:
        page = view.page(read, CHAIN, only=only, after=page.cursor, limit=10)
        found += page.rows
    assert len({one.transaction_id for one in found}) == len(found) > 20
    assert sum(one.tax for one in found) == box[0].tax


def test_a_cash_difference_opens_to_its_shifts_receipts_and_acts(read: Reader) -> None:
    row = next(one for one in listed(read, "differences", CHAIN) if one.difference)
    shift = {"till_session_id": row.session_id, "tender_type": row.tender_type}
    shares = listed(read, "receipts-behind", CHAIN, {"figure": "money", **shift})
    acts = listed(read, "acts", CHAIN, shift)
    brought = sum(one.amount for one in acts if one.kind == "OpeningFloat")
    assert brought + sum(one.amount for one in shares) == row.expected
    assert [one.amount for one in acts if one.kind == "TillCountSettle"] == [row.difference]


def test_movements_of_money_and_acts_without_a_receipt_open_to_their_entries(read: Reader) -> None:
    for row in listed(read, "tenders", CHAIN):
        if row.cause != "Tender":
            only = {"store": row.store, "kind": row.cause, "tender_type": row.tender_type}
            assert len(listed(read, "acts", CHAIN, only)) == row.number


def test_key_figures_are_those_of_the_receipts(read: Reader) -> None:
    days = Scope(organization="chain-1", first_day="2026-01-05", last_day="2026-01-10")
    rows = listed(read, "key-figures", days)
    sales = listed(read, "receipts-behind", days, {"figure": "sales"})
    goods = listed(read, "receipts-behind", days, {"figure": "revenue"})
    assert rows
    for row in rows:
        count = sum(one.number for one in sales if one.store == row.store)
        revenue = sum(one.amount for one in goods if one.store == row.store)
        pieces = sum(one.quantity_milli for one in goods if one.store == row.store)
        assert (row.sales, row.revenue) == (count, revenue)
        assert row.average_basket == pytest.approx(revenue / count, abs=1)
        assert row.items_per_sale_milli == pytest.approx(pieces / count, abs=1)
        assert row.sales_per_hour == pytest.approx(revenue / (row.worked_us / 3.6e9), abs=1)


def test_stores_and_periods_are_compared_as_an_index(read: Reader) -> None:
    days = Scope(organization="chain-1", first_day="2026-01-08", last_day="2026-01-14")
    rows = {row.store: row for row in listed(read, "comparison", days)}
    week_before = Scope(organization="chain-1", first_day="2026-01-01", last_day="2026-01-07")
    before = {row.store: row for row in listed(read, "comparison", week_before)}
    mean = sum(row.revenue for row in rows.values()) / len(rows)
    for store, row in rows.items():
        reference = before[store].revenue
        assert row.reference_revenue == reference
        assert row.period_index == pytest.approx(10_000 * row.revenue / reference, abs=1)
        assert row.store_index == pytest.approx(10_000 * row.revenue / mean, abs=1)
    chosen = Scope(
        organization="chain-1",
        first_day="2026-01-08",
        last_day="2026-01-14",
        reference_first_day="2026-01-08",
    )
    assert {row.period_index for row in listed(read, "comparison", chosen)} == {10_000}
    assert {row.period_index for row in listed(read, "comparison", CHAIN)} == {None}


def test_shares_of_returns_discounts_and_voids(empty: Desk) -> None:
    box = Box("s-1")
    cheaper = {"kind": "Discount", "reason_code": "staff", "amount": -100}
    box.write("RetailTransaction", sold("t-1", line("cola", 4_000, 100, modifiers=[cheaper])))
    box.write("RetailTransaction", returned("t-2", "t-1", "cola", 1_000, 100))
    void = sold("t-3", line("cola", -3_000, 100, line_type="Sale"), status="PostVoided")
    box.write("RetailTransaction", void | {"transaction_type": "Sale"})
    box.write("DrawerEvent", {"event": "Opened", "cause": "NoSale", "drawer_id": "d"})
    box.deliver(empty.store)
    with open_reader(empty.address) as read:
        (row,) = listed(read, "key-figures", HERE)
    assert (row.revenue, row.no_sales, row.void_share_bp) == (0, 1, 10_000)
    assert row.return_share_bp == 10_000
    assert row.discount_share_bp == 10_000


def test_a_terminals_totals_stand_beside_its_tenders(empty: Desk) -> None:
    box = Box("s-1")
    card = {"standalone": False, "entry_mode": "Chip", "card_brand": "VISA", "terminal_id": "T1"}
    for number, (amount, changed) in enumerate(
        ((500, {}), (300, {}), (200, {"standalone": True})), 1
    ):
        sale = sold(f"t-{number}", line("cola", 1_000, amount))
        sale["tenders"][0] |= {"tender_type": "CreditDebit", "card": {**card, **changed}}
        box.write("RetailTransaction", sale)
    counted: dict[str, Any] = {
        "payment_id": "p-1",
        "kind": "Reconciliation",
        "state": "CONFIRMED",
        "device_id": "terminal",
        "terminal_id": "T1",
        "currency": "EUR",
        "requested_amount": 0,
        "intent_id": "i-1",
    }
    counted["totals"] = [{"card_brand": "VISA", "count": 1, "amount": 500}]
    box.write("PaymentEvent", counted)
    box.deliver(empty.store)
    with open_reader(empty.address) as read:
        (row,) = listed(read, "card-totals", HERE)
    assert (row.tenders, row.tendered, row.bookings, row.booked) == (2, 800, 1, 500)
    assert (row.difference, row.reconciliations) == (-300, 1)


def test_a_payment_in_doubt_is_listed_until_it_is_settled_also_when_its_day_is_closed(
    empty: Desk,
) -> None:
    box = Box("s-1")
    payment: dict[str, Any] = {
        "payment_id": "p-1",
        "intent_id": "i-1",
        "kind": "Payment",
        "state": "IN_DOUBT",
        "requested_amount": 500,
        "currency": "EUR",
        "device_id": "terminal",
    }
    box.write("PaymentEvent", payment)
    box.write("PeriodReport", z_report(1, box.till), at=NOON + SECOND)
    box.deliver(empty.store)
    with open_reader(empty.address) as read:
        (row,) = listed(read, "unresolved-payments", HERE)
    assert (row.payment_id, row.requested_amount, row.is_closed) == ("p-1", 500, True)
    box.write("PaymentEvent", payment | {"state": "DECLINED"})
    box.deliver(empty.store)
    with open_reader(empty.address) as read:
        assert not listed(read, "unresolved-payments", HERE)


def test_findings_come_page_by_page_and_each_to_its_store(empty: Desk) -> None:
    box, other = Box("s-1"), Box("s-2")
    for number, seller in enumerate((box, other, box), 1):
        seller.write("RetailTransaction", sold(f"t-{number}", line("cola", 1_000, 121)))
        back = returned(f"r-{number}", f"t-{number}", "cola", 2_000, 121)
        back["tenders"][0] |= {"tender_type": "GiftCard", "gift_card_ref": f"gc-{number}"}
        back["tenders"][0]["amount"] = 242
        seller.write("RetailTransaction", back)
        seller.deliver(empty.store)
    view = VIEWS["findings"]
    with open_reader(empty.address) as read:
        whole = listed(read, "findings", HERE)
        found: list[Any] = []
        cursor = None
        for _ in whole:
            page = view.page(read, HERE, after=cursor, limit=1)
            found += page.rows
            cursor = page.cursor
        here = listed(read, "findings", Scope(organization="org-1", stores=("s-2",)))
        cards = listed(read, "findings", HERE, {"kind": "gift_card"})
    assert [(one.kind, one.subject) for one in whole] == [
        (kind, subject)
        for number in (1, 2, 3)
        for kind, subject in (("gift_card", f"gc-{number}"), ("refunded", f"t-{number}"))
    ]
    assert found == whole
    assert cursor is None
    assert [one.subject for one in here] == ["gc-2", "t-2"]
    assert [one.subject for one in cards] == ["gc-1", "gc-2", "gc-3"]


def test_a_day_is_not_complete_while_its_shop_sends_the_rest_though_elsewhere_it_is_tomorrow(
    empty: Desk,
) -> None:
    box = Box("s-1")
    evening = NOON + 14 * 3_600 * SECOND  # 20:00 in New York, the next day in UTC
    box.write("RetailTransaction", sold("t-1", line("cola", 1_000, 121)), at=evening)
    box.write("RetailTransaction", sold("t-2", line("cola", 1_000, 121)), at=evening + SECOND)
    box.deliver(empty.store, 1)
    with open_reader(empty.address) as read:
        assert not DAYS.page(read, HERE).rows[0].incomplete
    head = {"state": "online", "connection": 1, "epoch": box.epoch, "seq": 2, "hash": "0" * 64}
    topic = box.topic.replace("journal", "status")
    empty.store.take_in([(topic, json.dumps(head).encode())], NOW)
    with open_reader(empty.address) as read:
        assert DAYS.page(read, HERE).rows[0].incomplete


def test_what_this_version_cannot_read_is_kept_and_listed(empty: Desk) -> None:
    box = Box("s-1")
    box.write("LoyaltyEvent", {"points": 5}, schema_version=2)
    box.write("RetailTransaction", sold("t-1", line("cola", 1_000, 121), status="OnHold"))
    box.write("Outcome", {"intent_id": "i-1", "state": "Finished"})
    box.deliver(empty.store)
    with open_reader(empty.address) as read:
        rows = listed(read, "unread", HERE)
        assert [(row.store, row.entry_type) for row in rows] == [
            ("s-1", "LoyaltyEvent"),
            ("s-1", "RetailTransaction"),
        ]
        assert "OnHold" in rows[1].why
        elsewhere = Scope(organization="org-1", stores=("s-2",))
        assert listed(read, "unread", elsewhere) == []
    empty.store.rebuild()
    with open_reader(empty.address) as read:
        assert listed(read, "unread", HERE) == rows


def test_a_day_says_whether_it_is_open_closed_or_changed_and_whether_all_of_it_is_here(
    empty: Desk,
) -> None:
    box = Box("s-1")
    states = []

    def look() -> None:
        with open_reader(empty.address) as read:
            (row,) = DAYS.page(read, HERE, only={"business_day_date": DAY}).rows
        states.append((row.state, row.incomplete))

    box.write("RetailTransaction", sold("t-1", line("cola", 1_000, 121)))
    box.deliver(empty.store)
    look()
    topic = box.topic.replace("journal", "status")
    empty.store.take_in([(topic, b'{"state":"offline","connection":1}')], NOW)
    look()
    box.write("PeriodReport", z_report(1, box.till))
    box.deliver(empty.store)
    look()
    box.write("RetailTransaction", sold("t-2", line("cola", 1_000, 121)))
    box.deliver(empty.store)
    look()
    assert states == [("open", False), ("open", True), ("closed", False), ("changed", False)]
