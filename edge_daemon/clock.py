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

import msgspec

SYNCHRONISED = pathlib.Path("/run/systemd/timesync/synchronized")
"""systemd-timesyncd touches this file once it has set the clock (systemd 239 and later)."""
STATE_SECONDS = 1.0
"""How long an answer about the clock is good for: every entry asks."""
BOOT_ID = pathlib.Path("/proc/sys/kernel/random/boot_id")
"""Differs from one start of the machine to the next (random(4))."""
STEP_US = 2_000_000
"""A clock that jumps by more has stepped; time services slew what is less."""
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
    """Where moments come from. Every method may be called from any thread."""

    def now_us(self) -> int:
        """Microseconds since 1970 UTC."""
        ...

    def utc_offset_min(self, moment_us: int) -> int:
        """Minutes from UTC to the shop's local time at that moment."""
        ...

    def state(self) -> ClockState:
        """How far `now_us` can be trusted."""
        ...

    def business_day(self, moment_us: int) -> str:
        """The day that this moment counts for, `YYYY-MM-DD`; after midnight it may be the last."""
        ...

    def take_step(self) -> int:
        """Microseconds by which the clock has stepped since this was last asked; 0 for none."""
        ...

    def not_before(self, moment_us: int) -> None:
        """Something happened then: a clock that is earlier by more than a breath has stepped."""
        ...

    def confirm(self, moment_us: int) -> None:
        """A person says that it is this moment now; it counts until the clock is synced."""
        ...


class SystemClock:
    """The machine's own clock in the shop's time zone.

    A clock that nobody keeps in step can be put right by a person (`confirm`). The difference is
    kept in a file, with the machine's boot, so that a restart of the daemon does not forget it.
    """

    def __init__(
        self,
        time_zone: str = "Europe/Amsterdam",
        *,
        day_starts_min: int = 0,
        confirmation: pathlib.Path | None = None,
    ) -> None:
        """Read the clock.

        Args:
            time_zone: IANA name.
            day_starts_min: Minutes after midnight at which a business day begins.
            confirmation: Where a person's confirmation is kept; nowhere where None.
        """
        self._zone = zoneinfo.ZoneInfo(time_zone)
        self._day_starts_min = day_starts_min
        self._offset_in_minute = functools.lru_cache(maxsize=16)(self._find_offset)
        self._confirmation = confirmation
        self._confirmed_us = _read_confirmation(confirmation)
        self._stepped = False
        self._seen = (self.now_us(), _uptime_us())
        self._step_us = 0
        self._in_step = False
        self._asked_at = float("-inf")

    def now_us(self) -> int:
        """Microseconds since 1970 UTC."""
        return _wall_us() + (self._confirmed_us or 0)

    def utc_offset_min(self, moment_us: int) -> int:
        """Minutes from UTC to the shop's local time, summer time included."""
        return self._offset_in_minute(moment_us // MINUTE_US)

    def business_day(self, moment_us: int) -> str:
        """The local date; before the day's first minute, that of the day before."""
        return local_date(moment_us, self.utc_offset_min(moment_us) - self._day_starts_min)

    def state(self) -> ClockState:
        """`SYNCED` while a time service (timesyncd, chrony) keeps the kernel's clock in step."""
        if self._is_in_step():
            return ClockState.SYNCED
        if self._confirmed_us is not None:
            return ClockState.CONFIRMED
        return ClockState.STEPPED if self._stepped else ClockState.FREE_RUNNING

    def take_step(self) -> int:
        """Compare the clock with the time since boot, which never steps.

        The clock may slew (500 parts in a million at most) between two calls: only what is more
        than `STEP_US` at once is a step.
        """
        self._is_in_step()  # which ends a confirmation
        now, uptime = self.now_us(), _uptime_us()
        step = (now - self._seen[0]) - (uptime - self._seen[1])
        self._seen = (now, uptime)
        if abs(step) > STEP_US:
            self._stepped = not self._in_step
            self._step_us += step
        step, self._step_us = self._step_us, 0
        return step

    def not_before(self, moment_us: int) -> None:
        """Count it as a step if the clock has fallen behind that moment."""
        behind = self.now_us() - moment_us
        if behind < -STEP_US:
            self._stepped = True
            self._step_us += behind

    def confirm(self, moment_us: int) -> None:
        """Go on from that moment until the clock is synced, or the machine starts again."""
        self._confirmed_us = moment_us - _wall_us()
        _write_confirmation(self._confirmation, self._confirmed_us)

    def _is_in_step(self) -> bool:
        now = time.monotonic()
        if now - self._asked_at > STATE_SECONDS:
            self._asked_at = now
            self._in_step = SYNCHRONISED.exists() or _kernel_clock_in_step()
            if self._in_step:
                self._stepped = False
                self._end_confirmation()
        return self._in_step

    def _end_confirmation(self) -> None:
        if self._confirmed_us is not None:
            self._confirmed_us = None
            if self._confirmation is not None:
                self._confirmation.unlink(missing_ok=True)

    def _find_offset(self, minute: int) -> int:
        offset = utc_datetime(minute * MINUTE_US).astimezone(self._zone).utcoffset()
        return int(offset.total_seconds()) // 60 if offset else 0


class _Confirmation(msgspec.Struct):
    """What a person said, and in which life of the machine."""

    boot_id: str
    difference_us: int


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


def _wall_us() -> int:
    return time.time_ns() // 1000


def _uptime_us() -> int:
    """Since boot, suspension included; nobody can set it."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1000


def _boot_id() -> str:
    return BOOT_ID.read_text(encoding="ascii").strip()


def _read_confirmation(path: pathlib.Path | None) -> int | None:
    """What was confirmed since the machine was started; None where nothing was."""
    if path is None:
        return None
    try:
        kept = msgspec.json.decode(path.read_bytes(), type=_Confirmation)
        return kept.difference_us if kept.boot_id == _boot_id() else None
    except (OSError, msgspec.MsgspecError):
        return None


def _write_confirmation(path: pathlib.Path | None, difference_us: int) -> None:
    if path is not None:
        draft = path.with_name(f"{path.name}.new")
        draft.write_bytes(msgspec.json.encode(_Confirmation(_boot_id(), difference_us)))
        draft.replace(path)


def _kernel_clock_in_step() -> bool:
    """Ask the kernel; a hardened unit may not (ProtectClock=), and then the file above speaks."""
    question = ctypes.create_string_buffer(TIMEX_SIZE)
    answer: int = _libc.adjtimex(question)
    return answer not in (-1, TIME_ERROR)


_libc = ctypes.CDLL(None)
