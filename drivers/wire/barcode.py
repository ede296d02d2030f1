r"""What a barcode scanner sends over a serial line, and how it names the kind of code.

    [prefix] [AIM identifier:3] [data] [suffix]

Prefix, AIM identifier and suffix are options of the scanner; most leave the factory with no
prefix, no identifier and CR as suffix. There is no length, no checksum and no acknowledgement, so
two rules decide what is one scan:

- The suffix ends a message, and only the suffix. A line that falls silent in mid-message has lost
  its rest: the half is dropped, never judged, because half an EAN-13 can be a valid EAN-8.
- Without a suffix a silence ends a message. A half is then not to be told from a whole.

Line ends (CR, LF) around a message are never data, whatever the suffix is: `\r\n` and `\r` are
confused at every second scanner. GS (0x1D) separates fields of GS1 data and is kept.

This file does not know what the data mean (`drivers.wire.gs1`), and has no clock: its caller says
when the line was silent.

Doubt: a suffix that also stands inside the data, such as a line end in a QR code, splits the
message. A scanner that reads such codes needs another suffix.
"""

import enum
import re
from dataclasses import dataclass

MAX_LENGTH = 4296
"""Bytes of one message: a QR code of version 40-L holds 4296 alphanumeric characters (ISO/IEC
18004, table 7); DataMatrix holds 3116 digits."""

LINE_ENDS = b"\r\n"

_AIM = re.compile(r"\](?P<symbology>[A-Za-z][0-9A-Za-z])")
"""`]`, code character, modifier (ISO/IEC 15424, section 4)."""


class DropReason(enum.StrEnum):
    """Why bytes did not become a message."""

    SILENCE = "silence"
    """The suffix never came: half a message, or another suffix than configured."""
    TOO_LONG = "too_long"
    """More bytes than any code holds: noise, a wrong baud rate, or another device."""
    NO_PREFIX = "no_prefix"
    """The prefix is not in the message."""
    GARBLED = "garbled"
    """A report that breaks what the scanner says about its reports."""


@dataclass(frozen=True)
class Message:
    """The data of one scan, between prefix and suffix."""

    data: bytes


@dataclass(frozen=True)
class Dropped:
    """`length` bytes that are no scan."""

    reason: DropReason
    length: int


class ScanFraming:
    """Cuts the bytes of a scanner into messages, in whatever pieces they arrive.

    Args:
        prefix: What stands before the data; anything before it is noise.
        suffix: What ends a message. Empty: a silence ends it.
        max_length: Bytes before the suffix, prefix included.
    """

    def __init__(
        self, *, prefix: bytes = b"", suffix: bytes = b"\r", max_length: int = MAX_LENGTH
    ) -> None:
        self._prefix = prefix
        self._suffix = suffix
        self._max_length = max_length
        self._buffer = bytearray()
        self._skipped = 0

    @property
    def unfinished(self) -> bool:
        """True while part of a message waits for its rest: watch for a silence."""
        return bool(self._skipped or self._buffer.strip(LINE_ENDS))

    def receive_data(self, data: bytes) -> list[Message | Dropped]:
        """Take bytes from the line and return what they completed, in order."""
        self._buffer += data
        events = self._finished() if self._suffix else []
        self._skip_what_is_too_long()
        return events

    def receive_silence(self) -> list[Message | Dropped]:
        """Take note that the line was silent, and return what that ended."""
        length = self._skipped + len(self._buffer)
        event = self._take(len(self._buffer))
        if self._suffix and isinstance(event, Message):
            return [Dropped(DropReason.SILENCE, length)]
        return [event] if event else []

    def _finished(self) -> list[Message | Dropped]:
        events: list[Message | Dropped] = []
        while (end := self._buffer.find(self._suffix)) >= 0:
            event = self._take(end)
            del self._buffer[: len(self._suffix)]
            if event is not None:
                events.append(event)
        return events

    def _take(self, end: int) -> Message | Dropped | None:
        """Cut `end` bytes off the buffer: a message, what is wrong with it, or nothing at all."""
        length = self._skipped + end
        raw = bytes(self._buffer[:end])
        del self._buffer[:end]
        self._skipped = 0
        if length > self._max_length:
            return Dropped(DropReason.TOO_LONG, length)
        noise, prefix, data = raw.partition(self._prefix) if self._prefix else (b"", b"", raw)
        data = data.strip(LINE_ENDS)
        if prefix != self._prefix:
            return Dropped(DropReason.NO_PREFIX, length) if noise.strip(LINE_ENDS) else None
        return Message(data) if data else None

    def _skip_what_is_too_long(self) -> None:
        """Keep no more than a suffix that may have begun, once no message can come of the rest."""
        keep = max(len(self._suffix) - 1, 0)
        if self._skipped + len(self._buffer) > self._max_length + keep:
            excess = len(self._buffer) - keep
            self._skipped += excess
            del self._buffer[:excess]


def frame(data: bytes, *, prefix: bytes = b"", suffix: bytes = b"\r") -> bytes:
    """Build the bytes that a scanner sends for `data`."""
    return prefix + data + suffix


def split_aim(text: str) -> tuple[str | None, str]:
    """Split an AIM symbology identifier off: `("E0", "8711000000007")`, or `(None, text)`.

    Source: ISO/IEC 15424; GS1 General Specifications, section 5.1.2 (symbology identifiers).
    """
    match = _AIM.match(text)
    return (match["symbology"], text[match.end() :]) if match else (None, text)
