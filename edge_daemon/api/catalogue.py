"""What the shop sells: by code, by words, by group."""

from collections.abc import Callable, Sequence
from typing import Annotated

import msgspec
from litestar import get, put
from litestar.params import PathParameter, QueryParameter
from litestar.types import ControllerRouterHandler

from edge_daemon.api.acts import ResourceId, checked_id
from edge_daemon.catalogue import (
    Article,
    Catalogue,
    CatalogueImport,
    CataloguePart,
    CatalogueState,
    ItemKey,
)
from edge_daemon.errors import NotAllowedError, NotFoundError
from edge_daemon.scopes import Scope
from edge_daemon.web import Body, StrictBody, documented, needs

Code = Annotated[
    str, PathParameter(description="A GTIN of 8, 12, 13 or 14 digits, or an item's own id.")
]
Words = Annotated[
    str, QueryParameter(max_length=100, description="Beginnings of words, all of them.")
]
Group = Annotated[
    str | None, QueryParameter(max_length=35, description="In this group and those below it.")
]
Limit = Annotated[int, QueryParameter(ge=1, le=200, description="Articles at most.")]
Offset = Annotated[int, QueryParameter(ge=0, le=10_000_000, description="Articles to pass over.")]
PartNumber = Annotated[int, PathParameter(ge=0, lt=1024, description="Which part, from 0.")]
_READERS = needs(Scope.TILL, Scope.SCAN, Scope.READ)


class ProductGroupView(msgspec.Struct, frozen=True, kw_only=True):
    """A product group and the one above it."""

    id: str
    name: str
    parent: str | None = None


class ArticleList(msgspec.Struct, frozen=True):
    """Articles, as they are now."""

    items: tuple[Article, ...]


class ProductGroupList(msgspec.Struct, frozen=True):
    """Product groups."""

    groups: tuple[ProductGroupView, ...]


def catalogue_routes(
    catalogue: Catalogue, now_us: Callable[[], int], *, from_office: bool
) -> Sequence[ControllerRouterHandler]:
    """The catalogue."""

    @get("/v1/catalogue", responses=documented(), opt=_READERS)
    async def get_catalogue() -> CatalogueState:
        """Which catalogue is in force, and which is coming."""
        return catalogue.state

    @get("/v1/items/{code:str}", responses=documented(404), opt=_READERS)
    async def get_item(code: Code) -> Article:
        """One article, with its price, VAT and deposit as they are now."""
        keys = [ItemKey(item_id=code)]
        if code.isascii() and code.isdigit() and len(code) in _GTIN_LENGTHS:
            keys.insert(0, ItemKey(gtin=code.zfill(14)))
        found = await catalogue.find(keys, now_us())
        for key in keys:
            if key in found:
                return found[key]
        raise NotFoundError(f"{code} is not in the catalogue.")

    @get("/v1/items", responses=documented(), opt=_READERS)
    async def list_items(
        text: Words = "", group: Group = None, limit: Limit = 50, after: Offset = 0
    ) -> ArticleList:
        """Articles by words or by group, in the order of the catalogue."""
        found = await catalogue.search(text, now_us(), group=group, limit=limit, after=after)
        return ArticleList(tuple(found))

    @get("/v1/product-groups", responses=documented(), opt=_READERS)
    async def list_groups() -> ProductGroupList:
        """All product groups."""
        found = await catalogue.groups()
        return ProductGroupList(
            tuple(
                ProductGroupView(id=each.id, name=each.name, parent=each.parent) for each in found
            )
        )

    @put(
        "/v1/catalogue-imports/{resource_id:str}/parts/{number:int}",
        dto=StrictBody[CataloguePart],
        responses=documented(404, 409, 413, 415, 507),
        opt=needs(Scope.ADMIN),
    )
    async def put_catalogue_part(
        resource_id: ResourceId, number: PartNumber, data: Body[CataloguePart]
    ) -> CatalogueImport:
        """Bring a whole catalogue part by part, where no office sends one."""
        if from_office:
            raise NotAllowedError("This shop's catalogue comes from its office: change it there.")
        return await catalogue.put_part(checked_id(resource_id), number, data.request)

    return [put_catalogue_part, get_catalogue, get_item, list_items, list_groups]


_GTIN_LENGTHS = (8, 12, 13, 14)
