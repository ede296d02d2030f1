"""pyusb's back end for the devices of a USB/IP server.

The server's list says little about a device, so each new one is borrowed for a moment to read its
descriptors; they are kept as long as it stays plugged in. One that somebody else has shows only
what the list says, and opening it says that it is in use.
"""

import array
import errno
import functools
import threading
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import usb.backend  # type: ignore[import-untyped]  # pyusb 1.3 has no types
import usb.core  # type: ignore[import-untyped]

from drivers.transport.usb.attachment import Attachment, list_exported
from drivers.wire import WireError
from drivers.wire.usb import (
    CONFIGURATION,
    DEVICE,
    ENDPOINT,
    IN,
    INTERFACE,
    LANGUAGE_ENGLISH,
    STRING,
    Configuration,
    Device,
    Endpoint,
    Interface,
    Request,
    SetupPacket,
    decode_configuration,
    decode_device,
    decode_string,
)
from drivers.wire.usbip import ExportedDevice

PROBE_MS = 1000
"""For one descriptor."""
_LONGEST = 4096
"""Bytes of a configuration; a printer's has 32, a combined headset's a few hundred."""
_ENDPOINT_HALT = 0


@dataclass(frozen=True)
class Described:
    """What is known about a device before it is opened.

    Attributes:
        serial: Its serial number, if it has one.
    """

    exported: ExportedDevice
    device: Device
    configurations: tuple[Configuration, ...]
    serial: str | None = None


@functools.cache
def backend_of(server: tuple[str, int]) -> "UsbIpBackend":
    """Return the back end for a server; always the same, so that each device is probed once."""
    return UsbIpBackend(server)


