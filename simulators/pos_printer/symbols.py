"""Bar codes and QR codes as dots, and why a printer prints nothing instead."""

import barcode  # type: ignore[import-untyped] # python-barcode has no types
import barcode.errors  # type: ignore[import-untyped] # as above
import segno
import segno.encoder

from drivers.wire.escpos_marks import Barcode
from simulators.pos_printer.paper import Dots

_WRITERS = {
    "UPC-A": "upca",
    "EAN-13": "ean13",
    "EAN-8": "ean8",
    "CODE39": "code39",
    "ITF": "itf",
    "CODABAR": "codabar",
    "CODE128": "code128",
    "CODE128 auto": "code128",
}
"""Epson's name of a symbology and python-barcode's."""


class NotPrintableError(ValueError):
    """Raised when a printer would print nothing; the message says why."""


def bars(command: Barcode, module_width: int, height: int) -> tuple[Dots, str]:
    """Return the bars and the readable text of a bar code.

    Raises:
        NotPrintableError: The data does not fit the symbology, or it is not simulated.
    """
    writer = _WRITERS.get(command.symbology)
    if writer is None:
        raise NotPrintableError(f"{command.symbology} is not simulated.")
    data = _code_128(command.data) if writer == "code128" else command.data.decode("latin-1")
    try:
        symbol = barcode.get(
            writer, data, options={"add_checksum": False} if writer == "code39" else None
        )
        modules = symbol.build()[0]
    except (barcode.errors.BarcodeError, KeyError, IndexError, ValueError) as error:
        raise NotPrintableError(f"{command.symbology} {data!r}: {error}") from error
    text = symbol.get_fullcode()
    if writer in ("ean13", "ean8", "upca") and len(data) == len(text) and data != text:
        raise NotPrintableError(
            f"{command.symbology} {data!r}: the check digit must be {text[-1]}."
        )
    return _row(modules, module_width, height), text


def _code_128(data: bytes) -> str:
    """Drop the code set selections `{A`, `{B` and `{C`; pairs of digits of set C are digits."""
    text, code_set, at = "", "B", 0
    while at < len(data):
        character = chr(data[at])
        if character == "{" and data[at + 1 : at + 2] in (b"A", b"B", b"C"):
            code_set = chr(data[at + 1])
            at += 2
            continue
        text += f"{data[at]:02d}" if code_set == "C" else character
        at += 1
    return text


def _row(modules: str, module_width: int, height: int) -> Dots:
    padded = modules.ljust(-(-len(modules) // 8) * 8, "0")
    data = int(padded, 2).to_bytes(len(padded) // 8)
    return Dots(len(modules), 1, data, module_width, height)


def qr_code(data: bytes, level: str, module_size: int) -> Dots:
    """Return the modules of a QR code.

    Raises:
        NotPrintableError: There is no data, or too much of it.
    """
    if not data:
        raise NotPrintableError("QR code: no data was stored.")
    try:
        symbol = segno.make_qr(data, error=level, boost_error=False)
    except (segno.encoder.DataOverflowError, ValueError) as error:
        raise NotPrintableError(f"QR code: {error}") from error
    rows = [_row("".join(str(module & 1) for module in row), 1, 1).data for row in symbol.matrix]
    return Dots(len(symbol.matrix[0]), len(rows), b"".join(rows), module_size, module_size)


def columns(data: bytes, column_bytes: int) -> Dots:
    """Turn an image that is sent column by column into rows."""
    width = len(data) // column_bytes
    strips = [int.from_bytes(data[at * column_bytes :][:column_bytes]) for at in range(width)]
    height = column_bytes * 8
    rows = (
        "".join(str(strip >> (height - 1 - row) & 1) for strip in strips) for row in range(height)
    )
    return Dots(width, height, b"".join(_row(row or "0", 1, 1).data for row in rows))
