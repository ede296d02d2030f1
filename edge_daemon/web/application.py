"""Making a Litestar application of ours: strict, quiet, with one shape for refusals."""

from collections.abc import Sequence

from litestar import Litestar
from litestar.plugins.base import PluginProtocol
from litestar.plugins.core import MsgspecDIPlugin
from litestar.types import ControllerRouterHandler

from edge_daemon.web.document import About, StructNames, document_config, document_route
from edge_daemon.web.problems import ProblemResponder, Table
from edge_daemon.web.registration import register_all
from edge_daemon.web.rights import RIGHTS, Rights, handlers, scopes_of

MAX_BODY_BYTES = 1024 * 1024
"""A request's body at most; a journal entry takes a quarter of it."""


class LeanLitestar(Litestar):
    """Litestar that reads msgspec's structs and nothing else.

    By itself it loads its support of pydantic and attrs wherever another package has brought them:
    170 ms and 8 MiB for nothing (Litestar 2.25).
    """

    @staticmethod
    def _get_default_plugins(plugins: list[PluginProtocol]) -> list[PluginProtocol]:
        return [*plugins, MsgspecDIPlugin()]


def create_app(
    routes: Sequence[ControllerRouterHandler],
    about: About,
    table: Table,
    *,
    rights: Rights | None = None,
    max_body_bytes: int = MAX_BODY_BYTES,
) -> Litestar:
    """Make an application of `routes`, with its OpenAPI document.

    Args:
        routes: Litestar's handlers.
        about: What the document says of it, and where it is.
        table: How the handlers' exceptions are answered.
        rights: Checks what each route asks of its caller.
        max_body_bytes: A larger body is refused (413).

    Raises:
        TypeError: A route does not say who may call it.
    """
    names = StructNames()
    rights = rights or Rights()
    app = LeanLitestar(
        exception_handlers={Exception: ProblemResponder(table)},
        openapi_config=document_config(about),
        plugins=[names],
        guards=[rights.check],
        opt={RIGHTS: rights},
        request_max_body_size=max_body_bytes,
        logging_config=None,
        debug=False,
        pdb_on_exception=False,
    )
    register_all(app, [*routes, document_route(names, about.document_path)])
    for _, handler in handlers(app):
        scopes_of(handler)
    return app
