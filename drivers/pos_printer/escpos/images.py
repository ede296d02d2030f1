"""Images as ESC/POS: rows of dots, in bands that fit between two questions of a print job.

    GS v 0 [mode:1] [bytes a row:2] [rows:2] [data]

Source: Epson ESC/POS Command Reference: GS v 0, GS ( L (fn 69).
"""

from drivers.pos_printer import Image, StoredImage
from drivers.pos_printer.escpos.limits import UnprintableError, within

BAND_BYTES = 1728
"""Data of one command: 24 rows of 576 dots. A longer one would keep the wire (see `job`)."""
_MAX_ROW_BYTES = 255
"""2,040 dots: wider than any roll."""
_KEY_CODES = (32, 126)
_DENSE_LINES = b"\x1b3\x10"
"""ESC 3 16: the eight pins of an impact head touch those of the next line."""


def raster(element: Image) -> bytes:
    """Return the commands that print an image from the beginning of a line on.

    Raises:
        UnprintableError: Its data does not fit its size.
    """
    row = -(-element.width // 8)
    if not 0 < row <= _MAX_ROW_BYTES or len(element.rows) != row * element.height:
        raise UnprintableError(
            f"{len(element.rows)} bytes are no image of {element.width} x {element.height} dots."
        )
    rows = max(1, BAND_BYTES // row)
    bands = bytearray()
    for top in range(0, element.height, rows):
        data = element.rows[top * row : (top + rows) * row]
        height = len(data) // row
        bands += b"\x1dv0\x00" + row.to_bytes(2, "little") + height.to_bytes(2, "little") + data
    return bytes(bands)


def columns(element: Image) -> bytes:
    """Return the commands that print an image on an impact printer, eight rows of dots at a time.

    Raises:
        UnprintableError: Its data does not fit its size.

    Source: Epson TM-U220 ESC/POS: ESC * (m = 1), ESC 3 in steps of 1/144 inch, ESC 2.
    """
    row = -(-element.width // 8)
    if not 0 < row <= _MAX_ROW_BYTES or len(element.rows) != row * element.height:
        raise UnprintableError(
            f"{len(element.rows)} bytes are no image of {element.width} x {element.height} dots."
        )
    lines = [element.rows[at : at + row] for at in range(0, len(element.rows), row)]
    bands = bytearray(_DENSE_LINES)
    for top in range(0, element.height, 8):
        band = [*lines[top : top + 8], *[bytes(row)] * 8][:8]
        bits = [f"{int.from_bytes(line):0{row * 8}b}" for line in band]
        data = bytes(int("".join(dots), 2) for dots in zip(*bits, strict=True))[: element.width]
        bands += b"\x1b*\x01" + len(data).to_bytes(2, "little") + data + b"\n"
    return bytes(bands) + b"\x1b2"


def stored_image(element: StoredImage) -> bytes:
    """Return the command that prints an image out of the printer's own memory.

    Raises:
        UnprintableError: There can be no such key.
    """
    keys = (
        within(name, value, _KEY_CODES[1], _KEY_CODES[0])
        for name, value in (("key1", element.key1), ("key2", element.key2))
    )
    return b"\x1d(L\x06\x000E" + bytes(keys) + b"\x01\x01"
