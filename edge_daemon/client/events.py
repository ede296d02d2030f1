"""The live stream, resumed by itself.

Theory of operation. A task of its own reads the line, so that an event's age is known although the
register was busy with a sale when it came: what the box says of its age, and the time that it lay
here. When the line breaks, the stream is asked for again from behind the last id. A scan that has
grown too old by then is not handed out as a scan: another customer stands at the counter now. It
comes as `stale_scan`, for the register to show; a card as `stale_card`.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import httpx

from edge_daemon.client.connection import (
    FIRST_PAUSE_SECONDS,
    LONGEST_PAUSE_SECONDS,
    Connection,
    RefusedError,
    refusal,
)

STALE_SCAN_SECONDS = 5.0
"""Older scans belong to an earlier customer."""
STALE_SCAN, STALE_CARD = "stale_scan", "stale_card"
"""The types under which such a scan, or a card that lay on a reader then, is handed out."""
_GROWS_STALE = {"scan": STALE_SCAN, "card_presented": STALE_CARD}
SILENCE_SECONDS = 40.0
"""A line on which nothing came for so long is dead: the box says something every 15 s."""
WAITING_LIMIT = 1000
"""Events read ahead; beyond, the box keeps them."""
_PASSING = frozenset({408, 429, 500, 502, 503, 504})
"""Refusals of a box that is overloaded or on its way up."""


@dataclass(frozen=True)
class Event:
    """Something that happened.

    Attributes:
        type: Such as `scan`, `drawer_closed`, `sale_changed`; `subscribed` at first; `resync`:
            something was missed, read devices and sales anew; `stale_scan`, `stale_card`.
        device: The device that said so, by its configured name.
        data: What it said.
        occurred_at_us: By the box's clock, microseconds since 1970 UTC.
        replayed: It happened before this line was opened.
        age_seconds: How old it is, where that is worth saying.
    """

    id: str
    type: str
    device: str | None
    data: dict[str, Any]
    occurred_at_us: int
    replayed: bool = False
    age_seconds: float = 0.0


class Events:
    """The stream: an asynchronous iterator, entered while it is listened to.

    Attributes:
        last_id: To come back with, also after a restart of the register.
        dropped: How many scans were too old.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        types: Sequence[str] = (),
        devices: Sequence[str] = (),
        after: str | None = None,
        stale_scan_seconds: float = STALE_SCAN_SECONDS,
    ) -> None:
        self._connection = connection
        self._wanted = [("type", each) for each in types] + [("device", each) for each in devices]
        self._stale_scan_seconds = stale_scan_seconds
        self._waiting: asyncio.Queue[tuple[Event, float] | Exception] = asyncio.Queue(WAITING_LIMIT)
        self._reading: asyncio.Task[None] | None = None
        self._position = after
        self.last_id = after
        self.dropped = 0

    async def __aenter__(self) -> Self:
        """Begin to listen."""
        self._reading = asyncio.create_task(self._read())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop."""
        if self._reading is not None:
            self._reading.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reading

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event:
        """Wait for the next event; there is no end.

        Raises:
            RefusedError: The box refuses the stream: the token was revoked, or has no right to it.
        """
        found = await self._waiting.get()
        if isinstance(found, Exception):
            raise found
        event, arrived = found
        self.last_id = event.id
        age = event.age_seconds + asyncio.get_running_loop().time() - arrived
        stale = _GROWS_STALE.get(event.type)
        if stale is not None and age > self._stale_scan_seconds:
            self.dropped += 1
            return Event(
                event.id,
                stale,
                event.device,
                event.data,
                event.occurred_at_us,
                event.replayed,
                age,
            )
        return event

    async def _read(self) -> None:
        """Read one line after the other, for ever."""
        pause = FIRST_PAUSE_SECONDS
        while True:
            try:
                async for event in self._listen():
                    pause = FIRST_PAUSE_SECONDS
                    await self._waiting.put((event, asyncio.get_running_loop().time()))
                    self._position = event.id
            except httpx.TransportError:
                pass
            except RefusedError as error:
                if error.status not in _PASSING:
                    await self._waiting.put(error)
                    return
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    async def _listen(self) -> AsyncGenerator[Event, None]:
        """One line's events (WHATWG HTML, 9.2): an id without data only says where we are.

        Nothing counts before its empty line: the line may break in the middle.
        """
        after = [("after", self._position)] if self._position else []
        query = httpx.QueryParams([*self._wanted, *after])
        async with self._connection.http.stream(
            "GET", "/v1/events", params=query, timeout=SILENCE_SECONDS
        ) as response:
            if response.is_error:
                await response.aread()
                raise refusal(response)
            fields: dict[str, str] = {}
            async for line in response.aiter_lines():
                if line:
                    name, _, value = line.partition(":")
                    fields[name] = value.strip()
                    continue
                if "data" in fields:
                    yield _event(fields["data"])
                else:
                    self._position = fields.get("id", self._position)
                fields = {}


def _event(text: str) -> Event:
    heard = json.loads(text)
    return Event(
        heard["id"],
        heard["type"],
        heard.get("device"),
        heard.get("data") or {},
        heard["occurred_at_us"],
        heard.get("replayed", False),
        heard.get("age_ms", 0) / 1000,
    )
