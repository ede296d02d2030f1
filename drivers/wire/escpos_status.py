"""What a receipt printer says: status and answers, sorted out of one stream of bytes.

    real-time answer    1 byte     0xx1xx10                             to DLE EOT 1 to 4
    automatic status    4 bytes    0xx1xx00  0xx0xxxx 0xx0xxxx 0xx0xxxx  after GS a, by itself
    paper status        1 byte     0xx0xxxx                             to GS r 1
    process id          7 bytes    37 22 d1 d2 d3 d4 00                 to GS ( H fn 48
    cleared             3 bytes    37 25 00                             to DLE DC4 fn 8
    key codes           to 84      37 72 40 [k1 k2]… 00                 to GS ( L fn 64

There are no frames and no checksum. What a byte is follows from its fixed bits; to which question
a real-time answer belongs, from the order of the questions; and a paper status can only be told
from noise because it was asked for. So the stream has to be told what was asked, before it is
sent. Nothing is refused: bytes that fit nothing come out as `Noise`, and reading goes on behind
them, because a reader that stops here would miss that the paper is out.

This file does not know how long an answer may take, nor what to do about it.

Doubt: noise can look like a status. A false automatic status stays until the next real one, a
false real-time answer shifts the answers behind it. A process id cannot be mistaken.

Source: Epson ESC/POS Command Reference: DLE EOT, DLE DC4 (fn 1, 8), GS a, GS r, GS ( H (fn 48),
ESC p; TM-T88III specification, "status" tables.
"""

import collections
import enum
import re
from collections.abc import Iterator
from dataclasses import dataclass

REAL_TIME_QUESTIONS = (1, 2, 3, 4)
"""Printer, cause of being offline, cause of an error, paper."""

AUTOMATIC_STATUS_ON = b"\x1da\x0f"
"""GS a: report drawer (bit 0), online (1), error (2) and paper (3) when they change.

`ESC @` switches it off again. The printer also reports at once, when it reaches this command."""

PAPER_STATUS_REQUEST = b"\x1dr\x01"
"""GS r 1, answered when all that came before it was worked off."""

CLEAR_BUFFER = b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"
"""DLE DC4 fn 8: forget what is not printed and say so. Nothing may be sent until the answer."""

RECOVER = b"\x10\x05\x02"
"""DLE ENQ 2: leave the error state, once its cause is gone, and forget what is not printed."""

PROCESS_ID_LENGTH = 4
PULSE_UNIT_MS = 2
"""Of ESC p, up to 255 units."""
REAL_TIME_PULSE_UNIT_MS = 100
"""Of DLE DC4 fn 1, 1 to 8 units; on and off last equally long."""

_CONNECTOR_PINS = {2: 0, 5: 1}


def real_time_request(question: int) -> bytes:
    """DLE EOT: answered at once, ahead of the buffer."""
    return bytes((0x10, 0x04, question))


def process_id_request(process_id: bytes) -> bytes:
    """GS ( H fn 48: answered with these four characters when all before it is printed."""
    return b"\x1d(H\x06\x0000" + process_id


