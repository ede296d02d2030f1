"""Being told when a serial device is plugged in: when the name that udev gives it is there again.

A name is looked up a few times a second, and only while the device is missing: a look costs some
microseconds, and sees also what no udev announces.
"""

import asyncio
import pathlib

from drivers.settings import Arrivals

LOOK_SECONDS = 0.2
"""Between two looks."""


def path_arrivals(url: str) -> Arrivals | None:
    """Return who watches for the device; None where `url` is a network address."""
    return _PathArrivals(pathlib.Path(url)) if "://" not in url else None


class _PathArrivals:
    """Looks whether a name is there that was not."""

    def __init__(self, path: pathlib.Path) -> None:
        self.arrived = asyncio.Event()
        self._path = path
        self._known: tuple[int, int] | None = None
        self._looking: asyncio.Task[None] | None = None

    async def arm(self) -> None:
        self.disarm()
        self._known = self._found()
        self.go_on()

    def rest(self) -> None:
        if self._looking is not None:
            self._looking.cancel()
            self._looking = None

    def go_on(self) -> None:
        if self._looking is None:
            self._looking = asyncio.create_task(self._look(), name=f"look for {self._path}")

    def disarm(self) -> None:
        self.arrived.clear()
        self.rest()

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            found = self._found()
            if found is not None and found != self._known:
                self.arrived.set()
                return
            self._known = found

    def _found(self) -> tuple[int, int] | None:
        """What tells this name from the one before: udev makes it anew each time."""
        try:
            found = self._path.lstat()
        except OSError:
            return None
        return found.st_ino, found.st_ctime_ns
