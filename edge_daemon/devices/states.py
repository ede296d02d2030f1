"""What is known about a device at this moment, and the means to wait until it is otherwise."""

import asyncio
import enum
from typing import Any

import msgspec


class Readiness(enum.StrEnum):
    """Whether a device can be asked for anything."""

    OPENING = "opening"
    """The daemon has just started, and has not reached it yet."""
    ONLINE = "online"
    """Open. It may still refuse: `reason` and `detail` say what it needs."""
    OFFLINE = "offline"
    """Not reachable; it is tried again and again."""
    STUCK = "stuck"
    """A call into its driver does not come back. It is never opened twice."""


class DeviceState(msgspec.Struct, frozen=True, kw_only=True):
    """One device, as `GET /v1/devices` shows it.

    Attributes:
        name: As configured.
        family, driver: The folder and the module of its driver.
        state: Whether it can be asked for anything.
        since_us: When `state` became what it is, microseconds since 1970 UTC.
        reason: What to tell the clerk; None when all is well.
        detail: What it last said about itself, such as `cover_open`; the family's status.
        reopened: How often it was opened again since the daemon's start.
    """

    name: str
    family: str
    driver: str
    state: Readiness
    since_us: int
    reason: str | None = None
    detail: dict[str, Any] | None = None
    reopened: int = 0


class Pulse:
    """Wakes everybody who waits, each time it is given."""

    def __init__(self) -> None:
        self._next = asyncio.Event()

    def give(self) -> None:
        """Wake all who wait now."""
        self._next.set()
        self._next = asyncio.Event()

    async def wait(self) -> None:
        """Wait for the next time."""
        await self._next.wait()
