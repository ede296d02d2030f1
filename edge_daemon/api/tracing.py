"""What support may see of a terminal's wire, as it happens."""

from collections.abc import AsyncIterator, Sequence
from typing import Annotated

import msgspec
from litestar import post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, QueryParameter
from litestar.response import Stream
from litestar.types import ControllerRouterHandler

from drivers.payment_terminal import TracedMessage
from edge_daemon.payments import Tracing
from edge_daemon.scopes import Scope
from edge_daemon.web import documented, needs

JSON_LINES = "application/x-ndjson"
TRACE_SECONDS = 60.0
LONGEST_TRACE = 3600.0

_CAPTURE = ResponseSpec(
    data_container=TracedMessage,
    media_type=JSON_LINES,
    description="A message a line, without card data. An empty line says that it has begun.",
    generate_examples=False,
)

Seconds = Annotated[
    float, QueryParameter(gt=0, le=LONGEST_TRACE, description="How long to look on.")
]


def tracing_routes(tracing: Tracing) -> Sequence[ControllerRouterHandler]:
    """Looking over a terminal's shoulder."""

    @post(
        "/v1/terminals/{name:str}/trace",
        status_code=200,
        media_type=JSON_LINES,
        responses={200: _CAPTURE, **documented(404, 409)},
        opt=needs(Scope.ADMIN),
    )
    async def trace_terminal(name: FromPath[str], seconds: Seconds = TRACE_SECONDS) -> Stream:
        """Get every message between till and terminal for some time, for support.

        The lines are a capture that can be played back. A terminal that is offline is waited for.
        """
        return Stream(_lines(tracing.trace(name, seconds)), media_type=JSON_LINES)

    return [trace_terminal]


async def _lines(messages: AsyncIterator[TracedMessage]) -> AsyncIterator[bytes]:
    yield b"\n"
    async for message in messages:
        yield msgspec.json.encode(message) + b"\n"
