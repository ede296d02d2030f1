"""The live stream at `/v1/events`: server-sent events and WebSocket, with resume.

Both send the same lines of JSON. A register that comes back says where it was: in `?after=`, or,
as a browser's EventSource does, in `Last-Event-ID`. A WebSocket has nothing to say to us.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Any

import msgspec
from litestar import Request, WebSocket, get, post, websocket
from litestar.exceptions import WebSocketException
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import HeaderParameter, QueryParameter
from litestar.response import Stream
from litestar.types import ControllerRouterHandler

from edge_daemon.events import EventStream, Message, Subscription
from edge_daemon.web import TICKET_SECONDS, Caller, Tickets, documented

HEARTBEAT_SECONDS = 15.0
"""Proxies cut a silent stream after 30 to 60 s; a comment line keeps it."""
RETRY_MS = 1000
"""What we ask an EventSource to wait before it comes back."""
GOING_AWAY = 1001
"""The WebSocket close code of an endpoint that goes down (RFC 6455, 7.4.1)."""

_WITHOUT_END = ResponseSpec(
    data_container=str,
    media_type="text/event-stream",
    description="Events without end, each with its id, its type and a line of JSON.",
    generate_examples=False,
)

After = Annotated[
    str | None,
    QueryParameter(
        description="The id of the last event that was received; what came since is sent first.",
    ),
]
LastEventId = Annotated[
    str | None,
    HeaderParameter(name="Last-Event-ID", description="As `after`, which it overrules."),
]


class Ticket(msgspec.Struct, frozen=True):
    """A stand-in for the token, for one WebSocket of a browser.

    Attributes:
        ticket: To be sent as `/v1/events?ticket=…`.
        expires_in: Seconds.
    """

    ticket: str
    expires_in: int


def stream_routes(events: EventStream, tickets: Tickets) -> Sequence[ControllerRouterHandler]:
    """The routes of the live stream."""

    @get(
        "/v1/events",
        media_type="text/event-stream",
        responses={200: _WITHOUT_END, **documented()},
    )
    async def read_events(after: After = None, last_event_id: LastEventId = None) -> Stream:
        """Listen to the live stream; the same address takes a WebSocket.

        The first message is `subscribed`, or `resync` when what was missed is gone: then read the
        state anew. What is `replayed`, or comes late, has its `age_ms`.
        """
        return Stream(_server_sent(events.subscribe(last_event_id or after)))

    @websocket("/v1/events")
    async def open_socket(socket: WebSocket[Any, Any, Any], after: After = None) -> None:
        with events.subscribe(after) as subscription:
            await socket.accept()
            await _until_gone(socket, subscription)

    @post("/v1/tickets", responses=documented(), response_description="Good for one connection.")
    async def make_ticket(request: Request[Any, Any, Any]) -> Ticket:
        """Get a ticket: a browser cannot send the token with a WebSocket."""
        caller: Caller = request.scope["state"]["caller"]
        return Ticket(tickets.issue(caller), TICKET_SECONDS)

    return [read_events, open_socket, make_ticket]


async def _server_sent(subscription: Subscription) -> AsyncIterator[str]:
    """The subscription in the format of server-sent events (WHATWG HTML, 9.2)."""
    with subscription:
        yield f"retry: {RETRY_MS}\n\n"
        while True:
            try:
                async with asyncio.timeout(HEARTBEAT_SECONDS):
                    message = await anext(subscription)
            except TimeoutError:
                yield ": still here\n\n"
            except StopAsyncIteration:
                return
            else:
                yield server_sent_event(message)


def server_sent_event(message: Message) -> str:
    """One message in the format of server-sent events."""
    return f"id: {message.id}\nevent: {message.type}\ndata: {message.text}\n\n"


async def _until_gone(socket: WebSocket[Any, Any, Any], subscription: Subscription) -> None:
    """Send until the register goes, or we do."""
    sending = asyncio.ensure_future(_send_all(socket, subscription))
    leaving = asyncio.ensure_future(_wait_for_leave(socket))
    try:
        await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        sending.cancel()
        leaving.cancel()
        await asyncio.gather(sending, leaving, return_exceptions=True)


async def _send_all(socket: WebSocket[Any, Any, Any], subscription: Subscription) -> None:
    with contextlib.suppress(OSError, WebSocketException):  # the register has gone
        async for message in subscription:
            await socket.send_text(message.text)
        await socket.close(GOING_AWAY)


async def _wait_for_leave(socket: WebSocket[Any, Any, Any]) -> None:
    """Read, and drop, what a register sends until it leaves."""
    with contextlib.suppress(WebSocketException):
        while (await socket.receive())["type"] != "websocket.disconnect":
            pass
