"""Whole APDUs over a byte stream: bare on TCP, in acknowledged blocks on a serial line.

On TCP an APDU that begins and does not go on for T3 ends the connection: nothing on the stream
says where the next one would begin. On a serial line the line mends what it can (`SerialLine`),
and a block that is lost three times is a lost link.

Source: ZVT PA00P016 rev. 04.
"""

import asyncio
from typing import Protocol

from drivers.transport import ByteStream, LinkLostError
from drivers.wire.zvt import shapes
from drivers.wire.zvt.apdu import ApduReader
from drivers.wire.zvt.line import SerialLine


class ForeignProtocolError(LinkLostError):
    """Raised when what answers on the port does not speak ZVT."""


class Framing(Protocol):
    """A two-way stream of whole APDUs."""

    async def receive(self) -> list[bytes]:
        """Wait for bytes and return the APDUs that they complete, possibly none.

        Raises:
            LinkLostError: The stream has ended, or cannot be understood.
        """
        ...

    async def send(self, apdu: bytes) -> None:
        """Send one APDU.

        Raises:
            LinkLostError: The stream is gone; it may have arrived.
        """
        ...

    async def close(self) -> None:
        """Close the stream. Never raises; safe to call twice."""
        ...


class TcpFraming:
    """APDUs as they are, one after another.

    Args:
        stream: The bytes; it is owned.
        patience: Seconds, T3.
    """

    def __init__(self, stream: ByteStream, patience: float) -> None:
        self._stream = stream
        self._patience = patience
        self._reader = ApduReader()
        self._due: float | None = None

    async def receive(self) -> list[bytes]:
        """Return the APDUs that the next bytes complete."""
        self._reader.receive_data(await self._read())
        frames = []
        while (frame := self._reader.next_frame()) is not None:
            _require_zvt(frame)
            frames.append(frame)
        _require_zvt(self._reader.pending)
        self._watch(begun_anew=bool(frames))
        return frames

    async def send(self, apdu: bytes) -> None:
        """Send one APDU."""
        await self._stream.write(apdu)

    async def close(self) -> None:
        """Close the stream."""
        await self._stream.close()

    async def _read(self) -> bytes:
        if self._due is None:
            return await self._stream.read()
        try:
            async with asyncio.timeout_at(self._due):
                return await self._stream.read()
        except TimeoutError:
            raise LinkLostError("A message of the terminal began and did not end.") from None

    def _watch(self, *, begun_anew: bool) -> None:
        if not self._reader.pending:
            self._due = None
        elif self._due is None or begun_anew:
            self._due = asyncio.get_running_loop().time() + self._patience


class SerialFraming:
    """APDUs in blocks, each acknowledged by the other side.

    Args:
        stream: The bytes; it is owned.
    """

    def __init__(self, stream: ByteStream) -> None:
        self._stream = stream
        self._line = SerialLine()
        self._turn = asyncio.Lock()
        self._heard = asyncio.Event()
        self._lost: LinkLostError | None = None

    async def receive(self) -> list[bytes]:
        """Return the APDUs that the next bytes complete; T1 is watched meanwhile."""
        try:
            await self._listen()
        except LinkLostError as error:
            self._lost = error
            raise
        finally:
            self._heard.set()
        apdus = []
        while (apdu := self._line.next_event()) is not None:
            _require_zvt(apdu)
            apdus.append(apdu)
        return apdus

    async def send(self, apdu: bytes) -> None:
        """Send one block and wait for its acknowledgement; repeat it where that does not come."""
        async with self._turn:
            self._line.send(apdu, _now())
            await self._flush()
            while self._line.awaits_ack:
                await self._wait_for_ack()
        self._raise_trouble()

    async def close(self) -> None:
        """Close the stream; a block under way is given up."""
        self._lost = self._lost or LinkLostError("The line was closed.")
        self._heard.set()
        await self._stream.close()

    async def _listen(self) -> None:
        try:
            async with asyncio.timeout_at(self._line.block_deadline):
                data = await self._stream.read()
        except TimeoutError:
            self._line.time_passed(_now())
        else:
            self._line.receive_data(data, _now())
        await self._flush()

    async def _wait_for_ack(self) -> None:
        if self._lost is not None:
            raise self._lost
        self._heard.clear()
        try:
            async with asyncio.timeout_at(self._line.ack_deadline):
                await self._heard.wait()
        except TimeoutError:
            self._line.time_passed(_now())
            await self._flush()

    async def _flush(self) -> None:
        data = self._line.data_to_send()
        if data:
            await self._stream.write(data)
        self._raise_trouble()

    def _raise_trouble(self) -> None:
        if self._line.trouble is not None:
            raise LinkLostError(self._line.trouble.value)


def _now() -> float:
    return asyncio.get_running_loop().time()


def _require_zvt(data: bytes) -> None:
    if data and data[0] not in shapes.CLASSES:
        raise ForeignProtocolError(
            "What answers on this port does not speak ZVT. Switch the terminal to ZVT over TCP."
        )
