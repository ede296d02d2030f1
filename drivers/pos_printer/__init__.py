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
        text: Any Unicode. What the printer's code pages lack is replaced by its nearest look, or
            its line is printed as an image.
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


Symbology = Literal[
    "ean13",
    "ean8",
    "upca",
    "upce",
    "code39",
    "itf",
    "codabar",
    "code93",
    "code128",
    "gs1_128",
    "gs1_databar_omnidirectional",
    "gs1_databar_truncated",
    "gs1_databar_limited",
    "gs1_databar_expanded",
]


class Barcode(msgspec.Struct, frozen=True, tag="barcode", forbid_unknown_fields=True):
    """A bar code.

    Attributes:
        data: Of an EAN-13 12 digits (the check digit is added) or 13 (it is checked). Of a Code
            128 as Epson writes it: `{A`, `{B`, `{C` choose the code set (B where none is chosen).
        height: Dots, 1 to 255.
        text_below, text_above: Whether and where the data stands in readable characters.
        module_width: Dots of the narrowest bar, 2 to 6.
    """

    data: str
    symbology: Symbology = "ean13"
    height: int = 64
    text_below: bool = True
    alignment: Alignment = Alignment.CENTRE
    text_above: bool = False
    module_width: int = 3


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
    """Feed to the cutter and cut; `partial` leaves a bridge of paper; without `feed` cut here."""

    partial: bool = False
    feed: bool = True


Element = Text | Barcode | QrCode | Feed | Cut
"""What registers make their documents of."""


class Run(msgspec.Struct, frozen=True, tag="run"):
    r"""Characters on the line that is being set; only a `\n` in the text ends it.

    Attributes:
        alignment: Counts for the line that begins with this run.
        font: 0 is font A, 1 is B, …; what the printer lacks is its font A.
        inverse: White on black.
        upside_down: Counts for the line that begins with this run.
        width, height: Size of the characters, 1 to 8 times the normal one.
        position: Dots from the left margin where the run begins; None: behind the last one.
    """

    text: str
    alignment: Alignment = Alignment.LEFT
    bold: bool = False
    underline: bool = False
    inverse: bool = False
    upside_down: bool = False
    width: int = 1
    height: int = 1
    font: int = 0
    position: int | None = None


class Image(msgspec.Struct, frozen=True, tag="image"):
    """Black dots on white.

    Attributes:
        width, height: Dots. What is wider than the paper is cut off at the right.
        rows: From top to bottom, each padded to bytes, eight dots a byte, the highest bit left.
    """

    width: int
    height: int
    rows: bytes
    alignment: Alignment = Alignment.LEFT


class StoredImage(msgspec.Struct, frozen=True, tag="stored_image"):
    """An image that was stored in the printer under two key codes, 32 to 126 each."""

    key1: int
    key2: int
    alignment: Alignment = Alignment.LEFT


class MatrixCode(msgspec.Struct, frozen=True, tag="matrix_code"):
    """A two-dimensional code of any kind that printers make; `QrCode` is the usual one.

    Attributes:
        kind: In Epson's ePOS words.
        data: Bytes of the code.
        level: Error correction, in Epson's ePOS words; None is the printer's own choice.
        module_width: Dots of a module; 0 is the printer's own choice.
        module_height: Of a PDF417's rows, in module widths; 0 as above.
        columns: Of a PDF417, or widest dots of an expanded stacked DataBar; 0 as above.
    """

    kind: str
    data: bytes
    level: str | None = None
    module_width: int = 0
    module_height: int = 0
    columns: int = 0
    alignment: Alignment = Alignment.LEFT


class FeedDots(msgspec.Struct, frozen=True, tag="feed_dots"):
    """End the line and feed `dots`, 0 to 255."""

    dots: int


class LineSpacing(msgspec.Struct, frozen=True, tag="line_spacing"):
    """From here on a line takes `dots`, 0 to 255; None is the printer's own spacing."""

    dots: int | None = None


class PageArea(msgspec.Struct, frozen=True, tag="page_area"):
    """Where on the page the next things stand; dots, also the size."""

    x: int
    y: int
    width: int
    height: int


class PageDirection(msgspec.Struct, frozen=True, tag="page_direction"):
    """In which direction the area is printed; 0 is left to right, then counter-clockwise."""

    direction: int


class PagePosition(msgspec.Struct, frozen=True, tag="page_position"):
    """Where in the area the next thing begins; dots."""

    x: int
    y: int


class PageLine(msgspec.Struct, frozen=True, tag="page_line"):
    """A straight line on a page, or a rectangle; dots from where its area begins.

    Attributes:
        x1, y1, x2, y2: Where it begins and ends; of a rectangle two opposite corners.
        weight: 1 is thin, 2 medium, 3 thick.
        double: Two of them side by side.
        rectangle: The four sides around it, and not the line between.
    """

    x1: int
    y1: int
    x2: int
    y2: int
    weight: Literal[1, 2, 3] = 1
    double: bool = False
    rectangle: bool = False


class Page(msgspec.Struct, frozen=True, tag="page"):
    """A page that is composed first and then printed at once."""

    elements: "tuple[AnyElement | PageArea | PageDirection | PagePosition | PageLine, ...]"


class Sound(msgspec.Struct, frozen=True, tag="sound"):
    """The buzzer, so many times; `cycle_ms` from the beginning of one to that of the next.

    A printer without one prints what stands beside it.
    """

    repeat: int = 1
    cycle_ms: int = 1000


class Raw(msgspec.Struct, frozen=True, tag="raw"):
    """Bytes in the printer's own language. Whoever makes one knows what is in there."""

    data: bytes


AnyElement = (
    Element | Run | Image | StoredImage | MatrixCode | FeedDots | LineSpacing | Page | Raw | Sound
)
"""What a document is made of; beyond `Element`, what tills of other makers print."""

Document = tuple[AnyElement, ...]
"""One piece of paper, from top to bottom."""

MATRIX_CODES = frozenset(
    {
        "pdf417_standard",
        "pdf417_truncated",
        "qrcode_model_1",
        "qrcode_model_2",
        "qrcode_micro",
        *(f"maxicode_mode_{mode}" for mode in range(2, 7)),
        "gs1_databar_stacked",
        "gs1_databar_stacked_omnidirectional",
        "gs1_databar_expanded_stacked",
        "azteccode_fullrange",
        "azteccode_compact",
        "datamatrix_square",
        "datamatrix_rectangle_8",
        "datamatrix_rectangle_12",
        "datamatrix_rectangle_16",
    }
)
"""The kinds of `MatrixCode` (Epson SDK for JavaScript 2.14, `addSymbol`)."""


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
        error: Cutter jammed, head too hot, or another state that needs a hand; for the clerk.
        fault: The same for programs.
    """

    online: bool
    cover_open: bool | None = None
    rec_empty: bool | None = None
    rec_near_end: bool | None = None
    drawer_level: bool | None = None
    error: str | None = None
    fault: Literal["unrecoverable", "cutter", "mechanical", "passing"] | None = None


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
    def line_width(self) -> int:
        """Dots that can be printed side by side."""
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

    async def keep_image(self, image: Image) -> bool:
        """Have the printer keep an image in its own memory; documents with it are then short.

        Harmless to repeat: what it has is not written again.

        Returns:
            False when it has no such memory, or did not show that it kept the image. Then it is
            printed as dots, as before.

        Raises:
            RefusedError, OfflineError: Not now; nothing was kept.
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
