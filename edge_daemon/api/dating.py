"""The clock: what it says, and a person's word for it when nobody keeps it in step."""

from collections.abc import Sequence
from typing import Annotated

from litestar import Response, get, put
from litestar.params import QueryParameter
from litestar.types import ControllerRouterHandler

from edge_daemon.api.acts import WAIT_SECONDS, ResourceId, Wait, acting, get_act, put_act
from edge_daemon.scopes import Scope
from edge_daemon.tills import ClockConfirmation, ClockConfirmationRequest, ClockReading, Dating
from edge_daemon.web import Body, StrictBody, documented, needs

LARGEST = 2**53 - 1
"""What every JSON reader holds exactly (RFC 7493, 2.2)."""
RegisterTime = Annotated[
    int | None,
    QueryParameter(
        ge=0, le=LARGEST, description="The register's own time, microseconds since 1970 UTC."
    ),
]
TerminalTime = Annotated[
    int | None,
    QueryParameter(
        ge=0, le=LARGEST, description="The payment terminal's time, as a person reads it there."
    ),
]


def clock_routes(dating: Dating) -> Sequence[ControllerRouterHandler]:
    """The clock."""

    @get("/v1/clock", responses=documented(), opt=needs(Scope.TILL, Scope.READ))
    async def read_clock(
        register_us: RegisterTime = None, terminal_us: TerminalTime = None
    ) -> ClockReading:
        """The box's time, whether a person has to confirm it, and what there is to choose from."""
        return await dating.read(register_us=register_us, terminal_us=terminal_us)

    @put(
        "/v1/clock-confirmations/{resource_id:str}",
        dto=StrictBody[ClockConfirmationRequest],
        responses=acting(ClockConfirmation),
        opt=needs(Scope.TILL),
    )
    async def put_clock_confirmation(
        resource_id: ResourceId,
        data: Body[ClockConfirmationRequest],
        wait: Wait = WAIT_SECONDS,
    ) -> Response[ClockConfirmation]:
        """Confirm the date before a till is opened, while nobody keeps the clock in step."""
        location = f"/v1/clock-confirmations/{resource_id}"
        return await put_act(dating, resource_id, data, wait, location)

    @get(
        "/v1/clock-confirmations/{resource_id:str}",
        responses=documented(404),
        opt=needs(Scope.TILL, Scope.READ),
    )
    async def get_clock_confirmation(resource_id: ResourceId) -> ClockConfirmation:
        """How a confirmation stands."""
        return await get_act(dating, resource_id)

    return [read_clock, put_clock_confirmation, get_clock_confirmation]
