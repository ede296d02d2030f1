import asyncio
import json
import os
import pathlib
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, expect

from simulators.shop.products import PRODUCTS
from tests.doors.browser import browser as open_browser
from tests.doors.browser import listening, needs_chromium
from tests.status_page.browser import PHONE, axe_source, barriers, too_wide

BENCH = [sys.executable, "-c", "from simulators.cli import main; raise SystemExit(main())", "bench"]
DESKTOP = {"width": 1440, "height": 960}
PAGE = pathlib.Path(__file__).parents[2] / "simulators" / "bench" / "page"
PICTURES = os.environ.get("BENCH_SCREENSHOTS")
"""A folder for pictures of what was looked at; none are made where it is not set."""
WORDS: dict[str, dict[str, str]] = {
    language: json.loads((PAGE / f"{language}.json").read_text(encoding="utf-8"))
    for language in ("nl", "en")
}

pytestmark = [
    needs_chromium,
    pytest.mark.timeout(240),
    pytest.mark.asyncio(loop_scope="module"),  # one browser for all of them
]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    environment = os.environ | {"TMPDIR": str(tmp_path_factory.mktemp("bench"))}
    command = [*BENCH, "--port", "0", "--lang", "en"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.terminate()
    assert process.returncode == 0


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    return axe_source(tmp_path_factory.mktemp("axe"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with open_browser() as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="module")
async def page(address: str, browser: Browser) -> AsyncIterator[Page]:
    await plug_in(address)
    async with await browser.new_context() as context:
        page = await context.new_page()
        page.set_default_timeout(30_000)
        expect.set_options(timeout=30_000)
        await page.set_viewport_size({"width": DESKTOP["width"], "height": DESKTOP["height"]})
        await page.emulate_media(reduced_motion="reduce")
        said = listening(page)
        await page.goto(address)
        await page.get_by_role("combobox").select_option("en")
        await expect(page.get_by_text("listening", exact=True)).to_be_visible()
        await expect(page.get_by_text(re.compile("The office has all"))).to_be_visible()
        yield page
        assert [text for text in said if "ERR_" not in text] == []


async def picture(page: Page, name: str, *, whole: bool = False) -> None:
    """Keep what the page looks like, where somebody wants to look at it."""
    if PICTURES:
        path = pathlib.Path(PICTURES, f"{name}.png")
        await page.evaluate("scrollTo(0, 0)")
        await page.screenshot(path=path, full_page=whole, animations="disabled")


async def plug_in(address: str) -> None:
    """Both plugs are in, whatever an earlier test did."""
    url, _, token = address.partition("/#")
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(headers=headers, trust_env=False, timeout=60) as http:
        for plug in ("mains", "network"):
            answer = await http.post(f"{url}/bench/plugs", json={"plug": plug, "in": True})
            assert answer.json() == {plug: True}


async def press(page: Page, name: str | re.Pattern[str]) -> None:
    await page.get_by_role("button", name=name, exact=True).click()


async def scan(page: Page, *names: str) -> None:
    for name in names:
        await page.get_by_role("button", name=re.compile(f"^{name}")).click()
        await expect(page.get_by_role("row", name=re.compile(name))).to_be_visible()


def paper(page: Page) -> Locator:
    """The piece of paper at the printer, as text."""
    return page.locator(".sheet pre")


def pill(page: Page, card: str) -> Locator:
    return page.get_by_role("article", name=re.compile(card)).locator(".pill")


async def test_a_cash_sale_is_seen_on_paper_in_the_drawer_and_in_the_journal(page: Page) -> None:
    await scan(page, "Milk", "Coffee")
    await press(page, "Cash")
    await press(page, "€10.00")
    await expect(page.get_by_text("Change: €1.80.")).to_be_visible()
    await expect(paper(page)).to_have_text(re.compile("Milk 1 l.*Coffee 500 g.*Change", re.DOTALL))
    await expect(page.locator(".sheet")).to_have_attribute("data-end", "cut")
    await expect(page.get_by_text("The drawer is open.")).to_be_visible()
    await picture(page, "cash")
    await press(page, "Push the drawer shut")
    await expect(page.get_by_text("The drawer is shut.")).to_be_visible()
    newest = page.locator(".journal li").first
    await expect(newest.get_by_label("acknowledged by the office")).to_be_visible()
    async with page.expect_download() as saving:
        await press(page, "Save what hands did as a scenario")
    saved = (await (await saving.value).path()).read_text("utf-8")
    assert "- scan: '8712345678906'" in saved
    await page.get_by_role("button", name=re.compile("^Show receipt ")).first.click()
    await expect(page.get_by_role("dialog", name=re.compile("^Receipt "))).to_be_visible()
    await page.keyboard.press("Escape")


async def test_a_declined_card_is_followed_by_one_that_pays(page: Page) -> None:
    await scan(page, "Umbrella")
    await press(page, "Card")
    await expect(page.locator(".screen")).to_have_text("Present card or phone")
    await press(page, "Card without money")
    await expect(page.get_by_role("button", name="Cancel the sale")).to_be_visible()
    await picture(page, "declined")
    await expect(page.locator(".screen")).to_have_text("Welcome")
    await press(page, "Card")
    await press(page, "Tap the phone")
    await expect(page.get_by_text("Paid. The receipt is printed.")).to_be_visible()
    await expect(paper(page)).to_have_text(re.compile("Umbrella.*contactloos.*AKKOORD", re.DOTALL))
    await picture(page, "contactless")


async def test_paper_that_ends_in_a_receipt_is_replaced_and_a_copy_printed(page: Page) -> None:
    await page.get_by_role("article", name=re.compile("printer")).get_by_text("Faults").click()
    fault = page.get_by_role("switch", name=re.compile("^paper out mid receipt"))
    await fault.check()
    await scan(page, "Apples")
    await press(page, "Cash")
    await press(page, "€5.00")
    await expect(pill(page, "printer")).to_have_text("paper out")
    copy = page.get_by_role("button", name="Print a copy")
    await expect(copy).to_be_visible()
    await expect(fault).not_to_be_checked()
    await picture(page, "paper-out")
    await press(page, "New roll")
    await expect(pill(page, "printer")).to_have_text("ready")
    await copy.click()
    await expect(page.get_by_text("The copy is printed.")).to_be_visible()
    await expect(paper(page)).to_have_text(re.compile("COPY.*Apples 1 kg", re.DOTALL))
    await press(page, "Push the drawer shut")


async def test_what_was_sold_without_a_network_arrives_and_a_power_cut_loses_nothing(
    page: Page,
) -> None:
    await press(page, "Pull the network cable")
    await scan(page, "Tulips")
    await press(page, "Cash")
    await press(page, "€5.00")
    await expect(page.get_by_text(re.compile("still to reach the office"))).to_be_visible()
    await press(page, "Push the drawer shut")
    await press(page, "Pull the plug")
    await expect(page.locator(".office")).to_have_text("The box does not answer")
    await picture(page, "no-power")
    await press(page, "Plug it in")
    await press(page, "Network cable in")
    await expect(page.get_by_text(re.compile("The office has all"))).to_be_visible()
    await expect(page.locator(".journal").get_by_text("EpochStart")).to_have_count(1)
    await expect(page.get_by_text("listening", exact=True)).to_be_visible()
    await expect(page.locator(".device .pill:not(.good)")).to_have_count(0)
    scanner_online = page.locator(".journal li", has_text="scanner · online")
    await expect(scanner_online).to_have_count(2)
    await scan(page, "Milk")
    await press(page, "Clear")


LOOKS = [
    ("en", "desktop", DESKTOP, "light"),
    ("nl", "phone", PHONE, "light"),
    ("nl", "phone", PHONE, "dark"),
    ("nl", "desktop", DESKTOP, "dark"),
]


async def test_the_bench_is_readable_for_everybody(page: Page, axe: str) -> None:
    for language, name, size, scheme in LOOKS:
        await page.get_by_role("combobox").select_option(language)
        await expect(page.get_by_role("heading", name=WORDS[language]["shelf"])).to_be_visible()
        await expect(page.get_by_text(WORDS[language]["listening"], exact=True)).to_be_visible()
        await expect(page.locator("article").last).to_be_visible()
        for summary in reversed(await page.locator("details:not([open]) > summary").all()):
            await summary.click()
        await expect(page.locator("details[open]")).not_to_have_count(0)
        await page.set_viewport_size({"width": size["width"], "height": size["height"]})
        await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        assert await barriers(page, axe) == []
        assert not await too_wide(page)
        await picture(page, f"{language}-{name}-{scheme}", whole=True)


async def test_a_sale_needs_no_mouse(page: Page) -> None:
    async def reach(name: str) -> None:
        button = page.get_by_role("button", name=re.compile(f"^{name}"))
        await expect(button).to_be_enabled()
        while not await button.evaluate("button => button === document.activeElement"):
            await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")

    await reach("Washing-up")
    await expect(page.get_by_role("row", name=re.compile("Washing"))).to_be_visible()
    await reach("Cash")
    await reach("€5.00")
    await reach("Push the drawer shut")
    await expect(page.get_by_text("The drawer is shut.")).to_be_visible()


async def test_both_languages_have_words_for_the_same() -> None:
    english = set(WORDS["en"])
    dutch = {key for key in WORDS["nl"] if not key.startswith(("name_", "fault_"))}
    assert dutch == english
    drawings = (PAGE / "drawings.svg").read_text("utf-8")
    assert all(f'<symbol id="{each.picture}"' in drawings for each in PRODUCTS.values())


async def test_strangers_get_nothing(address: str) -> None:
    url, _, token = address.partition("/#")
    known = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=url, trust_env=False) as http:
        assert (await http.get("/")).status_code == 200
        for path in ("/bench/shop", "/bench/live", "/devices/state", "/devices/printer"):
            assert (await http.get(path)).status_code == 401
        for headers, status in (
            ({"Authorization": "Bearer wrong"}, 401),
            (known | {"Origin": "https://elsewhere.example"}, 403),
            (known | {"Host": "rebound.example"}, 403),
        ):
            assert (await http.get("/bench/shop", headers=headers)).status_code == status
        assert (await http.get("/bench/shop", headers=known)).json()["workstation"] == "till-1"
        for body in ({"plug": "gas", "in": True}, {"plug": "mains"}, {"plug": "mains", "in": 1}):
            answer = await http.post("/bench/plugs", headers=known, json=body)
            assert answer.status_code == 400
            assert "mains, network" in answer.json()["error"]
        assert (await http.get("/bench/nothing", headers=known)).status_code == 404


async def test_a_viewer_who_comes_late_sees_everything_once(address: str) -> None:
    url, _, token = address.partition("/#")
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        httpx.AsyncClient(base_url=url, headers=headers, trust_env=False) as http,
        http.stream("GET", "/bench/live") as response,
        asyncio.timeout(20),
    ):
        seen: list[dict[str, Any]] = []
        async for line in response.aiter_lines():
            if line.startswith("data: "):
                seen.append(json.loads(line.removeprefix("data: ")))
            if seen and seen[-1]["type"] == "plugs":
                break
    devices = [each["device"]["name"] for each in seen if each["type"] == "device"]
    assert devices[:3] == ["printer", "scanner", "terminal"]
    assert len(devices) == len(set(devices))
    assert seen[-1]["plugs"] == {"mains": True, "network": True}
