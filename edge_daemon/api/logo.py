"""The shop's logo: sent once, printed on top of every receipt from then on."""

from collections.abc import Sequence

from litestar import delete, get, put
from litestar.types import ControllerRouterHandler

from edge_daemon.printing import Logo, LogoRequest, LogoState
from edge_daemon.scopes import Scope
from edge_daemon.web import Body, StrictBody, documented, needs


def logo_routes(logo: Logo) -> Sequence[ControllerRouterHandler]:
    """The logo."""

    @put(
        "/v1/logo",
        dto=StrictBody[LogoRequest],
        responses=documented(413, 415, 507),
        opt=needs(Scope.ADMIN),
    )
    async def put_logo(data: Body[LogoRequest]) -> LogoState:
        """Print this picture on top of every receipt from now on."""
        return await logo.put(data.request)

    @get("/v1/logo", responses=documented(404), opt=needs(Scope.ADMIN, Scope.READ))
    async def get_logo() -> LogoState:
        """The logo as it stands."""
        return await logo.get()

    @delete("/v1/logo", responses=documented(), opt=needs(Scope.ADMIN))
    async def delete_logo() -> None:
        """Print no logo any more."""
        await logo.remove()

    return [put_logo, get_logo, delete_logo]
