"""HTTP over TLS, as the terminal speaks it: one request on a connection, then good-bye."""

import asyncio
import contextlib
from dataclasses import dataclass, field

import h11

READ_SIZE = 65536
LARGEST_BODY = 1 << 20
MOST_PIECES = 7
"""Pieces of a chunked answer."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a till posted."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back.

    Attributes:
        half: The link breaks in the middle of it.
    """

    status: int = 200
    body: bytes = b""
    half: bool = False


@dataclass(eq=False, slots=True)
class Link:
    """One connection of a till."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    connection: h11.Connection = field(default_factory=lambda: h11.Connection(h11.SERVER))

    async def request(self) -> Request | None:
        """Return what the till posted, whole or in chunks; None when it went away."""
        request: h11.Request | None = None
        body = b""
        with contextlib.suppress(OSError, h11.ProtocolError):
            while len(body) <= LARGEST_BODY:
                event = self.connection.next_event()
                if event is h11.NEED_DATA:
                    self.connection.receive_data(await self.reader.read(READ_SIZE))
                elif isinstance(event, h11.Request):
                    request = event
                elif isinstance(event, h11.Data):
                    body += event.data
                elif isinstance(event, h11.EndOfMessage) and request is not None:
                    headers = {name.decode(): value.decode() for name, value in request.headers}
                    return Request(request.target.decode("ascii"), headers, body)
                else:
                    return None
        return None

    async def reply(self, reply: Reply, *, dribble: bool, chunked: bool) -> None:
        """Send an answer; into a broken connection it is lost."""
        framing = (
            ("Transfer-Encoding", "chunked")
            if chunked
            else ("Content-Length", str(len(reply.body)))
        )
        headers = [("Content-Type", "application/json"), ("Connection", "close"), framing]
        events: list[h11.Event] = [h11.Response(status_code=reply.status, headers=headers)]
        size = len(reply.body) // MOST_PIECES + 1 if chunked else len(reply.body) or 1
        events += [
            h11.Data(data=reply.body[start : start + size])
            for start in range(0, len(reply.body), size)
        ]
        data = b"".join(
            self.connection.send(event) or b"" for event in [*events, h11.EndOfMessage()]
        )
        if reply.half:
            data = data[: len(data) - len(reply.body) // 2 - 1]
        with contextlib.suppress(OSError):
            for start in range(0, len(data), 1 if dribble else len(data)):
                self.writer.write(data[start : start + 1] if dribble else data)
                await self.writer.drain()

    def drop(self) -> None:
        """Break the connection without a word."""
        self.writer.transport.abort()

    async def close(self) -> None:
        """End the connection."""
        with contextlib.suppress(OSError):
            self.writer.close()
            await self.writer.wait_closed()
