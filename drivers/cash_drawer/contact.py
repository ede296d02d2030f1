"""A drawer's contact: what it shows, since when, and whether somebody asked for it.

Whatever the contact is wired to, a driver says `show` with what it reads, as often as it likes;
what moved is told to whoever listens, once.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

from drivers.cash_drawer import DrawerClosed, DrawerEvent, DrawerOpened
from drivers.errors import DeviceError
from drivers.fan import EventFan

LOOK_INTERVAL = 0.1
"""Seconds between two looks at a contact that does not report changes by itself."""


class Contact:
    """The contact of one drawer.

    Attributes:
        opened: What it shows; None while nothing is known, or nothing is wired.
    """

    def __init__(self) -> None:
        self.opened: bool | None = None
        self._fan: EventFan[DrawerEvent] = EventFan()
        self._opened_at: float | None = None
        self._commands = 0
        self._moved = asyncio.Event()

    @property
    def ended(self) -> DeviceError | None:
        """The error that ended the drawer, or None while it lives."""
        return self._fan.ended

    def events(self) -> AsyncIterator[DrawerEvent]:
        """Subscribe, from this moment on."""
        return self._fan.subscribe()

    def begin(self, opened: bool | None) -> None:  # noqa: FBT001 - the state itself
        """Take what the contact shows at first: it has not moved, and nothing is told."""
        self.opened = opened

    def show(self, opened: bool | None) -> None:  # noqa: FBT001 - the state itself
        """Take what the contact shows now, and tell it where it moved."""
        was_opened = self.opened
        if opened is was_opened:
            return
        self.opened = opened
        self._moved.set()
        now = asyncio.get_running_loop().time()
        if opened:
            self._opened_at = now
            self._fan.publish(DrawerOpened(commanded=self._commands > 0))
        elif was_opened:
            open_ms = None if self._opened_at is None else round((now - self._opened_at) * 1000)
            self._opened_at = None
            self._fan.publish(DrawerClosed(open_ms))

    def end(self, error: DeviceError) -> None:
        """Finish every subscription, and whoever waits, with `error`. The first error stays."""
        self._fan.end(error)
        self._moved.set()

    @contextlib.contextmanager
    def commanded(self) -> Iterator[None]:
        """While entered, an opening is one that somebody asked for."""
        self._commands += 1
        try:
            yield
        finally:
            self._commands -= 1

    async def opens_within(self, timeout: float, look: Callable[[], Awaitable[object]]) -> bool:  # noqa: ASYNC109 - as UnifiedPOS has it
        """Wait until it shows open; False when it does not in time.

        Args:
            timeout: Seconds.
            look: Reads the contact and calls `show`; asked at once and then again and again.

        Raises:
            DeviceError: The drawer has ended.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await look()
                while not self.opened:
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(LOOK_INTERVAL):
                            await self._next_move()
                    await look()
        return bool(self.opened)

    async def closes_within(self, timeout: float) -> bool:  # noqa: ASYNC109 - as UnifiedPOS has it
        """Wait until it no longer shows open; False when it does not in time.

        Raises:
            DeviceError: The drawer has ended.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                while self.opened:
                    await self._next_move()
        return not self.opened

    async def _next_move(self) -> None:
        self._moved.clear()
        if self._fan.ended is not None:
            raise self._fan.ended
        await self._moved.wait()
