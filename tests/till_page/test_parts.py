"""What is not done for every customer: web orders, gift cards, hours, and money without a sale."""

import os
import pathlib
import re
import time
from typing import Any

import pytest
from playwright.async_api import expect

from central_office.publishing import publication
from edge_daemon.records.master_data import Orders
from edge_daemon.records.payloads import DrawerEvent, OperatorEvent, RetailTransaction
from tests.doors.browser import needs_chromium
from tests.edge_daemon.test_master_data import take
from tests.status_page.browser import PHONE, barriers, too_wide
from tests.stories.counter import Counter
from tests.stories.staff import PEOPLE, hire
from tests.stories.test_web_orders import CLOSED, PAID, SENT, UNPAID, order
from tests.till_page.shop import MILK, TABLET, VERSIONS, WebTill

PICTURES = os.environ.get("TILL_SCREENSHOTS")
CARD = "GC-7H3K-9PQX-20M4"
HOUR_US = 3_600_000_000

pytestmark = [
    needs_chromium,
    pytest.mark.timeout(240),
    pytest.mark.asyncio(loop_scope="package"),  # one browser and one shop for all of them
]


async def look(till: WebTill, axe: str, what: str) -> None:
    """Everybody can read and use it, on a tablet and on a phone."""
    assert await barriers(till.page, axe) == [], what
    for size in (PHONE, TABLET):
        await till.page.set_viewport_size({"width": size["width"], "height": size["height"]})
        assert not await too_wide(till.page), what
        if PICTURES:
            path = pathlib.Path(PICTURES, f"parts-{size['width']}-{what}.png")
            await till.page.screenshot(path=path, animations="disabled")


async def sold(counter: Counter) -> RetailTransaction:
    sale: RetailTransaction = (await counter.payloads(RetailTransaction))[-1]
    return sale


async def choose_order(till: WebTill, order_id: str) -> None:
    await till.menu("orders")
    await till.page.get_by_role("button", name=re.compile(f"web-{order_id[-1]}")).click()


async def test_web_orders_are_handed_out_paid_for_and_taken_back(
    counter: Counter, till: WebTill, axe: str
) -> None:
    orders = (
        order(PAID, "ready", paid=True),
        order(UNPAID, "ready", paid=False),
        order(SENT, "delivered", paid=True),
        order(CLOSED, "closed", paid=True),
    )
    sent = publication("orders", Orders(orders=orders), 1)
    await take(counter.daemon.master_data, sent)
    await counter.daemon.sales.orders.load()
    await till.menu("training")
    await till.menu("orders")
    await till.shows("not_in_training")
    await till.menu("end_training")
    await till.menu("orders")
    await expect(till.page.locator("dialog .rows li")).to_have_count(3)
    await look(till, axe, "orders")
    await till.page.get_by_role("button", name=re.compile(f"web-{PAID[-1]}")).click()
    await till.shows("order_paid")
    await look(till, axe, "order")
    await till.press("hand_out")
    await till.shows("was_paid")
    assert [each.tender_type for each in (await sold(counter)).tenders] == ["Online"]
    await till.press("next_customer")
    await choose_order(till, UNPAID)
    await till.press("pay")
    await expect(till.page.locator(".due strong")).to_contain_text("19,98")
    counter.scanner.scan(MILK)
    await till.shows("finish_first")
    await till.page.reload()
    await expect(till.page.locator(".due strong")).to_contain_text("19,98")
    await till.press("back")
    await expect(till.page.locator(".ticket .lines")).to_have_count(0)
    await choose_order(till, UNPAID)
    await till.press("pay")
    await till.press_words(re.compile("Gepast"))
    await till.shows("was_paid")
    assert (await sold(counter)).channel == "collect"
    await till.press("next_customer")
    await choose_order(till, SENT)
    await till.page.get_by_role("button", name=re.compile(till.say("one_more"))).click()
    await till.press("take_back")
    await till.pay()
    await till.press("to_webshop")
    await till.shows("was_paid_out")
    assert [each.tender_type for each in (await sold(counter)).tenders] == ["Online"]
    await till.press("next_customer")


