"""What the folds make of entries: the rules of the record set, with figures worked out by hand."""

from typing import Any

import pytest

from central_office.checking import compare
from central_office.cli import main
from central_office.errors import OfficeError
from central_office.ingest import Limits
from central_office.reading import open_reader
from central_office.store import open_store
from central_office.views.gift_cards import GIFT_CARD_MOVEMENTS, GIFT_CARDS
from central_office.views.paging import Scope
from tests.central_office.boxes import (
    NOON,
    SECOND,
    Box,
    line,
    moved,
    returned,
    sold,
    table_rows,
    z_report,
)
from tests.central_office.desk import NOW, Desk, NewDatabase

SALE = "RetailTransaction"
STOCK = "InventoryControl"


def tables(desk: Desk) -> dict[str, list[tuple[Any, ...]]]:
    return table_rows(desk.query)


def stock(desk: Desk) -> dict[tuple[str, str], int]:
    rows = desk.query("SELECT location_id, item_id, on_hand_milli FROM stock")
    return {(location, item): milli for location, item, milli in rows}


def test_a_movement_from_before_a_count_changes_its_variance_and_not_the_stock(desk: Desk) -> None:
    counting, selling = Box("s-1", "edge-a"), Box("s-1", "edge-b")
    counting.write(STOCK, moved("Receipt", "cola", 10_000, "s-1"), at=NOON - 60 * SECOND)
    counting.write(STOCK, moved("CountLine", "cola", 8_000, "s-1"))
    counting.deliver(desk.store)
    variance = "SELECT counted_milli - book_milli FROM counts"
    assert (stock(desk), desk.query(variance)) == ({("s-1", "cola"): 8_000}, [(-2_000,)])
    selling.write(SALE, sold("t-1", line("cola", 2_000, 150)), at=NOON - SECOND)
    selling.deliver(desk.store)
    assert (stock(desk), desk.query(variance)) == ({("s-1", "cola"): 8_000}, [(0,)])


def test_a_count_that_arrives_late_keeps_what_was_sold_after_it(desk: Desk) -> None:
    counting, selling = Box("s-1", "edge-a"), Box("s-1", "edge-b")
    selling.write(SALE, sold("t-1", line("cola", 1_000, 150)), at=NOON - SECOND)
    selling.write(SALE, sold("t-2", line("cola", 3_000, 150)), at=NOON + SECOND)
    selling.deliver(desk.store)
    counting.write(STOCK, moved("CountLine", "cola", 20_000, "s-1"))
    counting.deliver(desk.store)
    assert stock(desk) == {("s-1", "cola"): 17_000}
    assert desk.query("SELECT book_milli, counted_milli FROM counts") == [(-1_000, 20_000)]


def test_a_count_between_two_counts_changes_only_what_the_later_one_should_have_found(
    desk: Desk,
) -> None:
    box, other = Box("s-1", "edge-a"), Box("s-1", "edge-b")
    box.write(STOCK, moved("CountLine", "cola", 10_000, "s-1"), at=NOON)
    box.write(SALE, sold("t-1", line("cola", 1_000, 150)), at=NOON + 3 * SECOND)
    box.write(STOCK, moved("CountLine", "cola", 9_000, "s-1"), at=NOON + 4 * SECOND)
    other.write(STOCK, moved("CountLine", "cola", 7_000, "s-1"), at=NOON + 2 * SECOND)
    box.deliver(desk.store)
    other.deliver(desk.store)
    assert stock(desk) == {("s-1", "cola"): 9_000}
    books = desk.query("SELECT counted_milli, book_milli FROM counts ORDER BY occurred_at")
    assert books == [(10_000, 0), (7_000, 10_000), (9_000, 6_000)]


def test_a_count_by_a_clock_that_is_ahead_by_a_year_holds_from_its_arrival_on(desk: Desk) -> None:
    ahead, right = Box("s-1", "edge-a"), Box("s-1", "edge-b")
    then = NOW + 365 * 86_400 * SECOND
    right.write(STOCK, moved("Receipt", "cola", 10_000, "s-1"), at=NOW - 60 * SECOND)
    right.deliver(desk.store)
    ahead.write(SALE, sold("t-1", line("cola", 1_000, 150)), at=then)
    ahead.write(STOCK, moved("CountLine", "cola", 8_000, "s-1"), at=then + SECOND)
    ahead.deliver(desk.store)
    variance = "SELECT counted_milli - book_milli FROM counts"
    assert (stock(desk), desk.query(variance)) == ({("s-1", "cola"): 8_000}, [(-1_000,)])
    right.write(SALE, sold("t-2", line("cola", 2_000, 150)))
    right.deliver(desk.store)
    assert stock(desk) == {("s-1", "cola"): 6_000}
    right.write(STOCK, moved("CountLine", "cola", 5_000, "s-1"), at=NOON + SECOND)
    right.deliver(desk.store)
    before = tables(desk)
    assert stock(desk) == {("s-1", "cola"): 5_000}
    desk.store.rebuild()
    assert tables(desk) == before
    with open_reader(desk.address) as read:
        assert compare(read).disagreements == ()


