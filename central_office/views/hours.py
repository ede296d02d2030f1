"""Hours: planned and worked, from clockings as they were made and as they were corrected."""

import itertools
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import msgspec

from central_office.reading import Reader
from central_office.views.paging import Scope
from edge_daemon.records.payloads import OperatorEventKind as Kind

_COLUMNS = (
    "SELECT subject_operator_id, occurred_at, event, store, business_day_date, entry_id,"
    " corrects_entry_id, corrected_at, shift_id, location_id, start_at, end_at FROM clockings"
    " WHERE organization = ? AND "
)
_ORDER = " ORDER BY arrival, part"
_CLOCKED = f"{_COLUMNS}store = ? AND business_day_date BETWEEN ? AND ?{_ORDER}"
_CORRECTED = f"{_COLUMNS}corrects_entry_id = ?{_ORDER}"
_PLANNED = f"{_COLUMNS}location_id = ? AND start_at BETWEEN ? AND ?{_ORDER}"
_SHIFT = f"{_COLUMNS}shift_id = ?{_ORDER}"
_STARTS = {Kind.CLOCK_IN, Kind.BREAK_END}
_CLOCKINGS = {*_STARTS, Kind.CLOCK_OUT, Kind.BREAK_START}
FIRST_MOMENT, LAST_MOMENT = -(2**63), 2**63 - 1


class WorkedHours(msgspec.Struct, frozen=True, kw_only=True):
    """One person's day in one store.

    Attributes:
        worked_us: Without breaks; what has not ended yet counts nothing.
        is_open: Somebody forgot to clock out, or is still there.
    """

    subject_operator_id: str
    business_day_date: str
    store: str
    worked_us: int
    is_open: bool


class PlannedShift(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the roster that was not removed."""

    subject_operator_id: str
    location_id: str
    start_at: int
    end_at: int


class Clocking(NamedTuple):
    """One row of `clockings`."""

    subject_operator_id: str
    occurred_at: int
    event: str
    store: str
    business_day_date: str
    entry_id: str
    corrects_entry_id: str | None
    corrected_at: int | None
    shift_id: str | None
    location_id: str | None
    start_at: int | None
    end_at: int | None


def hours(read: Reader, scope: Scope) -> list[WorkedHours]:
    """What was worked, by person, day and store."""
    found: list[Clocking] = []
    for store in scope.named(read):
        key = (scope.organization, store, scope.first_day, scope.last_day)
        found += [Clocking(*row) for row in read(_CLOCKED, key)]
    for row in [one for one in found if one.event in _CLOCKINGS]:
        entry = (scope.organization, row.entry_id)
        found += [Clocking(*one) for one in read(_CORRECTED, entry)]
    return worked_hours(found)


def roster(
    read: Reader, scope: Scope, first_us: int = FIRST_MOMENT, last_us: int = LAST_MOMENT
) -> list[PlannedShift]:
    """The shifts that begin between two moments."""
    found: list[Clocking] = []
    for store in scope.named(read):
        rows = list(read(_PLANNED, (scope.organization, store, first_us, last_us)))
        for shift_id in sorted({Clocking(*row).shift_id or "" for row in rows}):
            found += [Clocking(*row) for row in read(_SHIFT, (scope.organization, shift_id))]
    return planned_shifts(found)


def worked_hours(rows: Iterable[Clocking]) -> list[WorkedHours]:
    """Pair clockings, after their corrections; the last correction of a clocking holds."""
    kept = list(rows)
    corrections = {
        row.corrects_entry_id: row.corrected_at for row in kept if row.event == Kind.CORRECTION
    }
    clocked = sorted(
        (
            row._replace(occurred_at=_at(corrections.get(row.entry_id), row.occurred_at))
            for row in kept
            if row.event in _CLOCKINGS
        ),
        key=lambda row: (
            row.subject_operator_id,
            row.business_day_date,
            row.store,
            row.occurred_at,
        ),
    )
    days = itertools.groupby(clocked, _person_day)
    return [_day(key, list(group)) for key, group in days]


def _person_day(row: Clocking) -> tuple[str, str, str]:
    return row.subject_operator_id, row.business_day_date, row.store


def _at(corrected: int | None, occurred: int) -> int:
    return occurred if corrected is None else corrected


def _day(key: tuple[str, str, str], clocked: Sequence[Clocking]) -> WorkedHours:
    worked, since = 0, None
    for row in clocked:
        if row.event in _STARTS:
            since = row.occurred_at if since is None else since
        elif since is not None:
            worked, since = worked + row.occurred_at - since, None
    person, day, store = key
    return WorkedHours(
        subject_operator_id=person,
        business_day_date=day,
        store=store,
        worked_us=worked,
        is_open=clocked[-1].event != Kind.CLOCK_OUT,
    )


def planned_shifts(rows: Iterable[Clocking]) -> list[PlannedShift]:
    """The roster: the last word on each shift holds."""
    shifts: dict[Any, Clocking] = {}
    for row in rows:
        if row.event in (Kind.SHIFT_PLANNED, Kind.SHIFT_REMOVED):
            shifts[row.shift_id or row.entry_id] = row
    return [
        PlannedShift(
            subject_operator_id=row.subject_operator_id,
            location_id=row.location_id or "",
            start_at=row.start_at or 0,
            end_at=row.end_at or 0,
        )
        for row in shifts.values()
        if row.event == Kind.SHIFT_PLANNED
    ]
