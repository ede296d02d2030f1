"""Stock: one ledger over all stores, by article and place.

What lies there is what was counted last and all that has moved since: by when things happened, not
by when they arrived. So a movement from before a count leaves the stock as it was counted, and
changes what that count should have found; a count that arrives late does not undo what was sold
after it. Nothing here depends on the order of arrival but the note of when something was oversold.

A count states what lay there at its moment. Two counts of one article and place are two statements:
the later one holds.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from central_office import projections as tables
from central_office.folds.entries import Entry, InventoryControl, Sale, SaleLine
from central_office.folds.sheet import Place, Row, Sheet
from edge_daemon.records.payloads import InventoryControlKind, TransactionStatus

Article = tuple[str, str, str]
"""Organization, location and article."""
_OUT, _IN = InventoryControlKind.TRANSFER_OUT, InventoryControlKind.TRANSFER_IN
_FRAMES = {InventoryControlKind.COUNT_START, InventoryControlKind.COUNT_END}


class Moved(NamedTuple):
    """A movement: `quantity_milli` more."""

    article: Article
    place: Place
    quantity_milli: int
    uom: str


class Counted(NamedTuple):
    """A count."""

    article: Article
    place: Place
    quantity_milli: int
    uom: str
    document_id: str
    business_day_date: str


def move_goods(
    sheet: Sheet, place: Place, entry: Entry, sale: Sale, lines: Sequence[SaleLine]
) -> None:
    """What a sale's lines take off the shelf, or put back."""
    voids = sale.status is TransactionStatus.POST_VOIDED
    for number, line in enumerate(lines):
        if line.stock_effect and line.item_id:
            article = (place.organization, place.store, line.item_id)
            cause = "PostVoided" if voids else line.line_type
            moved = Moved(article, place, -line.quantity_milli, line.uom)
            _note(sheet, moved, number, (cause, sale.transaction_id, entry.business_day_date))


def fold_inventory(sheet: Sheet, place: Place, entry: Entry, control: InventoryControl) -> None:
    """A delivery, transfer, correction, waste, or a count."""
    quantity, item = control.quantity_milli, control.item_id
    if control.kind in _FRAMES or item is None or quantity is None:
        return
    article, uom = (place.organization, control.location_id, item), control.uom or ""
    document, day = control.document_id, entry.business_day_date
    if control.kind is InventoryControlKind.COUNT_LINE:
        sheet.note(Counted(article, place, quantity, uom, document, day))
        return
    moved = Moved(article, place, quantity, uom)
    _note(sheet, moved, 0, (control.kind.value, document, day))
    here, there = control.location_id, control.counterpart_location_id or ""
    ways = {_OUT: (here, there), _IN: (there, here)}
    if control.kind in ways:
        key = (place.organization, *ways[control.kind], item)
        sheet.add(tables.IN_TRANSIT, key, (-quantity,))


def _note(sheet: Sheet, moved: Moved, number: int, what: tuple[str, str, str]) -> None:
    place = moved.place
    cause, document, day = what
    sheet.put(
        tables.MOVEMENTS,
        (*moved.article, place.occurred_at, *place.order, number),
        (cause, moved.quantity_milli, document, day),
    )
    sheet.note(moved)


class Shelf:
    """One article at one place: its row of `stock`, and its counts in the order of their moments.

    Attributes:
        row: The values of `stock`.
        counts: Of those that are known, the key's (moment, arrival, part) and the row's values.
    """

    def __init__(self, row: Row | None) -> None:
        self.on_hand, self.uom, self.counted_at, self.times, self.since, self.arrival = row or (
            0,
            "",
            None,
            0,
            None,
            0,
        )
        self.counts: dict[tuple[int, int, int], Row] | None = None if row else {}
        self.changed: set[tuple[int, int, int]] = set()

    @property
    def row(self) -> Row:
        """The values of `stock`."""
        return self.on_hand, self.uom, self.counted_at, self.times, self.since, self.arrival

    def move(self, moved: Moved) -> None:
        """Take a movement in; the counts must be known where it is from before the last one."""
        self.uom = moved.uom or self.uom
        at = moved.place.occurred_at
        if self.counted_at is None or at >= self.counted_at:
            self._settle(self.on_hand + moved.quantity_milli, moved.place)
            return
        self._settle(self.on_hand, moved.place)
        counts = self.counts or {}
        self._expect(min(key for key in counts if key[0] > at), moved.quantity_milli)

    def count(
        self, counted: Counted, moved_between: Callable[[int | None, int | None], int]
    ) -> None:
        """Take a count in.

        Args:
            counted: It.
            moved_between: What has moved from one moment on and before another; None is no limit.
        """
        self.uom = counted.uom or self.uom
        counts, place = self.counts or {}, counted.place
        key = (place.occurred_at, *place.order)
        before = max((one for one in counts if one < key), default=None)
        after = min((one for one in counts if one > key), default=None)
        opening = counts[before][2] if before else 0
        book = opening + moved_between(before[0] if before else None, key[0])
        row = (counted.document_id, counted.business_day_date, counted.quantity_milli, book)
        self.counts = {**counts, key: row}
        self.changed.add(key)
        if after is not None:
            expected = counted.quantity_milli + moved_between(key[0], after[0])
            self._expect(after, expected - counts[after][3])
            self._settle(self.on_hand, place)
            return
        self.counted_at = key[0]
        self._settle(counted.quantity_milli + moved_between(key[0], None), place)

    def _expect(self, key: tuple[int, int, int], more: int) -> None:
        counts = self.counts or {}
        document, day, counted, book = counts[key]
        counts[key] = (document, day, counted, book + more)
        self.changed.add(key)

    def _settle(self, on_hand: int, place: Place) -> None:
        if on_hand < 0 and self.since is None:
            self.times, self.since = self.times + 1, place.arrival
        elif on_hand >= 0:
            self.since = None
        self.on_hand, self.arrival = on_hand, place.arrival
