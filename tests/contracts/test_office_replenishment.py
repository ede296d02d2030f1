"""Replenishment on both databases: one alert for a crossing, orders and their goods."""

from collections.abc import Callable
from typing import TypeVar

import pytest

from central_office.reading import open_reader
from central_office.replenishment import (
    Draft,
    OrderRefusedError,
    Standing,
    UnknownOrderError,
    Who,
    draft_order,
    receive,
    set_level,
    step_order,
)
from central_office.sql_tables import Session
from central_office.verifying import verify
from central_office.views.paging import Scope
from central_office.views.replenishment import ALERTS, PURCHASE_ORDERS, TO_ORDER, Replenishment
from edge_daemon.records.payloads import PurchaseOrderEvent, PurchaseOrderLine, ReorderLevel
from tests.central_office.boxes import NOON, SECOND, Box, line, moved, returned, sold, table_rows
from tests.central_office.desk import NOW, Desk
from tests.entries import ORGANIZATION

SHOP, OTHER = "s-1", "s-2"
ORDER, DELIVERY = "01M7YHZT83Q6W5N4C2R1B0A9ZX", "01M7YHZT83Q6W5N4C2R1B0A9ZY"
LATER = "01M7YHZT83Q6W5N4C2R1B0A9ZZ"
WHO = Who(ORGANIZATION, "anna", NOW)
Answer = TypeVar("Answer")


def do(desk: Desk, act: Callable[[Session], Answer]) -> Answer:
    return desk.store.do(act)


def keep(desk: Desk, point: int | None, up_to: int | None, item: str = "cola") -> None:
    level = ReorderLevel(
        item_id=item, location_id=SHOP, reorder_point_milli=point, order_up_to_milli=up_to
    )
    do(desk, lambda session: set_level(session, level, WHO))


def draft(desk: Desk, **quantities: int) -> Standing:
    lines = tuple(
        PurchaseOrderLine(item_id=item, quantity_milli=milli, uom="C62")
        for item, milli in quantities.items()
    )
    wanted = Draft(location_id=SHOP, supplier_id="brewer", lines=lines)
    return do(desk, lambda session: draft_order(session, ORDER, wanted, WHO))


def step(desk: Desk, event: PurchaseOrderEvent) -> Standing:
    return do(desk, lambda session: step_order(session, ORDER, event, WHO, "not needed"))


def come(desk: Desk, document: str, item: str, milli: int) -> Standing:
    came = [PurchaseOrderLine(item_id=item, quantity_milli=milli, uom="C62")]
    return do(desk, lambda session: receive(session, ORDER, document, came, WHO))


def lines(standing: Standing) -> dict[str, tuple[int, int]]:
    return {one.item_id: (one.ordered_milli, one.received_milli) for one in standing.lines}


def on_order(desk: Desk) -> dict[str, int]:
    return dict(desk.query("SELECT item_id, on_order_milli FROM replenishment"))


def to_order(desk: Desk) -> list[Replenishment]:
    with open_reader(desk.address) as read:
        return list(TO_ORDER.page(read, Scope(organization=ORGANIZATION, stores=(SHOP,))).rows)


def alerts(desk: Desk) -> list[int]:
    with open_reader(desk.address) as read:
        page = ALERTS.page(read, Scope(organization=ORGANIZATION, stores=(SHOP,)))
    return [one.position_milli for one in page.rows]


@pytest.fixture(name="box")
def box_with_ten(desk: Desk) -> Box:
    """A shop with ten colas; at four it is time, and ten there should be."""
    box = Box(SHOP)
    box.write("InventoryControl", moved("Receipt", "cola", 10_000, SHOP), at=NOON)
    box.deliver(desk.store)
    keep(desk, 4_000, 10_000)
    return box


_sales = iter(range(10**6))


def sell(desk: Desk, box: Box, milli: int) -> str:
    number = next(_sales)
    name = f"t-{number}"
    box.write("RetailTransaction", sold(name, line("cola", milli, 121)), at=NOON + number * SECOND)
    box.deliver(desk.store)
    return name


def test_one_crossing_is_one_alert_and_the_next_one_needs_a_way_up(desk: Desk, box: Box) -> None:
    sell(desk, box, 5_000)
    assert (alerts(desk), to_order(desk)) == ([], [])
    sold_last = sell(desk, box, 1_000)
    sell(desk, box, 1_000)
    box.write("RetailTransaction", returned("r-1", sold_last, "cola", 2_000, 121))
    box.deliver(desk.store)
    sell(desk, box, 1_000)
    assert alerts(desk) == [4_000]
    (row,) = to_order(desk)
    assert (row.on_hand_milli, row.position_milli, row.suggested_milli) == (4_000, 4_000, 6_000)
    draft(desk, cola=6_000)
    assert to_order(desk)[0].suggested_milli == 0
    step(desk, PurchaseOrderEvent.SENT)
    assert to_order(desk) == []
    sell(desk, box, 6_000)
    assert alerts(desk) == [4_000, 4_000]


def test_a_dip_inside_one_commit_alerts_as_it_does_entry_by_entry(desk: Desk, box: Box) -> None:
    box.write("RetailTransaction", sold("t-a", line("cola", 7_000, 121)), at=NOON + SECOND)
    box.write("InventoryControl", moved("Receipt", "cola", 9_000, SHOP), at=NOON + 2 * SECOND)
    box.write("RetailTransaction", sold("t-b", line("cola", 9_000, 121)), at=NOON + 3 * SECOND)
    box.deliver(desk.store)
    assert alerts(desk) == [3_000, 3_000]


