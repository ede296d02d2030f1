"""One till's connection, as the terminal sees it.

The terminal is master from a command's acknowledgement to its completion. What arrives meanwhile
is an acknowledgement, an abort (06 B0), or a command that a till must not send now and that gets no
answer.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable

from drivers.wire import WireError
from drivers.wire.zvt import shapes
from drivers.wire.zvt.apdu import Apdu, ApduReader, decode_apdu
from simulators.control import Faults

_log = logging.getLogger(__name__)

READ_SIZE = 4096
NOT_ZVT = bytes.fromhex("150369")
"""What a terminal in another mode answers; seen in the field (Portalum.Zvt issue 42)."""


class Session:
    """One connection.

    Args:
        command: Called with every command, in order.
        record: Called with every message: "ecr" or "pt", and its bytes.
    """

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        faults: Faults,
        command: Callable[["Session", Apdu], Awaitable[None]],
        record: Callable[[str, Apdu], None],
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._faults = faults
        self._command = command
        self._record = record
        self._acknowledgements: asyncio.Queue[Apdu] = asyncio.Queue()
        self._held = b""
        self.completed = True
        """The last message ended a command: the till is master again."""
        self.lost = asyncio.Event()

    async def serve(self) -> None:
        """Read until the till goes away."""
        apdus = ApduReader()
        try:
            while data := await self._reader.read(READ_SIZE):
                apdus.receive_data(data)
                while (frame := apdus.next_frame()) is not None:
                    await self._take(frame)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self.lost.set()
            self._writer.close()

    def drop(self) -> None:
        """Break the connection without a word."""
        self.lost.set()
        self._writer.transport.abort()

    async def send(self, apdu: Apdu, *, hold: bool = False) -> None:
        """Send a message; into a broken connection it is lost."""
        self._record("pt", apdu)
        self.completed = apdu.control in {shapes.COMPLETION, shapes.ABORT}
        await self.send_bytes(apdu.encode(), hold=hold)

    async def send_bytes(self, data: bytes, *, hold: bool = False) -> None:
        """Send bytes as they are. With `coalesce`, held ones leave with the next."""
        if self.lost.is_set():
            return
        if hold and "coalesce" in self._faults:
            self._held += data
            return
        data, self._held = self._held + data, b""
        with contextlib.suppress(OSError):
            if "dribble" in self._faults:
                for byte in data:
                    await self._write(bytes([byte]))
            else:
                await self._write(data)

    async def acknowledged(self, patience: float) -> Apdu | None:
        """Return the till's answer to the last message; None when none came, or the till went."""
        await self.send_bytes(b"")
        answer = asyncio.create_task(self._acknowledgements.get())
        gone = asyncio.create_task(self.lost.wait())
        done, waiting = await asyncio.wait(
            {answer, gone}, timeout=patience, return_when=asyncio.FIRST_COMPLETED
        )
        for task in waiting:
            task.cancel()
        return answer.result() if answer in done else None

    async def _write(self, data: bytes) -> None:
        if data:
            self._writer.write(data)
            await self._writer.drain()
            await asyncio.sleep(0)

    async def _take(self, frame: bytes) -> None:
        if "not_zvt" in self._faults:
            await self.send_bytes(NOT_ZVT)
            return
        try:
            apdu = decode_apdu(frame)
        except WireError as error:
            _log.info("The terminal could not read what the till sent: %s", error)
            await self.send(Apdu(0x8483))
            return
        self._record("ecr", apdu)
        if "silent" in self._faults:
            return
        if shapes.is_ack(apdu.control):
            self._acknowledgements.put_nowait(apdu)
        else:
            await self._command(self, apdu)
