"""The wire between the daemon and a terminal: counts what passes, and breaks where it is told.

What is read at once from one side is one passage. Protocols with one message per turn make each
of their messages a passage of its own. A terminal on a serial line hangs on a converter here, and
the daemon speaks to that over TCP (`socket://`).
"""

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import NamedTuple, Self

HOST = "127.0.0.1"
READ_SIZE = 65_536


class Tripwire(NamedTuple):
    """What happens at one passage.

    Attributes:
        passage: Counted from 1, since the wire was laid.
        arrives: True: right after it has passed. False: right before, so that a cut loses it.
    """

    passage: int
    arrives: bool
    strike: Callable[[], None]


Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]
"""One side of a connection."""


async def to_port(port: int) -> Ends:
    """Connect to a terminal on the network."""
    return await asyncio.open_connection(HOST, port)


async def to_line(path: str) -> Ends:
    """Open a terminal's serial line."""
    loop = asyncio.get_running_loop()
    line = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    reader = asyncio.StreamReader()
    receiving = os.fdopen(line, "rb", buffering=0)
    heard, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), receiving)
    sending = os.fdopen(os.dup(line), "wb", buffering=0)
    transport, protocol = await loop.connect_write_pipe(lambda: _Sending(heard), sending)
    return reader, asyncio.StreamWriter(transport, protocol, reader, loop)


class _Sending(asyncio.streams.FlowControlMixin):
    """A line's way out; whoever closes it hears no more, and takes no byte from the next one."""

    def __init__(self, heard: asyncio.ReadTransport) -> None:
        super().__init__()
        self._heard = heard

    def connection_lost(self, exc: Exception | None) -> None:
        self._heard.close()
        super().connection_lost(exc)


class Wire:
    """A listening port that forwards to the terminal's.

    Args:
        connect: Connects to the terminal.

    Attributes:
        port: Where the daemon connects.
        passed: How many passages there were.
    """

    def __init__(self, connect: Callable[[], Awaitable[Ends]]) -> None:
        self.port = 0
        self.passed = 0
        self._connect_far = connect
        self._tripwire: Tripwire | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connect, HOST, 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._server is not None:
            self._server.close()
        self.cut()
        if self._tasks:
            await asyncio.wait(self._tasks)

    def arm(self, passages: int, *, arrives: bool, strike: Callable[[], None]) -> None:
        """Call `strike` at the passage so many from now; an earlier order is forgotten."""
        self._tripwire = Tripwire(self.passed + passages, arrives, strike)

    def disarm(self) -> None:
        """Let everything pass."""
        self._tripwire = None

    def cut(self) -> None:
        """Break every connection, with what is on its way."""
        for writer in self._writers:
            writer.transport.abort()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            with contextlib.suppress(OSError):
                await self._join((reader, writer), await self._connect_far())
        finally:
            writer.transport.abort()
            self._tasks.discard(task)

    async def _join(self, near: Ends, far: Ends) -> None:
        writers = {near[1], far[1]}
        self._writers |= writers
        ways = [
            asyncio.create_task(self._carry(near[0], far[1])),
            asyncio.create_task(self._carry(far[0], near[1])),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            self._writers -= writers
            for writer in writers:
                writer.transport.abort()
            await asyncio.gather(*ways, return_exceptions=True)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(READ_SIZE):
                due = self._due()
                if due is not None and not due.arrives:
                    due.strike()
                if writer.is_closing():
                    return
                writer.write(data)
                await writer.drain()
                if due is not None and due.arrives:
                    due.strike()

    def _due(self) -> Tripwire | None:
        self.passed += 1
        due = self._tripwire
        if due is None or self.passed != due.passage:
            return None
        self._tripwire = None
        return due
