"""The network cable between the box and the office: a port that passes on all, or none."""

import asyncio
import contextlib
from typing import Self

HOST = "127.0.0.1"
PIECE_BYTES = 65536


class Cable:
    """Stands between the box and a port of this machine while it is entered.

    Attributes:
        plugged_in: Whether anything passes. Without the cable every connection is cut, and no new
            one comes about.
    """

    def __init__(self, target: int) -> None:
        self._target = target
        self._port = 0
        self._server: asyncio.Server | None = None
        self._lines: set[asyncio.StreamWriter] = set()
        self.plugged_in = False

    async def __aenter__(self) -> Self:
        """Plug it in."""
        await self.plug_in()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Take it away."""
        await self.pull()

    @property
    def port(self) -> int:
        """Where the box finds the office; it stays the same."""
        return self._port

    async def plug_in(self) -> None:
        """Put the cable in, if it is not."""
        if not self.plugged_in:
            self.plugged_in = True
            self._server = await asyncio.start_server(self._serve, HOST, self._port)
            self._port = self._server.sockets[0].getsockname()[1]

    async def pull(self) -> None:
        """Pull the cable out, if it is in."""
        self.plugged_in = False
        server, self._server = self._server, None
        if server is None:
            return
        server.close()
        for line in self._lines:
            line.transport.abort()
        await server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            there, back = await asyncio.open_connection(HOST, self._target)
            await asyncio.gather(self._pass(reader, back), self._pass(there, writer))
        writer.close()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._lines.add(writer)
        try:
            while self.plugged_in and (piece := await reader.read(PIECE_BYTES)):
                writer.write(piece)
                await writer.drain()
        except OSError:
            pass
        finally:
            self._lines.discard(writer)
            writer.close()
