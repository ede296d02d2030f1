"""How a command asks the running daemon: over its API, with the token that it was given."""

import contextlib
import http.client
from collections.abc import Iterator

from edge_daemon.config import Configuration
from edge_daemon.errors import ConfigError, EdgeError


def address(configuration: Configuration) -> str:
    """Return where the daemon's API is."""
    host = configuration.api.host
    return f"http://{f'[{host}]' if ':' in host else host}:{configuration.api.port}"


@contextlib.contextmanager
def asked(
    configuration: Configuration, method: str, path: str, *, timeout: float
) -> Iterator[http.client.HTTPResponse | None]:
    """Ask the daemon, and close the connection behind its answer; None where nobody listens.

    Args:
        configuration: The daemon's own.
        method: Of the request.
        path: What is asked for; there is no body.
        timeout: Seconds of silence at most, also between two pieces of the answer.

    Raises:
        EdgeError: It listens, and gives no usable answer, or does not take the token.
    """
    api = configuration.api
    connection = http.client.HTTPConnection(api.host, api.port, timeout=timeout)
    try:
        connection.connect()
    except OSError:
        yield None
        return
    try:
        headers = {"Authorization": f"Bearer {_token(configuration)}"}
        connection.request(method, path, headers=headers)
        response = connection.getresponse()
        _require_let_in(response.status, configuration)
        yield response
    except (OSError, http.client.HTTPException) as error:
        raise EdgeError(f"{address(configuration)} gives no usable answer: {error!r}") from error
    finally:
        connection.close()


def _token(configuration: Configuration) -> str:
    try:
        return configuration.api.read_token()
    except ConfigError as error:
        raise EdgeError(
            f"A daemon answers at {address(configuration)}, and asking it needs the token. {error}"
        ) from error


def _require_let_in(status: int, configuration: Configuration) -> None:
    if status == http.HTTPStatus.UNAUTHORIZED:
        raise EdgeError(
            f"The daemon at {address(configuration)} does not take this token. Was the "
            "configuration or the credential changed since its start? Then restart it."
        )
