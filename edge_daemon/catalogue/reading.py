"""Reading the catalogue: by code, by item, by words. What a price or a rate is at a moment."""

import re
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

import msgspec

from edge_daemon.catalogue.article import Article, ItemKey
from edge_daemon.catalogue.database import decoder
from edge_daemon.records.master_data import CatalogueItem, Price, ProductGroup, TaxRate

_BY_ITEM = "SELECT data FROM items WHERE item_id = ?"
_BY_GTIN = "SELECT data FROM items JOIN barcodes USING (number) WHERE gtin = ?"
_WORD = re.compile(r"\w+")

Dated = TypeVar("Dated", Price, TaxRate)


class Rates:
    """The catalogue's tax codes; few, and kept in memory."""

    def __init__(self, rates: Iterable[TaxRate] = ()) -> None:
        self._rates: dict[str, list[TaxRate]] = {}
        for rate in rates:
            self._rates.setdefault(rate.tax_code, []).append(rate)

    @classmethod
    def read(cls, connection: sqlite3.Connection) -> "Rates":
        """All of them."""
        rows = connection.execute("SELECT data FROM tax_rates")
        return cls(msgspec.json.decode(data, type=TaxRate) for (data,) in rows)

    def rate_bp(self, tax_code: str, at_us: int) -> int | None:
        """What a code means at that moment; None: nothing."""
        rate = in_force(self._rates.get(tax_code, ()), at_us)
        return None if rate is None else rate.rate_bp


def in_force(dated: Sequence[Dated], at_us: int) -> Dated | None:
    """What counts at that moment: of several the one that began last."""
    valid = [
        one
        for one in dated
        if one.valid_from <= at_us and (one.valid_to is None or at_us < one.valid_to)
    ]
    return max(valid, key=lambda one: one.valid_from, default=None)


def find_articles(
    connection: sqlite3.Connection, keys: Iterable[ItemKey], rates: Rates, at_us: int
) -> dict[ItemKey, Article]:
    """The articles of these keys as they are at that moment."""
    found = {}
    for key in keys:
        if key.item_id is not None:
            item = _item(connection, _BY_ITEM, key.item_id)
        else:
            item = _item(connection, _BY_GTIN, key.gtin)
        if item is not None:
            found[key] = _article(connection, item, rates, at_us, gtin=key.gtin)
    return found


def search_articles(  # noqa: PLR0913 - what a person types and chooses
    connection: sqlite3.Connection,
    rates: Rates,
    at_us: int,
    *,
    text: str,
    groups: Sequence[str],
    limit: int,
    after: int,
) -> list[Article]:
    """The articles whose words begin like all that is typed, of these groups where any is named."""
    words = _WORD.findall(text)
    conditions, values = [], list[Any]()
    if words:
        conditions.append("number IN (SELECT rowid FROM words WHERE words MATCH ?)")
        values.append(" ".join(f'"{word}"*' for word in words))
    if groups:
        conditions.append(f"group_id IN ({', '.join('?' * len(groups))})")
        values += groups
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    rows = connection.execute(
        f"SELECT data FROM items {where} ORDER BY number LIMIT ? OFFSET ?",  # noqa: S608 - marks only
        (*values, limit, after),
    ).fetchall()
    items = [decoder.decode(data) for (data,) in rows]
    return [_article(connection, item, rates, at_us) for item in items]


def read_groups(connection: sqlite3.Connection) -> list[ProductGroup]:
    """All groups, by their ids."""
    rows = connection.execute("SELECT data FROM groups ORDER BY group_id")
    return [msgspec.json.decode(data, type=ProductGroup) for (data,) in rows]


def within(groups: Sequence[ProductGroup], group: str) -> list[str]:
    """A group and all below it."""
    found = [group]
    for one in found:
        found += [each.id for each in groups if each.parent == one and each.id not in found]
    return found


def count_items(connection: sqlite3.Connection) -> int:
    """How many items there are: they are numbered from 1, and none is ever deleted."""
    return int(connection.execute("SELECT coalesce(max(number), 0) FROM items").fetchone()[0])


def _item(connection: sqlite3.Connection, sql: str, key: str | None) -> CatalogueItem | None:
    row = connection.execute(sql, (key,)).fetchone()
    return None if row is None else decoder.decode(row[0])


def _article(
    connection: sqlite3.Connection,
    item: CatalogueItem,
    rates: Rates,
    at_us: int,
    *,
    gtin: str | None = None,
) -> Article:
    price = in_force(item.prices, at_us)
    deposit = None
    if item.deposit_item_id is not None and item.deposit_item_id != item.item_id:
        with_it = _item(connection, _BY_ITEM, item.deposit_item_id)
        if with_it is not None:  # a deposit has none of its own
            bare = msgspec.structs.replace(with_it, deposit_item_id=None)
            deposit = _article(connection, bare, rates, at_us)
    return Article(
        item_id=item.item_id,
        description=item.description,
        merchandise_hierarchy=item.merchandise_hierarchy,
        uom=item.uom,
        tax_code=item.tax_code,
        gtin=gtin or next(iter(item.barcodes), None),
        unit_price=None if price is None else price.amount,
        rate_bp=rates.rate_bp(item.tax_code, at_us),
        deposit=deposit,
        barcodes=item.barcodes,
    )
