"""A small HTTP server for people and programs on this machine, on loopback only.

A web page in a browser of this machine must not drive it. So the `Host` header has to be the
loopback address (no name that was re-bound to it), an `Origin` other than our own is refused, and
a body has to be `application/json`, which no foreign page may send without asking first.
"""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

import msgspec
import uvicorn

from simulators.control import Json

BODY_LIMIT: Final = 65536
"""Bytes; the longest code that a scanner reads has 4296 characters."""
HOST: Final = "127.0.0.1"


class RefusedError(Exception):
    """Raised when a request cannot be served.

    Attributes:
        status: The HTTP status to answer with.
    """

    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Request:
    """What is needed of an HTTP request; header names are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    def expect(self, method: str) -> None:
        """Refuse any other method.

        Raises:
            RefusedError: It is another one.
        """
        if self.method != method:
            raise RefusedError(HTTPStatus.METHOD_NOT_ALLOWED, f"{self.path} takes {method}.")

    def json(self) -> Json:
        """The body, a JSON object.

        Raises:
            RefusedError: It is not called one, or it is none.
        """
        if self.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            raise RefusedError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Send application/json.")
        try:
            return msgspec.json.decode(self.body, type=dict[str, Any])
        except (msgspec.DecodeError, RecursionError) as error:
            raise RefusedError(
                HTTPStatus.BAD_REQUEST, f"The body is no JSON object: {error}"
            ) from error


class Doorkeeper:
    """Lets in who calls this machine by its loopback address, and no foreign page."""

    def __init__(self, port: int) -> None:
        self._hosts = {f"{host}:{port}" for host in (HOST, "localhost")}

    def let_in(self, request: Request) -> None:
        """Judge a request by its headers.

        Raises:
            RefusedError: It comes from elsewhere.
        """
        host = request.headers.get("host", "")
        if host not in self._hosts:
            raise RefusedError(HTTPStatus.FORBIDDEN, f"Host {host!r} is not this machine.")
        origin = request.headers.get("origin")
        if origin is not None and origin.removeprefix("http://") not in self._hosts:
            raise RefusedError(HTTPStatus.FORBIDDEN, f"Origin {origin!r} may not control devices.")


async def read_request(scope: Any, receive: Any) -> Request:  # noqa: ANN401 - ASGI
    """Read a request whole.

    Raises:
        RefusedError: Its body is too large.
    """
    headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > BODY_LIMIT:
            raise RefusedError(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"A body has at most {BODY_LIMIT} bytes."
            )
        if not message.get("more_body", False):
            return Request(scope["method"], scope["path"], headers, bytes(body))


async def respond(
    send: Any,  # noqa: ANN401 - ASGI
    status: HTTPStatus,
    content: bytes,
    headers: Mapping[str, str],
) -> None:
    """Send an answer whole."""
    encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": encoded})
    await send({"type": "http.response.body", "body": content})


async def respond_json(
    send: Any,  # noqa: ANN401 - ASGI
    status: HTTPStatus,
    answer: Json,
) -> None:
    """Send an answer as JSON for people."""
    content = msgspec.json.format(msgspec.json.encode(answer)) + b"\n"
    await respond(send, status, content, {"content-type": "application/json"})


async def respond_well(send: Any, answer: Json | bytes) -> None:  # noqa: ANN401 - ASGI
    """Send what was asked for: JSON, or a picture as a PNG."""
    if isinstance(answer, bytes):
        await respond(send, HTTPStatus.OK, answer, {"content-type": "image/png"})
    else:
        await respond_json(send, HTTPStatus.OK, answer)


@contextlib.asynccontextmanager
async def serving(application: Any, listener: socket.socket) -> AsyncIterator[None]:  # noqa: ANN401 - an ASGI application
    """Serve while the context is entered; the listener stays the caller's."""
    server = _Server(application)
    task = asyncio.create_task(server.serve([listener]))
    await server.ready.wait()
    try:
        yield
    finally:
        server.should_exit = True
        await task


class _Server(uvicorn.Server):
    """A server that leaves signals to the program it is a part of."""

    def __init__(self, application: Any) -> None:  # noqa: ANN401 - uvicorn's own type for ASGI
        super().__init__(
            uvicorn.Config(
                application,
                lifespan="off",
                ws="none",
                http="h11",
                access_log=False,
                log_config=None,
            )
        )
        self.ready = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and say so."""
        await super().startup(sockets)
        self.ready.set()
