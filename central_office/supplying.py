"""Settles supply: orders first, then what that and the shelves mean for each article.

It goes entry by entry, so the result is the same wherever commits were cut.
"""

import collections
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence

from central_office import projections
from central_office.folds.sheet import Key, Place, Row, Sheet
from central_office.folds.stock import Article
from central_office.folds.supply import Coming, Delivered, Levelled, Order, Ordered, Supply
from central_office.projections import Projection
from central_office.tables import Tables

Change = tuple[Projection, list[Row]]
"""Rows to be written to a table, in the order of their keys."""
Trace = Mapping[Article, tuple[int, Sequence[tuple[Place, int]]]]
"""What lay of articles before a commit, and after each of its movements and counts."""


def settle_supply(tables: Tables, sheet: Sheet, trace: Trace) -> Iterator[Change]:
    """Follow the notes of a commit about orders, transfers and levels."""
    notes: list[Levelled | Coming] = [*sheet.notes(Levelled), *sheet.notes(Coming)]
    steps: list[Ordered | Delivered] = [*sheet.notes(Ordered), *sheet.notes(Delivered)]
    steps.sort(key=lambda note: note.place.order)
    if steps:
        orders = _orders(tables, {step.key for step in steps})
        notes += itertools.chain.from_iterable(orders[step.key].follow(step) for step in steps)
        yield from _changed_orders(orders)
    yield from _settle_articles(tables, notes, trace)


def _orders(tables: Tables, keys: set[tuple[str, str]]) -> dict[tuple[str, str], Order]:
    rows = tables.find(projections.PURCHASE_ORDERS, keys)
    lines: dict[Key, dict[str, Row]] = {key: {} for key in keys}
    for (*key, item_id), row in tables.find(projections.PURCHASE_ORDER_LINES, keys).items():
        lines[tuple(key)][item_id] = row
    return {key: Order(rows.get(key), lines[key]) for key in keys}


def _changed_orders(orders: Mapping[tuple[str, str], Order]) -> Iterator[Change]:
    yield projections.PURCHASE_ORDERS, [(*key, *orders[key].row) for key in sorted(orders)]
    yield (
        projections.PURCHASE_ORDER_LINES,
        [
            (*key, item_id, *orders[key].lines[item_id])
            for key in sorted(orders)
            for item_id in sorted(orders[key].lines)
        ],
    )


def _settle_articles(
    tables: Tables, notes: Iterable[Levelled | Coming], trace: Trace
) -> Iterator[Change]:
    by_article: dict[Article, list[Levelled | Coming]] = {}
    for note in notes:
        by_article.setdefault(note.article, []).append(note)
    rows = tables.find(projections.REPLENISHMENT, {*by_article, *trace})
    articles = sorted(rows.keys() | by_article.keys())
    still = tables.find(projections.STOCK, set(articles) - trace.keys())
    supplies = {}
    for article in articles:
        supply = supplies[article] = Supply(rows.get(article))
        before, moves = trace.get(article) or (still.get(article, (0,))[0], ())
        _follow(supply, by_article.get(article, ()), before, moves)
    changed = [
        (*article, *supply.row)
        for article, supply in supplies.items()
        if supply.row != rows.get(article)
    ]
    alerts = [
        (*article, *place.order, position, point)
        for article, supply in supplies.items()
        for place, position, point in supply.alerts
    ]
    yield projections.REPLENISHMENT, changed
    yield projections.ALERTS, alerts


def _follow(
    supply: Supply,
    notes: Sequence[Levelled | Coming],
    on_hand: int,
    moves: Sequence[tuple[Place, int]],
) -> None:
    """Take an article's notes in, and look once behind each entry."""
    places = {
        place.order: place for place in (*(note.place for note in notes), *(at for at, _ in moves))
    }
    after = {place.order: quantity for place, quantity in moves}
    waiting = collections.deque(sorted(notes, key=lambda note: note.place.order))
    for order in sorted(places):
        while waiting and waiting[0].place.order == order:
            supply.take(waiting.popleft())
        on_hand = after.get(order, on_hand)
        supply.look(places[order], on_hand)
