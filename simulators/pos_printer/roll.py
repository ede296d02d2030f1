"""The paper that comes out of the printer, piece by piece."""

import dataclasses
from collections.abc import Callable

from simulators.pos_printer.paper import Line
from simulators.pos_printer.receipt import End, Receipt

CUTTER_DISTANCE = 120
"""Dots from the print head to the cutter: 15 mm. A cut that does not feed as far goes through what
was printed last."""


class Roll:
    """Collects lines and gives out receipts.

    Attributes:
        receipts: The pieces that came off, the latest last.
        on_receipt: Is called with each new one.
    """

    def __init__(self, width: int, complain: Callable[[str], None]) -> None:
        self.receipts: list[Receipt] = []
        self.on_receipt: Callable[[Receipt], None] = lambda _: None
        self._width = width
        self._complain = complain
        self._lines: list[Line] = []

    @property
    def printed_lines(self) -> int:
        """Lines on the piece that hangs out of the printer."""
        return len(self._lines)

    @property
    def hanging(self) -> Receipt:
        """The piece that hangs out of the printer."""
        return Receipt(tuple(self._lines), self._width, End.HANGING)

    def print(self, line: Line) -> None:
        """Add one line at the end."""
        self._lines.append(line)

    def cut(self, end: End, feed: int | None) -> None:
        """Cut; with `feed`, feed to the cutter first, and that many dots more."""
        if feed is not None:
            if self._lines:
                self._lines.append(Line((), CUTTER_DISTANCE + feed))
        elif self._blank_end() < CUTTER_DISTANCE and any(line.pieces for line in self._lines):
            self._complain("Cut without feeding: the last lines stay in the printer.")
        self.take_off(end)

    def _blank_end(self) -> int:
        blank = 0
        for line in reversed(self._lines):
            if line.pieces:
                break
            blank += line.height
        return blank

    def take_off(self, end: End) -> None:
        """Make a receipt of what hangs out, if anything does."""
        if self._lines:
            receipt = dataclasses.replace(self.hanging, end=end)
            self._lines = []
            self.receipts.append(receipt)
            self.on_receipt(receipt)
