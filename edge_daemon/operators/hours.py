"""Hours: who clocks in and out, who corrects what; nothing is changed, a correction is appended."""

import asyncio
import dataclasses
import datetime as dt
import sqlite3
from typing import NamedTuple

from edge_daemon.claims import Check, Claim, Right
from edge_daemon.clock import MINUTE_US
from edge_daemon.config import Configuration
from edge_daemon.errors import InvalidRequestError, NotAllowedError, NotFoundError
from edge_daemon.journal import Draft, Journal
from edge_daemon.journal.acts import Acts, Order, Spawn
from edge_daemon.operators.proofs import proof_of
from edge_daemon.operators.proving import Proven, Proving, blanked
from edge_daemon.operators.requests import ShiftView, WorkingTime, WorkingTimeRequest
from edge_daemon.operators.staff import Staff
from edge_daemon.operators.working_times import (
    EVENTS,
    TimeRow,
    find_time,
    times_between,
    working_state,
)
from edge_daemon.records.payloads import Json, OperatorEvent, OperatorEventKind

KIND = "working_times"
_DAY_US = 24 * 60 * MINUTE_US
_FOLLOWS = {
    "clock_in": ("out",),
    "clock_out": ("in", "break"),
    "break_start": ("in",),
    "break_end": ("break",),
}
_STANDS = {"in": "clocked in", "out": "not clocked in", "break": "on a break"}


class _Times(NamedTuple):
    begin_us: int
    end_us: int


