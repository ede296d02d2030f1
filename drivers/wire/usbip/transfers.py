"""What goes to and fro once a device is lent."""

import struct
from dataclasses import dataclass

from drivers.wire.usb import SetupPacket

STALLED = -32
"""EPIPE: the endpoint refuses."""
UNPLUGGED = -108
"""ESHUTDOWN."""
UNLINKED = -104
"""ECONNRESET: the transfer was taken back in time."""

HEADER_FORM = struct.Struct(">IIIII")
SUBMIT_FORM = struct.Struct(">IIIII8s")
RESULT_FORM = struct.Struct(">iIIII8x")
UNLINK_FORM = struct.Struct(">I24x")
UNLINKED_FORM = struct.Struct(">i24x")
NO_PACKETS = 0xFFFFFFFF
SUBMIT_COMMAND, UNLINK_COMMAND, RESULT_COMMAND, UNLINKED_COMMAND = 1, 2, 3, 4
_NO_SETUP = bytes(8)


@dataclass(frozen=True)
class Submit:
    """One transfer that is to be made.

    Attributes:
        sequence: A number of this connection's own; the result bears it.
        is_in: From the device to the host.
        endpoint: Number without direction; 0 is the control endpoint.
        length: Bytes to move, or room for them.
        data: What goes out; empty for data that comes in.
        setup: Of a control transfer.
        interval: Of an interrupt endpoint.
    """

    sequence: int
    device_id: int
    is_in: bool
    endpoint: int
    length: int
    data: bytes = b""
    setup: SetupPacket | None = None
    flags: int = 0
    interval: int = 0

    def encode(self) -> bytes:
        """Return its bytes."""
        header = (SUBMIT_COMMAND, self.sequence, self.device_id, self.is_in, self.endpoint)
        setup = self.setup.encode() if self.setup else _NO_SETUP
        fields = (self.flags, self.length, 0, NO_PACKETS, self.interval, setup)
        return HEADER_FORM.pack(*header) + SUBMIT_FORM.pack(*fields) + self.data


@dataclass(frozen=True)
class Result:
    """How a transfer ended.

    Attributes:
        status: 0, or a negative error number of Linux.
        length: Bytes that were moved.
        data: What came in.
    """

    sequence: int
    status: int = 0
    length: int = 0
    data: bytes = b""

    def encode(self) -> bytes:
        """Return its bytes."""
        header = HEADER_FORM.pack(RESULT_COMMAND, self.sequence, 0, 0, 0)
        return header + RESULT_FORM.pack(self.status, self.length, 0, NO_PACKETS, 0) + self.data


@dataclass(frozen=True)
class Unlink:
    """Takes a transfer back, if it has not ended yet.

    Attributes:
        sequence: A number of its own.
        unlinks: The transfer's.
    """

    sequence: int
    device_id: int
    unlinks: int

    def encode(self) -> bytes:
        """Return its bytes."""
        header = HEADER_FORM.pack(UNLINK_COMMAND, self.sequence, self.device_id, 0, 0)
        return header + UNLINK_FORM.pack(self.unlinks)


@dataclass(frozen=True)
class Unlinked:
    """Whether a transfer was taken back (`UNLINKED`), or had ended before (0)."""

    sequence: int
    status: int

    def encode(self) -> bytes:
        """Return its bytes."""
        header = HEADER_FORM.pack(UNLINKED_COMMAND, self.sequence, 0, 0, 0)
        return header + UNLINKED_FORM.pack(self.status)
