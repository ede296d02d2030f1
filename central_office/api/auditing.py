"""Who looked up what, for whoever answers for it."""

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from litestar import Request, get
from litestar.params import QueryParameter
from litestar.types import ControllerRouterHandler

from central_office.access.lookups import LOG, Lookup
from central_office.access.rights import Right
from central_office.api.parts import OfficeParts
from central_office.api.scoping import Cursor, caller_of
from central_office.api.viewing import Limit, checked_cursor, refuse_unknown
from central_office.views.paging import Scope
from edge_daemon.web import documented, needs

Text = Annotated[str | None, QueryParameter(max_length=200, description="Only rows with this.")]


class LookupList(msgspec.Struct, frozen=True, kw_only=True):
    """Look-ups, the oldest first; `cursor` is absent on the last page."""

    rows: tuple[Lookup, ...]
    cursor: str | None = None


def audit_routes(parts: OfficeParts) -> Sequence[ControllerRouterHandler]:
    """The one route."""

    @get("/v1/lookups", responses=documented(), opt=needs(Right.ADMIN))
    async def list_lookups(
        request: Request[Any, Any, Any],
        who: Text = None,
        what: Text = None,
        after: Cursor = None,
        limit: Limit = 100,
    ) -> LookupList:
        """The log of look-ups: who saw which receipts and hours, and who decided what."""
        refuse_unknown(request, {"who", "what", "after", "limit"})
        organization = caller_of(request).organization
        scope = Scope(organization=organization, stores=(organization,))
        only = {name: value for name, value in (("who", who), ("what", what)) if value is not None}
        checked = checked_cursor(after, LOG)
        page = await parts.books.read(
            lambda read: LOG.page(read, scope, only=only, after=checked, limit=limit)
        )
        return LookupList(rows=page.rows, cursor=page.cursor)

    return [list_lookups]
