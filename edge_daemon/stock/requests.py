"""What registers ask and say about stock. Quantities in thousandths of their unit."""

from typing import Annotated, Literal

import msgspec

from edge_daemon.errors import InvalidRequestError
from edge_daemon.records.payloads import InventoryControlKind

QUANTITY_LIMIT = 10**12
Quantity = Annotated[int, msgspec.Meta(ge=-QUANTITY_LIMIT, le=QUANTITY_LIMIT)]
Found = Annotated[int, msgspec.Meta(ge=0, le=QUANTITY_LIMIT)]
Text35 = Annotated[str, msgspec.Meta(min_length=1, max_length=35)]
Ulid = Annotated[str, msgspec.Meta(pattern=r"^[0-7][0-9A-HJKMNP-TV-Z]{25}$(?!\n)")]
Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Gtin = Annotated[str, msgspec.Meta(pattern=r"^([0-9]{8}|[0-9]{12,14})$(?!\n)")]
Date = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$(?!\n)")]
Uom = Annotated[str, msgspec.Meta(min_length=2, max_length=3)]

KINDS = {
    "receipt": InventoryControlKind.RECEIPT,
    "adjustment": InventoryControlKind.ADJUSTMENT,
    "transfer_out": InventoryControlKind.TRANSFER_OUT,
    "transfer_in": InventoryControlKind.TRANSFER_IN,
    "waste": InventoryControlKind.WASTE,
}
"""The journal's words for a register's."""
SIGNS = {"receipt": 1, "transfer_in": 1, "transfer_out": -1, "waste": -1}
"""Whether goods come or go; an adjustment says so itself."""


class Goods(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which goods: the GTIN that was scanned, or our own item.

    Attributes:
        uom: UN/ECE Recommendation 20.
        lot, serial, expiry: From a GS1 code.
    """

    gtin: Gtin | None = None
    item_id: Text35 | None = None
    uom: Uom = "C62"
    lot: Text35 | None = None
    serial: Text35 | None = None
    expiry: Date | None = None


class MovedGoods(Goods, frozen=True, kw_only=True):
    """One line; `quantity_milli` is positive, of an adjustment what it adds or takes."""

    quantity_milli: Quantity


class StockRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every request has in common.

    Attributes:
        location_id: Where; this shop where it is not said.
        approval_id: A manager's approval, where the operator has no right to this.
    """

    workstation: str
    operator_id: Text35 | None = None
    approval_id: Ulid | None = None
    location_id: Text35 | None = None


class StockMovementRequest(StockRequest, frozen=True, kw_only=True):
    """Goods received, sent to another place or come from there, corrected, or thrown away.

    Attributes:
        counterpart_location_id: The other end of a transfer; needed then.
        reason: In the shop's own code.
        order_id: The purchase order of the office that a receipt answers.
    """

    kind: Literal["receipt", "adjustment", "transfer_out", "transfer_in", "waste"]
    lines: Annotated[tuple[MovedGoods, ...], msgspec.Meta(min_length=1, max_length=500)]
    reason: Reason
    counterpart_location_id: Text35 | None = None
    order_id: Ulid | None = None


class StockCountRequest(StockRequest, frozen=True, kw_only=True):
    """Begin to count a place."""

    reason: Reason


class StockCountLineRequest(Goods, frozen=True, kw_only=True):
    """Say what was found.

    Attributes:
        quantity_milli: How much.
        add: Besides what this count has found of it already, as with a scanner, one by one.
    """

    workstation: str
    operator_id: Text35 | None = None
    quantity_milli: Found = 1000
    add: bool = True


class StockCountEndRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """End a count."""

    workstation: str
    operator_id: Text35 | None = None


# --- answers --------------------------------------------------------------------------------


class StockMovement(msgspec.Struct, frozen=True, kw_only=True):
    """A movement that is booked."""

    id: str
    finished: bool = True
    kind: str
    location_id: str
    lines: int
    occurred_at: int | None = None


class StockCountLine(msgspec.Struct, frozen=True, kw_only=True):
    """What a count has found of an item by now."""

    id: str
    finished: bool = True
    count_id: str
    item_id: str
    quantity_milli: int


class StockCount(msgspec.Struct, frozen=True, kw_only=True):
    """A count.

    Attributes:
        state: `counting` or `ended`.
        found: Of each item, by now.
    """

    id: str
    finished: bool = True
    state: str
    location_id: str
    began_at: int
    ended_at: int | None = None
    found: dict[str, int] = {}


class StockAt(msgspec.Struct, frozen=True, kw_only=True):
    """What lies at one place, as far as this box knows.

    Attributes:
        on_hand_milli: There; the office's figure and what this box has seen since.
        available_milli: Less what is promised to somebody.
        own_milli: What of it the office did not know yet.
        counted_at: When this box counted it last, if the office does not know of it yet.
    """

    location_id: str
    on_hand_milli: int
    available_milli: int
    own_milli: int = 0
    counted_at: int | None = None


class StockLevel(msgspec.Struct, frozen=True, kw_only=True):
    """What lies where.

    Attributes:
        as_of: Of the office's figures, microseconds since 1970 UTC; None where there are none.
        age_ms: How old they are.
        stale: Too old to promise anything by.
        here: The location of this shop.
    """

    item_id: str
    gtin: str | None = None
    as_of: int | None = None
    age_ms: int | None = None
    stale: bool
    here: str
    locations: tuple[StockAt, ...]


def signed_quantity(kind: str, line: MovedGoods, path: str) -> int:
    """What a line adds to the stock, or takes from it.

    Raises:
        InvalidRequestError: It moves nothing, or says by its sign what the kind says already.
    """
    sign = SIGNS.get(kind)
    if line.quantity_milli == 0 or (sign is not None and line.quantity_milli < 0):
        raise InvalidRequestError(
            "A quantity is in thousandths and more than 0; only an adjustment may take away.",
            f"{path}.quantity_milli",
        )
    return line.quantity_milli * (sign or 1)
