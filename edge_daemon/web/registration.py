"""Taking many routes into a Litestar application at once, each made ready when it is first asked.

Litestar (2.25) takes one handler after the other: a path's route is made again for each of its
methods, the tree of routes after each of them, every path has an `OPTIONS` handler of its own, and
every handler's signature is looked into before the first request. For a hundred handlers that was
nearly all of a daemon's start. Here each route and the tree are made once, one handler answers
every `OPTIONS` (the gate says which methods there are), and a route's signatures are read when
somebody asks for it, or for the document.
"""

import copy
import threading
from collections.abc import Sequence
from typing import Any

from litestar import Litestar, Response
from litestar.enums import HttpMethod, MediaType
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute
from litestar.status_codes import HTTP_204_NO_CONTENT
from litestar.types import ControllerRouterHandler, HTTPScope, Receive, Send
from litestar.types.internal_types import PathParameterDefinition


def register_all(app: Litestar, handlers: Sequence[ControllerRouterHandler]) -> None:
    """Take HTTP handlers in together, path by path, and what is none as Litestar does."""
    paths: dict[str, list[HTTPRouteHandler]] = {}
    for handler in handlers:
        if not isinstance(handler, HTTPRouteHandler):
            app.register(handler)
            continue
        mine = copy.copy(handler)
        mine.owner = app
        for path in mine.paths:
            paths.setdefault(path, []).append(mine)
    options = _Options(
        http_method=HttpMethod.OPTIONS, include_in_schema=False, sync_to_thread=False
    )
    options(_no_content)
    options.owner = app
    for path, found in paths.items():
        route = _Route(app, path, found, options)
        app.routes.append(route)
        for plugin in app.plugins.receive_route:
            plugin.receive_route(route)
    app.asgi_router.construct_routing_trie()


def make_ready(app: Litestar) -> None:
    """Read what every handler takes, as the document needs it; in any thread."""
    for route in app.routes:
        if isinstance(route, _Route):
            route.make_ready()


def _no_content() -> Response[None]:
    """Answer `OPTIONS`."""
    return Response(None, status_code=HTTP_204_NO_CONTENT, media_type=MediaType.TEXT)


class _Options(HTTPRouteHandler):
    """Answers `OPTIONS` on every path, whatever is in the path."""

    _kwargs_model: Any = None

    def create_kwargs_model(self, path_parameters: dict[str, PathParameterDefinition]) -> Any:  # noqa: ANN401 - Litestar's own
        if self._kwargs_model is None:
            self._kwargs_model = super().create_kwargs_model(path_parameters)
        return self._kwargs_model


class _Route(HTTPRoute):
    """A path with all its methods."""

    def __init__(
        self, app: Litestar, path: str, handlers: list[HTTPRouteHandler], options: _Options
    ) -> None:
        self._app = app
        self._options = options
        self._ready = False
        self._reading = threading.Lock()
        super().__init__(path=path, route_handlers=handlers)
        unread: Any = {
            method: (handler, None)
            for handler in self.route_handlers
            for method in handler.http_methods
        }
        self.route_handler_map = unread

    def make_ready(self) -> None:
        """Read what its handlers take; a request and the document may both want it."""
        if self._ready:
            return
        with self._reading:
            if not self._ready:
                for handler in self.route_handlers:
                    handler.on_registration(self._app)
                self.route_handler_map = {}
                self.create_handler_map()
                self._ready = True

    async def handle(self, scope: HTTPScope, receive: Receive, send: Send) -> None:  # type: ignore[override] # as Litestar's own
        """Answer a request."""
        self.make_ready()
        await super().handle(scope, receive, send)

    def create_options_handler(self, path: str) -> HTTPRouteHandler:
        del path
        return self._options
