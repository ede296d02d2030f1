"""Leases: a register has a shared scanner, scale, reader or terminal to itself while it listens."""

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post, put
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, QueryParameter
from litestar.types import ControllerRouterHandler

from edge_daemon.api.acts import WAIT_LIMIT
from edge_daemon.api.parts import DevicesView
from edge_daemon.config import Configuration
from edge_daemon.config.lookup import device_of
from edge_daemon.devices import Lease, Leases
from edge_daemon.errors import InvalidRequestError, NotAllowedError
from edge_daemon.scopes import Scope
from edge_daemon.web import Body, Caller, NotPermittedError, StrictBody, documented, needs

_IN_LINE = ResponseSpec(
    data_container=Lease,
    description="Another register still has it; `place` is the one in line, kept for five seconds.",
    generate_examples=False,
)

Wait = Annotated[
    float,
    QueryParameter(
        ge=0,
        le=WAIT_LIMIT,
        description="Seconds to wait in line where another register has it; without, 409.",
    ),
]

SCOPES = {
    "scanner": Scope.SCAN,
    "scale": Scope.SCAN,
    "card_reader": Scope.SCAN,
    "payment_terminal": Scope.PAY,
}
"""Which families can be leased, and the right that it takes."""


class LeaseRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Have a device to oneself.

    Attributes:
        workstation: The one that the register acts for; its token's own where absent.
    """

    workstation: Annotated[str, msgspec.Meta(min_length=1, max_length=64)] | None = None


class LeaseList(msgspec.Struct, frozen=True):
    """The leases that are held now."""

    leases: tuple[Lease, ...]


def leasing_routes(
    leases: Leases, devices: DevicesView, configuration: Configuration
) -> Sequence[ControllerRouterHandler]:
    """The routes of leases; each is named after its device."""

    @get("/v1/leases", responses=documented(), opt=needs(Scope.READ, Scope.SCAN, Scope.PAY))
    async def list_leases() -> LeaseList:
        """Which devices a register has to itself."""
        return LeaseList(tuple(leases.all()))

    @get(
        "/v1/leases/{name:str}",
        responses=documented(404),
        opt=needs(Scope.READ, Scope.SCAN, Scope.PAY),
    )
    async def read_lease(name: FromPath[str]) -> Lease:
        """Who has a device; nobody where there is no holder."""
        return leases.get(devices.state(name).name)

    @put(
        "/v1/leases/{name:str}",
        dto=StrictBody[LeaseRequest],
        responses={202: _IN_LINE, **documented(404, 409, 413, 415)},
        opt=needs(Scope.SCAN, Scope.PAY),
    )
    async def take_lease(
        name: FromPath[str],
        data: Body[LeaseRequest],
        request: Request[Any, Any, Any],
        wait: Wait = 0,
    ) -> Response[Lease]:
        """Have a scanner, scale, reader or terminal to oneself while listening to `/v1/events`.

        Its scans and weights then come to this register alone, and other workstations' payments
        are not begun. It ends ten seconds after the register's last stream, and with the daemon.
        """
        caller = _caller(request)
        family = _family(devices, name, caller)
        workstation = data.request.workstation or caller.workstation
        if workstation is None:
            raise InvalidRequestError("Name the workstation that this is for.", "$.workstation")
        own = device_of(configuration.workstation(workstation), family)
        if own != name:
            raise NotAllowedError(f"The workstation {workstation} has {own}, not {name}.")
        whose = {"register": caller.id, "name": caller.name, "workstation": workstation}
        if not wait:
            return Response(leases.take(name, **whose), status_code=200)
        lease = await leases.take_in_turn(name, **whose, seconds=wait)
        return Response(lease, status_code=200 if lease.place is None else 202)

    @post(
        "/v1/leases/{name:str}/release",
        status_code=200,
        responses=documented(404, 409),
        opt=needs(Scope.SCAN, Scope.PAY, Scope.ADMIN),
    )
    async def release_lease(name: FromPath[str], request: Request[Any, Any, Any]) -> Lease:
        """Give a device back, or leave its line; with the scope `admin`, whoever has it."""
        caller = _caller(request)
        register = None if Scope.ADMIN in caller.scopes else caller.id
        return leases.release(devices.state(name).name, register=register)

    return [list_leases, read_lease, take_lease, release_lease]


def _family(devices: DevicesView, name: str, caller: Caller) -> str:
    """Its family; raises unless it can be leased, and the caller has a right to it."""
    family = devices.state(name).family
    if family not in SCOPES:
        raise NotAllowedError(f"{name} is a {family}: it takes turns by itself, ask it right away.")
    if SCOPES[family] not in caller.scopes:
        raise NotPermittedError(
            detail=f"The token {caller.name!r} has no right to {name}; it would need the scope"
            f" {SCOPES[family]}. Pair this register again with it."
        )
    return family


def _caller(request: Request[Any, Any, Any]) -> Caller:
    caller: Caller = request.scope["state"]["caller"]
    return caller
