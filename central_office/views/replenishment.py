"""Replenishment: what is to be ordered and how much, what is ordered, what has come of it.

`description` is what the office's catalogue calls the article (`views.named`), if it knows it.
"""

import msgspec

from central_office.replenishment import STATE
from central_office.views.paging import View


class Replenishment(msgspec.Struct, frozen=True, kw_only=True):
    """An article that is kept in stock at a place.

    Attributes:
        position_milli: What lies there, is sent there or is ordered, all together.
        suggested_milli: How much to order now, besides what stands in drafts; 0 while there is
            enough.
        below_since: By which entry there was too little, while there is.
        alerts: How often there was too little.
    """

    location_id: str
    item_id: str
    uom: str
    on_hand_milli: int
    in_transit_milli: int
    on_order_milli: int
    drafted_milli: int
    position_milli: int
    reorder_point_milli: int
    order_up_to_milli: int
    suggested_milli: int
    supplier_id: str | None
    below_since: int | None
    alerts: int
    description: str | None = None


_POSITION = "coalesce(stock.on_hand_milli, 0) + in_transit_milli + on_order_milli"
_MISSING = f"(order_up_to_milli - ({_POSITION}) - drafted_milli)"
_SOURCE = (
    "(SELECT replenishment.organization, replenishment.location_id, replenishment.item_id,"  # noqa: S608 - constants
    " coalesce(uom, '') AS uom, coalesce(stock.on_hand_milli, 0) AS on_hand_milli,"
    f" in_transit_milli, on_order_milli, drafted_milli, {_POSITION} AS position_milli,"
    " reorder_point_milli, order_up_to_milli,"
    f" CASE WHEN below_since IS NOT NULL AND {_MISSING} > 0 THEN {_MISSING} ELSE 0 END"
    " AS suggested_milli, supplier_id, below_since, alerts FROM replenishment LEFT JOIN stock ON"
    " stock.organization = replenishment.organization AND stock.location_id ="
    " replenishment.location_id AND stock.item_id = replenishment.item_id"
    " WHERE reorder_point_milli IS NOT NULL{}) AS supplied"
)
_KEY = ("location_id", "item_id")
_VALUES = tuple(
    name for name in Replenishment.__struct_fields__ if name not in (*_KEY, "description")
)
REPLENISHMENT = View(
    row=Replenishment,
    source=_SOURCE.format(""),
    key=_KEY,
    values=_VALUES,
    grouped=False,
    days=False,
    store="location_id",
)
TO_ORDER = View(
    row=Replenishment,
    source=_SOURCE.format(" AND below_since IS NOT NULL"),
    key=_KEY,
    values=_VALUES,
    grouped=False,
    days=False,
    store="location_id",
)
"""Only what there is too little of."""


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """There was too little of an article: one for each time."""

    location_id: str
    item_id: str
    arrival: int
    part: int
    position_milli: int
    reorder_point_milli: int
    description: str | None = None


ALERTS = View(
    row=Alert,
    source="replenishment_alerts",
    key=("location_id", "item_id", "arrival", "part"),
    values=("position_milli", "reorder_point_milli"),
    grouped=False,
    days=False,
    store="location_id",
)


class PurchaseOrderRow(msgspec.Struct, frozen=True, kw_only=True):
    """A purchase order.

    Attributes:
        state: `Drafted`, `Sent`, `Cancelled`, `Closed`; `Received` once all has come; `Unknown`
            where only goods that name it are known.
        open_lines, over_lines: That have not come whole; of which too much came.
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
    open_lines: int
    over_lines: int


PURCHASE_ORDERS = View(
    row=PurchaseOrderRow,
    source="purchase_orders",
    key=("order_id",),
    values=(
        "location_id",
        "supplier_id",
        STATE,
        "by_operator",
        "drafted_at",
        "sent_at",
        "ended_at",
        "reason",
        "open_lines",
        "over_lines",
    ),
    grouped=False,
    days=False,
    store="location_id",
)


class PurchaseOrderLineRow(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a purchase order; of what was never ordered `ordered_milli` is 0."""

    order_id: str
    item_id: str
    location_id: str
    uom: str
    ordered_milli: int
    received_milli: int
    description: str | None = None


PURCHASE_ORDER_LINES = View(
    row=PurchaseOrderLineRow,
    source="purchase_order_lines",
    key=("order_id", "item_id"),
    values=("location_id", "uom", "ordered_milli", "received_milli"),
    grouped=False,
    days=False,
    store="location_id",
    where="(ordered_milli <> 0 OR received_milli <> 0)",
)


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a purchase order, at the office's word or a shop's (`edge_id`)."""

    order_id: str
    arrival: int
    part: int
    location_id: str
    document_id: str
    item_id: str
    quantity_milli: int
    edge_id: str
    occurred_at: int
    description: str | None = None


DELIVERIES = View(
    row=Delivery,
    source="deliveries",
    key=("order_id", "arrival", "part"),
    values=(
        "location_id",
        "document_id",
        "item_id",
        "quantity_milli",
        "edge_id",
        "occurred_at",
    ),
    grouped=False,
    days=False,
    store="location_id",
)
