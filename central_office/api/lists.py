"""What the office keeps for its stores: catalogue, operators, web orders, settings.

A list is put whole, or one article of the catalogue; the running office brings every box what
changed. What proves a PIN or badge is put in and never read out.
"""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, get, put
from litestar.params import FromPath, QueryParameter
from litestar.types import ControllerRouterHandler

from central_office.access.rights import Right
from central_office.api.parts import OfficeParts
from central_office.api.refusals import NotAllowedError, NotFoundError, RequestError
from central_office.api.scoping import caller_of, refuse_unseen, sees
from central_office.errors import OfficeError
from central_office.master_lists import (
    CONFIG,
    EVERY_STORE,
    FROM_ENTRIES,
    ListKey,
    keep,
    kept_lists,
    versions,
)
from central_office.naming import Read
from central_office.pricing import NoCatalogueError, save_item
from central_office.publishing import LISTS
from central_office.sql_tables import Session
from edge_daemon.mqtt import EdgeTopics
from edge_daemon.records.master_data import CatalogueItem, Operators
from edge_daemon.web import Body, StrictBody, documented, needs

MAX_BODY_BYTES = 64 * 1024 * 1024
"""A catalogue of a hundred thousand articles has 25 MB."""
Name = Literal["catalogue", "operators", "orders", "config"]
Store = Annotated[
    str | None,
    QueryParameter(description="For this store; for all that have no list of their own without."),
]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=r"^[^\x00]+$")]
Moment = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]


class KeptList(msgspec.Struct, frozen=True, kw_only=True):
    """Which list is kept, and under which version; `store` is absent for all stores."""

    name: str
    store: str | None
    version: int


class KeptLists(msgspec.Struct, frozen=True):
    """All that is kept."""

    lists: tuple[KeptList, ...]


class ListBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A list, in the form in which it is published (`docs/asyncapi.yaml`)."""

    content: dict[str, Any]


class PriceRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A price, VAT included, for a time."""

    amount: Annotated[int, msgspec.Meta(ge=0, le=10**12)]
    valid_from: Moment
    valid_to: Moment | None = None


class ItemRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An article, as the catalogue has it."""

    description: Text
    merchandise_hierarchy: Text
    uom: Annotated[str, msgspec.Meta(min_length=2, max_length=3)]
    barcodes: Annotated[
        tuple[Annotated[str, msgspec.Meta(pattern=r"^[0-9]{14}$")], ...],
        msgspec.Meta(max_length=100),
    ] = ()
    tax_code: Text
    deposit_item_id: Text | None = None
    prices: Annotated[tuple[PriceRequest, ...], msgspec.Meta(min_length=1, max_length=100)]


def list_routes(parts: OfficeParts) -> Sequence[ControllerRouterHandler]:
    """The routes."""

    @get("/v1/lists", responses=documented(), opt=needs(Right.PUBLISH))
    async def list_lists(request: Request[Any, Any, Any]) -> KeptLists:
        """Which lists are kept, and under which versions."""
        caller = caller_of(request)
        found = await parts.books.read(versions)
        rows = [
            KeptList(name=key.name, store=_shown(key.store), version=version)
            for key, version in sorted(found.items())
            if key.organization == caller.organization
            and key.name not in FROM_ENTRIES
            and (key.store == EVERY_STORE or sees(caller, key.store))
        ]
        return KeptLists(tuple(rows))

    @get("/v1/lists/{name:str}", responses=documented(404), opt=needs(Right.PUBLISH))
    async def read_list(
        request: Request[Any, Any, Any], name: FromPath[Name], store: Store = None
    ) -> ListBody:
        """A list as it is kept; of operators without what proves their PINs and badges."""
        key = _key(request, name, store)
        found = await parts.books.read(lambda read: _read(read, key))
        return ListBody(content=found)

    @put(
        "/v1/lists/{name:str}",
        dto=StrictBody[ListBody],
        responses=documented(404, 409, 413, 415),
        request_max_body_size=MAX_BODY_BYTES,
        opt=needs(Right.PUBLISH),
    )
    async def put_list(
        request: Request[Any, Any, Any],
        name: FromPath[Name],
        data: Body[ListBody],
        store: Store = None,
    ) -> KeptList:
        """Keep a list in the place of the one before; operators without verifiers keep theirs."""
        key, now_us = _key(request, name, store, changes=True), parts.now_us()
        lists = _decoded(name, data.request.content)
        await parts.note(request, "list_kept", f"{name} {store or 'all stores'}")
        version = await parts.books.write(
            lambda session: _keep(session, key, lists, now_us // 1000)
        )
        return KeptList(name=name, store=store, version=version)

    return [list_lists, read_list, put_list, _putting_item(parts)]


def _putting_item(parts: OfficeParts) -> ControllerRouterHandler:
    @put(
        "/v1/items/{item_id:str}",
        dto=StrictBody[ItemRequest],
        responses=documented(404, 409, 413, 415),
        opt=needs(Right.PUBLISH),
    )
    async def put_item(
        request: Request[Any, Any, Any],
        item_id: FromPath[str],
        data: Body[ItemRequest],
        store: Store = None,
    ) -> KeptList:
        """Put an article into the catalogue; another price is an entry of the office's chain."""
        key, now_us = _key(request, "catalogue", store, changes=True), parts.now_us()
        if "\0" in item_id:
            raise RequestError("Expected text without NUL.", "item_id")
        fields = msgspec.to_builtins(data.request)
        item = msgspec.convert({**fields, "item_id": item_id}, CatalogueItem)
        by = caller_of(request).name

        def save(session: Session) -> int:
            try:
                return save_item(session, key, item, by, now_us)
            except NoCatalogueError as error:
                raise NotFoundError(str(error)) from error

        version = await parts.books.write(save)
        return KeptList(name="catalogue", store=store, version=version)

    return put_item


