"""Two-dimensional codes, composed by the printer: `GS ( k`.

A code is set up, its data stored, and then printed:

    GS ( k [length:2] [code:1] [function:1] [parameters]

Source: Epson ESC/POS Command Reference, GS ( k: PDF417 (cn 48, fn 65-70, 80, 81), QR (cn 49, fn
65, 67, 69, 80, 81), MaxiCode (cn 50, fn 65, 80, 81), two-dimensional GS1 DataBar (cn 51, fn 67,
71, 80, 81), Aztec (cn 53, fn 66, 67, 69, 80, 81), DataMatrix (cn 54, fn 66, 67, 80, 81);
ISO/IEC 18004, table 7.
"""

import re
from collections.abc import Callable

from drivers.pos_printer import MatrixCode, QrCode
from drivers.pos_printer.escpos.limits import UnprintableError, within

_PDF417, _QR, _MAXICODE, _DATABAR, _AZTEC, _DATA_MATRIX = 48, 49, 50, 51, 53, 54
_STORE, _PRINT = 80, 81
_MAX_DATA = 7089
"""Of the largest QR code; the others hold less."""
_MAX_MODULE = 16
_QR_LEVELS = {"L": 48, "M": 49, "Q": 50, "H": 51}
_QR_MODELS = {"qrcode_model_1": 49, "qrcode_model_2": 50, "qrcode_micro": 51}
_DATABARS = {
    "gs1_databar_stacked": 72,
    "gs1_databar_stacked_omnidirectional": 73,
    "gs1_databar_expanded_stacked": 76,
}
_PDF417_LEVELS = range(9)
_PDF417_COLUMNS = range(31)
_NARROW_MODULES = range(2, 9)
_AZTEC_LEVELS = range(5, 96)

_QR_ALPHANUMERIC = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")
_QR_CAPACITY = {
    "L": (7089, 4296, 2953),
    "M": (5596, 3391, 2331),
    "Q": (3993, 2420, 1663),
    "H": (3057, 1852, 1273),
}
"""Digits, alphanumeric characters, bytes in version 40 (ISO/IEC 18004, table 7)."""


def qr_code_command(element: QrCode) -> bytes:
    """Return the commands that print a QR code, model 2, at the beginning of a line.

    Raises:
        UnprintableError: The data does not fit.
    """
    data = _qr_data(element)
    size = within("module_size", element.module_size, _MAX_MODULE)
    settings = _function(_QR, 65, 50, 0) + _function(_QR, 67, size)
    settings += _function(_QR, 69, _QR_LEVELS[element.error_correction])
    return _finish(_QR, data, settings)


def matrix_code_command(element: MatrixCode) -> bytes:
    """Return the commands that print any other code at the beginning of a line.

    Raises:
        UnprintableError: There is no such code, or a value does not fit it.
    """
    if not 0 < len(element.data) <= _MAX_DATA:
        raise UnprintableError(f"the data of a code has 1 to {_MAX_DATA} bytes.")
    for prefix, compose in _COMPOSERS.items():
        if element.kind.startswith(prefix):
            return compose(element)
    raise UnprintableError(f"there is no code of the kind {element.kind!r}.")


def _function(code: int, function: int, *parameters: int) -> bytes:
    return (
        b"\x1d(k"
        + (len(parameters) + 2).to_bytes(2, "little")
        + bytes((code, function, *parameters))
    )


def _finish(code: int, data: bytes, settings: bytes) -> bytes:
    """Settings, the data, and the order to print."""
    store = b"\x1d(k" + (len(data) + 3).to_bytes(2, "little") + bytes((code, _STORE, 48))
    return settings + store + data + _function(code, _PRINT, 48)


