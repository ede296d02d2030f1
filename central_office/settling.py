"""Settles what is kept from entry to entry: reads it once, follows the notes in order, writes it.

The rows that a commit's folds write stand in the tables by now. So where a note looks back it sees
only what arrived before it: the result is the same wherever commits were cut.
"""

import functools
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol, TypeVar

from central_office import projections
from central_office.folds.claims import (
    GiftCardMoved,
    HandedOut,
    Sold,
    TakenBack,
    Voided,
    follow_gift_card,
    follow_line,
    follow_order,
    sold_lines,
)
from central_office.folds.days import Closed, Touched, follow_day
from central_office.folds.entries import Sale, read
from central_office.folds.sheet import Key, Place, Row, Sheet
from central_office.folds.stock import Article, Counted, Moved, Shelf
from central_office.projections import Projection
from central_office.supplying import Change, Trace, settle_supply
from central_office.tables import Tables
from edge_daemon.records.payloads import TransactionStatus


class _Placed(Protocol):
    @property
    def place(self) -> Place: ...


Note = TypeVar("Note", bound=_Placed)


def settle(tables: Tables, sheet: Sheet) -> list[Change]:
    """Follow all notes of a commit and return what has to be written."""
    originals = functools.cache(functools.partial(_original, tables))
    shelves, trace = _settle_shelves(tables, _ordered(sheet.notes(Moved), sheet.notes(Counted)))
    return [
        _settle_days(tables, _ordered(sheet.notes(Touched), sheet.notes(Closed))),
        *shelves,
        *settle_supply(tables, sheet, trace),
        _settle_gift_cards(tables, sheet.notes(GiftCardMoved)),
        _settle_lines(tables, _ordered(sheet.notes(TakenBack), sheet.notes(Sold)), originals),
        _settle_orders(tables, _ordered(sheet.notes(HandedOut), sheet.notes(Voided)), originals),
    ]


Original = tuple[Place, Sale]
Originals = Callable[[str, str], tuple[Original, ...]]


def _ordered(one: Iterable[Note], other: Iterable[Note]) -> list[Note]:
    return sorted([*one, *other], key=lambda note: note.place.order)


def _change(projection: Projection, rows: Mapping[Key, Row]) -> Change:
    return projection, [(*key, *rows[key]) for key in sorted(rows)]


def _settle_days(tables: Tables, notes: list[Touched | Closed]) -> Change:
    rows = tables.find(projections.DAYS, {note.day for note in notes})
    for note in notes:
        rows[note.day] = follow_day(rows.get(note.day), note)
    return _change(projections.DAYS, rows)


def _settle_gift_cards(tables: Tables, notes: list[GiftCardMoved]) -> Change:
    rows = tables.find(projections.GIFT_CARDS, {note.card for note in notes})
    for note in notes:
        rows[note.card] = follow_gift_card(rows.get(note.card), note)
    return _change(projections.GIFT_CARDS, rows)


def _settle_shelves(tables: Tables, notes: list[Moved | Counted]) -> tuple[list[Change], Trace]:
    articles = {note.article for note in notes}
    rows = tables.find(projections.STOCK, articles)
    shelves = {article: Shelf(rows.get(article)) for article in articles}
    trace: dict[Article, tuple[int, list[tuple[Place, int]]]] = {
        article: (shelf.on_hand, []) for article, shelf in shelves.items()
    }
    for note in notes:
        shelf = shelves[note.article]
        if isinstance(note, Counted):
            _know_counts(tables, note.article, shelf)
            shelf.count(note, functools.partial(tables.moved_between, note.article, note.place))
        else:
            if shelf.counted_at is not None and note.place.occurred_at < shelf.counted_at:
                _know_counts(tables, note.article, shelf)
            shelf.move(note)
        trace[note.article][1].append((note.place, shelf.on_hand))
    changed = {
        (*article, *key): (shelf.counts or {})[key]
        for article, shelf in shelves.items()
        for key in shelf.changed
    }
    rows = {article: shelf.row for article, shelf in shelves.items()}
    return [_change(projections.STOCK, rows), _change(projections.COUNTS, changed)], trace


def _know_counts(tables: Tables, article: tuple[str, str, str], shelf: Shelf) -> None:
    if shelf.counts is None:
        found = tables.find(projections.COUNTS, {article})
        shelf.counts = {(key[-3], key[-2], key[-1]): row for key, row in found.items()}


def _settle_lines(tables: Tables, notes: list[TakenBack | Sold], originals: Originals) -> Change:
    receipts = {note.receipt if isinstance(note, Sold) else note.line[:2] for note in notes}
    rows = tables.find(projections.TAKEN_BACK, receipts)
    claimed = {key[:2] for key in rows}
    changed: dict[Key, Row] = {}
    for note in notes:
        if isinstance(note, TakenBack):
            row = rows.get(note.line)
            sold = None if row and row[0] is not None else _sold(originals, note)
            back = (note.quantity_milli, note.amount)
            changed[note.line] = rows[note.line] = follow_line(
                row, note.place, sold=sold, back=back
            )
            claimed.add(note.line[:2])
        elif note.receipt in claimed:
            for line_id, sold in sold_lines(note.lines).items():
                key = (*note.receipt, line_id)
                if key in rows and rows[key][0] is None:
                    changed[key] = rows[key] = follow_line(
                        rows[key], note.place, sold=sold, back=(0, 0)
                    )
    return _change(projections.TAKEN_BACK, changed)


def _sold(originals: Originals, note: TakenBack) -> tuple[int, int] | None:
    """What was sold on a line, where its receipt arrived before the note."""
    organization, transaction_id, line_id = note.line
    for place, sale in originals(organization, transaction_id):
        if place.order < note.place.order:
            return sold_lines(sale.line_items).get(line_id)
    return None


def _settle_orders(tables: Tables, notes: list[HandedOut | Voided], originals: Originals) -> Change:
    events: list[tuple[Key, Place, str, str]] = []
    for note in notes:
        if isinstance(note, HandedOut):
            events.append((note.order, note.place, note.transaction_id, ""))
            continue
        organization, receipt = note.receipt
        for place, sale in originals(organization, receipt):
            if place.order < note.place.order:
                orders = [link for link in sale.transaction_links if link.kind == "Replaces"]
                events += [
                    ((organization, link.transaction_id), note.place, "", receipt)
                    for link in orders
                ]
    rows = tables.find(projections.HANDED_OUT, {key for key, *_ in events})
    for key, place, more, less in events:
        rows[key] = follow_order(rows.get(key), place, more=more, less=less)
    return _change(projections.HANDED_OUT, rows)


def _original(tables: Tables, organization: str, transaction_id: str) -> tuple[Original, ...]:
    """The finished sales of that id, in the order of arrival."""
    found = []
    for place, line in tables.receipts_of(organization, transaction_id):
        entry = read(line)
        sale = entry.payload if entry is not None else None
        if isinstance(sale, Sale) and sale.status is TransactionStatus.COMPLETED:
            found.append((place, sale))
    return tuple(found)
