"""Customer displays: the register's own text. A sale shows itself without being asked."""

from collections.abc import Sequence

from litestar import get, put
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from edge_daemon.displays import Displays, DisplayState, DisplayTextRequest
from edge_daemon.scopes import Scope
from edge_daemon.web import Body, StrictBody, documented, needs


def display_routes(room: Displays) -> Sequence[ControllerRouterHandler]:
    """The routes of customer displays."""
    path = "/v1/displays/{name:str}/text"

    @put(
        path,
        dto=StrictBody[DisplayTextRequest],
        responses=documented(404, 413, 415, 503),
        opt=needs(Scope.TILL, Scope.PRINT),
    )
    async def put_display_text(name: FromPath[str], data: Body[DisplayTextRequest]) -> DisplayState:
        """Show text until other text comes; no lines clear the display.

        503 where it cannot be reached: it shows the newest text when it is back.
        """
        return await room.put(name, data.request)

    @get(path, responses=documented(404), opt=needs(Scope.TILL, Scope.PRINT, Scope.READ))
    async def get_display_text(name: FromPath[str]) -> DisplayState:
        """What a customer display shows."""
        return room.get(name)

    return [put_display_text, get_display_text]