def test_what_was_sent_and_has_not_come_is_in_transit(desk: Desk) -> None:
    here, there = Box("s-1"), Box("s-2")
    here.write(STOCK, moved("TransferOut", "cola", -6_000, "s-1", counterpart_location_id="s-2"))
    there.write(STOCK, moved("TransferIn", "cola", 5_000, "s-2", counterpart_location_id="s-1"))
    here.deliver(desk.store)
    there.deliver(desk.store)
    assert desk.query("SELECT from_location_id, location_id, quantity_milli FROM in_transit") == [
        ("s-1", "s-2", 1_000)
    ]
    assert stock(desk) == {("s-1", "cola"): -6_000, ("s-2", "cola"): 5_000}


def test_stock_below_nothing_is_remembered_after_it_was_made_good(desk: Desk) -> None:
    box = Box("s-1")
    box.write(SALE, sold("t-1", line("cola", 1_000, 150)))
    box.deliver(desk.store)
    assert desk.query("SELECT oversold_times, oversold_since FROM stock") == [(1, 1)]
    box.write(STOCK, moved("Receipt", "cola", 24_000, "s-1"))
    box.deliver(desk.store)
    assert desk.query("SELECT oversold_times, oversold_since FROM stock") == [(1, None)]


def test_a_late_entry_counts_for_its_own_day_which_says_that_it_changed(desk: Desk) -> None:
    first, second = Box("s-1", "edge-a", "till-1"), Box("s-1", "edge-b", "till-2")
    first.write(SALE, sold("t-1", line("cola", 1_000, 121)))
    first.write("PeriodReport", z_report(1, first.till))
    second.write(SALE, sold("t-2", line("cola", 1_000, 242)))
    second.write("PeriodReport", z_report(1, second.till))
    second.write(SALE, sold("t-3", line("cola", 1_000, 121)), business_day_date="2026-11-22")
    first.deliver(desk.store)
    second.deliver(desk.store)
    days = "SELECT business_day_date, late_entries, late_amount, z_reports FROM days ORDER BY 1"
    assert desk.query(days) == [("2026-11-21", 1, 242, 2), ("2026-11-22", 0, 0, 0)]
    gross = desk.query("SELECT business_day_date, gross FROM sales ORDER BY 1")
    assert gross == [("2026-11-21", 363), ("2026-11-22", 121)]


def test_vat_and_tenders_stand_under_the_period_that_their_z_closes(desk: Desk) -> None:
    box = Box("s-1")
    box.write(SALE, sold("t-1", line("cola", 1_000, 121)))
    box.write("PeriodReport", z_report(1, box.till))
    box.write(SALE, sold("t-2", line("cola", 1_000, 242)))
    box.deliver(desk.store)
    vat = desk.query("SELECT z_number, tax_code, rate_bp, base, tax FROM vat ORDER BY 1")
    assert vat == [(1, "high", 2100, 100, 21), (2, "high", 2100, 200, 42)]
    money = desk.query("SELECT z_number, tender_type, number, amount FROM money ORDER BY 1")
    assert money == [(1, "Cash", 1, 121), (2, "Cash", 1, 242)]


def test_revenue_stands_under_the_local_hour_and_the_product_group(desk: Desk) -> None:
    box = Box("s-1")
    cake = line("cake", 1_000, 242, line_id="2", merchandise_hierarchy="food")
    box.write(SALE, sold("t-1", line("cola", 2_000, 121), cake))
    box.deliver(desk.store)
    assert desk.query(
        "SELECT hour, product_group, receipts, quantity_milli, amount, base FROM revenue ORDER BY 2"
    ) == [(12, "drinks", 1, 2_000, 242, 200), (12, "food", 1, 1_000, 242, 200)]


def test_training_counts_in_its_own_number_and_nowhere_else(desk: Desk) -> None:
    box = Box("s-1")
    box.write(SALE, sold("t-1", line("cola", 1_000, 121)), training=True)
    box.deliver(desk.store)
    filled = {name for name, rows in tables(desk).items() if rows}
    assert filled == {"acts", "resumes", "statistics"}
    assert desk.query("SELECT kind, number, amount FROM statistics") == [("Training", 1, 121)]
    assert desk.query("SELECT kind, amount, currency FROM acts") == [("Training", 121, "EUR")]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2)])
