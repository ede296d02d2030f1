"""`/StarWebPRNT/SendMessage`: any configured printer with the face of a Star, in the common part.

The inner document is escaped text inside `Request`, and so is the answer's inside `Response`:

    <StarWebPrint xmlns="http://www.star-m.jp"><Request>&lt;root&gt;…&lt;/root&gt;</Request></StarWebPrint>

Source: what Star's StarWebPrintBuilder 1.1 lets through, and what its StarWebPrintTrader reads of
an answer. The meaning of `code` is not known from any source; 0 is said of success alone.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from xml.etree.ElementTree import Element, tostring
from xml.sax.saxutils import escape

from drivers.pos_printer import (
    Alignment,
    AnyElement,
    Barcode,
    Cut,
    Feed,
    FeedDots,
    Image,
    LineSpacing,
    MatrixCode,
    PrinterStatus,
    Raw,
    Run,
    StoredImage,
)
from edge_daemon.doors.desk import Desk, Patience, fingerprint
from edge_daemon.doors.escapes import unescape
from edge_daemon.doors.exchange import XML, Answer, Asked
from edge_daemon.doors.xml import XmlError, find, local_name, parse
from edge_daemon.errors import EdgeError
from edge_daemon.pictures import PictureError, decode_base64, packed_dots
from edge_daemon.printing.commands import ForbiddenCommandError, printable_commands
from edge_daemon.scopes import Scope

PATH = "/StarWebPRNT/SendMessage"
PRINT_SECONDS = 60.0
"""These tills wait 90 s."""

_ALIGNMENTS = {"left": Alignment.LEFT, "center": Alignment.CENTRE, "right": Alignment.RIGHT}
_SYMBOLOGIES = {
    "UPCE": "upce",
    "UPCA": "upca",
    "JAN8": "ean8",
    "JAN13": "ean13",
    "Code39": "code39",
    "ITF": "itf",
    "Code128": "code128",
    "Code93": "code93",
    "NW7": "codabar",
}
_RULE_DOTS = {"thin": 1, "medium": 3, "thick": 5}
_WITHOUT_EFFECT = frozenset({"initialization", "sound", "holdprint", "peripheral"})

COVER_OPEN, OFFLINE, DRAWER_SWITCH = 0x20, 0x08, 0x04
UNRECOVERABLE, CUTTER = 0x20, 0x08
PAPER_END, PAPER_NEAR_END, PAPER_PRESENT = 0x08, 0x04, 0x02
"""Bits of the status bytes 2, 3, 5 and 6."""


class LayoutError(ValueError):
    """Raised for what is no WebPRNT or cannot be printed; the message says why."""


class WebPrnt:
    """The service behind every door of the kind `webprnt`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def refuse(self, status: int, message: str) -> Answer:
        """With HTTP 200, as all of this service's errors."""
        del status, message
        return write(success=False, status=None)

    async def serve(self, asked: Asked) -> Answer:
        """Answer one call."""
        if asked.path != PATH:
            return Answer(b"", "text/plain", 404)
        if asked.method != "POST":
            return Answer(b"", "text/plain", 405)
        printer = self._desk.device(asked.door, "pos_printer")
        if printer is None:
            return write(success=False, status=None)
        key = fingerprint(asked.address, ("webprnt request", asked.body))
        try:
            elements = read(asked.body)
            done = await self._desk.once(
                asked.door, key, lambda: self._perform(asked, printer, elements)
            )
        except (XmlError, LayoutError, PictureError, ForbiddenCommandError, EdgeError):
            done = False
        return write(success=done, status=self._desk.printer_status(printer))

    async def _perform(self, asked: Asked, printer: str, elements: Sequence[Element]) -> bool:
        paper = [each for each in elements if local_name(each) not in _WITHOUT_EFFECT]
        pulse = any(local_name(each) == "peripheral" for each in elements)
        needed = ([Scope.PRINT] if paper else []) + ([Scope.DRAWER] if pulse else [])
        permitted = [self._desk.permits(asked.door, each, asked.address) for each in needed]
        if not all(permitted):
            return False
        sheet = _Sheet(self._desk.line_width(printer), raw_commands=asked.door.raw_commands)
        document = await self._desk.pictures.run(sheet.read, paper)
        content = b"".join(tostring(each) for each in elements)
        key = fingerprint(asked.address, ("webprnt", printer, content))
        opened = True
        if pulse and not await self._desk.is_open(asked.door, key):
            opened = (await self._desk.open_drawer(asked.door, "webprnt")).state == "opened"
        if not paper:
            return opened
        job = await self._desk.print_document(
            asked.door, printer, document, key, Patience(PRINT_SECONDS)
        )
        return job.state == "printed"


