"""A USB device that a USB/IP server lends: its transfers, over one TCP connection.

Everything here blocks, as pyusb wants it; any number of threads may make transfers at once. A
thread reads the connection and wakes who waits. A transfer that takes too long is taken back: when
the server had finished it all the same, its data is not lost but returned.

Doubt: of a transfer to the device that was taken back half way, USB/IP does not say how much
arrived. Nothing that was under way is repeated here.
"""

import contextlib
import dataclasses
import errno
import socket
import threading
from dataclasses import dataclass, field

import usb.core  # type: ignore[import-untyped]  # pyusb 1.3 has no types

from drivers.wire import WireError
from drivers.wire.usb import SetupPacket
from drivers.wire.usbip import (
    UNLINKED,
    ExportedDevice,
    ImportReply,
    ImportRequest,
    ListReply,
    ListRequest,
    Message,
    Result,
    Status,
    Submit,
    Unlink,
    Unlinked,
    UsbIpReader,
)

CONNECT_SECONDS = 3.0
"""Until a server must have accepted and answered."""
UNLINK_SECONDS = 5.0
"""Until a server must have taken a transfer back; then the device counts as gone."""
CLOSE_SECONDS = 1.0
"""Until a server must have noticed that a device is given back."""
_CHUNK = 65536


def list_exported(server: tuple[str, int]) -> tuple[ExportedDevice, ...]:
    """Ask a server which devices it lends.

    Raises:
        OSError: It cannot be reached, or does not speak USB/IP.
    """
    with _connect(server) as connection:
        connection.sendall(ListRequest().encode())
        reply = _first_message(connection, UsbIpReader())
    if not isinstance(reply, ListReply) or reply.status:
        raise OSError(errno.EPROTO, f"{server[0]}:{server[1]} does not list USB devices.")
    return reply.devices


@dataclass
class _Transfer:
    """A transfer under way, under its own number and that of its taking back."""

    sequence: int
    ended: threading.Event = field(default_factory=threading.Event)
    result: Result | None = None


