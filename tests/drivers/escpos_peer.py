"""A printer's end of the wire, moved by the test: it answers what the test wants answered."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator

STATUS_REQUEST = bytes.fromhex("10 04 01 10 04 02 10 04 03 10 04 04")
READY = bytes.fromhex("12 12 12 12")
COVER_OPEN = bytes.fromhex("1a 16 12 12")
AUTOMATIC_READY = bytes.fromhex("10 00 00 0f")
AUTOMATIC_COVER_OPEN = bytes.fromhex("38 00 00 0f")
AUTOMATIC_ON = bytes.fromhex("1d 61 0f")
PROCESS_ID = bytes.fromhex("1d 28 48 06 00 30 30")
PAPER_STATUS_REQUEST = bytes.fromhex("1d 72 01")
CLEAR = bytes.fromhex("10 14 08 01 03 14 01 06 02 08")
CLEARED = bytes.fromhex("37 25 00")
PULSE = bytes.fromhex("10 14 01 00 01")


class Peer:
    """One connection.

    Attributes:
        status: What it answers by itself to the four `DLE EOT`; empty: nothing.
        wire: All that it received.
        lost: Whether the driver has gone.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.status = READY
        self.wire = b""
        self.lost = asyncio.Event()
        self._reader = reader
        self._writer = writer
        self._taken = 0
        self._arrived = asyncio.Event()
        self._reading = asyncio.Event()
        self._reading.set()
        self._task = asyncio.create_task(self._read())

    def send(self, data: bytes) -> None:
        self._writer.write(data)

    def name(self, process_id: bytes) -> None:
        """Answer a process id."""
        self.send(b"\x37\x22" + process_id + b"\0")

    async def until(self, marker: bytes) -> bytes:
        """Wait for `marker`; return what came before it, without status questions."""
        while (at := self.wire.find(marker, self._taken)) < 0:
            self._arrived.clear()
            await self._arrived.wait()
        data = self.wire[self._taken : at]
        self._taken = at + len(marker)
        return data.replace(STATUS_REQUEST, b"")

    async def process_id(self) -> bytes:
        """Wait for the next `GS ( H` and return its id."""
        await self.until(PROCESS_ID)
        while len(self.wire) < self._taken + 4:
            self._arrived.clear()
            await self._arrived.wait()
        self._taken += 4
        return self.wire[self._taken - 4 : self._taken]

    def stop_reading(self) -> None:
        self._reading.clear()

    def read_on(self) -> None:
        self._reading.set()

    def cut(self) -> None:
        connection = self._writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()

    async def close(self) -> None:
        self._task.cancel()
        self._writer.transport.abort()
        await asyncio.wait({self._task})

    async def _read(self) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await self._reader.read(4096):
                self.wire += data
                if self.status:
                    self.send(self.status * data.count(STATUS_REQUEST))
                self._arrived.set()
                await self._reading.wait()
        self.lost.set()


class Port:
    """Listens; each connection becomes a `Peer`."""

    def __init__(self) -> None:
        self.number = 0
        self._peers: asyncio.Queue[Peer] = asyncio.Queue()

    async def connection(self) -> Peer:
        return await self._peers.get()

    @contextlib.asynccontextmanager
    async def listen(self) -> AsyncIterator["Port"]:
        listener = socket.create_server(("127.0.0.1", 0))
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        server = await asyncio.start_server(self._accept, sock=listener, limit=4096)
        self.number = listener.getsockname()[1]
        try:
            yield self
        finally:
            server.close()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._peers.put_nowait(Peer(reader, writer))
