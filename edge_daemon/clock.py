"""The wall clock, and how far it can be trusted.

The Pi has no clock of its own: after a power cut it may start in the past. Order comes from
`seq`, never from here. Deadlines are the event loop's (`loop.time()`), which never steps; this
module alone reads the wall clock, so that tests inject another one.
"""

import ctypes
import datetime as dt
import enum
import functools
import pathlib
import time
import zoneinfo
from typing import Protocol

SYNCHRONISED = pathlib.Path("/run/systemd/timesync/synchronized")
"""systemd-timesyncd touches this file once it has set the clock (systemd 239 and later)."""
STATE_SECONDS = 1.0
"""How long an answer about the clock is good for: every entry asks."""
MINUTE_US = 60_000_000
"""Clocks are put forward and back on full minutes only."""
DAY_MINUTES = 1440
TIMEX_SIZE = 208
"""Bytes of `struct timex` on 64-bit Linux (adjtimex(2)); all zeros asks and changes nothing."""
TIME_ERROR = 5
"""What adjtimex(2) returns while no time service keeps the clock in step."""


class ClockState(enum.StrEnum):
    """How far a moment can be trusted (the journal's `clock_state`)."""

    SYNCED = "synced"
    CONFIRMED = "confirmed"
    FREE_RUNNING = "free_running"
    STEPPED = "stepped"


class Clock(Protocol):
    """Where moments come from."""

    def now_us(self) -> int:
        """Microseconds since 1970 UTC."""
        ...

    def utc_offset_min(self, moment_us: int) -> int:
        """Minutes from UTC to the shop's local time at that moment."""
        ...

    def state(self) -> ClockState:
        """How far `now_us` can be trusted."""
        ...


class SystemClock:
    """The machine's own clock in the shop's time zone."""

    def __init__(self, time_zone: str = "Europe/Amsterdam") -> None:
        self._zone = zoneinfo.ZoneInfo(time_zone)
        self._offset_in_minute = functools.lru_cache(maxsize=16)(self._find_offset)
        self._state = ClockState.FREE_RUNNING
        self._asked_at = float("-inf")

    def now_us(self) -> int:
        """Microseconds since 1970 UTC."""
        return time.time_ns() // 1000

    def utc_offset_min(self, moment_us: int) -> int:
        """Minutes from UTC to the shop's local time, summer time included."""
        return self._offset_in_minute(moment_us // MINUTE_US)

    def state(self) -> ClockState:
        """`SYNCED` while a time service (timesyncd, chrony) keeps the kernel's clock in step."""
        now = time.monotonic()
        if now - self._asked_at > STATE_SECONDS:
            self._asked_at = now
            in_step = SYNCHRONISED.exists() or _kernel_clock_in_step()
            self._state = ClockState.SYNCED if in_step else ClockState.FREE_RUNNING
        return self._state

    def _find_offset(self, minute: int) -> int:
        offset = utc_datetime(minute * MINUTE_US).astimezone(self._zone).utcoffset()
        return int(offset.total_seconds()) // 60 if offset else 0


def utc_datetime(moment_us: int) -> dt.datetime:
    """The moment as an aware datetime in UTC."""
    return dt.datetime.fromtimestamp(0, dt.UTC) + dt.timedelta(microseconds=moment_us)


def local_datetime(moment_us: int, utc_offset_min: int) -> dt.datetime:
    """The moment as an aware datetime at that offset."""
    zone = dt.timezone(dt.timedelta(minutes=utc_offset_min))
    return utc_datetime(moment_us).astimezone(zone)


def local_date(moment_us: int, utc_offset_min: int) -> str:
    """The date at that offset, `YYYY-MM-DD`."""
    return _date_of_day((moment_us // MINUTE_US + utc_offset_min) // DAY_MINUTES)


@functools.lru_cache(maxsize=4)
def _date_of_day(day: int) -> str:
    return (dt.date(1970, 1, 1) + dt.timedelta(days=day)).isoformat()


def _kernel_clock_in_step() -> bool:
    """Ask the kernel; a hardened unit may not (ProtectClock=), and then the file above speaks."""
    question = ctypes.create_string_buffer(TIMEX_SIZE)
    answer: int = _libc.adjtimex(question)
    return answer not in (-1, TIME_ERROR)


_libc = ctypes.CDLL(None)
