"""A document as ESC/POS bytes.

    ESC @            drop a half line of whoever printed before, and all modes
    GS a 15          automatic status on again: ESC @ switches it off
    FS .             no double-byte characters (printers sold in Asia begin with them)
    ESC R 0          # $ @ [ ] as in ASCII, whatever the memory switches say
    ESC t n          first character table
    …                the elements; each begins and ends at the beginning of a line

The same document gives the same bytes for the same profile, so bytes can be stored and compared.
Text cannot smuggle in commands: see `code_pages`.

Source: Epson ESC/POS Command Reference: ESC @, ESC E, ESC -, ESC a, ESC d, ESC t, ESC R, FS .,
GS !, GS V, GS k, GS h, GS w, GS H, GS ( k (fn 165, 167, 169, 180, 181).
"""

from drivers.errors import UnsupportedError
from drivers.pos_printer import Alignment, Barcode, Cut, Document, Element, Feed, QrCode, Text
from drivers.pos_printer.escpos.code_pages import TextEncoder
from drivers.pos_printer.escpos.profile import Features
from drivers.wire.escpos_status import AUTOMATIC_STATUS_ON

LF = b"\n"
_START = b"\x1b@" + AUTOMATIC_STATUS_ON + b"\x1c.\x1bR\x00"
_ALIGNMENTS = {
    Alignment.LEFT: b"\x1ba\x00",
    Alignment.CENTRE: b"\x1ba\x01",
    Alignment.RIGHT: b"\x1ba\x02",
}
_NORMAL_SIZE = 0

_EAN13_MODULE_DOTS = 3
"""95 modules and the quiet zones fit on 58 mm paper (384 dots) and still scan from a worn head."""
_EAN13_DIGITS = 13
_DIGITS_BELOW, _NO_DIGITS = b"\x1dH\x02", b"\x1dH\x00"

_QR_MODEL_2 = b"\x1d(k\x04\x001A2\x00"
_QR_PRINT = b"\x1d(k\x03\x001Q0"
_QR_LEVELS = {"L": b"0", "M": b"1", "Q": b"2", "H": b"3"}
_QR_ALPHANUMERIC = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")
_QR_CAPACITY = {
    "L": (7089, 4296, 2953),
    "M": (5596, 3391, 2331),
    "Q": (3993, 2420, 1663),
    "H": (3057, 1852, 1273),
}
"""Digits, alphanumeric characters, bytes in version 40 (ISO/IEC 18004, table 7)."""

_MAX_FEED = 255
_MAX_BARCODE_HEIGHT = 255
_MAX_MODULE_SIZE = 16
_MAX_SIZE = 8
_LINES_TO_TEAR_BAR = 4
"""Fed where there is no cutter, so that the last line can be torn off."""


class DocumentEncoder:
    """Renders documents for one printer.

    Args:
        features: What the printer understands.
        text: Its character tables.
        device: Its configured name, for error messages.
    """

    def __init__(self, features: Features, text: TextEncoder, *, device: str) -> None:
        self._features = features
        self._text = text
        self._device = device

    def render(self, document: Document) -> bytes:
        """Turn `document` into bytes.

        Raises:
            UnsupportedError: The printer cannot do it, or a value is out of range.
        """
        try:
            return _Sheet(self._features, self._text).render(document)
        except _UnprintableError as error:
            raise UnsupportedError(str(error), device=self._device) from error


class _UnprintableError(ValueError):
    """Raised for an element that cannot be printed; the message names it."""


