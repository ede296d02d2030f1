"""Every view, served from one table: a new view is one more line in `views.table` and one here.

What a view's rows can be narrowed down by are parameters of its route; the OpenAPI document says
so because the routes' signatures are made from the views. A figure's row says where the receipts
behind it are (`behind`).
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, NamedTuple, TypeVar
from urllib.parse import urlencode

import msgspec
from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import QueryParameter
from litestar.types import ControllerRouterHandler

from central_office.access.rights import Right
from central_office.api.parts import OfficeParts
from central_office.api.refusals import RequestError
from central_office.api.scoping import (
    NO_DAYS,
    Cursor,
    FirstDay,
    LastDay,
    Stores,
    caller_of,
    scope_of,
)
from central_office.views.behind import RECEIPTS_BEHIND
from central_office.views.named import FIND
from central_office.views.paging import PAGE_LIMIT, CursorError, Listing, Only, Scope, read_cursor
from central_office.views.table import FIGURES, VIEWS
from edge_daemon.web import NotPermittedError, documented, needs

Row = TypeVar("Row", bound=msgspec.Struct)
RIGHTS: Mapping[str, Right] = {
    "day-revenue": Right.FIGURES,
    "store-revenue": Right.FIGURES,
    "hour-revenue": Right.FIGURES,
    "group-revenue": Right.FIGURES,
    "group-hours": Right.FIGURES,
    "store-sales": Right.FIGURES,
    "days": Right.FIGURES,
    "vat": Right.FIGURES,
    "vat-days": Right.FIGURES,
    "vat-boxes": Right.FIGURES,
    "tenders": Right.FIGURES,
    "cards": Right.FIGURES,
    "card-totals": Right.FIGURES,
    "terminal-totals": Right.FIGURES,
    "unresolved-payments": Right.FIGURES,
    "differences": Right.CASHIERS,
    "key-figures": Right.FIGURES,
    "comparison": Right.FIGURES,
    "statistics": Right.CASHIERS,
    "stock": Right.STOCK,
    "oversold": Right.STOCK,
    "in-transit": Right.STOCK,
    "movements": Right.STOCK,
    "counts": Right.STOCK,
    "gift-cards": Right.FIGURES,
    "gift-card-movements": Right.RECEIPTS,
    "replenishment": Right.STOCK,
    "to-order": Right.STOCK,
    "replenishment-alerts": Right.STOCK,
    "purchase-orders": Right.STOCK,
    "purchase-order-lines": Right.STOCK,
    "deliveries": Right.STOCK,
    "hours": Right.HOURS,
    "roster": Right.HOURS,
    "devices": Right.LIVE,
    "device-days": Right.LIVE,
    "findings": Right.INTEGRITY,
    "unread": Right.INTEGRITY,
    "receipts": Right.RECEIPTS,
    "receipts-behind": Right.RECEIPTS,
    "acts": Right.CASHIERS,
}
"""What it takes to see each view."""
AUDITED = frozenset(
    {
        "hours",
        "roster",
        "receipts",
        "receipts-behind",
        "acts",
        "statistics",
        "gift-card-movements",
    }
)
"""Who looks at these is remembered: they are about somebody."""
BEHIND = "/v1/views/receipts-behind"
COMPARISON = "comparison"
"""The one that has days to compare with."""
_CUSTOMER = "customer_ref"
_BY = "by_"
"""Before the columns' names in our signatures: Litestar keeps some names for itself."""
_OWN = {"store", "first_day", "last_day", "reference_first_day", "after", "limit"}
_FIND_WORDS = "Only articles with all these words in their id, description or barcodes."
_LARGEST = 2**63 - 1
"""What a database holds."""
Limit = Annotated[int, QueryParameter(ge=1, le=PAGE_LIMIT, description="Rows at most.")]
Reference = Annotated[
    str | None,
    QueryParameter(description="`YYYY-MM-DD`: where as many days begin to compare with."),
]


class Shown(NamedTuple):
    """A view as it is served.

    Attributes:
        columns: By what its rows can be narrowed down besides stores, and of which type.
        page, row: The types of the answer; a row of a figure has a `behind`.
    """

    name: str
    view: Listing[Any]
    columns: Mapping[str, type]
    page: type[msgspec.Struct]
    row: type[msgspec.Struct]


def view_routes(parts: OfficeParts) -> Sequence[ControllerRouterHandler]:
    """A route for each view."""
    return [_route(parts, _shown(name, view)) for name, view in VIEWS.items()]


def _shown(name: str, view: Listing[Any]) -> Shown:
    types = {field.name: field.type for field in msgspec.structs.fields(view.row)}
    columns = {
        column: int if types.get(column) is int else str
        for column in view.filters
        if column != "store"
    }
    row = _with_behind(view.row) if name in FIGURES else view.row
    return Shown(name, view, columns, page_of(row), row)