def test_more_refunded_than_sold_is_found_in_whatever_order_the_boxes_come(
    new_database: NewDatabase, order: tuple[int, ...]
) -> None:
    desk = Desk(new_database())
    boxes = [Box(f"s-{number}") for number in range(3)]
    boxes[0].write(SALE, sold("t-1", line("cola", 3_000, 121)))
    boxes[1].write(SALE, returned("t-2", "t-1", "cola", 2_000, 121))
    boxes[2].write(SALE, returned("t-3", "t-1", "cola", 2_000, 121))
    for number in order:
        boxes[number].deliver(desk.store)
    assert desk.query(
        "SELECT transaction_id, sold_milli, returned_milli, returned_amount - sold_amount,"
        " found_arrival FROM taken_back"
    ) == [("t-1", 3_000, 4_000, 121, 3)]
    desk.store.close()


def test_a_void_takes_everything_back_and_its_own_return_is_too_much(desk: Desk) -> None:
    box, other = Box("s-1"), Box("s-2")
    box.write(SALE, sold("t-1", line("cola", 1_000, 121)))
    turned = line("cola", -1_000, 121, line_type="Sale")
    links = [{"kind": "VoidOf", "transaction_id": "t-1"}]
    box.write(SALE, sold("t-2", turned, status="PostVoided", transaction_links=links))
    other.write(SALE, returned("t-3", "t-1", "cola", 1_000, 121))
    box.deliver(desk.store)
    assert desk.query("SELECT found_arrival FROM taken_back") == [(None,)]
    other.deliver(desk.store)
    assert desk.query("SELECT returned_milli, found_arrival FROM taken_back") == [(2_000, 3)]


def test_a_gift_card_redeemed_at_two_shops_offline_is_found(desk: Desk) -> None:
    issuing, other = Box("s-1"), Box("s-2")
    card = {"line_type": "GiftCardIssue", "gift_card_ref": "gc-1", "stock_effect": False}
    issuing.write(SALE, sold("t-1", line("gift", 1_000, 2_500, **card)))
    for box, transaction in ((issuing, "t-2"), (other, "t-3")):
        sale = sold(transaction, line("cola", 1_000, 2_000))
        sale["tenders"][0] |= {"tender_type": "GiftCard", "gift_card_ref": "gc-1"}
        box.write(SALE, sale)
    issuing.deliver(desk.store)
    cards = "SELECT gift_card_ref, issued, redeemed, redemptions, found_arrival FROM gift_cards"
    assert desk.query(cards) == [("gc-1", 2_500, 2_000, 1, None)]
    other.deliver(desk.store)
    assert desk.query(cards) == [("gc-1", 2_500, 4_000, 2, 3)]
    with open_reader(desk.address) as read:
        (shown,) = GIFT_CARDS.page(read, Scope(organization="org-1")).rows
        assert (shown.balance, shown.found_arrival) == (-1_500, 3)
        only = {"gift_card_ref": "gc-2"}
        assert GIFT_CARDS.page(read, Scope(organization="org-1"), only=only).rows == ()
        moved = GIFT_CARD_MOVEMENTS.page(read, Scope(organization="org-1")).rows
        assert [(each.document_id, each.amount) for each in moved] == [
            ("t-1", 2_500),
            ("t-2", -2_000),
            ("t-3", -2_000),
        ]
        here = GIFT_CARD_MOVEMENTS.page(read, Scope(organization="org-1", stores=("s-2",))).rows
        assert [each.document_id for each in here] == ["t-3"]
        assert GIFT_CARDS.page(read, Scope(organization="org-1", stores=("s-1",))).rows == ()


def test_an_order_handed_out_twice_is_found_and_a_voided_hand_out_is_none(desk: Desk) -> None:
    one, other = Box("s-1"), Box("s-2")
    links = [{"kind": "Replaces", "transaction_id": "order-1"}]
    one.write(SALE, sold("t-1", line("cola", 1_000, 121), transaction_links=links))
    void = [{"kind": "VoidOf", "transaction_id": "t-1"}]
    turned = line("cola", -1_000, 121, line_type="Sale")
    one.write(SALE, sold("t-2", turned, status="PostVoided", transaction_links=void))
    one.write(SALE, sold("t-3", line("cola", 1_000, 121), transaction_links=links))
    one.deliver(desk.store)
    orders = "SELECT order_id, times, receipts, found_arrival FROM handed_out"
    assert desk.query(orders) == [("order-1", 1, '["t-3"]', None)]
    other.write(SALE, sold("t-4", line("cola", 1_000, 121), transaction_links=links))
    other.deliver(desk.store)
    assert desk.query(orders) == [("order-1", 2, '["t-3", "t-4"]', 4)]


