"""Making a Litestar application of ours: strict, quiet, with one shape for refusals."""

from collections.abc import Sequence

from litestar import Litestar
from litestar.types import ControllerRouterHandler

from edge_daemon.web.document import About, StructNames, document_config
from edge_daemon.web.problems import ProblemResponder, Table

MAX_BODY_BYTES = 1024 * 1024
"""A request's body at most; a journal entry takes a quarter of it."""


def create_app(
    handlers: Sequence[ControllerRouterHandler],
    about: About,
    table: Table,
    *,
    max_body_bytes: int = MAX_BODY_BYTES,
) -> Litestar:
    """Make an application of `handlers`, with its OpenAPI document at `/openapi.json`.

    Args:
        handlers: Litestar's routes.
        about: What the document says of it.
        table: How the handlers' exceptions are answered.
        max_body_bytes: A larger body is refused (413).
    """
    names = StructNames()
    return Litestar(
        handlers,
        exception_handlers={Exception: ProblemResponder(table)},
        openapi_config=document_config(names, about),
        plugins=[names],
        request_max_body_size=max_body_bytes,
        logging_config=None,
        debug=False,
        pdb_on_exception=False,
    )
