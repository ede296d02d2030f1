"""The registers' SDK for browsers: one ES module, served as it is."""

from collections.abc import Sequence
from importlib import resources

from litestar import Response, get
from litestar.openapi.datastructures import ResponseSpec
from litestar.types import ControllerRouterHandler

from edge_daemon.web import documented, open_to_all

JAVASCRIPT = "text/javascript"
"""What browsers ask of a module (RFC 9239)."""
_MODULE = ResponseSpec(
    data_container=str, media_type=JAVASCRIPT, description="The module.", generate_examples=False
)


def sdk_routes() -> Sequence[ControllerRouterHandler]:
    """The route of the module."""
    module = resources.files(__package__).joinpath("client.js").read_text("utf-8")

    @get(
        "/client.js",
        media_type=JAVASCRIPT,
        responses={200: _MODULE, **documented()},
        opt=open_to_all("A page has no token before it has the module that pairs."),
    )
    async def read_module() -> Response[str]:
        """The registers' SDK for browsers: `import { Register } from "<box>/client.js"`."""
        return Response(module, media_type=JAVASCRIPT)

    return [read_module]
