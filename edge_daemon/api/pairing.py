"""Letting registers in: codes, the tokens that they become, and who has which."""

import io
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post, put
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from edge_daemon.api.acts import ResourceId, checked_id, wait_for
from edge_daemon.config import Configuration
from edge_daemon.config.lookup import device_meant
from edge_daemon.errors import NotFoundError
from edge_daemon.pairing import (
    Paired,
    Pairing,
    PairingCode,
    PairingCodeRequest,
    PairingRequest,
    TokenInfo,
    pairing_address,
    pairing_slip,
)
from edge_daemon.printing import Printing, PrintJob, PrintJobRequest
from edge_daemon.scopes import Scope
from edge_daemon.web import (
    Body,
    Caller,
    StrictBody,
    address_of,
    documented,
    needs,
    needs_token,
    open_to_all,
)

SVG = "image/svg+xml"
_PICTURE = ResponseSpec(
    data_container=str, media_type=SVG, description="A QR code.", generate_examples=False
)
PRINT_SECONDS = 5.0
"""How long an answer waits for the slip: the code is on the screen as well."""


class OfferedCode(msgspec.Struct, frozen=True, kw_only=True):
    """A code, and what became of its paper.

    Attributes:
        url: Where the register finds the box.
        slip: The print job; absent where nothing is printed.
    """

    code: PairingCode
    url: str
    slip: PrintJob | None = None


class TokenList(msgspec.Struct, frozen=True):
    """All tokens that were ever paired, the oldest first."""

    tokens: tuple[TokenInfo, ...]


class Revocation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why a token is taken away."""

    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=200)] = "revoked"


class CallerView(msgspec.Struct, frozen=True, kw_only=True):
    """Who the caller is to this box."""

    id: str
    name: str
    scopes: tuple[Scope, ...]
    workstation: str | None = None


class PairingDoor:
    """What the routes of pairing are made of."""

    def __init__(
        self,
        configuration: Configuration,
        pairing: Pairing,
        printing: Printing,
        *,
        url: Callable[[], str],
        authority: Callable[[], str] = str,
    ) -> None:
        """Take the rooms.

        Args:
            configuration: Names workstations and printers.
            pairing: Makes the codes.
            printing: Prints them.
            url: Says where registers find the box.
            authority: Says the fingerprint of the box's own authority; empty where it has none.
        """
        self.pairing = pairing
        self.url = url
        self._configuration = configuration
        self._printing = printing
        self._authority = authority

    async def offer(self, code_id: str, request: PairingCodeRequest, by: Caller) -> OfferedCode:
        """Open a code and print it."""
        code = await self.pairing.offer(code_id, request, by)
        return OfferedCode(code=code, url=self.url(), slip=await self._slip(code, request))

    async def _slip(self, code: PairingCode, request: PairingCodeRequest) -> PrintJob | None:
        printer = self._printer(request) if request.print else None
        if printer is None:
            return None
        if code.code is not None:
            document = pairing_slip(
                code.code,
                url=self.url(),
                minutes=request.minutes,
                language=self._configuration.shop.language,
                name=request.name or request.workstation,
                authority=self._authority(),
            )
            # The journal keeps what a print job said; of this one only that it was a code.
            body = {"printer": printer, "document": "pairing code"}
            order = PrintJobRequest(document=document, printer=printer)
            await wait_for(await self._printing.put(code.id, order, body), PRINT_SECONDS)
        return await self._printing.get(code.id)

    def _printer(self, request: PairingCodeRequest) -> str | None:
        if request.printer is not None:
            return device_meant(
                self._configuration, "pos_printer", device=request.printer, workstation=None
            )
        if request.workstation is not None:
            own = self._configuration.workstation(request.workstation).pos_printer
            if own is not None:
                return own
        printers = (d.name for d in self._configuration.devices if d.family == "pos_printer")
        return next(printers, None)


def pairing_routes(door: PairingDoor) -> Sequence[ControllerRouterHandler]:
    """Codes, and the one route that takes them."""

    @put(
        "/v1/pairing-codes/{resource_id:str}",
        dto=StrictBody[PairingCodeRequest],
        responses=documented(404, 409, 413, 415, 507),
        opt=needs(Scope.ADMIN),
    )
    async def put_pairing_code(
        resource_id: ResourceId, data: Body[PairingCodeRequest], request: Request[Any, Any, Any]
    ) -> OfferedCode:
        """Make a code that a register can exchange for a token, and print it."""
        return await door.offer(checked_id(resource_id), data.request, _caller(request))

    @get("/v1/pairing-codes/{resource_id:str}", responses=documented(404), opt=needs(Scope.ADMIN))
    async def get_pairing_code(resource_id: ResourceId) -> PairingCode:
        """Whether a code was used."""
        return door.pairing.code(checked_id(resource_id))

    @get(
        "/v1/pairing-codes/{resource_id:str}/qr",
        media_type=SVG,
        responses={200: _PICTURE, **documented(404)},
        opt=needs(Scope.ADMIN),
    )
    async def read_pairing_qr(resource_id: ResourceId) -> Response[bytes]:
        """The code that is open, with the box's address, as a picture to scan."""
        code = door.pairing.code(checked_id(resource_id)).code
        if code is None:
            raise NotFoundError(f"The code {resource_id} was used. Make another one.")
        return Response(_qr(pairing_address(door.url(), code)), media_type=SVG)

    @post(
        "/v1/pairing-codes/{resource_id:str}/cancel",
        status_code=204,
        responses=documented(404, 507),
        opt=needs(Scope.ADMIN),
    )
    async def cancel_pairing_code(resource_id: ResourceId, request: Request[Any, Any, Any]) -> None:
        """Close a code that nobody shall use."""
        await door.pairing.withdraw(checked_id(resource_id), _caller(request))

    @put(
        "/v1/pairings/{resource_id:str}",
        dto=StrictBody[PairingRequest],
        responses=documented(409, 413, 415, 429, 507),
        opt=open_to_all("The code is what lets the register in; it has no token yet."),
    )
    async def put_pairing(
        resource_id: ResourceId, data: Body[PairingRequest], request: Request[Any, Any, Any]
    ) -> Paired:
        """Exchange a code for a token. The same call again gets the same token, for a while."""
        return await door.pairing.pair(
            checked_id(resource_id),
            data.request,
            origin=request.headers.get("origin", ""),
            address=address_of(request.scope),
        )

    codes = [put_pairing_code, get_pairing_code, read_pairing_qr, cancel_pairing_code]
    return [*codes, put_pairing, *_token_routes(door.pairing)]