class Attachment:
    """One device, ours until it is closed or pulled.

    Args:
        server: Host and port.
        bus_id: The device's port there.

    Raises:
        usb.core.USBError: ENODEV: it is not there. EBUSY: somebody else has it. Others: the server
            cannot be reached, or does not speak USB/IP.
    """

    def __init__(self, server: tuple[str, int], bus_id: str) -> None:
        self._lock = threading.Lock()
        self._sending = threading.Lock()
        self._sequence = 0
        self._open: dict[int, _Transfer] = {}
        self._gone = False
        self._reader = UsbIpReader()
        try:
            self._socket = _connect(server)
            self.device = self._import(bus_id)
        except OSError as error:
            raise usb.core.USBError(str(error), None, error.errno) from error
        self._thread = threading.Thread(target=self._read, name=f"usbip-{bus_id}", daemon=True)
        self._thread.start()

    def _import(self, bus_id: str) -> ExportedDevice:
        try:
            self._socket.sendall(ImportRequest(bus_id).encode())
            device = _lent(bus_id, _first_message(self._socket, self._reader))
        except BaseException:
            self._socket.close()
            raise
        self._socket.settimeout(None)
        return device

    def control(self, setup: SetupPacket, data: bytes, timeout: int) -> bytes | int:
        """Make a control transfer; returns what came in, or how much went out.

        Args:
            setup: The request.
            data: What goes out; empty for data that comes in.
            timeout: Milliseconds; 0 waits without end.

        Raises:
            usb.core.USBError: As `move_out`.
        """
        result = self._run(
            Submit(0, self.device.device_id, setup.is_in, 0, setup.length, data, setup), timeout
        )
        return result.data if setup.is_in else result.length

    def move_out(self, endpoint: int, data: bytes, timeout: int) -> int:
        """Send `data` to an endpoint; returns how much of it the device took.

        Raises:
            usb.core.USBTimeoutError: It took none within `timeout` milliseconds.
            usb.core.USBError: ENODEV: it is gone. EPIPE: it refuses.
        """
        return self._run(self._submit(endpoint, len(data), data=data), timeout).length

    def move_in(self, endpoint: int, length: int, timeout: int) -> bytes:
        """Wait for a packet from an endpoint.

        Raises:
            usb.core.USBTimeoutError: None came within `timeout` milliseconds.
            usb.core.USBError: As `move_out`.
        """
        return self._run(self._submit(endpoint, length, is_in=True), timeout).data

    def close(self) -> None:
        """Give the device back, and wait until the server knows."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)
        self._thread.join(CLOSE_SECONDS)
        self._socket.close()

    def _submit(
        self, endpoint: int, length: int, *, is_in: bool = False, data: bytes = b""
    ) -> Submit:
        return Submit(0, self.device.device_id, is_in, endpoint, length, data)

    def _run(self, submit: Submit, timeout: int) -> Result:
        """Make a transfer; it gets its number here."""
        with self._lock:
            sequence = self._next_sequence()
            self._open[sequence] = transfer = _Transfer(sequence)
            if submit.is_in:
                self._reader.expect(sequence)
        self._send(dataclasses.replace(submit, sequence=sequence).encode())
        if not transfer.ended.wait(timeout / 1000 if timeout else None):
            self._take_back(transfer)
        return _checked(transfer.result, gone=self._gone)

    def _take_back(self, transfer: _Transfer) -> None:
        with self._lock:
            sequence = self._next_sequence()
            self._open[sequence] = transfer
        self._send(Unlink(sequence, self.device.device_id, transfer.sequence).encode())
        if not transfer.ended.wait(UNLINK_SECONDS):
            self._lose()

    def _next_sequence(self) -> int:
        if self._gone:
            raise _gone()
        self._sequence += 1
        return self._sequence

    def _send(self, data: bytes) -> None:
        try:
            with self._sending:
                self._socket.sendall(data)
        except OSError as error:
            raise _gone() from error

    # What the thread does.

    def _read(self) -> None:
        try:
            while data := self._socket.recv(_CHUNK):
                with self._lock:
                    self._reader.receive_data(data)
                    while (message := self._reader.next_event()) is not None:
                        self._take(message)
        except (OSError, WireError):
            pass
        finally:
            self._lose()

    def _take(self, message: Message) -> None:
        match message:
            case Result(sequence):
                if transfer := self._open.pop(sequence, None):
                    transfer.result = message
                    transfer.ended.set()
            case Unlinked(sequence, status):
                transfer = self._open.pop(sequence, None)
                if transfer and status == UNLINKED:
                    self._open.pop(transfer.sequence, None)
                    self._reader.forget(transfer.sequence)
                    transfer.ended.set()

    def _lose(self) -> None:
        with self._lock:
            self._gone = True
            for transfer in self._open.values():
                transfer.ended.set()
            self._open.clear()
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)


def _connect(server: tuple[str, int]) -> socket.socket:
    connection = socket.create_connection(server, CONNECT_SECONDS)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    return connection


def _first_message(connection: socket.socket, reader: UsbIpReader) -> Message:
    while (message := reader.next_event()) is None:
        data = connection.recv(_CHUNK)
        if not data:
            raise ConnectionResetError(errno.ECONNRESET, "The USB/IP server closed the connection.")
        reader.receive_data(data)
    return message


def _lent(bus_id: str, reply: Message) -> ExportedDevice:
    if not isinstance(reply, ImportReply):
        raise OSError(errno.EPROTO, "The server does not speak USB/IP.")
    if reply.status == Status.BUSY:
        raise OSError(errno.EBUSY, f"The device in port {bus_id} is lent to somebody else.")
    if reply.device is None:
        raise OSError(errno.ENODEV, f"There is no USB device in port {bus_id}.")
    return reply.device


def _gone() -> usb.core.USBError:
    return usb.core.USBError("The device is gone.", None, errno.ENODEV)


def _checked(result: Result | None, *, gone: bool) -> Result:
    if result is None:
        if gone:
            raise _gone()
        raise usb.core.USBTimeoutError("The device did not answer.", None, errno.ETIMEDOUT)
    if result.status:
        raise usb.core.USBError("The device refused.", None, -result.status)
    return result
