"""Draws paper, one pixel for a dot, black on white.

The font is DejaVu Sans Mono, which python-barcode brings along: it has the characters of all code
pages, and its advance fits the cells of font A and font B.
"""

import functools
import importlib.resources
import io
from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

from simulators.pos_printer.paper import FONT_HEIGHTS, FONT_WIDTHS, Dots, Line, Mark, Run, Style

MARGIN = 32
"""Dots of paper at the top and both sides that cannot be printed: 576 of 640 dots on a roll of
80 mm."""
_FONT_SIZES = {0: 20, 1: 15}
_WHITE, _BLACK = 1, 0


def png(lines: Sequence[Line], width: int, *, top: bool = True) -> bytes:
    """Return paper with `width` printable dots as PNG bytes, with the margin on top or without."""
    y = MARGIN if top else 0
    height = y + sum(line.height for line in lines)
    paper = Image.new("1", (width + 2 * MARGIN, height), _WHITE)
    for line in lines:
        if line.pieces:
            paper.paste(_draw_line(line, width), (MARGIN, y))
        y += line.height
    buffer = io.BytesIO()
    paper.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _draw_line(line: Line, width: int) -> Image.Image:
    """Characters of different size stand on the same lower edge."""
    strip = Image.new("1", (width, line.height), _WHITE)
    floor = max(piece.height for piece in line.pieces)
    for piece in line.pieces:
        if isinstance(piece, Run):
            _draw_run(strip, piece, floor - piece.height)
        else:
            _draw_mark(strip, piece, floor - piece.height)
    return strip.transpose(Image.Transpose.ROTATE_180) if line.upside_down else strip


def _draw_run(strip: Image.Image, run: Run, y: int) -> None:
    for at, character in enumerate(run.text):
        cell = _cell(character, run.style)
        strip.paste(cell, (run.x + at * run.style.advance, y))


@functools.lru_cache(maxsize=2048)
def _cell(character: str, style: Style) -> Image.Image:
    """One character in its cell, enlarged dot by dot as a print head does."""
    width, height = FONT_WIDTHS[style.font] + style.spacing, FONT_HEIGHTS[style.font]
    ink, ground = (_WHITE, _BLACK) if style.inverse else (_BLACK, _WHITE)
    cell = Image.new("1", (width, height), ground)
    draw = ImageDraw.Draw(cell)
    draw.fontmode = "1"
    for offset in (0, 1) if style.bold else (0,):
        draw.text((offset, 0), character, fill=ink, font=_font(style.font))
    if style.underline:
        draw.rectangle((0, height - style.underline, width, height), fill=ink)
    return cell.resize((width * style.width, height * style.height), Image.Resampling.NEAREST)


@functools.cache
def _font(number: int) -> ImageFont.FreeTypeFont:
    file = importlib.resources.files("barcode") / "fonts" / "DejaVuSansMono.ttf"
    return ImageFont.truetype(io.BytesIO(file.read_bytes()), _FONT_SIZES[number])


def _draw_mark(strip: Image.Image, mark: Mark, y: int) -> None:
    for caption in mark.captions_above:
        _draw_run(strip, caption, y)
        y += caption.height
    strip.paste(_draw_dots(mark.dots), (mark.x, y))
    y += mark.dots.height
    for caption in mark.captions_below:
        _draw_run(strip, caption, y)
        y += caption.height


def _draw_dots(dots: Dots) -> Image.Image:
    inverted = bytes(byte ^ 0xFF for byte in dots.data)
    image = Image.frombytes("1", (dots.columns, dots.rows), inverted)
    return image.resize((dots.width, dots.height), Image.Resampling.NEAREST)
