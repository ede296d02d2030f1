"""Where a Type 3 tag (FeliCa) keeps its message, and the command that reads it.

    command   [length:1] 06 [idm:8] 01 [service: 0B 00] [blocks:1] [80 number:1]*
    response  [length:1] 07 [idm:8] [status:2] [blocks:1] [16 bytes]*

Block 0 says how much there is, the message begins in block 1:

    [version:1] [most read:1] [most written:1] [room:2] 00 00 00 00 [writing:1] [access:1] [length:3] [sum:2]

Source: NFC Forum Type 3 Tag 1.2, 2.3 and 5.1; JIS X 6319-4.
"""  # noqa: E501 - a picture of sixteen bytes

import dataclasses
from collections.abc import Callable

from drivers.wire import WireError

IDM = 8
BLOCK = 16
"""Bytes."""
_READ, _ANSWER = 0x06, 0x07
_SERVICE = b"\x0b\x00"
_SHORT_NUMBER = 0x80
LONGEST_HERE = 255 * BLOCK
"""Bytes of a message whose blocks have numbers of one byte."""
MOST_AT_ONCE = 4
"""Blocks; every tag can do as many as it says, most say 4 or more."""


@dataclasses.dataclass(frozen=True, slots=True)
class Attributes:
    """What block 0 says: blocks that may be read at once, and the message's bytes."""

    at_once: int
    length: int

    @property
    def blocks(self) -> range:
        """The numbers of the message's blocks."""
        return range(1, 1 + -(-self.length // BLOCK))


def read_message(idm: bytes, exchange: Callable[[bytes], bytes]) -> bytes | None:
    """Read the message's bytes through `exchange`, which sends a command; None where it is empty.

    Raises:
        WireError: The tag holds no message, or a damaged one.
        Exception: Whatever `exchange` raises.
    """

    def read(blocks: range) -> bytes:
        return decode_blocks(exchange(encode_read(idm, blocks)), len(blocks))

    attributes = decode_attributes(read(range(1)))
    message = b""
    for first in attributes.blocks[:: attributes.at_once]:
        message += read(attributes.blocks[first - 1 : first - 1 + attributes.at_once])
    return message[: attributes.length] or None


def encode_read(idm: bytes, blocks: range) -> bytes:
    """The command that reads these blocks."""
    numbers = b"".join(bytes((_SHORT_NUMBER, number)) for number in blocks)
    body = bytes((_READ,)) + idm + b"\x01" + _SERVICE + bytes((len(blocks),)) + numbers
    return bytes((1 + len(body),)) + body


def decode_read(command: bytes) -> tuple[bytes, tuple[int, ...]]:
    """Read a command: whose tag is meant, and which blocks.

    Raises:
        WireError: It is no such command.
    """
    head = 2 + IDM
    _check_frame(command, _READ)
    service, numbers = command[head + 1 : head + 3], command[head + 4 :]
    if service != _SERVICE or command[head + 3 : head + 4] != bytes((len(numbers) // 2,)):
        raise WireError("That reads no NDEF blocks.")
    return command[2:head], tuple(numbers[1::2])


def encode_blocks(idm: bytes, blocks: bytes) -> bytes:
    """The response with these blocks."""
    body = bytes((_ANSWER,)) + idm + b"\0\0" + bytes((len(blocks) // BLOCK,)) + blocks
    return bytes((1 + len(body),)) + body


def decode_blocks(response: bytes, count: int) -> bytes:
    """The bytes of the `count` blocks that were asked for.

    Raises:
        WireError: The tag refused, or answered something else.
    """
    head = 2 + IDM
    data = response[head + 3 :]
    _check_frame(response, _ANSWER)
    if response[head : head + 2] != b"\0\0" or len(data) != count * BLOCK:
        raise WireError("The tag does not let its message be read.")
    return data


def encode_attributes(attributes: Attributes) -> bytes:
    """Block 0 of a tag."""
    room = len(attributes.blocks).to_bytes(2, "big")
    block = bytes((0x10, attributes.at_once, 1)) + room + bytes(6)
    block += attributes.length.to_bytes(3, "big")
    return block + sum(block).to_bytes(2, "big")


def decode_attributes(block: bytes) -> Attributes:
    """Read block 0.

    Raises:
        WireError: Its sum does not fit, or it says nothing usable.
    """
    if len(block) != BLOCK or sum(block[:14]) != int.from_bytes(block[14:], "big"):
        raise WireError("The tag's first block is damaged.")
    attributes = Attributes(min(block[1], MOST_AT_ONCE), int.from_bytes(block[11:14], "big"))
    if block[0] >> 4 != 1 or not attributes.at_once or attributes.length > LONGEST_HERE:
        raise WireError("The tag's first block says nothing usable.")
    return attributes


def _check_frame(frame: bytes, code: int) -> None:
    if len(frame) < 2 or frame[0] != len(frame) or frame[1] != code:  # noqa: PLR2004 - length, code
        raise WireError(f"That is no frame of the code {code:02X}.")
