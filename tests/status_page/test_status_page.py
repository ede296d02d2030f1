import json
import pathlib
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from playwright.async_api import Page, expect

from edge_daemon.scopes import MANAGER_SCOPES
from tests.doors.browser import needs_chromium
from tests.doors.browser import page as browser_page
from tests.status_page.browser import (
    PHONE,
    TABLET,
    axe_source,
    barriers,
    picture,
    too_wide,
)
from tests.stories.counter import CARD, Counter, next_event, ulid

PAGE = pathlib.Path(__file__).parents[2] / "edge_daemon" / "api" / "status_page"
WORDS: dict[str, dict[str, str]] = {
    language: json.loads((PAGE / f"{language}.json").read_text(encoding="utf-8"))
    for language in ("nl", "en", "fr", "de")
}
pytestmark = [needs_chromium, pytest.mark.timeout(240)]


@pytest.fixture
async def counter() -> AsyncIterator[Counter]:
    async with Counter() as counter:
        await counter.start()
        yield counter


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    async with browser_page() as page:
        page.set_default_timeout(30_000)
        expect.set_options(timeout=30_000)
        await page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
        yield page


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    return axe_source(tmp_path_factory.mktemp("axe"))


def listening(page: Page) -> list[str]:
    """What the console and the page's errors say, from now on."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    return said


async def code(counter: Counter, **body: Any) -> str:
    response = await counter.put(f"/v1/pairing-codes/{ulid()}", {"print": False, **body})
    offered: str = response.json()["code"]["code"]
    return offered


async def pair(page: Page, counter: Counter, language: str = "en", **body: Any) -> None:
    """Open the page in that language and pair it, as a shopkeeper does."""
    scopes = sorted(MANAGER_SCOPES)
    await page.goto(counter.url)
    await page.get_by_role("combobox").select_option(language)
    words = WORDS[language]
    await page.get_by_label(words["code"], exact=True).fill(
        await code(counter, **({"scopes": scopes} | body))
    )
    await page.get_by_role("button", name=words["pair_this"], exact=True).click()
    await expect(page.get_by_text(words["live"], exact=True)).to_be_visible()


@pytest.mark.parametrize("language", sorted(WORDS))
async def test_the_page_is_readable_for_everybody_in_every_language(
    counter: Counter, page: Page, axe: str, language: str
) -> None:
    words = WORDS[language]
    said = listening(page)
    await counter.sell()
    await counter.sell(**CARD)
    await counter.printer.hand("open_cover")
    await page.goto(counter.url)
    await page.get_by_role("combobox").select_option(language)
    await expect(page.get_by_role("heading", name=words["welcome"])).to_be_visible()
    assert await barriers(page, axe) == []
    await picture(page, f"{language}-welcome-phone")
    await pair(page, counter, language)
    await expect(page.get_by_text(words["advice_cover_open"])).to_be_visible()
    await expect(page.get_by_text(words["sale_completed"], exact=True)).to_have_count(2)
    for name, viewport in (("phone", PHONE), ("tablet", TABLET)):
        for scheme in ("light", "dark"):
            await page.set_viewport_size({"width": viewport["width"], "height": viewport["height"]})
            await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            assert await barriers(page, axe) == []
            assert not await too_wide(page)
            await picture(page, f"{language}-{name}-{scheme}")
    await page.get_by_role("button", name=words["pair"], exact=True).click()
    await expect(page.get_by_role("dialog")).to_be_visible()
    assert await barriers(page, axe) == []
    await picture(page, f"{language}-dialog")
    assert said == []


async def test_a_shopkeeper_prints_a_test_and_opens_the_drawer(
    counter: Counter, page: Page
) -> None:
    said = listening(page)
    await pair(page, counter)
    await page.get_by_role("button", name="Test print").click()
    await expect(page.get_by_text("Printed. Look at the paper.")).to_be_visible()
    assert "TEST PRINT" in counter.printer.receipts[0].text
    await page.get_by_role("button", name="Open drawer").click()
    await expect(page.get_by_text("The drawer was opened.")).to_be_visible()
    assert len(counter.printer.drawer_pulses) == 1
    assert said == []


async def test_what_happens_at_the_counter_shows_by_itself(counter: Counter, page: Page) -> None:
    await pair(page, counter)
    await expect(page.get_by_text("Everything works.")).to_be_visible()
    await counter.printer.hand("paper_out")
    await expect(page.get_by_text("Put in a new roll of paper.")).to_be_visible()
    await expect(page.get_by_text("One thing needs a hand.")).to_be_visible()
    await counter.sell()
    await expect(page.get_by_text("10,0").or_(page.get_by_text("10.0")).first).to_be_visible()
    await counter.printer.hand("replace_paper")
    await expect(page.get_by_text("Everything works.")).to_be_visible()


async def test_a_box_that_is_away_is_said_so_and_found_again(counter: Counter, page: Page) -> None:
    await pair(page, counter)
    port = counter.daemon.addresses[0][1]
    await counter.stop()
    await expect(page.get_by_text("No connection to the box")).to_be_visible()
    path = counter.configuration
    counter.configuration = lambda: at_port(path(), port)  # type: ignore[method-assign] # where the page looks
    await counter.start()
    await expect(page.get_by_text("Live", exact=True)).to_be_visible()


def at_port(path: pathlib.Path, port: int) -> pathlib.Path:
    path.write_text(path.read_text().replace("port = 0", f"port = {port}", 1))
    return path


async def test_a_button_makes_a_code_and_shows_when_it_was_used(
    counter: Counter, page: Page
) -> None:
    await pair(page, counter)
    await page.get_by_role("button", name="Pair a device").click()
    await page.get_by_label("Name (as it is listed here)").fill("Till 2")
    await page.get_by_role("button", name="Make a code").click()
    await expect(page.get_by_alt_text("QR code")).to_be_visible()
    shown = await page.locator("dialog .code").inner_text()
    await picture(page, "en-code")
    assert shown in counter.printer.receipts[0].text
    async with httpx.AsyncClient(trust_env=False) as register:
        address = f"{counter.url}/v1/pairings/{ulid()}"
        paired = (await register.put(address, json={"code": shown})).json()
        await expect(page.get_by_text("The device is paired.")).to_be_visible()
        assert set(paired["scopes"]) == {
            "print", "drawer", "scan", "pay", "refund", "till", "read",
        }  # fmt: skip
        await page.get_by_role("button", name="Shut out Till 2").click()
        await page.get_by_role("dialog").get_by_role("button", name="Shut out").click()
        await expect(page.get_by_text("Till 2 can do nothing any more.")).to_be_visible()
        headers = {"Authorization": f"Bearer {paired['token']}"}
        assert (await register.get(f"{counter.url}/v1/caller", headers=headers)).status_code == 401


async def test_a_scanned_slip_pairs_and_leaves_no_code_in_the_address(
    counter: Counter, page: Page
) -> None:
    scanned = (await code(counter, scopes=["read"])).replace("-", "")
    await page.goto(f"{counter.url}/#pair={scanned}")
    await expect(page.get_by_text("The code was scanned.")).to_be_visible()
    assert page.url == f"{counter.url}/"
    await page.get_by_label("Name of this device").fill("Window")
    await page.get_by_role("button", name="Pair", exact=True).click()
    await expect(page.get_by_text("This device is “Window”")).to_be_visible()
    await expect(page.get_by_role("button", name="Test print")).to_have_count(0)
    await expect(page.get_by_role("heading", name="Log")).to_have_count(0)


async def test_a_revoked_phone_is_shown_out(counter: Counter, page: Page) -> None:
    await pair(page, counter, name="Lost phone")
    listed = (await counter.get("/v1/tokens")).json()["tokens"]
    (found,) = [each["id"] for each in listed if each["name"] == "Lost phone"]
    await counter.post(f"/v1/tokens/{found}/revoke", {})
    await counter.sell()  # the next event
    await expect(page.get_by_text("This device is not paired any more.")).to_be_visible()
    assert await page.evaluate("localStorage.getItem('pos-edge-token')") is None


async def test_a_wrong_code_is_told_in_words(counter: Counter, page: Page) -> None:
    await page.goto(counter.url)
    await page.get_by_role("combobox").select_option("de")
    await page.get_by_label("Code", exact=True).fill("AAAA-AAAA")
    await page.get_by_role("button", name="Koppeln").click()
    await expect(page.get_by_text("Dieser Code ist falsch")).to_be_visible()


async def test_the_page_sets_no_cookie_and_loads_nothing_from_elsewhere(
    counter: Counter, page: Page
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await pair(page, counter)
    assert await page.context.cookies() == []
    assert {url for url in asked if not url.startswith((counter.url, "blob:"))} == set()


async def doubtful_payment(counter: Counter) -> None:
    """A payment that the terminal cannot tell about any more."""
    for fault in ("no_repeat_receipt", "drop_after_status_information"):
        counter.terminal.faults.switch(fault, on=True)
    heard = counter.daemon.events.subscribe()
    await counter.put(f"/v1/payments/{ulid()}", {"workstation": "till-1", "amount": 500})
    while (await next_event(heard, "payment_changed"))["state"] != "MANUAL_REVIEW":
        pass


async def test_what_needs_a_person_is_decided_on_the_page(page: Page, axe: str) -> None:
    said = listening(page)
    relay = '[relay]\nhost = "127.0.0.1"\nport = 1\nresume_wait = 0'
    async with Counter(relay=relay) as counter:
        await counter.start()
        await doubtful_payment(counter)
        await counter.printer.hand("power_off")
        await pair(page, counter)
        doubt = page.get_by_text("Nobody knows whether the card was charged.")
        await expect(doubt).to_be_visible()
        await expect(page.get_by_text("Is the printer on, and is its cable in?")).to_be_visible()
        await page.locator("summary").click()
        assert await barriers(page, axe) == []
        assert not await too_wide(page)
        await picture(page, "en-needs-a-person")
        await page.get_by_role("button", name="Decide").click()
        await page.get_by_label("Your name").fill("Anna")
        await page.get_by_label("What did you read?").fill("No slip, nothing in its journal")
        assert await barriers(page, axe) == []
        await picture(page, "en-decide")
        await page.get_by_role("button", name="It was not paid").click()
        await expect(page.get_by_text("Written down.")).to_be_visible()
        await expect(doubt).to_have_count(0)
    assert [text for text in said if "ERR_" not in text] == []


async def test_the_page_works_without_a_mouse(counter: Counter, page: Page) -> None:
    await page.goto(counter.url)
    await page.get_by_role("combobox").select_option("en")
    await page.get_by_label("Code", exact=True).focus()
    await page.keyboard.type(await code(counter, scopes=sorted(MANAGER_SCOPES)))
    await page.keyboard.press("Enter")
    opener = page.get_by_role("button", name="Pair a device")
    await expect(opener).to_be_visible()
    await expect(page.locator("main")).to_be_focused()
    while not await opener.evaluate("button => button === document.activeElement"):
        await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("dialog")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(opener).to_be_focused()
