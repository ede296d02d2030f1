"""The roster and corrections of clockings; both are listed by `/v1/views/roster` and `hours`."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any

import msgspec
from litestar import Request, post, put
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from central_office.access.callers import OfficeCaller
from central_office.access.rights import Right
from central_office.api.parts import OfficeParts
from central_office.api.refusals import NotFoundError, RequestError
from central_office.api.scoping import caller_of, sees
from central_office.rostering import (
    By,
    Planned,
    UnknownShiftError,
    correct_clocking,
    plan_shift,
    remove_shift,
    shift_of,
    store_of_clocking,
)
from central_office.sql_tables import Session
from edge_daemon.web import Body, StrictBody, documented, needs

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern=r"^[^\x00]+$")]
Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=r"^[^\x00]+$")]
Moment = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]


class ShiftRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who is to work where, from when to when; microseconds since 1970 UTC."""

    operator_id: Text
    location_id: Text
    start: Moment
    end: Moment


class CorrectionRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When somebody really came or went (microseconds since 1970 UTC), and why they say so now."""

    corrected_at: Moment
    reason: Reason


def roster_routes(parts: OfficeParts) -> Sequence[ControllerRouterHandler]:
    """The routes."""

    @put(
        "/v1/shifts/{shift_id:str}",
        dto=StrictBody[ShiftRequest],
        responses=documented(404, 413, 415),
        opt=needs(Right.ROSTER),
    )
    async def put_shift(
        request: Request[Any, Any, Any], shift_id: FromPath[str], data: Body[ShiftRequest]
    ) -> ShiftRequest:
        """Plan a shift, or plan it otherwise; the shop's boxes hear of it."""
        caller, asked = caller_of(request), data.request
        if "\0" in shift_id or asked.end <= asked.start:
            raise RequestError("A shift ends after it has begun.", "$.end")
        _refuse_elsewhere(caller, asked.location_id)
        shift = Planned(asked.operator_id, asked.location_id, asked.start, asked.end)
        by = By(caller.organization, caller.name, parts.now_us())

        def plan(session: Session) -> None:
            _refuse_other(session, caller, shift_id)
            plan_shift(session, shift_id, shift, by)

        await parts.books.write(plan)
        return asked

    @post(
        "/v1/shifts/{shift_id:str}/remove",
        status_code=204,
        responses=documented(404),
        opt=needs(Right.ROSTER),
    )
    async def delete_shift(request: Request[Any, Any, Any], shift_id: FromPath[str]) -> None:
        """Take a shift from the roster."""
        caller = caller_of(request)
        by = By(caller.organization, caller.name, parts.now_us())

        def remove(session: Session) -> None:
            _refuse_other(session, caller, shift_id)
            remove_shift(session, shift_id, by)

        await parts.books.write(remove)

    return [put_shift, delete_shift, _correcting(parts)]


def _correcting(parts: OfficeParts) -> ControllerRouterHandler:
    @put(
        "/v1/clockings/{entry_id:str}/correction",
        dto=StrictBody[CorrectionRequest],
        responses=documented(404, 413, 415),
        opt=needs(Right.ROSTER),
    )
    async def put_correction(
        request: Request[Any, Any, Any], entry_id: FromPath[str], data: Body[CorrectionRequest]
    ) -> CorrectionRequest:
        """Say when a clocking should have been; what was first said stays beside it."""
        caller, asked = caller_of(request), data.request
        by = By(caller.organization, caller.name, parts.now_us())

        def correct(session: Session) -> None:
            _refuse_elsewhere(caller, store_of_clocking(session, caller.organization, entry_id))
            correct_clocking(session, entry_id, asked.corrected_at, asked.reason, by)

        await parts.note(request, "clocking_corrected", entry_id)
        await parts.books.write(_telling(correct))
        return asked

    return put_correction


def _telling(act: Callable[[Session], None]) -> Callable[[Session], None]:
    def told(session: Session) -> None:
        try:
            act(session)
        except UnknownShiftError as error:
            raise NotFoundError(str(error)) from error

    return told


def _refuse_other(session: Session, caller: OfficeCaller, shift_id: str) -> None:
    before = shift_of(session, caller.organization, shift_id)
    if before is not None:
        _refuse_elsewhere(caller, before.location_id)


def _refuse_elsewhere(caller: OfficeCaller, store: str) -> None:
    if not sees(caller, store):
        raise NotFoundError(f"There is no store {store!r}, or none that you may see.")
