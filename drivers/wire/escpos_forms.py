"""The table of ESC/POS commands: how each begins, how long it is, what it becomes.

`FORMS` maps the first one to three bytes to a `Form`. A form measures the whole command from the
bytes that are there, and builds the value from the bytes behind the prefix.

Source: Epson ESC/POS Command Reference for TM printers.
"""

from collections.abc import Callable
from dataclasses import dataclass

from drivers.wire import escpos_commands as c
from drivers.wire import escpos_functions
from drivers.wire import escpos_marks as m
from drivers.wire import escpos_settings as s

Data = bytes | bytearray


@dataclass(frozen=True, slots=True)
class Form:
    """One row of the table.

    Attributes:
        name: As in the command reference.
        measure: Returns the length of the command at the start of the given bytes, prefix
            included; None when more bytes are needed to say; 0 when it is no command after all.
        build: Turns the bytes behind the prefix into the value.
    """

    name: str
    measure: Callable[[Data], int | None]
    build: Callable[[bytes], c.Command]


def word(data: Data, at: int) -> int:
    """Return the little-endian 16-bit number at `at`."""
    return int.from_bytes(data[at : at + 2], "little")


def _has(data: Data, size: int) -> bool:
    return len(data) >= size


def flag(byte: int) -> bool:
    """Return what a parameter says of which only the lowest bit counts."""
    return bool(byte & 1)


def digit(byte: int) -> int:
    """Return a parameter that may be written as a number or as its ASCII digit."""
    return byte - ord("0") if ord("0") <= byte <= ord("9") else byte


def _exactly(size: int) -> Callable[[Data], int | None]:
    return lambda _: size


def _counted(at: int, header: int, factor: int = 1) -> Callable[[Data], int | None]:
    """Measure a command whose word at `at` counts the data behind its `header` bytes."""
    return lambda data: header + factor * word(data, at) if _has(data, at + 2) else None


def _cut_size(data: Data) -> int | None:
    """GS V m, and behind a letter m the dots to feed."""
    if not _has(data, 3):
        return None
    return 4 if data[2] >= ord("A") else 3


def _cut(data: bytes) -> c.Command:
    """0 and "0" cut fully, 1 and "1" partly; of the letters A, a, g fully and B, b, h partly."""
    if data[0] >= ord("A"):
        return c.Cut(partial=not flag(data[0]), feed=data[1])
    return c.Cut(partial=flag(data[0]))


MAX_OLD_BARCODE = 255
"""The old form of `GS k` ends with NUL; without one this near it is no bar code."""


def _barcode_size(data: Data) -> int | None:
    """GS k m data NUL for small m; GS k m n data from m = "A" on."""
    if not _has(data, 4):
        return None
    if data[2] >= ord("A"):
        return 4 + data[3]
    end = data.find(0, 3, 3 + MAX_OLD_BARCODE + 1)
    if end >= 0:
        return end + 1
    return 0 if len(data) > 3 + MAX_OLD_BARCODE else None


def _barcode(data: bytes) -> c.Command:
    if data[0] >= ord("A"):
        return m.Barcode(data[0] - ord("A"), data[2:])
    return m.Barcode(data[0], data[1:-1])


def _raster_size(data: Data) -> int | None:
    """GS v 0 m, bytes a row, rows."""
    return 8 + word(data, 4) * word(data, 6) if _has(data, 8) else None


def _column_size(data: Data) -> int | None:
    """ESC * m, columns; three bytes a column in the modes with bit 5."""
    if not _has(data, 5):
        return None
    return 5 + word(data, 3) * (3 if data[2] & 0x20 else 1)


def _download_size(data: Data) -> int | None:
    """GS * x y: x times 8 columns of y bytes."""
    return 4 + data[2] * data[3] * 8 if _has(data, 4) else None


MAX_TABS = 32


def _tabs_size(data: Data) -> int | None:
    end = data.find(0, 2, 2 + MAX_TABS + 1)
    if end >= 0:
        return end + 1
    return 2 + MAX_TABS if len(data) > 2 + MAX_TABS else None


