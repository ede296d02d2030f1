"""The logo in the printers' own memory, so that a receipt is short and begins at once.

Each printer that is opened is given the logo, and each open printer is given another one. It is
written only into a printer that does not have it, while nothing else is printed there. A printer
that keeps none gets it as dots with every receipt; nothing depends on this having worked.
"""

import asyncio
import logging
from collections.abc import Callable

from drivers.errors import DeviceError
from edge_daemon.devices import Devices, DeviceState, Readiness
from edge_daemon.journal.acts import Spawn
from edge_daemon.printing.logo import Logo

_log = logging.getLogger(__name__)

_FAMILY = "pos_printer"


class KeptLogos:
    """Gives the logo to the printers.

    Args:
        devices: Where the printers are.
        spawn: Runs what takes its time.
        turn: The lock under which a printer prints one job after another.
    """

    def __init__(self, devices: Devices, spawn: Spawn, turn: Callable[[str], asyncio.Lock]) -> None:
        self._devices = devices
        self._spawn = spawn
        self._turn = turn
        self._given: dict[str, int] = {}
        self._logo: Logo | None = None
        devices.subscribe_states(self._see)

    def watch(self, logo: Logo) -> None:
        """Give this logo from now on."""
        self._logo = logo

    def renew(self) -> None:
        """There is another logo: every open printer gets it."""
        self._given.clear()
        for state in self._devices.states():
            self._see(state)

    def _see(self, state: DeviceState) -> None:
        """A printer that was opened gets the logo, once for each time that it was opened."""
        is_open = state.family == _FAMILY and state.state is Readiness.ONLINE
        if is_open and self._given.get(state.name) != state.reopened:
            self._given[state.name] = state.reopened
            self._spawn(self._give(state.name))

    async def _give(self, name: str) -> None:
        try:
            printer = self._devices.pos_printer(name)
            image = await self._logo.image(printer.line_width) if self._logo else None
            if image is not None:
                async with self._turn(name):
                    kept = await printer.keep_image(image)
                _log.info("%s %s the logo", name, "keeps" if kept else "does not keep")
        except DeviceError as error:
            self._given.pop(name, None)  # at the next change of its state again
            _log.info("%s was not given the logo: %s", name, error)