class Hours:
    """The part of the operators' room that knows who works when."""

    def __init__(  # noqa: PLR0913 - what it asks, each once
        self,
        configuration: Configuration,
        journal: Journal,
        *,
        staff: Staff,
        proving: Proving,
        check: Check,
        spawn: Spawn,
    ) -> None:
        self._configuration = configuration
        self._journal = journal
        self._staff = staff
        self._proving = proving
        self._check = check
        self._acts = Acts(journal, spawn)

    async def put(
        self, resource_id: str, request: WorkingTimeRequest, body: Json
    ) -> asyncio.Task[None] | None:
        """Take a moment down, once. A wrong PIN is an answer, not an error. See `ActRoom`.

        Raises:
            InvalidRequestError: A correction does not say of what, to when and why.
            NotFoundError: There is no such workstation, or nothing to be corrected.
            NotAllowedError: It does not follow what was clocked last, or needs an approval.
            RequestConflictError: The id was used with another body.
        """
        self._configuration.workstation(request.workstation)
        _refuse_half_correction(request)
        kept = blanked(body)
        order = Order(
            verb="book_time",
            resource_kind=KIND,
            resource_id=resource_id,
            workstation=request.workstation,
            operator_id=request.operator_id,
            body=kept,
            request=kept,
        )
        if await self._acts.known(KIND, resource_id) is not None:
            return await self._acts.begin(order, _nothing_more)
        async with self._proving.turn(request.operator_id):
            proven = await self._proving.prove(request)

            def together(intent_id: str, connection: sqlite3.Connection) -> list[Draft]:
                facts = self._facts(connection, order, request, proven)
                return [*facts, order.draft(proven.outcome(intent_id))]

            return await self._acts.begin(order, _nothing_more, together=together)

    async def get(self, resource_id: str) -> WorkingTime | None:
        """A moment, a correction, or a try that was refused; None when there is none."""
        intent = await self._acts.known(KIND, resource_id)
        if intent is None:
            return None
        row = await self._journal.query(lambda c: find_time(c, resource_id))
        if row is not None:
            return _present(row)
        proof = await self._journal.query(lambda c: proof_of(c, intent.intent_id))
        done = proof is not None and proof.done
        return WorkingTime(
            id=resource_id,
            state="booked" if done else "refused",
            operator_id=proof.answer.operator_id if proof else None,
            event="correction" if done else "none",
            problem=None if proof is None else proof.answer.problem,
        )

    async def of_day(self, day: dt.date, operator_id: str | None) -> list[WorkingTime]:
        """What was clocked on a day, by the shop's own time."""
        times = self._times(day)
        rows = await self._journal.query(lambda c: times_between(c, operator_id, *times))
        return [_present(row) for row in rows]

    async def roster(self, day: dt.date) -> list[ShiftView]:
        """Who should be there on a day, and who is now."""
        shifts = self._staff.shifts(*self._times(day))
        now = self._journal.clock.now_us()
        names = {each.operator_id: each.name for each in self._staff.all(now)}

        def read(connection: sqlite3.Connection) -> list[ShiftView]:
            return [
                ShiftView(
                    operator_id=each.operator_id,
                    name=names.get(each.operator_id, each.operator_id),
                    location_id=each.location_id,
                    start=each.start,
                    end=each.end,
                    role=each.role,
                    working=working_state(connection, each.operator_id),
                )
                for each in shifts
            ]

        return await self._journal.query(read)

    def _facts(
        self,
        connection: sqlite3.Connection,
        order: Order,
        request: WorkingTimeRequest,
        proven: Proven,
    ) -> list[Draft]:
        if proven.operator is None:
            return []
        who = proven.operator.operator_id
        mine = dataclasses.replace(order, operator_id=who)
        if request.event == "correction":
            rights = self._staff.rights(proven.operator)
            return [mine.draft(self._correction(connection, mine, request, rights))]
        standing = working_state(connection, who)
        if standing not in _FOLLOWS[request.event]:
            raise NotAllowedError(
                f"{who} is {_STANDS[standing]}: {request.event} does not follow. Correct what was"
                " forgotten first."
            )
        fact = OperatorEvent(
            event=EVENTS[request.event], subject_operator_id=who, method=proven.method
        )
        return [mine.draft(fact)]

    def _correction(
        self,
        connection: sqlite3.Connection,
        order: Order,
        request: WorkingTimeRequest,
        rights: frozenset[Right],
    ) -> OperatorEvent:
        row = find_time(connection, request.corrects or "")
        if row is None:
            raise NotFoundError(f"There is no working time {request.corrects}.")
        if Right.HOURS not in rights:
            claim = Claim(
                rights=frozenset({Right.HOURS}),
                workstation=request.workstation,
                operator_id=order.operator_id,
                approval_id=request.approval_id,
                resource=(order.resource_kind, order.resource_id),
            )
            self._check(connection, claim)
        return OperatorEvent(
            event=OperatorEventKind.CORRECTION,
            subject_operator_id=row.operator_id,
            corrects_entry_id=row.entry_id,
            corrected_at=request.corrected_at,
            reason=request.reason,
        )

    def _times(self, day: dt.date) -> _Times:
        """A day of the shop, as moments; the offset is that of its noon."""
        noon = dt.datetime.combine(day, dt.time(12), dt.UTC)
        noon_us = int(noon.timestamp()) * 1_000_000
        begin = noon_us - _DAY_US // 2 - self._journal.clock.utc_offset_min(noon_us) * MINUTE_US
        begin += self._configuration.shop.day_starts_min * MINUTE_US
        return _Times(begin, begin + _DAY_US)


def _refuse_half_correction(request: WorkingTimeRequest) -> None:
    parts = (request.corrects, request.corrected_at, request.reason)
    whole = all(part is not None for part in parts)
    if request.event == "correction" and not whole:
        raise InvalidRequestError(
            "A correction says of what (`corrects`), to when (`corrected_at`) and why (`reason`).",
            "$.corrects",
        )
    if request.event != "correction" and (request.corrects or request.corrected_at is not None):
        raise InvalidRequestError("Only a correction corrects something.", "$.corrects")


def _present(row: TimeRow) -> WorkingTime:
    words = {kind: word for word, kind in EVENTS.items()}
    return WorkingTime(
        id=row.time_id,
        state="booked",
        operator_id=row.operator_id,
        event=words[OperatorEventKind(row.event)],
        occurred_at=row.at,
        corrected_by=row.corrected_by,
        reason=row.reason,
    )


async def _nothing_more(_intent_id: str) -> None:
    """The act was its entries."""
