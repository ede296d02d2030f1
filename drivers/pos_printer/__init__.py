"""Receipt printers: the verbs and values that every printer driver shares.

A driver renders a `Document` to its own bytes (`render`, pure) and prints bytes (`print_data`).
The caller stores the bytes under their hash in between, so what was printed is known after a
crash. Names follow UnifiedPOS 1.14, POSPrinter.

Truth about paper. Real-time status overtakes the printer's buffer and proves nothing about it.
`print_data` returns only when a *buffered* answer followed the last byte. It raises a NOT_DONE
error only when no byte went out or the buffer was verifiably cleared. All else is
`OutcomeUnknownError`.
"""

import enum
from collections.abc import AsyncIterator
from typing import Literal, Protocol

import msgspec


class Alignment(enum.StrEnum):
    """Where a line stands on the paper."""

    LEFT = "left"
    CENTRE = "centre"
    RIGHT = "right"


class Text(msgspec.Struct, frozen=True, tag="text", forbid_unknown_fields=True):
    r"""One or more lines of text; `\n` ends a line, and the element always ends its last one.

    Attributes:
        text: Any Unicode. What the printer's code pages lack is replaced by the nearest look.
        alignment: Applies to the whole element.
        bold, underline: Style.
        width, height: Size of the characters, 1 to 8 times the normal one.
    """

    text: str
    alignment: Alignment = Alignment.LEFT
    bold: bool = False
    underline: bool = False
    width: int = 1
    height: int = 1


class Barcode(msgspec.Struct, frozen=True, tag="barcode", forbid_unknown_fields=True):
    """An EAN-13: 12 digits (the check digit is added) or 13 (it is checked)."""

    data: str
    symbology: Literal["ean13"] = "ean13"
    height: int = 64
    text_below: bool = True
    alignment: Alignment = Alignment.CENTRE


class QrCode(msgspec.Struct, frozen=True, tag="qr_code", forbid_unknown_fields=True):
    """A QR code; `module_size` is 1 to 16 dots a module."""

    data: str
    module_size: int = 4
    error_correction: Literal["L", "M", "Q", "H"] = "M"
    alignment: Alignment = Alignment.CENTRE


class Feed(msgspec.Struct, frozen=True, tag="feed", forbid_unknown_fields=True):
    """`lines` of empty paper, 1 to 255."""

    lines: int = 1


class Cut(msgspec.Struct, frozen=True, tag="cut", forbid_unknown_fields=True):
    """Feed to the cutter and cut; `partial` leaves a bridge of paper."""

    partial: bool = False


Element = Text | Barcode | QrCode | Feed | Cut
"""What a document is made of."""

Document = tuple[Element, ...]
"""One piece of paper, from top to bottom."""


class PrintEvidence(enum.StrEnum):
    """How the driver knows that the paper is out (the journal's `evidence`)."""

    PROCESS_ID = "ProcessId"
    """The printer answered `GS ( H` behind the last byte."""
    BUFFERED_STATUS = "BufferedStatus"
    """The printer answered `GS r` behind the last byte."""


class PulseKind(enum.StrEnum):
    """How a drawer pulse was sent (the journal's `pulse`)."""

    REAL_TIME = "RealTime"
    """DLE DC4: ahead of the buffer."""
    BUFFERED = "Buffered"
    """ESC p: only to a printer just seen online."""
    OTHER = "Other"


class PrinterStatus(msgspec.Struct, frozen=True):
    """What the printer last said about itself. None: not known, or it has no such sensor.

    Attributes:
        online: It takes data and prints.
        cover_open, rec_empty, rec_near_end: Cover, receipt paper, as UnifiedPOS names them.
        drawer_level: Level of the drawer connector's pin 3; True is high. What it means depends
            on the drawer's wiring.
        error: Cutter jammed, head too hot, or another state that needs a hand.
    """

    online: bool
    cover_open: bool | None = None
    rec_empty: bool | None = None
    rec_near_end: bool | None = None
    drawer_level: bool | None = None
    error: str | None = None


class StatusChanged(msgspec.Struct, frozen=True, tag="status_changed"):
    """The printer's status differs from what it was."""

    status: PrinterStatus


PrinterEvent = StatusChanged


class PosPrinter(Protocol):
    """An open receipt printer."""

    @property
    def columns(self) -> int:
        """Characters of normal width that fit on a line."""
        ...

    @property
    def status(self) -> PrinterStatus:
        """The last known status; kept fresh by automatic status back or polling."""
        ...

    def render(self, document: Document) -> bytes:
        """Turn a document into the bytes of this printer. Pure: nothing is sent.

        Raises:
            UnsupportedError: The document asks for what this printer cannot do, or a value is out
                of range; the message names the element and what would be right.
        """
        ...

    async def print_data(self, data: bytes) -> PrintEvidence:
        """Send `data` and wait until the printer has worked it off.

        Returns:
            How it is known that the paper is out.

        Raises:
            RefusedError: Seen before the first byte: no paper, cover open. Nothing was sent. Or
                the buffer was verifiably cleared after a fault. Nothing more will come out.
            OfflineError: Not reachable. Nothing was sent.
            OutcomeUnknownError: Bytes were sent, and no buffered answer came. The printer may
                finish the paper later, when the roll is replaced: never send it again by yourself.

        Source: design "Truth about paper"; Epson ESC/POS reference, GS ( H fn 48, GS r.
        """
        ...

    async def pulse_drawer(self, pin: int, on_ms: int, off_ms: int) -> PulseKind:
        """Kick the drawer on connector pin 2 or 5.

        Real-time (DLE DC4) where the printer has it; else buffered (ESC p) and only when the
        printer was seen online in the moment before.

        Raises:
            RefusedError: Not online (cover open, no paper): no pulse was or will be sent.
            OfflineError: Not reachable. No pulse was sent.
            OutcomeUnknownError: The pulse left, and the link broke.
        """
        ...

    async def check_health(self) -> PrinterStatus:
        """Ask the printer for its status now (DLE EOT).

        `print_data` looks at the printer before its first byte; a driver may let this answer count
        as that look for a moment. So a caller can ask while it writes its intent to disk.

        Raises:
            OfflineError: No answer.
            RefusedError: A long command keeps the wire (code BUSY).
        """
        ...

    def events(self) -> AsyncIterator[PrinterEvent]:
        """Subscribe, from this moment on. Iterating raises `OfflineError` when the link is gone."""
        ...

    async def close(self) -> None:
        """Let go of the printer. Verbs under way end as unknown. Never raises."""
        ...