def _user_characters_size(data: Data) -> int | None:
    """ESC & y c1 c2, then for each character x and x times y bytes."""
    at = 5
    if not _has(data, at):
        return None
    for _ in range(data[3], data[4] + 1):
        if not _has(data, at + 1):
            return None
        at += 1 + data[at] * data[2]
    return at


def _nv_images_size(data: Data) -> int | None:
    """FS q n, then for each image two words and 8 bytes for each of their product."""
    at = 3
    if not _has(data, at):
        return None
    for _ in range(data[2]):
        if not _has(data, at + 4):
            return None
        at += 4 + 8 * word(data, at) * word(data, at + 2)
    return at


def _signed(data: bytes) -> int:
    return int.from_bytes(data[:2], "little", signed=True)


def _print_mode(data: bytes) -> c.Command:
    bits = data[0]
    return s.PrintMode(
        font=bits & 1,
        emphasized=bool(bits & 0x08),
        double_height=bool(bits & 0x10),
        double_width=bool(bits & 0x20),
        underline=bool(bits & 0x80),
    )


def _pulse(data: bytes) -> c.Command:
    return c.Pulse(pin=5 if flag(data[0]) else 2, on_ms=data[1] * 2, off_ms=data[2] * 2)


_Row = tuple[str, bytes, int, Callable[[bytes], c.Command]]

_FIXED: tuple[_Row, ...] = (
    ("LF", b"\n", 0, lambda _: c.LineFeed()),
    ("CR", b"\r", 0, lambda _: c.CarriageReturn()),
    ("FF", b"\f", 0, lambda _: c.FormFeed()),
    ("HT", b"\t", 0, lambda _: c.HorizontalTab()),
    ("CAN", b"\x18", 0, lambda _: c.Cancel()),
    ("ESC FF", b"\x1b\f", 0, lambda _: c.PrintPage()),
    ("ESC @", b"\x1b@", 0, lambda _: c.Initialize()),
    ("ESC L", b"\x1bL", 0, lambda _: c.PageMode()),
    ("ESC S", b"\x1bS", 0, lambda _: c.StandardMode()),
    ("ESC 2", b"\x1b2", 0, lambda _: s.DefaultLineSpacing()),
    ("ESC i", b"\x1bi", 0, lambda _: c.Cut(partial=True)),
    ("ESC m", b"\x1bm", 0, lambda _: c.Cut(partial=True)),
    ("ESC SP", b"\x1b ", 1, lambda p: s.CharacterSpacing(p[0])),
    ("ESC !", b"\x1b!", 1, _print_mode),
    ("ESC $", b"\x1b$", 2, lambda p: c.Position(word(p, 0))),
    ("ESC \\", b"\x1b\\", 2, lambda p: c.RelativePosition(_signed(p))),
    ("ESC -", b"\x1b-", 1, lambda p: s.Underline(digit(p[0]))),
    ("ESC 3", b"\x1b3", 1, lambda p: s.LineSpacing(p[0])),
    ("ESC =", b"\x1b=", 1, lambda p: s.PeripheralDevice(p[0])),
    ("ESC E", b"\x1bE", 1, lambda p: s.Emphasized(flag(p[0]))),
    ("ESC G", b"\x1bG", 1, lambda p: s.DoubleStrike(flag(p[0]))),
    ("ESC J", b"\x1bJ", 1, lambda p: c.FeedDots(p[0])),
    ("ESC M", b"\x1bM", 1, lambda p: s.Font(digit(p[0]))),
    ("ESC R", b"\x1bR", 1, lambda p: c.CharacterSet(p[0])),
    ("ESC V", b"\x1bV", 1, lambda p: s.Rotation(digit(p[0]))),
    ("ESC a", b"\x1ba", 1, lambda p: s.Justification(digit(p[0]))),
    ("ESC d", b"\x1bd", 1, lambda p: c.FeedLines(p[0])),
    ("ESC p", b"\x1bp", 3, _pulse),
    ("ESC t", b"\x1bt", 1, lambda p: c.CodePage(p[0])),
    ("ESC {", b"\x1b{", 1, lambda p: s.UpsideDown(flag(p[0]))),
    ("ESC c 5", b"\x1bc5", 1, lambda p: s.PanelButtons(not flag(p[0]))),
    ("ESC v", b"\x1bv", 0, lambda _: c.TransmitStatus(1)),
    ("ESC u", b"\x1bu", 1, lambda _: c.TransmitStatus(2)),
    ("FS p", b"\x1cp", 2, lambda p: m.NvImage(p[0], digit(p[1]))),
    ("GS !", b"\x1d!", 1, lambda p: s.CharacterSize((p[0] >> 4 & 7) + 1, (p[0] & 7) + 1)),
    ("GS /", b"\x1d/", 1, lambda p: m.PrintDownloadImage(digit(p[0]))),
    ("GS B", b"\x1dB", 1, lambda p: s.Inverse(flag(p[0]))),
    ("GS H", b"\x1dH", 1, lambda p: m.BarcodeText(digit(p[0]))),
    ("GS I", b"\x1dI", 1, lambda p: c.TransmitId(p[0])),
    ("GS L", b"\x1dL", 2, lambda p: s.LeftMargin(word(p, 0))),
    ("GS W", b"\x1dW", 2, lambda p: s.PrintAreaWidth(word(p, 0))),
    ("GS a", b"\x1da", 1, lambda p: c.StatusBack(p[0])),
    ("GS f", b"\x1df", 1, lambda p: m.BarcodeFont(digit(p[0]))),
    ("GS h", b"\x1dh", 1, lambda p: m.BarcodeHeight(p[0])),
    ("GS r", b"\x1dr", 1, lambda p: c.TransmitStatus(digit(p[0]))),
    ("GS w", b"\x1dw", 1, lambda p: m.BarcodeWidth(p[0])),
)
"""Commands of fixed length: name, prefix, number of parameters, builder."""

