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
import contextlib
from collections.abc import AsyncIterator, Mapping
from typing import Annotated, Literal, cast

import msgspec

from drivers.cash_drawer import (
    DrawerClosed,
    DrawerEvent,
    DrawerOpened,
    DrawerOpening,
    PulseKind,
)
from drivers.errors import DeviceError, ErrorCode, OfflineError, RefusedError
from drivers.fan import EventFan
from drivers.pos_printer import PosPrinter
from drivers.settings import DeviceSettings, PosPrinterName, Seconds

_ASK_INTERVAL = 0.1
"""Seconds between two looks at a contact whose printer does not report changes by itself."""

Sensor = Literal["none", "open_high", "open_low"]


class Settings(DeviceSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One drawer.

    Attributes:
        printer: The `name` of its printer.
        pin: Connector pin that its solenoid is wired to.
        on_ms: How long the solenoid is driven. Most drawers want 100 to 200 ms.
        off_ms: How long it rests before the next pulse.
        sensor: What level of connector pin 3 means open; `none` when no contact is wired.
        sense_timeout: How long a drawer may take to show open after a pulse.
    """

    printer: PosPrinterName
    pin: Literal[2, 5] = 2
    on_ms: Annotated[int, msgspec.Meta(ge=2, le=510)] = 100
    off_ms: Annotated[int, msgspec.Meta(ge=2, le=510)] = 100
    sensor: Sensor = "none"
    sense_timeout: Seconds = 1.0


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
        self._fan: EventFan[DrawerEvent] = EventFan()
        self._opened = self._reading()
        self._opened_at: float | None = None
        self._quiet_at = 0.0
        self._commanded = False
        self._moved = asyncio.Event()
        self._listener = asyncio.create_task(self._listen(printer.events()), name=f"drawer {name}")

    async def open_drawer(self) -> DrawerOpening:
        """Open it now.

        Raises:
            RefusedError: Not opened, and no pulse will come later.
            OfflineError: The printer is not reachable. No pulse was sent.
            OutcomeUnknownError: A pulse may have gone out.
        """
        self._commanded = True
        try:
            pulse = await self._pulse()
            if self._settings.sensor == "none":
                return DrawerOpening(pulse, sensed=False)
            if await self._shows_open():
                return DrawerOpening(pulse, sensed=True)
        finally:
            self._commanded = False
        raise RefusedError(
            "The drawer did not open. Look whether it is locked or blocked.", device=self._name
        )

    async def drawer_opened(self) -> bool | None:
        """True when the contact shows open, None when no contact is wired.

        Raises:
            OfflineError: The state cannot be read.
        """
        if self._settings.sensor == "none":
            return None
        await self._printer.check_health()
        self._notice()
        return self._opened

    async def wait_for_drawer_close(self, timeout: float) -> bool:  # noqa: ASYNC109 - UnifiedPOS
        """Wait up to `timeout` seconds; True when it is closed. At once True without a contact.

        Raises:
            OfflineError: The state cannot be read any more.
        """
        if self._settings.sensor == "none":
            return True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                while self._opened:
                    await self._next_move()
        return not self._opened

    def events(self) -> AsyncIterator[DrawerEvent]:
        """Subscribe, from this moment on. Iterating raises `OfflineError` when the link is gone."""
        return self._fan.subscribe()

    async def close(self) -> None:
        """Let go of the drawer. The printer stays open."""
        self._fan.end(
            OfflineError("The drawer was closed.", device=self._name, code=ErrorCode.CLOSED)
        )
        self._listener.cancel()
        self._moved.set()
        await asyncio.wait({self._listener})

    async def _pulse(self) -> PulseKind:
        """Kick, once the pulse before has run out: a printer ignores one that comes earlier."""
        loop = asyncio.get_running_loop()
        await asyncio.sleep(max(0.0, self._quiet_at - loop.time()))
        on_ms, off_ms = self._settings.on_ms, self._settings.off_ms
        self._quiet_at = loop.time() + (on_ms + off_ms) / 1000
        return await self._printer.pulse_drawer(self._settings.pin, on_ms, off_ms)

    async def _shows_open(self) -> bool:
        """Look at the contact until it shows open; False when it does not in time."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._settings.sense_timeout):
                while not await self.drawer_opened():
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(_ASK_INTERVAL):
                            await self._next_move()
        return bool(self._opened)

    async def _next_move(self) -> None:
        self._moved.clear()
        if self._fan.ended is not None:
            raise self._fan.ended
        await self._moved.wait()

    async def _listen(self, printer_events: AsyncIterator[object]) -> None:
        try:
            async for _ in printer_events:
                self._notice()
        except DeviceError as error:
            self._fan.end(OfflineError(str(error), device=self._name))
            self._moved.set()

    def _notice(self) -> None:
        """Compare the contact with what it was, and tell when it moved."""
        opened, was_opened = self._reading(), self._opened
        if opened is was_opened:
            return
        self._opened = opened
        self._moved.set()
        now = asyncio.get_running_loop().time()
        if opened:
            self._opened_at = now
            self._fan.publish(DrawerOpened(commanded=self._commanded))
        elif was_opened:
            open_ms = None if self._opened_at is None else round((now - self._opened_at) * 1000)
            self._opened_at = None
            self._fan.publish(DrawerClosed(open_ms))

    def _reading(self) -> bool | None:
        level = self._printer.status.drawer_level
        if self._settings.sensor == "none" or level is None:
            return None
        return level is (self._settings.sensor == "open_high")
