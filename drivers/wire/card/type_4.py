"""Where a Type 4 tag keeps its message: NTAG 424 DNA, DESFire, Java cards.

An application holds two files: E103 says where the message is and how much may be read at once,
the other is the message behind its length.

    E103  [length:2] [version:1] [most read:2] [most written:2] 04 06 [file:2] [size:2] [access:2]
    file  [length:2] [message]

Source: NFC Forum Type 4 Tag 1.2, 4.2, 4.3 and 5.4.
"""

from drivers.wire import WireError
from drivers.wire.card.apdu import Command, Conversation, ask, select_by_name
from drivers.wire.card.ndef import LONGEST_MESSAGE

APPLICATION = bytes.fromhex("D2760000850101")
CAPABILITIES = b"\xe1\x03"
_CONTROL = b"\x04\x06"
_CAPABILITIES_LENGTH = 15
MOST_AT_ONCE = 255
"""Bytes of a short response."""


def read_message() -> Conversation[bytes | None]:
    """Read the message's bytes; None where the card has no such application, or it is empty.

    Raises:
        WireError: The files do not hold what they should.
    """
    if not (yield from ask(select_by_name(APPLICATION))).done:
        return None
    capabilities = yield from _read_file(CAPABILITIES, _CAPABILITIES_LENGTH)
    file, at_once = read_capabilities(capabilities)
    length = int.from_bytes((yield from _read_file(file, 2)), "big")
    if length > LONGEST_MESSAGE:
        raise WireError(f"The message is said to have {length} bytes.")
    message = b""
    while len(message) < length:
        message += yield from _read(2 + len(message), min(at_once, length - len(message)))
    return message or None


def read_capabilities(data: bytes) -> tuple[bytes, int]:
    """Read file E103: the message's file, and how many bytes may be read at once.

    Raises:
        WireError: It is cut off or says nothing of a message.
    """
    if len(data) < _CAPABILITIES_LENGTH or data[7:9] != _CONTROL:
        raise WireError("The card's capabilities name no message.")
    at_once = min(int.from_bytes(data[3:5], "big"), MOST_AT_ONCE)
    if not at_once:
        raise WireError("The card lets nothing be read.")
    return data[9:11], at_once


def capabilities(file: bytes, size: int, at_once: int = MOST_AT_ONCE) -> bytes:
    """The content of file E103 of a card with a message in `file`."""
    numbers = b"\x00\x0f\x20" + at_once.to_bytes(2, "big") + b"\x00\xff"
    return numbers + _CONTROL + file + size.to_bytes(2, "big") + b"\x00\xff"


def _read_file(file: bytes, length: int) -> Conversation[bytes]:
    if not (yield from ask(Command(0x00, 0xA4, 0x00, 0x0C, file))).done:
        raise WireError(f"The card has no file {file.hex().upper()}.")
    return (yield from _read(0, length))


def _read(offset: int, length: int) -> Conversation[bytes]:
    response = yield from ask(Command(0x00, 0xB0, offset >> 8, offset & 0xFF, le=length))
    if not response.done or not response.data or len(response.data) > length:
        raise WireError(f"The card does not let {length} bytes be read at {offset}.")
    return response.data
