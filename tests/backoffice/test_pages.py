import datetime as dt
import re
from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Route, expect

from central_office.access.rights import Role
from tests.backoffice.open_office import PASSWORD, TODAY, OpenOffice, open_office
from tests.doors.browser import browser as open_browser
from tests.doors.browser import listening, needs_chromium
from tests.status_page.browser import PHONE, axe_source, barriers, picture, too_wide

DESKTOP = {"width": 1440, "height": 900}
PAGES = {
    "wall": "Now",
    "revenue": "Day revenue",
    "groups": "Product groups",
    "vat": "VAT",
    "tenders": "Tenders",
    "differences": "Cash differences",
    "giftcards": "Gift cards",
    "comparison": "Compare",
    "stock": "Stock",
    "replenishment": "Replenishment",
    "hours": "Hours",
    "receipts": "Receipts",
    "integrity": "Completeness",
    "access": "Users and keys",
    "webhooks": "Webhooks",
    "audit": "Look-up log",
}
SEEN = {
    Role.BOOKKEEPER: set(PAGES) - {"hours", "access", "webhooks", "audit"},
    Role.VIEWER: {
        "wall",
        "revenue",
        "groups",
        "vat",
        "tenders",
        "giftcards",
        "comparison",
        "stock",
        "replenishment",
    },
    Role.HR: {"hours"},
}
"""What roles see beside the owner, who sees all."""

