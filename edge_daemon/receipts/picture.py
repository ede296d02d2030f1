"""A printer's document as a picture, one pixel for a dot, as the paper will look.

For a screen, a mail or an archive: nothing has to be printed to see a receipt.
"""

import io
from typing import TYPE_CHECKING

from drivers.dots import Dots, unpack
from drivers.lettering import CELL_HEIGHT, CELL_WIDTH, LINE_HEIGHT, draw_line
from drivers.pos_printer import Alignment, AnyElement, Document, Feed, Image, QrCode, Text
from drivers.qr import draw
from edge_daemon.receipts.columns import cut

if TYPE_CHECKING:
    import PIL.Image

MARGIN = 32
"""Dots around what can be printed: 576 of 640 on paper of 80 mm."""


def to_png(document: Document, columns: int) -> bytes:
    """Draw a document on paper of `columns` characters; PNG, black on white.

    What receipts are not made of (bar codes, a register's own commands) is left out.
    """
    from PIL import Image as Picture  # noqa: PLC0415 - only where a receipt is drawn

    width = CELL_WIDTH * columns
    strips = [strip for element in document for strip in _strips(element, columns)]
    paper = Picture.new("1", (width + 2 * MARGIN, MARGIN + sum(tall for _, tall, _ in strips)), 255)
    y = MARGIN
    for drawing, tall, alignment in strips:
        if drawing is not None:
            paper.paste(drawing, (MARGIN + _left(drawing.width, width, alignment), y))
        y += tall
    buffer = io.BytesIO()
    paper.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


Strip = tuple["PIL.Image.Image | None", int, Alignment]
"""What is drawn, how many dots of paper it takes, and where it stands."""


def _strips(element: AnyElement, columns: int) -> list[Strip]:
    match element:
        case Text():
            return _lines(element, columns)
        case QrCode():
            code = draw(
                element.data,
                error_correction=element.error_correction,
                module_size=element.module_size,
            )
            return [(unpack(code), code.height, element.alignment)]
        case Image(width, height, rows, alignment):
            return [(unpack(Dots(width, height, rows)), height, alignment)]
        case Feed(lines):
            return [(None, LINE_HEIGHT * lines, Alignment.LEFT)]
        case _:
            return []


def _lines(element: Text, columns: int) -> list[Strip]:
    tall = max(LINE_HEIGHT, CELL_HEIGHT * element.height)
    return [
        (
            draw_line(
                line,
                bold=element.bold,
                underline=element.underline,
                width=element.width,
                height=element.height,
            )
            if line
            else None,
            tall if line else LINE_HEIGHT,
            element.alignment,
        )
        for line in cut(element.text, max(columns // element.width, 1)) or [""]
    ]


def _left(drawn: int, room: int, alignment: Alignment) -> int:
    match alignment:
        case Alignment.LEFT:
            return 0
        case Alignment.CENTRE:
            return (room - drawn) // 2
        case Alignment.RIGHT:
            return room - drawn
