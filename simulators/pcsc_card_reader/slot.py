"""A card in the virtual reader of pcscd, and what it does when pcscd speaks to it.

    frame  [length:2] [data]

A frame of one byte is about power: 00 off, 01 on, 02 reset, 04 asks for the answer to reset. All
else is a command, and its response is the answer.

Source: vsmartcard, virtualsmartcard's manual, "Virtual PCD" (the protocol of vpcd and vpicc).
"""

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable

OFF, ON, RESET, ASK = 0, 1, 2, 4
_LENGTH = 2
AGAIN_SECONDS = 0.02
"""Between two tries to reach a pcscd that is just being started."""

Respond = Callable[[bytes], Awaitable[bytes | None]]


class CardGoneError(Exception):
    """Raised by a card that is pulled away while it is spoken to."""


class Slot:
    """One slot of the reader, empty or with a card."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._lying: asyncio.Task[None] | None = None

    async def insert(self, atr: bytes, respond: Respond, reset: Callable[[], None]) -> None:
        """Put a card in, in the place of the one before. Should pcscd be away, it waits for it.

        Args:
            atr: Its answer to reset.
            respond: Answers a command; with nothing when the card is mute.
            reset: Called when it gets its power anew.
        """
        await self.remove()
        self._lying = asyncio.create_task(self._lie(atr, respond, reset))

    async def remove(self) -> None:
        """Take the card out."""
        if self._lying is not None:
            self._lying.cancel()
            await asyncio.gather(self._lying, return_exceptions=True)
            self._lying = None

    async def _lie(self, atr: bytes, respond: Respond, reset: Callable[[], None]) -> None:
        while True:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
                try:
                    await _serve(reader, writer, atr, respond, reset)
                except CardGoneError:
                    return
                finally:
                    writer.close()
                    with contextlib.suppress(OSError):
                        await writer.wait_closed()
            await asyncio.sleep(AGAIN_SECONDS)


async def _serve(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    atr: bytes,
    respond: Respond,
    reset: Callable[[], None],
) -> None:
    line = writer.get_extra_info("socket")
    while True:
        # vpcd sends length and data apart, and waits for our acknowledgement between them.
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        length = int.from_bytes(await reader.readexactly(_LENGTH), "big")
        frame = await reader.readexactly(length)
        answer: bytes | None = None
        if frame == bytes((ASK,)):
            answer = atr
        elif len(frame) == 1:
            reset()
        else:
            answer = await respond(frame)
        if answer is not None:
            writer.write(len(answer).to_bytes(_LENGTH, "big") + answer)
            await writer.drain()
