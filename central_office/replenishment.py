"""What somebody at the office does about goods: levels, purchase orders, goods received.

Each is an act in the office's own chain; what it amounts to is folded from there like everything
else. An order is drafted, drafted again as often as one likes, sent, and then waits for its goods;
it ends when all have come, when it is cancelled, or closed with what has come. More than was
ordered, or other goods, are booked as they came and shown. Each call that is repeated changes
nothing.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from central_office import projections
from central_office.errors import OfficeError
from central_office.naming import Read, item_names
from central_office.own_chain import Act, act
from central_office.sql_tables import Session, SqlTables
from edge_daemon.records.payloads import (
    InventoryControl,
    InventoryControlKind,
    Payload,
    PurchaseOrder,
    PurchaseOrderEvent,
    PurchaseOrderLine,
    ReorderLevel,
)

_FIELDS = (
    "location_id",
    "supplier_id",
    "state",
    "by_operator",
    "drafted_at",
    "sent_at",
    "ended_at",
    "reason",
)
_LINE_FIELDS = ("item_id", "uom", "ordered_milli", "received_milli")
STATE = "CASE WHEN state = 'Sent' AND open_lines = 0 THEN 'Received' ELSE state END"
_ORDER = (
    f"SELECT location_id, supplier_id, {STATE}, by_operator, drafted_at, sent_at, ended_at, reason"  # noqa: S608 - constants
    " FROM purchase_orders WHERE organization = ? AND order_id = ?"
)
_LINES = (
    "SELECT item_id, uom, ordered_milli, received_milli FROM purchase_order_lines"
    " WHERE organization = ? AND order_id = ? AND (ordered_milli <> 0 OR received_milli <> 0)"
    " ORDER BY item_id"
)
_DRAFTED, _SENT = PurchaseOrderEvent.DRAFTED, PurchaseOrderEvent.SENT
_CANCELLED, _CLOSED = PurchaseOrderEvent.CANCELLED, PurchaseOrderEvent.CLOSED
_BEFORE = {_SENT: (_DRAFTED,), _CANCELLED: (_DRAFTED, _SENT), _CLOSED: (_SENT,)}
"""Which state an order must have for a step."""
_WORDS = {
    "Unknown": "was never drafted",
    "Drafted": "is a draft",
    "Sent": "was sent",
    "Received": "has come",
    "Cancelled": "was cancelled",
    "Closed": "is closed",
}


class UnknownOrderError(OfficeError):
    """Raised when there is no such purchase order. Nothing was changed."""


class OrderRefusedError(OfficeError):
    """Raised when an order's state does not permit something. Nothing was changed."""


