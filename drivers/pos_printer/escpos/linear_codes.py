"""Bar codes: what each symbology can hold, and its command.

What does not fit is refused here: a printer would print nothing, or digits as text, and say so to
nobody.

Source: Epson ESC/POS Command Reference, GS k (functions A and B), GS h, GS w, GS H; GS1 General
Specifications, section 7.9 (check digit).
"""

import re

from drivers.pos_printer import Barcode
from drivers.pos_printer.escpos.limits import UnprintableError, within
from drivers.pos_printer.escpos.profile import Features

_EAN13_DIGITS = 13
_MAX_HEIGHT = 255
_MAX_DATA = 255
_MODULE_WIDTHS = range(2, 7)

_NUMBERS = {
    "upca": 65,
    "upce": 66,
    "ean13": 67,
    "ean8": 68,
    "code39": 69,
    "itf": 70,
    "codabar": 71,
    "code93": 72,
    "code128": 73,
    "gs1_128": 74,
    "gs1_databar_omnidirectional": 75,
    "gs1_databar_truncated": 76,
    "gs1_databar_limited": 77,
    "gs1_databar_expanded": 78,
}
"""The parameter m of `GS k`, function B. Function A has the first seven, counted from 0."""
_OLD_FORM = 7

_SHAPES = {
    "upca": (r"\d{11,12}", "11 or 12 digits"),
    "upce": (r"\d{6,8}|\d{11,12}", "6 to 8, 11 or 12 digits"),
    "ean8": (r"\d{7,8}", "7 or 8 digits"),
    "code39": (r"\*?[0-9A-Z $%+\-./]+\*?", "digits, capital letters and space $ % + - . /"),
    "itf": (r"(\d\d)+", "an even number of digits"),
    "codabar": (r"[A-Da-d][0-9$+\-./:]*[A-Da-d]", "digits and $ + - . / : between two of A to D"),
    "code93": (r"[\x00-\x7f]+", "ASCII characters"),
    "code128": (r"[\x00-\xff]{2,}", "two or more characters"),
    "gs1_128": (r"[\x20-\x7e]{2,}", "two or more characters"),
    "gs1_databar_omnidirectional": (r"\d{13,14}", "13 digits"),
    "gs1_databar_truncated": (r"\d{13,14}", "13 digits"),
    "gs1_databar_limited": (r"[01]\d{12,13}", "13 digits, the first 0 or 1"),
    "gs1_databar_expanded": (r"[\x20-\x7e]{2,}", "two or more characters"),
}
_DATABAR_DIGITS = 13
"""The printer adds the check digit."""


def barcode_command(element: Barcode, features: Features) -> bytes:
    """Return the commands that print a bar code at the beginning of a line.

    Raises:
        UnprintableError: The printer has no such code, or the data does not fit it.
    """
    data = _data(element)
    number = _NUMBERS[element.symbology]
    height = within("height", element.height, _MAX_HEIGHT)
    if element.module_width not in _MODULE_WIDTHS:
        raise UnprintableError(f"module_width is 2 to 6, not {element.module_width}.")
    settings = b"\x1dh" + bytes((height,)) + b"\x1dw" + bytes((element.module_width,))
    settings += b"\x1dH" + bytes((element.text_above | element.text_below << 1,))
    if features.barcode_b:
        return settings + b"\x1dk" + bytes((number, len(data))) + data
    if features.barcode_a and number - _NUMBERS["upca"] < _OLD_FORM:
        return settings + b"\x1dk" + bytes((number - _NUMBERS["upca"],)) + data + b"\x00"
    raise UnprintableError("this printer has no such bar codes. Print the digits as text.")


def _data(element: Barcode) -> bytes:
    if element.symbology == "ean13":
        return ean13(element.data).encode("ascii")
    shape, words = _SHAPES[element.symbology]
    if re.fullmatch(shape, element.data, re.ASCII | re.DOTALL) is None:
        raise UnprintableError(f"{element.symbology} takes {words}, not {element.data!r}.")
    data = element.data.encode("latin-1")
    if element.symbology == "code128" and not element.data.startswith(("{A", "{B", "{C")):
        data = b"{B" + data.replace(b"{", b"{{")
    if element.symbology.startswith("gs1_databar") and element.symbology != "gs1_databar_expanded":
        data = data[:_DATABAR_DIGITS]
    if len(data) > _MAX_DATA:
        raise UnprintableError(f"a bar code holds 255 characters, not {len(data)}.")
    return data


def ean13(data: str) -> str:
    """Return 13 digits: the check digit is added to 12, and verified in 13.

    Raises:
        UnprintableError: Not an EAN-13; the message says what would be right.
    """
    if not (data.isascii() and data.isdecimal()) or len(data) not in (12, 13):
        raise UnprintableError(f"an EAN-13 has 12 or 13 digits, {data!r} has not.")
    odd, even = (sum(map(int, data[start:12:2])) for start in (0, 1))
    whole = f"{data[:12]}{-(odd + 3 * even) % 10}"
    if len(data) == _EAN13_DIGITS and data != whole:
        raise UnprintableError(f"the check digit of {data} is wrong. It would be {whole}.")
    return whole