async def test_a_gift_card_is_sold_looked_at_and_pays(
    counter: Counter, till: WebTill, axe: str
) -> None:
    await till.menu("gift_card")
    number = till.page.get_by_label(till.say("gift_card_number"))
    await number.fill(CARD)
    await till.press("gift_card_look")
    await till.shows("gift_card_new")
    await look(till, axe, "gift-card")
    await till.press_words("+ € 20,00")
    await till.press("park")
    await till.shows("gift_card_not_parked")
    await till.pay()
    await till.press_words(re.compile("Gepast"))
    await till.shows("was_paid")
    assert (await sold(counter)).line_items[0].line_type == "GiftCardIssue"
    await till.press("next_customer")
    for _ in range(2):
        await till.touch("Paraplu")
    await till.pay()
    await till.press("gift_card")
    await number.fill("GC-NOBODY")
    await till.press("gift_card_look")
    await till.shows("gift_card_unknown")
    await till.page.keyboard.press("Escape")
    await till.press("back")
    await till.pay()
    await till.press("gift_card")
    counter.scanner.scan(CARD)
    await till.shows("gift_card_holds")
    await expect(till.page.locator("dialog .sum")).to_contain_text("20,00")
    await till.press("gift_card_take", amount="€ 20,00")
    await expect(till.page.locator(".due strong")).to_contain_text("5,90")
    await till.press_words(re.compile("Gepast"))
    await till.shows("was_paid")
    paid = {each.tender_type: each.amount for each in (await sold(counter)).tenders}
    assert paid == {"GiftCard": 2000, "Cash": 590}
    await till.press("next_customer")
    kept = await till.page.evaluate("JSON.stringify(localStorage)")
    assert CARD not in kept
    assert CARD not in str([entry.payload for entry in await counter.entries()])


async def test_hours_are_clocked_with_a_pin_and_stand_beside_the_roster(
    counter: Counter, till: WebTill, axe: str
) -> None:
    now = time.clock_gettime_ns(time.CLOCK_REALTIME) // 1000
    shift: dict[str, Any] = {
        "operator_id": "op-17",
        "location_id": "8712345678906",
        "start": now,
        "end": now + HOUR_US,
        "role": "kassa",
    }
    await hire(counter, PEOPLE, shifts=[shift], version=next(VERSIONS))
    for key, state in (("clock_in", "in"), ("break_start", "break"), ("clock_out", "out")):
        await till.menu("hours")
        if key == "break_start":
            await look(till, axe, "hours")
        await till.page.get_by_role("dialog").get_by_role("button", name=re.compile("Bram")).click()
        await till.press(key)
        await till.page.get_by_label(till.say("pin"), exact=True).fill("1470")
        await till.press("ok")
        await expect(till.page.locator("#said")).to_contain_text(till.say(f"clocked_{key}"))
        people = (await counter.get("/v1/operators")).json()["operators"]
        assert {each["operator_id"]: each["working"] for each in people}["op-17"] == state
    clocked = [each.event for each in await counter.payloads(OperatorEvent)]
    assert clocked[-3:] == ["ClockIn", "BreakStart", "ClockOut"]


async def test_money_comes_and_goes_without_a_sale(counter: Counter, till: WebTill) -> None:
    await counter.printer.hand("close_drawer")
    await till.menu("till")
    await till.press("no_sale")
    await till.press("drawer_change")
    await till.shows("drawer_opened")
    assert (await counter.payloads(DrawerEvent))[-1].cause == "NoSale"
    for kind, slip in (("loan", ""), ("paid_in", ""), ("paid_out", "bon 12"), ("pickup", "")):
        await till.menu("till")
        await till.press("move_money")
        await till.page.get_by_role("radio", name=till.say(f"money_{kind}")).check()
        await till.page.get_by_label(till.say("amount"), exact=True).fill("10")
        await till.page.get_by_label(till.say("reason"), exact=True).fill("melk")
        if slip:
            await till.page.get_by_label(till.say("document")).fill(slip)
        await till.press("ok")
        await till.shows("moved")
    (session, *_) = (await counter.get("/v1/till-sessions")).json()["sessions"]
    (cash,) = [each for each in session["expected"] if each["tender_type"] == "Cash"]
    assert cash["amount"] > 0
