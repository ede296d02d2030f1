"""A cash drawer on a relay at the box's own pins, which are gpiozero's mock pins.

Mock pins live in the process that uses them, so this drawer serves a daemon in the same process:
entering it gives that process its pins, and leaving it takes them away again.

The relay pulls on a high level; a contact that is closed with the drawer pulls its pin down.
"""

import asyncio
import json
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import gpiozero  # type: ignore[import-untyped]  # it ships no types
from gpiozero.pins.mock import MockFactory, MockPin  # type: ignore[import-untyped]  # as above

from simulators.till_drawer import TillDrawer

BY_NAME_ONLY = True
"""The printer has a drawer already; this one is started when it is asked for."""

RELAY_PIN: Final = 17
CONTACT_PIN: Final = 27


class _BoardPin(MockPin):  # type: ignore[misc]  # gpiozero ships no types
    """A pin with a wire: it tells when its level changes, and a contact may hold it.

    Attributes:
        on_change: Called with the new level, in whatever thread drives the pin.
        held_high: The level that the contact gives it, stronger than any resistor.
    """

    on_change: Callable[[bool], None] | None = None
    held_high: bool | None = None

    def hold(self, *, high: bool) -> None:
        """Give it a level from outside."""
        self.held_high = high
        if self._get_function() == "input":
            (self.drive_high if high else self.drive_low)()

    def _set_pull(self, value: str) -> None:
        super()._set_pull(value)
        if self.held_high is not None:
            self.hold(high=self.held_high)

    def _change_state(self, value: bool) -> bool:  # noqa: FBT001 - gpiozero's signature
        changed: bool = super()._change_state(value)
        if changed and self.on_change is not None:
            self.on_change(value)
        return changed


class GpioCashDrawer(TillDrawer):
    """One simulated drawer.

    Attributes:
        pulse_ended: Set while the relay is off.

    Args:
        name: Its name in the TOML.
    """

    def __init__(self, name: str = "drawer") -> None:
        super().__init__(name)
        self.pulse_ended = threading.Event()
        self.pulse_ended.set()
        self._factory: Any = None
        self._before: Any = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self.on_move(self._show)

    async def __aenter__(self) -> Self:
        """Give this process its pins."""
        self._loop = asyncio.get_running_loop()
        self._before = gpiozero.Device.pin_factory
        await self.plug_in()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take the pins away."""
        await self.unplug()
        gpiozero.Device.pin_factory = self._before

    @property
    def relay_on(self) -> bool:
        """True while the relay pulls."""
        return not self.pulse_ended.is_set()

    @property
    def plugged_in(self) -> bool:
        """True while the process has these pins."""
        return self._factory is not None

    async def plug_in(self) -> None:
        """Lay the pins."""
        if self._factory is None:
            self._factory = MockFactory(pin_class=_BoardPin)
            self._factory.pin(f"GPIO{RELAY_PIN}").on_change = self._relay
            gpiozero.Device.pin_factory = self._factory
            self._show()

    async def unplug(self) -> None:
        """Take the board away, as a power cut does."""
        if self._factory is not None:
            self._factory.reset()
            self._factory = None
            gpiozero.Device.pin_factory = None

    def toml(self) -> str:
        """The `[[cash_drawer]]` table."""
        fields = {
            "name": self.name,
            "driver": "gpio",
            "pin": RELAY_PIN,
            "sensor": "open_high",
            "sensor_pin": CONTACT_PIN,
        }
        lines = [f"{key} = {json.dumps(value)}" for key, value in fields.items()]
        return "\n".join(["[[cash_drawer]]", *lines, ""])

    def _relay(self, high: bool) -> None:  # noqa: FBT001 - a level
        """Called in whatever thread drives the pin."""
        if high:
            self.pulse_ended.clear()
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self.kick)
        else:
            self.pulse_ended.set()

    def _show(self) -> None:
        """Let the contact's pin have the level that the drawer gives it."""
        if self._factory is None:
            return
        self._factory.pin(f"GPIO{CONTACT_PIN}").hold(high=self.contact_open)


def open_simulator(name: str, directory: Path) -> GpioCashDrawer:
    """Make the drawer; it keeps no files."""
    del directory
    return GpioCashDrawer(name)
