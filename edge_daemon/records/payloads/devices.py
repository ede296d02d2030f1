"""What drawers and printers did, and how devices are."""

import enum
from typing import Annotated

from edge_daemon.records.payloads.payload import Payload, one_of


class DrawerEvent(Payload, frozen=True, kw_only=True):
    """A drawer opened or closed, a pulse that failed or came too late.

    Attributes:
        event: `Failed`: surely not opened. `Dropped`: the pulse came too late and was not sent.
            `Unknown`: a pulse may have gone out. `LeftOpen`: alarm.
        cause: `Manual` is the key.
        intent_id: Absent when nobody asked for it.
        pulse: `RealTime` (DLE DC4), `Buffered` (`ESC p`, to a printer just seen online).
        sensed: True: the drawer's contact showed it. False: no contact is wired.
        problem: What the clerk was told.
        open_ms: Milliseconds, on `Closed` and `LeftOpen`.
    """

    event: Annotated[str, one_of("Opened", "Closed", "Failed", "Dropped", "Unknown", "LeftOpen")]
    intent_id: str | None = None
    cause: Annotated[str, one_of("Sale", "NoSale", "Control", "Manual", "Unknown")]
    drawer_id: str
    pulse: Annotated[str, one_of("RealTime", "Buffered", "Other")] | None = None
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

    Attributes:
        transaction_id: Absent on what belongs to no sale.
        copy_number: 1, 2, … of a copy, on all its states.
        amount: Total on that paper, minor units.
        content_hash: SHA-256 of the bytes sent to the printer.
        evidence: How the end is known.
        problem: What the clerk was told, on `Failed` and `Unknown`.
    """

    print_id: str
    intent_id: str
    state: ReceiptState
    document: Annotated[
        str,
        one_of(
            "Sale",
            "Return",
            "Void",
            "Proforma",
            "Delivery",
            "Training",
            "CardSlip",
            "Report",
            "Other",
        ),
    ]
    transaction_id: str | None = None
    copy_number: int | None = None
    amount: int | None = None
    printer_id: str | None = None
    content_hash: str | None = None
    evidence: (
        Annotated[str, one_of("ProcessId", "BufferedStatus", "BufferCleared", "Operator")] | None
    ) = None
    problem: str | None = None
    url: str | None = None
    digital_hash: str | None = None


class DeviceEvent(Payload, frozen=True, kw_only=True):
    """A device changed state; `detail` in the words of its driver."""

    device_id: str
    family: str
    state: Annotated[
        str,
        one_of(
            "online",
            "offline",
            "paper_low",
            "paper_out",
            "cover_open",
            "terminal_unreachable",
            "unplugged",
            "recovered",
        ),
    ]
    detail: str | None = None
