"""What is plugged into the terminal: whole messages in and out, and faults of the wire itself.

    TcpCable       bare messages over one TCP connection
    SerialCable    blocks over one end of a pty

A cable raises `ConnectionError` when it has ended.
"""

import asyncio
import contextlib
import os
from typing import Protocol

from drivers.wire.zvt.apdu import ApduReader
from drivers.wire.zvt.line import SerialLine
from drivers.wire.zvt.serial import ACK, DLE, STX
from simulators.control import Faults

READ_SIZE = 4096
GAP_SECONDS = 0.3
"""Longer than T1."""
NOISE = b"\xff\x00\x7f"


class Cable(Protocol):
    """One connection to a till."""

    async def receive(self) -> list[bytes]:
        """Wait for bytes, and return the messages that they complete."""
        ...

    async def send(self, message: bytes) -> None:
        """Send bytes: one message, or several in one piece."""
        ...

    def cut(self) -> None:
        """Break the connection without a word. Safe to call twice."""
        ...


class TcpCable:
    """One TCP connection."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, faults: Faults
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._faults = faults
        self._apdus = ApduReader()

    async def receive(self) -> list[bytes]:
        """Return the messages that the next bytes complete."""
        data = await self._reader.read(READ_SIZE)
        if not data:
            raise ConnectionResetError("The till has closed the connection.")
        self._apdus.receive_data(data)
        messages = []
        while (message := self._apdus.next_frame()) is not None:
            messages.append(message)
        return messages

    async def send(self, message: bytes) -> None:
        """Send bytes, one by one where they dribble."""
        pieces = [bytes([byte]) for byte in message] if "dribble" in self._faults else [message]
        for piece in pieces:
            self._writer.write(piece)
            await self._writer.drain()
            await asyncio.sleep(0)

    def cut(self) -> None:
        """Reset the connection."""
        self._writer.transport.abort()


class SerialCable:
    """The terminal's end of a serial line.

    Args:
        descriptor: Of the pty; it is owned.
    """

    def __init__(self, descriptor: int, faults: Faults) -> None:
        self._descriptor: int | None = descriptor
        self._faults = faults
        self._line = SerialLine()
        self._bytes: asyncio.Queue[bytes] = asyncio.Queue()
        self._messages: asyncio.Queue[bytes] = asyncio.Queue()
        self._heard = asyncio.Event()
        self._turn = asyncio.Lock()
        self._writing = asyncio.Lock()
        self._disturbances = 0
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(descriptor, self._read)
        self._pump = asyncio.create_task(self._listen())

    async def receive(self) -> list[bytes]:
        """Return the next message; blocks are acknowledged before anybody looks into them."""
        message = await self._messages.get()
        if not message:
            raise ConnectionResetError("The line was pulled.")
        return [message]

    async def send(self, message: bytes) -> None:
        """Send each message as a block, and wait for its ACK; without one the link is lost."""
        apdus = ApduReader()
        apdus.receive_data(message)
        async with self._turn:
            while apdu := apdus.next_frame() or apdus.pending:
                await self._send_block(apdu)
                if apdu == apdus.pending:
                    return

    def cut(self) -> None:
        """Pull the line."""
        if self._descriptor is not None:
            self._loop.remove_reader(self._descriptor)
            os.close(self._descriptor)
            self._descriptor = None
            self._messages.put_nowait(b"")
            self._heard.set()
            self._pump.cancel()

    async def _listen(self) -> None:
        while True:
            try:
                async with asyncio.timeout_at(self._line.block_deadline):
                    data = await self._bytes.get()
            except TimeoutError:
                self._line.time_passed(self._loop.time())
            else:
                self._line.receive_data(self._disturbed(data), self._loop.time())
            self._heard.set()
            await self._flush()
            while (message := self._line.next_event()) is not None:
                self._messages.put_nowait(message)

    async def _send_block(self, apdu: bytes) -> None:
        self._line.send(apdu, self._loop.time())
        await self._flush()
        while self._line.awaits_ack:
            await self._wait_for_ack()
        if self._line.trouble is not None:
            raise ConnectionResetError(self._line.trouble.value)

    async def _wait_for_ack(self) -> None:
        if self._descriptor is None:
            raise ConnectionResetError("The line was pulled.")
        self._heard.clear()
        try:
            async with asyncio.timeout_at(self._line.ack_deadline):
                await self._heard.wait()
        except TimeoutError:
            self._line.time_passed(self._loop.time())
            await self._flush()

    def _read(self) -> None:
        if self._descriptor is None:
            return
        try:
            data = os.read(self._descriptor, READ_SIZE)
        except OSError:
            data = b""
        if data:
            self._bytes.put_nowait(data)

    def _disturbed(self, data: bytes) -> bytes:
        """Return what arrives of the till's bytes."""
        if data[0] == ACK and self._line.awaits_ack and self._faults.take("lost_till_ack"):
            return data[1:]
        if data[:2] == bytes([DLE, STX]):
            if self._faults.take("nak_twice"):
                self._disturbances = 2
            if self._disturbances:
                self._disturbances -= 1
                return _damaged(data)
        return data

    async def _flush(self) -> None:
        async with self._writing:
            data = self._line.data_to_send()
            if not data or "line_dead" in self._faults:
                return
            if data[0] == ACK and self._faults.take("lost_ack"):
                data = data[1:]
            if DLE in data:
                data = await self._faulty_block(data)
            pieces = [bytes([byte]) for byte in data] if "dribble" in self._faults else [data]
            for piece in pieces:
                await self._write(piece)

    async def _faulty_block(self, data: bytes) -> bytes:
        if self._faults.take("bad_crc"):
            return _damaged(data)
        if self._faults.take("gap"):
            middle = len(data) // 2
            await self._write(data[:middle])
            await asyncio.sleep(GAP_SECONDS)
            return data[middle:]
        return NOISE + data if "noise" in self._faults else data

    async def _write(self, data: bytes) -> None:
        while data and self._descriptor is not None:
            with contextlib.suppress(BlockingIOError):
                data = data[os.write(self._descriptor, data) :]
            await asyncio.sleep(0)


def _damaged(data: bytes) -> bytes:
    return data[:-1] + bytes([data[-1] ^ 0x01])
