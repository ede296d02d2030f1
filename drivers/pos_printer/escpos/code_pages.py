"""Text as the bytes of a printer that knows one table of 128 characters at a time.

A printer shows bytes below 80h as ASCII and the others by the table that `ESC t` selected. This
module picks the tables: as few switches as possible, tables with € and western letters first. A
character that no table holds is replaced by its nearest look. When it has none, its line is drawn
(see `document`), and it is a `?` only where no line can be drawn.
Control characters never pass: a description in a catalogue must not be able to open the drawer.

python-escpos has the same art in `MagicEncode`, character by character: 26 lines with accents take
it 2 to 6 ms. Here a line that fits the present table is one call into Python's codecs.
"""

import codecs
import unicodedata
from collections.abc import Iterator, Mapping

from drivers.pos_printer.escpos.profile import Encoding

PREFERRED = ("CP858", "CP1252", "ISO_8859-15", "CP850", "CP437")
"""Tables to try first: with the euro and all of western Europe, then without the euro."""

_TABLE_SIZE = 128
_ASCII = "".join(map(chr, range(_TABLE_SIZE)))
_UNUSED = "\ufffe"
"""What `codecs.charmap_build` takes for "no character"."""

_LACKING = "?"
"""Stands for a character that has no look in any table, where it cannot be drawn."""

_LOOKS = str.maketrans(
    {
        "\N{EURO SIGN}": "EUR",
        "\N{POUND SIGN}": "GBP",
        "\N{LEFT SINGLE QUOTATION MARK}": "'",
        "\N{RIGHT SINGLE QUOTATION MARK}": "'",
        "\N{SINGLE LOW-9 QUOTATION MARK}": ",",
        "\N{LEFT DOUBLE QUOTATION MARK}": '"',
        "\N{RIGHT DOUBLE QUOTATION MARK}": '"',
        "\N{DOUBLE LOW-9 QUOTATION MARK}": '"',
        "\N{LEFT-POINTING DOUBLE ANGLE QUOTATION MARK}": '"',
        "\N{RIGHT-POINTING DOUBLE ANGLE QUOTATION MARK}": '"',
        "\N{HYPHEN}": "-",
        "\N{EN DASH}": "-",
        "\N{EM DASH}": "-",
        "\N{MINUS SIGN}": "-",
        "\N{MULTIPLICATION SIGN}": "x",
        "\N{FRACTION SLASH}": "/",
        "\N{BULLET}": "*",
        "\N{MIDDLE DOT}": ".",
        "\N{DEGREE SIGN}": "o",
        "ß": "ss",
        "Æ": "AE",
        "æ": "ae",
        "Œ": "OE",
        "œ": "oe",
        "Ø": "O",
        "ø": "o",
        "Đ": "D",
        "đ": "d",
        "Ł": "L",
        "ł": "l",
    }
)
"""Looks that Unicode's own decompositions lack. Nothing that could be read as another amount."""


class CodePage:
    """One table of the printer.

    Attributes:
        number: The parameter of `ESC t`.
    """

    def __init__(self, number: int, characters: str) -> None:
        self.number = number
        self._encoding = codecs.charmap_build(_ASCII + characters)

    def encode(self, text: str) -> bytes | None:
        """Return the bytes of `text`, or None when the table lacks one of its characters."""
        try:
            return codecs.charmap_encode(text, "strict", self._encoding)[0]
        except UnicodeEncodeError:
            return None

    def prefix_length(self, text: str) -> int:
        """Say how many characters at the start of `text` the table holds."""
        try:
            codecs.charmap_encode(text, "strict", self._encoding)
        except UnicodeEncodeError as error:
            return error.start
        return len(text)


