"""Requests to a device's control endpoint.

Source: Universal Serial Bus Specification 2.0, tables 9-2 and 9-4.
"""

import enum
import struct
from dataclasses import dataclass

from drivers.wire import WireError

_IN = 0x80
_KIND = 0x60
_SETUP = struct.Struct("<BBHHH")


class Request(enum.IntEnum):
    """Standard requests (table 9-4)."""

    GET_STATUS = 0
    CLEAR_FEATURE = 1
    SET_FEATURE = 3
    SET_ADDRESS = 5
    GET_DESCRIPTOR = 6
    GET_CONFIGURATION = 8
    SET_CONFIGURATION = 9
    GET_INTERFACE = 10
    SET_INTERFACE = 11


@dataclass(frozen=True)
class SetupPacket:
    """The eight bytes that begin a control transfer.

    Attributes:
        request_type: Direction (bit 7), standard, class or vendor (bits 5 and 6), recipient.
        length: Bytes that follow, or that the host takes at most.
    """

    request_type: int
    request: int
    value: int
    index: int
    length: int

    @property
    def is_in(self) -> bool:
        """Whether the device sends the data."""
        return bool(self.request_type & _IN)

    @property
    def is_standard(self) -> bool:
        """Whether it is a request that every device knows."""
        return not self.request_type & _KIND

    def encode(self) -> bytes:
        """Return the eight bytes."""
        return _SETUP.pack(self.request_type, self.request, self.value, self.index, self.length)


def decode_setup(data: bytes) -> SetupPacket:
    """Read a setup packet.

    Raises:
        WireError: It does not have eight bytes.
    """
    if len(data) != _SETUP.size:
        raise WireError(f"A setup packet has 8 bytes, not {len(data)}.")
    return SetupPacket(*_SETUP.unpack(data))
