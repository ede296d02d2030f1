"""A cash drawer on the drawer connector of a receipt printer.

    [[cash_drawer]]
    name = "till"
    driver = "printer_port"
    printer = "receipts"
    sensor = "open_high"

The printer sends the pulse and reports the level of connector pin 3, to which a drawer with a
contact is wired; which level means open depends on the drawer. The drawer ends with its printer
and is opened again with the printer's successor.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Annotated, Literal, cast

import msgspec

from drivers.cash_drawer import (
    DrawerEvent,
    DrawerOpening,
    DrawerSettings,
    PulseKind,
    Sensor,
    closed,
    did_not_open,
)
from drivers.cash_drawer.contact import Contact
from drivers.errors import DeviceError, OfflineError
from drivers.pos_printer import PosPrinter
from drivers.settings import PosPrinterName


class Settings(DrawerSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One drawer.

    Attributes:
        printer: The `name` of its printer.
        pin: Connector pin that its solenoid is wired to.
        on_ms: How long the solenoid is driven. Most drawers want 100 to 200 ms.
        off_ms: How long it rests before the next pulse.
        sensor: What level of connector pin 3 means open; `none` when no contact is wired.
    """

    printer: PosPrinterName
    pin: Literal[2, 5] = 2
    on_ms: Annotated[int, msgspec.Meta(ge=2, le=510)] = 100
    off_ms: Annotated[int, msgspec.Meta(ge=2, le=510)] = 100
    sensor: Sensor = "none"


async def open_device(
    name: str, settings: Settings, devices: Mapping[str, object]
) -> "PrinterPortDrawer":
    """Take the drawer of an open printer.

    Raises:
        OfflineError: The printer is not open. Nothing was done.
    """
    printer = devices.get(settings.printer)
    if printer is None:
        raise OfflineError(f"The printer {settings.printer} is not open.", device=name)
    return PrinterPortDrawer(name, settings, cast("PosPrinter", printer))


class PrinterPortDrawer:
    """An open drawer."""

    def __init__(self, name: str, settings: Settings, printer: PosPrinter) -> None:
        self._name = name
        self._settings = settings
        self._printer = printer
        self._contact = Contact()
        self._contact.begin(self._reading())
        self._quiet_at = 0.0
        self._listener = asyncio.create_task(self._listen(printer.events()), name=f"drawer {name}")

    async def open_drawer(self) -> DrawerOpening:
        """Open it now.

        Raises:
            RefusedError: Not opened, and no pulse will come later.
            OfflineError: The printer is not reachable. No pulse was sent.
            OutcomeUnknownError: A pulse may have gone out.
        """
        with self._contact.commanded():
            pulse = await self._pulse()
            if self._settings.sensor == "none":
                return DrawerOpening(pulse, sensed=False)
            if await self._contact.opens_within(self._settings.sense_timeout, self.drawer_opened):
                return DrawerOpening(pulse, sensed=True)
        raise did_not_open(self._name)

    async def drawer_opened(self) -> bool | None:
        """True when the contact shows open, None when no contact is wired.

        Raises:
            OfflineError: The state cannot be read.
        """
        if self._settings.sensor == "none":
            return None
        await self._printer.check_health()
        self._contact.show(self._reading())
        return self._contact.opened

    async def wait_for_drawer_close(self, timeout: float) -> bool:  # noqa: ASYNC109 - UnifiedPOS
        """Wait up to `timeout` seconds; True when it is closed. At once True without a contact.

        Raises:
            OfflineError: The state cannot be read any more.
        """
        return self._settings.sensor == "none" or await self._contact.closes_within(timeout)

    def events(self) -> AsyncIterator[DrawerEvent]:
        """Subscribe, from this moment on. Iterating raises `OfflineError` when the link is gone."""
        return self._contact.events()

    async def close(self) -> None:
        """Let go of the drawer. The printer stays open."""
        self._contact.end(closed(self._name))
        self._listener.cancel()
        await asyncio.wait({self._listener})

    async def _pulse(self) -> PulseKind:
        """Kick, once the pulse before has run out: a printer ignores one that comes earlier."""
        loop = asyncio.get_running_loop()
        await asyncio.sleep(max(0.0, self._quiet_at - loop.time()))
        on_ms, off_ms = self._settings.on_ms, self._settings.off_ms
        self._rest()
        try:
            return await self._printer.pulse_drawer(self._settings.pin, on_ms, off_ms)
        finally:
            self._rest()  # it may have arrived as late as now

    def _rest(self) -> None:
        seconds = (self._settings.on_ms + self._settings.off_ms) / 1000
        self._quiet_at = asyncio.get_running_loop().time() + seconds

    async def _listen(self, printer_events: AsyncIterator[object]) -> None:
        try:
            async for _ in printer_events:
                self._contact.show(self._reading())
        except DeviceError as error:
            self._contact.end(OfflineError(str(error), device=self._name))

    def _reading(self) -> bool | None:
        level = self._printer.status.drawer_level
        if self._settings.sensor == "none" or level is None:
            return None
        return level is (self._settings.sensor == "open_high")
