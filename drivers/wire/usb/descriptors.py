"""A device's descriptors as values, and as the bytes that it answers with.

Source: Universal Serial Bus Specification 2.0, tables 9-8, 9-10, 9-12, 9-13.
"""

import enum
import struct
from dataclasses import dataclass

DEVICE, CONFIGURATION, STRING, INTERFACE, ENDPOINT = range(1, 6)
"""Descriptor types (table 9-5)."""
IN = 0x80
"""Of an endpoint's address: from the device to the host."""

DEVICE_FORM = struct.Struct("<BBHBBBBHHHBBBB")
CONFIGURATION_FORM = struct.Struct("<BBHBBBBB")
INTERFACE_FORM = struct.Struct("<BBBBBBBBB")
ENDPOINT_FORM = struct.Struct("<BBBBHB")


class TransferType(enum.IntEnum):
    """How an endpoint moves data; the lowest two bits of its attributes."""

    CONTROL = 0
    ISOCHRONOUS = 1
    BULK = 2
    INTERRUPT = 3


@dataclass(frozen=True)
class Endpoint:
    """One way in or out.

    Attributes:
        address: Number, with bit 7 set for data to the host.
        transfer_type: How it moves data.
        max_packet: Bytes of a packet.
        interval: Milliseconds (low and full speed) between two looks at an interrupt endpoint.
        extra: Descriptors behind this one that its class adds.
    """

    address: int
    transfer_type: TransferType
    max_packet: int = 64
    interval: int = 0
    extra: bytes = b""

    @property
    def is_in(self) -> bool:
        """Whether the data goes to the host."""
        return bool(self.address & IN)

    def encode(self) -> bytes:
        """Return the descriptor and what its class adds."""
        fields = (self.address, self.transfer_type, self.max_packet, self.interval)
        return ENDPOINT_FORM.pack(ENDPOINT_FORM.size, ENDPOINT, *fields) + self.extra


@dataclass(frozen=True)
class Interface:
    """One function of a device, such as a printer or a keyboard.

    Attributes:
        interface_class, subclass, protocol: What it is; 7 is a printer, 3 is HID.
        name: Number of its string; 0 for none.
        extra: Descriptors that its class adds, such as HID's.
    """

    number: int
    interface_class: int
    subclass: int = 0
    protocol: int = 0
    endpoints: tuple[Endpoint, ...] = ()
    alternate: int = 0
    name: int = 0
    extra: bytes = b""

    def encode(self) -> bytes:
        """Return the descriptor with all that belongs to the interface."""
        head = INTERFACE_FORM.pack(
            INTERFACE_FORM.size,
            INTERFACE,
            self.number,
            self.alternate,
            len(self.endpoints),
            self.interface_class,
            self.subclass,
            self.protocol,
            self.name,
        )
        return head + self.extra + b"".join(endpoint.encode() for endpoint in self.endpoints)


@dataclass(frozen=True)
class Configuration:
    """What the device is while this configuration is set.

    Attributes:
        value: By which it is chosen, from 1 on.
        interfaces: Every alternate setting is one of them.
        attributes: Bit 6: it has a power supply of its own. Bit 7 is always set.
        max_power: Units of 2 mA.
        name: Number of its string; 0 for none.
        extra: Descriptors before the first interface, such as associations.
    """

    interfaces: tuple[Interface, ...]
    value: int = 1
    attributes: int = 0xC0
    max_power: int = 1
    name: int = 0
    extra: bytes = b""

    def encode(self) -> bytes:
        """Return the whole configuration."""
        rest = self.extra + b"".join(interface.encode() for interface in self.interfaces)
        numbers = {interface.number for interface in self.interfaces}
        fields = (len(numbers), self.value, self.name, self.attributes, self.max_power)
        total = CONFIGURATION_FORM.size + len(rest)
        return (
            CONFIGURATION_FORM.pack(CONFIGURATION_FORM.size, CONFIGURATION, total, *fields) + rest
        )


@dataclass(frozen=True)
class Device:
    """The device as a whole.

    Attributes:
        vendor, product: Who made it, and what it is.
        release: The device's version, binary coded decimal.
        device_class, subclass, protocol: 0 where each interface says it for itself.
        manufacturer, product_name, serial: Numbers of its strings; 0 for none.
    """

    vendor: int
    product: int
    release: int = 0x0100
    device_class: int = 0
    subclass: int = 0
    protocol: int = 0
    manufacturer: int = 0
    product_name: int = 0
    serial: int = 0
    configurations: int = 1
    usb_version: int = 0x0200
    max_packet: int = 64

    def encode(self) -> bytes:
        """Return the descriptor."""
        return DEVICE_FORM.pack(
            DEVICE_FORM.size,
            DEVICE,
            self.usb_version,
            self.device_class,
            self.subclass,
            self.protocol,
            self.max_packet,
            self.vendor,
            self.product,
            self.release,
            self.manufacturer,
            self.product_name,
            self.serial,
            self.configurations,
        )
