"""The books forget a customer and keep the receipt, on both databases, also made anew."""

import msgspec

from central_office.erasing import erase_customer
from central_office.master_lists import ListKey, keep, kept_lists
from central_office.reading import open_reader
from central_office.verifying import verify
from central_office.views.paging import Scope
from central_office.views.receipts import ReceiptQuery, find_receipts
from edge_daemon.records.master_data import Orders, WebOrder
from tests.central_office.boxes import NOON, SECOND, Box, line, sold, table_rows
from tests.central_office.desk import Desk
from tests.entries import ORGANIZATION

HERE = Scope(organization=ORGANIZATION)
ORDER = WebOrder(
    transaction_id="01M7YHX2VZ5DZ1A5H80000W001",
    order_ref="W-1",
    state="ready",
    paid=True,
    placed_at=NOON,
    currency="EUR",
    customer_ref="c-7",
    lines=(),
)


def owners(desk: Desk) -> dict[str, str | None]:
    with open_reader(desk.address) as read:
        rows = find_receipts(read, HERE, ReceiptQuery()).rows
    return {row.transaction_id: row.customer_ref for row in rows}


def test_a_customer_is_forgotten_and_stays_so_when_receipts_come_late_or_figures_are_made_anew(
    desk: Desk,
) -> None:
    box, late = Box("s-1"), Box("s-2")
    for name, customer in (("t-1", "c-7"), ("t-2", "c-8"), ("t-3", None)):
        more = {} if customer is None else {"customer_ref": customer}
        box.write("RetailTransaction", sold(name, line("cola", 1_000, 121), **more))
    box.deliver(desk.store)
    late.write("RetailTransaction", sold("t-4", line("cola", 1_000, 121), customer_ref="c-7"))
    again = sold("t-5", line("cola", 1_000, 121), customer_ref="c-7")
    late.write("RetailTransaction", again, at=NOON + 10 * SECOND)
    until = NOON + 5 * SECOND
    erased = desk.store.do(lambda session: erase_customer(session, ORGANIZATION, "c-7", until))
    assert erased == 1
    late.deliver(desk.store)
    known = {"t-1": None, "t-2": "c-8", "t-3": None, "t-4": None, "t-5": "c-7"}
    assert owners(desk) == known
    before = table_rows(desk.query)
    desk.store.rebuild()
    assert table_rows(desk.query) == before
    assert owners(desk) == known
    assert not verify(desk.address).broken
    assert desk.query("SELECT sum(gross) FROM sales")[0][0] == 5 * 121


def test_web_orders_are_kept_without_the_customer_and_travel_so(desk: Desk) -> None:
    key = ListKey(ORGANIZATION, "s-1", "orders")
    other = msgspec.structs.replace(ORDER, customer_ref="c-8", order_ref="W-2", transaction_id="x")
    version = desk.store.do(lambda session: keep(session, key, Orders(orders=(ORDER, other)), 1))
    desk.store.do(lambda session: erase_customer(session, ORGANIZATION, "c-7", NOON + SECOND))
    kept = desk.store.do(lambda session: kept_lists(session.all, key))
    assert [one.customer_ref for one in kept.orders] == [None, "c-8"]
    ((now,),) = desk.query("SELECT version FROM master_lists")
    assert now > version
    leftovers = desk.query("SELECT data FROM master_list_messages")
    leftovers += desk.query("SELECT data FROM master_list_deltas")
    assert not any(b"c-7" in bytes(data) for (data,) in leftovers)
