"""What a register does at the other end of the printer's cable."""

import asyncio
from types import TracebackType
from typing import Self

from simulators.pos_printer import PosPrinter

PROCESS_ID = b"\x1d(H\x06\x0000"
CLEAR_BUFFER = bytes.fromhex("10 14 08 01 03 14 01 06 02 08")
CUT = b"\x1dVA\x00"


class Host:
    """One connection. Waiting has an end, so that a silent printer fails the test."""

    def __init__(self, printer: PosPrinter) -> None:
        self._printer = printer

    async def __aenter__(self) -> Self:
        printer = self._printer
        self.reader, self.writer = await asyncio.open_connection(printer.host, printer.port)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.writer.close()

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def receive(self, count: int) -> bytes:
        async with asyncio.timeout(10):
            return await self.reader.readexactly(count)

    async def ask(self, data: bytes, count: int) -> bytes:
        self.send(data)
        return await self.receive(count)

    async def statuses(self) -> bytes:
        return await self.ask(b"\x10\x04\x01\x10\x04\x02\x10\x04\x03\x10\x04\x04", 4)

    async def until_closed(self) -> None:
        async with asyncio.timeout(10):
            try:
                while await self.reader.read(100):
                    pass
            except ConnectionResetError:
                return

    async def all_arrived(self) -> None:
        """Return when the printer has taken what was sent: it answers in order of arrival."""
        await self.ask(b"\x10\x04\x01", 1)
