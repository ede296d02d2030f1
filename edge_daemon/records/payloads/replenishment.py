"""What the office decides about goods: when to order them, what is ordered, what became of it.

These are acts of the office alone; a shop's own goods receipt names the order that it answers.
"""

import enum

from edge_daemon.records.payloads.payload import Payload


class ReorderLevel(Payload, frozen=True, kw_only=True):
    """When an article is to be ordered for a place, and up to how much. Without both: not at all.

    Attributes:
        reorder_point_milli: At this or less it is time.
        order_up_to_milli: What there is to be then, with all that is on its way.
        supplier_id: With whom.
    """

    item_id: str
    location_id: str
    reorder_point_milli: int | None = None
    order_up_to_milli: int | None = None
    supplier_id: str | None = None


class PurchaseOrderEvent(enum.StrEnum):
    """What became of a purchase order."""

    DRAFTED = "Drafted"
    SENT = "Sent"
    CANCELLED = "Cancelled"
    CLOSED = "Closed"
    """Nothing more is awaited of it, whatever has come."""


class PurchaseOrderLine(Payload, frozen=True, kw_only=True):
    """How much of an article is ordered."""

    item_id: str
    quantity_milli: int
    uom: str


class PurchaseOrder(Payload, frozen=True, kw_only=True):
    """A step of a purchase order.

    Attributes:
        location_id: Where the goods are to go.
        lines: All of them, where it is `Drafted`: drafted again they take the place of those
            before. None otherwise.
        reason: Why it was cancelled or closed.
    """

    event: PurchaseOrderEvent
    order_id: str
    location_id: str
    supplier_id: str | None = None
    lines: tuple[PurchaseOrderLine, ...]
    reason: str | None = None
