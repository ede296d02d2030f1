"""The printer's USB side: the printer class, or the vendor-specific one of older printers.

    01 OUT   what is to be printed
    82 IN    answers, in order; they wait in the printer until a host fetches them
    control  GET_DEVICE_ID, GET_PORT_STATUS, SOFT_RESET

A transfer is taken whole, as soon as the buffer has room for more. A printer that is switched off
is gone from its port.

Source: USB Device Class Definition for Printing Devices 1.1, 4.2 and 5; IEEE 1284-1994, 7.6.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from drivers.wire.usb import (
    IN,
    Configuration,
    Device,
    Endpoint,
    Interface,
    SetupPacket,
    TransferType,
)
from simulators.pos_printer.changes import Changes
from simulators.pos_printer.link import Buffer
from simulators.usb import UsbDevice, UsbHost

PRINTER, VENDOR_SPECIFIC = 7, 0xFF
EPSON, TM_T88V = 0x04B8, 0x0202
OUT_ENDPOINT, IN_ENDPOINT = 0x01, 0x02 | IN
DEVICE_ID = "MFG:EPSON;CMD:ESC/POS;MDL:TM-T88V;CLS:PRINTER;"
_SELECTED, _NO_ERROR, _PAPER_EMPTY = 0x10, 0x08, 0x20


@dataclass(frozen=True)
class UsbIdentity:
    """What the printer says that it is.

    Attributes:
        serial: Its serial number; empty for a printer that has none.
        interface_class: 7, or 0xFF.
        device_id: Its maker and language, as in IEEE 1284.
    """

    serial: str = "SIM000001"
    interface_class: int = PRINTER
    device_id: str = DEVICE_ID


class UsbLink:
    """A USB cable to a host's port.

    Args:
        buffer: Of the printer.
        changes: Of the printer.
        identity: What the printer says that it is.
        host: Whose ports it uses, running; one of its own when None.
        port: Which of them, such as `1-2`; the first free one when None.
    """

    def __init__(
        self,
        buffer: Buffer,
        changes: Changes,
        *,
        identity: UsbIdentity | None = None,
        host: UsbHost | None = None,
        port: str | None = None,
    ) -> None:
        self._buffer = buffer
        self._changes = changes
        self._identity = identity or UsbIdentity()
        self._host = host or UsbHost()
        self._owns_host = host is None
        self._serving = host is not None
        self._port = port
        self._on = False
        self.device = _device(self._identity)
        self.device.on_out(OUT_ENDPOINT, self._take)
        self.device.on_control = self._control
        self.device.on_taken = lambda _: changes.tell()

    @property
    def connected(self) -> bool:
        """Whether a host has claimed it."""
        return self.device.taken

    @property
    def address(self) -> Mapping[str, object]:
        """By its serial number, or else by its port."""
        if serial := self._identity.serial:
            return {"usb": f"{self._host.url}/{EPSON:04x}:{TM_T88V:04x}/{serial}"}
        return {"usb": f"{self._host.url}/{self._port}"}

    async def start(self) -> None:
        """Appear in the port."""
        if not self._serving:
            await self._host.__aenter__()
            self._serving = True
        self._on = True
        self.plug_in()

    async def stop(self) -> None:
        """Vanish from the port."""
        self._on = False
        self.unplug()

    async def close(self) -> None:
        """Take the host away too, if it is our own."""
        if self._owns_host and self._serving:
            self._serving = False
            await self._host.__aexit__(None, None, None)

    async def drop(self) -> None:
        """Lose contact for a moment."""
        self.unplug()
        self.plug_in()

    def move(self, port: str) -> None:
        """Pull the cable and put it into another port."""
        self.unplug()
        self._port = port
        self.plug_in()

    def unplug(self) -> None:
        """Pull the cable."""
        self._host.unplug(self.device)
        self._changes.tell()

    def plug_in(self) -> None:
        """Put the cable back into its port."""
        if self._on and not self._host.plugged_in(self.device):
            self._port = self._host.plug_in(self.device, self._port)
            self._changes.tell()

    def send(self, data: bytes) -> None:
        """Have an answer ready for the host."""
        if self._host.plugged_in(self.device):
            self.device.send(IN_ENDPOINT, data)

    async def _take(self, data: bytes) -> None:
        await self._buffer.room()
        self._buffer.receive(data)

    def _control(self, setup: SetupPacket, data: bytes) -> bytes | None:
        """GET_DEVICE_ID (0), GET_PORT_STATUS (1), SOFT_RESET (2)."""
        del data
        match setup.request:
            case 0 if setup.is_in:
                text = self._identity.device_id.encode()
                return (len(text) + 2).to_bytes(2, "big") + text
            case 1 if setup.is_in:
                return bytes((self._port_status(),))
            case 2:
                self._buffer.clear()
                return b""
        return None

    def _port_status(self) -> int:
        fine = 0 if self._buffer.has_error() else _NO_ERROR
        return _SELECTED | fine | (0 if self._buffer.has_paper() else _PAPER_EMPTY)


def _device(identity: UsbIdentity) -> UsbDevice:
    serial, interface_class = identity.serial, identity.interface_class
    endpoints = (
        Endpoint(OUT_ENDPOINT, TransferType.BULK),
        Endpoint(IN_ENDPOINT, TransferType.BULK),
    )
    is_printer = interface_class == PRINTER
    interface = Interface(
        0, interface_class, subclass=int(is_printer), protocol=2 * is_printer, endpoints=endpoints
    )
    return UsbDevice(
        Device(EPSON, TM_T88V, manufacturer=1, product_name=2, serial=3 if serial else 0),
        Configuration((interface,)),
        ("EPSON", "TM-T88V", *([serial] if serial else [])),
        keeps_packets=True,
    )
