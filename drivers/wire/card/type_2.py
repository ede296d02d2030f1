"""Where a Type 2 tag keeps its message: NTAG21x, MIFARE Ultralight.

The tag is pages of 4 bytes. Page 3 says that there is NDEF, and how much room:

    [E1] [version:1] [room / 8:1] [access:1]

From page 4 on stand blocks, [type:1] [length:1, or FF and 2] [value]: 03 is the message, 01 and 02
say which bytes are reserved, FD is for others; a lone 00 is nothing, and FE the end.

A PC/SC reader reads four pages at a time, from any page on: READ BINARY, class FF.

Source: NFC Forum Type 2 Tag 1.2, 2.3 and 2.4; PC/SC part 3, 2.01.09, 3.2.2.1.8.
"""

from drivers.wire import WireError
from drivers.wire.card.apdu import Command, Conversation, ask
from drivers.wire.card.ndef import LONGEST_MESSAGE

PAGE = 4
"""Bytes."""
AT_ONCE = 16
"""Bytes that one READ returns."""
CAPABILITY_PAGE, FIRST_PAGE = 3, 4
MAGIC = 0xE1
_NULL, _MESSAGE, _END = 0x00, 0x03, 0xFE
_LONG = 0xFF
_ROOM_UNIT = 8


def read_message() -> Conversation[bytes | None]:
    """Read the message's bytes; None where the tag holds none.

    Raises:
        WireError: What is there is no Type 2 tag's memory.
    """
    start = yield from _read(CAPABILITY_PAGE)
    if start is None or start[0] != MAGIC:
        return None
    room = min(start[2] * _ROOM_UNIT, LONGEST_MESSAGE)
    memory = start[PAGE:]
    while True:
        message, wanted = find_message(memory[:room])
        if not wanted or len(memory) >= room:
            return message
        more = yield from _read(FIRST_PAGE + len(memory) // PAGE)
        if more is None:
            return message
        memory += more


def find_message(memory: bytes) -> tuple[bytes | None, bool]:
    """Look for the message in what has been read from page 4 on.

    Returns:
        The message, and whether reading on could bring one.
    """
    position = 0
    while position < len(memory):
        kind = memory[position]
        position += 1
        if kind == _NULL:
            continue
        if kind == _END:
            return None, False
        length = memory[position : position + 1]
        if length == bytes((_LONG,)):
            position += 1
            length = memory[position : position + 2]
            if len(length) < 2:  # noqa: PLR2004 - the long form's bytes
                return None, True
        if not length:
            return None, True
        position += len(length)
        end = position + int.from_bytes(length, "big")
        if kind == _MESSAGE:
            whole = end <= len(memory)
            return (memory[position:end], False) if whole else (None, True)
        position = end
    return None, True


def with_message(message: bytes) -> bytes:
    """The blocks of a tag that holds this message."""
    length = len(message)
    head = bytes((length,)) if length < _LONG else bytes((_LONG,)) + length.to_bytes(2, "big")
    return bytes((_MESSAGE,)) + head + message + bytes((_END,))


def _read(page: int) -> Conversation[bytes | None]:
    response = yield from ask(
        Command(0xFF, 0xB0, page >> 8 & 0xFF, page & 0xFF, le=AT_ONCE),
    )
    if not response.done:
        return None
    if len(response.data) != AT_ONCE:
        raise WireError(f"A reader gave {len(response.data)} bytes instead of {AT_ONCE}.")
    return response.data
