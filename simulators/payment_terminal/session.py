"""One till's connection, as the terminal sees it.

The terminal is master from a command's acknowledgement to its completion. What arrives meanwhile
is an acknowledgement, an abort (06 B0), or a command that a till must not send now.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from drivers.wire import WireError
from drivers.wire.zvt import shapes
from drivers.wire.zvt.apdu import Apdu, decode_apdu
from drivers.wire.zvt.message_ids import MessageIds, number_of
from drivers.wire.zvt.numbers import read_apdu_length
from simulators.control import Faults
from simulators.payment_terminal.cables import Cable

_log = logging.getLogger(__name__)

NOT_ZVT = bytes.fromhex("150369")
"""What a terminal in another mode answers; seen in the field (Portalum.Zvt issue 42)."""


class Session:
    """One connection.

    Args:
        command: Called with every command, in order.
        record: Called with every message: "ecr" or "pt", and the message.
    """

    def __init__(
        self,
        cable: Cable,
        faults: Faults,
        command: Callable[["Session", Apdu], Awaitable[None]],
        record: Callable[[str, Apdu], None],
    ) -> None:
        self._cable = cable
        self._faults = faults
        self._command = command
        self._record = record
        self._acknowledgements: asyncio.Queue[Apdu] = asyncio.Queue()
        self._held = b""
        self._last_sent: Apdu | None = None
        self.ids = MessageIds()
        self.completed = True
        """The last message ended a command: the till is master again."""
        self.lost = asyncio.Event()

    async def serve(self) -> None:
        """Read until the till goes away."""
        try:
            while not self.lost.is_set():
                for message in await self._cable.receive():
                    await self._take(message)
        except OSError:
            pass
        finally:
            self.drop()

    def drop(self) -> None:
        """Break the connection without a word."""
        self.lost.set()
        self._cable.cut()

    async def reply(self, apdu: Apdu, to: Apdu, *, hold: bool = False) -> None:
        """Answer a command of the till."""
        self.completed = False
        await self._send(self.ids.answer(apdu, to), hold=hold)

    async def send(self, apdu: Apdu) -> None:
        """Send a message; into a broken connection it is lost."""
        self.completed = apdu.control in {shapes.COMPLETION, shapes.ABORT}
        if apdu.control == shapes.INTERMEDIATE_STATUS and self.ids.in_use and len(apdu.head) == 1:
            apdu = Apdu(apdu.control, apdu.head + b"\0", apdu.bitmaps)  # a TLV needs it in front
        self._last_sent = self.ids.next_message(apdu)
        await self._send(self._last_sent)

    async def send_again(self) -> None:
        """Repeat the last message, with the number that it had."""
        if self._last_sent is not None:
            await self._send(self._last_sent)

    async def send_broken(self, data: bytes) -> None:
        """Send a message that is none; its answer cannot have a number."""
        self._last_sent = None
        await self.send_bytes(data)

    async def send_bytes(self, data: bytes, *, hold: bool = False) -> None:
        """Send bytes as they are. With `coalesce`, held ones leave with the next."""
        if self.lost.is_set():
            return
        if hold and "coalesce" in self._faults:
            self._held += data
            return
        data, self._held = self._held + data, b""
        if not data:
            return
        try:
            await self._cable.send(data)
        except OSError:
            self.drop()

    async def acknowledged(self, patience: float) -> Apdu | None:
        """Return the till's answer to the last message; None when none came, or the till went."""
        await self.send_bytes(b"")
        try:
            async with asyncio.timeout(patience):
                while (answer := await self._answer()) is not None:
                    if self._fits(answer):
                        return answer
        except TimeoutError:
            pass
        return None

    async def _answer(self) -> Apdu | None:
        answer = asyncio.create_task(self._acknowledgements.get())
        gone = asyncio.create_task(self.lost.wait())
        try:
            await asyncio.wait({answer, gone}, return_when=asyncio.FIRST_COMPLETED)
            return answer.result() if answer.done() else None
        finally:
            answer.cancel()
            gone.cancel()

    def _fits(self, answer: Apdu) -> bool:
        """True when the answer has the number of what it answers, where messages have numbers."""
        if not self.ids.in_use or self._last_sent is None:
            return True
        return number_of(answer) == number_of(self._last_sent)

    async def _send(self, apdu: Apdu, *, hold: bool = False) -> None:
        self._record("pt", apdu)
        data = apdu.encode()
        if "extended_length" in self._faults:
            length, start = read_apdu_length(data, 2)
            data = data[:2] + b"\xff" + length.to_bytes(2, "little") + data[start:]
        await self.send_bytes(data, hold=hold)

    async def _take(self, message: bytes) -> None:
        if "not_zvt" in self._faults:
            await self.send_bytes(NOT_ZVT)
            return
        try:
            apdu = decode_apdu(message)
        except WireError as error:
            _log.info("The terminal could not read what the till sent: %s", error)
            await self._send(Apdu(0x8483))
            return
        self._record("ecr", apdu)
        if "silent" in self._faults:
            return
        if shapes.is_ack(apdu.control):
            self._acknowledgements.put_nowait(apdu)
        else:
            self.ids.hear(apdu)
            await self._command(self, apdu)
