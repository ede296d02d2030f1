"""The USB devices that are there, and the one that an address means.

On this machine a serial number is taken from what the kernel has read (`/sys/bus/usb/devices`), so
that nobody's device is opened only to look at it.

Everything here blocks.
"""

import errno
import pathlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import usb.core  # type: ignore[import-untyped]  # pyusb 1.3 has no types

from drivers.transport import LinkLostError, NotAllowedError
from drivers.transport.usb.usbip import backend_of
from drivers.transport.usb.values import interface_of
from drivers.wire.usb import Interface, UsbAddress

KERNEL_DEVICES = pathlib.Path("/sys/bus/usb/devices")


@dataclass(frozen=True)
class PresentDevice:
    """One device that is plugged in.

    Attributes:
        address: With all that is known: vendor, product, serial number, port.
        interfaces: Of all its configurations; none when it does not say.
        handle: pyusb's device, not opened.
    """

    address: UsbAddress
    interfaces: tuple[Interface, ...]
    handle: Any

    @property
    def node(self) -> str:
        """The file that has to be opened for it."""
        return f"/dev/bus/usb/{self.handle.bus:03}/{self.handle.address:03}"


def present_devices(
    server: tuple[str, int] | None = None, *, anew: bool = False
) -> list[PresentDevice]:
    """Return what is plugged in, here or at a USB/IP server.

    Args:
        server: Host and port; None is this machine.
        anew: Ask a server's devices once more what they are.

    Raises:
        LinkLostError: The server cannot be reached, or libusb is missing.
    """
    try:
        return list(_lent(server, anew=anew) if server else _local())
    except usb.core.NoBackendError as error:
        raise NotAllowedError(
            "USB needs libusb. Please run as root: apt-get install libusb-1.0-0"
        ) from error
    except usb.core.USBError as error:
        raise LinkLostError(f"The USB devices cannot be listed: {error}") from error


def find_device(address: UsbAddress) -> PresentDevice:
    """Return the one device that is meant.

    Raises:
        LinkLostError: It is not there, or more than one could be meant; the message then lists
            their addresses.
    """
    found = _meeting(address)
    if len(found) != 1 and address.server:
        found = _meeting(address, anew=True)
    if not found:
        raise LinkLostError(f"There is no USB device {address}.")
    if len(found) > 1:
        known = ", ".join(str(each.address) for each in found)
        raise NotAllowedError(f"More than one USB device is {address}. Write which: {known}.")
    return found[0]


def _meeting(address: UsbAddress, *, anew: bool = False) -> list[PresentDevice]:
    present = present_devices(address.server, anew=anew)
    return [each for each in present if address.is_met_by(each.address)]


def explain(error: OSError, device: PresentDevice) -> LinkLostError:
    """Say what to do about a device that cannot be opened."""
    if error.errno == errno.EACCES:
        return NotAllowedError(
            f"{device.node} ({device.address}) may not be opened. Copy systemd/99-pos-edge.rules to"
            " /etc/udev/rules.d, run udevadm control --reload && udevadm trigger, and have the"
            " daemon's user in the device's group: lp for printers, plugdev for others."
        )
    if error.errno == errno.EBUSY:
        return NotAllowedError(
            f"Another program has the USB device {device.address}. End it, or unplug the device and"
            " plug it in again."
        )
    return LinkLostError(f"The USB device {device.address} does not answer: {error.strerror}.")


def _local() -> Iterator[PresentDevice]:
    for handle in usb.core.find(find_all=True):
        port = _port(handle)
        address = UsbAddress(handle.idVendor, handle.idProduct, _kernels_serial(port), port)
        yield PresentDevice(address, _interfaces(handle), handle)


def _lent(server: tuple[str, int], *, anew: bool) -> Iterator[PresentDevice]:
    backend = backend_of(server)
    for described in backend.enumerate_devices(anew=anew):
        device = described.device
        address = UsbAddress(
            device.vendor, device.product, described.serial, described.exported.bus_id, server
        )
        interfaces = (each for whole in described.configurations for each in whole.interfaces)
        yield PresentDevice(address, tuple(interfaces), usb.core.Device(described, backend))


def _port(handle: Any) -> str | None:  # noqa: ANN401 - pyusb's device
    if not handle.port_numbers:
        return None  # a root hub
    return f"{handle.bus}-{'.'.join(map(str, handle.port_numbers))}"


def _kernels_serial(port: str | None) -> str | None:
    try:
        return (KERNEL_DEVICES / (port or "") / "serial").read_text("utf-8", "replace").strip()
    except OSError:
        return None


def _interfaces(handle: Any) -> tuple[Interface, ...]:  # noqa: ANN401 - pyusb's device
    """What the device says that it is; libusb has it from the kernel, without opening it."""
    try:
        return tuple(interface_of(each) for configuration in handle for each in configuration)
    except usb.core.USBError:
        return ()