def _pdf417(element: MatrixCode) -> bytes:
    settings = _function(_PDF417, 70, int(element.kind == "pdf417_truncated"))
    if element.columns in _PDF417_COLUMNS:
        settings += _function(_PDF417, 65, element.columns)
    if element.module_width in _NARROW_MODULES:
        settings += _function(_PDF417, 67, element.module_width)
    if element.module_height in _NARROW_MODULES:
        settings += _function(_PDF417, 68, element.module_height)
    level = _number(element.level, "level_")
    if level in _PDF417_LEVELS:
        settings += _function(_PDF417, 69, 48, 48 + level)
    return _finish(_PDF417, element.data, settings)


def _qr(element: MatrixCode) -> bytes:
    model = _QR_MODELS.get(element.kind)
    if model is None:
        raise UnprintableError(f"there is no code of the kind {element.kind!r}.")
    settings = _function(_QR, 65, model, 0) + _module(_QR, element)
    level = (element.level or "").removeprefix("level_").upper()
    if level in _QR_LEVELS:
        settings += _function(_QR, 69, _QR_LEVELS[level])
    return _finish(_QR, element.data, settings)


def _maxicode(element: MatrixCode) -> bytes:
    mode = _number(element.kind, "maxicode_mode_")
    if mode not in range(2, 7):
        raise UnprintableError(f"there is no code of the kind {element.kind!r}.")
    return _finish(_MAXICODE, element.data, _function(_MAXICODE, 65, 48 + mode))


def _databar(element: MatrixCode) -> bytes:
    number = _DATABARS.get(element.kind)
    if number is None:
        raise UnprintableError(f"there is no code of the kind {element.kind!r}.")
    settings = b""
    if element.module_width in _NARROW_MODULES:
        settings += _function(_DATABAR, 67, element.module_width)
    if number == _DATABARS["gs1_databar_expanded_stacked"] and element.columns > 0:
        settings += _function(_DATABAR, 71, *min(element.columns, 0xFFFF).to_bytes(2, "little"))
    return _finish(_DATABAR, bytes((number,)) + element.data, settings)


def _aztec(element: MatrixCode) -> bytes:
    settings = _function(_AZTEC, 66, int(element.kind == "azteccode_compact"), 0)
    settings += _module(_AZTEC, element)
    level = _number(element.level, "")
    if level in _AZTEC_LEVELS:
        settings += _function(_AZTEC, 69, level)
    return _finish(_AZTEC, element.data, settings)


def _data_matrix(element: MatrixCode) -> bytes:
    rows = max(_number(element.kind, "datamatrix_rectangle_"), 0)
    settings = _function(_DATA_MATRIX, 66, int(bool(rows)), rows, 0)
    return _finish(_DATA_MATRIX, element.data, settings + _module(_DATA_MATRIX, element))


_COMPOSERS: dict[str, Callable[[MatrixCode], bytes]] = {
    "pdf417_": _pdf417,
    "qrcode_": _qr,
    "maxicode_": _maxicode,
    "gs1_databar_": _databar,
    "azteccode_": _aztec,
    "datamatrix_": _data_matrix,
}


def _module(code: int, element: MatrixCode) -> bytes:
    width = min(element.module_width, _MAX_MODULE)
    return _function(code, 67, width) if width > 0 else b""


def _number(text: str | None, prefix: str) -> int:
    """The small number behind `prefix`; -1 where there is none."""
    digits = (text or "").removeprefix(prefix)
    return int(digits) if re.fullmatch("[0-9]{1,3}", digits) else -1


def _qr_data(element: QrCode) -> bytes:
    if not element.data or not element.data.isprintable():
        raise UnprintableError("the data is empty or holds control characters.")
    data = element.data.encode()
    digits, alphanumeric, capacity = _QR_CAPACITY[element.error_correction]
    if element.data.isascii() and element.data.isdecimal():
        capacity = digits
    elif _QR_ALPHANUMERIC.issuperset(element.data):
        capacity = alphanumeric
    if len(data) > capacity:
        raise UnprintableError(
            f"{len(data)} characters are too many for error correction "
            f"{element.error_correction}, which holds {capacity}."
        )
    return data
