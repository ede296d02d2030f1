"""Sign-on and working hours."""

import enum

from edge_daemon.records.payloads.payload import Payload


class OperatorEventKind(enum.StrEnum):
    """What an operator did; the last two come from the office."""

    SIGN_ON = "SignOn"
    SIGN_OFF = "SignOff"
    CLOCK_IN = "ClockIn"
    CLOCK_OUT = "ClockOut"
    BREAK_START = "BreakStart"
    BREAK_END = "BreakEnd"
    CORRECTION = "Correction"
    SHIFT_PLANNED = "ShiftPlanned"
    SHIFT_REMOVED = "ShiftRemoved"


class OperatorMethod(enum.StrEnum):
    """How somebody said who they are."""

    PIN = "PIN"
    BADGE = "Badge"
    NFC = "NFC"


class OperatorEvent(Payload, frozen=True, kw_only=True):
    """Sign-on and working hours, by badge or PIN, never the PIN itself.

    Attributes:
        subject_operator_id: Whose hours; may differ from the one who enters a correction.
        method: Absent on what the office plans.
        corrects_entry_id, corrected_at, reason: Of a `Correction`.
        shift_id, location_id, start, end: Of the roster.
    """

    event: OperatorEventKind
    subject_operator_id: str
    method: OperatorMethod | None = None
    corrects_entry_id: str | None = None
    corrected_at: int | None = None
    reason: str | None = None
    shift_id: str | None = None
    location_id: str | None = None
    start: int | None = None
    end: int | None = None
