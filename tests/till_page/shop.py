"""A shop with a catalogue and people, and a browser at its till."""

import hashlib
import itertools
import json
import pathlib
import re
from collections.abc import Mapping
from typing import Any, Protocol

from playwright.async_api import Locator, Page, expect

from simulators.pos_printer import PosPrinter
from tests.doors.browser import listening
from tests.stories.counter import Counter, ulid
from tests.stories.staff import hire

PAGE = pathlib.Path(__file__).parents[2] / "edge_daemon" / "api" / "till_page"
LANGUAGES = ("nl", "en", "fr", "de")
WORDS: dict[str, dict[str, str]] = {
    language: json.loads((PAGE / f"{language}.json").read_text(encoding="utf-8"))
    for language in LANGUAGES
}
FLOAT = {"€ 10,00": 5, "€ 5,00": 10, "€ 1,00": 20}
TABLET = {"width": 1180, "height": 820}
SETTINGS = """
[sales]
open_price_tax_code = "high"

[till]
require_session = true

[operators]
check_rights = true
"""
VERSIONS = itertools.count(1)
"""Of the lists; the office gives each number once."""
MILK = "8712345678906"
COLA = "5449000000996"
GROUPS = [("zuivel", "Zuivel"), ("drank", "Dranken"), ("bakker", "Bakkerij"), ("wonen", "Wonen")]
ARTICLES: list[tuple[str, str, str, int | None, str, str]] = [
    ("melk", "Melk 1 l", "zuivel", 129, "low", MILK),
    ("kaas", "Jonge kaas 48+", "zuivel", 575, "low", "8712345678920"),
    ("yoghurt", "Yoghurt halfvol", "zuivel", 189, "low", "8710400145981"),
    ("cola", "Cola 1,5 l", "drank", 249, "low", COLA),
    ("koffie", "Koffie 500 g", "drank", 689, "low", "8712345678937"),
    ("wafels", "Stroopwafels", "bakker", 249, "low", "8710001000016"),
    ("brood", "Volkoren brood", "bakker", 299, "low", "8712345678913"),
    ("paraplu", "Paraplu", "wonen", 1295, "high", "8719999000015"),
    ("kaars", "Kaarsen, pak van 6", "wonen", 449, "high", "8712345678968"),
    ("bloemen", "Boeket van de dag", "wonen", None, "low", "8712345678975"),
]


def catalogue(prices: Mapping[str, int]) -> dict[str, Any]:
    """The lists, as the office sends them; `prices` are others than usual."""
    items: list[dict[str, Any]] = [
        {
            "item_id": item_id,
            "description": description,
            "merchandise_hierarchy": group,
            "uom": "EA",
            "barcodes": [code.zfill(14)],
            "tax_code": tax_code,
            "deposit_item_id": "fles" if item_id == "cola" else None,
            "prices": []
            if price is None
            else [{"amount": prices.get(item_id, price), "valid_from": 0}],
        }
        for item_id, description, group, price, tax_code, code in ARTICLES
    ]
    items.append(
        {
            "item_id": "fles",
            "description": "Statiegeld fles",
            "merchandise_hierarchy": "",
            "uom": "EA",
            "barcodes": [],
            "tax_code": "none",
            "prices": [{"amount": 25, "valid_from": 0}],
        }
    )
    return {"items": items, "groups": [{"id": key, "name": name} for key, name in GROUPS]}


async def stock_the_shelf(counter: Counter, **prices: int) -> None:
    """Bring the catalogue and the people into force, as they come from the office."""
    version = next(VERSIONS)
    chunk = json.dumps({"version": version, "number": 0, **catalogue(prices)}).encode()
    manifest = {"version": version, "hash": hashlib.sha256(chunk).hexdigest(), "chunk_count": 1}
    master_data = counter.daemon.master_data
    await master_data.hear("catalogue/manifest", json.dumps(manifest).encode())
    await master_data.hear("catalogue/chunk/0", chunk)
    await hire(counter, version=version)
    while (await counter.get("/v1/catalogue")).json()["version"] != version:
        pass  # it is being built


class Stand(Protocol):
    """What stands on the counter."""

    @property
    def printer(self) -> PosPrinter: ...
    @property
    def scanner(self) -> Any: ...
    @property
    def terminal(self) -> Any: ...


