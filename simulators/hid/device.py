"""A scanner at a USB host of its own, which lends it over USB/IP.

Its address names its serial number and stays the same while the cable is out.
"""

import json
from collections.abc import Mapping
from types import TracebackType
from typing import Final, Self

from drivers.wire.usb import Configuration, Device, Endpoint, Interface, SetupPacket, TransferType
from simulators.held_scanner import HeldScanner
from simulators.usb import UsbDevice, UsbHost

REPORTS: Final = 0x81
"""The endpoint that reports come from."""
MOST_WAITING: Final = 65536
"""Reports: a scanner keeps what it has read until the host has taken it."""

_GET_DESCRIPTOR: Final = 6
_REPORT_DESCRIPTOR: Final = 0x22
_SET_IDLE, _SET_PROTOCOL = 0x0A, 0x0B


class HidScanner(HeldScanner):
    """One simulated scanner.

    Args:
        name: Its name in the TOML.
        faults: See `HeldScanner`.
        driver: What drives it.
        identity: Vendor and product, and the product's name.
        interface: Subclass and protocol: 1 and 1 for a keyboard that knows the boot protocol.
        report_descriptor: What its reports hold.
        port: TCP, of its host; 0 chooses one.

    Attributes:
        boot_protocol: Whether it was asked for the reports that every keyboard has.
    """

    def __init__(  # noqa: PLR0913 - what a device is
        self,
        name: str,
        faults: Mapping[str, str],
        *,
        driver: str,
        identity: tuple[int, int, str],
        interface: tuple[int, int],
        report_descriptor: bytes,
        port: int = 0,
    ) -> None:
        super().__init__(name, faults)
        vendor, product, product_name = identity
        subclass, protocol = interface
        self.boot_protocol = False
        self._driver = driver
        self._report_descriptor = report_descriptor
        self._serial = f"SIM-{name}"
        self.host = UsbHost(port=port)
        reports = Endpoint(REPORTS, TransferType.INTERRUPT, max_packet=64, interval=1)
        hid = hid_descriptor(len(report_descriptor))
        function = Interface(0, 3, subclass, protocol, (reports,), extra=hid)
        self.device = UsbDevice(
            Device(vendor, product, manufacturer=1, product_name=2, serial=3),
            Configuration((function,)),
            ("Simulated", product_name, self._serial),
            most_waiting=MOST_WAITING,
        )
        self.device.on_control = self._control

    async def __aenter__(self) -> Self:
        """Plug the scanner in."""
        await self.host.__aenter__()
        self.plug_in()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Pull the cable for good."""
        self.unplug()
        await self.host.__aexit__(kind, error, trace)

    @property
    def url(self) -> str:
        """The address for the configuration; it stays the same when the cable is pulled."""
        descriptor = self.device.descriptor
        which = f"{descriptor.vendor:04x}:{descriptor.product:04x}/{self._serial}"
        return f"{self.host.url}/{which}"

    def toml(self) -> str:
        """The `[[scanner]]` table."""
        fields = {"name": self.name, "driver": self._driver, "usb": self.url, **self.settings()}
        lines = [f"{key} = {json.dumps(value)}" for key, value in fields.items()]
        return "\n".join(["[[scanner]]", *lines, ""])

    def settings(self) -> Mapping[str, str | bool]:
        """What else the driver has to know about it."""
        return {}

    @property
    def plugged_in(self) -> bool:
        """True while its cable is in."""
        return self.host.plugged_in(self.device)

    def plug_in(self) -> None:
        """Put the cable back."""
        if not self.plugged_in:
            self.boot_protocol = False
            self.host.plug_in(self.device)

    def unplug(self) -> None:
        """Pull the cable: the device is gone for whoever has it."""
        self.host.unplug(self.device)

    def _control(self, setup: SetupPacket, data: bytes) -> bytes | None:
        del data
        if setup.request == _GET_DESCRIPTOR and setup.value >> 8 == _REPORT_DESCRIPTOR:
            return self._report_descriptor
        if setup.is_standard:
            return None
        if setup.request == _SET_PROTOCOL:
            self.boot_protocol = setup.value == 0
            return b""
        return b"" if setup.request == _SET_IDLE else None


def hid_descriptor(report_descriptor_length: int) -> bytes:
    """The descriptor that says how long the report descriptor is (HID 1.11, section 6.2.1)."""
    length = report_descriptor_length.to_bytes(2, "little")
    return b"\x09\x21\x11\x01\x00\x01\x22" + length
