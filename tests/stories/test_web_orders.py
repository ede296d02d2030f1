"""Click and collect: the office sends an order, the counter hands it out or takes it back."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from central_office.publishing import publication
from edge_daemon.records.master_data import Orders, WebOrder, WebOrderLine
from edge_daemon.records.payloads import RetailTransaction
from tests.edge_daemon.test_master_data import take
from tests.stories.counter import Counter, sale, ulid

TILL = {"workstation": "till-1", "operator_id": "op-17"}
PAID, UNPAID, SENT, CLOSED, SHORT = (f"01M7YHX30000000000000000R{n}" for n in range(5))

pytestmark = pytest.mark.asyncio(loop_scope="module")


def order(order_id: str, state: str, *, paid: bool) -> WebOrder:
    line = WebOrderLine(
        line_id="1",
        item_id="mok",
        description="Mok",
        merchandise_hierarchy="servies",
        quantity_milli=2000,
        uom="EA",
        unit_price=999,
        amount=1998,
        tax_code="high",
        tax_rate_bp=2100,
    )
    return WebOrder(
        transaction_id=order_id,
        order_ref=f"web-{order_id[-1]}",
        state=state,
        paid=paid,
        placed_at=1,
        currency="EUR",
        customer_ref="klant-7",
        lines=(line,),
    )


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def counter() -> AsyncIterator[Counter]:
    async with Counter() as found:
        await found.start()
        orders = (
            order(PAID, "ready", paid=True),
            order(UNPAID, "ready", paid=False),
            order(SENT, "delivered", paid=True),
            order(CLOSED, "closed", paid=True),
            order(SHORT, "ready", paid=True),
        )
        sent = publication("orders", Orders(orders=orders), 1)
        await take(found.daemon.master_data, sent)
        await found.daemon.sales.orders.load()
        yield found


async def hand_out(counter: Counter, order_id: str, **more: Any) -> Any:
    return await counter.put(f"/v1/orders/{order_id}/hand-outs/{ulid()}", TILL | more)


async def test_what_was_paid_online_is_handed_out_once(counter: Counter) -> None:
    listed = (await counter.get("/v1/orders")).json()["orders"]
    assert [each["transaction_id"] for each in listed] == [PAID, UNPAID, SENT, SHORT]
    both = await asyncio.gather(*(hand_out(counter, PAID) for _ in range(2)))
    assert sorted(each.status_code for each in both) == [200, 409]
    refused = next(each for each in both if each.status_code == 409).json()["error"]
    assert "has been handed out" in refused["message"]
    sold = next(each for each in both if each.status_code == 200).json()
    record = (await counter.payloads(RetailTransaction))[-1]
    assert (sold["state"], record.channel, record.customer_ref) == (
        "completed",
        "collect",
        "klant-7",
    )
    assert [(each.tender_type, each.amount) for each in record.tenders] == [("Online", 1998)]
    assert [(each.kind, each.transaction_id) for each in record.transaction_links] == [
        ("Replaces", PAID)
    ]
    taken = await hand_out(counter, PAID, tenders=[{"type": "cash"}])
    assert taken.status_code == 400
    listed = (await counter.get("/v1/orders")).json()["orders"]
    assert PAID not in [each["transaction_id"] for each in listed]


async def test_what_was_not_paid_is_paid_at_the_counter(counter: Counter) -> None:
    assert (await hand_out(counter, UNPAID)).status_code == 400
    sold = (await hand_out(counter, UNPAID, tenders=[{"type": "cash", "amount": 2000}])).json()
    assert (sold["state"], sold["total"], sold["paid"]) == ("completed", 1998, 2000)


async def test_an_order_that_was_sent_comes_back_like_a_receipt(counter: Counter) -> None:
    receipt = (await counter.get(f"/v1/receipts/{SENT}")).json()
    assert (receipt["workstation"], receipt["total"], receipt["returnable"]) == (
        "webshop",
        1998,
        True,
    )
    back = {"quantity_milli": -1000, "returns": {"transaction_id": SENT, "line_id": "1"}}
    returned = await counter.sell(lines=[back], tenders=[{"type": "cash"}])
    assert (returned["type"], returned["total"], returned["taxes"][0]["tax"]) == (
        "Return",
        -999,
        -173,
    )
    await counter.sell(lines=[back], tenders=[{"type": "cash"}])
    assert not (await counter.get(f"/v1/receipts/{SENT}")).json()["returnable"]
    third = await counter.put(f"/v1/sales/{ulid()}", sale(lines=[back], tenders=[{"type": "cash"}]))
    assert third.status_code == 400


async def test_nothing_is_handed_out_that_is_not_here(counter: Counter) -> None:
    assert (await hand_out(counter, CLOSED)).status_code == 400
    assert (await hand_out(counter, ulid())).status_code == 404


async def test_what_of_an_order_is_not_there_goes_back_to_whoever_paid_online(
    counter: Counter,
) -> None:
    sold = (await hand_out(counter, SHORT)).json()
    back = {"quantity_milli": -1000, "returns": {"transaction_id": sold["id"], "line_id": "1"}}
    online = [{"type": "other", "tender_type": "Online", "reference": "web-4"}]
    given = await counter.sell(lines=[back], tenders=online)
    assert (given["state"], given["paid"]) == ("completed", -999)
    second = await counter.sell(lines=[back], tenders=online)
    assert second["paid"] == -999
    refused = await counter.put(f"/v1/sales/{ulid()}", sale(lines=[back], tenders=online))
    assert refused.status_code == 400, "no more comes back than was handed out"