async def till_address(counter: Counter) -> str:
    """Where the till is, with a code, as on a slip that is scanned."""
    offered = await counter.put(
        f"/v1/pairing-codes/{ulid()}", {"print": False, "workstation": "till-1"}
    )
    return f"{counter.url}/till#pair={offered.json()['code']['code']}"


class WebTill:
    """A person's hands at the till on the page."""

    def __init__(self, page: Page, counter: Stand, language: str = "nl") -> None:
        self.page = page
        self.counter = counter
        self.words = WORDS[language]
        self.language = language
        self.said = listening(page)

    def say(self, key: str, **values: Any) -> str:
        """The page's words."""
        text = self.words[key]
        for name, value in values.items():
            text = text.replace(f"{{{name}}}", str(value))
        return text

    async def press(self, key: str, **values: Any) -> None:
        """Press the button that says so, in front of all others."""
        words = self.say(key, **values)
        await self.page.get_by_role("button", name=words, exact=True).last.click()

    async def press_words(self, words: str | re.Pattern[str]) -> None:
        """Press the button with these very words, such as an amount."""
        button = self.page.get_by_role("button", name=words, exact=True).last
        await button.click()

    async def touch(self, article: str) -> None:
        """Touch an article on the shelf."""
        await self.page.locator(".tile").filter(has_text=article).click()

    async def pay(self) -> None:
        """From the receipt to the ways to pay."""
        await self.page.locator('[data-key="pay"]').click()
        await expect(self.page.locator(".ways")).to_be_visible()

    async def tap_when_asked(self) -> None:
        """The customer's part."""
        await self.shows("phase_waiting_for_card")
        await self.counter.terminal.hand("tap")

    async def begin(self, name: str, pin: str) -> None:
        """Sign on where nobody has, and open the till where it is not."""
        menu = self.page.get_by_role("button", name=self.say("menu"), exact=True)
        asked = self.page.get_by_role("heading", name=self.say("sign_on"))
        await expect(menu.or_(asked)).to_be_visible()
        if await asked.is_visible():
            await self.sign_on(name, pin)
        if await self.shut.is_visible():
            await self.open_till(FLOAT)

    @property
    def shut(self) -> Locator:
        """What a till says that is not open yet."""
        return self.page.locator("#banner").get_by_role("button", name=self.say("open_till"))

    async def sign_off(self) -> None:
        """Go away from the till."""
        await self.menu("sign_off")
        await self.press("sign_off")
        await self.shows("sign_on")

    async def shows(self, key: str, **values: Any) -> None:
        """Wait until the page says so."""
        await expect(self.page.get_by_text(self.say(key, **values)).first).to_be_visible()

    async def open(self, address: str) -> None:
        """Open the page, in this language."""
        await self.page.add_init_script(
            f"localStorage.getItem('pos-till-language') ||"
            f" localStorage.setItem('pos-till-language', '{self.language}')"
        )
        await self.page.goto(address)

    async def sign_on(self, name: str, pin: str) -> None:
        """Touch the name, type the PIN."""
        await self.page.get_by_role("button", name=name).click()
        await self.page.get_by_label(self.say("pin"), exact=True).fill(pin)
        await self.page.get_by_label(self.say("pin"), exact=True).press("Enter")
        await expect(self.page.get_by_role("button", name=self.say("menu"))).to_be_visible()

    async def menu(self, key: str) -> None:
        """Choose from the menu."""
        await self.press("menu")
        await self.press(key)

    async def open_till(self, notes: dict[str, int]) -> bool:
        """Open the till with that float; True where the date had to be confirmed first."""
        await self.press("open_till")
        dated = self.page.get_by_role("heading", name=self.say("which_date"))
        counting = self.page.get_by_text(self.say("open_till_words"))
        await expect(dated.or_(counting)).to_be_visible()
        asked = await dated.is_visible()
        if asked:
            tablet = self.page.get_by_role("button", name=self.say("source_Register"))
            await tablet.click()
        await self.count(notes)
        await self.press("open_till")
        await self.shows("till_opened")
        return asked

    async def count(self, notes: dict[str, int]) -> None:
        """Type how many there are of each."""
        for value, count in notes.items():
            field = self.page.get_by_role("dialog").get_by_label(value)
            await field.fill(str(count))

    async def scan(self, code: str, words: str) -> None:
        """Hold an article to the scanner, and see it on the receipt."""
        self.counter.scanner.scan(code)
        await expect(self.page.locator(".ticket .lines").get_by_text(words)).to_be_visible()
