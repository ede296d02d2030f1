"""Bitmaps (BMP): numbered fields, each with a size of its own.

    [number:1] [value:n]                 fixed size
    [number:1] [Fx Fy] [value:xy]        LL
    [number:1] [Fx Fy Fz] [value:xyz]    LLL
    [06] [BER length] [TLVs]             the TLV container

A number that the table lacks has no known size, so nothing behind it can be read.
Their order is arbitrary.

Source: ZVT PA00P015 rev. 13.08, chapter "Summary of utilised bitmaps"; BMP 60 and 19 there.
"""

import enum
from collections.abc import Iterable
from dataclasses import dataclass

from drivers.wire import WireError
from drivers.wire.zvt.numbers import (
    read_ber_length,
    read_decimal_length,
    take,
    write_ber_length,
    write_decimal_length,
)
from drivers.wire.zvt.tlv import Tlv, decode_tlvs, encode_tlvs


class Size(enum.Enum):
    """Sizes that stand on the wire."""

    LL = 2
    LLL = 3
    TLV = "TLV"


class Kind(enum.Enum):
    """What a value is made of."""

    BINARY = "binary"
    DIGITS = "digits"
    AMOUNT = "amount"
    CURRENCY = "currency"
    TEXT = "text"
    HEX = "hex"
    RESULT = "result"
    TOTALS = "totals"
    TLV = "tlv"
    PAN = "pan"
    SECRET = "secret"  # noqa: S105 - a kind of value, not one


@dataclass(frozen=True, slots=True)
class BitmapType:
    """One row of the table; sizes in bytes."""

    name: str
    size: int | Size
    kind: Kind


TLV_CONTAINER = 0x06

_DISPLAY_LINES = {
    base + line: BitmapType(f"text {text}, line {line}", Size.LL, Kind.TEXT)
    for base, text in ((0xF0, 1), (0xE0, 2))
    for line in range(1, 9)
}

BITMAPS: dict[int, BitmapType] = {
    0x01: BitmapType("time-out", 1, Kind.BINARY),
    0x02: BitmapType("maximum number of status informations", 1, Kind.BINARY),
    0x03: BitmapType("service byte", 1, Kind.HEX),
    0x04: BitmapType("amount", 6, Kind.AMOUNT),
    0x05: BitmapType("pump number", 1, Kind.BINARY),
    0x06: BitmapType("TLV container", Size.TLV, Kind.TLV),
    0x0B: BitmapType("trace number", 3, Kind.DIGITS),
    0x0C: BitmapType("time", 3, Kind.DIGITS),
    0x0D: BitmapType("date", 2, Kind.DIGITS),
    0x0E: BitmapType("expiry date", 2, Kind.DIGITS),
    0x17: BitmapType("card sequence number", 2, Kind.DIGITS),
    0x19: BitmapType("payment type or status byte", 1, Kind.HEX),
    0x22: BitmapType("card number", Size.LL, Kind.PAN),
    0x23: BitmapType("track 2", Size.LL, Kind.SECRET),
    0x24: BitmapType("track 3", Size.LLL, Kind.SECRET),
    0x27: BitmapType("result code", 1, Kind.RESULT),
    0x29: BitmapType("terminal id", 4, Kind.DIGITS),
    0x2A: BitmapType("contract number", 15, Kind.TEXT),
    0x2D: BitmapType("track 1", Size.LL, Kind.SECRET),
    0x2E: BitmapType("synchronous chip data", Size.LLL, Kind.SECRET),
    0x37: BitmapType("original trace number", 3, Kind.DIGITS),
    0x3A: BitmapType("card verification value", 2, Kind.SECRET),
    0x3B: BitmapType("authorisation attribute", 8, Kind.TEXT),
    0x3C: BitmapType("additional text", Size.LLL, Kind.TEXT),
    0x3D: BitmapType("password", 3, Kind.SECRET),
    0x49: BitmapType("currency", 2, Kind.CURRENCY),
    0x4C: BitmapType("blocked goods groups", Size.LL, Kind.HEX),
    0x60: BitmapType("totals", Size.LLL, Kind.TOTALS),
    0x70: BitmapType("image request id", 4, Kind.BINARY),
    0x71: BitmapType("image total size", 4, Kind.BINARY),
    0x72: BitmapType("image MIME type", 1, Kind.BINARY),
    0x73: BitmapType("image encoding", 1, Kind.BINARY),
    0x74: BitmapType("image chunk count", 1, Kind.BINARY),
    0x75: BitmapType("image chunk index", 1, Kind.BINARY),
    0x87: BitmapType("receipt number", 2, Kind.DIGITS),
    0x88: BitmapType("turnover number", 3, Kind.DIGITS),
    0x8A: BitmapType("card type", 1, Kind.BINARY),
    0x8B: BitmapType("card name", Size.LL, Kind.TEXT),
    0x8C: BitmapType("card type of the network operator", 1, Kind.BINARY),
    0x9A: BitmapType("GeldKarte record", Size.LLL, Kind.HEX),
    0xA0: BitmapType("host result code", 1, Kind.HEX),
    0xA7: BitmapType("chip data EF_ID", Size.LL, Kind.SECRET),
    0xAA: BitmapType("date with year", 3, Kind.DIGITS),
    0xAF: BitmapType("chip data EF_Info", Size.LLL, Kind.SECRET),
    0xBA: BitmapType("AID parameter", 5, Kind.HEX),
    0xD0: BitmapType("key algorithm", 1, Kind.HEX),
    0xD1: BitmapType("PIN data", Size.LL, Kind.SECRET),
    0xD2: BitmapType("card output direction", 1, Kind.BINARY),
    0xD3: BitmapType("DUKPT key identifier", 1, Kind.BINARY),
    0xE0: BitmapType("minimum input length", 1, Kind.BINARY),
    0xE9: BitmapType("maximum input length", 1, Kind.BINARY),
    0xEA: BitmapType("echo the input", 1, Kind.BINARY),
    0xEB: BitmapType("MAC over the texts", 8, Kind.HEX),
    0xF0: BitmapType("display duration", 1, Kind.BINARY),
    0xF9: BitmapType("beeps", 1, Kind.BINARY),
    0xFA: BitmapType("card reader activation", 1, Kind.BINARY),
    0xFB: BitmapType("OK required", 1, Kind.BINARY),
    0xFC: BitmapType("dialog control", 1, Kind.BINARY),
    0xFD: BitmapType("display device", 1, Kind.BINARY),
    **_DISPLAY_LINES,
}


