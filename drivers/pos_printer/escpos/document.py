"""A document as ESC/POS bytes.

    ESC @            drop a half line of whoever printed before, and all modes
    GS a 15          automatic status on again: ESC @ switches it off
    FS .             no double-byte characters (printers sold in Asia begin with them)
    ESC R 0          # $ @ [ ] as in ASCII, whatever the memory switches say
    ESC t n          first character table
    …                the elements; each begins and ends at the beginning of a line

The same document gives the same bytes for the same profile, so bytes can be stored and compared;
only of images that the printer has come to keep there is but the key.
Text cannot smuggle in commands: see `code_pages`. A line of a `Text` with a character that no
table of the printer shows is drawn as an image (`drawn`), where the printer takes images; so is a
QR code where the printer makes none.

Source: Epson ESC/POS Command Reference: ESC @, ESC E, ESC -, ESC a, ESC d, ESC t, ESC R, FS .,
GS !, GS V, GS k, GS h, GS w, GS H, GS ( k (fn 165, 167, 169, 180, 181), GS ( Q (fn 48, 49),
ESC ( A (fn 97).
"""

from typing import NamedTuple

from drivers.errors import UnsupportedError
from drivers.pos_printer import (
    Alignment,
    AnyElement,
    Barcode,
    Cut,
    Document,
    Feed,
    FeedDots,
    Image,
    LineSpacing,
    MatrixCode,
    Page,
    PageArea,
    PageDirection,
    PageLine,
    PagePosition,
    QrCode,
    Raw,
    Run,
    Sound,
    StoredImage,
    Text,
)
from drivers.pos_printer.escpos import drawn
from drivers.pos_printer.escpos.code_pages import TextEncoder, clean
from drivers.pos_printer.escpos.images import columns, raster, stored_image
from drivers.pos_printer.escpos.limits import UnprintableError, within
from drivers.pos_printer.escpos.linear_codes import barcode_command
from drivers.pos_printer.escpos.matrix_codes import matrix_code_command, qr_code_command
from drivers.pos_printer.escpos.profile import Features
from drivers.wire.escpos_graphics import key_of, print_nv_graphics
from drivers.wire.escpos_status import AUTOMATIC_STATUS_ON

LF = b"\n"
_START = b"\x1b@" + AUTOMATIC_STATUS_ON + b"\x1c.\x1bR\x00"
_ALIGNMENTS = {Alignment.LEFT: 0, Alignment.CENTRE: 1, Alignment.RIGHT: 2}

_ALIGN, _SIZE, _BOLD, _UNDERLINE = b"\x1ba", b"\x1d!", b"\x1bE", b"\x1b-"
_FONT, _INVERSE, _UPSIDE_DOWN = b"\x1bM", b"\x1dB", b"\x1b{"
_MODES = (_ALIGN, _SIZE, _BOLD, _UNDERLINE, _FONT, _INVERSE, _UPSIDE_DOWN)
"""Commands of one parameter whose value stays; 0 after `ESC @`."""

_MAX_BYTE = 255
_MAX_WORD = 65_535
_MAX_SIZE = 8
_FONTS = 5
_LINES_TO_TEAR_BAR = 4
"""Fed where there is no cutter, so that the last line can be torn off."""


_MOST_BEEPS = 63
"""Of one command."""


class More(NamedTuple):
    """What a printer can do that the database of profiles does not know.

    Attributes:
        buzzer: It beeps by `ESC ( A`.
        page_lines: It draws lines and rectangles in page mode by `GS ( Q`.
    """

    buzzer: bool = False
    page_lines: bool = False


class DocumentEncoder:
    """Renders documents for one printer.

    Args:
        features: What the printer understands.
        text: Its character tables.
        device: Its configured name, for error messages.
        line_width: Dots side by side.
        more: What it can do that the database does not know.

    Attributes:
        kept: Keys of the images that the printer has kept: these are printed from its memory.
    """

    def __init__(
        self,
        features: Features,
        text: TextEncoder,
        *,
        device: str,
        line_width: int = 512,
        more: "More | None" = None,
    ) -> None:
        self._features = features
        self._text = text
        self._device = device
        self._line_width = line_width
        self._more = more or More()
        self.kept: frozenset[bytes] = frozenset()

    def render(self, document: Document) -> bytes:
        """Turn `document` into bytes.

        Raises:
            UnsupportedError: The printer cannot do it, or a value is out of range.
        """
        try:
            sheet = _Sheet(self._features, self._text, self._line_width, self._more, self.kept)
            return sheet.render(document)
        except UnprintableError as error:
            raise UnsupportedError(str(error), device=self._device) from error


