r"""A cash drawer that opens when bytes come over its serial line: RS-232, or USB as a COM port.

    [[cash_drawer]]
    name = "till"
    driver = "serial"
    url = "/dev/serial/by-id/usb-…"
    trigger = "\u0007"
    sensor = "open_high"
    sensed_by = "cts"

An interface between line and solenoid turns the trigger into a pulse of its own length. What tells
whether the drawer is open is the interface's business as well: a control line, or a byte that it
sends again and again while the drawer is open.

    interface                       trigger            contact
    APG SerialPRO II 484A           BEL                CTS or RI, charging 12 s (6 s later)
    APG Smart SerialPRO 212A        "[["               CTS or RI
    Acode AT10U3                    as it was set      NUL, repeated while it is open
    most USB triggers               any byte           none

Interfaces that live on the line's own power need time to charge before they can pulse. A trigger
that comes earlier would be lost or late, so it is refused (`charging`).

Doubt: nothing acknowledges a trigger. Without a contact a drawer counts as pulsed when its port
took the bytes.

Source: APG 484A and 212A user's guides; Acode AT10U3 product page.
"""

import asyncio
import contextlib
import math
from collections.abc import AsyncIterator, Mapping
from typing import Annotated, Any, Literal

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
from drivers.cash_drawer.contact import LOOK_INTERVAL, Contact
from drivers.errors import BusyError, OfflineError, OutcomeUnknownError
from drivers.settings import Arrivals, Seconds
from drivers.transport import ByteStream, LinkLostError
from drivers.transport.path_arrivals import path_arrivals
from drivers.transport.serial import ControlLine, ControlLines, Parity
from drivers.transport.serial_device import open_serial_device

Charging = Annotated[float, msgspec.Meta(ge=0, le=60)]


