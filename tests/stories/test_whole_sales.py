"""A sale in full, over the API, the journal and the paper."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from edge_daemon.records.payloads import (
    ItemVoid,
    PaymentEvent,
    PriceChange,
    RetailTransaction,
    TransactionCancelled,
    TransactionStatus,
)
from tests.stories.a_day import Day
from tests.stories.counter import CARD, Counter, basket, sale, ulid
from tests.stories.office_books import books_agree

SHOP = """
[sales]
on_account = true

[[foreign_currency]]
code = "USD"
rate = "0.92"
"""


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def shop() -> AsyncIterator[Counter]:
    async with Counter(shop=SHOP) as found:
        await found.start()
        yield found
        await Day(found).report("Z")
        await books_agree(found)


@pytest.fixture
def counter(shop: Counter) -> Counter:
    """One shop for all: every test makes sales of its own in it."""
    shop.terminal.faults.switch("decline", on=False)
    return shop


@pytest.fixture
def gift_card() -> str:
    return f"KADO-{ulid()}"


def line(price: int, **changes: Any) -> dict[str, Any]:
    return {
        "description": "Koffie",
        "quantity_milli": 1000,
        "unit_price": price,
        "tax_code": "low",
    } | changes


def back(sale_id: str, line_id: str, quantity_milli: int = -1000, **changes: Any) -> dict[str, Any]:
    returns = {"transaction_id": sale_id, "line_id": line_id}
    return {"returns": returns, "quantity_milli": quantity_milli} | changes


def wrong(answer: httpx.Response) -> dict[str, Any]:
    found: dict[str, Any] = answer.json()["error"]
    return found


async def last_record(counter: Counter) -> RetailTransaction:
    found: RetailTransaction = (await counter.payloads(RetailTransaction))[-1]
    tenders = sum(tender.amount for tender in found.tenders)
    if found.status in (TransactionStatus.COMPLETED, TransactionStatus.POST_VOIDED):
        lines = [each for each in found.line_items if not each.voided]
        assert sum(each.extended_amount for each in lines) + found.rounding_amount == tenders
        assert sum(each.tax_amount for each in lines) == sum(tax.tax for tax in found.taxes)
        assert sum(each.tax_base for each in lines) == sum(tax.base for tax in found.taxes)
    return found


# --- returns --------------------------------------------------------------------------------


async def test_goods_come_back_by_the_code_on_the_receipt(counter: Counter) -> None:
    sold = await counter.sell()
    shown = (await counter.get(f"/v1/receipts/R{sold['id']}")).json()
    assert [each["returnable_milli"] for each in shown["lines"]] == [2000, 1000]
    returned = await counter.sell(
        lines=[back(sold["id"], "1")], tenders=[{"type": "cash"}], total=-349
    )
    assert (returned["type"], returned["state"]) == ("Return", "completed")
    assert (returned["rounding"], returned["paid"]) == (-1, -350)
    record = await last_record(counter)
    assert record.line_items[0].tax_rate_bp == 900
    assert record.tenders[0].amount == -350
    shown = (await counter.get(f"/v1/receipts/R{sold['id']}")).json()
    assert [each["returnable_milli"] for each in shown["lines"]] == [1000, 1000]
    assert returned["drawer"]["state"] == "opened"
    assert returned["receipt"]["document"] == "Return"


async def test_a_receipt_is_found_by_its_number_too(counter: Counter) -> None:
    sold = await counter.sell()
    number = sold["sequence_number"]
    found = await counter.get("/v1/receipts", workstation="till-1", number=number)
    assert found.json()["transaction_id"] == sold["id"]
    missing = await counter.get("/v1/receipts", workstation="till-1", number=99_999)
    assert missing.status_code == 404


async def test_not_more_comes_back_than_was_sold(counter: Counter) -> None:
    sold = await counter.sell()
    body = sale(lines=[back(sold["id"], "1", -2000), back(sold["id"], "1")], tenders=[])
    refused = await counter.put(f"/v1/sales/{ulid()}", body)
    assert refused.status_code == 400
    assert "0 can still come back of the 2" in wrong(refused)["message"]
    await counter.sell(lines=[back(sold["id"], "1", -2000)], tenders=[{"type": "cash"}])
    again = await counter.put(f"/v1/sales/{ulid()}", sale(lines=[back(sold["id"], "1")]))
    assert again.status_code == 400
    assert "can still come back" in wrong(again)["message"]


async def test_parts_that_come_back_add_up_to_the_whole(counter: Counter) -> None:
    dear = line(333, quantity_milli=3000, discounts=[{"amount": 100, "reason": "actie"}])
    sold = await counter.sell(lines=[dear], tenders=[{"type": "cash"}])
    assert sold["total"] == 899
    paid_out = []
    for _ in range(3):
        part = await counter.sell(lines=[back(sold["id"], "1")], tenders=[{"type": "cash"}])
        paid_out.append(part["total"])
    assert sum(paid_out) == -899


async def test_one_receipt_at_two_registers_at_once_is_taken_back_once(counter: Counter) -> None:
    sold = await counter.sell()
    body = sale(lines=[back(sold["id"], "2")], tenders=[{"type": "cash"}])
    answers = await asyncio.gather(*(counter.put(f"/v1/sales/{ulid()}", body) for _ in range(4)))
    codes = [each.status_code for each in answers]
    assert codes.count(200) == 1
    assert set(codes) <= {200, 400, 409}


async def test_a_repeated_return_is_answered_as_before(counter: Counter) -> None:
    sold = await counter.sell()
    body = sale(lines=[back(sold["id"], "2")], tenders=[{"type": "cash"}])
    return_id = ulid()
    first = await counter.put(f"/v1/sales/{return_id}", body)
    second = await counter.put(f"/v1/sales/{return_id}", body)
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json()["total"] == second.json()["total"] == -304
    made = [one.transaction_id for one in await counter.payloads(RetailTransaction)]
    assert made.count(return_id) == 1


async def test_a_return_is_paid_to_a_card(counter: Counter) -> None:
    before = counter.terminal.ledger.booked()
    sold = await counter.sell(**CARD)
    returned = await counter.sell(lines=[back(sold["id"], "2")], **CARD)
    assert (returned["state"], returned["total"], returned["rounding"]) == ("completed", -304, 0)
    record = await last_record(counter)
    assert record.tenders[0].amount == -304
    assert counter.terminal.ledger.booked() - before == 1002 - 304


async def test_money_goes_out_for_what_a_receipt_shows_alone(counter: Counter) -> None:
    body = sale(lines=[line(500, quantity_milli=-1000)], tenders=[{"type": "cash"}])
    refused = await counter.put(f"/v1/sales/{ulid()}", body)
    assert refused.status_code == 400
    assert "scan its code" in wrong(refused)["message"]
    unknown = sale(lines=[back(ulid(), "1")], tenders=[{"type": "cash"}])
    refused = await counter.put(f"/v1/sales/{ulid()}", unknown)
    assert "does not know the receipt" in wrong(refused)["message"]


async def test_goods_are_exchanged_for_others_and_nothing_is_paid(counter: Counter) -> None:
    sold = await counter.sell(lines=[line(500)], tenders=[{"type": "cash"}])
    swapped = await counter.sell(lines=[back(sold["id"], "1"), line(500)], tenders=[])
    assert (swapped["type"], swapped["total"], swapped["tenders"]) == ("Exchange", 0, [])
    dearer = await counter.sell(
        lines=[back(swapped["id"], "2"), line(750)], tenders=[{"type": "cash"}]
    )
    assert (dearer["type"], dearer["total"]) == ("Exchange", 250)
    await last_record(counter)


# --- voids ----------------------------------------------------------------------------------


def void(sale_id: str, **changes: Any) -> dict[str, Any]:
    return {"sale_id": sale_id, "operator_id": "op-17", "reason": "fout"} | changes


async def test_a_sale_paid_by_card_is_voided_with_a_reversal(counter: Counter) -> None:
    booked = counter.terminal.ledger.booked()
    sold = await counter.sell(**CARD)
    answer = await counter.put(f"/v1/voids/{ulid()}", void(sold["id"]))
    undone = answer.json()
    assert (answer.status_code, undone["type"], undone["state"]) == (200, "Void", "completed")
    assert (undone["total"], undone["paid"], undone["links"][0]["kind"]) == (-1002, -1002, "VoidOf")
    assert undone["sequence_number"] == sold["sequence_number"] + 1
    assert undone["receipt"]["document"] == "Void"
    record = await last_record(counter)
    assert record.status is TransactionStatus.POST_VOIDED
    assert counter.terminal.ledger.booked() == booked
    before = (await counter.get(f"/v1/sales/{sold['id']}")).json()
    assert (before["state"], before["voided_by"]) == ("completed", undone["id"])
    assert before["problems"] == []


async def test_a_voided_sale_is_voided_once_and_not_returned(counter: Counter) -> None:
    sold = await counter.sell()
    assert (await counter.put(f"/v1/voids/{ulid()}", void(sold["id"]))).status_code == 200
    again = await counter.put(f"/v1/voids/{ulid()}", void(sold["id"]))
    assert (again.status_code, wrong(again)["code"]) == (409, "not_allowed")
    assert "voided already" in wrong(again)["message"]
    body = sale(lines=[back(sold["id"], "1")], tenders=[{"type": "cash"}])
    assert (await counter.put(f"/v1/sales/{ulid()}", body)).status_code == 400
    shown = (await counter.get(f"/v1/receipts/R{sold['id']}")).json()
    assert (shown["returnable"], shown["note"][:24]) == (False, "This receipt was voided:")


async def test_a_sale_that_was_rounded_to_nothing_is_voided(counter: Counter) -> None:
    for paid in ({"type": "cash"}, {"type": "cash", "amount": 100}):
        sold = await counter.sell(lines=[line(1)], tenders=[paid])
        assert (sold["state"], sold["rounding"]) == ("completed", -1)
        undone = (await counter.put(f"/v1/voids/{ulid()}", void(sold["id"]))).json()
        assert (undone["state"], undone["rounding"], undone["paid"]) == ("completed", 1, 0)


async def test_cash_is_handed_back_as_it_was_rounded(counter: Counter) -> None:
    sold = await counter.sell()
    assert (sold["rounding"], sold["change"]) == (-2, 1000)
    undone = (await counter.put(f"/v1/voids/{ulid()}", void(sold["id"]))).json()
    assert (undone["rounding"], undone["paid"]) == (2, -1000)
    await last_record(counter)


async def test_a_sale_of_which_something_came_back_is_not_voided(counter: Counter) -> None:
    sold = await counter.sell()
    await counter.sell(lines=[back(sold["id"], "1")], tenders=[{"type": "cash"}])
    refused = await counter.put(f"/v1/voids/{ulid()}", void(sold["id"]))
    assert refused.status_code == 409
    assert "has come back" in wrong(refused)["message"]


async def test_what_a_terminal_does_not_reverse_stays_due(counter: Counter) -> None:
    sold = await counter.sell(**CARD)
    counter.terminal.faults.switch("decline", on=True)
    void_id = ulid()
    undone = (await counter.put(f"/v1/voids/{void_id}", void(sold["id"]))).json()
    assert (undone["state"], undone["due"]) == ("awaiting_tender", -1002)
    paid = await counter.put(f"/v1/sales/{void_id}/tenders/{ulid()}", {"type": "cash"})
    assert (paid.json()["state"], paid.json()["paid"]) == ("completed", -1000)


# --- parking --------------------------------------------------------------------------------


async def test_a_basket_is_parked_and_sold_later(counter: Counter) -> None:
    parked = ulid()
    answer = await counter.put(f"/v1/suspended-sales/{parked}", basket(note="mevrouw met hond"))
    assert (answer.status_code, answer.json()["state"]) == (200, "suspended")
    listed = (await counter.get("/v1/suspended-sales")).json()["suspended_sales"]
    assert [each["note"] for each in listed] == ["mevrouw met hond"]
    await counter.crash()
    await counter.start()
    taken = await counter.put(
        f"/v1/suspended-sales/{parked}/resumptions/{ulid()}",
        {"workstation": "till-1", "operator_id": "op-18"},
    )
    assert taken.json()["state"] == "resumed"
    sold = await counter.sell(resumes=parked, **taken.json()["basket"])
    assert (sold["state"], sold["links"][0]["kind"]) == ("completed", "ResumeOf")
    assert (await counter.get("/v1/suspended-sales")).json()["suspended_sales"] == []
    assert (await counter.get(f"/v1/suspended-sales/{parked}")).json()["state"] == "sold"


async def test_a_basket_is_taken_up_by_one_register(counter: Counter) -> None:
    parked = ulid()
    await counter.put(f"/v1/suspended-sales/{parked}", basket())
    body = {"workstation": "till-1", "operator_id": "op-17"}
    path = f"/v1/suspended-sales/{parked}/resumptions"
    both = await asyncio.gather(*(counter.put(f"{path}/{ulid()}", body) for _ in range(2)))
    assert sorted(each.status_code for each in both) == [200, 409]
    refused = next(each for each in both if each.status_code == 409)
    assert "till-1 has taken this sale up again" in wrong(refused)["message"]
    over = await counter.put(f"{path}/{ulid()}", body | {"take_over": True})
    assert over.status_code == 200
    await counter.sell(resumes=parked)
    twice = await counter.put(f"/v1/sales/{ulid()}", sale(resumes=parked))
    assert (twice.status_code, "gone on with" in wrong(twice)["message"]) == (409, True)


async def test_a_basket_is_given_up(counter: Counter) -> None:
    parked = ulid()
    await counter.put(f"/v1/suspended-sales/{parked}", basket())
    given_up = basket(reason="klant weg", resumes=parked)
    answer = await counter.put(f"/v1/basket-cancellations/{ulid()}", given_up)
    assert (answer.json()["line_count"], answer.json()["amount"]) == (2, 1002)
    assert (await counter.get(f"/v1/suspended-sales/{parked}")).json()["state"] == "given_up"
    event = (await counter.payloads(TransactionCancelled))[-1]
    assert (event.transaction_id, event.reason_code) == (parked, "klant weg")


# --- lines ----------------------------------------------------------------------------------


async def test_discounts_on_a_line_and_on_the_whole_are_spread_to_the_cent(
    counter: Counter,
) -> None:
    off = {"percent_bp": 1000, "reason": "personeel", "approved_by": "chef"}
    sold = await counter.sell(
        lines=[
            line(1000, discounts=[off]),
            line(333),
            line(333, tax_code="high"),
            line(25, line_type="Deposit", deposit_of="1", description="Statiegeld", tax_code=None)
            | {"tax_code": "low"},
        ],
        discounts=[{"amount": 100, "reason": "bon"}],
        tenders=[{"type": "cash"}],
    )
    record = await last_record(counter)
    assert [each.extended_amount for each in record.line_items] == [842, 25, 312, 312]
    assert (sold["total"], record.totals.discount, record.totals.deposit) == (1491, 200, 25)
    modifier = record.line_items[0].modifiers[0]
    assert (modifier.amount, modifier.percent_bp, modifier.approved_by) == (-100, 1000, "chef")


@pytest.mark.parametrize(
    ("discount", "status"),
    [
        ({"percent_bp": 10_001, "reason": "x"}, 400),
        ({"amount": 501, "reason": "x"}, 400),
        ({"reason": "x"}, 400),
        ({"percent_bp": 10_000, "reason": "x"}, 200),
    ],
)
async def test_no_discount_is_over_a_hundred_per_cent(
    counter: Counter, discount: dict[str, Any], status: int
) -> None:
    body = sale(lines=[line(500, discounts=[discount])], tenders=[{"type": "cash"}])
    answer = await counter.put(f"/v1/sales/{ulid()}", body)
    assert answer.status_code == status
    if status == 200:
        assert answer.json()["total"] == 0


async def test_a_return_that_is_rounded_to_nothing_is_taken_back(counter: Counter) -> None:
    sold = await counter.sell(lines=[line(1)], tenders=[{"type": "cash"}])
    back = {"quantity_milli": -1000, "returns": {"transaction_id": sold["id"], "line_id": "1"}}
    given = await counter.sell(lines=[back], tenders=[{"type": "cash"}])
    assert (given["state"], given["paid"], given["rounding"]) == ("completed", 0, 1)


async def test_a_price_is_overridden_with_its_reason(counter: Counter) -> None:
    override = {"unit_price": 400, "reason": "beschadigd", "approved_by": "chef"}
    sold = await counter.sell(
        lines=[line(500, quantity_milli=2000, price_override=override)], tenders=[{"type": "cash"}]
    )
    (item,) = (await last_record(counter)).line_items
    assert (sold["total"], item.regular_unit_price, item.actual_unit_price) == (800, 500, 400)
    assert (item.modifiers[0].kind, item.modifiers[0].amount) == ("PriceOverride", -200)
    (changed,) = await counter.payloads(PriceChange)
    assert (changed.item_id, changed.old_price, changed.new_price) == ("open-price", 500, 400)
    assert changed.reason_code == "beschadigd"
    assert (await counter.put(f"/v1/voids/{ulid()}", void(sold["id"]))).status_code == 200
    assert await counter.payloads(PriceChange) == [changed], "a void changes no price"


async def test_a_line_taken_off_is_kept_and_counted_by_itself(counter: Counter) -> None:
    sold = await counter.sell(
        lines=[line(500), line(900, voided="vergissing")], tenders=[{"type": "cash"}]
    )
    event = (await counter.payloads(ItemVoid))[-1]
    assert (sold["total"], event.amount, event.reason_code) == (500, 900, "vergissing")
    assert [each.voided for each in (await last_record(counter)).line_items] == [False, True]


async def test_empties_are_paid_out(counter: Counter) -> None:
    empties = {
        "line_type": "DepositReturn",
        "description": "Statiegeld fles",
        "quantity_milli": -4000,
        "unit_price": 25,
    }
    paid = await counter.sell(lines=[empties], tenders=[{"type": "cash"}])
    assert (paid["total"], paid["state"]) == (-100, "completed")
    record = await last_record(counter)
    assert (record.taxes[0].tax_code, record.taxes[0].tax) == ("none", 0)


# --- tenders --------------------------------------------------------------------------------


def gift(number: str, amount: int) -> dict[str, Any]:
    return {
        "line_type": "GiftCardIssue",
        "gift_card": number,
        "description": "Cadeaukaart",
        "quantity_milli": 1000,
        "unit_price": amount,
    }


async def balance(counter: Counter, number: str) -> int:
    answer = await counter.client.post(
        f"{counter.url}/v1/gift-cards/balance", json={"number": number}
    )
    found: int = answer.json()["balance"]
    return found


async def test_a_gift_card_is_sold_used_and_kept_secret(counter: Counter, gift_card: str) -> None:
    await counter.sell(lines=[gift(gift_card, 2500)], tenders=[{"type": "cash"}])
    assert await balance(counter, gift_card) == 2500
    paid = {"type": "gift_card", "number": gift_card, "amount": 500}
    sold = await counter.sell(tenders=[paid, {"type": "cash", "amount": 500}])
    assert (sold["rounding"], sold["state"]) == (-2, "completed")
    assert await balance(counter, gift_card) == 2000
    await counter.put(f"/v1/voids/{ulid()}", void(sold["id"]))
    assert await balance(counter, gift_card) == 2500
    stored = await counter.daemon.journal.read_after(None, limit=1000, max_bytes=1 << 30)
    assert not any(gift_card.encode() in entry.data for entry in stored)
    await counter.daemon.journal.rebuild()
    assert await balance(counter, gift_card) == 2500


async def test_no_more_is_taken_from_a_gift_card_than_is_on_it(
    counter: Counter, gift_card: str
) -> None:
    await counter.sell(lines=[gift(gift_card, 1000)], tenders=[{"type": "cash"}])
    paid = {"type": "gift_card", "number": gift_card}
    refused = await counter.put(f"/v1/sales/{ulid()}", sale(tenders=[paid]))
    assert "There are 1000 minor units on this gift card" in wrong(refused)["message"]
    body = sale(lines=[line(600)], tenders=[paid])
    both = await asyncio.gather(*(counter.put(f"/v1/sales/{ulid()}", body) for _ in range(2)))
    states = sorted(each.json().get("state", "refused") for each in both)
    assert states[-1] in ("completed", "refused")
    assert states.count("completed") == 1
    assert await balance(counter, gift_card) == 400
    unknown = sale(tenders=[{"type": "gift_card", "number": "ELDERS-1234"}])
    refused = await counter.put(f"/v1/sales/{ulid()}", unknown)
    assert "has not issued the gift card ending in 1234" in wrong(refused)["message"]


async def test_a_used_gift_card_is_not_voided(counter: Counter, gift_card: str) -> None:
    issued = await counter.sell(lines=[gift(gift_card, 1000)], tenders=[{"type": "cash"}])
    used = {"type": "gift_card", "number": gift_card}
    await counter.sell(lines=[line(500)], tenders=[used])
    refused = await counter.put(f"/v1/voids/{ulid()}", void(issued["id"]))
    assert (refused.status_code, "was used" in wrong(refused)["message"]) == (409, True)


async def test_foreign_cash_is_worth_its_rate_and_change_is_ours(counter: Counter) -> None:
    dollars = {"type": "cash", "amount": 2000, "currency": "USD"}
    sold = await counter.sell(tenders=[dollars])
    tender = (await last_record(counter)).tenders[0]
    assert (sold["paid"], sold["change"]) == (1840, 840)
    assert (tender.foreign_amount, tender.foreign_currency, tender.exchange_rate) == (
        2000,
        "USD",
        "0.92",
    )
    francs = sale(tenders=[{"type": "cash", "amount": 2000, "currency": "CHF"}])
    refused = await counter.put(f"/v1/sales/{ulid()}", francs)
    assert "no rate for CHF" in wrong(refused)["message"]


async def test_what_is_paid_later_needs_a_customer(counter: Counter) -> None:
    later = [{"type": "other", "tender_type": "CustomerAccount"}]
    refused = await counter.put(f"/v1/sales/{ulid()}", sale(tenders=later))
    assert wrong(refused)["path"] == "$.customer_ref"
    sold = await counter.sell(tenders=later, customer_ref="klant-7")
    assert (sold["state"], sold["rounding"], sold["customer_ref"]) == ("completed", 0, "klant-7")


async def test_a_tip_on_two_cards_stands_by_itself(counter: Counter) -> None:
    tip = {"line_type": "Tip", "description": "Fooi", "quantity_milli": 1000, "unit_price": 150}
    sold = await counter.sell(
        lines=[line(1000), tip], tenders=[{"type": "card", "amount": 600}, {"type": "card"}]
    )
    record = await last_record(counter)
    assert (sold["total"], record.totals.tip) == (1150, 150)
    assert [each.amount for each in record.tenders] == [600, 550]


async def test_training_returns_and_voids_touch_nothing(counter: Counter) -> None:
    asked, pulses = len(await counter.payloads(PaymentEvent)), len(counter.printer.drawer_pulses)
    sold = await counter.sell(training=True, **CARD)
    returned = await counter.sell(
        training=True, lines=[back(sold["id"], "1")], tenders=[{"type": "card"}]
    )
    assert (returned["state"], returned["sequence_number"]) == ("completed", 2)  # of its own
    undone = (await counter.put(f"/v1/voids/{ulid()}", void(sold["id"]))).json()
    assert (undone["state"], undone["training"]) == ("completed", True)
    real = sale(lines=[back(sold["id"], "1")], tenders=[{"type": "cash"}])
    refused = await counter.put(f"/v1/sales/{ulid()}", real)
    assert "practice" in wrong(refused)["message"]
    assert len(await counter.payloads(PaymentEvent)) == asked
    assert len(counter.printer.drawer_pulses) == pulses
