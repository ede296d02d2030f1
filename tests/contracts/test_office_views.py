"""The office's views over an invented chain and over entries made by hand, on both databases."""

from collections.abc import Iterator
from typing import Any

import pytest

from central_office.reading import Reader, open_reader
from central_office.views import money, stock
from central_office.views.boxes import vat_boxes
from central_office.views.findings import findings
from central_office.views.hours import hours, roster
from central_office.views.paging import CursorError, Page, Scope
from central_office.views.receipts import Receipt, ReceiptQuery, find_receipts, receipt_bytes
from central_office.views.table import VIEWS
from tests.central_office.boxes import DAY, NOON, SECOND, Box, line, moved, returned, sold
from tests.central_office.desk import Desk, NewDatabase
from tests.contracts.conftest import chain

CHAIN = Scope(organization="chain-1")
HERE = Scope(organization="org-1")
HOUR = 3_600 * SECOND
NOTHING_THERE = {
    "deliveries",
    "findings",
    "in-transit",
    "purchase-order-lines",
    "purchase-orders",
    "replenishment",
    "replenishment-alerts",
    "roster",
    "terminal-totals",
    "to-order",
    "unread",
    "unresolved-payments",
}
"""What the invented chain has none of."""


@pytest.fixture
def read(chain_address: str) -> Iterator[Reader]:
    with open_reader(chain_address) as reader:
        yield reader


