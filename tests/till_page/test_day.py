"""A whole day at the till on a tablet, and one on a phone, with all that a shop has."""

import os
import pathlib
import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from simulators.shop.opening import Options, Shop, opened
from simulators.shop.products import MILK, PRODUCTS, UMBRELLA, WAFFLES
from tests.doors.browser import needs_chromium
from tests.status_page.browser import PHONE, barriers, too_wide
from tests.till_page.shop import FLOAT, TABLET, WebTill

CHEESE = PRODUCTS["8712345678920"]
LAID_OUT_OTHERWISE = ("shelf", "ways-to-pay", "receipt", "return", "z")
"""On a phone, and dark; axe has seen all others on the tablet."""
PICTURES = os.environ.get("TILL_SCREENSHOTS")
"""A folder for pictures of what was looked at; none are made where it is not set."""

pytestmark = [
    needs_chromium,
    pytest.mark.timeout(300),
    pytest.mark.asyncio(loop_scope="package"),  # one shop for both days
]


@pytest_asyncio.fixture(loop_scope="package", scope="module")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shop]:
    options = Options(tmp_path_factory.mktemp("shop"), keep=False, language="nl", broker=None)
    async with opened(options, lambda _: None) as shop:
        await shop.wait_for_devices()
        await shop.publish_lists()
        yield shop


class Day:
    """A day's till, looked at on the way."""

    def __init__(self, shop: Shop, till: WebTill, axe: str, name: str) -> None:
        self.shop = shop
        self.till = till
        self.name = name
        self.phone = name == "phone"
        self._axe = axe
        self._seen = 0

    async def look(self, what: str) -> None:
        """Everybody can read and use what is there, and nothing has to be scrolled sideways."""
        if not self.phone or what in LAID_OUT_OTHERWISE:
            assert await barriers(self.till.page, self._axe) == [], what
        assert not await too_wide(self.till.page), what
        self._seen += 1
        if PICTURES:
            path = pathlib.Path(PICTURES, f"{self.name}-{self._seen:02}-{what}.png")
            await self.till.page.screenshot(path=path, animations="disabled")

    async def scan(self, *codes: str) -> None:
        """Scan articles, and see each on the receipt."""
        for code in codes:
            lines = self.till.page.locator(".ticket .lines > li")
            before = await lines.count()
            self.till.counter.scanner.scan(code)
            await expect(lines).to_have_count(before + 1)

    async def ticket(self) -> None:
        """On a phone the receipt is behind the bar."""
        if self.phone:
            await self.till.page.locator(".bar").click()

    async def pay(self) -> None:
        await self.ticket()
        await self.till.pay()

    async def paid(self) -> None:
        await self.till.shows("was_paid")
        await self.till.press("next_customer")


@pytest.mark.parametrize("name", ["tablet", "phone"])
async def test_a_whole_day(shop: Shop, browser: Browser, axe: str, name: str) -> None:
    if any(each.workstation for each in await shop.register.operators()):
        await shop.register.sign_off()
    viewport = PHONE if name == "phone" else TABLET
    async with await browser.new_context(
        viewport={"width": viewport["width"], "height": viewport["height"]},
        reduced_motion="reduce",
        color_scheme="dark" if name == "phone" else "light",
    ) as context:
        page = await context.new_page()
        page.set_default_timeout(30_000)
        expect.set_options(timeout=30_000)
        till = WebTill(page, shop.devices)
        day = Day(shop, till, axe, name)
        await till.open(await shop.till_address())
        await morning(day)
        await noon(day)
        await afternoon(day)
        await evening(day)
        # A browser notes each refusal and each line that breaks; the page itself says nothing.
        assert [text for text in till.said if "ERR_" not in text and "resource" not in text] == []