def _route(parts: OfficeParts, shown: Shown) -> HTTPRouteHandler:
    async def read_view(**given: Any) -> Response[Any]:  # noqa: ANN401 - as its signature says
        request: Request[Any, Any, Any] = given["request"]
        caller = caller_of(request)
        refuse_unknown(request, {*_OWN, *shown.columns})
        days = (given.get("first_day"), given.get("last_day"), given.get("reference_first_day"))
        scope = scope_of(caller, given["store"], *days)
        named = {name: given[_BY + name] for name in shown.columns}
        only = {name: value for name, value in named.items() if value is not None}
        knows_customers = Right.CUSTOMERS in caller.scopes
        if _CUSTOMER in only and not knows_customers:
            raise NotPermittedError(detail="Nobody looks for a customer without that right.")
        if shown.name in AUDITED:
            await parts.note(request, shown.name, told_of(scope, only))
        after, limit = checked_cursor(given["after"], shown.view), given["limit"]
        page = await parts.books.read(
            lambda read: shown.view.page(read, scope, only=only, after=after, limit=limit)
        )
        rows = page.rows if knows_customers else tuple(map(without_customer, page.rows))
        if shown.name in FIGURES:
            rows = tuple(_opened(row, shown, scope, only) for row in rows)
        return Response(shown.page(rows=rows, cursor=page.cursor))

    read_view.__name__ = f"read_{shown.name.replace('-', '_')}"
    read_view.__doc__ = inspect.getdoc(shown.view.row)
    _sign(read_view, shown)
    route = get(f"/v1/views/{shown.name}", responses=documented(), opt=needs(RIGHTS[shown.name]))
    made: HTTPRouteHandler = route(read_view)
    return made


def _sign(handler: Callable[..., Any], shown: Shown) -> None:
    """Give a handler the signature that its view asks for."""
    signed: dict[str, Any] = {
        "request": Request[Any, Any, Any],
        "store": Stores,
        "first_day": FirstDay,
        "last_day": LastDay,
        **({"reference_first_day": Reference} if shown.name == COMPARISON else {}),
        "after": Cursor,
        **{_BY + name: _parameter(name, kind) for name, kind in shown.columns.items()},
        "limit": Limit,
    }
    defaults = {"request": inspect.Parameter.empty, "limit": 100}
    parameters = [
        inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, annotation=kind, default=defaults.get(name)
        )
        for name, kind in signed.items()
    ]
    answer = Response[shown.page]  # type: ignore[name-defined] # made from the view
    handler.__annotations__ = {**signed, "return": answer}
    handler.__signature__ = inspect.Signature(parameters, return_annotation=answer)  # type: ignore[attr-defined] # functions have one where it is set


def _parameter(name: str, kind: type) -> Any:  # noqa: ANN401 - an annotation
    bounds: dict[str, Any] = {"ge": -_LARGEST, "le": _LARGEST} if kind is int else {}
    words = _FIND_WORDS if name == FIND else "Only rows with this."
    return Annotated[kind | None, QueryParameter(name=name, description=words, **bounds)]


def page_of(row: type[msgspec.Struct]) -> type[msgspec.Struct]:
    """The type of a page of rows, for the document."""
    return msgspec.defstruct(
        f"{row.__name__}Page",
        [("rows", tuple[row, ...]), ("cursor", str | None, None)],  # type: ignore[valid-type] # made from the view
        frozen=True,
        kw_only=True,
        namespace={"__doc__": "Some rows in the order of their keys."},
    )


def _with_behind(row: type[msgspec.Struct]) -> type[msgspec.Struct]:
    return msgspec.defstruct(
        f"{row.__name__}Figure",
        [("behind", str)],
        bases=(row,),
        frozen=True,
        kw_only=True,
        namespace={"__doc__": f"{inspect.getdoc(row)}\n\n`behind` lists its receipts."},
    )


def _opened(row: msgspec.Struct, shown: Shown, scope: Scope, only: Only) -> msgspec.Struct:
    """A figure with the address of the receipts behind it."""
    key = {name: getattr(row, name) for name in shown.view.key}
    asked = [("figure", FIGURES[shown.name])]
    filters = {**only, **key}
    asked += [(name, str(filters[name])) for name in RECEIPTS_BEHIND.filters if name in filters]
    stores = (str(key["store"]),) if "store" in key else scope.stores or ()
    asked += [("store", store) for store in stores]
    if "business_day_date" not in key:
        days = {"first_day": scope.first_day, "last_day": scope.last_day}
        asked += [(name, day) for name, day in days.items() if day not in NO_DAYS]
    return shown.row(**msgspec.structs.asdict(row), behind=f"{BEHIND}?{urlencode(asked)}")


def told_of(scope: Scope, only: Only) -> str:
    """What was looked for, for the log; not the customer, whom an erasure would not find there."""
    words = [f"{name}={'…' if name == _CUSTOMER else value}" for name, value in only.items()]
    stores = "all" if scope.stores is None else ",".join(scope.stores)
    return " ".join([*words, f"stores={stores}", f"days={scope.first_day}..{scope.last_day}"])


def without_customer(row: Row) -> Row:
    """A row that does not say which customer it is of."""
    if getattr(row, _CUSTOMER, None) is None:
        return row
    return msgspec.structs.replace(row, customer_ref=None)


def checked_cursor(after: str | None, view: Listing[Any]) -> str | None:
    """A cursor whose parts are of the types of the view's key.

    Raises:
        CursorError: It is none of the view's.
    """
    if after is None:
        return None
    types = {field.name: field.type for field in msgspec.structs.fields(view.row)}
    for name, value in zip(view.key, read_cursor(after, len(view.key)), strict=True):
        is_number = isinstance(value, int) and abs(value) <= _LARGEST
        is_text = isinstance(value, str) and "\0" not in value
        if not (is_number if types[name] is int else is_text):
            raise CursorError("This cursor is none of this list's. Begin with the first page.")
    return after


def refuse_unknown(request: Request[Any, Any, Any], known: set[str]) -> None:
    """A parameter that is none of these is a mistake, not a wish for everything.

    Raises:
        RequestError: There is one, or one that no text of ours can be.
    """
    for name, value in request.query_params.multi_items():
        if name not in known:
            raise RequestError(
                f"There is no parameter {name!r} here; there are {', '.join(sorted(known))}.", name
            )
        if "\0" in value:
            raise RequestError("Expected text without NUL.", name)