def test_figures_that_no_total_can_hold_fill_no_table(desk: Desk) -> None:
    box = Box("s-1")
    for number, strange in enumerate(
        (
            line("cola", 2**80, 1),
            line("cola" * 1_000, 1_000, 121),
            line("cola", 1_000, 121, tax_rate_bp=2**70),
            line("cola", 1_000, 121, modifiers=[{"kind": "Discount"}]),
        )
    ):
        box.write(SALE, sold(f"t-{number}", strange, totals={"gross": 0}))
    box.write(SALE, sold("t-\0", line("co\0la", 1_000, 121)))
    box.write(STOCK, moved("Receipt", "cola", 2**64, "s-1"))
    box.write("TillCount", {"kind": "Settle"})
    box.deliver(desk.store)
    assert desk.query("SELECT arrival FROM unfolded ORDER BY 1") == [
        (1,),
        (2,),
        (3,),
        (4,),
        (6,),
        (7,),
    ]
    assert stock(desk) == {("s-1", "co\ufffdla"): -1_000}


def test_tables_do_not_depend_on_where_commits_were_cut(new_database: NewDatabase) -> None:
    found = []
    for step in (1, 100):
        desk, box = Desk(new_database()), Box("s-1")
        box._epoch = "01M7YHX2VZ5DZ1A5H8N0000000"
        everything(box)
        for _ in range(0, 30, step):
            box.deliver(desk.store, step)
        found.append(tables(desk))
        desk.store.rebuild()
        assert tables(desk) == found[0]
        desk.store.close()
    assert found == [found[0]] * len(found)
    assert not [name for name, rows in found[0].items() if not rows and name != "reconciliations"]


def everything(box: Box) -> None:
    """Something of each kind, with what looks back at it."""
    box.write("DeviceEvent", {"device_id": "printer", "family": "pos_printer", "state": "offline"})
    box.write("OperatorEvent", {"event": "ClockIn", "subject_operator_id": "op-1"})
    box.write(STOCK, moved("Receipt", "cola", 1_000, box.store))
    box.write(STOCK, moved("CountLine", "cola", 1_000, box.store), at=NOON + 2)
    box.write(STOCK, moved("TransferOut", "cola", -1_000, box.store), at=NOON + 1)
    box.write(SALE, returned("t-2", "t-1", "cola", 2_000, 121), at=NOON + 3)
    box.write(SALE, sold("t-1", line("cola", 1_000, 121)), at=NOON + 2)
    card = {"line_type": "GiftCardIssue", "gift_card_ref": "gc-1"}
    sale = sold("t-3", line("gift", 1_000, 500, **card))
    sale["tenders"][0] |= {"card": {"standalone": True}}
    box.write(SALE, sale)
    links = [{"kind": "Replaces", "transaction_id": "order-1"}]
    box.write(SALE, sold("t-4", line("cola", 1_000, 121), transaction_links=links))
    void = [{"kind": "VoidOf", "transaction_id": "t-4"}]
    turned = line("cola", -1_000, 121)
    box.write(SALE, sold("t-5", turned, status="PostVoided", transaction_links=void))
    box.write(SALE, {"strange": 1})
    settled = {"counted": 5, "expected": 4, "difference": 1, "kind": "Settle"}
    box.write("TillCount", {**settled, "tender_type": "Cash", "currency": "EUR"})
    box.write("PeriodReport", z_report(1, box.till))
    box.write(SALE, sold("t-6", line("cola", 1_000, 121)))
    box.write(STOCK, moved("CountLine", "cola", 4_000, box.store), at=NOON + 1)
    level = {"item_id": "cola", "location_id": box.store}
    box.write("ReorderLevel", {**level, "reorder_point_milli": 5_000, "order_up_to_milli": 9_000})
    order = {"order_id": "order-2", "location_id": box.store}
    wanted = [{"item_id": "cola", "quantity_milli": 5_000, "uom": "C62"}]
    box.write("PurchaseOrder", {**order, "event": "Drafted", "lines": wanted})
    box.write("PurchaseOrder", {**order, "event": "Sent"})
    box.write(STOCK, moved("Receipt", "cola", 2_000, box.store, order_id="order-2"))
    box.write(SALE, sold("t-7", line("cola", 8_000, 121)), at=NOON + 4)


def test_figures_of_another_version_are_not_written_to_before_they_are_made_anew(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    box = Box("s-1")
    box.write(SALE, sold("t-1", line("cola", 1_000, 121)))
    box.deliver(desk.store)
    before = tables(desk)
    with desk.store._database.transaction() as session:
        session.run("UPDATE folded SET version = 0")
        session.run("DROP TABLE sales")
    with pytest.raises(OfficeError, match="central-office rebuild"):
        open_store(desk.address, Limits())
    assert main(["rebuild", "--database", desk.address]) == 0
    assert "1 entries" in capsys.readouterr().out
    assert tables(desk) == before
    open_store(desk.address, Limits()).close()
