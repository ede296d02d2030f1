"""Frames on a serial line, around the same APDUs.

    [DLE STX] [APDU, each DLE doubled] [DLE ETX] [CRC low] [CRC high]

The receiver answers each frame with a bare ACK or NAK. The checksum is CRC-16/KERMIT (reflected
0x1021, initial value 0) over the undoubled APDU and the ETX; the manual calls it XMODEM. The
check value of "123456789" is 0x2189.

Not known here: who repeats what and when (T1, T2, two repeats). That is the line's business.

Source: ZVT PA00P016 rev. 04.
"""

import binascii
from dataclasses import dataclass

from drivers.wire import WireError

STX, ETX, ACK, DLE, NAK = 0x02, 0x03, 0x06, 0x10, 0x15

LONGEST_FRAME = 0xFFFF + 5
"""Bytes of an undoubled APDU; a line full of noise must not fill the memory."""

_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


@dataclass(frozen=True, slots=True)
class SerialFrame:
    """A frame whose checksum fits."""

    apdu: bytes


@dataclass(frozen=True, slots=True)
class SerialAck:
    """The other side has the frame."""


@dataclass(frozen=True, slots=True)
class SerialNak:
    """The other side wants the frame once more."""


SerialEvent = SerialFrame | SerialAck | SerialNak


def crc16_kermit(data: bytes) -> int:
    """Return the CRC-16/KERMIT of `data`.

    It is the mirror image of XMODEM's, which the standard library has: bits of every byte and of
    the result reversed.
    """
    mirrored = binascii.crc_hqx(data.translate(_REVERSED), 0)
    return _REVERSED[mirrored >> 8] | _REVERSED[mirrored & 0xFF] << 8


def encode_frame(apdu: bytes) -> bytes:
    """Return `apdu` as it goes over the line."""
    doubled = apdu.replace(bytes([DLE]), bytes([DLE, DLE]))
    checksum = crc16_kermit(apdu + bytes([ETX])).to_bytes(2, "little")
    return bytes([DLE, STX]) + doubled + bytes([DLE, ETX]) + checksum


class SerialReader:
    """Finds frames, ACK and NAK in what comes over the line, between noise.

    Behind a frame that broke off, ACK and NAK are not believed until the next frame begins: they
    may be a part of its rest.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._astray = False

    def receive_data(self, data: bytes) -> None:
        """Take bytes as they came."""
        self._buffer += data

    @property
    def mid_frame(self) -> bool:
        """True when a frame has begun and not ended: T1 counts."""
        return bool(self._buffer)

    def give_up(self) -> None:
        """Throw the frame away that has begun: it does not go on."""
        self._buffer.clear()
        self._astray = True

    def next_event(self) -> SerialEvent | None:
        """Return the next frame, ACK or NAK; None when more must come. Noise is left out.

        Raises:
            WireError: A frame was broken: answer NAK. The next call goes on behind it.
        """
        while self._buffer:
            match self._buffer[0]:
                case 0x06 if not self._astray:  # ACK
                    del self._buffer[0]
                    return SerialAck()
                case 0x15 if not self._astray:  # NAK
                    del self._buffer[0]
                    return SerialNak()
                case 0x10:  # DLE
                    if len(self._buffer) == 1:
                        return None
                    if self._buffer[1] == STX:
                        self._astray = False
                        return self._frame()
            del self._buffer[0]
        return None

    def _frame(self) -> SerialFrame | None:
        apdu = bytearray()
        position = 2
        while position + 1 < len(self._buffer):
            byte, following = self._buffer[position], self._buffer[position + 1]
            if byte != DLE:
                apdu.append(byte)
                position += 1
            elif following == DLE:
                apdu.append(DLE)
                position += 2
            elif following == ETX:
                return self._checked(bytes(apdu), position + 2)
            else:
                self._break_off(position)
                raise WireError(f"A frame is broken off by DLE {following:02X}.")
            if len(apdu) > LONGEST_FRAME:
                self._break_off(position)
                raise WireError("A frame does not end.")
        return None

    def _break_off(self, position: int) -> None:
        del self._buffer[:position]
        self._astray = True

    def _checked(self, apdu: bytes, position: int) -> SerialFrame | None:
        end = position + 2
        if len(self._buffer) < end:
            return None
        received = int.from_bytes(self._buffer[position:end], "little")
        del self._buffer[:end]
        if received != crc16_kermit(apdu + bytes([ETX])):
            raise WireError("The checksum of a frame does not fit.")
        return SerialFrame(apdu)
