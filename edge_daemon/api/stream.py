"""The live stream at `/v1/events`: server-sent events and WebSocket, with resume.

Both send the same lines of JSON. A register that comes back says where it was: in `?after=`, or,
as a browser's EventSource does, in `Last-Event-ID`. A WebSocket has nothing to say to us.

A register chooses what it hears: `?type=scan&type=sale_changed`, `?device=scanner-2`. When nothing
of that came for a while, it is told where the stream is, so that it never comes back from too far
behind. A stream that is open is also what keeps its register's leases.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractContextManager
from typing import Annotated, Any

import msgspec
from litestar import Request, WebSocket, get, post, websocket
from litestar.exceptions import WebSocketException
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import HeaderParameter, QueryParameter
from litestar.response import Stream
from litestar.types import ControllerRouterHandler

from edge_daemon.errors import InvalidRequestError
from edge_daemon.events import EventStream, Message, Subscription
from edge_daemon.scopes import Scope
from edge_daemon.web import TICKET_SECONDS, Caller, Tickets, documented, needs, needs_token

HEARTBEAT_SECONDS = 15.0
"""Proxies cut a silent stream after 30 to 60 s; a comment line keeps it."""
STILL_HERE = "still_here"
"""The type of a message to a WebSocket to which nothing was sent for so long: only an id."""
RETRY_MS = 1000
"""What we ask an EventSource to wait before it comes back."""
GOING_AWAY = 1001
"""The WebSocket close code of an endpoint that goes down (RFC 6455, 7.4.1)."""
POLICY_VIOLATION = 1008
"""The close code for a register whose token was revoked (RFC 6455, 7.4.1)."""
HEARD_BY_SCAN = frozenset(
    {
        "scan",
        "weight",
        "card_presented",
        "card_removed",
        "card_unreadable",
        "payment_card_presented",
    }
)
"""What lands in a basket, and so needs the scope `scan`."""
FILTERS_LIMIT = 64
"""Types, or devices, that one register may name."""

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
Types = Annotated[
    list[str] | None,
    QueryParameter(
        name="type",
        description="Only events of these types; all where absent. Send it once for each.",
    ),
]
Devices = Annotated[
    list[str] | None,
    QueryParameter(
        name="device",
        description="Of the events of devices only those of these; events that are of no device,"
        " such as `sale_changed`, come too. All where absent. Send it once for each.",
    ),
]
LastEventId = Annotated[
    str | None,
    HeaderParameter(name="Last-Event-ID", description="As `after`, which it overrules."),
]


Listening = Callable[[str], AbstractContextManager[None]]


class Ticket(msgspec.Struct, frozen=True):
    """A stand-in for the token, for one WebSocket of a browser.

    Attributes:
        ticket: To be sent as `/v1/events?ticket=…`.
        expires_in: Seconds.
    """

    ticket: str
    expires_in: int


def stream_routes(
    events: EventStream,
    tickets: Tickets,
    listening: Listening = lambda _: contextlib.nullcontext(),
) -> Sequence[ControllerRouterHandler]:
    """The routes of the live stream.

    Args:
        events: The stream.
        tickets: For WebSockets.
        listening: Entered with the id of a caller's token for as long as it listens.
    """

    @get(
        "/v1/events",
        media_type="text/event-stream",
        responses={200: _WITHOUT_END, **documented()},
        opt=needs(Scope.READ, Scope.SCAN),
    )
    async def read_events(
        request: Request[Any, Any, Any],
        after: After = None,
        types: Types = None,
        devices: Devices = None,
        last_event_id: LastEventId = None,
    ) -> Stream:
        """Listen to the live stream; the same address takes a WebSocket.

        The first message is `subscribed`, or `resync` when what was missed is gone: then read the
        state anew. What is `replayed`, or comes late, has its `age_ms`. Scans and weights
        need the scope `scan`, everything else `read`.
        """
        ear = _Ear(request.scope["state"]["caller"], tickets, types, devices)
        subscription = events.subscribe(last_event_id or after, ear.hears)
        return Stream(_server_sent(subscription, ear, listening(ear.listener)))

    @websocket("/v1/events", opt=needs(Scope.READ, Scope.SCAN))
    async def open_socket(
        socket: WebSocket[Any, Any, Any],
        after: After = None,
        types: Types = None,
        devices: Devices = None,
    ) -> None:
        ear = _Ear(socket.scope["state"]["caller"], tickets, types, devices)
        with events.subscribe(after, ear.hears) as subscription, listening(ear.listener):
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
    """What one caller may hear and wants to hear, and whether it still may."""

    def __init__(
        self,
        caller: Caller,
        tickets: Tickets,
        types: Sequence[str] | None,
        devices: Sequence[str] | None,
    ) -> None:
        """Take who listens, and to what; to everything where None.

        Raises:
            InvalidRequestError: It names too many.
        """
        self._caller = caller
        self._tickets = tickets
        self._types = _chosen("type", types)
        self._devices = _chosen("device", devices)

    @property
    def listener(self) -> str:
        """The id of the caller's token."""
        return self._caller.id

    @property
    def open(self) -> bool:
        """False once the caller's token was revoked or has expired."""
        return self._tickets.holds(self._caller)

    def hears(self, message: Message) -> bool:
        """Scans and weights are for `scan`, others for `read`; a leased device's for its holder."""
        if message.only_for not in (None, self._caller.id):
            return False
        if self._types is not None and message.type not in self._types:
            return False
        if self._devices is not None and message.device not in self._devices:
            return False
        needed = Scope.SCAN if message.type in HEARD_BY_SCAN else Scope.READ
        return needed in self._caller.scopes


def _chosen(name: str, values: Sequence[str] | None) -> frozenset[str | None] | None:
    if values is None:
        return None
    if len(values) > FILTERS_LIMIT:
        raise InvalidRequestError(f"Name {FILTERS_LIMIT} at most, or none for all.", name)
    return frozenset([*values, None])


async def _server_sent(
    subscription: Subscription, ear: _Ear, presence: AbstractContextManager[None]
) -> AsyncIterator[str]:
    """The subscription in the format of server-sent events (WHATWG HTML, 9.2).

    An id without data moves the browser's last event id, and is no event.
    """
    with subscription, presence:
        yield f"retry: {RETRY_MS}\n\n"
        while ear.open:
            try:
                async with asyncio.timeout(HEARTBEAT_SECONDS):
                    message = await anext(subscription)
            except TimeoutError:
                yield f"id: {subscription.position}\n: still here\n\n"
            except StopAsyncIteration:
                return
            else:
                if ear.open:
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
        while ear.open:
            try:
                async with asyncio.timeout(HEARTBEAT_SECONDS):
                    message = await anext(subscription)
            except TimeoutError:
                await socket.send_text(f'{{"id":"{subscription.position}","type":"{STILL_HERE}"}}')
            except StopAsyncIteration:
                await socket.close(GOING_AWAY)
                return
            else:
                if ear.open:
                    await socket.send_text(message.text)
        await socket.close(POLICY_VIOLATION)


async def _wait_for_leave(socket: WebSocket[Any, Any, Any]) -> None:
    """Read, and drop, what a register sends until it leaves."""
    with contextlib.suppress(WebSocketException):
        while (await socket.receive())["type"] != "websocket.disconnect":
            pass
