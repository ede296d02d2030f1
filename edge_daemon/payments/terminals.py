"""Asking a terminal things that move no money."""

from drivers.payment_terminal import ReceiptReprint, TerminalStatus
from edge_daemon.devices import Devices


class Terminals:
    """The part of the payments' room that only asks."""

    def __init__(self, devices: Devices) -> None:
        self._devices = devices

    async def diagnose(self, name: str) -> TerminalStatus:
        """Ask the terminal how it is, now.

        Raises:
            NotFoundError: There is no such terminal.
            DeviceError: It cannot be reached, or serves another request.
        """
        return await self._devices.payment_terminal(name).diagnosis()

    async def reprint(self, name: str) -> ReceiptReprint:
        """Have the last transaction's slips once more; without texts the terminal printed them.

        Raises:
            As `diagnose`; RefusedError: It has nothing to print.
        """
        return await self._devices.payment_terminal(name).reprint_receipt()