class _Sheet:
    """One document under way: the bytes so far and the modes that they leave behind."""

    def __init__(
        self,
        features: Features,
        text: TextEncoder,
        line_width: int,
        more: More,
        kept: frozenset[bytes],
    ) -> None:
        self._more = more
        self._features = features
        self._kept = kept
        self._text = text
        self._line_width = line_width
        self._page = text.first
        self._modes = dict.fromkeys(_MODES, 0)
        self._line_begun = False
        self._bytes = bytearray(_START + _select(self._page.number))

    def render(self, document: Document) -> bytes:
        if document and not self._more.buzzer and all(isinstance(each, Sound) for each in document):
            raise UnprintableError("this printer has no buzzer.")
        for position, element in enumerate(document):
            try:
                self._add(element)
            except UnprintableError as error:
                kind = type(element).__struct_config__.tag
                raise UnprintableError(f"Element {position} ({kind}): {error}") from error
        self._end_line()
        return bytes(self._bytes)

    def _add(self, element: AnyElement) -> None:
        match element:
            case Run():
                self._add_run(element)
            case LineSpacing(dots):
                self._bytes += _line_spacing(dots)
            case Feed(lines):
                self._feed(b"\x1bd", within("lines", lines, _MAX_BYTE))
            case FeedDots(dots):
                self._feed(b"\x1bJ", within("dots", dots, _MAX_BYTE, 0))
            case Sound():
                self._bytes += _sound(element) if self._more.buzzer else b""
            case _:
                self._end_line()
                self._add_block(element)

    def _add_block(self, element: AnyElement) -> None:
        """Add what begins and ends at the beginning of a line."""
        match element:
            case Text():
                self._add_text(element)
            case Barcode():
                self._set_block(element.alignment, barcode_command(element, self._features))
            case QrCode():
                self._add_qr_code(element)
            case MatrixCode():
                self._refuse_without_codes()
                self._set_block(element.alignment, matrix_code_command(element))
            case Image():
                self._set_block(element.alignment, self._image(element))
            case StoredImage():
                self._set_block(element.alignment, stored_image(element))
            case Cut():
                self._bytes += _cut(element, self._features)
            case Page():
                self._add_page(element)
            case Raw(data):
                self._bytes += data

    def _add_text(self, element: Text) -> None:
        self._mode(_ALIGN, _ALIGNMENTS[element.alignment])
        self._style(element)
        for mode in (_FONT, _INVERSE, _UPSIDE_DOWN):
            self._mode(mode, 0)
        if self._must_draw(element.text):
            self._add_drawn(element)
            return
        self._characters(element.text)
        if not element.text.endswith("\n"):
            self._bytes += LF

    def _must_draw(self, text: str) -> bool:
        return self._features.bit_image_raster and drawn.can_show(self._text.lacking(text))

    def _add_drawn(self, element: Text) -> None:
        """Add the lines that the printer's tables show as characters, the others as images."""
        for line in element.text.removesuffix("\n").split("\n"):
            if self._must_draw(line):
                for image in drawn.text_line(clean(line), element, self._line_width):
                    self._bytes += raster(image)
            else:
                self._characters(line)
                self._bytes += LF

    def _add_run(self, element: Run) -> None:
        if not self._line_begun:
            self._mode(_ALIGN, _ALIGNMENTS[element.alignment])
            self._mode(_UPSIDE_DOWN, int(element.upside_down))
        self._style(element)
        self._mode(_FONT, element.font if element.font in range(_FONTS) else 0)
        self._mode(_INVERSE, int(element.inverse))
        if element.position is not None:
            self._bytes += b"\x1b$" + _word("position", element.position)
        self._characters(element.text)
        if element.text:
            self._line_begun = not element.text.endswith("\n")

    def _characters(self, text: str) -> None:
        for page, run in self._text.encode(text, self._page):
            if page is not self._page:
                self._page = page
                self._bytes += _select(page.number)
            self._bytes += run

    def _style(self, element: Text | Run) -> None:
        width = within("width", element.width, _MAX_SIZE)
        height = within("height", element.height, _MAX_SIZE)
        self._mode(_SIZE, (width - 1) << 4 | (height - 1))
        self._mode(_BOLD, int(element.bold))
        self._mode(_UNDERLINE, int(element.underline))

    def _mode(self, command: bytes, value: int) -> None:
        if self._modes[command] != value:
            self._modes[command] = value
            self._bytes += command + bytes((value,))

    def _set_block(self, alignment: Alignment, commands: bytes) -> None:
        self._mode(_ALIGN, _ALIGNMENTS[alignment])
        self._bytes += commands

    def _feed(self, command: bytes, amount: int) -> None:
        """Feed; what is set is printed by the same command."""
        self._bytes += command + bytes((amount,))
        self._line_begun = False

    def _end_line(self) -> None:
        if self._line_begun:
            self._bytes += LF
            self._line_begun = False

    def _image(self, element: Image) -> bytes:
        if self._kept and (key := key_of(element.width, element.rows)) in self._kept:
            return print_nv_graphics(key)
        by_column = self._features.bit_image_column and not self._features.bit_image_raster
        return columns(element) if by_column else raster(element)

    def _add_qr_code(self, element: QrCode) -> None:
        """Have the printer make it, or draw it; where it can do neither, print what it says."""
        if self._features.qr_code:
            self._set_block(element.alignment, qr_code_command(element))
        elif self._features.bit_image_raster:
            self._set_block(element.alignment, raster(drawn.qr_code(element)))
        else:
            self._add_text(Text(element.data, alignment=element.alignment))

    def _refuse_without_codes(self) -> None:
        if not self._features.qr_code:
            raise UnprintableError("this printer has no QR codes. Print the data as text.")

    def _add_page(self, page: Page) -> None:
        """Compose a page in the printer's memory and have it printed (ESC L … FF)."""
        self._bytes += b"\x1bL"
        for element in page.elements:
            match element:
                case PageArea():
                    self._bytes += b"\x1bW" + b"".join(
                        _word(name, getattr(element, name))
                        for name in ("x", "y", "width", "height")
                    )
                case PageDirection(direction):
                    self._bytes += b"\x1bT" + bytes((within("direction", direction, 3, 0),))
                case PagePosition(x, y):
                    self._bytes += b"\x1b$" + _word("x", x) + b"\x1d$" + _word("y", y)
                case PageLine():
                    self._bytes += _page_line(element) if self._more.page_lines else b""
                case Page() | Cut():
                    raise UnprintableError("a page holds neither pages nor cuts.")
                case _:
                    self._add(element)
        self._end_line()
        self._bytes += b"\x0c"


