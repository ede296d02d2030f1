"""What happened, for tills that ask for it by a long poll with the time of the last thing heard.

Everybody who asks has a place of his own, so a second register silences nobody. A happening is
kept well beyond one poll: an answer written to a page that was just reloaded is not lost. Scans
are the exception: an old one is never handed out.
"""

import asyncio
import collections
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from edge_daemon.clock import Clock
from edge_daemon.doors.scans import DROPPED, Tell

KEPT = 256
FRESH_SECONDS = 60.0
"""What a page that has just been loaded still gets; it does not know what it missed."""

Json = dict[str, Any]


class Happening(NamedTuple):
    """One thing that happened.

    Attributes:
        time: Seconds since 1970 UTC; each later than the one before.
        device: The configured device.
        type: What kind of device it is, in the till's words.
        is_scan: It is worth nothing when it is old.
    """

    time: float
    device: str
    type: str
    is_scan: bool
    body: Json


class Happenings:
    """The latest happenings of one door.

    Attributes:
        dropped: Scans that grew too old before anybody had heard them.
    """

    def __init__(self, door: str, clock: Clock, stale_seconds: float, tell: Tell) -> None:
        self._door = door
        self._clock = clock
        self._tell = tell
        self._stale_seconds = stale_seconds
        self._kept: collections.deque[Happening] = collections.deque(maxlen=KEPT)
        self._next = asyncio.Event()
        self._heard: set[float] = set()
        self.dropped = 0

    def add(
        self,
        device: str,
        type_: str,
        body: Json,
        *,
        is_scan: bool = False,
        replaces: bool = False,
    ) -> None:
        """Something happened; it may replace what the same device said before."""
        after = self._kept[-1].time + 0.001 if self._kept else 0.0
        time = max(self._now(), after)
        if replaces:
            for earlier in [each for each in self._kept if each.device == device]:
                self._kept.remove(earlier)
        self._kept.append(Happening(time, device, type_, is_scan, body))
        self._next.set()
        self._next = asyncio.Event()

    async def wait(
        self,
        last: float,
        wanted: Callable[[Happening], str | None],
        seconds: float,
        gone: asyncio.Event,
    ) -> tuple[Happening, str] | None:
        """Wait for the first happening after `last` that is wanted, at most so many seconds.

        Args:
            last: The time of the last one that was heard; 0 of a page that was just loaded.
            wanted: The name under which the till listens to it, or None.
            seconds: At most.
            gone: Set when the till has left.
        """
        ended = asyncio.get_running_loop().time() + seconds
        if last > self._now() + 1:  # of a clock that has been set back since
            last = 0.0
        while not gone.is_set():
            more = self._next
            for happening in self._since(last):
                if (name := wanted(happening)) is not None:
                    if happening.is_scan:
                        self._heard.add(happening.time)
                    return happening, name
            left = ended - asyncio.get_running_loop().time()
            if left <= 0:
                return None
            waits = [asyncio.ensure_future(event.wait()) for event in (more, gone)]
            try:
                await asyncio.wait(waits, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for wait in waits:
                    wait.cancel()
        return None

    def _since(self, last: float) -> list[Happening]:
        self._drop_stale_scans()
        earliest = last or self._now() - FRESH_SECONDS
        return [each for each in self._kept if each.time > earliest]

    def _drop_stale_scans(self) -> None:
        oldest = self._now() - self._stale_seconds
        stale = [each for each in self._kept if each.is_scan and each.time < oldest]
        for each in stale:
            self._kept.remove(each)
            if each.time not in self._heard:
                self._show(each)
            self._heard.discard(each.time)

    def _show(self, scan: Happening) -> None:
        """Count a scan that nobody heard, and say so on the live stream."""
        self.dropped += 1
        age_ms = round((self._now() - scan.time) * 1000)
        told = {"door": self._door, "scan_data": scan.body.get("value")}
        self._tell(DROPPED, {**told, "age_ms": age_ms, "dropped": self.dropped})

    def _now(self) -> float:
        return self._clock.now_us() / 1_000_000


def listener_of(params: Mapping[str, Any]) -> tuple[float, dict[str, str], str]:
    """The last time, the listened names, and the session of a poll; what is wrong is left out."""
    listener = params.get("listener")
    stated: Mapping[str, Any] = listener if isinstance(listener, dict) else {}
    last, devices = stated.get("last_event"), stated.get("devices")
    is_number = isinstance(last, int | float) and not isinstance(last, bool)
    names = (
        {str(name)[:128]: str(name)[:128] for name in devices} if isinstance(devices, dict) else {}
    )
    session = stated.get("session_id")
    return (
        max(float(last), 0.0) if is_number and abs(last) < 2**53 else 0.0,  # type: ignore[arg-type]  # a number
        names,
        session[:128] if isinstance(session, str) else "",
    )
