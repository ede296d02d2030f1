"""Numbers on the wire: BCD digits and the four ways in which ZVT writes a length.

    APDU       00..FE, or FF lo hi          little-endian
    LLVAR      Fx Fy                        decimal digits in the low nibbles
    LLLVAR     Fx Fy Fz
    BER-TLV    00..7F, 81 xx, or 82 hi lo   big-endian; 80 is invalid, 83 and above are reserved

Every reader takes the bytes and a position and returns the value and the position behind it.

Source: ZVT PA00P015 rev. 13.08 (data block, LLVAR, TLV container); PA00P016 rev. 04 (APDU).
"""

from drivers.wire import WireError

MASKED_DIGIT = 0xE
"""A digit of a card number that the terminal hides."""
PADDING_DIGIT = 0xF

EXTENDED_APDU_LENGTH = 0xFF
LONGEST_APDU_BODY = 0xFFFF
HIGHEST_BCD_NIBBLE = 9


def take(data: bytes, position: int, size: int) -> tuple[bytes, int]:
    """Return `size` bytes at `position` and the position behind them."""
    end = position + size
    if end > len(data):
        raise WireError(f"{size} bytes announced at {position}, {len(data) - position} are there.")
    return data[position:end], end


def digits(data: bytes) -> str:
    """Return the digits of BCD bytes; masked ones become `*`, padding is left out."""
    return "".join(
        "*" if nibble == MASKED_DIGIT else f"{nibble:X}"
        for byte in data
        for nibble in (byte >> 4, byte & 0xF)
        if nibble != PADDING_DIGIT
    )


def bcd_to_int(data: bytes) -> int:
    """Return the number that BCD bytes spell.

    Raises:
        WireError: A nibble is no decimal digit.
    """
    text = data.hex()
    if not text.isdecimal():
        raise WireError(f"{text!r} is no BCD number.")
    return int(text)


def int_to_bcd(number: int, size: int) -> bytes:
    """Return `number` as `size` BCD bytes.

    Raises:
        WireError: It is negative or has too many digits.
    """
    text = f"{number:0{size * 2}d}"
    if number < 0 or len(text) > size * 2:
        raise WireError(f"{number} does not fit into {size} BCD bytes.")
    return bytes.fromhex(text)


def read_apdu_length(data: bytes, position: int) -> tuple[int, int]:
    """Return an APDU's announced length and the position of its data block."""
    (first,), position = take(data, position, 1)
    if first != EXTENDED_APDU_LENGTH:
        return first, position
    (low, high), position = take(data, position, 2)
    return low | high << 8, position


def write_apdu_length(length: int) -> bytes:
    """Return the shortest form of an APDU's length."""
    if length < EXTENDED_APDU_LENGTH:
        return bytes([length])
    if length > LONGEST_APDU_BODY:
        raise WireError(f"A data block of {length} bytes does not fit into one APDU.")
    return bytes([EXTENDED_APDU_LENGTH, length & 0xFF, length >> 8])


def read_decimal_length(data: bytes, position: int, places: int) -> tuple[int, int]:
    """Return the length that an LLVAR (2 places) or LLLVAR (3 places) announces."""
    prefix, position = take(data, position, places)
    length = 0
    for byte in prefix:
        if byte >> 4 != PADDING_DIGIT or byte & 0xF > HIGHEST_BCD_NIBBLE:
            raise WireError(f"{prefix.hex()} is no length of the form Fx.")
        length = length * 10 + (byte & 0xF)
    return length, position


def write_decimal_length(length: int, places: int) -> bytes:
    """Return the prefix of an LLVAR (2 places) or LLLVAR (3 places)."""
    text = f"{length:0{places}d}"
    if len(text) > places:
        raise WireError(f"{length} bytes are too many for a length of {places} digits.")
    return bytes(0xF0 | int(place) for place in text)


def read_ber_length(data: bytes, position: int) -> tuple[int, int]:
    """Return a TLV length and the position behind it."""
    (first,), position = take(data, position, 1)
    if first < 0x80:  # noqa: PLR2004 - the short form of BER
        return first, position
    if first not in {0x81, 0x82}:
        raise WireError(f"{first:02X} begins no TLV length.")
    value, position = take(data, position, first & 0x0F)
    return int.from_bytes(value, "big"), position


def write_ber_length(length: int) -> bytes:
    """Return the shortest form of a TLV length."""
    if length < 0x80:  # noqa: PLR2004 - the short form of BER
        return bytes([length])
    if length <= 0xFF:  # noqa: PLR2004 - one byte
        return bytes([0x81, length])
    if length > LONGEST_APDU_BODY:
        raise WireError(f"{length} bytes are too many for a TLV.")
    return b"\x82" + length.to_bytes(2, "big")
