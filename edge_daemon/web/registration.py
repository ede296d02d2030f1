"""Taking many routes into a Litestar application at once.

Litestar (2.25) takes one handler after the other: a path's route is made again for each of its
methods, the tree of routes after each of them, and every path has an `OPTIONS` handler of its own
with a signature to be read. For a hundred handlers that is most of a daemon's start. Here each
route is made once, the tree once, and one handler answers every `OPTIONS`; which methods there
are is said by the gate.
"""

import copy
from collections.abc import Sequence
from typing import Any

from litestar import Litestar, Response
from litestar.enums import HttpMethod, MediaType
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute
from litestar.status_codes import HTTP_204_NO_CONTENT
from litestar.types import ControllerRouterHandler
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
        _take_in(app, _Route(path, found, options))
    app.asgi_router.construct_routing_trie()


def _take_in(app: Litestar, route: "_Route") -> None:
    app.routes.append(route)
    for handler in route.route_handlers:
        handler.on_registration(app)
    route.create_handler_map()
    for plugin in app.plugins.receive_route:
        plugin.receive_route(route)


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

    def __init__(self, path: str, handlers: list[HTTPRouteHandler], options: _Options) -> None:
        self._options = options
        super().__init__(path=path, route_handlers=handlers)

    def create_options_handler(self, path: str) -> HTTPRouteHandler:
        del path
        return self._options
