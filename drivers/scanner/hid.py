"""USB scanners that are human interface devices: the one interface that sends codes.

A scanner may have several interfaces (codes, firmware, a keyboard beside them). Which one is meant
is what its report descriptor says. The interface is claimed: while it is open nothing of it reaches
the kernel, so that no scan is typed into a console or a form (`drivers.transport.usb`).
"""

from collections.abc import Callable, Sequence

from drivers.errors import OfflineError, UnsupportedError
from drivers.transport import LinkLostError
from drivers.transport.usb import RefusedRequestError, UsbStream, open_usb
from drivers.wire import WireError
from drivers.wire.hid import ReportDescriptor, decode_descriptor, descriptor_length
from drivers.wire.usb import Interface, Request

HID_CLASS = 3
BOOT_SUBCLASS, BOOT_KEYBOARD_PROTOCOL = 1, 1

_GET_FROM_INTERFACE = 0x81
_CLASS_TO_INTERFACE = 0x21
_REPORT_DESCRIPTOR = 0x2200
_SET_IDLE, _SET_PROTOCOL = 0x0A, 0x0B
_BOOT_PROTOCOL = 0

Accept = Callable[[ReportDescriptor], bool]


class HidLine:
    """A claimed interface: a `Line` of reports.

    Attributes:
        descriptor: What its reports hold.
    """

    def __init__(self, stream: UsbStream, descriptor: ReportDescriptor) -> None:
        self.descriptor = descriptor
        self._stream = stream

    async def read(self) -> bytes:
        """Wait for a report.

        Raises:
            LinkLostError: The scanner is gone.
        """
        return await self._stream.read_packet()

    async def close(self) -> None:
        """Give the interface back to the kernel."""
        await self._stream.close()

    async def speak_boot_protocol(self) -> bool:
        """Have a keyboard send the reports that every keyboard knows; False: it has its own.

        Raises:
            LinkLostError: The scanner is gone.
        """
        interface = self._stream.interface
        if (interface.subclass, interface.protocol) != (BOOT_SUBCLASS, BOOT_KEYBOARD_PROTOCOL):
            return False
        return await self._asked(_SET_PROTOCOL, _BOOT_PROTOCOL)

    async def report_changes_only(self) -> None:
        """Ask for a report when something changes, and for no other; not all know this.

        Raises:
            LinkLostError: The scanner is gone.
        """
        await self._asked(_SET_IDLE, 0)

    async def _asked(self, request: int, value: int) -> bool:
        try:
            await self._stream.control(_CLASS_TO_INTERFACE, request, value)
        except RefusedRequestError:
            return False
        return True


async def open_hid(name: str, address: str, accept: Accept) -> HidLine:
    """Claim the first interface whose reports are the right ones.

    Args:
        name: The configured name.
        address: See `drivers.transport.usb.address`.
        accept: Says by its report descriptor whether an interface is meant.

    Raises:
        OfflineError: The device is not there, may not be opened, or is another program's.
        UnsupportedError: It has no such interface, or the address is none.
    """
    tried: set[int] = set()
    try:
        while (stream := await _next_interface(address, tried)) is not None:
            line = await _accepted(stream, accept)
            if line is not None:
                return line
    except LinkLostError as error:
        raise OfflineError(
            f"The scanner does not answer. Check its cable. ({error})", device=name
        ) from error
    except ValueError as error:
        raise UnsupportedError(str(error), device=name) from error
    raise UnsupportedError(
        f"The USB device {address} sends no codes this way. Set it to another USB mode by the bar"
        " codes in its manual, or configure another driver.",
        device=name,
    )


async def _next_interface(address: str, tried: set[int]) -> UsbStream | None:
    """Claim the next HID interface; None when there is no other."""
    found: list[int] = []

    def choose(interfaces: Sequence[Interface]) -> Interface | None:
        for interface in interfaces:
            if interface.interface_class == HID_CLASS and interface.number not in tried:
                found.append(interface.number)
                tried.add(interface.number)
                return interface
        return None

    try:
        return await open_usb(address, choose)
    except LinkLostError:
        if found or not tried:
            raise
        return None


async def _accepted(stream: UsbStream, accept: Accept) -> HidLine | None:
    """The stream as a line of reports, or None where it is not meant; then it is closed."""
    try:
        length = descriptor_length(stream.interface.extra)
        data = await stream.control(
            _GET_FROM_INTERFACE, Request.GET_DESCRIPTOR, _REPORT_DESCRIPTOR, length=length
        )
        descriptor = decode_descriptor(data)
        if accept(descriptor):
            return HidLine(stream, descriptor)
    except (RefusedRequestError, WireError):
        pass
    except BaseException:
        await stream.close()
        raise
    await stream.close()
    return None
