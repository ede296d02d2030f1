"""A register that costs next to nothing: HTTP/1.1 by hand on one kept connection."""

import asyncio
import contextlib
import json
import re
from collections.abc import AsyncIterator
from typing import Any

from tests.stories.counter import TOKEN

_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


class Register:
    """One kept connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    def send(self, method: str, path: str, body: bytes = b"") -> None:
        """Hand a request to the kernel."""
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self._writer.write(head.encode() + body)

    async def answer(self) -> Any:
        """Wait for the answer to what was sent; what it says as JSON.

        Raises:
            RuntimeError: It is neither 200 nor 202.
        """
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = _LENGTH.search(head)
        body = await self._reader.readexactly(int(length[1]) if length else 0)
        if not head.startswith((b"HTTP/1.1 200 ", b"HTTP/1.1 202 ")):
            raise RuntimeError(f"{head!r} {body!r}")
        return json.loads(body)

    async def ask(self, method: str, path: str, body: bytes = b"") -> Any:
        """Send and wait."""
        self.send(method, path, body)
        return await self.answer()

    async def event(self, kind: str) -> bytes:
        """Wait for the next event of that type, on a connection that asked for `/v1/events`."""
        wanted = f"event: {kind}\n".encode()
        while True:
            event = await self._reader.readuntil(b"\n\n")
            if wanted in event:
                return event


@contextlib.asynccontextmanager
async def connected(port: int) -> AsyncIterator[Register]:
    """Connect to a service on the loopback."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield Register(reader, writer)
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


@contextlib.asynccontextmanager
async def listening(port: int) -> AsyncIterator[Register]:
    """Subscribe to the live stream."""
    async with connected(port) as register:
        register.send("GET", "/v1/events")
        await register.event("subscribed")
        yield register


async def wait_until_online(port: int) -> None:
    """Return when every configured device is open."""
    async with listening(port) as events, connected(port) as register:
        while not await _all_online(register):
            await events.event("device_changed")


async def _all_online(register: Register) -> bool:
    answer = await register.ask("GET", "/v1/devices")
    return all(each["state"] == "online" for each in answer["devices"])
