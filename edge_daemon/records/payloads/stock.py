"""Stock moved or counted without a sale; sale lines carry their own effect."""

import enum

from edge_daemon.records.payloads.payload import Payload


class InventoryControlKind(enum.StrEnum):
    """What happened to the stock."""

    RECEIPT = "Receipt"
    ADJUSTMENT = "Adjustment"
    TRANSFER_OUT = "TransferOut"
    TRANSFER_IN = "TransferIn"
    COUNT_START = "CountStart"
    COUNT_LINE = "CountLine"
    COUNT_END = "CountEnd"
    WASTE = "Waste"


class InventoryControl(Payload, frozen=True, kw_only=True):
    """One line of a delivery, transfer, count or correction of stock.

    Attributes:
        document_id: Holds the lines of one delivery, transfer or count together.
        item_id: Absent on `CountStart` and `CountEnd`.
        quantity_milli: A signed difference; on `CountLine` the quantity found.
        order_id: The purchase order that a `Receipt` answers.
    """

    kind: InventoryControlKind
    document_id: str
    item_id: str | None = None
    gtin: str | None = None
    lot: str | None = None
    serial: str | None = None
    expiry: str | None = None
    quantity_milli: int | None = None
    uom: str | None = None
    location_id: str
    counterpart_location_id: str | None = None
    reason_code: str
    order_id: str | None = None
