"""Which stores there are: what a page lets people choose from."""

from collections.abc import Sequence
from typing import Any

import msgspec
from litestar import Request, get
from litestar.types import ControllerRouterHandler

from central_office.api.parts import OfficeParts
from central_office.api.scoping import caller_of, scope_of
from edge_daemon.web import documented, needs_token


class StoreEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A store; its name is its id where the office is not told another (`[[store]]`)."""

    id: str
    name: str


class StoreList(msgspec.Struct, frozen=True):
    """The stores that the caller sees, by id."""

    stores: tuple[StoreEntry, ...]


def store_routes(parts: OfficeParts) -> Sequence[ControllerRouterHandler]:
    """The route."""

    def entry(store: str) -> StoreEntry:
        known = parts.stores.get(store)
        return StoreEntry(id=store, name=known.name if known else store)

    @get("/v1/stores", responses=documented(), opt=needs_token())
    async def list_stores(request: Request[Any, Any, Any]) -> StoreList:
        """The stores that the caller sees and that have ever sent something."""
        stores = await parts.books.read(scope_of(caller_of(request)).named)
        return StoreList(tuple(map(entry, stores)))

    return [list_stores]
