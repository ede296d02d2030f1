"""What a printer cannot set by itself, drawn as images: foreign letters, QR codes."""

from collections.abc import Iterator

from drivers import dots, lettering
from drivers.pos_printer import Image, QrCode, Text
from drivers.pos_printer.escpos.limits import UnprintableError, within

_MAX_SIZE = 8
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
    """Draw a QR code, without the white border that the paper itself gives.

    Raises:
        UnprintableError: A module is no 1 to 16 dots, or the data does not fit into any QR code.
    """
    import segno  # noqa: PLC0415 - for printers that make no QR codes themselves

    size = within("module_size", element.module_size, _MAX_MODULE)
    try:
        code = segno.make_qr(element.data, error=element.error_correction, boost_error=False)
    except segno.DataOverflowError as error:
        raise UnprintableError(f"the data does not fit into a QR code: {error}") from error
    lines = [int("".join(("1" if dark else "0") * size for dark in row), 2) for row in code.matrix]
    width = len(lines) * size
    padding = -width % 8
    row_bytes = (width + padding) // 8
    rows = b"".join((line << padding).to_bytes(row_bytes) * size for line in lines)
    return Image(width, width, rows, element.alignment)
