"""Commands to a chip and its responses: ISO/IEC 7816-4, short form.

    command   [cla:1] [ins:1] [p1:1] [p2:1] [lc:1 data:lc]? [le:1]?
    response  [data:n] [sw1:1] [sw2:1]

A conversation is a generator: it yields commands, is sent the responses, and returns what it
found out. It knows nothing of the reader; who runs it does the sending.

Source: ISO/IEC 7816-4:2020, 5.2 (commands and responses), 5.6 (status), 11.7 (GET RESPONSE).
"""

import dataclasses
from collections.abc import Callable, Generator
from typing import TypeVar

from drivers.wire import WireError

Found = TypeVar("Found")

DONE = 0x9000
NOT_FOUND = 0x6A82
MORE_DATA = 0x61
WRONG_LE = 0x6C
WARNINGS = (0x62, 0x63)
"""First status bytes of commands that were done, with a warning."""

MOST_DATA = 255
"""Bytes of a short command."""
MOST_PARTS = 32
"""Of one response; a card that always has more is no card."""


@dataclasses.dataclass(frozen=True, slots=True)
class Command:
    """A command; `le` is how many bytes are expected at most, 256 as 256."""

    cla: int
    ins: int
    p1: int
    p2: int
    data: bytes = b""
    le: int | None = None

    def encode(self) -> bytes:
        """The bytes of the command."""
        head = bytes((self.cla, self.ins, self.p1, self.p2))
        body = bytes((len(self.data),)) + self.data if self.data else b""
        return head + body + (b"" if self.le is None else bytes((self.le & 0xFF,)))


@dataclasses.dataclass(frozen=True, slots=True)
class Response:
    """A response; `sw` is its status, SW1 and SW2."""

    data: bytes
    sw: int

    @property
    def done(self) -> bool:
        """True when the command was done, without a warning."""
        return self.sw == DONE

    def encode(self) -> bytes:
        """The bytes of the response."""
        return self.data + self.sw.to_bytes(2, "big")


Conversation = Generator[Command, Response, Found]


def decode_command(data: bytes) -> Command:
    """Read a short command.

    Raises:
        WireError: It is cut off, longer than it says, or of the extended form.
    """
    if len(data) < 4:  # noqa: PLR2004 - the four bytes of a header
        raise WireError(f"A command has a header of 4 bytes, not {len(data)}.")
    head, rest = data[:4], data[4:]
    cla, ins, p1, p2 = head
    if len(rest) <= 1:
        return Command(cla, ins, p1, p2, le=(rest[0] or 256) if rest else None)
    length = rest[0]
    body, tail = rest[1 : 1 + length], rest[1 + length :]
    if not length or len(body) < length or len(tail) > 1:
        raise WireError("The command's length does not fit its data.")
    return Command(cla, ins, p1, p2, body, (tail[0] or 256) if tail else None)


def decode_response(data: bytes) -> Response:
    """Read a response.

    Raises:
        WireError: It has no status.
    """
    if len(data) < 2:  # noqa: PLR2004 - SW1 and SW2
        raise WireError(f"A response has a status of 2 bytes, not {len(data)}.")
    return Response(data[:-2], int.from_bytes(data[-2:], "big"))


def ask(command: Command) -> Conversation[Response]:
    """Send one command and fetch the whole of its response.

    Raises:
        WireError: The response does not end.
    """
    response = yield command
    if response.sw >> 8 == WRONG_LE:
        response = yield dataclasses.replace(command, le=_length(response))
    data = response.data
    for _ in range(MOST_PARTS):
        if response.sw >> 8 != MORE_DATA:
            return Response(data, response.sw)
        response = yield Command(0x00, 0xC0, 0x00, 0x00, le=_length(response))
        data += response.data
    raise WireError("The card's response does not end.")


def select_by_name(name: bytes) -> Command:
    """SELECT an application by its name (its AID)."""
    return Command(0x00, 0xA4, 0x04, 0x00, name, 256)


def converse(conversation: Conversation[Found], transmit: Callable[[bytes], bytes]) -> Found:
    """Hold a conversation through `transmit`, which sends a command and returns the response.

    Raises:
        WireError: The card broke its protocol.
        Exception: Whatever `transmit` raises.
    """
    try:
        command = next(conversation)
        while True:
            command = conversation.send(decode_response(transmit(command.encode())))
    except StopIteration as end:
        found: Found = end.value
        return found
    finally:
        conversation.close()


def _length(response: Response) -> int:
    return response.sw & 0xFF or 256
