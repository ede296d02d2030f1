"""A cash drawer on a relay at the box's own pins (GPIO), by gpiozero.

    [[cash_drawer]]
    name = "till"
    driver = "gpio"
    pin = 17
    sensor = "open_high"
    sensor_pin = 27

A solenoid that is driven for seconds burns. So a pulse has at most half a second, is given by a
thread of its own that a busy event loop does not hold up, and the relay is let go of before
anything else when the pins are opened: should the daemon be killed in mid-pulse, its next start
ends it (systemd starts it again within seconds; a board that loses power lets go by itself).

Doubt: what a pin does between the death of its process and the next start is the kernel's choice;
most let go of it. A relay that latches, or a timer relay, is the safe one.

Source: gpiozero 2.0, DigitalOutputDevice and InputDevice.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Annotated, Any, Literal

import gpiozero  # type: ignore[import-untyped]  # it ships no types
import msgspec

from drivers.cash_drawer import (
    CashDrawer,
    DrawerEvent,
    DrawerOpening,
    DrawerSettings,
    PulseKind,
    Sensor,
    closed,
    did_not_open,
)
from drivers.cash_drawer.contact import Contact
from drivers.errors import OfflineError, OutcomeUnknownError, UnsupportedError
from drivers.lane import Lane, LaneClosedError

Pin = Annotated[int, msgspec.Meta(ge=0, le=27)]
"""BCM number, as in GPIO17; 0 to 27 are on the header."""

BOUNCE_SECONDS = 0.01
"""A contact chatters for some milliseconds when it closes."""


class Settings(DrawerSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One drawer.

    Attributes:
        pin: Of the relay.
        active_high: Whether a high level pulls the relay; many boards want a low one.
        on_ms: How long the solenoid is driven.
        off_ms: How long it rests before the next pulse.
        sensor: What level of `sensor_pin` means open; `none` when no contact is wired.
        sensor_pin: Of the contact.
        pull: The resistor that holds the contact's pin when nothing is closed.
    """

    pin: Pin
    active_high: bool = True
    on_ms: Annotated[int, msgspec.Meta(ge=2, le=500)] = 100
    off_ms: Annotated[int, msgspec.Meta(ge=2, le=5000)] = 100
    sensor: Sensor = "none"
    sensor_pin: Pin | None = None
    pull: Literal["up", "down", "none"] = "up"

    def __post_init__(self) -> None:
        """Refuse a contact without a pin, and one pin for both."""
        if (self.sensor == "none") != (self.sensor_pin is None):
            raise ValueError("sensor and sensor_pin belong together: give both, or neither")
        if self.pin == self.sensor_pin:
            raise ValueError(f"pin and sensor_pin are both {self.pin}")


async def open_device(name: str, settings: Settings, devices: Mapping[str, Any]) -> CashDrawer:
    """Take the pins. The relay is off from here on.

    Raises:
        OfflineError: This machine has no pins, or they are another program's.
        UnsupportedError: It has no such pin.
    """
    del devices  # a drawer of its own needs no other device
    loop = asyncio.get_running_loop()
    drawer = _GpioDrawer(name, settings)
    lane = Lane(f"gpio-{name}")
    try:
        pins = await lane.run(_Pins, settings, lambda: _tell(loop, drawer.look))
    except gpiozero.PinInvalidPin as error:
        lane.close()
        raise UnsupportedError(f"There is no such pin: {error}", device=name) from error
    except Exception as error:  # each pin library has errors of its own
        lane.close()
        raise OfflineError(
            "The box's pins cannot be used. Put the daemon's user into the group gpio, and let no"
            f" other program use them. ({error})",
            device=name,
        ) from error
    drawer.begin(lane, pins)
    return drawer


