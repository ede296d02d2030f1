"""What a device's events mean: for its state, for the clerk, for the registers' live stream.

Whatever is not named here reaches only the rooms: a result that may hold a receipt's text is
never published.
"""

from typing import Any, NamedTuple

import msgspec

from drivers.cash_drawer import DrawerClosed, DrawerOpened
from drivers.payment_terminal import (
    DisplayText,
    MaintenanceChanged,
    NonPaymentCard,
    PhaseChanged,
    SignatureRequired,
    TerminalState,
    TerminalStatus,
)
from drivers.payment_terminal import TerminalStatusChanged as TerminalChanged
from drivers.pos_printer import PrinterStatus
from drivers.pos_printer import StatusChanged as PrinterChanged
from drivers.scale import Weighing, WeightStatus
from drivers.scanner import Scan

Published = (
    Scan
    | Weighing
    | DrawerOpened
    | DrawerClosed
    | PhaseChanged
    | DisplayText
    | SignatureRequired
    | NonPaymentCard
    | MaintenanceChanged
)
"""Events that every register hears, under the name that their tag gives them."""


class Said(NamedTuple):
    """What a device says about itself: JSON values, and what the clerk has to do."""

    detail: dict[str, Any] | None
    reason: str | None = None


def published(event: object) -> tuple[str, dict[str, Any]] | None:
    """The event's type and data on the live stream, or None when it is not for everybody."""
    if not isinstance(event, Published):
        return None
    data: dict[str, Any] = msgspec.to_builtins(event)
    return data.pop("type"), data


def said(event: object) -> Said | None:
    """What the event tells about the device's state, or None when it tells nothing."""
    match event:
        case PrinterChanged(status):
            return _printer_said(status)
        case DrawerOpened() | DrawerClosed():
            return Said({"drawer_opened": isinstance(event, DrawerOpened)})
        case TerminalChanged(status):
            return _terminal_said(status)
        case Weighing(status=status):
            return _scale_said(status)
        case _:
            return None


async def said_at_first(device: object) -> Said:
    """What a device that was just opened tells about itself.

    Raises:
        DeviceError: It is gone already.
    """
    match getattr(device, "status", None):
        case PrinterStatus() as status:
            return _printer_said(status)
        case TerminalStatus() as status:
            return _terminal_said(status)
    match getattr(device, "weighing", None):
        case Weighing(status=weight_status):
            return _scale_said(weight_status)
    if hasattr(device, "drawer_opened"):
        drawer_opened = await device.drawer_opened()
        return Said(None if drawer_opened is None else {"drawer_opened": drawer_opened})
    return Said(None)


def _printer_said(status: PrinterStatus) -> Said:
    """The status, and what has to be done before it prints."""
    reason = status.error
    if status.cover_open:
        reason = "Close the printer cover."
    elif status.rec_empty:
        reason = "Put a new paper roll into the printer."
    elif status.rec_near_end and reason is None:
        reason = "The paper roll is nearly used up."
    return Said(msgspec.to_builtins(status), reason)


def _scale_said(status: WeightStatus) -> Said:
    """Only what asks for a hand: the weight itself is news, and no state of the scale."""
    return Said(None, _SCALE_REASONS.get(status))


_SCALE_REASONS = {
    WeightStatus.OVERWEIGHT: "Too much lies on the scale. Take something off.",
    WeightStatus.UNDER_ZERO: "Take everything off the scale and press its zero key.",
}


def _terminal_said(status: TerminalStatus) -> Said:
    usable = status.state in (TerminalState.IDLE, TerminalState.BUSY)
    return Said(msgspec.to_builtins(status), None if usable else status.message or None)
