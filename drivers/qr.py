"""QR codes as dots, without the white border that the paper around them gives."""

from typing import Literal

from drivers.dots import Dots


class DataTooLongError(ValueError):
    """Raised when no QR code is large enough."""


def draw(
    data: str, *, error_correction: Literal["L", "M", "Q", "H"] = "M", module_size: int = 4
) -> Dots:
    """Draw a QR code of the smallest version that holds `data`.

    Args:
        data: Any text.
        error_correction: How much of the code may be lost: 7, 15, 25 or 30 per cent.
        module_size: Dots of a module's side.

    Raises:
        DataTooLongError: It does not fit.
    """
    import segno  # noqa: PLC0415 - only where codes are drawn

    try:
        code = segno.make_qr(data, error=error_correction, boost_error=False)
    except segno.DataOverflowError as error:
        raise DataTooLongError("The data does not fit into a QR code.") from error
    side = len(code.matrix) * module_size
    padding = -side % 8
    rows = bytearray()
    for modules in code.matrix:
        line = "".join(("1" if dark else "0") * module_size for dark in modules)
        rows += (int(line, 2) << padding).to_bytes((side + padding) // 8) * module_size
    return Dots(side, side, bytes(rows))
