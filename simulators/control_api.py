"""The simulators' remote control: faults and hands over HTTP and JSON, on loopback only.

    GET  /state                     every simulator's state
    GET  /{name}                    one simulator: state, faults, actions, TOML
    POST /{name}/hand               {"action": "scan", "data": "8711000000007"}
    POST /{name}/faults             {"fault": "burst", "on": true}

A POST answers with the simulator as it then is. Errors are `{"error": "…"}` and list what exists.

A web page in a browser of this machine must not drive it. So the `Host` header has to be the
loopback address (no name that was re-bound to it), an `Origin` other than our own is refused, and
a body has to be `application/json`, which no foreign page may send without asking first.
"""

import asyncio
import contextlib
import re
import socket
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

import msgspec
import uvicorn

from simulators.control import Json, Simulator, UnknownNameError, unknown

BODY_LIMIT: Final = 65536
"""Bytes; the longest code that a scanner reads has 4296 characters."""

_PATH = re.compile(r"/(?P<name>[^/]+)(?:/(?P<door>hand|faults))?")


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


class ControlApi:
    """The doors to a set of simulators, by their names."""

    def __init__(self, simulators: Mapping[str, Simulator], port: int) -> None:
        self._simulators = simulators
        self._hosts = {f"{host}:{port}" for host in ("127.0.0.1", "localhost")}

    async def answer(self, request: Request) -> Json:
        """Serve one request.

        Raises:
            RefusedError: It is not allowed, or makes no sense; nothing was done.
        """
        self._let_in(request)
        if request.path in ("/", "/state"):
            _expect(request, "GET")
            return {name: _state(simulator) for name, simulator in self._simulators.items()}
        match = _PATH.fullmatch(request.path)
        if match is None:
            raise RefusedError(
                HTTPStatus.NOT_FOUND, "There is /state, /NAME, /NAME/hand and /NAME/faults."
            )
        simulator = self._find(match["name"])
        _expect(request, "POST" if match["door"] else "GET")
        if match["door"]:
            await _act(simulator, match["door"], _body(request))
        return _portrait(simulator)

    def _let_in(self, request: Request) -> None:
        host = request.headers.get("host", "")
        if host not in self._hosts:
            raise RefusedError(HTTPStatus.FORBIDDEN, f"Host {host!r} is not this machine.")
        origin = request.headers.get("origin")
        if origin is not None and origin.removeprefix("http://") not in self._hosts:
            raise RefusedError(HTTPStatus.FORBIDDEN, f"Origin {origin!r} may not control devices.")

    def _find(self, name: str) -> Simulator:
        if name not in self._simulators:
            message = unknown("simulator", name, self._simulators)
            raise RefusedError(HTTPStatus.NOT_FOUND, message)
        return self._simulators[name]


def _expect(request: Request, method: str) -> None:
    if request.method != method:
        raise RefusedError(HTTPStatus.METHOD_NOT_ALLOWED, f"{request.path} takes {method}.")


def _body(request: Request) -> Json:
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise RefusedError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Send application/json.")
    try:
        return msgspec.json.decode(request.body, type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError) as error:
        raise RefusedError(
            HTTPStatus.BAD_REQUEST, f"The body is no JSON object: {error}"
        ) from error


async def _act(simulator: Simulator, door: str, body: Json) -> None:
    try:
        if door == "hand":
            action, arguments = _action(body)
            await simulator.hand(action, **arguments)
        else:
            fault, on = _fault(body)
            simulator.faults.switch(fault, on=on)
    except (UnknownNameError, ValueError, TypeError) as error:
        raise RefusedError(HTTPStatus.BAD_REQUEST, str(error)) from error


def _action(body: Json) -> tuple[str, Json]:
    match body:
        case {"action": str(action), **arguments}:
            return action, arguments
    raise ValueError('A hand needs {"action": "…"} and the arguments of the action beside it.')


def _fault(body: Json) -> tuple[str, bool]:
    match body:
        case {"fault": str(fault), "on": bool(on), **rest} if not rest:
            return fault, on
    raise ValueError('A fault needs {"fault": "…", "on": true} or false, and nothing else.')


def _state(simulator: Simulator) -> Json:
    return {
        "family": simulator.family,
        "state": simulator.state(),
        "faults": simulator.faults.state(),
    }


def _portrait(simulator: Simulator) -> Json:
    switches = simulator.faults.state()
    return {
        "name": simulator.name,
        "family": simulator.family,
        "state": simulator.state(),
        "faults": {
            name: {"on": switches[name], "description": text}
            for name, text in simulator.faults.descriptions.items()
        },
        "actions": dict(simulator.actions),
        "toml": simulator.toml(),
    }


# --- Serving ----------------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def serve(simulators: Mapping[str, Simulator], port: int = 0) -> AsyncIterator[str]:
    """Serve the control API on loopback while the context is entered; yields its URL.

    Args:
        simulators: Running, by their names.
        port: 0 chooses a free one.

    Raises:
        OSError: The port is in use.
    """
    with socket.create_server(("127.0.0.1", port)) as listener:
        port = listener.getsockname()[1]
        server = _Server(_application(ControlApi(simulators, port)))
        serving = asyncio.create_task(server.serve([listener]))
        await server.ready.wait()
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.should_exit = True
            await serving


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


def _application(api: ControlApi) -> Any:  # noqa: ANN401 - an ASGI application
    async def application(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI
        try:
            body = await _read_body(receive)
            headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
            request = Request(scope["method"], scope["path"], headers, body)
            status, answer = HTTPStatus.OK, await api.answer(request)
        except RefusedError as refusal:
            status, answer = refusal.status, {"error": str(refusal)}
        content_type = (b"content-type", b"application/json")
        await send({"type": "http.response.start", "status": status, "headers": [content_type]})
        content = msgspec.json.format(msgspec.json.encode(answer)) + b"\n"
        await send({"type": "http.response.body", "body": content})

    return application


async def _read_body(receive: Any) -> bytes:  # noqa: ANN401 - ASGI
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > BODY_LIMIT:
            raise RefusedError(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"A body has at most {BODY_LIMIT} bytes."
            )
        if not message.get("more_body", False):
            return bytes(body)
