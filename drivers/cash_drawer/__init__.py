"""Cash drawers: the verbs and values that every drawer driver shares (UnifiedPOS CashDrawer).

Truth about the drawer. A pulse that could come late is not sent: a drawer that fires minutes
after the sale is an open till. So a driver opens at once or raises.
"""

from collections.abc import AsyncIterator
from typing import Annotated, Literal, Protocol

import msgspec

from drivers.errors import ErrorCode, OfflineError, RefusedError
from drivers.pos_printer import PulseKind
from drivers.settings import DeviceSettings, Seconds

__all__ = [
    "CashDrawer",
    "DrawerClosed",
    "DrawerEvent",
    "DrawerOpened",
    "DrawerOpening",
    "DrawerSettings",
    "PulseKind",
    "Sensor",
    "closed",
    "did_not_open",
]

Sensor = Literal["none", "open_high", "open_low"]
"""What level of the contact's wire means open; `none` when no contact is wired."""


class DrawerSettings(DeviceSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every drawer's table may say, whatever opens it.

    Attributes:
        sense_timeout: How long a drawer may take to show open after a pulse.
        left_open: After so many seconds an open drawer is told as left open; 0: never. It needs a
            contact.
    """

    sense_timeout: Seconds = 1.0
    left_open: Annotated[float, msgspec.Meta(ge=0, le=86_400)] = 120.0


class DrawerOpening(msgspec.Struct, frozen=True):
    """What is known after a pulse.

    Attributes:
        pulse: How it was sent.
        sensed: True when the drawer's contact showed it open. False: no contact is wired, the
            pulse went to a device just seen online.
    """

    pulse: PulseKind
    sensed: bool


class DrawerOpened(msgspec.Struct, frozen=True, tag="drawer_opened"):
    """The contact shows open. `commanded` is False when nobody asked for it: a key was used."""

    commanded: bool


class DrawerClosed(msgspec.Struct, frozen=True, tag="drawer_closed"):
    """The contact shows closed again, after `open_ms` milliseconds where that is known."""

    open_ms: int | None = None


DrawerEvent = DrawerOpened | DrawerClosed


class CashDrawer(Protocol):
    """An open connection to a drawer."""

    async def open_drawer(self) -> DrawerOpening:
        """Open it now.

        Raises:
            RefusedError: The device could not open it now (cover open, no paper, and no real-time
                pulse; or pulsed and the contact still says closed). No pulse will come later.
            OfflineError: Not reachable. No pulse was sent.
            OutcomeUnknownError: A pulse may have gone out.
        """
        ...

    async def drawer_opened(self) -> bool | None:
        """True when the contact shows open, None when no contact is wired.

        Raises:
            OfflineError: The state cannot be read.
        """
        ...

    async def wait_for_drawer_close(self, timeout: float) -> bool:  # noqa: ASYNC109 - UnifiedPOS
        """Wait up to `timeout` seconds; True when it is closed. At once True without a contact.

        Raises:
            OfflineError: The state cannot be read any more.
        """
        ...

    def events(self) -> AsyncIterator[DrawerEvent]:
        """Subscribe, from this moment on. Iterating raises `OfflineError` when the link is gone."""
        ...

    async def close(self) -> None:
        """Let go of the drawer. Never raises."""
        ...


def did_not_open(device: str) -> RefusedError:
    """Say that a drawer was pulsed and its contact still shows it closed."""
    return RefusedError(
        "The drawer did not open. Look whether it is locked or blocked.", device=device
    )


def closed(device: str) -> OfflineError:
    """Say that we have let go of the drawer."""
    return OfflineError("The drawer was closed.", device=device, code=ErrorCode.CLOSED)
