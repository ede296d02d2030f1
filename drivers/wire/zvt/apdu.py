"""One APDU, and the stream of them.

    [control field:2] [length:1, or FF and 2 little-endian] [data block]

A data block is a head (fields without numbers, by command) and then bitmaps. What the head is
made of depends on the control field, for 06 0F also on the command that it completes: pass that
as `answering`. `shapes` knows these rules; here a head is only bytes, so that what was received
is sent again unchanged.

An honest doubt: a completion (06 0F) decoded without its command is guessed. Bitmaps are tried
first, because only the answer to 05 01 begins otherwise.

Source: ZVT PA00P015 rev. 13.08; PA00P016 rev. 04.
"""

from dataclasses import dataclass

from drivers.wire import WireError
from drivers.wire.zvt.bitmaps import (
    TLV_CONTAINER,
    Bitmap,
    decode_bitmaps,
    encode_bitmaps,
)
from drivers.wire.zvt.numbers import read_apdu_length, write_apdu_length
from drivers.wire.zvt.shapes import head_lengths
from drivers.wire.zvt.tlv import Tlv, decode_tlvs

HEADER = 3
"""Bytes before the data block, unless its length is extended by two more."""


@dataclass(frozen=True, slots=True)
class Apdu:
    """One message: its control field, the unnumbered fields in front, the bitmaps."""

    control: int
    head: bytes = b""
    bitmaps: tuple[Bitmap, ...] = ()

    def value(self, number: int) -> bytes | None:
        """Return the value of the first bitmap `number`, or None."""
        return next((bitmap.value for bitmap in self.bitmaps if bitmap.number == number), None)

    def tlvs(self) -> tuple[Tlv, ...]:
        """Return what the TLV container holds; nothing when there is none."""
        return decode_tlvs(self.value(TLV_CONTAINER) or b"")

    def encode(self) -> bytes:
        """Return the bytes of the whole APDU, every length in its shortest form.

        Raises:
            WireError: A value does not fit its bitmap, or all of them not one APDU.
        """
        body = self.head + encode_bitmaps(self.bitmaps)
        return self.control.to_bytes(2, "big") + write_apdu_length(len(body)) + body


def decode_apdu(data: bytes, answering: int | None = None) -> Apdu:
    """Return the one APDU that `data` is, to the last byte.

    Args:
        data: One complete APDU.
        answering: The control field of the command that runs, where known.

    Raises:
        WireError: The length does not fit, or the data block does not parse.
    """
    if len(data) < HEADER:
        raise WireError(f"{len(data)} bytes are no APDU.")
    control = int.from_bytes(data[:2], "big")
    length, start = read_apdu_length(data, 2)
    body = data[start:]
    if length != len(body):
        raise WireError(f"{control:04X} announces {length} bytes and has {len(body)}.")
    return _decode_body(control, body, answering)


def _decode_body(control: int, body: bytes, answering: int | None) -> Apdu:
    failure: WireError | None = None
    for length in head_lengths(control, body, answering):
        if length > len(body):
            continue
        try:
            return Apdu(control, body[:length], decode_bitmaps(body[length:]))
        except WireError as error:
            failure = error
    raise failure or WireError(f"{control:04X} with {len(body)} bytes fits no known shape.")


class ApduReader:
    """Cuts a byte stream into APDUs, however it was chopped or glued on its way.

    Only the length says where one ends; on TCP there is nothing to find the beginning again by.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()

    def receive_data(self, data: bytes) -> None:
        """Take bytes as they came."""
        self._buffer += data

    @property
    def pending(self) -> bytes:
        """The bytes of an APDU that has begun and not ended."""
        return bytes(self._buffer)

    def next_frame(self) -> bytes | None:
        """Return the next complete APDU as bytes, or None when more must come."""
        try:
            length, start = read_apdu_length(bytes(self._buffer[: HEADER + 2]), 2)
        except WireError:
            return None
        end = start + length
        if len(self._buffer) < end:
            return None
        frame = bytes(self._buffer[:end])
        del self._buffer[:end]
        return frame

    def next_event(self, answering: int | None = None) -> Apdu | None:
        """Return the next APDU decoded, or None when more must come.

        Raises:
            WireError: A complete APDU did not parse. It is left out; the next call goes on.
        """
        frame = self.next_frame()
        return None if frame is None else decode_apdu(frame, answering)