class UsbIpBackend(usb.backend.IBackend):  # type: ignore[misc]  # untyped base class
    """The devices of one server, as pyusb wants them.

    Raises:
        usb.core.USBError: From each method, with the errno that libusb's back end would give.
    """

    def __init__(self, server: tuple[str, int]) -> None:
        self._server = server
        self._known: dict[tuple[str, int], Described] = {}
        self._probing = threading.Lock()

    def enumerate_devices(self, *, anew: bool = False) -> list[Described]:
        """Everything that the server lends.

        Args:
            anew: Ask each device once more what it is, unless somebody has it: another server may
                answer at this address since, with others of the same kind.
        """
        with self._probing:
            try:
                exported = list_exported(self._server)
            except (OSError, WireError) as error:
                self._known.clear()  # who answers there next may be another
                code = error.errno if isinstance(error, OSError) else errno.EPROTO
                raise usb.core.USBError(str(error), None, code) from error
            found = {_key(each): self._described(each, anew=anew) for each in exported}
            self._known = {key: each for key, each in found.items() if each.configurations}
        return list(found.values())

    def _described(self, exported: ExportedDevice, *, anew: bool) -> Described:
        known = self._known.get(_key(exported))
        if known is not None and known.exported != exported:
            known = None
        if known is not None and not anew:
            return known
        try:
            return _probe(self._server, exported)
        except (usb.core.USBError, WireError):
            return known or Described(exported, _listed(exported), ())

    def get_device_descriptor(self, dev: Described) -> SimpleNamespace:
        """The device as a whole."""
        device = dev.device
        bus, _, ports = dev.exported.bus_id.partition("-")
        numbers = tuple(int(port) for port in ports.split(".") if port.isdigit())
        return SimpleNamespace(
            bLength=18,
            bDescriptorType=DEVICE,
            bcdUSB=device.usb_version,
            bDeviceClass=device.device_class,
            bDeviceSubClass=device.subclass,
            bDeviceProtocol=device.protocol,
            bMaxPacketSize0=device.max_packet,
            idVendor=device.vendor,
            idProduct=device.product,
            bcdDevice=device.release,
            iManufacturer=device.manufacturer,
            iProduct=device.product_name,
            iSerialNumber=device.serial,
            bNumConfigurations=len(dev.configurations),
            address=dev.exported.device_number,
            bus=int(bus) if bus.isdigit() else dev.exported.bus_number,
            port_number=numbers[-1] if numbers else None,
            port_numbers=numbers or None,
            speed=dev.exported.speed,
        )

    def get_configuration_descriptor(self, dev: Described, config: int) -> SimpleNamespace:
        """One configuration, counted from 0."""
        configuration = dev.configurations[config]
        return SimpleNamespace(
            bLength=9,
            bDescriptorType=CONFIGURATION,
            wTotalLength=len(configuration.encode()),
            bNumInterfaces=len({each.number for each in configuration.interfaces}),
            bConfigurationValue=configuration.value,
            iConfiguration=configuration.name,
            bmAttributes=configuration.attributes,
            bMaxPower=configuration.max_power,
            extra_descriptors=list(configuration.extra),
        )

    def get_interface_descriptor(
        self, dev: Described, intf: int, alt: int, config: int
    ) -> SimpleNamespace:
        """One alternate setting of an interface, both counted from 0."""
        interface = _interface(dev, intf, alt, config)
        return SimpleNamespace(
            bLength=9,
            bDescriptorType=INTERFACE,
            bInterfaceNumber=interface.number,
            bAlternateSetting=interface.alternate,
            bNumEndpoints=len(interface.endpoints),
            bInterfaceClass=interface.interface_class,
            bInterfaceSubClass=interface.subclass,
            bInterfaceProtocol=interface.protocol,
            iInterface=interface.name,
            extra_descriptors=list(interface.extra),
        )

    def get_endpoint_descriptor(
        self, dev: Described, ep: int, intf: int, alt: int, config: int
    ) -> SimpleNamespace:
        """One endpoint, counted from 0."""
        endpoint: Endpoint = _interface(dev, intf, alt, config).endpoints[ep]
        return SimpleNamespace(
            bLength=7,
            bDescriptorType=ENDPOINT,
            bEndpointAddress=endpoint.address,
            bmAttributes=int(endpoint.transfer_type),
            wMaxPacketSize=endpoint.max_packet,
            bInterval=endpoint.interval,
            bRefresh=0,
            bSynchAddress=0,
            extra_descriptors=list(endpoint.extra),
        )

    def open_device(self, dev: Described) -> Attachment:
        """Borrow the device, and see that it is still the one that was described."""
        attachment = Attachment(self._server, dev.exported.bus_id)
        try:
            _check_identity(attachment, dev)
        except usb.core.USBError:
            attachment.close()
            self._known.pop(_key(dev.exported), None)
            raise
        return attachment

    def close_device(self, dev_handle: Attachment) -> None:
        """Give it back."""
        dev_handle.close()

    def get_configuration(self, dev_handle: Attachment) -> int:
        """Which configuration is set."""
        return (
            dev_handle.device.configuration
            or _control_in(dev_handle, Request.GET_CONFIGURATION, 0, 1)[0]
        )

    def set_configuration(self, dev_handle: Attachment, config_value: int) -> None:
        """Set a configuration."""
        _control_out(dev_handle, 0x00, Request.SET_CONFIGURATION, config_value)

    def set_interface_altsetting(self, dev_handle: Attachment, intf: int, altsetting: int) -> None:
        """Choose an alternate setting."""
        _control_out(dev_handle, 0x01, Request.SET_INTERFACE, altsetting, intf)

    def clear_halt(self, dev_handle: Attachment, ep: int) -> None:
        """Have an endpoint go on that refused."""
        _control_out(dev_handle, 0x02, Request.CLEAR_FEATURE, _ENDPOINT_HALT, ep)

    def claim_interface(self, dev_handle: Attachment, intf: int) -> None:
        """Do nothing: who borrows a device has all of it."""

    def release_interface(self, dev_handle: Attachment, intf: int) -> None:
        """Do nothing."""

    def reset_device(self, dev_handle: Attachment) -> None:
        """Do nothing: the server resets a device when it is borrowed."""

    def is_kernel_driver_active(self, dev_handle: Attachment, intf: int) -> bool:
        """False: the server takes its own kernel's driver away."""
        del dev_handle, intf
        return False

    def detach_kernel_driver(self, dev_handle: Attachment, intf: int) -> None:
        """Do nothing."""

    def attach_kernel_driver(self, dev_handle: Attachment, intf: int) -> None:
        """Do nothing."""

    def bulk_write(
        self, dev_handle: Attachment, ep: int, intf: int, data: "array.array[int]", timeout: int
    ) -> int:
        """Send to an endpoint."""
        del intf
        return dev_handle.move_out(ep & ~IN, data.tobytes(), timeout)

    def bulk_read(
        self, dev_handle: Attachment, ep: int, intf: int, buff: "array.array[int]", timeout: int
    ) -> int:
        """Receive from an endpoint."""
        del intf
        data = dev_handle.move_in(ep & ~IN, len(buff), timeout)
        buff[: len(data)] = array.array("B", data)
        return len(data)

    intr_write = bulk_write
    intr_read = bulk_read

    def ctrl_transfer(  # noqa: PLR0913, PLR0917 - pyusb's own signature
        self,
        dev_handle: Attachment,
        bmRequestType: int,  # noqa: N803 - pyusb's own names
        bRequest: int,  # noqa: N803
        wValue: int,  # noqa: N803
        wIndex: int,  # noqa: N803
        data: "array.array[int]",
        timeout: int,
    ) -> int:
        """Make a control transfer."""
        setup = SetupPacket(bmRequestType, bRequest, wValue, wIndex, len(data))
        answer = dev_handle.control(setup, b"" if setup.is_in else data.tobytes(), timeout)
        if isinstance(answer, int):
            return answer
        data[: len(answer)] = array.array("B", answer)
        return len(answer)

    def get_parent(self, dev: Described) -> Any:  # noqa: ANN401 - pyusb's own signature
        """None: the server does not say."""
        del dev


