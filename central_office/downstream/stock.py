"""The stock of an organization as its edges are told: what changed, and all of it."""

import itertools
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from central_office.downstream.ledger import LedgerSet, Moment, Moved
from central_office.folds import Sale
from central_office.folds import read as read_entry
from central_office.folds.entries import InventoryControl
from central_office.lines import read_line
from central_office.master_lists import STOCK
from central_office.reading import Reader
from edge_daemon.mqtt import OFFICE
from edge_daemon.records import RecordError
from edge_daemon.records.master_data import Stock, StockLine

FEW_ENTRIES = 2000
"""So many are read for the articles they name; for more it is less work to look at all stock."""
AT_ONCE = 200
"""Articles that one query asks for."""
STEPS_LIMIT = 64

_COLUMNS = "location_id, item_id, on_hand_milli, last_arrival"
_CHANGED = f"SELECT {_COLUMNS} FROM stock WHERE organization = ? AND last_arrival > ?"  # noqa: S608 - constants
_ALL = (
    f"SELECT {_COLUMNS} FROM stock WHERE organization = ?"  # noqa: S608 - constants
    " ORDER BY location_id, item_id"
)
_SOME = (
    "WITH wanted (location_id, item_id) AS (VALUES {}) SELECT stock.location_id, stock.item_id,"
    " on_hand_milli, last_arrival FROM wanted CROSS JOIN stock WHERE stock.organization = ?"
    " AND stock.location_id = wanted.location_id AND stock.item_id = wanted.item_id"
)
"""SQLite keeps to a CROSS JOIN's order: one search for each article, however many there are."""
_ENTRIES = (
    "SELECT data FROM entries WHERE organization = ? AND arrival > ? AND arrival <= ?"
    " AND entry_type IN ('RetailTransaction', 'InventoryControl', 'SystemEvent')"
)


def changes(read: Reader, organization: str, after: int, up_to: int) -> list[Moved]:
    """What changed behind a place of the ledger, in the order of the ledger."""
    found: Iterable[tuple[str, str, int, int]]
    articles = _named(read, organization, after, up_to) if up_to - after <= FEW_ENTRIES else None
    if articles is None:
        found = read(_CHANGED, (organization, after))
    else:
        found = _some(read, organization, sorted(articles))
    changed = (_moved(*row) for row in found if row[3] > after)
    return sorted(changed, key=lambda moved: moved.arrival)


def whole(read: Reader, moment: Moment) -> Stock:
    """All of it."""
    lines = tuple(_line(*row[:3]) for row in read(_ALL, (moment.organization,)))
    return Stock(as_of=moment.as_of, covers=moment.covered, lines=lines)


STOCK_SET = LedgerSet(STOCK, changes, whole, STEPS_LIMIT)
"""What lies where."""


def _named(read: Reader, organization: str, after: int, up_to: int) -> set[tuple[str, str]] | None:
    """The articles that entries name; None where only the stock itself can tell."""
    found: set[tuple[str, str]] = set()
    for (data,) in read(_ENTRIES, (organization, after, up_to)):
        line = read_line(bytes(data))
        try:
            entry = read_entry(line)
        except RecordError:
            continue  # it is in no figure
        payload = entry.payload if entry is not None else None
        if line.edge_id == OFFICE and line.entry_type == "SystemEvent":
            return None  # it may have accepted a branch
        if isinstance(payload, Sale):
            found |= {(line.store, one.item_id) for one in payload.line_items if one.stock_effect}
        elif isinstance(payload, InventoryControl) and payload.item_id is not None:
            found.add((payload.location_id, payload.item_id))
    return found


def _some(
    read: Reader, organization: str, articles: Sequence[tuple[str, str]]
) -> Iterator[tuple[str, str, int, int]]:
    for first in range(0, len(articles), AT_ONCE):
        part = articles[first : first + AT_ONCE]
        sql = _SOME.format(", ".join(["(?, ?)"] * len(part)))
        keys = itertools.chain.from_iterable(part)
        for row in read(sql, (*keys, organization)):
            yield row[0], row[1], row[2], row[3]


def _moved(location_id: str, item_id: str, on_hand: int, arrival: int) -> Moved:
    line = _line(location_id, item_id, on_hand)
    return Moved(arrival, msgspec.Raw(msgspec.json.encode(line)))


def _line(location_id: str, item_id: str, on_hand: int) -> StockLine:
    """Nothing is promised to anybody yet: what lies there can be had."""
    return StockLine(
        item_id=item_id,
        location_id=location_id,
        on_hand_milli=on_hand,
        available_milli=on_hand,
    )
