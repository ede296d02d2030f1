"""The printer's body: paper, cover, errors, the drawer's connector; and the status bytes of it.

Source: Epson ESC/POS Command Reference, DLE EOT, GS a, GS r; TM-T88III specification.
"""

import enum
from dataclasses import dataclass, field

from simulators.pos_printer.drawer import Drawer


class PaperSupply(enum.StrEnum):
    """What the paper sensors see."""

    OK = "ok"
    NEAR_END = "near_end"
    OUT = "out"


class Trouble(enum.StrEnum):
    """An error state, in which real-time pulses are ignored too."""

    CUTTER = "cutter"
    """Ends by `DLE ENQ` or a new start, once the cutter is free."""
    HEAD_HOT = "head_hot"
    """Ends by itself."""


@dataclass
class Mechanism:
    """What a person can see and touch, and a status can tell."""

    drawer: Drawer = field(default_factory=Drawer)
    paper: PaperSupply = PaperSupply.OK
    cover_open: bool = False
    troubles: set[Trouble] = field(default_factory=set)
    feeding: bool = False

    @property
    def online(self) -> bool:
        """Whether it prints and works off its buffer."""
        return not (
            self.cover_open or self.troubles or self.feeding or self.paper is PaperSupply.OUT
        )

    def real_time_status(self, number: int) -> bytes:
        """Answer `DLE EOT`: one byte with bits 1 and 4 set; nothing for a number it lacks."""
        out, near = self._paper_bits
        causes = {
            1: 0x04 * self.drawer.level | 0x08 * (not self.online) | 0x40 * self.feeding,
            2: 0x04 * self.cover_open
            | 0x08 * self.feeding
            | 0x20 * out
            | 0x40 * bool(self.troubles),
            3: self._trouble_bits,
            4: 0x0C * near | 0x60 * out,
        }
        return bytes((0x12 | causes[number],)) if number in causes else b""

    def automatic_status(self) -> bytes:
        """The four bytes of the automatic status back; bit 4 of the first one is set."""
        out, near = self._paper_bits
        return bytes(
            (
                0x10
                | 0x04 * self.drawer.level
                | 0x08 * (not self.online)
                | 0x20 * self.cover_open
                | 0x40 * self.feeding,
                self._trouble_bits,
                0x03 * near | 0x0C * out,
                0x0F,  # undefined bits, as a TM-T88 sends them
            )
        )

    def buffered_status(self, number: int) -> bytes:
        """Answer `GS r`: 1 paper, 2 drawer; nothing for a number it lacks."""
        out, near = self._paper_bits
        if number == 1:
            return bytes((0x03 * near | 0x0C * out,))
        return bytes((int(self.drawer.level),)) if number == 2 else b""  # noqa: PLR2004 - GS r 2

    @property
    def _paper_bits(self) -> tuple[bool, bool]:
        return self.paper is PaperSupply.OUT, self.paper is not PaperSupply.OK

    @property
    def _trouble_bits(self) -> int:
        return 0x08 * (Trouble.CUTTER in self.troubles) | 0x40 * (Trouble.HEAD_HOT in self.troubles)
