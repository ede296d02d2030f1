import asyncio
import contextlib
import pathlib
import sqlite3
import unicodedata
from collections.abc import AsyncIterator
from typing import Any, Self

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from central_office.publishing import publication
from edge_daemon.catalogue import Article, Catalogue, ItemKey
from edge_daemon.catalogue.database import begin, discard, put
from edge_daemon.catalogue.reading import Rates, count_items, find_articles, search_articles
from edge_daemon.master_data import MasterData
from edge_daemon.records.master_data import Catalogue as Lists
from edge_daemon.records.master_data import (
    CatalogueItem,
    Price,
    ProductGroup,
    TaxRate,
)
from edge_daemon.state import StateStore
from tests.edge_daemon.test_master_data import delta, take

NOON = 1_795_258_800_000_000
HOUR = 3_600_000_000


def item(number: int, **changes: Any) -> CatalogueItem:
    fields: dict[str, Any] = {
        "item_id": f"item-{number}",
        "description": f"Pindakaas Nº {number}",
        "merchandise_hierarchy": "spread",
        "uom": "EA",
        "barcodes": (f"{number:014}",),
        "tax_code": "low",
        "prices": (Price(amount=100 + number, valid_from=0),),
    }
    return CatalogueItem(**fields | changes)


BOTTLE = item(
    900,
    description="Crème de cassis",
    merchandise_hierarchy="drinks",
    deposit_item_id="item-901",
    barcodes=("08710400145981", "00000000000017"),
    tax_code="high",
    prices=(
        Price(amount=995, valid_from=0),
        Price(amount=895, valid_from=NOON - HOUR, valid_to=NOON + HOUR),
    ),
)
DEPOSIT = item(901, description="Statiegeld fles", barcodes=(), tax_code="zero")
LISTS = Lists(
    items=(*(item(number) for number in range(300)), BOTTLE, DEPOSIT),
    tax_codes=(
        TaxRate(tax_code="low", rate_bp=600, valid_from=0, valid_to=NOON),
        TaxRate(tax_code="low", rate_bp=900, valid_from=NOON),
        TaxRate(tax_code="high", rate_bp=2100, valid_from=0),
    ),
    groups=(
        ProductGroup(id="food", name="Eten"),
        ProductGroup(id="spread", name="Beleg", parent="food"),
        ProductGroup(id="drinks", name="Drinken"),
    ),
)


class Shelf:
    """A catalogue with what the office sends to it."""

    def __init__(self, directory: pathlib.Path) -> None:
        self.directory = directory
        self._stack = contextlib.AsyncExitStack()

    async def __aenter__(self) -> Self:
        self.state = await StateStore.open(self.directory / "state.db")
        self._stack.push_async_callback(self.state.close)
        self.master_data = MasterData(self.state)
        await self.master_data.load()
        self.catalogue = Catalogue(self.directory, self.master_data)
        await self.catalogue.open()
        self._stack.push_async_callback(self.catalogue.close)
        running = asyncio.create_task(self.catalogue.run())
        self._stack.callback(running.cancel)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def send(self, version: int, lists: Lists) -> None:
        await take(self.master_data, publication("catalogue", lists, version))
        await self.caught_up()

    async def caught_up(self) -> None:
        async with asyncio.timeout(20):
            await self.catalogue.caught_up()

    async def scan(self, gtin: str, at_us: int = NOON) -> Article | None:
        key = ItemKey(gtin=gtin.zfill(14))
        return (await self.catalogue.find([key], at_us)).get(key)


@pytest.fixture
async def shelf(tmp_path: pathlib.Path) -> AsyncIterator[Shelf]:
    async with Shelf(tmp_path) as found:
        yield found


async def test_an_article_is_found_by_any_of_its_codes_and_by_its_id(shelf: Shelf) -> None:
    assert await shelf.scan("8710400145981") is None
    await shelf.send(1, LISTS)
    for code in ("8710400145981", "08710400145981", "00000017"):
        found = await shelf.scan(code)
        assert found is not None
        assert (found.item_id, found.description) == ("item-900", "Crème de cassis")
    key = ItemKey(item_id="item-7")
    assert (await shelf.catalogue.find([key], NOON))[key].unit_price == 107
    assert shelf.catalogue.state.items == 302


async def test_prices_and_rates_count_from_their_moment_to_their_end(shelf: Shelf) -> None:
    await shelf.send(1, LISTS)
    moments = (NOON - 2 * HOUR, NOON - HOUR, NOON, NOON + HOUR)
    bottles = [await shelf.scan("8710400145981", moment) for moment in moments]
    assert [each.unit_price for each in bottles if each] == [995, 895, 895, 995]
    assert [shelf.catalogue.rate_bp("low", moment) for moment in moments] == [600, 600, 900, 900]
    assert shelf.catalogue.rate_bp("unknown", NOON) is None


async def test_an_article_brings_its_deposit(shelf: Shelf) -> None:
    await shelf.send(1, LISTS)
    found = await shelf.scan("8710400145981")
    assert found is not None
    assert found.deposit is not None
    assert (found.deposit.item_id, found.deposit.unit_price) == ("item-901", 1001)


