"""The simulators' remote control: faults and hands over HTTP and JSON, on loopback only.

    GET  /state                     every simulator's state
    GET  /{name}                    one simulator: state, faults, actions, TOML
    GET  /{name}/picture            as a PNG, of those that show something
    POST /{name}/hand               {"action": "scan", "data": "8711000000007"}
    POST /{name}/faults             {"fault": "burst", "on": true}

A POST answers with the simulator as it then is. Errors are `{"error": "…"}` and list what exists.
Who may call is `simulators.http_server`'s business.
"""

import contextlib
import re
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from http import HTTPStatus
from typing import Any

from simulators.control import Json, Simulator, UnknownNameError, unknown
from simulators.http_server import (
    BODY_LIMIT,
    HOST,
    Doorkeeper,
    RefusedError,
    Request,
    read_request,
    respond_json,
    respond_well,
    serving,
)

__all__ = ["BODY_LIMIT", "ControlApi", "portrait", "serve"]

_PATH = re.compile(r"/(?P<name>[^/]+)(?:/(?P<door>hand|faults|picture))?")


class ControlApi:
    """The doors to a set of simulators, by their names."""

    def __init__(self, simulators: Mapping[str, Simulator]) -> None:
        self._simulators = simulators

    async def answer(self, request: Request) -> Json | bytes:
        """Serve one request of somebody who was let in; bytes are a PNG.

        Raises:
            RefusedError: It makes no sense; nothing was done.
        """
        if request.path in ("/", "/state"):
            request.expect("GET")
            return {name: _state(simulator) for name, simulator in self._simulators.items()}
        match = _PATH.fullmatch(request.path)
        if match is None:
            raise RefusedError(
                HTTPStatus.NOT_FOUND,
                "There is /state, /NAME, /NAME/picture, /NAME/hand and /NAME/faults.",
            )
        simulator = self._find(match["name"])
        if match["door"] == "picture":
            request.expect("GET")
            return _picture(simulator)
        request.expect("POST" if match["door"] else "GET")
        if match["door"]:
            await _act(simulator, match["door"], request.json())
        return portrait(simulator)

    def _find(self, name: str) -> Simulator:
        if name not in self._simulators:
            message = unknown("simulator", name, self._simulators)
            raise RefusedError(HTTPStatus.NOT_FOUND, message)
        return self._simulators[name]


def _picture(simulator: Simulator) -> bytes:
    """What a person sees of it."""
    draw: Callable[[], bytes] | None = getattr(simulator, "picture", None)
    if draw is None:
        raise RefusedError(HTTPStatus.NOT_FOUND, f"There is no picture of {simulator.name}.")
    return draw()


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


def portrait(simulator: Simulator) -> Json:
    """All that there is to know of one simulator."""
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
    with socket.create_server((HOST, port)) as listener:
        port = listener.getsockname()[1]
        async with serving(_application(ControlApi(simulators), Doorkeeper(port)), listener):
            yield f"http://{HOST}:{port}"


def _application(api: ControlApi, doorkeeper: Doorkeeper) -> Any:  # noqa: ANN401 - an ASGI application
    async def application(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI
        try:
            request = await read_request(scope, receive)
            doorkeeper.let_in(request)
            answer = await api.answer(request)
        except RefusedError as refusal:
            await respond_json(send, refusal.status, {"error": str(refusal)})
        else:
            await respond_well(send, answer)

    return application