pytestmark = [
    needs_chromium,
    pytest.mark.timeout(240),
    pytest.mark.asyncio(loop_scope="module"),  # one office and one browser for all of them
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[OpenOffice]:
    async with open_office(tmp_path_factory.mktemp("office") / "office.db") as opened:
        yield opened


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    return axe_source(tmp_path_factory.mktemp("axe"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with open_browser() as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: Browser, office: OpenOffice) -> AsyncIterator[Page]:
    """The back office in a window of its own, where nothing is said on the console."""
    async with await browser.new_context(locale="en-GB", reduced_motion="reduce") as context:
        await context.clock.set_fixed_time(f"{TODAY}T18:00:00+01:00")
        page = await context.new_page()
        page.set_default_timeout(30_000)
        expect.set_options(timeout=30_000)
        await page.set_viewport_size({"width": DESKTOP["width"], "height": DESKTOP["height"]})
        said = listening(page)
        await page.goto(office.url)
        yield page
        assert said == []


async def log_in(page: Page, name: str = "olga") -> None:
    await page.get_by_label("User name").fill(name)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("navigation", name="Pages")).to_be_attached()


async def shown(page: Page, name: str, query: str = "") -> None:
    """Go to a page and wait until it has been filled."""
    await page.evaluate(f"location.hash = '#/{name}{query}'")
    await expect(page.get_by_role("heading", name=PAGES[name], level=1)).to_be_visible()
    await expect(page.locator("#content")).not_to_have_attribute("aria-busy", "true")


async def test_every_page_is_readable_for_everybody_on_a_desk_and_on_a_telephone(
    page: Page, axe: str
) -> None:
    assert await barriers(page, axe) == []
    await picture(page, "office-welcome")
    await log_in(page)
    for name in PAGES:
        await page.set_viewport_size({"width": DESKTOP["width"], "height": DESKTOP["height"]})
        await page.emulate_media(color_scheme="light")
        await shown(page, name)
        assert await barriers(page, axe) == [], name
        assert not await too_wide(page), name
        await picture(page, f"office-{name}")
        await page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
        await page.emulate_media(color_scheme="dark")
        assert await barriers(page, axe) == [], name
        assert not await too_wide(page), name
        await picture(page, f"office-{name}-phone")


async def test_a_box_of_the_vat_return_opens_to_the_receipts_that_make_it(page: Page) -> None:
    await log_in(page)
    await shown(page, "vat", "?period=days7")
    box = page.get_by_role("link", name=re.compile("^1b"))
    due = await box.locator(".value").inner_text()
    await box.click()
    await expect(page.get_by_text("Box 1b, Dutch return")).to_be_visible()
    while await page.get_by_role("button", name="Show more", exact=True).count():
        await page.get_by_role("button", name="Show more", exact=True).click()
    tax = page.locator(".tile", has_text="VAT").locator(".value")
    await expect(tax).to_have_text(due)
    await page.get_by_role("row").nth(1).get_by_role("link").click()
    await expect(page.get_by_role("heading", name="As printed")).to_be_visible()
    await expect(page.locator(".paper")).to_contain_text("9%")
    await picture(page, "office-receipt")


async def test_a_gift_card_opens_to_the_receipts_that_moved_it(page: Page, axe: str) -> None:
    await log_in(page)
    await shown(page, "giftcards")
    first = page.get_by_role("row").nth(1)
    balance = await first.get_by_role("cell").nth(3).inner_text()
    await first.get_by_role("link").click()
    await expect(page.get_by_role("heading", name="Movements")).to_be_visible()
    await expect(page.locator(".tile .value")).to_have_text(balance)
    await expect(page.get_by_role("row").nth(1)).to_contain_text(balance)
    assert await barriers(page, axe) == []
    await picture(page, "office-gift-card")
    await page.get_by_role("row").nth(1).get_by_role("link").click()
    await expect(page.get_by_role("heading", name="As printed")).to_be_visible()


async def test_nothing_is_added_up_over_two_kinds_of_money(page: Page) -> None:
    await log_in(page)
    for name in ("revenue", "groups", "vat", "tenders", "comparison"):
        await shown(page, name)
        choice = page.get_by_role("group", name="Currency")
        await expect(choice.get_by_role("link", name="EUR")).to_have_attribute(
            "aria-current", "true"
        )
        await expect(page.locator("#content")).not_to_contain_text("CHF 121")
        await choice.get_by_role("link", name="CHF").click()
        await expect(page.locator("#content")).to_contain_text(re.compile(r"CHF\s(121|21)\.00"))
        await expect(page.locator("#content")).not_to_contain_text("€")
    await shown(page, "revenue", "?currency=CHF")
    await page.get_by_role("link", name="Revenue CHF").click()
    await expect(page.locator(".tile", has_text="Adds")).to_contain_text("121.00")
    await page.evaluate("location.hash = '#/behind?figure=revenue&period=days7&tax_code=high'")
    await expect(page.locator("#content")).to_contain_text(re.compile(r"€[\d,.]+ \+ CHF\s121\.00"))


async def test_a_sum_is_of_all_rows_or_there_is_none(page: Page) -> None:
    await log_in(page)
    row = {"store": "store-001", "currency": "EUR", "amount": 100, "base": 100, "discount": 0}
    pages = 3

    async def answer(route: Route) -> None:
        number = int(parse_qs(urlsplit(route.request.url).query).get("after", ["0"])[0])
        cursor = None if number + 1 == pages else str(number + 1)
        rows = [{**row, "business_day_date": f"{number:04}-{one:04}"} for one in range(1000)]
        await route.fulfill(json={"rows": rows, "cursor": cursor})

    await page.route("**/v1/views/store-revenue?*", answer)
    await shown(page, "revenue")
    await expect(page.locator(".tile").first).to_contain_text("€3,000.00")
    await expect(page.locator("tfoot td").last).to_have_text("€3,000.00")
    pages = -1
    await shown(page, "revenue", "?period=year")
    await expect(page.get_by_text("more than a page can add up")).to_be_visible()


async def test_a_receipt_has_the_time_that_was_printed_on_it_wherever_it_is_looked_at(
    browser: Browser, office: OpenOffice
) -> None:
    async with await browser.new_context(locale="en-GB", timezone_id="Asia/Tokyo") as context:
        await context.clock.set_fixed_time(f"{TODAY}T18:00:00+01:00")
        page = await context.new_page()
        page.set_default_timeout(30_000)
        await page.goto(office.url)
        await log_in(page)
        await shown(page, "receipts", "?period=days7")
        row = page.get_by_role("row").nth(1)
        listed = await row.inner_text()
        await row.get_by_role("link").click()
        printed = await page.locator(".paper").inner_text()
        facts = await page.locator("dl.facts").inner_text()
        await picture(page, "office-receipt-tokyo")
    (time,) = set(re.findall(r"\b\d\d:\d\d\b", printed))
    assert time in listed
    assert time in facts


async def test_on_paper_stands_what_was_asked_for_and_every_row_of_it(page: Page) -> None:
    await log_in(page)
    await shown(page, "hours", "?from=2026-03-02&to=2026-03-09")
    rows = page.get_by_role("table", name="Days").locator("tbody tr")
    shortened = await rows.count()
    await page.evaluate("dispatchEvent(new Event('beforeprint'))")
    await page.emulate_media(media="print")
    assert await rows.count() > shortened
    await expect(
        page.get_by_text(re.compile("2 Mar 2026 .* 9 Mar 2026 · All shops"))
    ).to_be_visible()
    await expect(page.get_by_role("navigation", name="Pages")).to_be_hidden()


async def test_the_wall_moves_while_a_shop_sells(office: OpenOffice, page: Page) -> None:
    await log_in(page)
    await expect(page.get_by_text("Live", exact=True)).to_be_visible()
    await expect(page.get_by_role("heading", name="Now", level=1)).to_be_visible()
    today = page.locator(".tile", has_text="Today")
    for _ in range(2):
        before = await today.inner_text()
        await office.next_sale()
        await expect(today).not_to_have_text(before, use_inner_text=True)
    await expect(page.locator(".store .pill", has_text="Open").first).to_be_visible()
    await picture(page, "office-wall-selling")


async def test_articles_have_names_and_are_found_by_them(page: Page) -> None:
    await log_in(page)
    await shown(page, "stock")
    cola = page.get_by_role("row", name=re.compile("Cola 33 cl item-001"))
    await expect(cola.first).to_be_visible()
    field = page.get_by_role("searchbox", name="Find by name, number or barcode")
    found = page.get_by_role("region", name="Stock", exact=True).get_by_role("rowheader")
    named = ("CL cola", "Cola 33"), ("8710400000013", "Mineral"), ("item-031", "^item-031$")
    for text, name in named:
        await field.fill(text)
        await field.press("Enter")
        await expect(found).to_have_text([re.compile(name)] * 2)
    await picture(page, "office-stock-found")
    await shown(page, "groups", "?period=days7")
    await expect(page.get_by_role("row", name=re.compile("Shelf of drinks drinks"))).to_be_visible()


async def test_an_article_says_how_often_its_average_stock_was_sold(
    office: OpenOffice, page: Page, axe: str
) -> None:
    await log_in(page)
    article = "store=store-002&item_id=item-016"
    found = {}
    for view in ("stock", "movements", "counts"):
        answer = await page.request.get(f"{office.url}/v1/views/{view}?{article}")
        found[view] = (await answer.json())["rows"]
    moved = [(row["occurred_at"], row["quantity_milli"]) for row in found["movements"]]
    sold = -sum(row["quantity_milli"] for row in found["movements"] if row["cause"] == "Sale")
    now = dt.datetime.fromisoformat(f"{TODAY}T17:00:00+00:00")
    hours = [now - dt.timedelta(hours=back) for back in range(29 * 24 + 17)]
    levels = [
        found["stock"][0]["on_hand_milli"]
        - sum(milli for at, milli in moved if at > hour.timestamp() * 1_000_000)
        for hour in hours
    ]
    turn = sold / (sum(max(0, level) for level in levels) / len(levels))
    assert not found["counts"]
    await shown(page, "stock", "?store=store-002&item=item-016")
    tile = page.locator(".tile", has_text="Stock turn").locator(".value")
    assert float(await tile.inner_text()) == pytest.approx(turn, abs=0.1)
    for size in (DESKTOP, PHONE):
        await page.set_viewport_size({"width": size["width"], "height": size["height"]})
        assert await barriers(page, axe) == []
        assert not await too_wide(page)
        await picture(page, f"office-article-{size['width']}")


async def test_what_is_short_is_ordered_and_its_goods_are_booked(page: Page) -> None:
    await log_in(page)
    await shown(page, "stock", "?store=store-001&item=item-001")
    await page.get_by_role("button", name="Set reorder point").click()
    await page.get_by_label("Reorder point").fill("1000")
    await page.get_by_label("Order up to").fill("1200,5")
    await page.get_by_label("Supplier").fill("Green & Co")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("Saved.")).to_be_visible()
    await shown(page, "replenishment")
    await picture(page, "office-replenishment-short")
    await page.get_by_role("button", name="Draft an order").click()
    await expect(page.get_by_role("heading", name="Order", level=1)).to_be_visible()
    await page.get_by_role("button", name="Send").click()
    await expect(page.get_by_text("Sent", exact=True).first).to_be_visible()
    await page.get_by_role("button", name="Receive goods").click()
    await page.get_by_role("dialog").get_by_role("button", name="Save").click()
    await expect(page.get_by_text("All has come").first).to_be_visible()
    await picture(page, "office-order")
    await shown(page, "replenishment")
    await expect(page.get_by_text("There is enough of everything.")).to_be_visible()


