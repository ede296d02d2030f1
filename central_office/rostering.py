"""Who works when: the roster and corrections of clockings, as acts of the office.

An act is an entry of the office's own chain; the list of operators that a store's boxes have gets
the shift too, where such a list is kept. A repeat of the same act changes nothing.

Source: records.md 5.16.
"""

from typing import Any, NamedTuple

import msgspec

from central_office.errors import OfficeError
from central_office.master_lists import EVERY_STORE, ListKey, keep, kept_lists
from central_office.own_chain import Act, act
from central_office.sql_tables import Session, SqlTables
from edge_daemon.records.master_data import Operators, Shift
from edge_daemon.records.payloads import OperatorEvent, OperatorEventKind

_SHIFT = (
    "SELECT event, subject_operator_id, location_id, start_at, end_at FROM clockings"
    " WHERE organization = ? AND shift_id = ? ORDER BY arrival DESC, part DESC LIMIT 1"
)
_CLOCKING = (
    "SELECT subject_operator_id, store FROM clockings WHERE organization = ? AND entry_id = ?"
    " AND event IN ('ClockIn', 'ClockOut', 'BreakStart', 'BreakEnd')"
)
_LAST_CORRECTION = (
    "SELECT corrected_at, reason FROM clockings WHERE organization = ? AND corrects_entry_id = ?"
    " ORDER BY arrival DESC, part DESC LIMIT 1"
)
_KEPT = (
    "SELECT store FROM master_lists WHERE organization = ? AND name = 'operators'"
    " AND store IN (?, ?) ORDER BY store DESC"
)


class UnknownShiftError(OfficeError):
    """Raised when there is no such shift or clocking."""


class Planned(NamedTuple):
    """A shift: whose, where, and from when to when (microseconds since 1970 UTC)."""

    operator_id: str
    location_id: str
    start: int
    end: int


class By(NamedTuple):
    """Who acts, for which organization, and when (microseconds since 1970 UTC)."""

    organization: str
    name: str
    now_us: int


def shift_of(session: Session, organization: str, shift_id: str) -> Planned | None:
    """A shift as it is planned now; None where it is not, or was removed."""
    rows = session.all(_SHIFT, (organization, shift_id))
    if not rows or rows[0][0] == OperatorEventKind.SHIFT_REMOVED:
        return None
    return Planned(*rows[0][1:])


def plan_shift(session: Session, shift_id: str, shift: Planned, by: By) -> None:
    """Plan a shift, or plan it otherwise."""
    before = shift_of(session, by.organization, shift_id)
    if before != shift:
        _tell(session, OperatorEventKind.SHIFT_PLANNED, shift_id, shift, by)
        _pass_on(session, by, before, shift)


def remove_shift(session: Session, shift_id: str, by: By) -> None:
    """Take a shift from the roster; one that is gone stays so."""
    before = shift_of(session, by.organization, shift_id)
    if before is not None:
        _tell(session, OperatorEventKind.SHIFT_REMOVED, shift_id, before, by)
        _pass_on(session, by, before, None)


def store_of_clocking(session: Session, organization: str, entry_id: str) -> str:
    """Where somebody clocked.

    Raises:
        UnknownShiftError: Nobody did.
    """
    return str(_clocking(session, organization, entry_id)[1])


def correct_clocking(
    session: Session, entry_id: str, corrected_at: int, reason: str, by: By
) -> None:
    """Say when a clocking should have been; what was first said stays beside it.

    Raises:
        UnknownShiftError: There is no such clocking.
    """
    operator_id, _ = _clocking(session, by.organization, entry_id)
    if session.all(_LAST_CORRECTION, (by.organization, entry_id)) == [(corrected_at, reason)]:
        return
    event = OperatorEvent(
        event=OperatorEventKind.CORRECTION,
        subject_operator_id=operator_id,
        corrects_entry_id=entry_id,
        corrected_at=corrected_at,
        reason=reason,
    )
    act(SqlTables(session), by.organization, [Act(event, by.name)], by.now_us)


def _clocking(session: Session, organization: str, entry_id: str) -> tuple[Any, ...]:
    rows = session.all(_CLOCKING, (organization, entry_id))
    if not rows:
        raise UnknownShiftError(f"Nobody clocked by the entry {entry_id!r}.")
    return rows[0]


def _tell(session: Session, kind: OperatorEventKind, shift_id: str, shift: Planned, by: By) -> None:
    event = OperatorEvent(
        event=kind,
        subject_operator_id=shift.operator_id,
        shift_id=shift_id,
        location_id=shift.location_id,
        start=shift.start,
        end=shift.end,
    )
    act(SqlTables(session), by.organization, [Act(event, by.name)], by.now_us)


def _pass_on(session: Session, by: By, before: Planned | None, after: Planned | None) -> None:
    """Bring the shops' lists up to date: the one where it was, and the one where it is."""
    places = {shift.location_id for shift in (before, after) if shift is not None}
    keys = {_list_of(session, by.organization, place) for place in places}
    for key in sorted(key for key in keys if key is not None):
        kept: Operators = kept_lists(session.all, key)
        shifts = [shift for shift in kept.shifts if before is None or not _is(shift, before)]
        if after is not None and _list_of(session, by.organization, after.location_id) == key:
            shifts.append(_row(after))
        changed = msgspec.structs.replace(kept, shifts=tuple(shifts))
        keep(session, key, changed, by.now_us // 1000)


def _list_of(session: Session, organization: str, store: str) -> ListKey | None:
    rows = session.all(_KEPT, (organization, store, EVERY_STORE))
    return ListKey(organization, rows[0][0], "operators") if rows else None


def _is(shift: Shift, planned: Planned) -> bool:
    return (shift.operator_id, shift.start) == (planned.operator_id, planned.start)


def _row(shift: Planned) -> Shift:
    return Shift(
        operator_id=shift.operator_id,
        location_id=shift.location_id,
        start=shift.start,
        end=shift.end,
    )