def _page_line(element: PageLine) -> bytes:
    """GS ( Q fn 48, a line, or fn 49, a rectangle: corners, colour, kind of line."""
    corners = b"".join(_word(name, getattr(element, name)) for name in ("x1", "y1", "x2", "y2"))
    kind = bytes((1, within("weight", element.weight, 3) + (3 if element.double else 0)))
    if element.rectangle:
        return b"\x1d(Q\x0e\x00\x31" + corners + kind + b"\x30\x30\x01"
    return b"\x1d(Q\x0c\x00\x30" + corners + kind + b"\x01"


def _sound(element: Sound) -> bytes:
    """ESC ( A fn 97: the buzzer `repeat` times, half of the cycle on, half of it off."""
    half = max(1, min(element.cycle_ms // 200, _MAX_BYTE))
    times = within("repeat", element.repeat, _MOST_BEEPS)
    return b"\x1b(A\x05\x00\x61\x64" + bytes((times, half, half))


def _line_spacing(dots: int | None) -> bytes:
    return b"\x1b2" if dots is None else b"\x1b3" + bytes((within("dots", dots, _MAX_BYTE, 0),))


def _cut(element: Cut, features: Features) -> bytes:
    full, part = features.paper_full_cut, features.paper_part_cut
    if not full and not part:
        return b"\x1bd" + bytes((_LINES_TO_TEAR_BAR,)) if element.feed else b""
    partial = (element.partial and part) or not full
    if not element.feed:
        return b"\x1dV" + bytes((int(partial),))
    return b"\x1dVB\x00" if partial else b"\x1dVA\x00"


def _word(field: str, value: int) -> bytes:
    return within(field, value, _MAX_WORD, 0).to_bytes(2, "little")


def _select(code_page: int) -> bytes:
    return b"\x1bt" + bytes((code_page,))
