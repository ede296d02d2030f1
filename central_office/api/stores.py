"""Which stores there are: what a page lets people choose from."""

from collections.abc import Sequence
from typing import Any

import msgspec
from litestar import Request, get
from litestar.types import ControllerRouterHandler

from central_office.api.parts import OfficeParts
from central_office.api.scoping import caller_of, scope_of
from edge_daemon.web import documented, needs_token


class StoreList(msgspec.Struct, frozen=True):
    """The stores that the caller sees, by name."""

    stores: tuple[str, ...]


def store_routes(parts: OfficeParts) -> Sequence[ControllerRouterHandler]:
    """The route."""

    @get("/v1/stores", responses=documented(), opt=needs_token())
    async def list_stores(request: Request[Any, Any, Any]) -> StoreList:
        """The stores that the caller sees and that have ever sent something."""
        scope = scope_of(caller_of(request))
        return StoreList(await parts.books.read(scope.named))

    return [list_stores]
