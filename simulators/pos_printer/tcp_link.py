"""The printer's network side: TCP port 9100 as the interface boards of receipt printers have it.

One host is served at a time. Others can connect, and wait unserved until the first one leaves.
A host that sends nothing for the idle time is dropped. Answers that do not fit the send buffer
are lost; nobody waits for a host that does not read.

Source: Epson UB-E02 Technical Reference Guide, 4.5 "The priorities of printing", 4.6 "Time-out".
"""

import asyncio
import contextlib
import socket
import struct
from collections.abc import Mapping

from simulators.pos_printer.changes import Changes
from simulators.pos_printer.link import Buffer

RECEIVE_WINDOW = 8192
"""Bytes of the socket's receive buffer: small, so that a full printer is felt by the host."""
CHUNK = 1024
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class TcpLink:
    """Listens, serves one host, and can be pulled like a plug.

    Attributes:
        host, port: Where it listens; the port is chosen when it starts, if it was 0.
    """

    def __init__(
        self,
        buffer: Buffer,
        changes: Changes,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        idle_seconds: float | None = None,
    ) -> None:
        self.host = host
        self.port = port
        self._buffer = buffer
        self._changes = changes
        self._idle_seconds = idle_seconds
        self._listener: socket.socket | None = None
        self._listening: asyncio.Task[None] | None = None
        self._session: asyncio.Task[None] | None = None
        self._host: socket.socket | None = None

    @property
    def connected(self) -> bool:
        """Whether a host is being served."""
        return self._host is not None

    @property
    def address(self) -> Mapping[str, object]:
        """Its keys in the configuration."""
        return {"host": self.host, "port": self.port}

    async def start(self) -> None:
        """Listen."""
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        self._listener = socket.socket(family, socket.SOCK_STREAM)
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_WINDOW)
        self._listener.settimeout(0)
        self._listener.bind((self.host, self.port))
        self._listener.listen()
        self._listening = asyncio.create_task(self._listen(self._listener))
        self.port = self._listener.getsockname()[1]

    async def stop(self) -> None:
        """Stop listening and reset the connection, as when the power goes."""
        await self.drop()
        if self._listening is not None:
            await _end(self._listening)
            self._listening = None
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    async def close(self) -> None:
        """Do nothing: a link that is stopped has let go of its port."""

    async def drop(self) -> None:
        """Reset the connection. The next host is served."""
        if self._host is not None:
            self._host.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        if self._session is not None:
            await _end(self._session)

    def unplug(self) -> None:
        """Do nothing: nobody notices a pulled network cable before he asks (`silent`)."""

    def plug_in(self) -> None:
        """Do nothing."""

    def send(self, data: bytes) -> None:
        """Send an answer; lost without a host, or when it does not read."""
        if self._host is not None:
            with contextlib.suppress(OSError):
                self._host.send(data)

    async def _listen(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            host, _ = await loop.sock_accept(listener)
            host.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._session = asyncio.create_task(self._serve(host))
            await asyncio.wait([self._session])

    async def _serve(self, host: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        self._host = host
        self._changes.tell()
        try:
            while True:
                await self._buffer.room()
                async with asyncio.timeout(self._idle_seconds):
                    data = await loop.sock_recv(host, CHUNK)
                if not data:
                    return
                self._buffer.receive(data)
        except (OSError, TimeoutError):
            return
        finally:
            self._host = None
            host.close()
            self._changes.tell()


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait([task])
