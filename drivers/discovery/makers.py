"""Makers of shop devices, by the names and numbers under which their devices show themselves.

Source: usb.ids (linux-usb.org); the same makers stand in `systemd/99-pos-edge.rules`.
"""

import re

from drivers.pos_printer.escpos.profile import profile_names

PRINTER_VENDORS = {0x04B8: "Epson", 0x0519: "Star", 0x1504: "Bixolon", 0x1D90: "Citizen"}
SCANNER_VENDORS = {
    0x05E0: "Zebra",
    0x05F9: "Datalogic",
    0x0C2E: "Honeywell",
    0x1EAB: "Newland",
    0x2DD6: "Newland",
}

_PRINTER = re.compile(
    r"\bTM-[A-Z]+\d|\bTSP\d{3}|\bmC-Print|\bSRP-|\bCT-[SED]\d|receipt|thermal|\bPOS[- ]?\d{2}",
    re.IGNORECASE,
)
_SCANNER = re.compile(
    r"zebra|symbol|datalogic|honeywell|metrologic|newland|opticon|scanner|barcode", re.IGNORECASE
)
_SCALE = re.compile(r"mettler|toledo|scale|magellan", re.IGNORECASE)
_DISPLAY = re.compile(r"\bDM-D\d|customer.?display|pole.?display|\bBCD-|\bVFD\b", re.IGNORECASE)


def is_receipt_printer(name: str) -> bool:
    """Whether a printer of that name prints receipts; an office printer must not be proposed."""
    return _PRINTER.search(name) is not None


def kind_of(name: str) -> str | None:
    """The family that a name on a serial port speaks of; None where it says nothing."""
    for family, pattern in (
        ("line_display", _DISPLAY),
        ("scale", _SCALE),
        ("pos_printer", _PRINTER),
        ("scanner", _SCANNER),
    ):
        if pattern.search(name):
            return family
    return None


def profile_of(name: str) -> str | None:
    """The longest printer profile whose name stands in `name`: `EPSON TM-T88VI` is a TM-T88VI."""
    found = [each for each in profile_names() if _has_word(name, each)]
    return max(found, key=len, default=None)


def _has_word(name: str, word: str) -> bool:
    """Whether the word stands in the name, and not as a part of another: TM-T88VI, TM-T88VII."""
    pattern = rf"(?<![A-Za-z0-9]){re.escape(word)}(?![A-Za-z0-9])"
    return re.search(pattern, name, re.IGNORECASE) is not None