_UNUSED: tuple[tuple[str, bytes, int], ...] = (
    ("ESC %", b"\x1b%", 1),
    ("ESC <", b"\x1b<", 0),
    ("ESC ?", b"\x1b?", 1),
    ("ESC C", b"\x1bC", 1),
    ("ESC F", b"\x1bF", 1),
    ("ESC K", b"\x1bK", 1),
    ("ESC T", b"\x1bT", 1),
    ("ESC U", b"\x1bU", 1),
    ("ESC W", b"\x1bW", 8),
    ("ESC c 0", b"\x1bc0", 1),
    ("ESC c 1", b"\x1bc1", 1),
    ("ESC c 3", b"\x1bc3", 1),
    ("ESC c 4", b"\x1bc4", 1),
    ("ESC e", b"\x1be", 1),
    ("ESC f", b"\x1bf", 2),
    ("ESC q", b"\x1bq", 0),
    ("ESC r", b"\x1br", 1),
    ("FS !", b"\x1c!", 1),
    ("FS &", b"\x1c&", 0),
    ("FS -", b"\x1c-", 1),
    ("FS .", b"\x1c.", 0),
    ("FS 2", b"\x1c2", 74),
    ("FS ?", b"\x1c?", 2),
    ("FS C", b"\x1cC", 1),
    ("FS L", b"\x1cL", 0),
    ("FS S", b"\x1cS", 2),
    ("FS W", b"\x1cW", 1),
    ("FS a 0", b"\x1ca0", 1),
    ("FS a 1", b"\x1ca1", 0),
    ("FS a 2", b"\x1ca2", 0),
    ("FS b", b"\x1cb", 0),
    ("FS c", b"\x1cc", 0),
    ("FS g 2", b"\x1cg2", 7),
    ("GS $", b"\x1d$", 2),
    ("GS :", b"\x1d:", 0),
    ("GS C 0", b"\x1dC0", 2),
    ("GS C 1", b"\x1dC1", 6),
    ("GS C 2", b"\x1dC2", 2),
    ("GS E", b"\x1dE", 1),
    ("GS P", b"\x1dP", 2),
    ("GS T", b"\x1dT", 1),
    ("GS \\", b"\x1d\\", 2),
    ("GS ^", b"\x1d^", 3),
    ("GS b", b"\x1db", 1),
    ("GS c", b"\x1dc", 0),
    ("GS g 0", b"\x1dg0", 3),
    ("GS g 2", b"\x1dg2", 3),
    ("GS j", b"\x1dj", 1),
    ("GS z 0", b"\x1dz0", 2),
)
"""Commands of fixed length without effect on what anybody here looks at: they become a
`Function`. FS 2 as for kanji font A (24 by 24 dots)."""


