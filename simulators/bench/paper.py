"""What came out of a printer since a viewer looked last, as strips of picture."""

import base64
from collections.abc import Iterator
from typing import Final, Protocol, runtime_checkable

from drivers.wire.redaction import redact_text
from simulators.control import Json
from simulators.pos_printer import End, Receipt

PIECES_SHOWN: Final = 3
"""Of the pieces that came off before a viewer came, the last ones."""


@runtime_checkable
class PrintsPaper(Protocol):
    """A simulator out of which paper comes."""

    @property
    def receipts(self) -> list[Receipt]:
        """The pieces that came off, the latest last."""
        ...

    @property
    def hanging(self) -> Receipt:
        """The piece that hangs out of it."""
        ...


class PaperView:
    """One viewer's place on one printer's paper."""

    def __init__(self, name: str, printer: PrintsPaper) -> None:
        self._name = name
        self._printer = printer
        self._piece = max(len(printer.receipts) - PIECES_SHOWN, 0)
        self._lines = 0

    def news(self) -> Iterator[Json]:
        """Tell what was printed and cut since the last time."""
        receipts = self._printer.receipts
        while self._piece < len(receipts):
            yield self._told(receipts[self._piece])
            self._piece += 1
            self._lines = 0
        hanging = self._printer.hanging
        if len(hanging.lines) > self._lines:
            yield self._told(hanging)
            self._lines = len(hanging.lines)

    def _told(self, receipt: Receipt) -> Json:
        """The new lines of a piece, as one strip, and all of its text."""
        strip = receipt.strip(self._lines)
        return {
            "type": "paper",
            "printer": self._name,
            "piece": self._piece + 1,
            "from": self._lines,
            "strip": base64.b64encode(strip).decode() if strip else None,
            "text": redact_text(receipt.text),
            "end": None if receipt.end is End.HANGING else str(receipt.end),
        }
