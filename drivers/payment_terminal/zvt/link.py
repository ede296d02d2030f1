"""The connection to one terminal: whole APDUs in both directions, and a watch on its end.

A task reads all the time, also while nothing is asked, so that a pulled cable is noticed at once.
What arrives goes to the listener of the running command; without one, to `unasked`.
"""

import asyncio
import contextlib
from collections.abc import Callable, Iterator

from drivers.transport import ByteStream, LinkLostError
from drivers.wire.zvt import shapes
from drivers.wire.zvt.apdu import Apdu, ApduReader

Arrival = bytes | LinkLostError
"""One complete APDU, or the reason why there will be no more."""


class ForeignProtocolError(LinkLostError):
    """Raised when what answers on the port does not speak ZVT."""


class Link:
    """An open connection.

    Args:
        stream: The bytes; the link owns it.
        unasked: Called with what arrives while nobody listens.
        ended: Called once, with the reason.
    """

    def __init__(
        self,
        stream: ByteStream,
        unasked: Callable[[bytes], None],
        ended: Callable[[LinkLostError], None],
    ) -> None:
        self._stream = stream
        self._unasked = unasked
        self._ended = ended
        self._listener: asyncio.Queue[Arrival] | None = None
        self.lost: LinkLostError | None = None
        self._task = asyncio.create_task(self._read())

    @contextlib.contextmanager
    def listening(self) -> Iterator[asyncio.Queue[Arrival]]:
        """Give all that arrives to the queue while the context lasts."""
        queue: asyncio.Queue[Arrival] = asyncio.Queue()
        self._listener = queue
        if self.lost:
            queue.put_nowait(self.lost)
        try:
            yield queue
        finally:
            self._listener = None

    async def send(self, data: bytes | Apdu) -> None:
        """Send one APDU.

        Raises:
            LinkLostError: The connection is gone; part of it may have been sent.
        """
        if self.lost:
            raise self.lost
        await self._stream.write(data.encode() if isinstance(data, Apdu) else data)

    async def close(self, reason: LinkLostError) -> None:
        """End the connection; who listens gets `reason`. Safe to call twice."""
        self._end(reason)
        self._task.cancel()
        await self._stream.close()

    async def _read(self) -> None:
        reader = ApduReader()
        try:
            while True:
                reader.receive_data(await self._stream.read())
                while (frame := reader.next_frame()) is not None:
                    _require_zvt(frame)
                    self._deliver(frame)
                _require_zvt(reader.pending)
        except LinkLostError as error:
            self._end(error)

    def _deliver(self, frame: bytes) -> None:
        if self._listener is not None:
            self._listener.put_nowait(frame)
        else:
            self._unasked(frame)

    def _end(self, reason: LinkLostError) -> None:
        if self.lost is not None:
            return
        self.lost = reason
        if self._listener is not None:
            self._listener.put_nowait(reason)
        self._ended(reason)


def _require_zvt(data: bytes) -> None:
    if data and data[0] not in shapes.CLASSES:
        raise ForeignProtocolError(
            "What answers on this port does not speak ZVT. Switch the terminal to ZVT over TCP."
        )
