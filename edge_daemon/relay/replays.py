"""Ranges that the office asked for again, served in turn. No I/O."""

import collections
import dataclasses

from edge_daemon.records import Position

RANGES_LIMIT = 64
"""Ranges that may wait; an office that asks for more asks again."""


@dataclasses.dataclass(slots=True)
class _Range:
    epoch: str
    sent: int
    to_seq: int


class Replays:
    """The ranges still to be sent."""

    def __init__(self) -> None:
        self._ranges: collections.deque[_Range] = collections.deque()

    def add(self, epoch: str, from_seq: int, to_seq: int) -> None:
        """Send `from_seq` to `to_seq` again, unless that is about to happen anyway."""
        waiting = any(
            one.epoch == epoch and one.sent < from_seq and to_seq <= one.to_seq
            for one in self._ranges
        )
        if from_seq <= to_seq and not waiting and len(self._ranges) < RANGES_LIMIT:
            self._ranges.append(_Range(epoch, from_seq - 1, to_seq))

    def next_after(self) -> tuple[Position, int] | None:
        """The position behind which to read, and the last `seq` to send; None when done."""
        if not self._ranges:
            return None
        first = self._ranges[0]
        return Position(first.epoch, first.sent), first.to_seq

    def published(self, last: Position | None) -> None:
        """The first range was sent up to `last`, or cannot be served (None)."""
        first = self._ranges[0]
        first.sent = first.to_seq if last is None else last.seq
        if first.sent >= first.to_seq:
            self._ranges.popleft()
