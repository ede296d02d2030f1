"""What drawers and printers did, and how devices are."""

import enum

from edge_daemon.records.payloads.payload import Payload


class DrawerEvent(Payload, frozen=True, kw_only=True):
    """A drawer opened or closed, a pulse that failed or came too late.

    `event`: `Opened`, `Closed`, `Failed`, `Dropped`, `Unknown`, `LeftOpen`.
    `cause`: `Sale`, `NoSale`, `Control`, `Manual` (key), `Unknown`.
    """

    event: str
    intent_id: str | None = None
    cause: str
    drawer_id: str
    pulse: str | None = None
    sensed: bool | None = None
    transaction_id: str | None = None
    reason_code: str | None = None
    problem: str | None = None
    open_ms: int | None = None


class ReceiptState(enum.StrEnum):
    """One step of a print."""

    QUEUED = "Queued"
    PRINTING = "Printing"
    PRINTED = "Printed"
    FAILED = "Failed"
    UNKNOWN = "Unknown"
    COPY = "Copy"
    DIGITAL = "Digital"
    DECLINED = "Declined"


class ReceiptEvent(Payload, frozen=True, kw_only=True):
    """One step of one print or digital receipt.

    `document`: `Sale`, `Return`, `Void`, `Proforma`, `Delivery`, `Training`, `CardSlip`,
    `Report`, `Other`. `evidence`: `ProcessId`, `BufferedStatus`, `BufferCleared`, `Operator`.
    `problem`: what the clerk was told, on `Failed` and `Unknown`.
    """

    print_id: str
    intent_id: str
    state: ReceiptState
    document: str
    transaction_id: str | None = None
    copy_number: int | None = None
    amount: int | None = None
    printer_id: str | None = None
    content_hash: str | None = None
    evidence: str | None = None
    problem: str | None = None
    url: str | None = None
    digital_hash: str | None = None


class DeviceEvent(Payload, frozen=True, kw_only=True):
    """A device changed state: `online`, `offline`, `paper_low`, `paper_out`, `cover_open`, …."""

    device_id: str
    family: str
    state: str
    detail: str | None = None
