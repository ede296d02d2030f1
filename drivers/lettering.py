"""Characters as dots, in the cells of a receipt printer's font A: 12 by 24 dots.

The typeface is DejaVu Sans Mono, which python-barcode carries and python-escpos needs: Latin,
Greek, Cyrillic, Arabic letters and many signs. What it lacks is drawn from GNU Unifont where
Debian's `fonts-unifont` is installed: every character of Unicode's first plane. What neither has
is an empty box: see `can_draw`.

One character is one cell: a wide Chinese one is drawn half as wide. Arabic letters are not joined,
and text that is read from right to left is set from left to right.
"""

import functools
import importlib.util
import io
import pathlib
import unicodedata
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import PIL.Image
    from PIL.ImageFont import FreeTypeFont

CELL_WIDTH, CELL_HEIGHT = 12, 24
"""Dots of a character of font A at 203 dots an inch."""
LINE_HEIGHT = 30
"""Dots that a line of ordinary text takes: the default spacing of Epson's models of 203 dpi."""
_SIZE = 20
_WIDE_SIZE = 24
_UNIFONT = (
    pathlib.Path("/usr/share/fonts/opentype/unifont/unifont.otf"),
    pathlib.Path("/usr/share/fonts/truetype/unifont/unifont.ttf"),
)
_NO_CHARACTER = "\uffff"
"""Never in a font, so it shows the font's sign for what it lacks."""
_WHITE, _BLACK = 255, 0


def draw_line(
    text: str, *, bold: bool = False, underline: bool = False, width: int = 1, height: int = 1
) -> "PIL.Image.Image":
    """Draw one line, a cell for each character, enlarged dot by dot as print heads do.

    Args:
        text: Without line feeds; a mark without a letter (Mn) stands on the character before it.
        bold: Drawn twice, a dot apart.
        underline: One dot thick.
        width: 1 to 8 times the normal one.
        height: As `width`.

    Returns:
        A picture of mode `1`, as wide as the text's cells and as tall as one.
    """
    from PIL import Image  # noqa: PLC0415 - only where something is drawn

    letters = list(_letters(text))
    line = Image.new("1", (max(CELL_WIDTH * len(letters), 1), CELL_HEIGHT), _WHITE)
    for at, letter in enumerate(letters):
        line.paste(_cell(letter, bold=bold, underline=underline), (at * CELL_WIDTH, 0))
    if width == height == 1:
        return line
    return line.resize((line.width * width, line.height * height), Image.Resampling.NEAREST)


@functools.lru_cache(maxsize=2048)
def can_draw(character: str) -> bool:
    """Say whether there is a shape for `character`."""
    fonts = (_typeface(), _unifont())
    return any(font is not None and _has(font, character) for font in fonts)


def _letters(text: str) -> Iterable[str]:
    letter = ""
    for character in text:
        if letter and unicodedata.combining(character):
            letter += character
            continue
        if letter:
            yield letter
        letter = character
    if letter:
        yield letter


@functools.lru_cache(maxsize=2048)
def _cell(letter: str, *, bold: bool, underline: bool) -> "PIL.Image.Image":
    from PIL import Image, ImageDraw  # noqa: PLC0415 - as above

    font = _font_for(letter)
    across = 1 if font is _typeface() or font.getlength(letter) <= CELL_WIDTH else 2
    cell = Image.new("1", (CELL_WIDTH * across, CELL_HEIGHT), _WHITE)
    draw = ImageDraw.Draw(cell)
    draw.fontmode = "1"
    for offset in (0, 1) if bold else (0,):
        draw.text((offset, 0), letter, fill=_BLACK, font=font)
    if underline:
        draw.rectangle((0, CELL_HEIGHT - 1, cell.width, CELL_HEIGHT), fill=_BLACK)
    if across == 1:
        return cell
    halved = cell.convert("L").resize((CELL_WIDTH, CELL_HEIGHT), Image.Resampling.BOX)
    return halved.point(lambda tone: 0 if tone < 255 else 255).convert("1")  # noqa: PLR2004 - white


def _font_for(letter: str) -> "FreeTypeFont":
    typeface, fallback = _typeface(), _unifont()
    if fallback is None or letter.isspace() or _has(typeface, letter[0]):
        return typeface
    return fallback


def _has(font: "FreeTypeFont", character: str) -> bool:
    return bytes(font.getmask(character, "1")) != bytes(font.getmask(_NO_CHARACTER, "1"))


@functools.cache
def _typeface() -> "FreeTypeFont":
    from PIL import ImageFont  # noqa: PLC0415 - as above

    found = importlib.util.find_spec("barcode")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("python-barcode is not installed.", name="barcode")
    file = pathlib.Path(found.origin).parent / "fonts" / "DejaVuSansMono.ttf"
    return ImageFont.truetype(io.BytesIO(file.read_bytes()), _SIZE)


@functools.cache
def _unifont() -> "FreeTypeFont | None":
    from PIL import ImageFont  # noqa: PLC0415 - as above

    for file in _UNIFONT:
        if file.is_file():
            return ImageFont.truetype(str(file), _WIDE_SIZE)
    return None