def test_pages_of_every_view_join_to_the_whole(read: Reader) -> None:
    for name, view in VIEWS.items():
        whole = view.page(read, CHAIN, limit=1000)
        assert name in NOTHING_THERE or whole.rows, name
        rows: list[Any] = []
        size = max(7, len(whole.rows) // 6)
        page: Page[Any] = view.page(read, CHAIN, limit=size)
        rows += page.rows
        while page.cursor and len(rows) < len(whole.rows):
            page = view.page(read, CHAIN, limit=size, after=page.cursor)
            rows += page.rows
        assert tuple(rows[: len(whole.rows)]) == whole.rows, name


def test_a_scope_narrows_to_stores_and_days(read: Reader) -> None:
    scope = Scope(
        organization="chain-1",
        stores=("store-002",),
        first_day="2026-01-02",
        last_day="2026-01-03",
    )
    rows = money.DAY_REVENUE.page(read, scope, limit=1000).rows
    assert {row.store for row in rows} == {"store-002"}
    assert {row.business_day_date for row in rows} <= {"2026-01-02", "2026-01-03"}
    assert not money.DAY_REVENUE.page(read, Scope(organization="nobody")).rows


def test_revenue_vat_and_groups_are_the_same_money(read: Reader) -> None:
    revenue = sum(row.amount for row in money.DAY_REVENUE.page(read, CHAIN, limit=1000).rows)
    groups = sum(row.amount for row in money.GROUP_REVENUE.page(read, CHAIN, limit=1000).rows)
    vat = money.VAT_TOTALS.page(read, CHAIN).rows
    boxes = {row.box for row in vat_boxes(vat, "NL")}
    assert revenue == groups == sum(row.base + row.tax for row in vat) > 0
    assert boxes == {"1a", "1b"}
    share = money.contactless_share(money.CARD_MIX.page(read, CHAIN, limit=1000).rows)
    assert share is not None
    assert 0.6 < share < 1


def every_receipt(read: Reader, query: ReceiptQuery) -> list[Receipt]:
    found = find_receipts(read, CHAIN, query, limit=20)
    receipts = list(found.rows)
    while found.cursor:
        found = find_receipts(read, CHAIN, query, after=found.cursor, limit=20)
        receipts += found.rows
    return receipts


def test_every_receipt_is_found_page_by_page_and_its_bytes_are_the_boxes(read: Reader) -> None:
    receipts = every_receipt(read, ReceiptQuery())
    assert every_receipt(read, ReceiptQuery(newest_first=True)) == receipts[::-1]
    sales = [data for data in chain() if b'"entry_type":"RetailTransaction"' in data]
    assert len(receipts) == len(sales)
    assert {receipt_bytes(read, "chain-1", one) for one in receipts} == set(sales)


def test_a_receipt_is_found_by_what_is_printed_on_it(read: Reader) -> None:
    some = find_receipts(read, CHAIN, ReceiptQuery(), limit=50).rows
    card = next(one for one in some if one.card_digits)
    for query in (
        ReceiptQuery(transaction_id=card.transaction_id),
        ReceiptQuery(card_digits=card.card_digits, sequence_number=card.sequence_number),
        ReceiptQuery(lowest=card.gross, highest=card.gross, sequence_number=card.sequence_number),
    ):
        assert card in find_receipts(read, CHAIN, query).rows
    assert not find_receipts(read, CHAIN, ReceiptQuery(customer_ref="nobody")).rows


def test_a_cursor_of_another_list_is_refused(read: Reader) -> None:
    cursor = money.DAY_REVENUE.page(read, CHAIN, limit=1).cursor
    for wrong in (cursor, "!", "bm8", ""):
        with pytest.raises(CursorError):
            money.VAT_TOTALS.page(read, CHAIN, after=wrong)


def test_the_history_of_an_article_names_each_cause(new_database: NewDatabase) -> None:
    desk, box = Desk(new_database()), Box("s-1")
    box.write("InventoryControl", moved("Receipt", "cola", 5_000, "s-1"))
    box.write("InventoryControl", moved("Receipt", "cake", 5_000, "s-1"))
    box.write("RetailTransaction", sold("t-1", line("cola", 2_000, 121)), at=NOON + 1)
    box.write("InventoryControl", moved("CountLine", "cola", 2_000, "s-1"), at=NOON + 2)
    box.deliver(desk.store)
    with open_reader(desk.address) as read:
        rows = stock.MOVEMENTS.page(read, HERE, only={"item_id": "cola"}).rows
        assert [(row.cause, row.quantity_milli) for row in rows] == [
            ("Receipt", 5_000),
            ("Sale", -2_000),
        ]
        assert [row.variance_milli for row in stock.COUNTS.page(read, HERE).rows] == [-1_000]
    desk.store.close()


def test_wrong_use_is_listed_and_stays_listed_when_it_turns_out_right(
    new_database: NewDatabase,
) -> None:
    desk, box, other = Desk(new_database()), Box("s-1"), Box("s-2")
    box.write("RetailTransaction", sold("t-1", line("cola", 1_000, 121)))
    box.write("RetailTransaction", returned("t-2", "t-1", "cola", 2_000, 121))
    sale = sold("t-3", line("cola", 1_000, 500))
    sale["tenders"][0] |= {"tender_type": "GiftCard", "gift_card_ref": "gc-1"}
    box.write("RetailTransaction", sale)
    box.deliver(desk.store)
    with open_reader(desk.address) as read:
        found = findings(read, "org-1")
    assert [(one.kind, one.subject, one.amount, one.stands) for one in found] == [
        ("refunded", "t-1", 121, True),
        ("gift_card", "gc-1", 500, True),
    ]
    card = {"line_type": "GiftCardIssue", "gift_card_ref": "gc-1", "stock_effect": False}
    other.write("RetailTransaction", sold("t-4", line("gift", 1_000, 500, **card)))
    other.deliver(desk.store)
    with open_reader(desk.address) as read:
        assert [one.stands for one in findings(read, "org-1")] == [True, False]
    desk.store.close()


def test_goods_of_the_invented_chain_arrive_where_they_were_sent(read: Reader) -> None:
    both = [VIEWS[name].page(read, CHAIN, limit=1000).rows for name in ("in-transit", "movements")]
    ways = {row.cause for row in both[1]} & {"TransferOut", "TransferIn"}
    assert len(ways) == 2
    assert all(row.quantity_milli > 0 for row in both[0])


def test_what_is_on_its_way_is_seen_by_who_sent_it_and_by_who_waits_for_it(
    new_database: NewDatabase,
) -> None:
    desk, here, there = Desk(new_database()), Box("s-1"), Box("s-2")
    for place in ("s-2", "s-22"):  # nobody knows the second
        out = moved("TransferOut", "cola", -6_000, "s-1", counterpart_location_id=place)
        here.write("InventoryControl", out)
    here.deliver(desk.store)
    come = moved("TransferIn", "cola", 4_000, "s-2", counterpart_location_id="s-1")
    there.write("InventoryControl", come)
    there.deliver(desk.store)
    both = [("s-2", 2_000), ("s-22", 6_000)]
    with open_reader(desk.address) as read:
        for stores, seen in ((None, both), (("s-1",), both), (("s-2",), both[:1]), (("s-3",), [])):
            scope = Scope(organization="org-1", stores=stores)
            rows: list[Any] = []
            cursor = None
            while not rows or cursor:
                page = VIEWS["in-transit"].page(read, scope, after=cursor, limit=1)
                rows, cursor = [*rows, *page.rows], page.cursor
                if not seen:
                    break
            assert [(row.location_id, row.quantity_milli) for row in rows] == seen
    desk.store.close()


def test_hours_are_paired_after_corrections_and_without_breaks(new_database: NewDatabase) -> None:
    desk, box = Desk(new_database()), Box("s-1")
    clocked = ("ClockIn", 0), ("BreakStart", 3), ("BreakEnd", 4), ("ClockOut", 8)
    for event, hour in clocked:
        payload = {"event": event, "subject_operator_id": "op-1"}
        box.write("OperatorEvent", payload, at=NOON + hour * HOUR, entry_id=f"e-{event}")
    box.write("OperatorEvent", {"event": "ClockIn", "subject_operator_id": "op-2"})
    box.write("OperatorEvent", {"event": "SignOn", "subject_operator_id": "op-3"})
    corrected: dict[str, Any] = {"event": "Correction", "subject_operator_id": "op-1"}
    corrected |= {"corrects_entry_id": "e-ClockOut", "corrected_at": NOON + 9 * HOUR}
    box.write("OperatorEvent", corrected, business_day_date="2026-11-22")
    shift: dict[str, Any] = {
        "subject_operator_id": "op-1",
        "location_id": "s-1",
        "start": NOON,
        "end": NOON + 1,
    }
    for number in (1, 2):
        planned = {"event": "ShiftPlanned", "shift_id": f"shift-{number}", **shift}
        box.write("OperatorEvent", planned)
    removed = {"event": "ShiftRemoved", "subject_operator_id": "op-1", "shift_id": "shift-2"}
    box.write("OperatorEvent", removed)
    box.deliver(desk.store)
    with open_reader(desk.address) as read:
        scope = Scope(organization="org-1", first_day=DAY, last_day=DAY)
        worked = hours(read, scope)
        planned_shifts = roster(read, scope)
    assert [(one.subject_operator_id, one.worked_us // HOUR, one.is_open) for one in worked] == [
        ("op-1", 8, False),
        ("op-2", 0, True),
    ]
    assert [(one.start_at, one.end_at) for one in planned_shifts] == [(NOON, NOON + 1)]
    desk.store.close()


def test_a_shift_over_midnight_counts_for_the_day_on_which_it_began(
    new_database: NewDatabase,
) -> None:
    desk, box = Desk(new_database()), Box("s-1")
    friday, saturday, monday = DAY, "2026-11-22", "2026-11-24"
    clocked = (
        ("op-1", "ClockIn", friday, 10),
        ("op-1", "BreakStart", saturday, 13),
        ("op-1", "BreakEnd", saturday, 14),
        ("op-1", "ClockOut", saturday, 18),
        ("op-1", "ClockIn", saturday, 30),
        ("op-2", "ClockIn", friday, 0),
        ("op-2", "ClockOut", monday, 69),  # who had forgotten it, and has it corrected
        ("op-2", "ClockIn", monday, 69),
        ("op-3", "ClockIn", friday, 0),
        ("op-3", "ClockIn", saturday, 20),
        ("op-3", "ClockOut", saturday, 23),
    )
    for person, event, day, hour in clocked:
        named = {"event": event, "subject_operator_id": person}
        at = NOON + hour * HOUR
        box.write(
            "OperatorEvent",
            named,
            at=at,
            entry_id=f"{person}-{hour}-{event}",
            business_day_date=day,
        )
    corrected: dict[str, Any] = {"event": "Correction", "subject_operator_id": "op-2"}
    corrected |= {"corrects_entry_id": "op-2-69-ClockOut", "corrected_at": NOON + 6 * HOUR}
    box.write("OperatorEvent", corrected, business_day_date=monday)
    box.deliver(desk.store)
    found = {}
    with open_reader(desk.address) as read:
        for day in (friday, saturday, monday):
            for row in hours(read, Scope(organization="org-1", first_day=day, last_day=day)):
                found[row.subject_operator_id, day] = (row.worked_us // HOUR, row.is_open)
        all_days = hours(read, Scope(organization="org-1"))
    assert found == {
        ("op-1", friday): (7, False),
        ("op-1", saturday): (0, True),
        ("op-2", friday): (6, False),
        ("op-2", monday): (0, True),
        ("op-3", friday): (0, True),
        ("op-3", saturday): (3, False),
    }
    assert {
        (row.subject_operator_id, row.business_day_date): (row.worked_us // HOUR, row.is_open)
        for row in all_days
    } == found
    desk.store.close()
