"""A printer's state in the bits of ePOS-Print, and its trouble as a code.

A healthy Epson always sets the bits of `_ALWAYS` (an answer captured from one: 251658262). 0 and
1 mean "no answer from the printer" to the SDK, so 1 is said of a printer that is not there, and
of no other.

Source: Epson ePOS-Print XML user's manual, "Response document".
"""

from drivers.pos_printer import PrinterStatus

NO_RESPONSE = 0x00000001
PRINTED = 0x00000002
DRAWER_HIGH = 0x00000004
OFFLINE = 0x00000008
COVER_OPEN = 0x00000020
MECHANICAL_ERROR = 0x00000400
CUTTER_ERROR = 0x00000800
UNRECOVERABLE_ERROR = 0x00002000
PASSING_ERROR = 0x00004000
PAPER_NEAR_END = 0x00020000
PAPER_END = 0x00080000
_ALWAYS = 0x0F000010

_FAULTS = {
    "unrecoverable": (UNRECOVERABLE_ERROR, "EPTR_UNRECOVERABLE"),
    "cutter": (CUTTER_ERROR, "EPTR_CUTTER"),
    "mechanical": (MECHANICAL_ERROR, "EPTR_MECHANICAL"),
    "passing": (PASSING_ERROR, "EPTR_AUTOMATICAL"),
}


def status_bits(status: PrinterStatus | None, *, printed: bool = False) -> int:
    """The status word; None is a printer that cannot be reached."""
    if status is None:
        return NO_RESPONSE
    bits = _ALWAYS
    for condition, bit in (
        (printed, PRINTED),
        (status.drawer_level, DRAWER_HIGH),
        (not status.online, OFFLINE),
        (status.cover_open, COVER_OPEN),
        (status.rec_near_end, PAPER_NEAR_END),
        (status.rec_empty, PAPER_END),
    ):
        if condition:
            bits |= bit
    return bits | (_FAULTS[status.fault][0] if status.fault else 0)


def trouble_code(status: PrinterStatus | None) -> str:
    """Why nothing can be printed; `PrintSystemError` where the printer shows no reason."""
    if status is None:
        return "EX_BADPORT"
    if status.cover_open:
        return "EPTR_COVER_OPEN"
    if status.rec_empty:
        return "EPTR_REC_EMPTY"
    return _FAULTS[status.fault][1] if status.fault else "PrintSystemError"
