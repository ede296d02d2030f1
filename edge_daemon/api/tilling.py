"""The till's day: shifts, money brought and taken, counts, X and Z."""

from collections.abc import Sequence
from typing import Annotated

import msgspec
from litestar import Response, get, put
from litestar.params import QueryParameter
from litestar.types import ControllerRouterHandler

from edge_daemon.api.acts import (
    WAIT_SECONDS,
    ResourceId,
    Wait,
    acting,
    answer,
    checked_id,
    get_act,
    put_act,
    wait_for,
)
from edge_daemon.errors import NotFoundError
from edge_daemon.printing import PrintJob
from edge_daemon.scopes import Scope
from edge_daemon.tills import (
    Money,
    MoneyMovement,
    MoneyMovementRequest,
    PeriodReportRequest,
    PeriodReportState,
    ReportCopyRequest,
    Reports,
    TillChangeRequest,
    TillCounted,
    TillCountRequest,
    TillOpeningRequest,
    Tills,
    TillSessionState,
)
from edge_daemon.web import Body, StrictBody, documented, needs

_WHO = needs(Scope.TILL)
_READERS = needs(Scope.TILL, Scope.READ)
Limit = Annotated[int, QueryParameter(ge=1, le=100, description="So many at most.")]
OfWorkstation = Annotated[str | None, QueryParameter(description="Only of this register.")]
_SESSION = "/v1/till-sessions/{resource_id:str}"
_REPORT = "/v1/period-reports/{resource_id:str}"


class TillSessionList(msgspec.Struct, frozen=True):
    """Shifts as they stand, the newest first."""

    sessions: tuple[TillSessionState, ...]


class PeriodReportList(msgspec.Struct, frozen=True):
    """Reports, the newest first."""

    reports: tuple[PeriodReportState, ...]


def till_routes(tills: Tills, money: Money, reports: Reports) -> Sequence[ControllerRouterHandler]:
    """The till's day."""
    return [
        *_session_routes(tills),
        *_change_routes(tills),
        *_money_routes(money),
        *_count_routes(money),
        *_report_routes(reports),
        *_report_copy_routes(reports),
    ]


def _session_routes(tills: Tills) -> Sequence[ControllerRouterHandler]:
    @put(
        _SESSION,
        dto=StrictBody[TillOpeningRequest],
        responses=acting(TillSessionState),
        opt=_WHO,
    )
    async def put_till_session(
        resource_id: ResourceId, data: Body[TillOpeningRequest], wait: Wait = WAIT_SECONDS
    ) -> Response[TillSessionState]:
        """Open a till with its float."""
        return await put_act(tills, resource_id, data, wait, f"/v1/till-sessions/{resource_id}")

    @get(_SESSION, responses=documented(404), opt=_READERS)
    async def get_till_session(resource_id: ResourceId) -> TillSessionState:
        """How a shift stands: what should be in the drawer, and what was counted."""
        return await get_act(tills, resource_id)

    @get("/v1/till-sessions", responses=documented(), opt=_READERS)
    async def list_till_sessions(limit: Limit = 20) -> TillSessionList:
        """The newest shifts, the newest first."""
        return TillSessionList(tuple(await tills.last(limit)))

    return [put_till_session, get_till_session, list_till_sessions]


def _change_routes(tills: Tills) -> Sequence[ControllerRouterHandler]:
    @put(
        f"{_SESSION}/changes/{{change_id:str}}",
        dto=StrictBody[TillChangeRequest],
        responses=acting(TillSessionState),
        opt=_WHO,
    )
    async def put_till_change(
        resource_id: ResourceId,
        change_id: ResourceId,
        data: Body[TillChangeRequest],
        wait: Wait = WAIT_SECONDS,
    ) -> Response[TillSessionState]:
        """Suspend, resume or close a till. It is closed when it is counted."""
        session, change = checked_id(resource_id), checked_id(change_id, "change_id")
        await wait_for(await tills.put_change(session, change, data.request, data.json), wait)
        return answer(await get_act(tills, session), f"/v1/till-sessions/{session}")

    return [put_till_change]


