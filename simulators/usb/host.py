"""A computer's USB ports, lent over USB/IP.

As with a real host, one device is lent to one borrower at a time, a device that is pulled ends its
borrower's connection, and one that is plugged in again has another number.
"""

import asyncio
import contextlib
import socket
from types import TracebackType
from typing import Self

from drivers.wire import WireError
from drivers.wire.usbip import (
    ExportedDevice,
    ExportedInterface,
    ImportReply,
    ImportRequest,
    ListReply,
    ListRequest,
    Message,
    Status,
    Submit,
    Unlink,
    UsbIpReader,
)
from simulators.usb.device import UsbDevice
from simulators.usb.session import Session

CHUNK = 65536
BUS = 1
PORTS = 127
"""As many as a bus has addresses."""


class UsbHost:
    """Lends what is plugged into it.

    Args:
        host: The address to listen at.
        port: The TCP port; 0 chooses one when entered.
    """

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self.host = host
        self.port = port
        self._devices: dict[str, UsbDevice] = {}
        self._numbers: dict[str, int] = {}
        self._plugged = 0
        self._borrowers: dict[UsbDevice, Borrowing] = {}
        self._connections: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        """Listen."""
        listener = socket.create_server((self.host, self.port))
        self.port = listener.getsockname()[1]
        self._server = await asyncio.start_server(self._connected, sock=listener)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop listening; who has a device loses it."""
        if self._server is not None:
            self._server.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    @property
    def url(self) -> str:
        """All ports, for an address that goes on with a serial number."""
        return f"usbip://{self.host}:{self.port}"

    def plug_in(self, device: UsbDevice, bus_id: str | None = None) -> str:
        """Plug a device into the port `bus_id` (such as `1-2`), or into the first free one.

        Returns:
            The port.

        Raises:
            ValueError: The port is taken.
        """
        free = (f"{BUS}-{port}" for port in range(1, PORTS + 1))
        bus_id = bus_id or next(each for each in free if each not in self._devices)
        if bus_id in self._devices:
            raise ValueError(f"There is something in port {bus_id} already.")
        self._plugged += 1
        self._devices[bus_id] = device
        self._numbers[bus_id] = self._plugged
        return bus_id

    def unplug(self, device: UsbDevice) -> None:
        """Pull a device out, wherever it is; its borrower's connection breaks."""
        for bus_id in [port for port, each in self._devices.items() if each is device]:
            del self._devices[bus_id]
        borrowing = self._borrowers.get(device)
        if borrowing is not None:
            borrowing.break_off()

    def plugged_in(self, device: UsbDevice) -> bool:
        """Whether the device is in one of the ports."""
        return any(each is device for each in self._devices.values())

    def address(self, device: UsbDevice) -> str:
        """The address of the port that the device is in, for the configuration.

        Raises:
            ValueError: It is in none.
        """
        for bus_id, each in self._devices.items():
            if each is device:
                return f"{self.url}/{bus_id}"
        raise ValueError("The device is not plugged in.")

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        borrowing = Borrowing(self, writer)
        connection = writer.get_extra_info("socket")
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        messages = UsbIpReader()
        try:
            while data := await reader.read(CHUNK):
                messages.receive_data(data)
                while (message := messages.next_event()) is not None:
                    borrowing.take(message)
                await writer.drain()
        except (OSError, WireError):
            return
        finally:
            borrowing.end()
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    def exported(self) -> tuple[ExportedDevice, ...]:
        """Everything that is plugged in, as a list shows it."""
        return tuple(self._exported(bus_id) for bus_id in self._devices)

    def lend(self, bus_id: str, borrowing: "Borrowing") -> UsbDevice | Status:
        """Give the device in a port to a connection, or say why not."""
        device = self._devices.get(bus_id)
        if device is None:
            return Status.NO_DEVICE
        if device in self._borrowers:
            return Status.BUSY
        self._borrowers[device] = borrowing
        device.be_taken(taken=True)
        return device

    def take_back(self, device: UsbDevice) -> None:
        """Have the device free for the next."""
        del self._borrowers[device]
        device.be_taken(taken=False)

    def find(self, device: UsbDevice) -> ExportedDevice:
        """The device as an import shows it."""
        return next(self._exported(port) for port, each in self._devices.items() if each is device)

    def _exported(self, bus_id: str) -> ExportedDevice:
        device = self._devices[bus_id]
        descriptor, configuration = device.descriptor, device.configuration
        interfaces = tuple(
            ExportedInterface(each.interface_class, each.subclass, each.protocol)
            for each in configuration.interfaces
            if each.alternate == 0
        )
        return ExportedDevice(
            path=f"/sys/devices/simulated/usb{BUS}/{bus_id}",
            bus_id=bus_id,
            bus_number=BUS,
            device_number=self._numbers[bus_id],
            speed=device.speed,
            vendor=descriptor.vendor,
            product=descriptor.product,
            release=descriptor.release,
            device_class=descriptor.device_class,
            subclass=descriptor.subclass,
            protocol=descriptor.protocol,
            configuration=configuration.value,
            configurations=descriptor.configurations,
            interface_count=len(interfaces),
            interfaces=interfaces,
        )


class Borrowing:
    """One connection: a list, or a device until it ends."""

    def __init__(self, host: UsbHost, writer: asyncio.StreamWriter) -> None:
        self._host = host
        self._writer = writer
        self._device: UsbDevice | None = None
        self._session: Session | None = None

    def take(self, message: Message) -> None:
        """Serve one message.

        Raises:
            WireError: It is none that a borrower sends, or none that he may send now.
        """
        match message:
            case ListRequest():
                self._writer.write(ListReply(self._host.exported()).encode())
            case ImportRequest(bus_id) if self._device is None:
                self._writer.write(self._import(bus_id).encode())
            case Submit() | Unlink() if self._session is not None:
                self._session.take(message)
            case _:
                raise WireError("Only a host says this, or nothing was imported.")

    def _import(self, bus_id: str) -> ImportReply:
        lent = self._host.lend(bus_id, self)
        if isinstance(lent, Status):
            return ImportReply(None, lent)
        self._device = lent
        self._session = Session(lent, self._writer)
        return ImportReply(self._host.find(lent))

    def end(self) -> None:
        """Give the device back, if there is one."""
        if self._session is not None and self._device is not None:
            self._session.drop()
            self._session = None
            self._host.take_back(self._device)

    def break_off(self) -> None:
        """End it from the host's side."""
        self.end()
        self._writer.transport.abort()