@dataclass(frozen=True, slots=True)
class Bitmap:
    """One field: its number and its value without any length."""

    number: int
    value: bytes


def container(*tlvs: Tlv) -> Bitmap:
    """Return a TLV container, BMP 06; with no TLVs it only says that the sender reads them."""
    return Bitmap(TLV_CONTAINER, encode_tlvs(tlvs))


def decode_bitmaps(data: bytes) -> tuple[Bitmap, ...]:
    """Return all bitmaps of `data`.

    Raises:
        WireError: An unknown number, a value that does not fit, or a TLV container whose
            outermost TLVs do not parse.
    """
    found = []
    position = 0
    while position < len(data):
        number = data[position]
        value, position = _read_value(data, position + 1, number)
        found.append(Bitmap(number, value))
    return tuple(found)


def encode_bitmaps(bitmaps: Iterable[Bitmap]) -> bytes:
    """Return the bitmaps one after another."""
    return b"".join(bytes([bitmap.number]) + _write_value(bitmap) for bitmap in bitmaps)


def _read_value(data: bytes, position: int, number: int) -> tuple[bytes, int]:
    size = _type_of(number).size
    match size:
        case Size.TLV:
            length, position = read_ber_length(data, position)
        case Size():
            length, position = read_decimal_length(data, position, size.value)
        case _:
            length = size
    value, position = take(data, position, length)
    if size is Size.TLV:
        decode_tlvs(value)
    return value, position


def _write_value(bitmap: Bitmap) -> bytes:
    size = _type_of(bitmap.number).size
    match size:
        case Size.TLV:
            return write_ber_length(len(bitmap.value)) + bitmap.value
        case Size():
            return write_decimal_length(len(bitmap.value), size.value) + bitmap.value
        case _:
            if len(bitmap.value) != size:
                raise WireError(f"BMP {bitmap.number:02X} takes {size} bytes.")
            return bitmap.value


def _type_of(number: int) -> BitmapType:
    try:
        return BITMAPS[number]
    except KeyError:
        raise WireError(f"{number:02X} is no known bitmap.") from None
