"""A piece of paper as it came off: as values, as text and as a picture."""

import enum
from collections.abc import Iterator
from dataclasses import dataclass

from simulators.pos_printer import drawing
from simulators.pos_printer.paper import LINE_HEIGHT, Line, Mark


class End(enum.StrEnum):
    """How a piece of paper came off."""

    CUT = "cut"
    PARTIAL_CUT = "partial_cut"
    TORN = "torn"
    """By a hand, or because the roll ended."""
    HANGING = "hanging"
    """Not at all yet."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """One piece of paper.

    Attributes:
        lines: From top to bottom.
        width: Dots that can be printed side by side.
        end: How it came off the roll.
    """

    lines: tuple[Line, ...]
    width: int
    end: End

    @property
    def text(self) -> str:
        r"""The lines joined by `\n`, empty paper as empty lines, none of them at the end."""
        return "\n".join(self._text_lines()).rstrip("\n")

    def _text_lines(self) -> Iterator[str]:
        for line in self.lines:
            yield line.text
            if not line.pieces:
                yield from [""] * (round(line.height / LINE_HEIGHT) - 1)

    @property
    def marks(self) -> tuple[Mark, ...]:
        """The codes and images on it, in order."""
        pieces = (piece for line in self.lines for piece in line.pieces)
        return tuple(piece for piece in pieces if isinstance(piece, Mark))

    @property
    def height(self) -> int:
        """Dots of paper from top to bottom."""
        return sum(line.height for line in self.lines)

    def png(self) -> bytes:
        """The paper as a picture, one pixel for a dot."""
        return drawing.png(self.lines, self.width)

    def strip(self, first: int = 0) -> bytes:
        """The lines from `first` on as a picture; no bytes where they take no paper.

        Strips stand one below the other without a seam; only that of the first line has the
        paper's upper margin.
        """
        lines = self.lines[first:]
        if not sum(line.height for line in lines):
            return b""
        return drawing.png(lines, self.width, top=not first)
