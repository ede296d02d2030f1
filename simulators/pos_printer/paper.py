"""What can stand on paper, as values: characters, codes and images, in lines."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

FONT_WIDTHS = {0: 12, 1: 9}
"""Dots that a character of font A and B takes, at 203 dots an inch."""
FONT_HEIGHTS = {0: 24, 1: 17}
COLUMN = FONT_WIDTHS[0]
LINE_HEIGHT = 30
"""Dots that an ordinary line takes: the default line spacing of Epson's 203 dpi models."""


@dataclass(frozen=True, slots=True)
class Style:
    """How characters look."""

    font: int = 0
    bold: bool = False
    underline: int = 0
    inverse: bool = False
    width: int = 1
    height: int = 1
    spacing: int = 0

    @property
    def advance(self) -> int:
        """Dots from one character to the next."""
        return (FONT_WIDTHS[self.font] + self.spacing) * self.width

    @property
    def tall(self) -> int:
        """Dots from the top to the bottom of a character."""
        return FONT_HEIGHTS[self.font] * self.height


@dataclass(frozen=True, slots=True)
class Run:
    """Characters of one style, beginning `x` dots from the left edge of what can be printed."""

    x: int
    text: str
    style: Style

    @property
    def width(self) -> int:
        """Dots from the first character to behind the last."""
        return self.style.advance * len(self.text)

    @property
    def height(self) -> int:
        """Dots of the characters."""
        return self.style.tall


@dataclass(frozen=True, slots=True)
class Dots:
    """Rows of dots, eight to a byte, the highest bit left, printed enlarged."""

    columns: int
    rows: int
    data: bytes
    x_scale: int = 1
    y_scale: int = 1

    @property
    def width(self) -> int:
        """Dots on paper."""
        return self.columns * self.x_scale

    @property
    def height(self) -> int:
        """Dots on paper."""
        return self.rows * self.y_scale


@dataclass(frozen=True, slots=True)
class Mark:
    """A bar code, QR code or image.

    Attributes:
        kind: The symbology, or `image`.
        data: What the code says; empty for images.
        x: Dots from the left edge of what can be printed.
        captions_above, captions_below: Lines of readable text with the code.
    """

    kind: str
    data: str
    x: int
    dots: Dots
    captions_above: tuple[Run, ...] = ()
    captions_below: tuple[Run, ...] = ()

    @property
    def width(self) -> int:
        """Dots on paper, without captions."""
        return self.dots.width

    @property
    def height(self) -> int:
        """Dots on paper, with captions."""
        captions = (*self.captions_above, *self.captions_below)
        return self.dots.height + sum(caption.height for caption in captions)

    @property
    def label(self) -> str:
        """What stands for the mark where only text can be shown."""
        size = f"{self.dots.width}x{self.dots.height}"
        return f"[{self.kind} {self.data or size}]"


Piece = Run | Mark


@dataclass(frozen=True, slots=True)
class Line:
    """What is printed in one go, and how many dots of paper it takes."""

    pieces: tuple[Piece, ...]
    height: int
    upside_down: bool = False

    @property
    def text(self) -> str:
        """The line with its pieces in their columns; without spaces at the end."""
        shown = ""
        for piece in self.pieces:
            for column, text in _placed(piece):
                shown = shown.ljust(column) + text
        return shown.rstrip()


def _placed(piece: Piece) -> Iterator[tuple[int, str]]:
    """Say which text stands from which column of normal width on.

    Wide characters take more columns than they have letters, so a wide text is shown at the
    middle of its place. Words behind a gap, usually amounts, are shown at the right end of theirs.
    """
    if isinstance(piece, Mark):
        yield _column(piece.x + piece.width / 2) - len(piece.label) // 2, piece.label
    elif piece.style.width == 1:
        yield _column(piece.x), piece.text
    else:
        for word in re.finditer(r"\S+(?: \S+)*", piece.text):
            start = piece.x + word.start() * piece.style.advance
            end = piece.x + word.end() * piece.style.advance
            part = 1 if word.start() else 0.5 if start else 0
            yield _column(start + (end - start) * part) - int(len(word[0]) * part), word[0]


def _column(dots: float) -> int:
    return round(dots / COLUMN)