@pytest.mark.parametrize(
    ("text", "group", "count"),
    [
        ("creme", None, 1),
        ("CRÈME cass", None, 1),
        ("pinda", None, 50),
        ("pinda 29", None, 11),
        ('pinda" OR *', None, 0),
        ("", "food", 50),
        ("", "drinks", 1),
        ("fles", "drinks", 0),
    ],
)
async def test_articles_are_found_by_the_beginnings_of_words(
    shelf: Shelf, text: str, group: str | None, count: int
) -> None:
    await shelf.send(1, LISTS)
    assert len(await shelf.catalogue.search(text, NOON, group=group)) == count


async def test_a_delta_changes_what_it_names_and_nothing_else(shelf: Shelf) -> None:
    await shelf.send(1, LISTS)
    cheaper = item(900, description="Sirop", barcodes=("00000000000024",))
    changes = {"items": [_plain(cheaper)]}
    await shelf.master_data.hear("catalogue/delta", delta(1, 2, **changes))
    await shelf.caught_up()
    assert shelf.catalogue.state.version == 2
    assert await shelf.scan("8710400145981") is None
    found = await shelf.scan("24")
    assert found is not None
    assert found.description == "Sirop"
    assert await shelf.catalogue.search("creme", NOON) == []
    assert len(await shelf.catalogue.search("sirop", NOON)) == 1
    assert shelf.catalogue.state.items == 302


async def test_a_whole_set_takes_the_place_of_all_before(shelf: Shelf) -> None:
    await shelf.send(1, LISTS)
    await shelf.send(2, Lists(items=(item(1, description="Hagelslag"),)))
    assert await shelf.scan("8710400145981") is None
    assert shelf.catalogue.state.items == 1
    assert shelf.catalogue.rate_bp("low", NOON) is None


async def test_a_restart_finds_what_was_built_and_builds_what_was_not(
    tmp_path: pathlib.Path,
) -> None:
    async with Shelf(tmp_path) as shelf:
        await shelf.send(1, LISTS)
    async with Shelf(tmp_path) as shelf:
        assert shelf.catalogue.state.version == 1
        assert await shelf.scan("8710400145981") is not None
    discard(tmp_path / "catalogue.db")
    (tmp_path / "catalogue-coming.db").write_bytes(b"half a file that a crash has left")
    async with Shelf(tmp_path) as shelf:
        await shelf.caught_up()
        assert await shelf.scan("8710400145981") is not None
    (tmp_path / "catalogue.db").write_bytes(b"no database" * 100)
    async with Shelf(tmp_path) as shelf:
        await shelf.caught_up()
        assert await shelf.scan("8710400145981") is not None


CODES = st.sampled_from(["1", "00000017", "8710400145981", "08710400145981", "123456789012345678"])
NAMES = st.sampled_from(["Pindakaas", "Crème 'de' cassis", 'Water "bruis" 50%', "Thé\\ vert"])
PARTS = st.lists(
    st.lists(st.tuples(st.integers(1, 4), NAMES, st.lists(CODES, max_size=3)), max_size=6),
    min_size=1,
    max_size=4,
)


@given(PARTS)
def test_of_articles_and_their_codes_the_last_word_counts(
    tmp_path_factory: pytest.TempPathFactory, parts: list[list[tuple[int, str, list[str]]]]
) -> None:
    path = tmp_path_factory.mktemp("catalogue") / "coming.db"
    articles: dict[str, CatalogueItem] = {}
    owners: dict[str, str] = {}
    with contextlib.closing(begin(path)) as connection:
        for part in parts:
            items = [item(one, description=name, barcodes=tuple(c)) for one, name, c in part]
            put(connection, msgspec.json.encode(Lists(items=tuple(items))))
            last = {one.item_id: place for place, one in enumerate(items)}
            news = [items[place] for place in sorted(last.values())]
            articles |= {one.item_id: one for one in news}
            owners = {code: owner for code, owner in owners.items() if owner not in last}
            owners |= {code.zfill(14): one.item_id for one in news for code in one.barcodes}
        _has_exactly(connection, articles, owners)


def _has_exactly(
    connection: sqlite3.Connection, articles: dict[str, CatalogueItem], owners: dict[str, str]
) -> None:
    by_code = {ItemKey(gtin=code): owner for code, owner in owners.items()}
    by_id = {ItemKey(item_id=each): each for each in articles}
    found = find_articles(connection, [*by_code, *by_id], Rates(), NOON)
    assert {key: each.item_id for key, each in found.items()} == by_code | by_id
    for each in found.values():
        one = articles[each.item_id]
        assert (each.description, each.barcodes) == (one.description, one.barcodes)
    codes = connection.execute("SELECT count(*) FROM barcodes").fetchone()[0]
    assert (count_items(connection), codes) == (len(articles), len(owners))
    for name in ("pindakaas", "cassis", "bruis", "the"):
        hits = search_articles(connection, Rates(), NOON, text=name, groups=[], limit=9, after=0)
        named = {key for key, each in articles.items() if name in _bare(each.description)}
        assert {each.item_id for each in hits} == named


def _bare(text: str) -> str:
    return unicodedata.normalize("NFD", text).encode("ascii", "ignore").decode().lower()


def _plain(one: CatalogueItem) -> dict[str, Any]:
    prices = [{"amount": each.amount, "valid_from": each.valid_from} for each in one.prices]
    return {
        "item_id": one.item_id,
        "description": one.description,
        "merchandise_hierarchy": one.merchandise_hierarchy,
        "uom": one.uom,
        "barcodes": list(one.barcodes),
        "tax_code": one.tax_code,
        "prices": prices,
    }
