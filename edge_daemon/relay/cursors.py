"""How far each epoch has been handed to the broker, and how far the office has it. No I/O.

Epochs are sent in the order in which they began on this box, each from `seq` 1. `published` is
forgotten at every reconnect and time-out (go-back-N): losing it costs duplicates, never entries.
`acked` only grows within its epoch. A halted epoch is one whose history the office disputes: it
waits for a person and holds up nothing else.
"""

import dataclasses
from collections.abc import Iterable

from edge_daemon.records import Position


@dataclasses.dataclass(slots=True)
class _Epoch:
    name: str
    end: int
    acked: int = 0
    published: int = 0
    halted: bool = False


class Cursors:
    """The cursors of all epochs of a journal."""

    def __init__(self) -> None:
        self._epochs: dict[str, _Epoch] = {}

    def load(self, ends: Iterable[tuple[str, int]], acked: dict[str, int]) -> None:
        """Begin at what was acknowledged; `ends` are the epochs in order, with their last `seq`.

        What was appended while they were read is known already and stays known.
        """
        appended = self._epochs
        self._epochs = {name: _Epoch(name, end, acked.get(name, 0)) for name, end in ends}
        for epoch in appended.values():
            self.appended(Position(epoch.name, epoch.end))
        self.go_back()

    def appended(self, head: Position) -> None:
        """The journal now ends at `head`, perhaps in a new epoch."""
        epoch = self._epochs.setdefault(head.epoch, _Epoch(head.epoch, head.seq))
        epoch.end = max(epoch.end, head.seq)

    def go_back(self) -> None:
        """Start again behind what is acknowledged."""
        for epoch in self._epochs.values():
            epoch.published = epoch.acked

    def next_after(self) -> Position | None:
        """The position behind which to read on, or None when all is handed over."""
        for epoch in self._epochs.values():
            if epoch.published < epoch.end and not epoch.halted:
                return Position(epoch.name, epoch.published)
        return None

    def published(self, last: Position) -> None:
        """Everything up to `last` of its epoch was handed over."""
        self._epochs[last.epoch].published = last.seq

    def acknowledge(self, up_to: Position) -> bool:
        """Move `acked` forward; False when that is no news."""
        epoch = self._epochs[up_to.epoch]
        if up_to.seq <= epoch.acked:
            return False
        epoch.acked = up_to.seq
        epoch.published = max(epoch.published, up_to.seq)
        return True

    def halt(self, name: str) -> None:
        """Send no more of this epoch."""
        self._epochs[name].halted = True

    def branches(self) -> list[tuple[str, int, int]]:
        """Disputed epochs that have ended: name, last agreed `seq`, last `seq`."""
        epochs = list(self._epochs.values())[:-1]
        return [(each.name, each.acked, each.end) for each in epochs if each.halted]

    def end_of(self, name: str) -> int | None:
        """The last `seq` of an epoch; None where the journal does not hold it."""
        epoch = self._epochs.get(name)
        return None if epoch is None else epoch.end

    def sent_of(self, name: str) -> int:
        """The last `seq` of an epoch that was handed over on this connection or before it."""
        return self._epochs[name].published

    @property
    def acknowledged(self) -> Position | None:
        """The furthest acknowledged position, in the last epoch that has one."""
        for epoch in reversed(self._epochs.values()):
            if epoch.acked:
                return Position(epoch.name, epoch.acked)
        return None

    @property
    def lag(self) -> int:
        """Entries not acknowledged, over all epochs."""
        return sum(epoch.end - epoch.acked for epoch in self._epochs.values())
