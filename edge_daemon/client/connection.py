"""One request to the box, again when the line breaks.

Sending again is harmless: what acts is named by the register's own id, and the box does it once.
"""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx
import msgspec
from ulid import ULID

from edge_daemon.client.values import Paired

Answer = TypeVar("Answer")

WAIT_SECONDS = 30
"""How long the box may keep an answer back until the act has ended; then it is asked again."""
ANSWER_SECONDS = WAIT_SECONDS + 10.0
FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 5.0
PATIENCE_SECONDS = 120.0
"""A box that is restarted, or a tablet out of the Wi-Fi's reach, is back by then."""
_STILL_RUNNING = 202

Verify = bool | ssl.SSLContext
Query = Mapping[str, Any]


class ClientError(RuntimeError):
    """The base of what this SDK raises. The message tells the clerk what to do."""


class RefusedError(ClientError):
    """Raised when the box refuses. Nothing was done by this request.

    Attributes:
        status: HTTP's.
        code: The box's word, such as `request_conflict`.
        path: Where in the body, as a JSON path; None where it is not the body.
        request_id: For support.
    """

    def __init__(self, status: int, error: Mapping[str, Any]) -> None:
        self.status = status
        self.code = str(error.get("code", "error"))
        self.path: str | None = error.get("path")
        self.request_id: str | None = error.get("request_id")
        place = f" ({self.path})" if self.path else ""
        super().__init__(f"{error.get('message', f'The box answered {status}.')}{place}")


class NoAnswerError(ClientError):
    """Raised when the box does not answer. What it did is not known: ask again, by the same id.

    Attributes:
        place: The act's address.
    """

    def __init__(self, place: str, error: Exception) -> None:
        self.place = place
        super().__init__(f"The box does not answer ({error or type(error).__name__}): {place}.")


def new_id() -> str:
    """A ULID, for one act."""
    return str(ULID())


@dataclass(frozen=True)
class Line:
    """How to speak to a box.

    Attributes:
        patience: Seconds for which a broken line is tried again.
        verify: With a box's own certificate an `ssl.SSLContext` that trusts its authority.
        transport: For tests.
    """

    patience: float = PATIENCE_SECONDS
    verify: Verify = True
    transport: httpx.AsyncBaseTransport | None = None


class Connection:
    """The way to one box. Entered while it is in use."""

    def __init__(self, url: str, token: str | None, line: Line) -> None:
        """Take where the box is.

        Args:
            url: Such as `https://edge-0041.local:8443`.
            token: What pairing gave; None to pair.
            line: How to speak to it.
        """
        self._patience = line.patience
        self.http = httpx.AsyncClient(
            base_url=url,
            headers={} if token is None else {"Authorization": f"Bearer {token}"},
            timeout=ANSWER_SECONDS,
            trust_env=False,
            verify=line.verify,
            transport=line.transport,
        )

    async def __aenter__(self) -> Self:
        """Open the line."""
        await self.http.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it. What is under way goes on in the box."""
        await self.http.__aexit__(kind, error, trace)

    async def get(self, kind: type[Answer], path: str, **query: Any) -> Answer:  # noqa: ANN401 - JSON
        """Ask how something is. Raises as `act`."""
        return _read(kind, await self._send("GET", path, query=query))

    async def post(self, kind: type[Answer], path: str, body: object = None) -> Answer:
        """Ask for what is harmless to repeat. Raises as `act`."""
        return _read(kind, await self._send("POST", path, body=body))

    async def act(
        self, kind: type[Answer], path: str, body: object, *, method: str = "PUT"
    ) -> Answer:
        """Ask for an act until it has ended.

        Raises:
            RefusedError: The box refuses.
            NoAnswerError: No answer for longer than the patience: the act may have happened.
        """
        while True:
            response = await self._send(method, path, body=body, query={"wait": WAIT_SECONDS})
            if response.status_code != _STILL_RUNNING:
                return _read(kind, response)

    async def put(self, kind: type[Answer], path: str, body: object) -> Answer:
        """Put what has no while to last. Raises as `act`."""
        return _read(kind, await self._send("PUT", path, body=body))

    async def _send(
        self, method: str, path: str, *, body: object = None, query: Query | None = None
    ) -> httpx.Response:
        loop = asyncio.get_running_loop()
        deadline, pause = loop.time() + self._patience, FIRST_PAUSE_SECONDS
        content = None if body is None else msgspec.json.encode(body)
        headers = {} if body is None else {"Content-Type": "application/json"}
        while True:
            try:
                return await self.http.request(
                    method, path, content=content, headers=headers, params=query or None
                )
            except httpx.TransportError as error:
                if loop.time() + pause > deadline:
                    raise NoAnswerError(path, error) from error
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)


def refusal(response: httpx.Response) -> RefusedError:
    """The error of an answer that was read and is one."""
    try:
        error = msgspec.json.decode(response.content)["error"]
    except (msgspec.MsgspecError, KeyError, TypeError):
        error = {}
    return RefusedError(response.status_code, error)


def _read(kind: type[Answer], response: httpx.Response) -> Answer:
    if response.is_error:
        raise refusal(response)
    return msgspec.json.decode(response.content or b"null", type=kind)


async def pair(
    url: str,
    code: str,
    *,
    name: str | None = None,
    pairing_id: str | None = None,
    line: Line | None = None,
) -> Paired:
    """Exchange a pairing code for a token. Sent again under the same id, it is the same token.

    Args:
        url: Where the box is.
        code: As the box printed it.
        name: What the register is called, where the box did not say.
        pairing_id: A ULID; a new one where None.
        line: How to speak to it.

    Raises:
        RefusedError: The code is wrong, spent or too old.
        NoAnswerError: The box does not answer.
    """
    body = {"code": code} if name is None else {"code": code, "name": name}
    async with Connection(url, None, line or Line()) as connection:
        return await connection.put(Paired, f"/v1/pairings/{pairing_id or new_id()}", body)