async def test_a_fork_is_decided_about_by_somebody_with_a_reason(
    office: OpenOffice, page: Page
) -> None:
    await log_in(page)
    await shown(page, "integrity")
    await office.fork()
    await page.get_by_role("button", name=re.compile("^Decide: edge-store-002")).click()
    await page.get_by_label("Decision").select_option("rejected")
    await page.get_by_label("Reason").fill("An old card was put in")
    await picture(page, "office-fork")
    await page.get_by_role("dialog").get_by_role("button", name="Save").click()
    await expect(page.get_by_text("olga: An old card was put in")).to_be_visible()
    await expect(page.locator(".tile", has_text="Forks")).to_contain_text("0")


async def test_what_the_office_cannot_read_is_shown(page: Page) -> None:
    await log_in(page)
    await shown(page, "integrity")
    unread = page.get_by_role("region", name="Kept, and in no figure")
    await expect(unread.get_by_role("row", name="LoyaltyEvent")).to_contain_text("store-003")


async def test_the_log_tells_who_looked_a_receipt_up(page: Page) -> None:
    await log_in(page)
    await shown(page, "receipts", "?period=days7&lowest=100")
    await page.get_by_role("row").nth(1).get_by_role("link").click()
    await expect(page.get_by_role("heading", name="As printed")).to_be_visible()
    await shown(page, "audit", "?who=olga")
    await expect(page.get_by_role("cell", name="Receipt seen").first).to_be_visible()


