"""One claimed interface of a USB device, as a byte stream or packet by packet.

The handle stays open until the stream is closed: opening and closing resets some printers. The
kernel's own driver (usblp, usbhid) is taken off the interface and given back afterwards; from then
on nothing of the device reaches a console or another program.

A thread of its own waits for packets; libusb lets no other thread end that wait, so it looks up
every `WAKE_MS`. Data wakes it at once. A second thread exists where somebody writes or asks: a
device that takes nothing must not hold the reading.

Doubt: some devices answer every look with an empty packet instead of saying nothing. The thread
then rests for a moment, and what comes meanwhile is that much later.
"""

import asyncio
import collections
import contextlib
import errno
import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import usb.core  # type: ignore[import-untyped]  # pyusb 1.3 has no types
import usb.util  # type: ignore[import-untyped]

from drivers.lane import Lane, LaneClosedError
from drivers.transport import LinkLostError
from drivers.transport.usb.finding import PresentDevice, explain, find_device
from drivers.transport.usb.values import interface_of
from drivers.wire.usb import Endpoint, Interface, TransferType, UsbAddress, parse_address

Result = TypeVar("Result")

Choose = Callable[[Sequence[Interface]], Interface | None]
"""Picks the interface to claim from those of the active configuration; None: it is none of ours."""

WAKE_MS = 100
"""How often the reader looks whether it shall end."""
WRITE_MS = 250
"""How long one try to write may take; a busy printer is tried again and again."""
CONTROL_MS = 2000
STALE_MS = 20
"""After so long without a packet, what an endpoint had kept is fetched."""
MOST_STALE = 1000
"""Packets; a device that has more to say is not keeping them but talking."""
REST_SECONDS = 0.02
"""After an empty packet."""
READ_SIZE = 4096
WRITE_SIZE = 4096
"""Bytes of one transfer. What a device has not taken when the stream is closed never leaves."""
CLOSE_SECONDS = 2.0


async def open_usb(address: str, choose: Choose, *, fresh: bool = False) -> "UsbStream":
    """Claim an interface of a device.

    Args:
        address: See `drivers.wire.usb.address`.
        choose: Which interface.
        fresh: Throw away what the device has said before, to whoever had it then.

    Raises:
        NotAllowedError: It is there, and cannot be had: no permission, somebody else has it, or
            more than one could be meant.
        LinkLostError: It is not there, or it has no such interface.
        ValueError: `address` is no address.
    """
    wanted = parse_address(address)
    lane = Lane(f"usb-{address}")
    try:
        claimed = await lane.run(_claim, wanted, choose, fresh=fresh)
    except BaseException:
        lane.close()
        raise
    return UsbStream(claimed, lane)


def _claim(wanted: UsbAddress, choose: Choose, *, fresh: bool) -> "_Claimed":
    claimed = _Claimed(find_device(wanted), choose)
    try:
        for _ in range(MOST_STALE if fresh else 0):
            if not claimed.read(STALE_MS):
                break
    except usb.core.USBError as error:
        claimed.release()
        raise explain(error, claimed.device) from error
    return claimed


class RefusedRequestError(Exception):
    """Raised when a device does not know a request. Nothing happened, and the stream goes on."""


class _Claimed:
    """An interface that is ours; every method blocks."""

    def __init__(self, device: PresentDevice, choose: Choose) -> None:
        self.device = device
        self._handle = device.handle
        self._detached = False
        try:
            self.interface = self._choose(choose)
            self._claim()
        except (usb.core.USBError, NotImplementedError) as error:
            self.release()
            if isinstance(error, usb.core.USBError):
                raise explain(error, device) from error
            raise
        except BaseException:
            self.release()
            raise

    def _choose(self, choose: Choose) -> Interface:
        configuration = self._active_configuration()
        interface = choose([interface_of(each) for each in configuration])
        if interface is None:
            raise LinkLostError(f"The USB device {self.device.address} is of another kind.")
        return interface

    def _active_configuration(self) -> Any:  # noqa: ANN401 - pyusb's own type
        try:
            return self._handle.get_active_configuration()
        except usb.core.USBError as error:
            if error.errno is not None:
                raise
            self._handle.set_configuration()  # none was set
            return self._handle.get_active_configuration()

    def _claim(self) -> None:
        number = self.interface.number
        if self._handle.is_kernel_driver_active(number):
            self._handle.detach_kernel_driver(number)
            self._detached = True
        usb.util.claim_interface(self._handle, number)
        if self.interface.alternate:
            self._handle.set_interface_altsetting(number, self.interface.alternate)

    def read(self, milliseconds: int = WAKE_MS) -> bytes | None:
        """Wait for a packet; None when none came in time."""
        endpoint = self._endpoint(is_in=True)
        if endpoint is None:
            raise usb.core.USBError("It sends nothing.", None, errno.ENODEV)
        try:
            return bytes(self._handle.read(endpoint.address, READ_SIZE, milliseconds))
        except usb.core.USBTimeoutError:
            return None
        except usb.core.USBError as error:
            if error.errno != errno.EPIPE:
                raise
            self._handle.clear_halt(endpoint.address)
            return b""

    def write(self, data: bytes) -> int:
        """Write what the device takes now; 0 when it took nothing in time."""
        endpoint = self._endpoint(is_in=False)
        if endpoint is None:
            raise usb.core.USBError("It takes nothing.", None, errno.ENODEV)
        try:
            return int(self._handle.write(endpoint.address, data[:WRITE_SIZE], WRITE_MS))
        except usb.core.USBTimeoutError:
            return 0

    def control(self, request_type: int, request: int, value: int, data: bytes | int) -> bytes:
        """Ask the interface something of its class; `data` goes out, or is room for the answer."""
        try:
            answer = self._handle.ctrl_transfer(
                request_type, request, value, self.interface.number, data, CONTROL_MS
            )
        except usb.core.USBError as error:
            if error.errno != errno.EPIPE:
                raise
            raise RefusedRequestError(f"{self.device.address} does not know it.") from error
        return b"" if isinstance(answer, int) else bytes(answer)

    def release(self) -> None:
        """Give it back, and the kernel's driver too."""
        with contextlib.suppress(usb.core.USBError, AttributeError):
            usb.util.release_interface(self._handle, self.interface.number)
        if self._detached:
            with contextlib.suppress(usb.core.USBError):
                self._handle.attach_kernel_driver(self.interface.number)
        with contextlib.suppress(usb.core.USBError):
            usb.util.dispose_resources(self._handle)

    def _endpoint(self, *, is_in: bool) -> Endpoint | None:
        kinds = (TransferType.BULK, TransferType.INTERRUPT)
        return next(
            (
                each
                for kind in kinds
                for each in self.interface.endpoints
                if each.is_in == is_in and each.transfer_type == kind
            ),
            None,
        )