class Who(NamedTuple):
    """Who acts, for which organization and when, in microseconds since 1970 UTC."""

    organization: str
    name: str
    now_us: int


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be ordered."""

    location_id: str
    supplier_id: str | None = None
    lines: tuple[PurchaseOrderLine, ...]


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """An order as it stands.

    Attributes:
        state: `Drafted`, `Sent`, `Cancelled`, `Closed`; `Received` once all has come.
        lines: By article.
    """

    order_id: str
    location_id: str
    supplier_id: str | None
    state: str
    by_operator: str
    drafted_at: int | None
    sent_at: int | None
    ended_at: int | None
    reason: str | None
    lines: tuple["LineStanding", ...]


class LineStanding(msgspec.Struct, frozen=True, kw_only=True):
    """A line of an order; of what was never ordered `ordered_milli` is 0.

    `description` is what the office's catalogue calls the article, if it knows it.
    """

    item_id: str
    uom: str
    ordered_milli: int
    received_milli: int
    description: str | None = None


def set_level(session: Session, level: ReorderLevel, who: Who) -> None:
    """Say when an article is to be ordered for a place, or, without figures, that it is not.

    Raises:
        OrderRefusedError: The level lies below the reorder point.
    """
    point, up_to = level.reorder_point_milli, level.order_up_to_milli
    if (point is None) != (up_to is None) or (point or 0) > (up_to or 0):
        raise OrderRefusedError("Order up to at least the reorder point, or give neither.")
    key = (who.organization, level.location_id, level.item_id)
    rows = SqlTables(session).find(projections.REPLENISHMENT, [key])
    if rows.get(key, (None,) * 3)[:3] != (point, up_to, level.supplier_id):
        _act(session, [level], who)


def draft_order(session: Session, order_id: str, draft: Draft, who: Who) -> Standing:
    """Draft an order, or change its draft.

    Raises:
        OrderRefusedError: It was sent already, or names an article twice or none.
    """
    articles = [line.item_id for line in draft.lines]
    if not articles or len(set(articles)) < len(articles):
        raise OrderRefusedError("An order names each article once, and one at least.")
    known = find_order(session.all, who.organization, order_id)
    if known is not None and known.state not in {"Drafted", "Unknown"}:
        raise _refused(known, "its lines stay as they are")
    wanted = {(line.item_id, line.uom, line.quantity_milli) for line in draft.lines}
    if (
        known is None
        or known.state != _DRAFTED
        or wanted != {(one.item_id, one.uom, one.ordered_milli) for one in _ordered(known)}
        or (known.location_id, known.supplier_id) != (draft.location_id, draft.supplier_id)
    ):
        step = PurchaseOrder(
            event=_DRAFTED,
            order_id=order_id,
            location_id=draft.location_id,
            supplier_id=draft.supplier_id,
            lines=draft.lines,
        )
        _act(session, [step], who)
    return order_standing(session.all, who.organization, order_id)


def step_order(
    session: Session, order_id: str, event: PurchaseOrderEvent, who: Who, reason: str | None = None
) -> Standing:
    """Send, cancel or close an order.

    Raises:
        UnknownOrderError: There is none of that id.
        OrderRefusedError: It is not in a state for that.
    """
    known = order_standing(session.all, who.organization, order_id)
    if known.state == event:
        return known
    if known.state not in _BEFORE[event]:
        raise _refused(known, f"it cannot be {event.value.lower()}")
    step = PurchaseOrder(
        event=event, order_id=order_id, location_id=known.location_id, lines=(), reason=reason
    )
    _act(session, [step], who)
    return order_standing(session.all, who.organization, order_id)


def receive(
    session: Session,
    order_id: str,
    document_id: str,
    lines: Sequence[PurchaseOrderLine],
    who: Who,
) -> Standing:
    """Book goods that have come for an order, at its place; too many and too few are booked so.

    Args:
        session: In whose transaction it is done.
        order_id: The order.
        document_id: Of this delivery: the same again changes nothing.
        lines: What came.
        who: Who says so.

    Raises:
        UnknownOrderError: There is none of that id.
        OrderRefusedError: It was not sent, or that delivery was another one.
    """
    known = order_standing(session.all, who.organization, order_id)
    booked = _delivered(session, order_id, document_id, who)
    if booked:
        if booked != sorted((line.item_id, line.quantity_milli) for line in lines):
            raise OrderRefusedError("Another delivery has this id. Give this one an id of its own.")
        return known
    if known.state not in {"Sent", "Closed", "Received"}:
        raise _refused(known, "nothing can come of it")
    came = [
        InventoryControl(
            kind=InventoryControlKind.RECEIPT,
            document_id=document_id,
            item_id=line.item_id,
            quantity_milli=line.quantity_milli,
            uom=line.uom,
            location_id=known.location_id,
            reason_code="purchase_order",
            order_id=order_id,
        )
        for line in lines
    ]
    _act(session, came, who)
    return order_standing(session.all, who.organization, order_id)


def order_standing(read: Read, organization: str, order_id: str) -> Standing:
    """An order as it stands.

    Raises:
        UnknownOrderError: There is none of that id.
    """
    found = find_order(read, organization, order_id)
    if found is None:
        raise UnknownOrderError(f"There is no purchase order {order_id}.")
    return found


def find_order(read: Read, organization: str, order_id: str) -> Standing | None:
    """An order as it stands; None where there is none of that id."""
    row = next(iter(read(_ORDER, (organization, order_id))), None)
    if row is None:
        return None
    lines = list(read(_LINES, (organization, order_id)))
    place = row[0]
    names = item_names(read, organization, [(place, line[0]) for line in lines])
    return Standing(
        order_id=order_id,
        **dict(zip(_FIELDS, row, strict=True)),
        lines=tuple(
            LineStanding(
                **dict(zip(_LINE_FIELDS, line, strict=True)),
                description=names.get((place, line[0])),
            )
            for line in lines
        ),
    )


def _ordered(known: Standing) -> list[LineStanding]:
    return [line for line in known.lines if line.ordered_milli]


def _delivered(
    session: Session, order_id: str, document_id: str, who: Who
) -> list[tuple[str, int]]:
    rows = SqlTables(session).find(projections.DELIVERIES, [(who.organization, order_id)])
    return sorted((row[2], row[3]) for row in rows.values() if row[1] == document_id)


def _act(session: Session, payloads: Iterable[Payload], who: Who) -> None:
    acts = [Act(payload, who.name) for payload in payloads]
    act(SqlTables(session), who.organization, acts, who.now_us)


def _refused(known: Standing, so: str) -> OrderRefusedError:
    return OrderRefusedError(f"Order {known.order_id} {_WORDS[known.state]}: {so}.")
