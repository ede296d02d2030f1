"""A shop that rounds cards like cash, as one in Belgium may; and nothing else."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from edge_daemon.records.payloads import RetailTransaction
from tests.stories.a_day import Day
from tests.stories.counter import Counter, sale, ulid
from tests.stories.office_books import books_agree

SHOP = """
card_rounding = true

[sales]
on_account = true
"""

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def counter() -> AsyncIterator[Counter]:
    async with Counter(shop=SHOP) as found:
        await found.start()
        yield found
        z = await Day(found).report("Z")
        rounded = sum(row.amount for row in z.payments)
        assert rounded == z.total_cash_sales + z.rounding_total
        await books_agree(found)


CARD = {"type": "card"}
CASH = {"type": "cash"}
VOUCHER = {"type": "other", "tender_type": "Voucher", "amount": 500, "reference": "v-1"}
ACCOUNT = {"type": "other", "tender_type": "CustomerAccount"}
SLIP = {"type": "card", "standalone": True, "slip_number": "s-1"}


@pytest.mark.parametrize(
    ("tenders", "paid"),
    [
        ([CARD], [1000]),
        ([SLIP], [1000]),
        ([CASH], [1000]),
        ([CARD | {"amount": 1000}], [1000]),
        ([CARD | {"amount": 501}, CASH], [501, 499]),
        ([CASH | {"amount": 501}, CARD], [501, 499]),
        ([VOUCHER, CARD], [500, 500]),
        ([ACCOUNT], [1002]),
    ],
)
async def test_what_cards_and_cash_pay_is_rounded_once(
    counter: Counter, tenders: list[dict[str, Any]], paid: list[int]
) -> None:
    sold = await counter.sell(tenders=tenders, customer_ref="klant-7")
    assert sold["state"] == "completed", sold
    assert sorted(each["amount"] for each in sold["tenders"]) == sorted(paid)
    record = (await counter.payloads(RetailTransaction))[-1]
    assert record.rounding_amount == sum(paid) - 1002
    body = {"sale_id": sold["id"], "operator_id": "op-17", "reason": "vergissing"}
    if SLIP not in tenders:
        undone = (await counter.put(f"/v1/voids/{ulid()}", body)).json()
        assert (undone["state"], undone["rounding"]) == ("completed", 1002 - sum(paid))


async def test_a_card_does_not_pay_the_cents_that_are_rounded_away(counter: Counter) -> None:
    body = sale(tenders=[CARD | {"amount": 1002}])
    refused = await counter.put(f"/v1/sales/{ulid()}", body)
    assert refused.status_code == 400
    assert "1000 minor units are left" in refused.json()["error"]["message"]


async def test_a_card_gets_back_the_rounded_amount(counter: Counter) -> None:
    sold = await counter.sell(tenders=[CARD])
    back = [
        {"quantity_milli": -2000, "returns": {"transaction_id": sold["id"], "line_id": "1"}},
        {"quantity_milli": -1000, "returns": {"transaction_id": sold["id"], "line_id": "2"}},
    ]
    given = await counter.sell(lines=back, tenders=[CARD])
    assert (given["state"], given["paid"], given["rounding"]) == ("completed", -1000, 2)


async def test_a_sale_that_waits_takes_the_rounded_rest_by_card(counter: Counter) -> None:
    counter.terminal.faults.switch("decline", on=True)
    waiting = await counter.sell(tenders=[CARD])
    assert waiting["state"] == "awaiting_tender"
    counter.terminal.faults.switch("decline", on=False)
    path = f"/v1/sales/{waiting['id']}/tenders/{ulid()}"
    paid = (await counter.put(path, CARD)).json()
    assert (paid["state"], paid["paid"], paid["rounding"]) == ("completed", 1000, -2)
