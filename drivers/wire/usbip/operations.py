"""What a host lends: the list, and asking for one device."""

import enum
import struct
from dataclasses import dataclass

from drivers.wire import WireError

VERSION = 0x0111
PORT = 3240
"""Registered for USB/IP."""

COMMON_FORM = struct.Struct(">HHI")
DEVICE_FORM = struct.Struct(">256s32sIIIHHHBBBBBB")
INTERFACE_FORM = struct.Struct(">BBBx")
BUS_ID_FORM = struct.Struct(">32s")
COUNT_FORM = struct.Struct(">I")
LIST_REQUEST, LIST_REPLY, IMPORT_REQUEST, IMPORT_REPLY = 0x8005, 0x0005, 0x8003, 0x0003


class Status(enum.IntEnum):
    """What a server says to a request of the first kind."""

    OK = 0
    NOT_AVAILABLE = 1
    BUSY = 2
    """Somebody else has the device."""
    IN_ERROR = 3
    NO_DEVICE = 4
    ERROR = 5


class Speed(enum.IntEnum):
    """How fast a device is, as Linux counts it (`enum usb_device_speed`)."""

    UNKNOWN = 0
    LOW = 1
    FULL = 2
    HIGH = 3
    WIRELESS = 4
    SUPER = 5


@dataclass(frozen=True)
class ExportedInterface:
    """What one interface of an exported device is."""

    interface_class: int
    subclass: int
    protocol: int


@dataclass(frozen=True)
class ExportedDevice:
    """One device that a host lends.

    Attributes:
        path: Where its kernel has it.
        bus_id: By which it is asked for, such as `1-1.2`: bus, and the port at each hub.
        bus_number, device_number: Together the name of the device in transfers. A device that is
            unplugged and plugged in again has another number.
        interfaces: Only in a list; in the reply to an import there are none.
        interface_count: How many it has.
    """

    path: str
    bus_id: str
    bus_number: int
    device_number: int
    speed: int
    vendor: int
    product: int
    release: int
    device_class: int
    subclass: int
    protocol: int
    configuration: int
    configurations: int
    interface_count: int
    interfaces: tuple[ExportedInterface, ...] = ()

    @property
    def device_id(self) -> int:
        """Its name in transfers."""
        return self.bus_number << 16 | self.device_number

    def encode(self) -> bytes:
        """Return the device without its interfaces."""
        return DEVICE_FORM.pack(
            _text(self.path, 256),
            _text(self.bus_id, 32),
            self.bus_number,
            self.device_number,
            self.speed,
            self.vendor,
            self.product,
            self.release,
            self.device_class,
            self.subclass,
            self.protocol,
            self.configuration,
            self.configurations,
            self.interface_count,
        )


@dataclass(frozen=True)
class ListRequest:
    """Asks which devices there are."""

    def encode(self) -> bytes:
        """Return its bytes."""
        return COMMON_FORM.pack(VERSION, LIST_REQUEST, 0)


@dataclass(frozen=True)
class ListReply:
    """Tells which devices there are."""

    devices: tuple[ExportedDevice, ...]
    status: int = Status.OK

    def encode(self) -> bytes:
        """Return its bytes.

        Raises:
            WireError: A text is too long, or the interfaces are not as many as counted.
        """
        parts = [
            COMMON_FORM.pack(VERSION, LIST_REPLY, self.status),
            COUNT_FORM.pack(len(self.devices)),
        ]
        for device in self.devices:
            if device.interface_count != len(device.interfaces):
                raise WireError(f"{device.bus_id} has other interfaces than it counts.")
            parts.append(device.encode())
            parts += [
                INTERFACE_FORM.pack(each.interface_class, each.subclass, each.protocol)
                for each in device.interfaces
            ]
        return b"".join(parts)


@dataclass(frozen=True)
class ImportRequest:
    """Asks for one device."""

    bus_id: str

    def encode(self) -> bytes:
        """Return its bytes.

        Raises:
            WireError: The bus id is too long.
        """
        return COMMON_FORM.pack(VERSION, IMPORT_REQUEST, 0) + _text(self.bus_id, 32)


@dataclass(frozen=True)
class ImportReply:
    """Gives the device, or says why not."""

    device: ExportedDevice | None
    status: int = Status.OK

    def encode(self) -> bytes:
        """Return its bytes."""
        head = COMMON_FORM.pack(VERSION, IMPORT_REPLY, self.status)
        return head + (self.device.encode() if self.device and not self.status else b"")


def _text(text: str, room: int) -> bytes:
    """Return `text` with zeros up to `room`; one zero at least ends it."""
    data = text.encode("utf-8", "replace")
    if len(data) >= room:
        raise WireError(f"{text!r} does not fit into {room} bytes.")
    return data.ljust(room, b"\0")