class Settings(DrawerSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    r"""One drawer.

    Attributes:
        url: A device such as `/dev/serial/by-id/usb-…`, or `rfc2217://host:port`, or
            `socket://host:port`, which has no control lines.
        trigger: What opens it, one byte for each character (`"\u001bp\u0000"`).
        baudrate, bytesize, parity: As set in the interface; most triggers take any.
        sensor: What means open: the line high or low. With `bytes`, `open_high` is a byte that
            comes while it is open, `open_low` one that comes while it is closed.
        sensed_by: The control line, or `bytes`.
        sensor_byte: What is sent again and again, with `bytes`.
        silence: Seconds without that byte that mean the contrary.
        charging: Seconds that the interface charges after its port was opened, and after a pulse.
        write_timeout: Within which the port takes the trigger.
    """

    url: Annotated[str, msgspec.Meta(min_length=1)]
    trigger: Annotated[
        str, msgspec.Meta(pattern=r"\A[\x00-\xff]{1,64}\Z", description="1 to 64 bytes")
    ] = "\x07"
    baudrate: Annotated[int, msgspec.Meta(ge=50, le=4_000_000)] = 9600
    bytesize: Literal[7, 8] = 8
    parity: Parity = "none"
    sensor: Sensor = "none"
    sensed_by: Literal[ControlLine, "bytes"] = "cts"
    sensor_byte: Annotated[
        str, msgspec.Meta(pattern=r"\A[\x00-\xff]\Z", description="one byte")
    ] = "\x00"
    silence: Seconds = 1.0
    charging: Charging = 0.0
    write_timeout: Seconds = 1.0


def watch_arrivals(settings: Settings) -> Arrivals | None:
    """Return who watches for the drawer; None where it is on the network."""
    return path_arrivals(settings.url)


async def open_device(name: str, settings: Settings, devices: Mapping[str, Any]) -> CashDrawer:
    """Open the line to the drawer; nothing is sent.

    Raises:
        OfflineError: It is not there, another program holds it, or its contact cannot be read.
        UnsupportedError: The URL or the line's settings are not possible.
    """
    del devices  # a drawer of its own needs no other device
    stream = await open_serial_device(name, "drawer", settings)
    drawer = _SerialDrawer(name, settings, stream)
    try:
        await drawer.look_at_first()
    except OfflineError:
        await drawer.close()
        raise
    return drawer


class _SerialDrawer:
    """An open drawer."""

    def __init__(self, name: str, settings: Settings, stream: ByteStream) -> None:
        self._name = name
        self._settings = settings
        self._stream = stream
        self._charged_at = asyncio.get_running_loop().time() + settings.charging
        self._contact = Contact()
        self._heard = asyncio.Event()
        self._silent_from = -math.inf
        self._tasks = [asyncio.create_task(self._read_on(), name=f"drawer {name}")]
        if settings.sensor != "none":
            self._tasks.append(asyncio.create_task(self._look_on(), name=f"contact {name}"))

    async def look_at_first(self) -> None:
        """Learn what the contact shows before anybody listens: it has not moved.

        Raises:
            OfflineError: It cannot be read.
        """
        if self._settings.sensed_by == "bytes" and self._settings.sensor != "none":
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._settings.silence):
                    await self._heard.wait()
        if self._settings.sensor != "none":
            self._contact.begin(await self._reading())

    async def open_drawer(self) -> DrawerOpening:
        self._check_charge()
        with self._contact.commanded():
            await self._pulse()
            if self._settings.sensor == "none":
                return DrawerOpening(PulseKind.OTHER, sensed=False)
            if await self._contact.opens_within(self._settings.sense_timeout, self.look):
                return DrawerOpening(PulseKind.OTHER, sensed=True)
        raise did_not_open(self._name)

    async def drawer_opened(self) -> bool | None:
        if self._contact.ended is not None:
            raise self._contact.ended
        await self.look()
        return self._contact.opened

    async def wait_for_drawer_close(self, timeout: float) -> bool:  # noqa: ASYNC109 - UnifiedPOS
        return self._settings.sensor == "none" or await self._contact.closes_within(timeout)

    def events(self) -> AsyncIterator[DrawerEvent]:
        return self._contact.events()

    async def close(self) -> None:
        self._contact.end(closed(self._name))
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._stream.close()

    async def look(self) -> None:
        """Read the contact.

        Raises:
            OfflineError: It cannot be read.
        """
        if self._settings.sensor == "none":
            return
        self._contact.show(await self._reading())

    def _check_charge(self) -> None:
        if self._contact.ended is not None:
            raise self._contact.ended
        left = self._charged_at - asyncio.get_running_loop().time()
        if left > 0:
            raise BusyError(
                f"The drawer is still charging. Ask again in {math.ceil(left)} seconds, or use the"
                " key.",
                device=self._name,
            )

    async def _pulse(self) -> None:
        self._charged_at = asyncio.get_running_loop().time() + self._settings.charging
        try:
            async with asyncio.timeout(self._settings.write_timeout):
                await self._stream.write(self._settings.trigger.encode("latin-1"))
        except (LinkLostError, TimeoutError) as error:
            raise OutcomeUnknownError(
                "The drawer's line did not take the trigger. Look whether the drawer is open.",
                device=self._name,
            ) from error

    async def _reading(self) -> bool:
        line = self._settings.sensed_by
        if line == "bytes":
            high = asyncio.get_running_loop().time() < self._silent_from
        elif isinstance(self._stream, ControlLines):
            try:
                high = await self._stream.line_high(line)
            except LinkLostError as error:
                raise self._gone(error) from error
        else:
            raise OfflineError(
                f'This line has no {line.upper()}. Set sensed_by = "bytes" or sensor = "none".',
                device=self._name,
            )
        return high is (self._settings.sensor == "open_high")

    async def _read_on(self) -> None:
        """Take what the interface sends, to its end; only its sensor's byte means anything.

        Nothing is shown here: `look` does, ten times a second and while an opening is awaited.
        """
        wanted = self._settings.sensor_byte.encode("latin-1")
        try:
            while True:
                if wanted in await self._stream.read():
                    loop = asyncio.get_running_loop()
                    self._silent_from = loop.time() + self._settings.silence
                    self._heard.set()
        except LinkLostError as error:
            self._contact.end(self._gone(error))

    async def _look_on(self) -> None:
        """See the contact move, though nobody tells."""
        try:
            while True:
                await asyncio.sleep(LOOK_INTERVAL)
                await self.look()
        except OfflineError as error:
            self._contact.end(error)

    def _gone(self, error: LinkLostError) -> OfflineError:
        return OfflineError(
            f"The drawer's line is gone. Check its cable. ({error})", device=self._name
        )
