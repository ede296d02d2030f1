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
from edge_daemon.scopes import Scope
from edge_daemon.web import TICKET_SECONDS, Caller, Tickets, documented, needs, needs_token

HEARTBEAT_SECONDS = 15.0
"""Proxies cut a silent stream after 30 to 60 s; a comment line keeps it."""
RETRY_MS = 1000
"""What we ask an EventSource to wait before it comes back."""
GOING_AWAY = 1001
"""The WebSocket close code of an endpoint that goes down (RFC 6455, 7.4.1)."""
POLICY_VIOLATION = 1008
"""The close code for a register whose token was revoked (RFC 6455, 7.4.1)."""
_NOTICES = frozenset({"subscribed", "resync"})

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
        opt=needs(Scope.READ, Scope.SCAN),
    )
    async def read_events(
        request: Request[Any, Any, Any], after: After = None, last_event_id: LastEventId = None
    ) -> Stream:
        """Listen to the live stream; the same address takes a WebSocket.

        The first message is `subscribed`, or `resync` when what was missed is gone: then read the
        state anew. What is `replayed`, or comes late, has its `age_ms`. Scans need the scope
        `scan`, everything else `read`.
        """
        ear = _Ear(request.scope["state"]["caller"], tickets)
        return Stream(_server_sent(events.subscribe(last_event_id or after), ear))

    @websocket("/v1/events", opt=needs(Scope.READ, Scope.SCAN))
    async def open_socket(socket: WebSocket[Any, Any, Any], after: After = None) -> None:
        ear = _Ear(socket.scope["state"]["caller"], tickets)
        with events.subscribe(after) as subscription:
            await socket.accept()
            await _until_gone(socket, subscription, ear)

    @post(
        "/v1/tickets",
        responses=documented(),
        response_description="Good for one connection.",
        opt=needs_token(),
    )
    async def make_ticket(request: Request[Any, Any, Any]) -> Ticket:
        """Get a ticket: a browser cannot send the token with a WebSocket."""
        caller: Caller = request.scope["state"]["caller"]
        return Ticket(tickets.issue(caller), TICKET_SECONDS)

    return [read_events, open_socket, make_ticket]


class _Ear:
    """What one caller may hear, and whether it still may."""

    def __init__(self, caller: Caller, tickets: Tickets) -> None:
        self._caller = caller
        self._tickets = tickets

    @property
    def open(self) -> bool:
        """False once the caller's token was revoked or has expired."""
        return self._tickets.holds(self._caller)

    def hears(self, message: Message) -> bool:
        """Scans are for `scan`, all others for `read`; news of the subscription are for both."""
        if message.type in _NOTICES:
            return True
        needed = Scope.SCAN if message.type == "scan" else Scope.READ
        return needed in self._caller.scopes


async def _server_sent(subscription: Subscription, ear: _Ear) -> AsyncIterator[str]:
    """The subscription in the format of server-sent events (WHATWG HTML, 9.2)."""
    with subscription:
        yield f"retry: {RETRY_MS}\n\n"
        while ear.open:
            try:
                async with asyncio.timeout(HEARTBEAT_SECONDS):
                    message = await anext(subscription)
            except TimeoutError:
                yield ": still here\n\n"
            except StopAsyncIteration:
                return
            else:
                if ear.open and ear.hears(message):
                    yield server_sent_event(message)


def server_sent_event(message: Message) -> str:
    """One message in the format of server-sent events."""
    return f"id: {message.id}\nevent: {message.type}\ndata: {message.text}\n\n"


async def _until_gone(
    socket: WebSocket[Any, Any, Any], subscription: Subscription, ear: _Ear
) -> None:
    """Send until the register goes, or we do."""
    sending = asyncio.ensure_future(_send_all(socket, subscription, ear))
    leaving = asyncio.ensure_future(_wait_for_leave(socket))
    try:
        await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        sending.cancel()
        leaving.cancel()
        await asyncio.gather(sending, leaving, return_exceptions=True)


async def _send_all(
    socket: WebSocket[Any, Any, Any], subscription: Subscription, ear: _Ear
) -> None:
    with contextlib.suppress(OSError, WebSocketException):  # the register has gone
        async for message in subscription:
            if not ear.open:
                await socket.close(POLICY_VIOLATION)
                return
            if ear.hears(message):
                await socket.send_text(message.text)
        await socket.close(GOING_AWAY)


async def _wait_for_leave(socket: WebSocket[Any, Any, Any]) -> None:
    """Read, and drop, what a register sends until it leaves."""
    with contextlib.suppress(WebSocketException):
        while (await socket.receive())["type"] != "websocket.disconnect":
            pass
