"""Supply: what is on its way to a place, what is ordered, and when an article is to be ordered.

What there will be of an article is what lies there, what was sent there from elsewhere, and what
was ordered and has not come (its position). Once that falls to the reorder point, one alert is
given. The next comes only after the position has been half of the way up to the order-up-to level:
what goes up and down by a few pieces around the point alerts nobody again and again.
"""

from collections.abc import Iterator
from typing import NamedTuple

from central_office import projections as tables
from central_office.folds.entries import Entry, InventoryControl, PurchaseOrder, ReorderLevel
from central_office.folds.sheet import Place, Row, Sheet
from central_office.folds.stock import Article, fold_inventory
from edge_daemon.records.payloads import InventoryControlKind, PurchaseOrderEvent

REASON_LIMIT = 200
UNKNOWN = "Unknown"
"""The state of an order of which only goods are known: the order itself comes later, or never."""
_WAYS = {InventoryControlKind.TRANSFER_OUT, InventoryControlKind.TRANSFER_IN}
OrderKey = tuple[str, str]
"""Organization and order."""


class Levelled(NamedTuple):
    """Somebody said when an article is to be ordered."""

    article: Article
    place: Place
    reorder_point_milli: int | None
    order_up_to_milli: int | None
    supplier_id: str | None


class Coming(NamedTuple):
    """More, or less, of an article is on its way to a place, is on order or stands in a draft."""

    article: Article
    place: Place
    in_transit_milli: int = 0
    on_order_milli: int = 0
    drafted_milli: int = 0


class Ordered(NamedTuple):
    """A step of an order."""

    key: OrderKey
    place: Place
    by: str
    order: PurchaseOrder


class Delivered(NamedTuple):
    """Something of an order came."""

    key: OrderKey
    place: Place
    location_id: str
    item_id: str
    quantity_milli: int
    uom: str


def fold_level(sheet: Sheet, place: Place, _: Entry, level: ReorderLevel) -> None:
    """Take a reorder level in."""
    article = (place.organization, level.location_id, level.item_id)
    limits = (level.reorder_point_milli, level.order_up_to_milli)
    sheet.note(Levelled(article, place, *limits, level.supplier_id))


def fold_order(sheet: Sheet, place: Place, entry: Entry, order: PurchaseOrder) -> None:
    """Take a step of an order in."""
    key = (place.organization, order.order_id)
    sheet.note(Ordered(key, place, entry.operator_id or "", order))


def fold_goods(sheet: Sheet, place: Place, entry: Entry, control: InventoryControl) -> None:
    """What moved without a sale, what was sent to another place, and what answers an order."""
    fold_inventory(sheet, place, entry, control)
    item, quantity = control.item_id, control.quantity_milli
    if item is None or quantity is None:
        return
    if control.kind in _WAYS:
        leaves = control.kind is InventoryControlKind.TRANSFER_OUT
        there = (control.counterpart_location_id or "") if leaves else control.location_id
        article = (place.organization, there, item)
        sheet.note(Coming(article, place, in_transit_milli=-quantity))
    elif control.kind is InventoryControlKind.RECEIPT and control.order_id is not None:
        key, location = (place.organization, control.order_id), control.location_id
        sheet.note(Delivered(key, place, location, item, quantity, control.uom or ""))
        sheet.put(
            tables.DELIVERIES,
            (*key, *place.order),
            (
                location,
                control.document_id,
                item,
                quantity,
                place.edge_id,
                place.occurred_at,
            ),
        )