def _money_routes(money: Money) -> Sequence[ControllerRouterHandler]:
    path = f"{_SESSION}/movements/{{movement_id:str}}"

    async def find(movement_id: str) -> MoneyMovement:
        found = await money.movement(movement_id)
        if found is None:
            raise NotFoundError(f"No money was moved under the id {movement_id}.")
        return found

    @put(
        path,
        dto=StrictBody[MoneyMovementRequest],
        responses=acting(MoneyMovement),
        opt=_WHO,
    )
    async def put_movement(
        resource_id: ResourceId,
        movement_id: ResourceId,
        data: Body[MoneyMovementRequest],
        wait: Wait = WAIT_SECONDS,
    ) -> Response[MoneyMovement]:
        """Bring money to the drawer, or take some away, and say why."""
        session, movement = checked_id(resource_id), checked_id(movement_id, "movement_id")
        await wait_for(await money.put_movement(session, movement, data.request, data.json), wait)
        location = f"/v1/till-sessions/{session}/movements/{movement}"
        return answer(await find(movement), location)

    @get(path, responses=documented(404), opt=_READERS)
    async def get_movement(resource_id: ResourceId, movement_id: ResourceId) -> MoneyMovement:
        """How a movement of money stands."""
        checked_id(resource_id)
        return await find(checked_id(movement_id, "movement_id"))

    return [put_movement, get_movement]


def _count_routes(money: Money) -> Sequence[ControllerRouterHandler]:
    path = f"{_SESSION}/counts/{{count_id:str}}"

    async def find(count_id: str) -> TillCounted:
        found = await money.count(count_id)
        if found is None:
            raise NotFoundError(f"Nothing was counted under the id {count_id}.")
        return found

    @put(path, dto=StrictBody[TillCountRequest], responses=acting(TillCounted), opt=_WHO)
    async def put_count(
        resource_id: ResourceId,
        count_id: ResourceId,
        data: Body[TillCountRequest],
        wait: Wait = WAIT_SECONDS,
    ) -> Response[TillCounted]:
        """Take down what was counted, and learn what should have been there."""
        session, count = checked_id(resource_id), checked_id(count_id, "count_id")
        await wait_for(await money.put_count(session, count, data.request, data.json), wait)
        return answer(await find(count), f"/v1/till-sessions/{session}/counts/{count}")

    @get(path, responses=documented(404), opt=_READERS)
    async def get_count(resource_id: ResourceId, count_id: ResourceId) -> TillCounted:
        """What was counted."""
        checked_id(resource_id)
        return await find(checked_id(count_id, "count_id"))

    return [put_count, get_count]


def _report_routes(reports: Reports) -> Sequence[ControllerRouterHandler]:
    @put(
        _REPORT,
        dto=StrictBody[PeriodReportRequest],
        responses=acting(PeriodReportState),
        opt=_WHO,
    )
    async def put_period_report(
        resource_id: ResourceId, data: Body[PeriodReportRequest], wait: Wait = WAIT_SECONDS
    ) -> Response[PeriodReportState]:
        """Make an X, which changes nothing, or a Z, which ends the period."""
        return await put_act(reports, resource_id, data, wait, f"/v1/period-reports/{resource_id}")

    @get(_REPORT, responses=documented(404), opt=_READERS)
    async def get_period_report(resource_id: ResourceId) -> PeriodReportState:
        """A report with all its figures."""
        return await get_act(reports, resource_id)

    @get("/v1/period-reports", responses=documented(), opt=_READERS)
    async def list_period_reports(
        workstation: OfWorkstation = None, limit: Limit = 20
    ) -> PeriodReportList:
        """The newest reports, the newest first."""
        return PeriodReportList(tuple(await reports.last(workstation, limit)))

    return [put_period_report, get_period_report, list_period_reports]


def _report_copy_routes(reports: Reports) -> Sequence[ControllerRouterHandler]:
    path = f"{_REPORT}/copies/{{copy_id:str}}"

    async def find(copy_id: str) -> PrintJob:
        job = await reports.copy(copy_id)
        if job is None:
            raise NotFoundError(f"No copy was asked for under the id {copy_id}.")
        return job

    @put(path, dto=StrictBody[ReportCopyRequest], responses=acting(PrintJob), opt=_WHO)
    async def put_report_copy(
        resource_id: ResourceId,
        copy_id: ResourceId,
        data: Body[ReportCopyRequest],
        wait: Wait = WAIT_SECONDS,
    ) -> Response[PrintJob]:
        """Print a report again, marked as a copy."""
        report, copy = checked_id(resource_id), checked_id(copy_id, "copy_id")
        await wait_for(await reports.put_copy(report, copy, data.request, data.json), wait)
        return answer(await find(copy), f"/v1/period-reports/{report}/copies/{copy}")

    @get(path, responses=documented(404), opt=_READERS)
    async def get_report_copy(resource_id: ResourceId, copy_id: ResourceId) -> PrintJob:
        """How a copy stands."""
        checked_id(resource_id)
        return await find(checked_id(copy_id, "copy_id"))

    return [put_report_copy, get_report_copy]
