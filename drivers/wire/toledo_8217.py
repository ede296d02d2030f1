"""What a scale that speaks the Mettler Toledo 8217 dialogue says over its serial line.

The host asks with one letter, the scale answers with one line, and never speaks unasked:

    W                                               ask for the weight
    Z                                               set it to zero
    [STX:1] [digits with a point:5-7] [N] [CR:1]    a stable weight; `N` where a tare is taken off
    [STX:1] [?:1] [status:1] [CR:1]                 no weight now, and why

7 data bits, even parity. Between two questions lie 200 ms. A scale that failed its self-test does
not answer at all.

    bit 0  in motion             bit 3  outside the range that can be zeroed
    bit 1  over capacity         bit 4  centre of zero
    bit 2  under zero            bit 5  net        bit 6  always 1, so no status is a CR or an STX

This file does not know what unit the scale is set to: the line does not say.

Doubt: a device server that is set to eight bits hands the parity bit on; it is cut off here, and
with it a parity error that the line's hardware would have found.

Source: PSC Magellan 8500 service manual with the Mettler Toledo Diva scale, 6.1.4 (8217 Mettler
Toledo protocol: commands, status byte); "8217 Mettler Toledo, Host Communications".
"""

import enum
import re
from dataclasses import dataclass

from drivers.wire import WireError

QUESTION_GAP_SECONDS = 0.2
"""Between two questions, at least; Host Communications."""
LONGEST_ANSWER = 12
"""Bytes of one line; seven digits, a point and `N` in their frame are eleven."""

_STX, _CR = 0x02, 0x0D
_SEVEN_BITS = bytes(byte & 0x7F for byte in range(256))
_WEIGHT = re.compile(rb" *(?P<whole>\d{1,5})(\.(?P<part>\d{1,3}))?(?P<net>N?)")
_STATUS_LENGTH = 4
_ALWAYS = 0x40


class Question(enum.Enum):
    """What the host may ask."""

    WEIGHT = b"W"
    ZERO = b"Z"


@dataclass(frozen=True)
class Weight:
    """A weight at rest, in thousandths of the scale's unit.

    Attributes:
        milli: 544 is 0.544.
        net: A tare has been taken off.
    """

    milli: int
    net: bool = False


@dataclass(frozen=True)
class Status:
    """Why there is no weight, or how a scale stands that was set to zero."""

    in_motion: bool = False
    over_capacity: bool = False
    under_zero: bool = False
    outside_zero_range: bool = False
    center_of_zero: bool = False
    net: bool = False


_BITS = (
    "in_motion",
    "over_capacity",
    "under_zero",
    "outside_zero_range",
    "center_of_zero",
    "net",
)
"""From bit 0 on."""

Answer = Weight | Status


class AnswerReader:
    """Cuts a scale's bytes into answers, in whatever pieces they arrive."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def receive_data(self, data: bytes) -> list[Answer]:
        """Take bytes from the line and return the answers that they complete.

        Bytes before an answer are noise, and skipped.

        Raises:
            WireError: A line is no answer. It is forgotten, with all that was received with it.
        """
        self._buffer += data.translate(_SEVEN_BITS)
        answers = []
        try:
            while (line := self._next_line()) is not None:
                answers.append(_answer(line))
        except WireError:
            self.forget()
            raise
        return answers

    def forget(self) -> None:
        """Throw away half an answer: the line was silent for too long."""
        self._buffer.clear()

    def _next_line(self) -> bytes | None:
        """What stands between STX and CR; None until it is there."""
        start = self._buffer.find(_STX)
        del self._buffer[: start if start >= 0 else len(self._buffer)]
        if self._buffer[1:2] == b"?":
            if len(self._buffer) < _STATUS_LENGTH:
                return None
            end = _STATUS_LENGTH - 1
        else:
            end = self._buffer.find(_CR)
        if end < 0 and len(self._buffer) < LONGEST_ANSWER:
            return None
        if end < 0 or end >= LONGEST_ANSWER or self._buffer[end] != _CR:
            raise WireError(f"A scale's line has no end within {LONGEST_ANSWER} bytes.")
        line = bytes(self._buffer[1:end])
        del self._buffer[: end + 1]
        return line


def encode_answer(answer: Answer, decimals: int = 3) -> bytes:
    """Build a scale's line; a weight has five digits, of which `decimals` stand behind the point.

    Raises:
        WireError: The weight does not fit on the line.
    """
    if isinstance(answer, Status):
        bits = sum(getattr(answer, name) << bit for bit, name in enumerate(_BITS))
        return bytes((_STX, ord("?"), _ALWAYS | bits, _CR))
    steps, rest = divmod(answer.milli, 10 ** (3 - decimals))
    digits = f"{steps:05}"
    if rest or steps < 0 or len(digits) > 5:  # noqa: PLR2004 - the line's five digits
        raise WireError(f"{answer.milli} thousandths do not fit into five digits.")
    text = f"{digits[:-decimals]}.{digits[-decimals:]}{'N' * answer.net}"
    return bytes((_STX,)) + text.encode() + bytes((_CR,))


def _answer(line: bytes) -> Answer:
    if line[:1] == b"?":
        return Status(**{name: bool(line[1] >> bit & 1) for bit, name in enumerate(_BITS)})
    weight = _WEIGHT.fullmatch(line)
    if weight is None:
        raise WireError(f"{line!r} is no weight.")
    milli = int(weight["whole"]) * 1000 + int((weight["part"] or b"0").ljust(3, b"0"))
    return Weight(milli, net=bool(weight["net"]))
