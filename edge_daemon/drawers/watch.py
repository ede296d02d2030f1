"""Drawers that stand open: who opened them, since when, and from when on that is told.

A contact tells that a drawer moved; why it was opened is known by the room that opened it. Both
meet here. Nothing is kept over a restart: a drawer that is open then has been open since the start.
"""

import asyncio
import dataclasses
from collections.abc import Callable, Mapping

from edge_daemon.records.payloads import DrawerEvent

Tell = Callable[[DrawerEvent], object]


@dataclasses.dataclass(frozen=True, slots=True)
class Cause:
    """Why a drawer is open.

    Attributes:
        cause: As in `DrawerEvent`; `Unknown` for one that was open when it was first seen.
        transaction_id: Of the sale that opened it.
    """

    cause: str = "Unknown"
    transaction_id: str | None = None


BY_KEY = Cause("Manual")


class OpenDrawers:
    """Watches every drawer that has a contact."""

    def __init__(self, patience: Mapping[str, float], tell: Tell) -> None:
        """Watch.

        Args:
            patience: By drawer, the seconds after which it is told as left open; 0: never.
            tell: Takes the event for the journal.
        """
        self._patience = patience
        self._tell = tell
        self._causes: dict[str, Cause] = {}
        self._open_since: dict[str, float] = {}
        self._alarms: dict[str, asyncio.TimerHandle] = {}
        self._left_open: set[str] = set()

    def left_open(self) -> dict[str, float]:
        """The drawers that have been told as left open, and for how many seconds they are."""
        now = asyncio.get_running_loop().time()
        return {name: now - self._open_since[name] for name in sorted(self._left_open)}

    def pulsed(self, drawer: str, cause: Cause) -> None:
        """Somebody asked for it, and it is being opened: what comes next is his opening."""
        self._causes[drawer] = cause

    def opened(self, drawer: str, cause: Cause | None = None) -> None:
        """Its contact shows open; without a cause it is whose pulse went out last."""
        if cause is not None:
            self._causes[drawer] = cause
        if drawer in self._open_since:
            return
        loop = asyncio.get_running_loop()
        self._open_since[drawer] = loop.time()
        seconds = self._patience.get(drawer, 0)
        if seconds:
            self._alarms[drawer] = loop.call_later(seconds, self._alarm, drawer)

    def closed(self, drawer: str, open_ms: int | None) -> None:
        """Its contact shows closed again."""
        cause = self.forget(drawer)
        self._tell(
            DrawerEvent(
                event="Closed",
                cause=cause.cause,
                drawer_id=drawer,
                transaction_id=cause.transaction_id,
                open_ms=open_ms,
            )
        )

    def forget(self, drawer: str) -> Cause:
        """Nothing is known about it any more, or it is closed. Why it was open."""
        self._open_since.pop(drawer, None)
        self._left_open.discard(drawer)
        alarm = self._alarms.pop(drawer, None)
        if alarm is not None:
            alarm.cancel()
        return self._causes.pop(drawer, Cause())

    def _alarm(self, drawer: str) -> None:
        del self._alarms[drawer]
        self._left_open.add(drawer)
        cause = self._causes.get(drawer, Cause())
        self._tell(
            DrawerEvent(
                event="LeftOpen",
                cause=cause.cause,
                drawer_id=drawer,
                transaction_id=cause.transaction_id,
                open_ms=round(self.left_open()[drawer] * 1000),
                problem=left_open_problem(drawer, self.left_open()[drawer]),
            )
        )


def left_open_problem(drawer: str, seconds: float) -> str:
    """What the clerk should do about it."""
    minutes = int(seconds // 60)
    long = f"{minutes} min" if minutes else f"{int(seconds)} s"
    return f"{drawer} has been open for {long}. Close it, or call who is responsible for it."