class TextEncoder:
    """Turns text into bytes for the tables of one printer.

    Attributes:
        first: The table to begin with.
    """

    def __init__(self, code_pages: Mapping[int, str], encodings: Mapping[str, Encoding]) -> None:
        self._code_pages = code_pages
        self._encodings = encodings
        self._order = sorted(code_pages, key=lambda number: (_rank(code_pages[number]), number))
        self._tables: dict[int, CodePage | None] = {}
        self._looks: dict[str, str] = {}
        self.first = next(self._pages(), CodePage(0, ""))

    def encode(self, text: str, page: CodePage) -> Iterator[tuple[CodePage, bytes]]:
        """Cut `text` into runs, each with its table.

        Args:
            text: Any Unicode; control characters other than line feeds are dropped.
            page: The table that is selected now; the first runs stay with it when they can.
        """
        text = clean(text)
        if whole := self._whole(text, page):
            yield whole
            return
        text = "".join(map(self._look, text))
        while text:
            page, length = self._longest(text, page)
            yield page, page.encode(text[:length]) or b""
            text = text[length:]

    def lacking(self, text: str) -> set[str]:
        """Return the characters of `text` that no table shows: they would come out as `?`."""
        if text.isascii():
            return set()
        return {
            character
            for character in clean(text)
            if not character.isascii() and self._look(character) == _LACKING
        }

    def _whole(self, text: str, page: CodePage) -> tuple[CodePage, bytes] | None:
        if text.isascii():
            return page, text.encode("ascii")
        for candidate in (page, *self._pages(preferred=True)):
            encoded = candidate.encode(text)
            if encoded is not None:
                return candidate, encoded
        return None

    def _longest(self, text: str, page: CodePage) -> tuple[CodePage, int]:
        """Pick the table that shows most of the start of `text`, the present one if it can."""
        length = page.prefix_length(text)
        if length:
            return page, length
        return max(
            ((candidate, candidate.prefix_length(text)) for candidate in self._pages()),
            key=lambda choice: choice[1],
        )

    def _look(self, character: str) -> str:
        """Return `character`, or what stands for it when no table holds it."""
        if character.isascii():
            return character
        if character not in self._looks:
            shown = any(page.prefix_length(character) for page in self._pages())
            self._looks[character] = character if shown else self._nearest(character)
        return self._looks[character]

    def _nearest(self, character: str) -> str:
        look = character.translate(_LOOKS)
        if look == character:
            look = unicodedata.normalize("NFKD", character).translate(_LOOKS)
        look = "".join(part for part in look if not unicodedata.combining(part))
        return look if look and look.isascii() else _LACKING

    def _pages(self, *, preferred: bool = False) -> Iterator[CodePage]:
        for number in self._order:
            if preferred and _rank(self._code_pages[number]) == len(PREFERRED):
                return
            if number not in self._tables:
                self._tables[number] = self._table(number)
            page = self._tables[number]
            if page is not None:
                yield page

    def _table(self, number: int) -> CodePage | None:
        encoding = self._encodings.get(self._code_pages[number])
        characters = _characters(encoding) if encoding else None
        if characters is None:
            return None
        return CodePage(number, characters)


def clean(text: str) -> str:
    """Return `text` composed (e and an accent are é), with one kind of space, and line feeds."""
    if text.replace("\n", "").isprintable() and unicodedata.is_normalized("NFC", text):
        return text
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\t", " "))
    return "".join(map(_allowed, text))


def _allowed(character: str) -> str:
    """Return the character, an ordinary space for any kind of space, nothing for a control."""
    if character == "\n":
        return character
    if _is_control(character):
        return ""
    return " " if unicodedata.category(character) == "Zs" else character


def _is_control(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp")


def _rank(name: str) -> int:
    return PREFERRED.index(name) if name in PREFERRED else len(PREFERRED)


def _characters(encoding: Encoding) -> str | None:
    """Return the 128 characters from 80h on, or None when nobody knows them."""
    if encoding.data is not None:
        return "".join(encoding.data).ljust(_TABLE_SIZE, _UNUSED)[:_TABLE_SIZE]
    if encoding.python_encode is None:
        return None
    try:
        codec = codecs.lookup(encoding.python_encode)
    except LookupError:
        return None
    return "".join(_character(codec, byte) for byte in range(_TABLE_SIZE, 2 * _TABLE_SIZE))


def _character(codec: codecs.CodecInfo, byte: int) -> str:
    """Return the character of one byte; of a double-byte table only the single bytes count."""
    try:
        character, _ = codec.decode(bytes((byte,)))
    except UnicodeDecodeError:
        return _UNUSED
    return character if len(character) == 1 and not _is_control(character) else _UNUSED
