"""Hours: planned and worked, from clockings as they were made and as they were corrected.

A shift counts for the day on which it began, also where it ends after midnight, and where somebody
forgot to clock out, did so days later and had it corrected. So a scope of days is read with some
days around it.
"""

import datetime as dt
import itertools
from collections.abc import Iterable, Iterator
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
_CORRECTED = f"{_COLUMNS}corrects_entry_id IN ({{}}){_ORDER}"
_LEFT_LATE = (
    f"{_COLUMNS}store = ? AND business_day_date BETWEEN ? AND ? AND event = 'ClockOut'"  # noqa: S608 - constants
    " AND EXISTS (SELECT 1 FROM clockings AS later WHERE later.organization ="
    f" clockings.organization AND later.corrects_entry_id = clockings.entry_id){_ORDER}"
)
_PLANNED = f"{_COLUMNS}location_id = ? AND start_at BETWEEN ? AND ?{_ORDER}"
_SHIFT = f"{_COLUMNS}shift_id = ?{_ORDER}"
_STARTS = {Kind.CLOCK_IN, Kind.BREAK_END}
_CLOCKINGS = {*_STARTS, Kind.CLOCK_OUT, Kind.BREAK_START}
FIRST_MOMENT, LAST_MOMENT = -(2**63), 2**63 - 1
LONGEST_US = 24 * 3_600_000_000
"""Who clocks out later than this had forgotten it: that is no shift until it is corrected."""
FORGOTTEN_DAYS = 31
"""So many days later somebody may come back, clock out and have it corrected."""
_AT_ONCE = 500
"""Corrections that are asked for by one query."""


class WorkedHours(msgspec.Struct, frozen=True, kw_only=True):
    """One person's day in one store; a shift counts for the day on which it began.

    Attributes:
        worked_us: Without breaks; what has not ended yet, or not within a day, counts nothing.
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
    first, last = _days_from(scope.first_day, -1), _days_from(scope.last_day, 1)
    late = _days_from(scope.last_day, 2), _days_from(scope.last_day, FORGOTTEN_DAYS)
    for store in scope.named(read):
        place = (scope.organization, store)
        found += [Clocking(*row) for row in read(_CLOCKED, (*place, first, last))]
        if last < late[0]:
            found += [Clocking(*row) for row in read(_LEFT_LATE, (*place, *late))]
    ids = [row.entry_id for row in found if row.event in _CLOCKINGS]
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        sql = _CORRECTED.format(", ".join("?" * len(some)))
        found += [Clocking(*row) for row in read(sql, (scope.organization, *some))]
    return [
        row
        for row in worked_hours(found)
        if scope.first_day <= row.business_day_date <= scope.last_day
    ]


def _days_from(day: str, days: int) -> str:
    """So many days later; the same where the scope has no such day."""
    try:
        return (dt.date.fromisoformat(day) + dt.timedelta(days=days)).isoformat()
    except (ValueError, OverflowError):
        return day


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
        key=lambda row: (row.subject_operator_id, row.store, row.occurred_at),
    )
    people = itertools.groupby(clocked, lambda row: (row.subject_operator_id, row.store))
    days = [row for (person, store), rows in people for row in _days(person, store, rows)]
    return sorted(days, key=lambda row: (row.subject_operator_id, row.business_day_date, row.store))


def _at(corrected: int | None, occurred: int) -> int:
    return occurred if corrected is None else corrected


class _Shift:
    """Somebody's shift, clocking by clocking.

    Attributes:
        day: On which it began.
    """

    def __init__(self, first: Clocking) -> None:
        self.day = first.business_day_date
        self.worked = 0
        self.ended = False
        self._begun = first.occurred_at
        self._since: int | None = None

    def goes_on(self, row: Clocking) -> bool:
        """Whether a clocking is of this shift."""
        comes_again = row.event == Kind.CLOCK_IN and row.business_day_date != self.day
        too_late = row.occurred_at - self._begun > LONGEST_US
        return not (self.ended or comes_again or too_late)

    def take(self, row: Clocking) -> None:
        """Take a clocking in."""
        if row.event in _STARTS:
            self._since = row.occurred_at if self._since is None else self._since
        elif self._since is not None:
            self.worked, self._since = self.worked + row.occurred_at - self._since, None
        self.ended = row.event == Kind.CLOCK_OUT


def _days(person: str, store: str, clocked: Iterable[Clocking]) -> Iterator[WorkedHours]:
    """Somebody's days in a store; their clockings in the order of their moments."""
    shifts: list[_Shift] = []
    for row in clocked:
        if not shifts or not shifts[-1].goes_on(row):
            shifts.append(_Shift(row))
        shifts[-1].take(row)
    of_day: dict[str, list[_Shift]] = {}
    for shift in shifts:
        of_day.setdefault(shift.day, []).append(shift)
    for day, some in of_day.items():
        yield WorkedHours(
            subject_operator_id=person,
            business_day_date=day,
            store=store,
            worked_us=sum(shift.worked for shift in some),
            is_open=not some[-1].ended,
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
