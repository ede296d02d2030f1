"""A register, as small as one can be: it listens for scans, and it sells.

All that a register has to know is in this file:

- It is paired once, with a code that the daemon prints or shows; what it gets for that is a token.
- Whoever speaks to the daemon sends the token.
- What happens at the counter comes as server-sent events; each has an id. A register that lost
  the line comes back with the last id and gets what it missed.
- Whatever acts is a `PUT` under an id that the register made. When no answer comes, it sends the
  same id and the same body again: the daemon joins the call that is running, or tells how it
  ended. Nothing is ever sold, charged or printed twice by that.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import httpx
from ulid import ULID

Json = dict[str, Any]
"""A JSON object."""

WAIT_SECONDS = 30
"""How long the daemon may keep an answer back until the sale has ended."""
SILENCE_SECONDS = 60.0
"""A line on which nothing came for so long is dead: the daemon says something every 15 s."""
PAUSE_SECONDS = 0.5
"""Before the line is tried again."""
FINISHED = 200


class RegisterError(RuntimeError):
    """Raised when the daemon refuses a request; the message is the daemon's own."""


@dataclass(frozen=True)
class Event:
    """Something that happened at the counter.

    Attributes:
        type: Such as `scan`, `phase_changed`, `drawer_closed`, `sale_changed`.
        device: The device that said so, by its configured name.
        data: What it said.
    """

    id: str
    type: str
    device: str | None
    data: Mapping[str, Any]


async def pair(url: str, code: str) -> str:
    """Exchange a pairing code for a token. Sent again under the same id, it is the same token.

    Raises:
        RegisterError: The daemon refuses; the code may be too old.
    """
    async with httpx.AsyncClient(base_url=url, trust_env=False) as http:
        response = await http.put(f"/v1/pairings/{ULID()}", json={"code": code})
    return str(_answer(response)["token"])


class Register:
    """A register at one workstation. It is entered while it is in use."""

    def __init__(self, url: str, token: str, workstation: str, operator_id: str) -> None:
        self._workstation = workstation
        self._operator_id = operator_id
        self._http = httpx.AsyncClient(
            base_url=url,
            headers={"Authorization": f"Bearer {token}"},
            timeout=WAIT_SECONDS + 10,
            trust_env=False,
        )

    async def __aenter__(self) -> Self:
        """Open the line."""
        await self._http.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the line. A sale under way goes on in the daemon."""
        await self._http.__aexit__(kind, error, trace)

    async def get(self, path: str, **query: str | int) -> Json:
        """Ask how something is: `/v1/health`, `/v1/devices`, `/v1/journal`.

        Raises:
            RegisterError: The daemon refuses.
        """
        return _answer(await self._request("GET", path, params=query))

    async def sell(
        self,
        lines: Sequence[Mapping[str, Any]],
        tenders: Sequence[Mapping[str, Any]],
        sale_id: str | None = None,
    ) -> Json:
        """Sell, and return how the sale ended: paid, printed, what the drawer did, what failed.

        Args:
            lines: What is sold; `unit_price` in minor units, `quantity_milli` in thousandths.
            tenders: How the customer pays.
            sale_id: A ULID; a new one where absent.

        Raises:
            RegisterError: The daemon refuses; nothing was sold.
        """
        body = {
            "workstation": self._workstation,
            "operator_id": self._operator_id,
            "lines": list(lines),
            "tenders": list(tenders),
        }
        return await self._put(f"/v1/sales/{sale_id or ULID()}", body)

    async def _put(self, path: str, body: Json) -> Json:
        """Put until there is an end: repeating is harmless, and giving up would not be."""
        while True:
            response = await self._request("PUT", path, json=body, params={"wait": WAIT_SECONDS})
            answer = _answer(response)
            if response.status_code == FINISHED:
                return answer

    async def _request(self, method: str, path: str, **more: Any) -> httpx.Response:  # noqa: ANN401 - httpx's own keywords
        """Send a request, again when the line breaks, until there is an answer."""
        while True:
            try:
                return await self._http.request(method, path, **more)
            except httpx.TransportError:
                await asyncio.sleep(PAUSE_SECONDS)

    async def events(self) -> AsyncGenerator[Event, None]:
        """Listen, for ever. The first event is `subscribed`: nothing after it is missed.

        `resync` instead says that something was missed: look at devices and sales anew.
        """
        last: dict[str, str] = {}
        while True:
            try:
                async for event in self._listen(last):
                    last = {"after": event.id}
                    yield event
            except httpx.TransportError:
                await asyncio.sleep(PAUSE_SECONDS)

    async def _listen(self, query: Mapping[str, str]) -> AsyncGenerator[Event, None]:
        """One connection's events; each is one line `data: {…}`."""
        async with self._http.stream(
            "GET", "/v1/events", params=query, timeout=SILENCE_SECONDS
        ) as response:
            if response.is_error:
                await response.aread()
                _answer(response)
            async for line in response.aiter_lines():
                if line.startswith("data:"):
                    yield _event(json.loads(line.removeprefix("data:")))


def _event(heard: Json) -> Event:
    return Event(heard["id"], heard["type"], heard["device"], heard["data"])


def _answer(response: httpx.Response) -> Json:
    body: Json = response.json()
    if response.is_error:
        error = body["error"]
        place = f" ({error['path']})" if "path" in error else ""
        raise RegisterError(f"{error['message']}{place}")
    return body
