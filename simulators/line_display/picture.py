"""The glass as a PNG: green characters on black, as a vacuum fluorescent display glows."""

import functools
import importlib.resources
import io
from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

CELL_WIDTH, CELL_HEIGHT = 22, 36
MARGIN = 18
_FONT_SIZE = 30
_GLASS = (6, 18, 16)
_UNLIT = (10, 30, 27)
_GLOW = (64, 255, 200)


def png(lines: Sequence[str], brightness: int) -> bytes:
    """Draw the lines; `brightness` is per cent, and 0 is a display without power."""
    width = MARGIN * 2 + CELL_WIDTH * max(map(len, lines))
    picture = Image.new("RGB", (width, MARGIN * 2 + CELL_HEIGHT * len(lines)), _GLASS)
    draw = ImageDraw.Draw(picture)
    ink = tuple(round(part * (0.4 + 0.6 * brightness / 100)) for part in _GLOW)
    for row, line in enumerate(lines):
        for column, character in enumerate(line):
            x, y = MARGIN + column * CELL_WIDTH, MARGIN + row * CELL_HEIGHT
            draw.rectangle((x + 1, y + 1, x + CELL_WIDTH - 3, y + CELL_HEIGHT - 4), fill=_UNLIT)
            if brightness:
                draw.text((x + 1, y - 1), character, font=_font(), fill=ink)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


@functools.cache
def _font() -> ImageFont.FreeTypeFont:
    file = importlib.resources.files("barcode").joinpath("fonts", "DejaVuSansMono.ttf")
    return ImageFont.truetype(io.BytesIO(file.read_bytes()), _FONT_SIZE)
