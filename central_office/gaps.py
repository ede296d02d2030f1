"""Asks for what is missing, once a hole has aged, and ever more rarely while nothing comes.

A long hole is asked for piece by piece, the next as soon as half of the last has come: what is on
its way stays within what brokers queue, and a blank office is filled as fast as it takes in.
"""

import asyncio
import dataclasses
from collections.abc import Callable

from central_office.ingest import Standing
from edge_daemon.mqtt import Backoff

LIMIT_SECONDS = 60.0
PIECE = 4096
"""Entries: at least 64 messages."""


@dataclasses.dataclass(slots=True)
class _Gap:
    """A hole; `asked` is the end of the last piece where more of it is to follow, else 0."""

    standing: Standing
    backoff: Backoff
    timer: asyncio.TimerHandle
    asked: int = 0


class GapWatch:
    """One timer for each epoch with a hole; progress starts it anew.

    `ask` is given where the epoch stands, and the `seq` from which on to ask.
    """

    def __init__(self, first_seconds: float, ask: Callable[[Standing, int], None]) -> None:
        self._first_seconds = first_seconds
        self._ask = ask
        self._gaps: dict[tuple[str, str], _Gap] = {}

    def see(self, standing: Standing) -> None:
        """Take note of where an epoch stands after a commit."""
        key = (standing.topics.edge, standing.epoch)
        gap = self._gaps.get(key)
        if gap is not None and gap.standing.up_to_seq == standing.up_to_seq and standing.missing:
            gap.standing = standing
            return
        self.forget(standing)
        if standing.missing:
            backoff = Backoff(self._first_seconds, LIMIT_SECONDS)
            fresh = _Gap(standing, backoff, self._arm(key, backoff), gap.asked if gap else 0)
            self._gaps[key] = fresh
            if fresh.asked:
                self._go_on(fresh)

    def forget(self, standing: Standing) -> None:
        """Ask for nothing of this epoch any more."""
        gap = self._gaps.pop((standing.topics.edge, standing.epoch), None)
        if gap is not None:
            gap.timer.cancel()

    def close(self) -> None:
        """Stop all timers."""
        for gap in self._gaps.values():
            gap.timer.cancel()
        self._gaps.clear()

    def _arm(self, key: tuple[str, str], backoff: Backoff) -> asyncio.TimerHandle:
        return asyncio.get_running_loop().call_later(backoff.next(), self._ring, key)

    def _ring(self, key: tuple[str, str]) -> None:
        gap = self._gaps[key]
        gap.timer = self._arm(key, gap.backoff)
        self._ask_from(gap, gap.standing.up_to_seq + 1)

    def _go_on(self, gap: _Gap) -> None:
        """Ask for the next piece where the last is half here, unless the edge goes on by itself."""
        if gap.standing.up_to_seq > gap.asked:
            gap.asked = 0
        elif gap.standing.up_to_seq + PIECE // 2 >= gap.asked:
            self._ask_from(gap, gap.asked + 1)

    def _ask_from(self, gap: _Gap, first: int) -> None:
        wanted = piece(gap.standing, first)
        gap.asked = 0
        if wanted is not None:
            self._ask(gap.standing, first)
            is_all = gap.standing.missing is not None and wanted[1] == gap.standing.missing[1]
            gap.asked = 0 if is_all else wanted[1]


def piece(standing: Standing, first: int) -> tuple[int, int] | None:
    """First and last `seq` to ask for now, from `first` on; None where nothing is missing there."""
    if standing.missing is None:
        return None
    begin = max(first, standing.missing[0])
    last = min(standing.missing[1], begin + PIECE - 1)
    return (begin, last) if begin <= last else None
