"""What articles and groups are called, on both databases."""

import sqlite3
from typing import Any

import pytest

from central_office import naming
from central_office.master_lists import EVERY_STORE, ListKey
from central_office.naming import find_items
from central_office.reading import open_reader
from central_office.store import open_store
from central_office.views.paging import Scope
from central_office.views.table import VIEWS
from edge_daemon.records.master_data import Catalogue, CatalogueItem, Price, ProductGroup
from tests.central_office.boxes import Box, line, moved, sold
from tests.central_office.desk import Desk
from tests.entries import ORGANIZATION

ALL = ListKey(ORGANIZATION, EVERY_STORE, "catalogue")
SCOPE = Scope(organization=ORGANIZATION)
BARCODE = "08710400145981"


def article(item_id: str, description: str) -> CatalogueItem:
    return CatalogueItem(
        item_id=item_id,
        description=description,
        merchandise_hierarchy="drinks",
        uom="C62",
        barcodes=(BARCODE,) if item_id == "cola" else (),
        tax_code="high",
        prices=(Price(amount=121, valid_from=0),),
    )


def catalogue(*items: tuple[str, str], group: str = "Dranken") -> Catalogue:
    goods = tuple(article(*item) for item in items)
    return Catalogue(items=goods, groups=(ProductGroup(id="drinks", name=group),))


FILLERS = tuple((f"other-{number}", f"Article {number}") for number in range(200))


@pytest.fixture
def sold_out(desk: Desk) -> Desk:
    """Two shops have both articles; one of them has sold some."""
    for store in ("s-1", "s-2"):
        box = Box(store)
        for item in ("beer", "cola"):
            box.write("InventoryControl", moved("Receipt", item, 5_000, store))
        if store == "s-1":
            box.write("RetailTransaction", sold("t-1", line("cola", 6_000, 121)))
        box.deliver(desk.store)
    return desk


def names(desk: Desk, view: str, field: str = "description", **only: str) -> list[Any]:
    with open_reader(desk.address) as read:
        rows = VIEWS[view].page(read, SCOPE, only=only).rows
    return [getattr(row, field) for row in rows]


def test_a_page_says_what_its_articles_and_groups_are_called(sold_out: Desk) -> None:
    assert names(sold_out, "stock") == [None] * 4
    sold_out.store.keep(ALL, catalogue(("cola", "Cola 33 cl"), ("beer", "Bier")), 1)
    assert names(sold_out, "stock") == ["Bier", "Cola 33 cl"] * 2
    assert names(sold_out, "oversold") == ["Cola 33 cl"]
    assert names(sold_out, "movements", item_id="cola") == ["Cola 33 cl"] * 3
    for view in ("group-revenue", "group-hours"):
        assert names(sold_out, view, "group_name") == ["Dranken"]


def test_a_change_of_the_catalogue_is_a_change_of_names(sold_out: Desk) -> None:
    keep = sold_out.store.keep
    keep(ALL, catalogue(("cola", "Cola"), ("beer", "Bier"), *FILLERS), 1)
    keep(ALL, catalogue(("cola", "Cola 33 cl"), ("beer", "Bier"), *FILLERS), 2)  # a delta
    assert names(sold_out, "stock") == ["Bier", "Cola 33 cl"] * 2
    keep(ALL, catalogue(("cola", "Cola 33 cl"), group="Drinks"), 3)  # a whole one
    assert names(sold_out, "stock") == [None, "Cola 33 cl"] * 2
    assert names(sold_out, "group-revenue", "group_name") == ["Drinks"]


def test_a_stores_own_catalogue_goes_before_the_others(sold_out: Desk) -> None:
    sold_out.store.keep(ALL, catalogue(("cola", "Cola"), ("beer", "Bier")), 1)
    sold_out.store.keep(ALL._replace(store="s-2"), catalogue(("cola", "Coke")), 1)
    assert names(sold_out, "stock") == ["Bier", "Cola", "Bier", "Coke"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("COLA", {"cola"}),
        ("cl 33", {"cola"}),
        (BARCODE.lstrip("0"), {"cola"}),
        ("beer", {"beer"}),
        ("100%", set()),
        ("_", set()),
        ("", set()),
    ],
)
def test_articles_are_found_by_words_ids_and_barcodes(
    sold_out: Desk, text: str, found: set[str]
) -> None:
    sold_out.store.keep(ALL, catalogue(("cola", "Cola 33 cl")), 1)
    assert set(names(sold_out, "stock", "item_id", find=text)) == found
    assert set(names(sold_out, "stock", "item_id", find=text, item_id="beer")) == found & {"beer"}


def test_signs_with_a_meaning_in_patterns_are_only_signs(sold_out: Desk) -> None:
    sold_out.store.keep(ALL, catalogue(("cola", "100% cola\\light_x")), 1)
    for text in ("100%", "a\\l", "t_x"):
        assert names(sold_out, "stock", "item_id", find=text) == ["cola", "cola"]


def test_whatever_is_looked_for_is_only_not_found(sold_out: Desk) -> None:
    sold_out.store.keep(ALL, catalogue(("cola", "Cola")), 1)
    for text in ("x " * 5_000, "%_\\" * 50_000, "' OR 1=1 --"):
        assert names(sold_out, "stock", "item_id", find=text) == []


def test_pages_join_where_words_find_more_than_one_holds(sold_out: Desk) -> None:
    sold_out.store.keep(ALL, catalogue(("cola", "Drink a"), ("beer", "Drink b")), 1)
    found, after = [], None
    with open_reader(sold_out.address) as read:
        for _ in range(4):
            only = {"find": "drink"}
            page = VIEWS["stock"].page(read, SCOPE, only=only, after=after, limit=1)
            found += [(row.location_id, row.item_id) for row in page.rows]
            after = page.cursor
    assert found == [("s-1", "beer"), ("s-1", "cola"), ("s-2", "beer"), ("s-2", "cola")]
    assert after is None


def test_a_catalogue_that_was_kept_before_there_were_names_gets_them(sold_out: Desk) -> None:
    sold_out.store.keep(ALL, catalogue(("cola", "Cola"), ("beer", "Bier")), 1)

    def forget(session: Any) -> None:
        naming.drop_names(session, ORGANIZATION, EVERY_STORE)

    sold_out.store.do(forget)
    assert names(sold_out, "stock") == [None] * 4
    open_store(sold_out.address, sold_out.store._limits).close()
    assert names(sold_out, "stock") == ["Bier", "Cola"] * 2


@pytest.mark.parametrize("new_database", ["sqlite"], indirect=True)
def test_a_page_costs_the_same_however_large_the_catalogue_is(sold_out: Desk) -> None:
    def steps() -> int:
        connection = sqlite3.connect(sold_out.address)
        counted = 0

        def count() -> None:
            nonlocal counted
            counted += 1

        connection.set_progress_handler(count, 1)
        VIEWS["stock"].page(lambda sql, values: iter(connection.execute(sql, values)), SCOPE)
        connection.close()
        return counted

    few = (("cola", "Cola"), ("beer", "Bier"))
    sold_out.store.keep(ALL, catalogue(*few, *FILLERS[:10]), 1)
    small = steps()
    many = tuple((f"more-{number:05d}", f"Article {number}") for number in range(5_000))
    sold_out.store.keep(ALL, catalogue(*few, *many), 2)
    assert steps() <= small + 10
    with open_reader(sold_out.address) as read:
        assert len(find_items(read, ORGANIZATION, "article")) == naming.FOUND_LIMIT + 2
