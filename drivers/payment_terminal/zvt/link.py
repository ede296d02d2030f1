"""The connection to one terminal: whole APDUs in both directions, and a watch on its end.

A task reads all the time, also while nothing is asked, so that a pulled cable is noticed at once.
What arrives goes to the listener of the running command; without one, to `unasked`. Who supports
the shop may look over the shoulder (`watched`).
"""

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from typing import Literal

from drivers.payment_terminal.zvt.framing import Framing
from drivers.transport import LinkLostError
from drivers.wire.zvt.apdu import Apdu

Arrival = bytes | LinkLostError
"""One complete APDU, or the reason why there will be no more."""


class Link:
    """An open connection.

    Args:
        framing: The messages; the link owns it.
        unasked: Called with what arrives while nobody listens.
        ended: Called once, with the reason.
        watched: Called with who sent a message, and the message.
    """

    def __init__(
        self,
        framing: Framing,
        unasked: Callable[[bytes], None],
        ended: Callable[[LinkLostError], None],
        watched: Callable[[Literal["till", "terminal"], bytes], None],
    ) -> None:
        self._framing = framing
        self._unasked = unasked
        self._ended = ended
        self._watched = watched
        self._listener: asyncio.Queue[Arrival] | None = None
        self.lost: LinkLostError | None = None
        self._task = asyncio.create_task(self._read())

    @contextlib.contextmanager
    def listening(self) -> Iterator[asyncio.Queue[Arrival]]:
        """Give all that arrives to the queue while the context lasts.

        What is left in it belongs to nobody's command: a result may follow a completion at once.
        """
        queue: asyncio.Queue[Arrival] = asyncio.Queue()
        self._listener = queue
        if self.lost:
            queue.put_nowait(self.lost)
        try:
            yield queue
        finally:
            self._listener = None
            self._hand_on(queue)

    async def send(self, data: bytes | Apdu) -> None:
        """Send one APDU.

        Raises:
            LinkLostError: The connection is gone; part of it may have been sent.
        """
        if self.lost:
            raise self.lost
        message = data.encode() if isinstance(data, Apdu) else data
        self._watched("till", message)
        try:
            await self._framing.send(message)
        except LinkLostError as error:
            self._end(error)
            raise

    async def close(self, reason: LinkLostError) -> None:
        """End the connection; who listens gets `reason`. Safe to call twice."""
        self._end(reason)
        self._task.cancel()
        await self._framing.close()

    async def _read(self) -> None:
        try:
            while True:
                for frame in await self._framing.receive():
                    self._watched("terminal", frame)
                    self._deliver(frame)
        except LinkLostError as error:
            self._end(error)

    def _hand_on(self, queue: asyncio.Queue[Arrival]) -> None:
        while not queue.empty():
            left = queue.get_nowait()
            if isinstance(left, bytes):
                self._unasked(left)

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