async def morning(day: Day) -> None:
    """Sign on, open, sell for cash, by card, and both."""
    till = day.till
    await till.shows("sign_on")
    await day.look("sign-on")
    await till.sign_on("Anna", "2580")
    await till.menu("till")
    await till.open_till(FLOAT)
    await expect(till.page.locator(".tile")).to_have_count(len(PRODUCTS) + 1)
    await day.look("shelf")
    await day.scan(MILK.gtin)
    await day.pay()
    await day.look("ways-to-pay")
    await till.press_words("€ 5,00")
    await till.shows("was_paid")
    await expect(till.page.locator(".change strong")).to_have_text(re.compile("3,70"))
    await day.look("paid")
    await till.press("next_customer")
    await day.scan(WAFFLES.gtin, UMBRELLA.gtin)
    await day.ticket()
    await day.look("receipt")
    await till.pay()
    await till.press("card")
    await till.shows("phase_waiting_for_card")
    await day.look("card")
    await till.counter.terminal.hand("tap")
    await day.paid()
    await day.scan(CHEESE.gtin)
    await day.pay()
    await till.page.get_by_label(till.say("amount_in")).fill("2")
    await till.press("cash")
    await expect(till.page.locator(".due strong")).to_have_text(re.compile("3,75"))
    await till.press("card")
    await till.tap_when_asked()
    await day.paid()


async def noon(day: Day) -> None:
    """The office is unplugged, and the box loses its power in the middle of a sale."""
    till = day.till
    await day.shop.cable.pull()
    await till.shows("office_away")
    await day.scan(MILK.gtin)
    await day.pay()
    await till.press_words(re.compile("Gepast"))
    await day.paid()
    await day.scan(UMBRELLA.gtin)
    await day.pay()
    await till.press("card")
    await till.shows("phase_waiting_for_card")
    await day.shop.box.pull()
    await till.shows("no_connection")
    await day.look("box-away")
    await till.page.reload()  # from what the worker has kept
    await expect(till.page.locator("#banner")).to_contain_text(till.say("box_away"))
    await day.shop.box.plug_in()
    await till.shows("payment_doubt")
    await day.look("doubt")
    await till.counter.terminal.hand("walk_away")
    await till.shows("payment_not_done")
    await till.press_words("€ 20,00")
    await day.paid()
    await day.shop.cable.plug_in()


async def afternoon(day: Day) -> None:
    """Something comes back by its receipt; a receipt is parked and taken up again."""
    till = day.till
    sales = (await day.shop.register.get("/v1/sales?limit=20"))["sales"]
    mixed = next(each for each in sales if len(each["lines"]) > 1)
    till.counter.scanner.scan(f"R{mixed['id']}")
    await till.shows("take_back")
    await till.page.get_by_role("button", name=re.compile(till.say("one_more"))).last.click()
    await day.look("return")
    await till.press("take_back")
    await day.pay()
    await till.press_words(re.compile("^Contant €"))
    await till.shows("was_paid_out")
    await till.press("next_customer")
    await day.scan(WAFFLES.gtin)
    await day.ticket()
    await till.press("park")
    await till.page.get_by_label(till.say("note")).fill("rode jas")
    await till.press("park")
    await till.shows("is_parked")
    await till.menu("parked")
    await till.page.get_by_role("button", name=re.compile("rode jas")).click()
    await day.pay()
    await till.press_words(re.compile("Gepast"))
    await day.paid()


async def evening(day: Day) -> None:
    """Count, close, and the Z says what was sold."""
    till = day.till
    (session, *_) = await day.shop.register.till_sessions()
    assert session.expected is not None
    cash = next(each.amount for each in session.expected if each.tender_type == "Cash")
    await till.menu("till")
    await day.look("till")
    await till.press("count_and_close")
    await till.count({"€ 1,00": cash // 100, "€ 0,05": cash % 100 // 5})
    await day.look("count")
    await till.press("counted_so")
    await till.press("close_till")
    await till.shows("turnover")
    await day.look("z")
    (report, *_) = await day.shop.register.period_reports()
    sales = (await day.shop.register.get("/v1/sales?limit=100"))["sales"]
    today = [each for each in sales if each["occurred_at"] > session.opened_at]
    assert report.report.kind == "Z"
    figures = report.report.figures
    assert (figures.receipt_count, figures.returns.count, len(today)) == (6, 1, 7)
    assert figures.total_cash_sales == sum(each["total"] for each in today)
    differences = {each.tender_type: each.difference for each in figures.tender_differences}
    assert differences == {"Cash": 0, "CreditDebit": None}
    await till.press("ok")
    await till.sign_off()
