"""The drawer itself, whatever kicks it: a box with a lock, a hand that closes it, a key.

`simulators.serial_cash_drawer` and `simulators.gpio_cash_drawer` wire it up.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final

from simulators.control import Faults, Json, UnknownNameError, unknown

FAULTS: Final = {
    "drawer_stuck": "The drawer is locked: a pulse does not open it.",
    "contact_broken": "The contact shows what it showed when its wire broke.",
}

ACTIONS: Final = {
    "close_drawer": "Push the drawer shut.",
    "open_drawer_by_key": "Open the drawer with its key.",
    "unplug": "Pull the cable.",
    "plug_in": "Put the cable back.",
}


class TillDrawer:
    """A drawer, and what a person does with it.

    Attributes:
        is_open: Whether it is.
        pulses: How often it was kicked.
    """

    family = "cash_drawer"

    def __init__(self, name: str, faults: Mapping[str, str] | None = None) -> None:
        self.name = name
        self.faults = Faults(FAULTS | dict(faults or {}))
        self.is_open = False
        self.pulses = 0
        self._shown_open = False
        self._changed = asyncio.Event()
        self._listeners: list[Callable[[], None]] = []
        self.faults.on_switch(lambda _name, _on: self._move(self.is_open))

    @property
    def contact_open(self) -> bool:
        """What the contact shows."""
        return self._shown_open

    @property
    def actions(self) -> Mapping[str, str]:
        """What a hand can do here."""
        return ACTIONS

    def state(self) -> Json:
        """What a person would see."""
        return {"plugged_in": self.plugged_in, "drawer_open": self.is_open, "pulses": self.pulses}

    async def hand(self, action: str, **arguments: Any) -> None:  # noqa: ANN401 - JSON values
        """Do what a person at the counter does.

        Raises:
            UnknownNameError: There is no such action.
            ValueError: It takes no arguments.
        """
        if action not in ACTIONS:
            raise UnknownNameError(unknown("action", action, ACTIONS))
        if arguments:
            raise ValueError(f"{action} takes no arguments.")
        if action in ("unplug", "plug_in"):
            await (self.plug_in() if action == "plug_in" else self.unplug())
        else:
            self._move(action == "open_drawer_by_key")

    def kick(self) -> None:
        """Drive the solenoid."""
        self.pulses += 1
        self._move(self.is_open or "drawer_stuck" not in self.faults)

    def on_move(self, listener: Callable[[], None]) -> None:
        """Call `listener` whenever the drawer, or what its contact shows, may have moved."""
        self._listeners.append(listener)

    async def wait_until(self, true: Callable[[], bool]) -> None:
        """Wait until `true` holds; it is asked again at every move."""
        while not true():
            self._changed.clear()
            await self._changed.wait()

    @property
    def plugged_in(self) -> bool:
        """True while its cable is in."""
        raise NotImplementedError

    async def plug_in(self) -> None:
        """Put the cable back, at the same address."""
        raise NotImplementedError

    async def unplug(self) -> None:
        """Pull the cable."""
        raise NotImplementedError

    def _move(self, is_open: bool) -> None:  # noqa: FBT001 - the state itself
        self.is_open = is_open
        if "contact_broken" not in self.faults:
            self._shown_open = is_open
        self._changed.set()
        for listener in self._listeners:
            listener()
