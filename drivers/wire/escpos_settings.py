"""The commands of ESC/POS that set how what follows is printed, or what is obeyed at all.

They keep their effect until they are given again, or until `ESC @`.

Source: Epson ESC/POS Command Reference for TM printers.
"""

from dataclasses import dataclass
from typing import ClassVar

from drivers.wire.escpos_commands import Command


@dataclass(frozen=True, slots=True)
class Justification(Command):
    """Align the lines: 0 left, 1 centre, 2 right. Only obeyed at the beginning of a line."""

    mnemonic: ClassVar[str] = "ESC a"
    position: int


@dataclass(frozen=True, slots=True)
class PrintMode(Command):
    """Set font, emphasis, size and underline in one go."""

    mnemonic: ClassVar[str] = "ESC !"
    font: int
    emphasized: bool
    double_height: bool
    double_width: bool
    underline: bool


@dataclass(frozen=True, slots=True)
class CharacterSize(Command):
    """Enlarge characters 1 to 8 times."""

    mnemonic: ClassVar[str] = "GS !"
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Emphasized(Command):
    """Bold print."""

    mnemonic: ClassVar[str] = "ESC E"
    on: bool


@dataclass(frozen=True, slots=True)
class DoubleStrike(Command):
    """On a thermal printer the same as bold."""

    mnemonic: ClassVar[str] = "ESC G"
    on: bool


@dataclass(frozen=True, slots=True)
class Underline(Command):
    """Underline with a line of 1 or 2 dots; 0 is none."""

    mnemonic: ClassVar[str] = "ESC -"
    dots: int


@dataclass(frozen=True, slots=True)
class Font(Command):
    """Select font A (0), B (1) or a model's further ones."""

    mnemonic: ClassVar[str] = "ESC M"
    number: int


@dataclass(frozen=True, slots=True)
class UpsideDown(Command):
    """Print lines turned by 180 degrees."""

    mnemonic: ClassVar[str] = "ESC {"
    on: bool


@dataclass(frozen=True, slots=True)
class Rotation(Command):
    """Turn characters by 90 degrees; 0 is off."""

    mnemonic: ClassVar[str] = "ESC V"
    number: int


@dataclass(frozen=True, slots=True)
class Inverse(Command):
    """White on black."""

    mnemonic: ClassVar[str] = "GS B"
    on: bool


@dataclass(frozen=True, slots=True)
class CharacterSpacing(Command):
    """Add empty dots at the right of each character."""

    mnemonic: ClassVar[str] = "ESC SP"
    dots: int


@dataclass(frozen=True, slots=True)
class DefaultLineSpacing(Command):
    """Feed the model's usual height a line."""

    mnemonic: ClassVar[str] = "ESC 2"


@dataclass(frozen=True, slots=True)
class LineSpacing(Command):
    """Feed this height a line."""

    mnemonic: ClassVar[str] = "ESC 3"
    dots: int


@dataclass(frozen=True, slots=True)
class TabStops(Command):
    """Set the columns of `HT`, counted from 0 in the present character width."""

    mnemonic: ClassVar[str] = "ESC D"
    columns: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LeftMargin(Command):
    """Begin lines at `dots`. Only obeyed at the beginning of a line."""

    mnemonic: ClassVar[str] = "GS L"
    dots: int


@dataclass(frozen=True, slots=True)
class PrintAreaWidth(Command):
    """End lines `dots` right of the margin. Only obeyed at the beginning of a line."""

    mnemonic: ClassVar[str] = "GS W"
    dots: int


@dataclass(frozen=True, slots=True)
class PeripheralDevice(Command):
    """Select who listens: bit 0 the printer, bit 1 the customer display."""

    mnemonic: ClassVar[str] = "ESC ="
    mask: int


@dataclass(frozen=True, slots=True)
class PanelButtons(Command):
    """Let the FEED button work, or not."""

    mnemonic: ClassVar[str] = "ESC c 5"
    enabled: bool


@dataclass(frozen=True, slots=True)
class RealTimeSwitch(Command):
    """Obey real-time commands or not: (1 pulse, 2 power off; True to obey)."""

    mnemonic: ClassVar[str] = "GS ( D"
    switches: tuple[tuple[int, bool], ...]
