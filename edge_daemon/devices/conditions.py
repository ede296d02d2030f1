"""Which changes of a device are worth an entry in the journal: those that last.

A cable that loses contact for a second is news for the live stream and nothing for seven years of
records. A condition is recorded when it has held for a while, and only if it differs from the one
recorded before.
"""

import asyncio
from collections.abc import Callable

from edge_daemon.devices.states import DeviceState, Readiness

_UNREACHABLE = {
    "payment_terminal": "terminal_unreachable",
    "scanner": "unplugged",
    "card_reader": "unplugged",
}
"""The journal's word for a device of this family that is gone; `offline` for all others."""
HEALTHY = "online"
RECOVERED = "recovered"

Record = Callable[[DeviceState, str], None]
"""Called with a device's state and the journal's word for its condition (`DeviceEvent.state`)."""


def condition(state: DeviceState) -> str | None:
    """The journal's word for what state the device is in; None when nothing is known yet."""
    if state.state is Readiness.OPENING:
        return None
    detail = state.detail or {}
    if state.state is not Readiness.ONLINE:
        return _UNREACHABLE.get(state.family, "offline")
    if detail.get("cover_open"):
        return "cover_open"
    if detail.get("rec_empty"):
        return "paper_out"
    if detail.get("error"):
        return "offline"
    return "paper_low" if detail.get("rec_near_end") else HEALTHY


class LastingConditions:
    """Watches one device and records what has held for `seconds`."""

    def __init__(self, seconds: float, record: Record) -> None:
        self._seconds = seconds
        self._record = record
        self._recorded: str | None = None
        self._seen: str | None = None
        self._timer: asyncio.TimerHandle | None = None

    def note(self, state: DeviceState) -> None:
        """The device is in this state from now on."""
        seen = condition(state)
        if seen == self._seen:
            return
        self._seen = seen
        self.stop()
        if seen is not None and seen != self._recorded:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self._seconds, self._it_has_lasted, state, seen)

    def stop(self) -> None:
        """Forget what has not lasted long enough yet."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _it_has_lasted(self, state: DeviceState, seen: str) -> None:
        was_ill = self._recorded not in (None, HEALTHY)
        self._recorded = seen
        self._record(state, RECOVERED if seen == HEALTHY and was_ill else seen)
