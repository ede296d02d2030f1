"""People at registers: who is signed on, what a manager approves, who works when."""

import datetime as dt
from collections.abc import Sequence
from typing import Annotated

import msgspec
from litestar import Response, get, put
from litestar.params import QueryParameter
from litestar.types import ControllerRouterHandler

from edge_daemon.api.acts import (
    WAIT_SECONDS,
    BoundRoom,
    ResourceId,
    Wait,
    acting,
    get_act,
    put_act,
)
from edge_daemon.clock import Clock
from edge_daemon.operators import (
    Approval,
    ApprovalRequest,
    Hours,
    Operators,
    OperatorView,
    ShiftView,
    SignOff,
    SignOffRequest,
    SignOn,
    SignOnRequest,
    WorkingTime,
    WorkingTimeRequest,
)
from edge_daemon.scopes import Scope
from edge_daemon.web import Body, StrictBody, documented, needs

_WHO = needs(Scope.TILL)
_READERS = needs(Scope.TILL, Scope.READ)
Day = Annotated[
    dt.date | None, QueryParameter(description="The shop's own day; today where absent.")
]
OfOperator = Annotated[str | None, QueryParameter(description="Only of this operator.")]


class OperatorList(msgspec.Struct, frozen=True):
    """Everybody who may use the registers, by name."""

    operators: tuple[OperatorView, ...]


class Roster(msgspec.Struct, frozen=True):
    """The shifts of a day, by their start."""

    day: str
    shifts: tuple[ShiftView, ...]


class WorkingTimeList(msgspec.Struct, frozen=True):
    """What was clocked on a day, in its order."""

    day: str
    working_times: tuple[WorkingTime, ...]


def staff_routes(
    operators: Operators, hours: Hours, clock: Clock
) -> Sequence[ControllerRouterHandler]:
    """People."""
    return [
        *_sign_on_routes(operators),
        *_approval_routes(operators),
        *_hours_routes(hours, clock),
        *_list_routes(operators, hours, clock),
    ]


def _sign_on_routes(operators: Operators) -> Sequence[ControllerRouterHandler]:
    ons = BoundRoom(operators.put_sign_on, operators.sign_on)
    offs = BoundRoom(operators.put_sign_off, operators.sign_off)

    @put(
        "/v1/sign-ons/{resource_id:str}",
        dto=StrictBody[SignOnRequest],
        responses=acting(SignOn),
        opt=_WHO,
    )
    async def put_sign_on(
        resource_id: ResourceId, data: Body[SignOnRequest], wait: Wait = WAIT_SECONDS
    ) -> Response[SignOn]:
        """Sign on with PIN or badge; who was there before is signed off."""
        return await put_act(ons, resource_id, data, wait, f"/v1/sign-ons/{resource_id}")

    @get("/v1/sign-ons/{resource_id:str}", responses=documented(404), opt=_READERS)
    async def get_sign_on(resource_id: ResourceId) -> SignOn:
        """How a try to sign on ended."""
        return await get_act(ons, resource_id)

    @put(
        "/v1/sign-offs/{resource_id:str}",
        dto=StrictBody[SignOffRequest],
        responses=acting(SignOff),
        opt=_WHO,
    )
    async def put_sign_off(
        resource_id: ResourceId, data: Body[SignOffRequest], wait: Wait = WAIT_SECONDS
    ) -> Response[SignOff]:
        """Sign whoever is at a register off."""
        return await put_act(offs, resource_id, data, wait, f"/v1/sign-offs/{resource_id}")

    @get("/v1/sign-offs/{resource_id:str}", responses=documented(404), opt=_READERS)
    async def get_sign_off(resource_id: ResourceId) -> SignOff:
        """A sign-off."""
        return await get_act(offs, resource_id)

    return [put_sign_on, get_sign_on, put_sign_off, get_sign_off]


def _approval_routes(operators: Operators) -> Sequence[ControllerRouterHandler]:
    approvals = BoundRoom(operators.put_approval, operators.approval)

    @put(
        "/v1/approvals/{resource_id:str}",
        dto=StrictBody[ApprovalRequest],
        responses=acting(Approval),
        opt=_WHO,
    )
    async def put_approval(
        resource_id: ResourceId, data: Body[ApprovalRequest], wait: Wait = WAIT_SECONDS
    ) -> Response[Approval]:
        """Let a manager approve one act, with PIN or badge; name the id in that act."""
        return await put_act(approvals, resource_id, data, wait, f"/v1/approvals/{resource_id}")

    @get("/v1/approvals/{resource_id:str}", responses=documented(404), opt=_READERS)
    async def get_approval(resource_id: ResourceId) -> Approval:
        """Whether an approval is there, used or refused."""
        return await get_act(approvals, resource_id)

    return [put_approval, get_approval]


def _hours_routes(hours: Hours, clock: Clock) -> Sequence[ControllerRouterHandler]:
    @put(
        "/v1/working-times/{resource_id:str}",
        dto=StrictBody[WorkingTimeRequest],
        responses=acting(WorkingTime),
        opt=_WHO,
    )
    async def put_working_time(
        resource_id: ResourceId, data: Body[WorkingTimeRequest], wait: Wait = WAIT_SECONDS
    ) -> Response[WorkingTime]:
        """Clock in or out, begin or end a break, or correct an earlier moment."""
        return await put_act(hours, resource_id, data, wait, f"/v1/working-times/{resource_id}")

    @get("/v1/working-times/{resource_id:str}", responses=documented(404), opt=_READERS)
    async def get_working_time(resource_id: ResourceId) -> WorkingTime:
        """One moment of somebody's day."""
        return await get_act(hours, resource_id)

    @get("/v1/working-times", responses=documented(), opt=_READERS)
    async def list_working_times(
        day: Day = None, operator_id: OfOperator = None
    ) -> WorkingTimeList:
        """What was clocked on a day, corrections taken in."""
        meant = day or _today(clock)
        found = await hours.of_day(meant, operator_id)
        return WorkingTimeList(meant.isoformat(), tuple(found))

    return [put_working_time, get_working_time, list_working_times]


def _list_routes(
    operators: Operators, hours: Hours, clock: Clock
) -> Sequence[ControllerRouterHandler]:
    @get("/v1/operators", responses=documented(), opt=_READERS)
    async def list_operators() -> OperatorList:
        """Who may use the registers, where they are signed on, and whether they are at work."""
        return OperatorList(tuple(await operators.people()))

    @get("/v1/roster", responses=documented(), opt=_READERS)
    async def read_roster(day: Day = None) -> Roster:
        """Who should be there today, and who is."""
        meant = day or _today(clock)
        return Roster(meant.isoformat(), tuple(await hours.roster(meant)))

    return [list_operators, read_roster]


def _today(clock: Clock) -> dt.date:
    return dt.date.fromisoformat(clock.business_day(clock.now_us()))