def _key(exported: ExportedDevice) -> tuple[str, int]:
    """A device that was unplugged meanwhile has another number."""
    return exported.bus_id, exported.device_number


def _probe(server: tuple[str, int], exported: ExportedDevice) -> Described:
    attachment = Attachment(server, exported.bus_id)
    try:
        device = decode_device(_description(attachment, DEVICE, 0))
        configurations = tuple(
            decode_configuration(_description(attachment, CONFIGURATION, number))
            for number in range(device.configurations)
        )
        serial = _serial(attachment, device.serial) if device.serial else None
    finally:
        attachment.close()
    return Described(exported, device, configurations, serial)


def _check_identity(attachment: Attachment, described: Described) -> None:
    number = described.device.serial
    if not number or described.serial is None:
        return
    try:
        serial = _serial(attachment, number)
    except WireError as error:
        raise usb.core.USBError(str(error), None, errno.EPROTO) from error
    if serial != described.serial:
        raise usb.core.USBError("Another device is there now.", None, errno.ENODEV)


def _serial(attachment: Attachment, number: int) -> str:
    return decode_string(_description(attachment, STRING, number, LANGUAGE_ENGLISH))


def _description(attachment: Attachment, kind: int, number: int, language: int = 0) -> bytes:
    value = kind << 8 | number
    return _control_in(attachment, Request.GET_DESCRIPTOR, value, _LONGEST, language)


def _control_in(
    attachment: Attachment, request: int, value: int, length: int, index: int = 0
) -> bytes:
    answer = attachment.control(SetupPacket(IN, request, value, index, length), b"", PROBE_MS)
    if not isinstance(answer, bytes) or not answer:
        raise usb.core.USBError("The device said nothing.", None, errno.EIO)
    return answer


def _control_out(
    attachment: Attachment, recipient: int, request: int, value: int, index: int = 0
) -> None:
    attachment.control(SetupPacket(recipient, request, value, index, 0), b"", PROBE_MS)


def _listed(exported: ExportedDevice) -> Device:
    return Device(
        vendor=exported.vendor,
        product=exported.product,
        release=exported.release,
        device_class=exported.device_class,
        subclass=exported.subclass,
        protocol=exported.protocol,
        configurations=0,
    )


def _interface(dev: Described, number: int, alternate: int, config: int) -> Interface:
    """The setting of an interface, both by their order.

    Raises:
        IndexError: There is none; pyusb's iterators end by it.
    """
    interfaces = dev.configurations[config].interfaces
    numbers = sorted({each.number for each in interfaces})
    return [each for each in interfaces if each.number == numbers[number]][alternate]