def _token_routes(pairing: Pairing) -> Sequence[ControllerRouterHandler]:
    @get("/v1/tokens", responses=documented(), opt=needs(Scope.ADMIN))
    async def list_tokens() -> TokenList:
        """Who is paired, and who was."""
        return TokenList(pairing.tokens())

    @post(
        "/v1/tokens/{token_id:str}/revoke",
        dto=StrictBody[Revocation],
        status_code=200,
        responses=documented(404, 413, 415, 507),
        opt=needs(Scope.ADMIN),
    )
    async def revoke_token(
        token_id: FromPath[str], data: Body[Revocation], request: Request[Any, Any, Any]
    ) -> TokenInfo:
        """Let a token open nothing any more."""
        return await pairing.revoke(token_id, data.request.reason, _caller(request))

    @get("/v1/caller", responses=documented(), opt=needs_token())
    async def read_caller(request: Request[Any, Any, Any]) -> CallerView:
        """Who the caller is to this box, and what it may do."""
        caller = _caller(request)
        return CallerView(
            id=caller.id,
            name=caller.name,
            scopes=tuple(sorted(map(Scope, caller.scopes))),
            workstation=caller.workstation,
        )

    return [list_tokens, revoke_token, read_caller]


def _qr(text: str) -> bytes:
    import segno  # noqa: PLC0415 - where somebody pairs

    picture = io.BytesIO()
    segno.make(text, micro=False).save(picture, kind="svg", scale=6, border=4, light="white")
    return picture.getvalue()


def _caller(request: Request[Any, Any, Any]) -> Caller:
    caller: Caller = request.scope["state"]["caller"]
    return caller
