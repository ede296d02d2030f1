"""What a printer cannot set by itself, drawn as images: foreign letters, QR codes."""

from collections.abc import Iterator

from drivers import dots, lettering, qr
from drivers.pos_printer import Image, QrCode, Text
from drivers.pos_printer.escpos.limits import UnprintableError, within

_MAX_MODULE = 16


def can_show(characters: set[str]) -> bool:
    """Say whether drawing shows any of the characters that the printer lacks."""
    return any(map(lettering.can_draw, characters))


def text_line(line: str, element: Text, line_width: int) -> Iterator[Image]:
    """Draw `line` of `element`; where it is wider than the paper, it goes on below.

    Each image is as tall as a line of that text with the gap below it.
    """
    from PIL import Image as Picture  # noqa: PLC0415 - only where something is drawn

    columns = max(line_width // (lettering.CELL_WIDTH * element.width), 1)
    for start in range(0, len(line), columns):
        drawing = lettering.draw_line(
            line[start : start + columns],
            bold=element.bold,
            underline=element.underline,
            width=element.width,
            height=element.height,
        )
        tall = max(drawing.height, lettering.LINE_HEIGHT)
        image = Picture.new("1", (drawing.width, tall), "white")
        image.paste(drawing)
        packed = dots.pack(image)
        yield Image(packed.width, packed.height, packed.rows, element.alignment)


def qr_code(element: QrCode) -> Image:
    """Draw a QR code.

    Raises:
        UnprintableError: A module is no 1 to 16 dots, or the data does not fit into any QR code.
    """
    size = within("module_size", element.module_size, _MAX_MODULE)
    try:
        code = qr.draw(element.data, error_correction=element.error_correction, module_size=size)
    except qr.DataTooLongError as error:
        raise UnprintableError(str(error)) from error
    return Image(code.width, code.height, code.rows, element.alignment)
