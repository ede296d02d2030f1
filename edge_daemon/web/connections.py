"""uvicorn's connections with deadlines.

uvicorn waits for ever for the second half of a header, for the rest of a body, and for a reader
that takes nothing. Here a request has `request_seconds` in all, and whoever takes nothing for
`stall_seconds` is cut off. Neither needs a thought in a handler.
"""

import asyncio
import functools
from collections.abc import Iterable
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.wsproto_impl import WSProtocol

from edge_daemon.web.doorkeeper import Doorkeeper, Standing
from edge_daemon.web.problems import JSON, Problem, encode_problem

_ASKING = frozenset({h11.IDLE, h11.SEND_BODY})
"""States of the other side in which its request is not complete."""


class HttpConnection(H11Protocol):
    """One HTTP/1.1 connection."""

    def __init__(self, *args: Any, doorkeeper: Doorkeeper, **kwargs: Any) -> None:  # noqa: ANN401 - uvicorn's
        super().__init__(*args, **kwargs)
        self._doorkeeper = doorkeeper
        self._deadline: asyncio.TimerHandle | None = None
        self._stall = _Stall(doorkeeper.limits.stall_seconds)
        self.address = ""
        self.standing = Standing.ASKING

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as in uvicorn
        """Begin, or turn the caller away when there is no room."""
        super().connection_made(transport)
        self.address = self.client[0] if self.client else ""
        if self._doorkeeper.admit(self):
            self._note_progress()
        else:
            self._answer(503, "Too many connections; close some.")

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget everything."""
        self._disarm()
        self._stall.end()
        self._doorkeeper.release(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take more of a request."""
        super().data_received(data)
        self._note_progress()

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """Hand the connection on; its place goes with it."""
        self._disarm()
        if not _readable_by_wsproto(self.headers):
            self._answer(400, "This WebSocket handshake has headers that are not ASCII.")
            return
        super().handle_websocket_upgrade(event)
        upgraded = self.transport.get_protocol()
        if isinstance(upgraded, WebSocketConnection):
            self._doorkeeper.replace(self, upgraded)

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        super().on_response_complete()
        self._note_progress()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is not HTTP, in the shape of every refusal."""
        self._answer(400, msg)

    def pause_writing(self) -> None:
        """The reader takes nothing at the moment."""
        super().pause_writing()
        self._stall.begin(self.transport)

    def resume_writing(self) -> None:
        """The reader goes on."""
        super().resume_writing()
        self._stall.end()

    def cut(self) -> None:
        """Close at once, whatever is under way."""
        self.transport.abort()

    def _note_progress(self) -> None:
        if self.transport.get_protocol() is not self:  # a WebSocket's now: its request is complete
            return
        state = self.conn.their_state
        waiting = state in _ASKING
        between = state is h11.IDLE and self.timeout_keep_alive_task is not None
        if not waiting:
            self.standing = Standing.SERVED
        else:
            self.standing = Standing.IDLE if between else Standing.ASKING
        if self.standing is not Standing.ASKING:
            self._disarm()
        elif self._deadline is None and not self.transport.is_closing():
            seconds = self._doorkeeper.limits.request_seconds
            self._deadline = self.loop.call_later(seconds, self.cut)

    def _disarm(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _answer(self, status: int, message: str) -> None:
        """Answer without the application and close."""
        code = "invalid_request" if status == 400 else "too_many_connections"  # noqa: PLR2004 - HTTP
        body = encode_problem(Problem(code=code, message=message))
        headers = [
            ("content-type", JSON),
            ("content-length", str(len(body))),
            ("connection", "close"),
        ]
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            for event in (
                h11.Response(status_code=status, headers=headers),
                h11.Data(data=body),
                h11.EndOfMessage(),
            ):
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()


class WebSocketConnection(WSProtocol):
    """One WebSocket."""

    def __init__(self, *args: Any, doorkeeper: Doorkeeper, **kwargs: Any) -> None:  # noqa: ANN401 - uvicorn's
        super().__init__(*args, **kwargs)
        self._doorkeeper = doorkeeper
        self._stall = _Stall(doorkeeper.limits.stall_seconds)
        self.address = ""
        self.standing = Standing.SERVED

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as in uvicorn
        """Take over from HTTP."""
        super().connection_made(transport)
        self.address = self.client[0] if self.client else ""

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget everything."""
        self._stall.end()
        self._doorkeeper.release(self)
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """The reader takes nothing at the moment."""
        super().pause_writing()
        self._stall.begin(self.transport)

    def resume_writing(self) -> None:
        """The reader goes on."""
        super().resume_writing()
        self._stall.end()

    def cut(self) -> None:
        """Close at once, whatever is under way."""
        self.transport.abort()


def _readable_by_wsproto(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """False for a handshake that wsproto (1.3) would stumble over: it decodes without care."""
    codecs = {b"host": "idna"} | dict.fromkeys(
        (b"connection", b"sec-websocket-extensions", b"sec-websocket-protocol"), "ascii"
    )
    try:
        for name, value in headers:
            value.decode(codecs.get(name, "latin-1"))
    except UnicodeError:
        return False
    return True


class _Stall:
    """Cuts a connection whose reader takes nothing for too long; `close` would wait for it."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, transport: asyncio.Transport) -> None:
        self.end()
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._seconds, transport.abort)

    def end(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def http_factory(doorkeeper: Doorkeeper) -> Any:  # noqa: ANN401 - uvicorn wants a class, and calls it
    """Make HTTP connections that `doorkeeper` counts."""
    return functools.partial(HttpConnection, doorkeeper=doorkeeper)


def websocket_factory(doorkeeper: Doorkeeper) -> Any:  # noqa: ANN401 - as above
    """Make WebSockets that `doorkeeper` counts."""
    return functools.partial(WebSocketConnection, doorkeeper=doorkeeper)
