"""Asks for what is missing, once a hole has aged, and ever more rarely while nothing comes."""

import asyncio
import dataclasses
from collections.abc import Callable

from central_office.ingest import Standing
from edge_daemon.mqtt import Backoff

LIMIT_SECONDS = 60.0


@dataclasses.dataclass(slots=True)
class _Gap:
    standing: Standing
    backoff: Backoff
    timer: asyncio.TimerHandle


class GapWatch:
    """One timer for each epoch with a hole; progress starts it anew."""

    def __init__(self, first_seconds: float, ask: Callable[[Standing], None]) -> None:
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
        if gap is not None:
            self._gaps.pop(key).timer.cancel()
        if standing.missing:
            backoff = Backoff(self._first_seconds, LIMIT_SECONDS)
            self._gaps[key] = _Gap(standing, backoff, self._arm(key, backoff))

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
        self._ask(gap.standing)
