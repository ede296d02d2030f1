"""Being told when a USB device is plugged in, so that nobody has to try again and again.

On this machine udev tells, once its rules have set the device's owner. A USB/IP server tells
nobody, so its list is asked a few times a second, and only while the device is missing.

To arm comes before the try to open: what arrives in between is noticed.
"""

import asyncio
import contextlib
import logging
from collections.abc import Iterator
from typing import Any

from drivers.settings import Arrivals
from drivers.wire import WireError
from drivers.wire.usb import UsbAddress
from drivers.wire.usbip import ListReply, ListRequest, UsbIpReader

_log = logging.getLogger(__name__)

LIST_SECONDS = 0.2
"""Between two looks at a server's list."""
LIST_TIMEOUT = 3.0
_CHUNK = 65536


def usb_arrivals(address: UsbAddress) -> Arrivals:
    """Return who watches for the device at `address`."""
    return _ListArrivals(address) if address.server else _UdevArrivals(address)


class _UdevArrivals:
    """udev's own announcements."""

    def __init__(self, address: UsbAddress) -> None:
        self.arrived = asyncio.Event()
        self._address = address
        self._monitor: Any = None

    async def arm(self) -> None:
        self.disarm()
        try:
            # 4 MiB, only where a USB device is configured.
            import pyudev  # type: ignore[import-untyped] # noqa: PLC0415

            self._monitor = pyudev.Monitor.from_netlink(pyudev.Context())
            self._monitor.start()
        except (ImportError, OSError) as error:
            self._monitor = None
            _log.info("udev tells nothing (%s): USB devices are tried now and then", error)
            return
        asyncio.get_running_loop().add_reader(self._monitor.fileno(), self._hear)

    def rest(self) -> None:
        """Go on listening: it costs nothing."""

    def go_on(self) -> None:
        """Do nothing: it never stopped."""

    def disarm(self) -> None:
        self.arrived.clear()
        if self._monitor is not None:
            asyncio.get_running_loop().remove_reader(self._monitor.fileno())
            self._monitor = None  # which closes its socket

    def _hear(self) -> None:
        for device in self._announced():
            if device.action in ("add", "bind") and self._may_be_meant(device):
                self.arrived.set()

    def _announced(self) -> Iterator[Any]:
        """What has been announced and not been looked at."""
        with contextlib.suppress(OSError):  # more was announced than the socket holds
            while self._monitor is not None and (device := self._monitor.poll(0)) is not None:
                yield device

    def _may_be_meant(self, device: Any) -> bool:  # noqa: ANN401 - pyudev's own type
        said = device.properties
        if device.subsystem != "usb" or said.get("DEVTYPE") != "usb_device":
            return False
        found = UsbAddress(
            _number(said.get("ID_VENDOR_ID")),
            _number(said.get("ID_MODEL_ID")),
            self._address.serial,  # udev spells it in its own way; opening tells
            device.sys_name,
        )
        return self._address.is_met_by(found)


class _ListArrivals:
    """A USB/IP server's list, asked again and again."""

    def __init__(self, address: UsbAddress) -> None:
        self.arrived = asyncio.Event()
        self._address = address
        self._known: set[tuple[str, int]] = set()
        self._looking: asyncio.Task[None] | None = None

    async def arm(self) -> None:
        self.disarm()
        self._known = await self._listed()
        self.go_on()

    def rest(self) -> None:
        if self._looking is not None:
            self._looking.cancel()
            self._looking = None

    def go_on(self) -> None:
        if self._looking is None:
            self._looking = asyncio.create_task(self._look(), name=f"list {self._address}")

    def disarm(self) -> None:
        self.arrived.clear()
        self.rest()

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(LIST_SECONDS)
            if await self._listed() - self._known:
                self.arrived.set()
                return

    async def _listed(self) -> set[tuple[str, int]]:
        """The devices that may be the one; each has another number when it is plugged in anew."""
        host, port = self._address.server or ("", 0)
        try:
            async with asyncio.timeout(LIST_TIMEOUT):
                reply = await _list(host, port)
        except (OSError, TimeoutError, WireError):
            return set()
        serial = self._address.serial  # which the list does not show; opening tells
        return {
            (each.bus_id, each.device_number)
            for each in reply.devices
            if self._address.is_met_by(
                UsbAddress(each.vendor, each.product, serial, each.bus_id, self._address.server)
            )
        }


async def _list(host: str, port: int) -> ListReply:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(ListRequest().encode())
        messages = UsbIpReader()
        while (message := messages.next_event()) is None:
            data = await reader.read(_CHUNK)
            if not data:
                raise ConnectionResetError("The server closed the connection.")
            messages.receive_data(data)
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
    if not isinstance(message, ListReply):
        raise WireError("The server does not list devices.")
    return message


def _number(text: str | None) -> int | None:
    try:
        return int(text or "", 16)
    except ValueError:
        return None
