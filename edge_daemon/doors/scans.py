"""Scans that wait for the till that asks for them by a long poll.

Between two polls a scan is kept. One that grew old is dropped, counted and shown: another customer
stands at the counter now. Two pollers of one door: the later one takes over, and the earlier one
is answered with nothing, as the box that these tills were written for does.
"""

import asyncio
import collections
from collections.abc import Callable

from drivers.scanner import Scan

WAITING_LIMIT = 32
"""Scans kept for a till that does not ask; beyond, the oldest goes."""
DROPPED = "scan_dropped"
"""The live stream's event for a scan that nobody fetched in time."""

Tell = Callable[[str, dict[str, object]], object]


class Mailbox:
    """The scans of one door.

    Attributes:
        dropped: How many were too old.
    """

    def __init__(self, door: str, stale_seconds: float, tell: Tell) -> None:
        self._door = door
        self._stale_seconds = stale_seconds
        self._tell = tell
        self._waiting: collections.deque[tuple[str, float]] = collections.deque()
        self._poller: asyncio.Event | None = None
        self._come = asyncio.Event()
        self.dropped = 0

    def put(self, scan: Scan) -> None:
        """A code was read."""
        self._waiting.append((scan.scan_data, asyncio.get_running_loop().time()))
        while len(self._waiting) > WAITING_LIMIT:
            self._drop(self._waiting.popleft())
        self._come.set()

    async def take(self, seconds: float, gone: asyncio.Event) -> str | None:
        """Wait for a code.

        Args:
            seconds: At most.
            gone: Set when the till has left; then nothing is taken.

        Returns:
            The code; None when none came, or another poll took over.
        """
        if self._poller is not None:
            self._poller.set()
        mine = self._poller = asyncio.Event()
        ended = asyncio.get_running_loop().time() + seconds
        try:
            while not (gone.is_set() or mine.is_set()):
                if (code := self._next()) is not None:
                    return code
                left = ended - asyncio.get_running_loop().time()
                if left <= 0:
                    return None
                self._come.clear()
                await _first_of(left, self._come, gone, mine)
            return None
        finally:
            if self._poller is mine:
                self._poller = None

    def _next(self) -> str | None:
        now = asyncio.get_running_loop().time()
        while self._waiting:
            code, at = self._waiting.popleft()
            if now - at <= self._stale_seconds:
                return code
            self._drop((code, at))
        return None

    def _drop(self, stale: tuple[str, float]) -> None:
        code, at = stale
        self.dropped += 1
        age_ms = round((asyncio.get_running_loop().time() - at) * 1000)
        self._tell(
            DROPPED,
            {"door": self._door, "scan_data": code, "age_ms": age_ms, "dropped": self.dropped},
        )


async def _first_of(seconds: float, *events: asyncio.Event) -> None:
    """Wait until one of the events is set, at most so long."""
    waits = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
