"""A bad line: a TCP proxy that cuts, falls silent, goes half-open, delays and throttles."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from typing import Self

CHUNK_BYTES = 4096


class Proxy:
    """Stands between a client and 127.0.0.1:`target` while it is entered.

    Attributes:
        silent: Nothing passes, and nobody is told: a half-open line.
        delay: Seconds that each piece of up to 4 KiB waits.
        bytes_per_second: No more pass, in each direction; 0 is no limit.
    """

    def __init__(self, target: int) -> None:
        self.silent = False
        self.delay = 0.0
        self.bytes_per_second = 0
        self._target = target
        self._writers: set[asyncio.StreamWriter] = set()
        self._frozen: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        self.cut()
        await self._server.wait_closed()

    @property
    def port(self) -> int:
        assert self._server is not None
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    def cut(self) -> None:
        """Reset every connection; what was under way is lost."""
        for writer in self._writers:
            writer.transport.abort()

    def freeze(self) -> None:
        """Leave every connection half-open for ever: nobody is told, and a new one may be made."""
        self._frozen |= self._writers

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            there, back = await asyncio.open_connection("127.0.0.1", self._target)
            await asyncio.gather(self._pass(reader, back), self._pass(there, writer))
            self._end(back)
        self._end(writer)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            async with contextlib.aclosing(self.pieces(reader)) as pieces:
                async for piece in pieces:
                    await self._hold_up(len(piece))
                    if not self.silent and writer not in self._frozen:
                        writer.write(piece)
                        await writer.drain()
        except OSError:
            pass
        finally:
            if writer not in self._frozen:
                self._end(writer)

    async def pieces(self, reader: asyncio.StreamReader) -> AsyncGenerator[bytes, None]:
        """What passes, piece by piece."""
        while piece := await reader.read(CHUNK_BYTES):
            yield piece

    async def _hold_up(self, size: int) -> None:
        throttled = size / self.bytes_per_second if self.bytes_per_second else 0.0
        if self.delay or throttled:
            await asyncio.sleep(self.delay + throttled)

    def _end(self, writer: asyncio.StreamWriter) -> None:
        self._writers.discard(writer)
        self._frozen.discard(writer)
        writer.transport.abort()
