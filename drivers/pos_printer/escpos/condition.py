"""What a printer's condition means: for a register, for a clerk, for the next job."""

from typing import Literal

from drivers.pos_printer import PrinterStatus
from drivers.wire.escpos_status import PrinterCondition, PrinterFault

_FAULTS: dict[PrinterFault, str] = {
    PrinterFault.UNRECOVERABLE: "The printer is out of order. Switch it off and on again.",
    PrinterFault.CUTTER: "The cutter is jammed. Open the cover and remove the jammed paper.",
    PrinterFault.MECHANICAL: "The printer reports a fault. Look for jammed paper.",
    PrinterFault.PAUSE: "The print head is too hot. It goes on by itself.",
}
"""What the clerk is told, the worst first."""
_FAULT_WORDS: dict[PrinterFault, Literal["unrecoverable", "cutter", "mechanical", "passing"]] = {
    PrinterFault.UNRECOVERABLE: "unrecoverable",
    PrinterFault.CUTTER: "cutter",
    PrinterFault.MECHANICAL: "mechanical",
    PrinterFault.PAUSE: "passing",
}
"""What programs are told."""


def status_of(condition: PrinterCondition) -> PrinterStatus:
    """Say what a condition means in the family's words."""
    return PrinterStatus(
        online=condition.online,
        cover_open=condition.cover_open,
        rec_empty=condition.rec_empty,
        rec_near_end=condition.rec_near_end,
        drawer_level=condition.drawer_level,
        error=_fault_message(condition.fault),
        fault=next(
            (word for fault, word in _FAULT_WORDS.items() if fault in condition.fault), None
        ),
    )


def obstacle(condition: PrinterCondition) -> str | None:
    """Say what a hand has to do before anything can be printed; None when nothing."""
    if condition.cover_open:
        return "Close the printer cover."
    if condition.rec_empty:
        return "Put a new paper roll into the printer."
    return _fault_message(condition.fault & ~PrinterFault.PAUSE)


def recoverable(condition: PrinterCondition) -> bool:
    """Say whether the printer may come out of its error state when told to."""
    by_hand = PrinterFault.CUTTER | PrinterFault.MECHANICAL
    return bool(condition.fault & by_hand) and PrinterFault.UNRECOVERABLE not in condition.fault


def _fault_message(faults: PrinterFault) -> str | None:
    return next((text for fault, text in _FAULTS.items() if fault in faults), None)