class _Sheet:
    """One document under way: the bytes so far and the modes that they leave behind."""

    def __init__(self, features: Features, text: TextEncoder) -> None:
        self._features = features
        self._text = text
        self._page = text.first
        self._alignment = Alignment.LEFT
        self._bold = False
        self._underline = False
        self._size = _NORMAL_SIZE
        self._bytes = bytearray(_START + _select(self._page.number))

    def render(self, document: Document) -> bytes:
        for position, element in enumerate(document):
            try:
                self._add(element)
            except _UnprintableError as error:
                kind = type(element).__struct_config__.tag
                raise _UnprintableError(f"Element {position} ({kind}): {error}") from error
        return bytes(self._bytes)

    def _add(self, element: Element) -> None:
        match element:
            case Text():
                self._add_text(element)
            case Barcode():
                self._add_barcode(element)
            case QrCode():
                self._add_qr_code(element)
            case Feed():
                self._bytes += b"\x1bd" + bytes((_within("lines", element.lines, _MAX_FEED),))
            case Cut():
                self._add_cut(partial=element.partial)

    def _add_text(self, element: Text) -> None:
        self._align(element.alignment)
        self._style(element)
        for page, run in self._text.encode(element.text, self._page):
            if page is not self._page:
                self._page = page
                self._bytes += _select(page.number)
            self._bytes += run
        if not element.text.endswith("\n"):
            self._bytes += LF

    def _style(self, element: Text) -> None:
        width = _within("width", element.width, _MAX_SIZE)
        height = _within("height", element.height, _MAX_SIZE)
        size = (width - 1) << 4 | (height - 1)
        if size != self._size:
            self._size = size
            self._bytes += b"\x1d!" + bytes((size,))
        if element.bold != self._bold:
            self._bold = element.bold
            self._bytes += b"\x1bE" + bytes((element.bold,))
        if element.underline != self._underline:
            self._underline = element.underline
            self._bytes += b"\x1b-" + bytes((element.underline,))

    def _align(self, alignment: Alignment) -> None:
        if alignment is not self._alignment:
            self._alignment = alignment
            self._bytes += _ALIGNMENTS[alignment]

    def _add_barcode(self, element: Barcode) -> None:
        digits = ean13(element.data).encode("ascii")
        if self._features.barcode_b:
            command = b"\x1dkC" + bytes((len(digits),)) + digits
        elif self._features.barcode_a:
            command = b"\x1dk\x02" + digits + b"\x00"
        else:
            raise _UnprintableError("this printer has no bar codes. Print the digits as text.")
        height = _within("height", element.height, _MAX_BARCODE_HEIGHT)
        self._align(element.alignment)
        self._bytes += b"\x1dh" + bytes((height,)) + b"\x1dw" + bytes((_EAN13_MODULE_DOTS,))
        self._bytes += _DIGITS_BELOW if element.text_below else _NO_DIGITS
        self._bytes += command

    def _add_qr_code(self, element: QrCode) -> None:
        if not self._features.qr_code:
            raise _UnprintableError("this printer has no QR codes. Print the data as text.")
        data = _qr_data(element)
        module_size = _within("module_size", element.module_size, _MAX_MODULE_SIZE)
        self._align(element.alignment)
        self._bytes += _QR_MODEL_2
        self._bytes += b"\x1d(k\x03\x001C" + bytes((module_size,))
        self._bytes += b"\x1d(k\x03\x001E" + _QR_LEVELS[element.error_correction]
        self._bytes += b"\x1d(k" + (len(data) + 3).to_bytes(2, "little") + b"1P0" + data
        self._bytes += _QR_PRINT

    def _add_cut(self, *, partial: bool) -> None:
        full, part = self._features.paper_full_cut, self._features.paper_part_cut
        if not full and not part:
            self._bytes += b"\x1bd" + bytes((_LINES_TO_TEAR_BAR,))
        elif (partial and part) or not full:
            self._bytes += b"\x1dVB\x00"
        else:
            self._bytes += b"\x1dVA\x00"


def ean13(data: str) -> str:
    """Return 13 digits: the check digit is added to 12, and verified in 13.

    Raises:
        ValueError: Not an EAN-13; the message says what would be right.

    Source: GS1 General Specifications, section 7.9 (check digit).
    """
    if not (data.isascii() and data.isdecimal()) or len(data) not in (12, 13):
        raise _UnprintableError(f"an EAN-13 has 12 or 13 digits, {data!r} has not.")
    odd, even = (sum(map(int, data[start:12:2])) for start in (0, 1))
    whole = f"{data[:12]}{-(odd + 3 * even) % 10}"
    if len(data) == _EAN13_DIGITS and data != whole:
        raise _UnprintableError(f"the check digit of {data} is wrong. It would be {whole}.")
    return whole


def _qr_data(element: QrCode) -> bytes:
    if not element.data or not element.data.isprintable():
        raise _UnprintableError("the data is empty or holds control characters.")
    data = element.data.encode()
    digits, alphanumeric, capacity = _QR_CAPACITY[element.error_correction]
    if element.data.isascii() and element.data.isdecimal():
        capacity = digits
    elif _QR_ALPHANUMERIC.issuperset(element.data):
        capacity = alphanumeric
    if len(data) > capacity:
        raise _UnprintableError(
            f"{len(data)} characters are too many for error correction "
            f"{element.error_correction}, which holds {capacity}."
        )
    return data


def _within(field: str, value: int, highest: int) -> int:
    if not 1 <= value <= highest:
        raise _UnprintableError(f"{field} is 1 to {highest}, not {value}.")
    return value


def _select(code_page: int) -> bytes:
    return b"\x1bt" + bytes((code_page,))