def test_what_is_on_its_way_from_another_shop_counts(desk: Desk, box: Box) -> None:
    other = Box(OTHER)
    sent = moved("TransferOut", "cola", -5_000, OTHER, counterpart_location_id=SHOP)
    other.write("InventoryControl", sent)
    other.deliver(desk.store)
    sell(desk, box, 8_000)
    assert (alerts(desk), to_order(desk)) == ([], [])
    arrived = moved("TransferIn", "cola", 5_000, SHOP, counterpart_location_id=OTHER)
    box.write("InventoryControl", arrived, at=NOON + SECOND)
    box.deliver(desk.store)
    assert alerts(desk) == []
    sell(desk, box, 3_000)
    assert alerts(desk) == [4_000]


def test_an_order_is_drafted_sent_and_received_and_each_step_again_changes_nothing(
    desk: Desk, box: Box
) -> None:
    sell(desk, box, 8_000)
    draft(desk, cola=5_000, beer=1_000)
    assert lines(draft(desk, cola=8_000)) == {"cola": (8_000, 0)}
    entries = desk.query("SELECT count(*) FROM entries")
    assert draft(desk, cola=8_000).state == "Drafted"
    assert desk.query("SELECT count(*) FROM entries") == entries
    assert step(desk, PurchaseOrderEvent.SENT) == step(desk, PurchaseOrderEvent.SENT)
    with pytest.raises(OrderRefusedError, match="was sent: its lines stay"):
        draft(desk, cola=9_000)
    assert come(desk, DELIVERY, "cola", 3_000) == come(desk, DELIVERY, "cola", 3_000)
    with pytest.raises(OrderRefusedError, match="an id of its own"):
        come(desk, DELIVERY, "cola", 4_000)
    assert on_order(desk) == {"beer": 0, "cola": 5_000}
    assert desk.query("SELECT on_hand_milli FROM stock") == [(5_000,)]
    done = come(desk, LATER, "cola", 6_000)
    assert (done.state, lines(done)) == ("Received", {"cola": (8_000, 9_000)})
    with open_reader(desk.address) as read:
        page = PURCHASE_ORDERS.page(read, Scope(organization=ORGANIZATION, stores=(SHOP,)))
    (row,) = page.rows
    assert (row.state, row.open_lines, row.over_lines, row.by_operator) == (
        "Received",
        0,
        1,
        "anna",
    )
    assert not verify(desk.address).broken


def test_a_shops_own_receipt_that_names_the_order_counts_for_it(desk: Desk, box: Box) -> None:
    draft(desk, cola=6_000)
    step(desk, PurchaseOrderEvent.SENT)
    box.write("InventoryControl", moved("Receipt", "cola", 4_000, SHOP, order_id=ORDER))
    box.write("InventoryControl", moved("Receipt", "tonic", 500, SHOP, order_id=ORDER))
    box.deliver(desk.store)
    closed = step(desk, PurchaseOrderEvent.CLOSED)
    assert lines(closed) == {"cola": (6_000, 4_000), "tonic": (0, 500)}
    assert (closed.state, closed.reason) == ("Closed", "not needed")
    assert on_order(desk)["cola"] == 0


def test_goods_for_an_order_that_nobody_knows_yet_wait_for_it(desk: Desk, box: Box) -> None:
    with pytest.raises(UnknownOrderError):
        come(desk, DELIVERY, "cola", 1_000)
    box.write("InventoryControl", moved("Receipt", "cola", 4_000, SHOP, order_id=ORDER))
    box.deliver(desk.store)
    assert desk.query("SELECT state FROM purchase_orders") == [("Unknown",)]
    with pytest.raises(OrderRefusedError, match="never drafted"):
        step(desk, PurchaseOrderEvent.SENT)
    assert lines(draft(desk, cola=6_000)) == {"cola": (6_000, 4_000)}


def test_a_cancelled_order_is_not_awaited_and_takes_no_more_goods(desk: Desk, box: Box) -> None:
    sell(desk, box, 6_000)
    draft(desk, cola=6_000)
    step(desk, PurchaseOrderEvent.SENT)
    step(desk, PurchaseOrderEvent.CANCELLED)
    assert [row.suggested_milli for row in to_order(desk)] == [6_000]
    assert alerts(desk) == [4_000, 4_000]
    with pytest.raises(OrderRefusedError, match="was cancelled: nothing can come"):
        come(desk, DELIVERY, "cola", 1_000)
    with pytest.raises(OrderRefusedError, match="cannot be sent"):
        step(desk, PurchaseOrderEvent.SENT)


@pytest.mark.usefixtures("box")
def test_a_level_is_set_once_moved_and_taken_away(desk: Desk) -> None:
    entries = desk.query("SELECT count(*) FROM entries")
    keep(desk, 4_000, 10_000)
    assert desk.query("SELECT count(*) FROM entries") == entries
    keep(desk, 10_000, 20_000)
    assert alerts(desk) == [10_000]
    keep(desk, None, None)
    assert to_order(desk) == []
    for point, up_to in ((5_000, 4_000), (None, 1_000)):
        with pytest.raises(OrderRefusedError, match="at least the reorder point"):
            keep(desk, point, up_to)
    with pytest.raises(OrderRefusedError, match="each article once"):
        do(
            desk,
            lambda session: draft_order(session, ORDER, Draft(location_id=SHOP, lines=()), WHO),
        )


def test_a_rebuild_gives_the_same_orders_alerts_and_levels(desk: Desk, box: Box) -> None:
    sell(desk, box, 6_000)
    draft(desk, cola=6_000)
    step(desk, PurchaseOrderEvent.SENT)
    come(desk, DELIVERY, "cola", 2_000)
    sell(desk, box, 4_000)
    before = table_rows(desk.query)
    desk.store.rebuild()
    assert table_rows(desk.query) == before
    assert before["replenishment"]
