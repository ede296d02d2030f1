"""What articles and product groups are called, by the catalogues that the office keeps.

Names are no figures: no entry makes them, and none is ever wrong by them. They stand in tables of
their own, written with the catalogue, so that a page looks up what stands on it and nothing else.
What a store's own catalogue says goes before what that of all stores says.
"""

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from central_office.projections import Projection, Way
from central_office.sql_tables import Session
from edge_daemon.records.master_data import Catalogue, CatalogueItem

EVERY_STORE = "*"
"""Stands for all stores that have no list of their own; no store can have this name."""
ITEMS = Projection(
    name="catalogue_items",
    key={"organization": str, "item_id": str, "store": str},
    values={"description": str, "words": str},
    way=Way.REPLACE,
)
"""`words` is what an article is found by: id, description and barcodes, without capitals."""
GROUPS = Projection(
    name="catalogue_groups",
    key={"organization": str, "group_id": str, "store": str},
    values={"name": str},
    way=Way.REPLACE,
)
TABLES = (ITEMS, GROUPS)
FOUND_LIMIT = 200
"""Articles that words can find: who sees so many asks again with more words."""
ROWS_AT_ONCE = 5000
_ASKED_AT_ONCE = 500
_GTIN_LENGTH = 14
_WORDS, _WORD_LENGTH = 16, 100
"""More of a text is not looked at."""
_ESCAPE = str.maketrans({sign: f"\\{sign}" for sign in "\\%_"})

Names = Mapping[tuple[str, str], str]
"""By store and id."""
Read = Callable[[str, Sequence[Any]], Iterable[tuple[Any, ...]]]
"""Runs a query with `?` as placeholders."""


def put_names(session: Session, organization: str, store: str, catalogue: Catalogue) -> None:
    """Write the names of what is in (a part of) a catalogue."""
    items = {item.item_id: (item.description, _words(item)) for item in catalogue.items}
    groups = {group.id: (group.name,) for group in catalogue.groups}
    for table, named in ((ITEMS, items), (GROUPS, groups)):
        rows = (
            (organization, name, store, *map(_storable, values)) for name, values in named.items()
        )
        while part := list(itertools.islice(rows, ROWS_AT_ONCE)):
            session.write([(table, part)])


def drop_names(session: Session, organization: str, store: str) -> None:
    """Forget the names of a whole catalogue."""
    for table in TABLES:
        sql = f"DELETE FROM {table.name} WHERE organization = ? AND store = ?"  # noqa: S608 - constants
        session.run(sql, (organization, store))


def item_names(read: Read, organization: str, wanted: Iterable[tuple[str, str]]) -> Names:
    """What articles are called at places; those without a name are left out."""
    sql = "SELECT item_id, store, description FROM catalogue_items"
    return _names(read, f"{sql} WHERE organization = ? AND item_id", organization, wanted)


def group_names(read: Read, organization: str, wanted: Iterable[tuple[str, str]]) -> Names:
    """What product groups are called in stores; those without a name are left out."""
    sql = "SELECT group_id, store, name FROM catalogue_groups"
    return _names(read, f"{sql} WHERE organization = ? AND group_id", organization, wanted)


def find_items(read: Read, organization: str, text: str) -> tuple[str, ...]:
    """Ids of the articles in whose id, description or barcodes all the words of a text stand.

    Also what the text itself names, by id or GTIN, whether it is in a catalogue or not.
    """
    words = [word[:_WORD_LENGTH] for word in text.casefold().split()[:_WORDS]]
    found = [text, text.zfill(_GTIN_LENGTH)] if words else []
    likes = " AND words LIKE ? ESCAPE '\\'" * len(words)
    sql = (
        "SELECT DISTINCT item_id FROM catalogue_items WHERE organization = ?"  # noqa: S608 - constants
        f"{likes} ORDER BY item_id LIMIT ?"
    )
    patterns = (f"%{word.translate(_ESCAPE)}%" for word in words)
    found += (
        [item for (item,) in read(sql, (organization, *patterns, FOUND_LIMIT))] if words else []
    )
    return tuple(dict.fromkeys(found))


def _names(
    read: Read,
    query: str,
    organization: str,
    wanted: Iterable[tuple[str, str]],
) -> Names:
    pairs = set(wanted)
    ids = sorted({name for _, name in pairs})
    stores = sorted({store for store, _ in pairs} | {EVERY_STORE})
    known: dict[tuple[str, str], str] = {}
    for first in range(0, len(ids), _ASKED_AT_ONCE):
        part = ids[first : first + _ASKED_AT_ONCE]
        sql = f"{query} IN ({_marks(part)}) AND store IN ({_marks(stores)})"
        for name, store, called in read(sql, (organization, *part, *stores)):
            known[store, name] = called
    both = ((pair, known.get(pair, known.get((EVERY_STORE, pair[1])))) for pair in pairs)
    return {pair: called for pair, called in both if called}


def _words(item: CatalogueItem) -> str:
    return " ".join((item.item_id, item.description, *item.barcodes)).casefold()


def _storable(text: str) -> str:
    """PostgreSQL's text has no NUL."""
    return text.replace("\0", "\ufffd")


def _marks(values: Iterable[Any]) -> str:
    return ", ".join("?" for _ in values)