class _Pins:
    """Relay and contact; blocking."""

    def __init__(self, settings: Settings, moved: Callable[[], None]) -> None:
        self._on_s, self._off_s = settings.on_ms / 1000, settings.off_ms / 1000
        self._contact: Any = None
        self._relay = gpiozero.DigitalOutputDevice(
            settings.pin, active_high=settings.active_high, initial_value=False
        )
        if settings.sensor_pin is None:
            return
        try:
            pull_up = {"up": True, "down": False, "none": None}[settings.pull]
            self._contact = gpiozero.DigitalInputDevice(
                settings.sensor_pin,
                pull_up=pull_up,
                active_state=True if pull_up is None else None,
                bounce_time=BOUNCE_SECONDS,
            )
        except Exception:
            self._relay.close()
            raise
        self._contact.when_activated = self._contact.when_deactivated = moved

    def pulse(self) -> None:
        """Drive the solenoid, and let it rest."""
        waiting = threading.Event()
        self._relay.on()
        try:
            waiting.wait(self._on_s)
        finally:
            self._relay.off()
        waiting.wait(self._off_s)

    def level_high(self) -> bool:
        """The contact's level."""
        return bool(self._contact.pin.state)

    def close(self) -> None:
        """Let go: the relay first."""
        self._relay.close()
        if self._contact is not None:
            self._contact.close()


class _GpioDrawer:
    """An open drawer."""

    def __init__(self, name: str, settings: Settings) -> None:
        self._name = name
        self._settings = settings
        self._contact = Contact()
        self._lane: Lane | None = None
        self._pins: _Pins | None = None

    def begin(self, lane: Lane, pins: _Pins) -> None:
        """Take the pins, and what the contact shows; nobody listens yet."""
        self._lane, self._pins = lane, pins
        self._contact.begin(self._reading())

    async def open_drawer(self) -> DrawerOpening:
        lane, pins = self._open()
        with self._contact.commanded():
            pulsing = asyncio.ensure_future(lane.run(pins.pulse))
            try:
                opened = self._settings.sensor != "none" and await self._opens()
                await asyncio.shield(pulsing)
            except LaneClosedError:
                raise closed(self._name) from None
            except Exception as error:  # the pin library's
                raise OutcomeUnknownError(
                    "The drawer's pin failed. Look whether the drawer is open.", device=self._name
                ) from error
            if opened or self._settings.sensor == "none":
                return DrawerOpening(PulseKind.OTHER, sensed=opened)
        raise did_not_open(self._name)

    async def drawer_opened(self) -> bool | None:
        self._open()
        self.look()
        return self._contact.opened

    async def wait_for_drawer_close(self, timeout: float) -> bool:  # noqa: ASYNC109 - UnifiedPOS
        return self._settings.sensor == "none" or await self._contact.closes_within(timeout)

    def events(self) -> AsyncIterator[DrawerEvent]:
        return self._contact.events()

    async def close(self) -> None:
        """Let go of the pins, after a pulse that is under way."""
        self._contact.end(closed(self._name))
        lane, pins, self._pins = self._lane, self._pins, None
        if lane is not None and pins is not None:
            await lane.run(pins.close)
            lane.close()

    def look(self) -> None:
        """Read the contact: a register of the processor, at once."""
        self._contact.show(self._reading())

    def _reading(self) -> bool | None:
        if self._settings.sensor == "none":
            return None
        if self._pins is None:
            return self._contact.opened
        return self._pins.level_high() is (self._settings.sensor == "open_high")

    def _open(self) -> tuple[Lane, _Pins]:
        if self._contact.ended is not None:
            raise self._contact.ended
        if self._lane is None or self._pins is None:
            raise closed(self._name)
        return self._lane, self._pins

    async def _opens(self) -> bool:
        async def look() -> None:
            self.look()

        return await self._contact.opens_within(self._settings.sense_timeout, look)


def _tell(loop: asyncio.AbstractEventLoop, what: Callable[[], None]) -> None:
    """From gpiozero's thread to the event loop, where there still is one."""
    if not loop.is_closed():
        loop.call_soon_threadsafe(what)