def read(body: bytes) -> Sequence[Element]:
    """The elements of a request.

    Raises:
        XmlError: It is no WebPRNT request, or its inner document is no XML.
    """
    request = find(parse(body), "Request")
    if request is None or not request.text:
        raise XmlError("There is no Request with a document in it.")
    root = parse(request.text)
    if local_name(root) != "root":
        raise XmlError("The inner document is no root.")
    return tuple(root)


def write(*, success: bool, status: PrinterStatus | None) -> Answer:
    """The answer; the inner document in entities, because one of the readers searches for them."""
    inner = (
        f"<root><success>{str(success).lower()}</success><code>{0 if success else 1}</code>"
        f"<status>{status_digits(status)}</status></root>"
    )
    document = (
        '<?xml version="1.0" encoding="utf-8"?>'
        '<StarWebPrint xmlns="http://www.star-m.jp"'
        ' xmlns:i="http://www.w3.org/2001/XMLSchema-instance">'
        f"<Response>{escape(inner)}</Response></StarWebPrint>"
    )
    return Answer(document.encode(), XML)


def status_digits(status: PrinterStatus | None) -> str:
    """The status as hexadecimal digits, two a byte; None is a printer that is not there."""
    if status is None:
        return bytes((0x23, 0x86, OFFLINE, 0, 0, 0, 0, 0, 0)).hex()
    machine = (
        (COVER_OPEN if status.cover_open else 0)
        | (0 if status.online else OFFLINE)
        | (DRAWER_SWITCH if status.drawer_level else 0)
    )
    fault = {"unrecoverable": UNRECOVERABLE, "cutter": CUTTER}.get(status.fault or "", 0)
    paper = (PAPER_END if status.rec_empty else 0) | (PAPER_NEAR_END if status.rec_near_end else 0)
    present = 0 if status.rec_empty else PAPER_PRESENT
    return bytes((0x23, 0x86, machine, fault, 0, paper, present, 0, 0)).hex()


