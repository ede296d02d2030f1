"""One simulated USB device: what it says about itself, and what its endpoints do.

It knows nothing of the network. A host takes it over (`taken`), moves data to and from its
endpoints, and gives it back. Data for the host waits until it looks; what was not fetched is gone
when the host lets go, and what is sent while nobody has the device is lost, unless the device keeps
it in a buffer of its own.
"""

import collections
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from drivers.wire.usb import (
    CONFIGURATION,
    DEVICE,
    IN,
    LANGUAGE_ENGLISH,
    STRING,
    Configuration,
    Device,
    Request,
    SetupPacket,
    encode_languages,
    encode_string,
)
from drivers.wire.usbip import Speed

Take = Callable[[bytes], Awaitable[None]]
"""Takes the bytes of one transfer, whenever the device has room. Cancelled, it has taken none."""
Control = Callable[[SetupPacket, bytes], bytes | None]
"""Obeys a request to the control endpoint and returns its answer; None refuses it (a stall)."""

MOST_WAITING = 256
"""Packets kept for a host that does not look; then the oldest goes."""


def _refuse(setup: SetupPacket, data: bytes) -> None:
    """Know no requests but the standard ones."""


@dataclass(eq=False)
class Look:
    """A host's look at an endpoint: room for so many bytes, and whom to give them to."""

    length: int
    give: Callable[[bytes], None]


class InPipe:
    """Packets on their way to the host, and the looks that wait for one."""

    def __init__(self, most_waiting: int) -> None:
        self._packets: collections.deque[bytes] = collections.deque(maxlen=most_waiting)
        self._looks: list[Look] = []

    @property
    def idle(self) -> bool:
        """True when nothing waits, and the host looks."""
        return bool(self._looks) and not self._packets

    def send(self, packet: bytes) -> None:
        """Give a packet to the first look, now or when there is one."""
        self._packets.append(packet)
        self._serve()

    def look(self, look: Look) -> None:
        """Wait for the next packet, or as much of it as there is room for."""
        self._looks.append(look)
        self._serve()

    def withdraw(self, look: Look) -> None:
        """Wait no longer; the packet is for the next."""
        if look in self._looks:
            self._looks.remove(look)

    def let_go(self, *, keep: bool) -> None:
        """Forget the looks, and the packets where they do not keep."""
        self._looks.clear()
        if not keep:
            self._packets.clear()

    def _serve(self) -> None:
        while self._packets and self._looks:
            look = self._looks.pop(0)
            packet = self._packets.popleft()
            if packet[look.length :]:
                self._packets.appendleft(packet[look.length :])
            look.give(packet[: look.length])


class UsbDevice:
    """What can be plugged into a `UsbHost`.

    Args:
        descriptor: The device as a whole; its string numbers count `strings` from 1 on.
        configuration: Interfaces and endpoints.
        strings: Manufacturer, product, serial number: in the order of their numbers.
        speed: Of the bus that it would be on.
        keeps_packets: What no host fetched waits for the next one, as in a printer's own buffer.
        most_waiting: Packets that each endpoint keeps for a host that does not look.

    Attributes:
        on_control: Obeys requests that are not standard, and standard ones that are not the
            device's own (HID's report descriptor).
        on_taken: Is told when a host has taken the device over (True) and let go (False).
    """

    def __init__(  # noqa: PLR0913 - what a device is
        self,
        descriptor: Device,
        configuration: Configuration,
        strings: Sequence[str] = (),
        speed: Speed = Speed.FULL,
        *,
        keeps_packets: bool = False,
        most_waiting: int = MOST_WAITING,
    ) -> None:
        self.descriptor = descriptor
        self.configuration = configuration
        self.strings = tuple(strings)
        self.speed = speed
        self.on_control: Control = _refuse
        self.on_taken: Callable[[bool], None] = lambda _: None
        self._taken = False
        self._keeps_packets = keeps_packets
        self._outs: dict[int, Take] = {}
        self._ins = {
            endpoint.address: InPipe(most_waiting)
            for interface in configuration.interfaces
            for endpoint in interface.endpoints
            if endpoint.is_in
        }

    @property
    def taken(self) -> bool:
        """Whether a host has the device."""
        return self._taken

    def on_out(self, address: int, take: Take) -> None:
        """Let `take` have what the host sends to the endpoint at `address`."""
        self._outs[address] = take

    def send(self, address: int, packet: bytes) -> bool:
        """Send a packet to the host; False when nobody has the device, and it is lost."""
        arrives = self._taken or self._keeps_packets
        if arrives:
            self._ins[address].send(packet)
        return arrives

    def fetched(self, address: int) -> bool:
        """True when the host has had everything, and looks again."""
        return self._ins[address].idle

    def be_taken(self, *, taken: bool) -> None:
        """A host takes the device over, or lets go of it."""
        for pipe in self._ins.values():
            pipe.let_go(keep=self._keeps_packets)
        self._taken = taken
        self.on_taken(taken)

    def out(self, number: int) -> Take | None:
        """What takes the data of the OUT endpoint of this number; None: there is none."""
        return self._outs.get(number)

    def pipe(self, number: int) -> InPipe | None:
        """The IN endpoint of this number; None: there is none."""
        return self._ins.get(number | IN)

    def control(self, setup: SetupPacket, data: bytes) -> bytes | None:
        """Obey a control request; None refuses it."""
        answer = self._standard(setup) if setup.is_standard else None
        if answer is None:
            answer = self.on_control(setup, data)
        return None if answer is None else answer[: setup.length]

    def _standard(self, setup: SetupPacket) -> bytes | None:
        match setup.request:
            case Request.GET_DESCRIPTOR:
                return self._description(setup.value >> 8, setup.value & 0xFF)
            case Request.GET_CONFIGURATION:
                return bytes((self.configuration.value,))
            case Request.GET_STATUS:
                return bytes(2)
            case Request.GET_INTERFACE:
                return bytes(1)
            case Request.SET_CONFIGURATION | Request.SET_INTERFACE | Request.CLEAR_FEATURE:
                return b""
        return None

    def _description(self, kind: int, number: int) -> bytes | None:
        match kind, number:
            case (1, 0) if kind == DEVICE:
                return self.descriptor.encode()
            case (2, 0) if kind == CONFIGURATION:
                return self.configuration.encode()
            case (3, 0) if kind == STRING:
                return encode_languages(LANGUAGE_ENGLISH)
            case (3, _) if number <= len(self.strings):
                return encode_string(self.strings[number - 1])
        return None
