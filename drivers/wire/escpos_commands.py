"""The commands of ESC/POS as values.

A command says what the bytes asked for, not whether a printer would obey: a value out of range
is kept as it came. `mnemonic` is the name that Epson's command reference uses. Lengths are in
dots, times in milliseconds.

Source: Epson ESC/POS Command Reference for TM printers; the manuals of TM-T88III and TM-T90.
"""

from dataclasses import dataclass
from typing import ClassVar

from drivers.wire.escpos_code_pages import decode


@dataclass(frozen=True, slots=True)
class Command:
    """Anything that a printer can be sent."""

    mnemonic: ClassVar[str] = "?"


@dataclass(frozen=True, slots=True)
class Text(Command):
    """Printable bytes, in the code page and the national variant that were selected for them."""

    mnemonic: ClassVar[str] = "text"
    data: bytes
    code_page: int = 0
    character_set: int = 0

    @property
    def text(self) -> str:
        """The bytes as the printer would show them."""
        return decode(self.data, self.code_page, self.character_set)


@dataclass(frozen=True, slots=True)
class CodePage(Command):
    """Select the table for bytes from 80h on."""

    mnemonic: ClassVar[str] = "ESC t"
    number: int


@dataclass(frozen=True, slots=True)
class CharacterSet(Command):
    """Select the national variant of ASCII; 0 is the USA and changes nothing."""

    mnemonic: ClassVar[str] = "ESC R"
    number: int


@dataclass(frozen=True, slots=True)
class LineFeed(Command):
    """Print what is on the line and feed one line."""

    mnemonic: ClassVar[str] = "LF"


@dataclass(frozen=True, slots=True)
class CarriageReturn(Command):
    """Ignored by receipt printers, unless automatic line feed is switched on."""

    mnemonic: ClassVar[str] = "CR"


@dataclass(frozen=True, slots=True)
class FormFeed(Command):
    """Print the page of page mode, and leave page mode."""

    mnemonic: ClassVar[str] = "FF"


@dataclass(frozen=True, slots=True)
class HorizontalTab(Command):
    """Move to the next tab stop."""

    mnemonic: ClassVar[str] = "HT"


@dataclass(frozen=True, slots=True)
class Cancel(Command):
    """Delete what page mode holds."""

    mnemonic: ClassVar[str] = "CAN"


@dataclass(frozen=True, slots=True)
class Initialize(Command):
    """Drop the line and set all modes to what they are after power on. The buffer stays."""

    mnemonic: ClassVar[str] = "ESC @"


@dataclass(frozen=True, slots=True)
class PageMode(Command):
    """Collect a page before printing."""

    mnemonic: ClassVar[str] = "ESC L"


@dataclass(frozen=True, slots=True)
class StandardMode(Command):
    """Drop the page and print line by line again."""

    mnemonic: ClassVar[str] = "ESC S"


@dataclass(frozen=True, slots=True)
class PrintPage(Command):
    """Print the page of page mode, and keep it."""

    mnemonic: ClassVar[str] = "ESC FF"


@dataclass(frozen=True, slots=True)
class FeedLines(Command):
    """Print the line and feed `lines`."""

    mnemonic: ClassVar[str] = "ESC d"
    lines: int


@dataclass(frozen=True, slots=True)
class FeedDots(Command):
    """Print the line and feed `dots`."""

    mnemonic: ClassVar[str] = "ESC J"
    dots: int


@dataclass(frozen=True, slots=True)
class Position(Command):
    """Go on at `dots` from the left margin."""

    mnemonic: ClassVar[str] = "ESC $"
    dots: int


@dataclass(frozen=True, slots=True)
class RelativePosition(Command):
    """Go on `dots` to the right, or to the left when negative."""

    mnemonic: ClassVar[str] = "ESC \\"
    dots: int


@dataclass(frozen=True, slots=True)
class Cut(Command):
    """Cut; with `feed`, first feed to the cutter and that many dots more."""

    mnemonic: ClassVar[str] = "GS V"
    partial: bool
    feed: int | None = None


@dataclass(frozen=True, slots=True)
class Pulse(Command):
    """Kick the drawer on connector pin 2 or 5. Waits in the buffer like any command."""

    mnemonic: ClassVar[str] = "ESC p"
    pin: int
    on_ms: int
    off_ms: int


@dataclass(frozen=True, slots=True)
class StatusBack(Command):
    """Send the status by itself when it changes: bits 0 drawer, 1 online, 2 error, 3 paper."""

    mnemonic: ClassVar[str] = "GS a"
    mask: int


@dataclass(frozen=True, slots=True)
class TransmitStatus(Command):
    """Answer 1 the paper sensors, 2 the drawer. Answered in turn, behind what came before."""

    mnemonic: ClassVar[str] = "GS r"
    number: int


@dataclass(frozen=True, slots=True)
class TransmitId(Command):
    """Answer who the printer is."""

    mnemonic: ClassVar[str] = "GS I"
    number: int


@dataclass(frozen=True, slots=True)
class ProcessId(Command):
    """Answer these four characters when all that came before is printed (fn 48)."""

    mnemonic: ClassVar[str] = "GS ( H"
    process_id: bytes


@dataclass(frozen=True, slots=True)
class TestPrint(Command):
    """Print the printer's own test page."""

    mnemonic: ClassVar[str] = "GS ( A"
    paper: int
    pattern: int


@dataclass(frozen=True, slots=True)
class RealTimeCommand(Command):
    """A command that is obeyed when it arrives, ahead of the buffer."""


@dataclass(frozen=True, slots=True)
class RealTimeStatus(RealTimeCommand):
    """Answer 1 printer, 2 offline cause, 3 error cause, 4 paper."""

    mnemonic: ClassVar[str] = "DLE EOT"
    number: int


@dataclass(frozen=True, slots=True)
class RealTimeRequest(RealTimeCommand):
    """Recover from an error: 1 go on at the broken line, 2 clear the buffers first."""

    mnemonic: ClassVar[str] = "DLE ENQ"
    number: int


@dataclass(frozen=True, slots=True)
class RealTimePulse(RealTimeCommand):
    """Kick the drawer now; on and off for `duration_ms` each."""

    mnemonic: ClassVar[str] = "DLE DC4 1"
    pin: int
    duration_ms: int


@dataclass(frozen=True, slots=True)
class ClearBuffer(RealTimeCommand):
    """Forget all that is not printed yet, and say so."""

    mnemonic: ClassVar[str] = "DLE DC4 8"


@dataclass(frozen=True, slots=True)
class PowerOff(RealTimeCommand):
    """Prepare for power off. Not obeyed unless `GS ( D` allowed it."""

    mnemonic: ClassVar[str] = "DLE DC4 2"


@dataclass(frozen=True, slots=True)
class Function(Command):
    """A command whose length is known and whose meaning is not needed here."""

    mnemonic: ClassVar[str] = "function"
    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Oversized(Command):
    """A command with more data than is kept; its `size` bytes of data are swallowed."""

    mnemonic: ClassVar[str] = "oversized"
    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Unknown(Command):
    """Bytes that are no command; a printer swallows them."""

    mnemonic: ClassVar[str] = "unknown"
    data: bytes