class _Sheet:
    """Reads elements one after another, with the settings that they leave behind."""

    def __init__(self, line_width: int, *, raw_commands: bool) -> None:
        self._line_width = line_width
        self._raw_commands = raw_commands
        self._alignment = Alignment.LEFT
        self._readers: dict[str, Callable[[Element], Iterator[AnyElement]]] = {
            "alignment": self._align,
            "text": self._text,
            "barcode": self._barcode,
            "bitimage": self._image,
            "logo": self._logo,
            "pdf417": self._pdf417,
            "qrcode": self._qr_code,
            "ruledline": self._rule,
            "rawdata": self._raw,
            "feed": _feed,
            "cutpaper": _cut,
        }

    def read(self, elements: Sequence[Element]) -> tuple[AnyElement, ...]:
        """Turn elements into a document; reading images blocks."""
        document: list[AnyElement] = []
        for element in elements:
            reader = self._readers.get(local_name(element))
            if reader is None:
                raise LayoutError(f"WebPRNT has no element {local_name(element)[:32]!r}.")
            document += reader(element)
        return tuple(document)

    def _align(self, element: Element) -> Iterator[AnyElement]:
        self._alignment = _ALIGNMENTS.get(element.get("position", ""), Alignment.LEFT)
        yield from ()

    def _text(self, element: Element) -> Iterator[AnyElement]:
        if "linespace" in element.attrib:
            yield LineSpacing(_number(element, "linespace", 24, 255))
        text = unescape(element.text or "").decode("utf-8", "replace")
        yield Run(
            text.replace("\r\n", "\n").replace("\r", "\n"),
            alignment=self._alignment,
            bold=_flag(element, "emphasis"),
            inverse=_flag(element, "invert"),
            underline=_flag(element, "underline"),
            width=min(max(_number(element, "width", 1, 6), 1), 6),
            height=min(max(_number(element, "height", 1, 6), 1), 6),
            font=int(element.get("font") == "font_b"),
        )

    def _barcode(self, element: Element) -> Iterator[AnyElement]:
        symbology = _SYMBOLOGIES.get(element.get("symbology", ""))
        if symbology is None:
            raise LayoutError("There is no such bar code.")
        width = re.sub("[^0-9]", "", element.get("width", ""))[:2]
        yield Barcode(
            unescape(element.text or "").decode("latin-1"),
            symbology=symbology,  # type: ignore[arg-type]  # from the table
            height=max(_number(element, "height", 80, 255), 1),
            module_width=min(max(int(width or 3), 2), 6),
            text_below=_flag(element, "hri"),
            alignment=self._alignment,
        )

    def _image(self, element: Element) -> Iterator[AnyElement]:
        width, height = (_number(element, name, 0, 65_535) for name in ("width", "height"))
        rows = packed_dots(width, height, decode_base64(element.text or ""))
        yield Image(width, height, rows, self._alignment)

    def _logo(self, element: Element) -> Iterator[AnyElement]:
        number = max(_number(element, "number", 1, 255), 1)
        yield StoredImage(48 + (number - 1) // 10 % 10, 48 + (number - 1) % 10, self._alignment)

    def _pdf417(self, element: Element) -> Iterator[AnyElement]:
        yield MatrixCode(
            "pdf417_standard",
            unescape(element.text or ""),
            level=element.get("level", "").replace("level", "level_"),
            module_width=_number(element, "module", 0, 8),
            module_height=_number(element, "aspect", 0, 8),
            columns=_number(element, "column", 0, 30),
            alignment=self._alignment,
        )

    def _qr_code(self, element: Element) -> Iterator[AnyElement]:
        model = "1" if element.get("model") == "model1" else "2"
        yield MatrixCode(
            f"qrcode_model_{model}",
            unescape(element.text or ""),
            level=element.get("level", "level_l"),
            module_width=_number(element, "cell", 4, 8),
            alignment=self._alignment,
        )

    def _rule(self, element: Element) -> Iterator[AnyElement]:
        dots = _RULE_DOTS.get(element.get("thickness", "").removeprefix("double_"), 1)
        width = min(_number(element, "width", self._line_width, 65_535), self._line_width)
        row = max(-(-width // 8), 1)
        black = ((1 << width) - 1 << (-width % 8)).to_bytes(row)
        double = element.get("thickness", "").startswith("double_")
        rows = black * dots + (bytes(2 * row) + black * dots if double else b"")
        yield Image(row * 8, len(rows) // row, rows, self._alignment)

    def _raw(self, element: Element) -> Iterator[AnyElement]:
        if not self._raw_commands:
            raise LayoutError("Printer commands are not passed on; see the door's raw_commands.")
        yield Raw(printable_commands(decode_base64(element.text or "")))


def _feed(element: Element) -> Iterator[AnyElement]:
    if "unit" in element.attrib:
        yield FeedDots(_number(element, "unit", 1, 255))
    else:
        yield Feed(max(_number(element, "line", 1, 255), 1))


def _cut(element: Element) -> Iterator[AnyElement]:
    yield Cut(partial=element.get("type") == "partial", feed=element.get("feed") != "false")


def _flag(element: Element, name: str) -> bool:
    return element.get(name) in ("true", "1")


def _number(element: Element, name: str, default: int, highest: int) -> int:
    text = element.get(name)
    if text is None:
        return default
    if re.fullmatch("[0-9]{1,6}", text) is None:
        raise LayoutError(f"{name} is a whole number, not {text[:32]!r}.")
    return min(int(text), highest)