async def test_a_role_sees_its_pages_and_no_others(office: OpenOffice, page: Page) -> None:
    for role, names in SEEN.items():
        await office.person(role.value, role)
        await log_in(page, role.value)
        links = page.get_by_role("navigation", name="Pages").get_by_role("link")
        found = [await link.get_attribute("data-page") for link in await links.all()]
        assert set(found) == names
        for name in sorted(names):
            await shown(page, name)
            await expect(page.get_by_text("That did not work")).to_have_count(0)
        await page.evaluate("location.hash = '#/access'")
        await expect(page.get_by_text("There is no such page")).to_be_visible()
        await page.get_by_role("button", name="Sign out").click()
        await expect(page.get_by_text("You have signed out.")).to_be_visible()
        await page.evaluate("location.hash = ''")


async def test_whoever_may_see_one_shop_sees_no_other(office: OpenOffice, page: Page) -> None:
    await office.person("mia", Role.MANAGER, ("store-001",))
    await log_in(page, "mia")
    await shown(page, "revenue", "?period=days30")
    await expect(page.get_by_text("store-001").first).to_be_visible()
    await expect(page.get_by_text("store-002")).to_have_count(0)


async def test_pages_work_without_a_mouse(page: Page) -> None:
    await page.get_by_label("User name").focus()
    await page.keyboard.type("olga")
    await page.keyboard.press("Tab")
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("navigation", name="Pages")).to_be_visible()
    link = page.get_by_role("link", name="Tenders")
    while not await link.evaluate("link => link === document.activeElement"):
        await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Tenders", level=1)).to_be_visible()
    await expect(page.locator("main")).to_be_focused()


async def test_an_owner_lets_somebody_in_and_makes_a_key_that_is_shown_once(page: Page) -> None:
    await log_in(page)
    await shown(page, "access")
    await page.get_by_role("button", name="Add a user").click()
    await page.get_by_label("User name").fill("newcomer")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("rowheader", name="newcomer")).to_be_visible()
    await page.get_by_role("button", name="Make a key").click()
    await page.get_by_label("Name").fill("Bookkeeping")
    await page.get_by_label("Receipts", exact=True).check()
    await page.get_by_role("button", name="Save").click()
    secret = await page.locator(".secret").inner_text()
    assert secret.startswith("office_")
    await page.get_by_role("button", name="Done").click()
    await page.get_by_role("button", name="Revoke: Bookkeeping").click()
    await page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    await expect(page.get_by_text("Revoked")).to_be_visible()
    assert secret not in await page.content()


async def test_somebody_takes_another_password_and_signs_in_with_it(
    office: OpenOffice, page: Page
) -> None:
    await office.person("paul", Role.VIEWER)
    await log_in(page, "paul")
    await page.get_by_role("button", name="Change password").click()
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.get_by_label("New password").fill("another of thirteen")
    await page.get_by_role("dialog").get_by_role("button", name="Change password").click()
    await expect(page.get_by_text("The password has been changed.")).to_be_visible()


async def test_nothing_is_loaded_from_elsewhere(office: OpenOffice, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await log_in(page)
    await shown(page, "revenue")
    assert {url for url in asked if not url.startswith(office.url)} == set()
