"""The connection to one terminal: whole APDUs in both directions, and a watch on its end.

A task reads all the time, also while nothing is asked, so that a pulled cable is noticed at once.
What arrives goes to the listener of the running command; without one, to `unasked`. Who supports
the shop may look over the shoulder (`watched`).
"""

import asyncio
import collections
import contextlib
from collections.abc import Callable, Iterator
from typing import Literal

from drivers.payment_terminal.zvt.framing import Framing
from drivers.transport import LinkLostError
from drivers.wire.zvt.apdu import Apdu

Arrival = bytes | LinkLostError
"""One complete APDU, or the reason why there will be no more."""


class Arrivals:
    """What arrives for one command, in order.

    A queue with deadlines of its own: a slip has dozens of lines, and each is waited for.
    """

    def __init__(self) -> None:
        self._arrived: collections.deque[Arrival] = collections.deque()
        self._waiting: asyncio.Future[None] | None = None

    def put(self, arrival: Arrival) -> None:
        """Add what has arrived."""
        self._arrived.append(arrival)
        _wake(self._waiting)

    async def next(self, deadline: float | None) -> Arrival:
        """Wait for the next arrival.

        Raises:
            TimeoutError: Nothing has arrived by `deadline`, in the loop's time.
        """
        if not self._arrived:
            await self._wait(deadline)
        if not self._arrived:
            raise TimeoutError
        return self._arrived.popleft()

    def left(self) -> list[Arrival]:
        """Take what nobody has waited for."""
        left = list(self._arrived)
        self._arrived.clear()
        return left

    async def _wait(self, deadline: float | None) -> None:
        loop = asyncio.get_running_loop()
        self._waiting = loop.create_future()
        timer = None if deadline is None else loop.call_at(deadline, _wake, self._waiting)
        try:
            await self._waiting
        finally:
            self._waiting = None
            if timer is not None:
                timer.cancel()


def _wake(waiting: asyncio.Future[None] | None) -> None:
    if waiting is not None and not waiting.done():
        waiting.set_result(None)


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
        self._listener: Arrivals | None = None
        self.lost: LinkLostError | None = None
        self._task = asyncio.create_task(self._read())

    @contextlib.contextmanager
    def listening(self) -> Iterator[Arrivals]:
        """Give all that arrives to one command while the context lasts.

        What is left then belongs to nobody's command: a result may follow a completion at once.
        """
        arrivals = self._listener = Arrivals()
        if self.lost:
            arrivals.put(self.lost)
        try:
            yield arrivals
        finally:
            self._listener = None
            self._hand_on(arrivals)

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

    def _hand_on(self, arrivals: Arrivals) -> None:
        for left in arrivals.left():
            if isinstance(left, bytes):
                self._unasked(left)

    def _deliver(self, frame: bytes) -> None:
        if self._listener is not None:
            self._listener.put(frame)
        else:
            self._unasked(frame)

    def _end(self, reason: LinkLostError) -> None:
        if self.lost is not None:
            return
        self.lost = reason
        if self._listener is not None:
            self._listener.put(reason)
        self._ended(reason)
