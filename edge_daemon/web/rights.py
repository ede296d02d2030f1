"""What each route asks of its caller, said at the route and checked here, in one place.

A route names its scopes (`opt=needs(Scope.PRINT)`: one of them is enough), or says that any token
will do (`opt=needs_token()`), or that it is open and why (`opt=open_to_all("…")`). An application
with a route that says nothing is not made.
"""

import functools
import re
from collections.abc import Callable, Iterator
from typing import Any

from litestar import Litestar
from litestar.connection import ASGIConnection
from litestar.enums import ScopeType
from litestar.exceptions import HTTPException
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler
from litestar.types import Scope as AsgiScope

from edge_daemon.scopes import Scope
from edge_daemon.web.access import Caller, Reason, Refusal, address_of

RIGHTS = "rights"
"""Under this name an application's `opt` holds its `Rights`."""
_SCOPES = "scopes"
_OPEN = "open_because"
_ANY = "any_token"

Options = dict[str, Any]


class NotPermittedError(HTTPException):
    """Raised when the caller is known and has no right to this. Nothing was done."""

    status_code = 403


def needs(*scopes: str) -> Options:
    """The route takes a caller that has one of these scopes.

    Raises:
        TypeError: None is named.
    """
    if not scopes:
        raise TypeError("Name at least one scope, or say that the route is open, and why.")
    return {_SCOPES: frozenset(scopes)}


def needs_token() -> Options:
    """The route takes every caller that has a token, whatever its scopes."""
    return {**needs(*Scope), _ANY: True}


def open_to_all(why: str) -> Options:
    """The route takes everybody who passes the gate's look at `Host` and `Origin`."""
    return {_SCOPES: frozenset[str](), _OPEN: why}


def scopes_of(handler: BaseRouteHandler) -> frozenset[str]:
    """One of these is asked for; none where the route is open.

    Raises:
        TypeError: The route does not say.
    """
    if _SCOPES not in handler.opt:
        raise TypeError(f"The route {handler} does not say who may call it.")
    found: frozenset[str] = handler.opt[_SCOPES]
    return found


def is_open(handler: BaseRouteHandler) -> bool:
    """True where the route needs no token."""
    return _OPEN in handler.opt


def takes_any_token(handler: BaseRouteHandler) -> bool:
    """True where a token's scopes do not matter."""
    return _ANY in handler.opt


def handlers(app: Litestar) -> Iterator[tuple[str, BaseRouteHandler]]:
    """Every route's path and handler, without the `OPTIONS` that Litestar adds by itself."""
    for route in app.routes:
        for handler in getattr(route, "route_handlers", None) or (route.route_handler,):  # type: ignore[union-attr] # HTTP routes have several
            methods = handler.http_methods if isinstance(handler, HTTPRouteHandler) else set()
            if methods != {"OPTIONS"}:
                yield route.path_format, handler


class Addresses:
    """What an application has at which address, from its routes themselves."""

    def __init__(self, app: object) -> None:
        self._methods: dict[str, set[str]] = {}
        self._open: list[tuple[str, str, re.Pattern[str]]] = []
        for path, handler in handlers(app) if isinstance(app, Litestar) else ():
            methods = handler.http_methods if isinstance(handler, HTTPRouteHandler) else set()
            self._methods.setdefault(path, set()).update(methods)
            if is_open(handler):
                beginning = path.partition("{")[0]
                self._open += [(method, beginning, _pattern(path)) for method in methods]

    def is_open(self, scope: AsgiScope) -> bool:
        """True for a request that needs no token."""
        if scope["type"] != ScopeType.HTTP:
            return False
        method, path = scope["method"], scope["path"]
        return any(
            method == known and path.startswith(beginning) and pattern.fullmatch(path) is not None
            for known, beginning, pattern in self._open
        )

    def allow(self, path: str) -> str:
        """The `Allow` header of that address; empty where there is nothing.

        Litestar (2.25) names in it only the methods of the handler that was registered first.
        """
        found = (known for known in self._methods if _pattern(known).fullmatch(path))
        methods = self._methods.get(next(found, ""), set())
        return ", ".join(sorted({*methods, "OPTIONS"})) if methods else ""


@functools.cache
def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path)))


class Rights:
    """The check of every route.

    Attributes:
        refused: Told of every caller that has no right to what it asked for.
    """

    def __init__(
        self,
        refused: Callable[[Refusal], None] = lambda _: None,
        *,
        remedy: str = "Pair this register again with it.",
    ) -> None:
        """Take what is told, and what a caller without a right is advised to do."""
        self.refused = refused
        self._remedy = remedy

    async def check(
        self, connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler
    ) -> None:
        """Litestar's guard, before anything of the body is read.

        It is a coroutine because Litestar calls plain functions in a thread.

        Raises:
            NotPermittedError: The caller has none of the scopes.
        """
        if isinstance(handler, HTTPRouteHandler) and handler.http_methods == {"OPTIONS"}:
            return
        if is_open(handler) or takes_any_token(handler):
            return
        needed = scopes_of(handler)
        caller: Caller = connection.scope["state"]["caller"]
        if not needed & caller.scopes:
            words = " or ".join(sorted(needed))
            self._refuse(connection, caller, Reason.MISSING_SCOPE, needed)
            raise NotPermittedError(
                detail=f"The token {caller.name!r} has no right to this; it would need the scope"
                f" {words}. {self._remedy}"
            )

    def check_body(
        self, connection: ASGIConnection[Any, Any, Any, Any], body: dict[str, Any]
    ) -> None:
        """A token that belongs to a workstation acts for no other.

        Raises:
            NotPermittedError: The body names another one.
        """
        caller: Caller | None = connection.scope["state"].get("caller")
        named = body.get("workstation")
        if caller is None or caller.workstation is None or named in (None, caller.workstation):
            return
        self._refuse(connection, caller, Reason.OTHER_WORKSTATION, frozenset())
        raise NotPermittedError(
            detail=f"The token {caller.name!r} belongs to the workstation {caller.workstation!r}"
            " and acts for no other."
        )

    def _refuse(
        self,
        connection: ASGIConnection[Any, Any, Any, Any],
        caller: Caller,
        reason: Reason,
        missing: frozenset[str],
    ) -> None:
        self.refused(
            Refusal(
                reason=reason,
                subject=caller.id,
                scopes=tuple(sorted(missing)),
                origin=connection.headers.get("origin", ""),
                address=address_of(connection.scope),
            )
        )