class UsbStream:
    """An open interface; made by `open_usb`.

    Attributes:
        device: What was found at the address.
        interface: What was claimed of it.
    """

    def __init__(self, claimed: _Claimed, lane: Lane) -> None:
        self.device = claimed.device
        self.interface = claimed.interface
        self._claimed = claimed
        self._lane = lane
        self._loop = asyncio.get_running_loop()
        self._packets: collections.deque[bytes] = collections.deque()
        self._changed = asyncio.Event()
        self._ended = asyncio.Event()
        self._lost: str | None = None
        self._closing = threading.Event()
        self._in_use = threading.Lock()
        name = f"usb-read-{self.device.address}"
        threading.Thread(target=self._serve, name=name, daemon=True).start()

    async def read(self) -> bytes:
        """Wait for bytes and return all that are there.

        Raises:
            LinkLostError: The device is gone, or the stream is closed.
        """
        packets = [await self.read_packet(), *self._packets]
        self._packets.clear()
        return b"".join(packets)

    async def read_packet(self) -> bytes:
        """Wait for one packet: a report of an input device.

        Raises:
            LinkLostError: The device is gone, or the stream is closed.
        """
        while not self._packets:
            if self._lost is not None:
                raise LinkLostError(self._lost)
            self._changed.clear()
            await self._changed.wait()
        return self._packets.popleft()

    async def write(self, data: bytes) -> None:
        """Hand `data` to the device, as fast as it takes it.

        Raises:
            LinkLostError: The device is gone; part of `data` may have arrived.
        """
        await self._call(lambda: self._write(data))

    async def control(
        self, request_type: int, request: int, value: int, *, data: bytes = b"", length: int = 0
    ) -> bytes:
        """Make a control transfer to the interface; returns what came in.

        Args:
            request_type: Bit 7: the device sends; 21h and A1h are a class's requests.
            request: The class's number.
            value: What it asks for.
            data: What goes out.
            length: Room for what comes in.

        Raises:
            RefusedRequestError: The device does not know it; the stream goes on.
            LinkLostError: The device is gone.
        """
        room = length if request_type & 0x80 else data
        return await self._call(lambda: self._claimed.control(request_type, request, value, room))

    async def close(self) -> None:
        """Let go of the device, and give it back to the kernel."""
        self._closing.set()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._ended.wait()

    async def _call(self, function: Callable[[], Result]) -> Result:
        if self._lost is not None or self._closing.is_set():
            raise LinkLostError(self._lost or f"{self.device.address} is closed.")
        try:
            return await self._lane.run(lambda: self._using(function))
        except usb.core.USBError as error:
            raise LinkLostError(f"{self.device.address} is gone: {error.strerror}.") from error
        except LaneClosedError as error:
            raise LinkLostError(f"{self.device.address} is closed.") from error

    # The rest runs in threads.

    def _using(self, function: Callable[[], Result]) -> Result:
        """Run `function` unless the device has been given back."""
        with self._in_use:
            if self._closing.is_set():
                raise LinkLostError(f"{self.device.address} is closed.")
            return function()

    def _write(self, data: bytes) -> None:
        while data:
            if self._closing.is_set():
                raise LinkLostError(f"{self.device.address} is closed.")
            data = data[self._claimed.write(data) :]

    def _serve(self) -> None:
        """Read until the device or the stream ends; then give the device back."""
        self._tell(self._end, self._read_on())
        self._closing.set()
        self._lane.close()
        with self._in_use:
            self._claimed.release()
        self._tell(self._ended.set)

    def _read_on(self) -> str:
        try:
            while not self._closing.is_set():
                packet = self._claimed.read()
                if packet:
                    self._tell(self._take, packet)
                elif packet is not None:
                    self._closing.wait(REST_SECONDS)
        except usb.core.USBError as error:
            return f"{self.device.address} is gone: {error.strerror}."
        return f"{self.device.address} is closed."

    def _tell(self, function: Callable[..., None], *arguments: object) -> None:
        """Run `function` on the event loop."""
        try:
            self._loop.call_soon_threadsafe(function, *arguments)
        except RuntimeError:  # the loop is gone: nobody listens any more
            self._closing.set()

    # What the threads tell; runs on the event loop.

    def _take(self, packet: bytes) -> None:
        self._packets.append(packet)
        self._changed.set()

    def _end(self, why: str) -> None:
        self._lost = why
        self._changed.set()
