"""The stock of an organization as its edges are told: what changed, and all of it.

A place in the ledger is a number of arrival. Every store is told the same lines, those of all
stores, and up to where its own edges are counted in.
"""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import msgspec

from central_office.folds import Sale
from central_office.folds import read as read_entry
from central_office.folds.entries import InventoryControl
from central_office.lines import read_line
from central_office.reading import Reader
from edge_daemon.mqtt import OFFICE
from edge_daemon.records import RecordError
from edge_daemon.records.master_data import NOWHERE, Covered, Stock, StockLine
from edge_daemon.records.master_data import StockDelta as StockUpdate
from edge_daemon.records.messages import MESSAGE_LIMIT

FEW_ENTRIES = 2000
"""So many are read for the articles they name; for more it is less work to look at all stock."""
AT_ONCE = 200
"""Articles that one query asks for."""
ENVELOPE_BYTES = 512
"""Of a delta without its lines and what it covers."""
COVERED_BYTES = 160
"""One edge's place, at most."""

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
_MARKS = (
    "SELECT store, edge_id, epoch, up_to_seq FROM marks WHERE organization = ?"
    " AND up_to_seq > 0 ORDER BY first_at, epoch"
)


class Shelf(NamedTuple):
    """What lies of an article at a place, and by which entry."""

    arrival: int
    line: msgspec.Raw


class StockDelta(NamedTuple):
    """A step from one place in the ledger to another, for any store."""

    after: int
    up_to: int
    lines: tuple[msgspec.Raw, ...]


def changes(read: Reader, organization: str, after: int, up_to: int) -> list[Shelf]:
    """What changed behind a place of the ledger, in the order of the ledger."""
    found: Iterable[tuple[str, str, int, int]]
    articles = _named(read, organization, after, up_to) if up_to - after <= FEW_ENTRIES else None
    if articles is None:
        found = read(_CHANGED, (organization, after))
    else:
        found = _some(read, organization, sorted(articles))
    changed = (_shelf(*row) for row in found if row[3] > after)
    return sorted(changed, key=lambda shelf: shelf.arrival)


def steps(shelves: Sequence[Shelf], after: int, up_to: int, room: int) -> list[StockDelta] | None:
    """Cut what changed into steps whose lines have `room` bytes at most.

    A step ends with an entry and never inside one, so that whoever stops there knows all up to it.

    Returns:
        They, in order; None where one entry alone changed more than fits.
    """
    found: list[StockDelta] = []
    lines: list[msgspec.Raw] = []
    size, begins, ends = 0, after, after
    for arrival, group in itertools.groupby(shelves, key=lambda shelf: shelf.arrival):
        more = [shelf.line for shelf in group]
        more_size = sum(len(line) + 1 for line in more)
        if more_size > room:
            return None
        if size + more_size > room:
            found.append(StockDelta(begins, ends, tuple(lines)))
            lines, size, begins = [], 0, ends
        lines += more
        size += more_size
        ends = arrival
    return [*found, StockDelta(begins, up_to, tuple(lines))]


def room_for(covered: Sequence[Covered]) -> int:
    """Bytes that a delta has for its lines."""
    return MESSAGE_LIMIT - ENVELOPE_BYTES - COVERED_BYTES * len(covered)


def delta_message(
    step: StockDelta, lift: int, as_of: int, covered: Sequence[Covered] | None
) -> bytes:
    """A step as it travels.

    Args:
        step: It.
        lift: By which the versions are above the places in the ledger.
        as_of: Microseconds since 1970 UTC.
        covered: Up to where the store's edges are counted in; None for all steps but the last.
    """
    fields = {
        "from_version": lift + step.after,
        "to_version": lift + step.up_to,
        "as_of": as_of,
        "lines": step.lines,
    }
    return msgspec.json.encode(fields if covered is None else {**fields, "covers": covered})


def still_message(version: int, as_of: int) -> bytes:
    """That what a version holds is still so, at `as_of`; an edge behind it says so."""
    return msgspec.json.encode(StockUpdate(from_version=NOWHERE, to_version=version, as_of=as_of))


def whole_stock(read: Reader, organization: str, as_of: int, covered: Sequence[Covered]) -> Stock:
    """All of it."""
    lines = tuple(_line(*row[:3]) for row in read(_ALL, (organization,)))
    return Stock(as_of=as_of, covers=tuple(covered), lines=lines)


def covers(read: Reader, organization: str) -> dict[str, tuple[Covered, ...]]:
    """Up to where each store's edges are counted in.

    Only an edge's last epoch is named: by that all earlier ones are known to it. What of them was
    accepted or refused later is settled in the figures.
    """
    last: dict[tuple[str, str], Covered] = {}
    for store, edge_id, epoch, seq in read(_MARKS, (organization,)):
        if edge_id != OFFICE:
            last[store, edge_id] = Covered(edge_id=edge_id, epoch=epoch, seq=seq)
    found: dict[str, tuple[Covered, ...]] = {}
    for (store, _), covered in sorted(last.items(), key=lambda one: one[0]):
        found[store] = (*found.get(store, ()), covered)
    return found


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


def _shelf(location_id: str, item_id: str, on_hand: int, arrival: int) -> Shelf:
    line = _line(location_id, item_id, on_hand)
    return Shelf(arrival, msgspec.Raw(msgspec.json.encode(line)))


def _line(location_id: str, item_id: str, on_hand: int) -> StockLine:
    """Nothing is promised to anybody yet: what lies there can be had."""
    return StockLine(
        item_id=item_id,
        location_id=location_id,
        on_hand_milli=on_hand,
        available_milli=on_hand,
    )