def _function(name: str, skip: int = 0) -> Callable[[bytes], c.Command]:
    return lambda p: c.Function(name, p[skip:])


def _behind_length(build: Callable[[bytes], c.Command]) -> Callable[[bytes], c.Command]:
    return lambda p: build(p[2:])


def _fixed_forms() -> dict[bytes, Form]:
    forms = {
        prefix: Form(name, _exactly(len(prefix) + n), build) for name, prefix, n, build in _FIXED
    }
    for name, prefix, n in _UNUSED:
        forms[prefix] = Form(name, _exactly(len(prefix) + n), _function(name))
    return forms


def _variable_forms() -> dict[bytes, Form]:
    return {
        b"\x1bD": Form("ESC D", _tabs_size, lambda p: s.TabStops(tuple(p.rstrip(b"\0")))),
        b"\x1b&": Form("ESC &", _user_characters_size, _function("ESC &")),
        b"\x1b*": Form("ESC *", _column_size, lambda p: m.ColumnImage(p[0], word(p, 1), p[3:])),
        b"\x1cq": Form("FS q", _nv_images_size, _function("FS q")),
        b"\x1cg1": Form("FS g 1", _counted(8, 10), _function("FS g 1")),
        b"\x1dC;": Form("GS C ;", _macro_counter_size, _function("GS C ;")),
        b"\x1dV": Form("GS V", _cut_size, _cut),
        b"\x1dk": Form("GS k", _barcode_size, _barcode),
        b"\x1d*": Form("GS *", _download_size, lambda p: m.DownloadImage(p[0], p[1], p[2:])),
        b"\x1dv0": Form(
            "GS v 0",
            _raster_size,
            lambda p: m.RasterImage(digit(p[0]), word(p, 1), word(p, 3), p[5:]),
        ),
        b"\x1dQ0": Form("GS Q 0", _raster_size, _function("GS Q 0")),
        b"\x1d8L": Form(
            "GS 8 L",
            lambda data: 7 + int.from_bytes(data[3:7], "little") if _has(data, 7) else None,
            lambda p: escpos_functions.graphics(p[4:]),
        ),
    }


def _macro_counter_size(data: Data) -> int | None:
    """GS C ; then five decimal numbers, each ended by a semicolon, of at most 5 digits."""
    at = 3
    for _ in range(5):
        end = data.find(b";", at, at + 6)
        if end < 0:
            return 0 if len(data) > at + 6 else None
        at = end + 1
    return at


def _counted_forms() -> dict[bytes, Form]:
    """ESC ( x, FS ( x and GS ( x: whatever the letter means, the length is known."""
    forms = {}
    for lead, name in ((0x1B, "ESC"), (0x1C, "FS"), (0x1D, "GS")):
        for letter in range(0x21, 0x7F):
            title = f"{name} ( {letter:c}"
            build = escpos_functions.BUILDERS.get(title)
            forms[bytes((lead, 0x28, letter))] = Form(
                title,
                _counted(3, 5),
                _function(title, 2) if build is None else _behind_length(build),
            )
    return forms


FORMS: dict[bytes, Form] = _fixed_forms() | _variable_forms() | _counted_forms()
"""First bytes of a command and its form. No prefix is the beginning of another."""

LONGER = frozenset(prefix[:size] for prefix in FORMS for size in range(1, len(prefix)))
"""Beginnings of prefixes: one more byte is needed to find the form."""