def pulse(pin: int, on_ms: int, off_ms: int) -> bytes:
    """ESC p: kick the drawer on pin 2 or 5 when all that came before it was worked off."""
    units = (min(max(-(-time // PULSE_UNIT_MS), 1), 255) for time in (on_ms, off_ms))
    return bytes((0x1B, 0x70, _CONNECTOR_PINS[pin], *units))


def real_time_pulse(pin: int, on_ms: int) -> bytes:
    """DLE DC4 fn 1: kick the drawer on pin 2 or 5 at once, offline and with a full buffer too.

    Ignored while the printer is in an error state, and while a pulse lasts.
    """
    units = min(max(-(-on_ms // REAL_TIME_PULSE_UNIT_MS), 1), 8)
    return bytes((0x10, 0x14, 0x01, _CONNECTOR_PINS[pin], units))


class PrinterFault(enum.Flag):
    """Why a printer is in an error state."""

    MECHANICAL = enum.auto()
    """Recoverable by a hand: a jam, the head in the wrong place."""
    CUTTER = enum.auto()
    UNRECOVERABLE = enum.auto()
    """Only switching it off and on may help: voltage, memory, circuits."""
    PAUSE = enum.auto()
    """Recovers by itself: the head is too hot."""


@dataclass(frozen=True)
class PrinterCondition:
    """A whole status, from four real-time answers or one automatic status.

    Attributes:
        drawer_level: Pin 3 of the drawer connector; True is high.
    """

    online: bool
    cover_open: bool
    rec_empty: bool
    rec_near_end: bool
    drawer_level: bool
    fault: PrinterFault


@dataclass(frozen=True)
class RealTimeStatus:
    """The answer to the oldest open `DLE EOT`."""

    question: int
    status: int


@dataclass(frozen=True)
class AutomaticStatus:
    """A status that came by itself."""

    condition: PrinterCondition


@dataclass(frozen=True)
class PaperStatus:
    """The answer to the oldest open `GS r`: all before it was worked off."""

    status: int


@dataclass(frozen=True)
class ProcessIdAnswer:
    """All before the `GS ( H` with this id is printed."""

    process_id: bytes


@dataclass(frozen=True)
class BufferCleared:
    """Everything that was sent and not printed is forgotten."""


@dataclass(frozen=True)
class KeyCodes:
    """Keys of images in lasting memory; `more` follow when these are acknowledged."""

    keys: frozenset[bytes]
    more: bool


@dataclass(frozen=True)
class Noise:
    """Bytes that answer nothing."""

    data: bytes


Answer = (
    RealTimeStatus
    | AutomaticStatus
    | PaperStatus
    | ProcessIdAnswer
    | BufferCleared
    | KeyCodes
    | Noise
)

_BIT_2, _BIT_3, _BIT_5, _BIT_6 = 0x04, 0x08, 0x20, 0x40
_PAPER_NEAR_END, _PAPER_END = 0x03, 0x0C
"""Of the third byte of an automatic status."""
_ROLL_NEAR_END, _ROLL_END = 0x0C, 0x60
"""Of the answer to `DLE EOT 4`."""


def real_time_condition(printer: int, offline: int, error: int, paper: int) -> PrinterCondition:
    """Read the answers to `DLE EOT` 1, 2, 3 and 4 as one status."""
    fault = _fault(error)
    if offline & _BIT_6 and not fault:
        fault = PrinterFault.MECHANICAL
    return PrinterCondition(
        online=not printer & _BIT_3,
        cover_open=bool(offline & _BIT_2),
        rec_empty=bool(offline & _BIT_5 or paper & _ROLL_END),
        rec_near_end=bool(paper & _ROLL_NEAR_END),
        drawer_level=bool(printer & _BIT_2),
        fault=fault,
    )


def automatic_condition(status: bytes) -> PrinterCondition:
    """Read the four bytes of an automatic status."""
    printer, error, paper, _ = status
    return PrinterCondition(
        online=not printer & _BIT_3,
        cover_open=bool(printer & _BIT_5),
        rec_empty=bool(paper & _PAPER_END),
        rec_near_end=bool(paper & _PAPER_NEAR_END),
        drawer_level=bool(printer & _BIT_2),
        fault=_fault(error),
    )


def _fault(status: int) -> PrinterFault:
    """Read the bits that `DLE EOT 3` and the second byte of an automatic status share."""
    bits = {
        _BIT_2: PrinterFault.MECHANICAL,
        _BIT_3: PrinterFault.CUTTER,
        _BIT_5: PrinterFault.UNRECOVERABLE,
        _BIT_6: PrinterFault.PAUSE,
    }
    faults = PrinterFault(0)
    for bit, fault in bits.items():
        if status & bit:
            faults |= fault
    return faults


_FLOW_CONTROL = b"\x11\x13"
"""XON and XOFF of serial lines; they may stand inside anything and are no status."""
_BLOCK, _PROCESS_ID_BLOCK, _CLEARED_BLOCK = 0x37, b"7\x22", b"7\x25\x00"
_KEY_CODES = re.compile(rb"7(?:r(?:([@A])(?:((?:[ -~]{2}){0,40})(\x00)?)?)?)?")
"""A list of key codes, or the beginning of one; its last group is there when it is whole."""
_LONGEST_KEY_CODES = 84
_FIXED_BITS, _REAL_TIME, _AUTOMATIC = 0x93, 0x12, 0x10
_FOLLOWING_FIXED_BITS = 0x90
_AUTOMATIC_LENGTH = 4
_PRINTABLE = range(0x20, 0x7F)


class StatusStream:
    """Sorts what a printer sends, in whatever chunks it arrives."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._asked: collections.deque[int] = collections.deque()
        self._paper_questions = 0
        self._key_codes_asked = False

    def expect_key_codes(self) -> None:
        """Say that a `GS ( L` fn 64 is sent next."""
        self._key_codes_asked = True

    def expect_real_time(self, *questions: int) -> None:
        """Say that `DLE EOT` of these numbers is sent next."""
        self._asked.extend(questions)

    def expect_paper_status(self) -> None:
        """Say that a `GS r` is sent next."""
        self._paper_questions += 1

    def receive_data(self, data: bytes) -> list[Answer]:
        """Take bytes from the line and return what they completed, in order."""
        self._data += data.translate(None, _FLOW_CONTROL)
        return list(self._answers())

    def _answers(self) -> Iterator[Answer]:
        while self._data:
            answer = self._next()
            if answer is None:
                return
            yield answer

    def _next(self) -> Answer | None:
        """Return the next answer, or None while its rest is missing."""
        first = self._data[0]
        if first == _BLOCK:
            return self._block()
        if first & _FIXED_BITS == _REAL_TIME:
            return self._real_time()
        if first & _FIXED_BITS == _AUTOMATIC:
            return self._automatic()
        if self._paper_questions and not first & _FOLLOWING_FIXED_BITS:
            self._paper_questions -= 1
            return PaperStatus(self._take(1)[0])
        return Noise(self._take(1))

    def _take(self, length: int) -> bytes:
        taken = bytes(self._data[:length])
        del self._data[:length]
        return taken

    def _real_time(self) -> Answer:
        status = self._take(1)
        return RealTimeStatus(self._asked.popleft(), status[0]) if self._asked else Noise(status)

    def _automatic(self) -> Answer | None:
        rest = self._data[1:_AUTOMATIC_LENGTH]
        if any(byte & _FOLLOWING_FIXED_BITS for byte in rest):
            return Noise(self._take(1))
        if len(rest) < _AUTOMATIC_LENGTH - 1:
            return None
        return AutomaticStatus(automatic_condition(self._take(_AUTOMATIC_LENGTH)))

    def _block(self) -> Answer | None:
        length = len(_PROCESS_ID_BLOCK) + PROCESS_ID_LENGTH + 1
        block = bytes(self._data[:length])
        if _CLEARED_BLOCK.startswith(block[: len(_CLEARED_BLOCK)]):
            return self._cleared()
        if self._key_codes_asked and block[1:2] in (b"", b"r"):
            return self._key_codes()
        if not _may_be_process_id(block):
            return Noise(self._take(1))
        if len(block) < length:
            return None
        return ProcessIdAnswer(self._take(length)[len(_PROCESS_ID_BLOCK) : -1])

    def _key_codes(self) -> Answer | None:
        block = bytes(self._data[:_LONGEST_KEY_CODES])
        match = _KEY_CODES.match(block)
        if match is not None and match[3] is not None:
            self._take(match.end())
            codes = match[2]
            keys = frozenset(codes[at : at + 2] for at in range(0, len(codes), 2))
            return KeyCodes(keys, more=match[1] == b"A")
        may_go_on = match is not None and len(block) - match.end() <= 1
        return None if may_go_on and len(block) < _LONGEST_KEY_CODES else Noise(self._take(1))

    def _cleared(self) -> Answer | None:
        if len(self._data) < len(_CLEARED_BLOCK):
            return None
        self._take(len(_CLEARED_BLOCK))
        self._paper_questions = 0
        return BufferCleared()


def _may_be_process_id(block: bytes) -> bool:
    """Say whether `block`, which may be cut off, is a process id so far."""
    head, tail = block[: len(_PROCESS_ID_BLOCK)], block[len(_PROCESS_ID_BLOCK) :]
    return (
        _PROCESS_ID_BLOCK.startswith(head)
        and all(byte in _PRINTABLE for byte in tail[:PROCESS_ID_LENGTH])
        and tail[PROCESS_ID_LENGTH:] in (b"", b"\0")
    )