class Order:
    """A purchase order: its row, and its lines by article."""

    def __init__(self, row: Row | None, lines: dict[str, Row]) -> None:
        self._row: Row = row or ("", None, UNKNOWN, "", None, None, None, None, 0, 0, 0)
        self.lines = lines

    @property
    def row(self) -> Row:
        """The values of `purchase_orders`."""
        return self._row

    def follow(self, note: Ordered | Delivered) -> Iterator[Coming]:
        """Take a step in, and tell what that changes of what is on order and in drafts."""
        before = self._coming()
        if isinstance(note, Ordered):
            self._take_step(note)
        else:
            self._take_delivery(note)
        self._row = (*self._row[:8], *self._counted(), note.place.arrival)
        after = self._coming()
        for where in sorted(before.keys() | after.keys()):
            old, new = before.get(where, (0, 0)), after.get(where, (0, 0))
            if old != new:
                article = (note.key[0], *where)
                changed = {"on_order_milli": new[0] - old[0], "drafted_milli": new[1] - old[1]}
                yield Coming(article, note.place, **changed)

    def _take_step(self, note: Ordered) -> None:
        order, at = note.order, note.place.occurred_at
        location, supplier, state, by, drafted_at, sent_at, ended_at, reason, *_ = self._row
        if order.event is PurchaseOrderEvent.DRAFTED:
            location, supplier, by, drafted_at = order.location_id, order.supplier_id, note.by, at
            state = PurchaseOrderEvent.DRAFTED.value if state == UNKNOWN else state
            self._draft(order)
        else:
            state = order.event.value
            if order.event is PurchaseOrderEvent.SENT:
                sent_at = at
            else:
                ended_at = at
                reason = None if order.reason is None else order.reason[:REASON_LIMIT]
        self._row = (location, supplier, state, by, drafted_at, sent_at, ended_at, reason)

    def _draft(self, order: PurchaseOrder) -> None:
        """Its lines take the place of those before; what has come stays."""
        wanted = {line.item_id: line for line in order.lines}
        for item_id in self.lines.keys() | wanted.keys():
            _, uom, _, received = self.lines.get(item_id, ("", "", 0, 0))
            line = wanted.get(item_id)
            ordered = 0 if line is None else line.quantity_milli
            self.lines[item_id] = (
                order.location_id,
                uom if line is None else line.uom,
                ordered,
                received,
            )

    def _take_delivery(self, note: Delivered) -> None:
        if not self._row[0]:
            self._row = (note.location_id, *self._row[1:])
        unknown = (note.location_id, note.uom, 0, 0)
        location, uom, ordered, received = self.lines.get(note.item_id, unknown)
        self.lines[note.item_id] = (location, uom, ordered, received + note.quantity_milli)

    def _coming(self) -> dict[tuple[str, str], tuple[int, int]]:
        """On order and drafted, by place and article."""
        state = self._row[2]
        found = {}
        for item_id, (location, _, ordered, received) in self.lines.items():
            if state == PurchaseOrderEvent.SENT:
                found[location, item_id] = (max(ordered - received, 0), 0)
            elif state == PurchaseOrderEvent.DRAFTED:
                found[location, item_id] = (0, max(ordered - received, 0))
        return found

    def _counted(self) -> tuple[int, int]:
        """Lines that have not come whole, and lines of which too much came."""
        waits = self._row[2] in {PurchaseOrderEvent.SENT, PurchaseOrderEvent.DRAFTED}
        lines = self.lines.values()
        return (
            sum(received < ordered for _, _, ordered, received in lines) if waits else 0,
            sum(received > ordered for _, _, ordered, received in lines),
        )


class Supply:
    """An article at a place: its row of `replenishment`, entry by entry.

    Attributes:
        alerts: Where there was too little, and how much there was then.
    """

    def __init__(self, row: Row | None) -> None:
        self._row: list[int | str | None] = list(row or (None, None, None, 0, 0, 0, None, 0, 0))
        self.alerts: list[tuple[Place, int, int]] = []

    @property
    def row(self) -> Row:
        """The values of `replenishment`."""
        return tuple(self._row)

    def take(self, note: Levelled | Coming) -> None:
        """Take a note in; `look` once all of its entry are here."""
        if isinstance(note, Levelled):
            limits = (note.reorder_point_milli, note.order_up_to_milli, note.supplier_id)
            self._row[:3] = limits
        else:
            for at, more in enumerate(note[2:], 3):
                self._row[at] = int(self._row[at] or 0) + more
        self._row[8] = note.place.arrival

    def look(self, place: Place, on_hand: int) -> None:
        """After an entry: is there too little now, or enough again?"""
        point, up_to, _, in_transit, on_order, _, since, alerts, _ = self.row
        if point is None:
            self._row[6] = None
            return
        position = on_hand + in_transit + on_order
        if since is None and position <= point:
            self._row[6:9] = (place.arrival, alerts + 1, place.arrival)
            self.alerts.append((place, position, point))
        elif since is not None and position >= rearmed_at(point, up_to):
            self._row[6], self._row[8] = None, place.arrival


def rearmed_at(reorder_point_milli: int, order_up_to_milli: int | None) -> int:
    """From which position on the next crossing is a new one: half of the way up."""
    up_to = reorder_point_milli if order_up_to_milli is None else order_up_to_milli
    return max(reorder_point_milli + 1, (reorder_point_milli + up_to + 1) // 2)
