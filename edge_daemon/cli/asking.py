"""How a command asks the running daemon: at the door that its own files name, with their token."""

import contextlib
import http.client
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import msgspec

from edge_daemon.config import Configuration
from edge_daemon.config.local_door import LocalDoor, read_local_door
from edge_daemon.errors import EdgeError

TIMEOUT = 10.0
"""Seconds for the daemon's answer; a slip is waited for half as long."""


def address(configuration: Configuration) -> str:
    """Return where the daemon's API is, or was when it last ran."""
    try:
        return read_local_door(configuration.state_directory).url
    except (FileNotFoundError, EdgeError):
        host = configuration.api.host
        return f"http://{f'[{host}]' if ':' in host else host}:{configuration.api.port}"


@contextlib.contextmanager
def asked(
    configuration: Configuration, method: str, path: str, *, timeout: float, body: object = None
) -> Iterator[http.client.HTTPResponse | None]:
    """Ask the daemon, and close the connection behind its answer; None where nobody listens.

    Args:
        configuration: The daemon's own.
        method: Of the request.
        path: What is asked for.
        timeout: Seconds of silence at most, also between two pieces of the answer.
        body: What is sent, as JSON; nothing where None.

    Raises:
        EdgeError: It listens, and gives no usable answer, or does not take the token.
    """
    try:
        door = read_local_door(configuration.state_directory)
    except FileNotFoundError:
        yield None
        return
    place = urlsplit(door.url)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=timeout)
    try:
        connection.connect()
    except OSError:
        yield None
        return
    try:
        connection.request(method, path, body=_encoded(body), headers=_headers(door, body))
        response = connection.getresponse()
        _require_let_in(response.status, door)
        yield response
    except (OSError, http.client.HTTPException) as error:
        raise EdgeError(f"{door.url} gives no usable answer: {error!r}") from error
    finally:
        connection.close()


def ask(
    configuration: Configuration, method: str, path: str, body: object = None, *, raw: bool = False
) -> Any:  # noqa: ANN401 - JSON
    """Ask the daemon for one answer: what its JSON says, or its text where `raw`.

    Raises:
        EdgeError: No daemon runs, or it refuses; the message is its own.
    """
    with asked(configuration, method, path, timeout=TIMEOUT, body=body) as response:
        if response is None:
            message = f"No daemon answers at {address(configuration)}. Start it first."
            raise EdgeError(message)
        try:
            data = response.read()
            if raw and response.status < http.HTTPStatus.BAD_REQUEST:
                return data.decode()
            answer = msgspec.json.decode(data)
            if response.status >= http.HTTPStatus.BAD_REQUEST:
                raise EdgeError(str(answer["error"]["message"]))
        except (msgspec.DecodeError, KeyError, TypeError) as error:
            place, status = address(configuration), response.status
            raise EdgeError(
                f"{place} answers with status {status}, and not as a daemon."
            ) from error
    return answer


def _headers(door: LocalDoor, body: object) -> dict[str, str]:
    headers = {"Authorization": f"Bearer {door.token}"}
    return headers if body is None else headers | {"Content-Type": "application/json"}


def _encoded(body: object) -> bytes | None:
    return None if body is None else msgspec.json.encode(body)


def _require_let_in(status: int, door: LocalDoor) -> None:
    if status == http.HTTPStatus.UNAUTHORIZED:
        raise EdgeError(
            f"The daemon at {door.url} does not take this machine's token. Is it another one than"
            " that of this configuration?"
        )