def _key(
    request: Request[Any, Any, Any], name: str, store: str | None, *, changes: bool = False
) -> ListKey:
    caller = caller_of(request)
    if changes and store is None:
        refuse_unseen(caller, None)
    if store is not None:
        try:
            EdgeTopics.of(caller.organization, store, "every-edge")
        except ValueError as error:
            raise RequestError(str(error), "store") from error
        if not sees(caller, store):
            raise NotFoundError(f"There is no store {store!r}, or none that you may see.")
    return ListKey(caller.organization, store or EVERY_STORE, name)


def _shown(store: str) -> str | None:
    return None if store == EVERY_STORE else store


def _is_kept(read: Read, key: ListKey) -> bool:
    sql = "SELECT 1 FROM master_lists WHERE organization = ? AND store = ? AND name = ?"
    return any(True for _ in read(sql, key))


def _read(read: Read, key: ListKey) -> dict[str, Any]:
    if not _is_kept(read, key):
        raise NotFoundError("No such list is kept there.")
    kept = kept_lists(read, key)
    if isinstance(kept, Operators):
        operators = (
            msgspec.structs.replace(one, credential_verifiers=()) for one in kept.operators
        )
        kept = msgspec.structs.replace(kept, operators=tuple(operators))
    content: dict[str, Any] = msgspec.to_builtins(kept)
    return content


def _decoded(name: str, content: dict[str, Any]) -> Any:  # noqa: ANN401 - lists, or settings
    if name == CONFIG:
        return content
    kind = LISTS[name]
    unknown = content.keys() - set(kind.__struct_fields__)
    if unknown:
        known = ", ".join(kind.__struct_fields__)
        raise RequestError(f"There is no {min(unknown)!r} here; there are {known}.", "$.content")
    try:
        return msgspec.convert(content, kind, strict=True)
    except msgspec.ValidationError as error:
        raise RequestError(f"{error}.", "$.content") from error


def _keep(session: Session, key: ListKey, lists: Any, version: int) -> int:  # noqa: ANN401 - lists, or settings
    if isinstance(lists, Operators) and _is_kept(session.all, key):
        known = {one.operator_id: one for one in kept_lists(session.all, key).operators}
        operators = tuple(
            msgspec.structs.replace(
                one, credential_verifiers=known[one.operator_id].credential_verifiers
            )
            if not one.credential_verifiers and one.operator_id in known
            else one
            for one in lists.operators
        )
        lists = msgspec.structs.replace(lists, operators=operators)
    try:
        return keep(session, key, lists, version)
    except OfficeError as error:
        raise NotAllowedError(str(error)) from error
