import datetime as dt
import pathlib
import time

import pytest

from edge_daemon import clock as module
from edge_daemon.clock import ClockState, SystemClock, utc_datetime

HOUR_US = 3_600_000_000
NOON_UTC = 1_795_262_400_000_000
"""2026-11-21 12:00 UTC."""


class Machine:
    """The machine's clocks, set by hand."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.wall = NOON_UTC
        self.uptime = 0
        self.synced = False
        monkeypatch.setattr(module, "_wall_us", lambda: self.wall)
        monkeypatch.setattr(module, "_uptime_us", lambda: self.uptime)
        monkeypatch.setattr(module, "_kernel_clock_in_step", lambda: self.synced)
        monkeypatch.setattr(module, "SYNCHRONISED", pathlib.Path("/nowhere"))
        monkeypatch.setattr(module, "STATE_SECONDS", -1.0)

    def run(self, microseconds: int) -> None:
        self.wall += microseconds
        self.uptime += microseconds


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(monkeypatch)


def test_noon_is_noon() -> None:
    assert utc_datetime(NOON_UTC).isoformat() == "2026-11-21T12:00:00+00:00"


@pytest.mark.usefixtures("machine")
def test_a_clock_that_nobody_keeps_runs_free() -> None:
    assert SystemClock().state() is ClockState.FREE_RUNNING


def test_time_that_passes_is_no_step(machine: Machine) -> None:
    clock = SystemClock()
    for _ in range(5):
        machine.run(HOUR_US)
        assert clock.take_step() == 0
    machine.wall += 1_900_000
    assert clock.take_step() == 0


@pytest.mark.parametrize("jump", [3_000_000, -3_000_000, 40 * 365 * 24 * HOUR_US])
def test_a_jump_is_a_step_and_told_once(machine: Machine, jump: int) -> None:
    clock = SystemClock()
    machine.run(HOUR_US)
    machine.wall += jump
    assert clock.take_step() == jump
    assert clock.take_step() == 0
    assert clock.state() is ClockState.STEPPED


def test_a_clock_that_a_time_service_puts_right_is_synced_at_once(machine: Machine) -> None:
    clock = SystemClock()
    machine.synced = True
    machine.wall += HOUR_US
    assert clock.take_step() == HOUR_US
    assert clock.state() is ClockState.SYNCED
    machine.synced = False
    assert clock.state() is ClockState.FREE_RUNNING


@pytest.mark.usefixtures("machine")
def test_a_clock_behind_the_last_entry_has_stepped_back() -> None:
    clock = SystemClock()
    clock.not_before(NOON_UTC + HOUR_US)
    assert clock.take_step() == -HOUR_US
    assert clock.state() is ClockState.STEPPED
    clock.not_before(NOON_UTC - HOUR_US)
    assert clock.take_step() == 0


def test_a_person_puts_the_clock_right_until_it_is_synced(
    machine: Machine, tmp_path: pathlib.Path
) -> None:
    clock = SystemClock(confirmation=tmp_path / "confirmed.json")
    clock.confirm(NOON_UTC + 5 * HOUR_US)
    assert clock.state() is ClockState.CONFIRMED
    machine.run(HOUR_US)
    assert clock.now_us() == NOON_UTC + 6 * HOUR_US
    assert clock.take_step() == 5 * HOUR_US
    machine.wall, machine.synced = NOON_UTC + 6 * HOUR_US, True
    assert clock.take_step() == 0, "it was right, and goes on"
    assert clock.state() is ClockState.SYNCED
    assert clock.now_us() == machine.wall
    assert list(tmp_path.iterdir()) == []


def test_a_restart_of_the_daemon_keeps_what_was_confirmed_and_one_of_the_machine_does_not(
    machine: Machine, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "confirmed.json"
    SystemClock(confirmation=path).confirm(NOON_UTC + HOUR_US)
    machine.run(60_000_000)
    again = SystemClock(confirmation=path)
    assert again.state() is ClockState.CONFIRMED
    assert again.now_us() == NOON_UTC + HOUR_US + 60_000_000
    assert again.take_step() == 0
    monkeypatch.setattr(module, "_boot_id", lambda: "another life")
    assert SystemClock(confirmation=path).state() is ClockState.FREE_RUNNING


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff"])
def test_a_damaged_confirmation_is_none(
    machine: Machine, tmp_path: pathlib.Path, content: bytes
) -> None:
    path = tmp_path / "confirmed.json"
    path.write_bytes(content)
    assert SystemClock(confirmation=path).now_us() == machine.wall


@pytest.mark.parametrize(
    ("starts", "local", "day"),
    [
        (0, "2026-11-21T23:59:00+01:00", "2026-11-21"),
        (0, "2026-11-22T00:00:00+01:00", "2026-11-22"),
        (240, "2026-11-22T03:59:59+01:00", "2026-11-21"),
        (240, "2026-11-22T04:00:00+01:00", "2026-11-22"),
        (240, "2026-07-01T03:59:00+02:00", "2026-06-30"),
    ],
)
def test_a_business_day_begins_when_the_shop_says(starts: int, local: str, day: str) -> None:
    moment = int(dt.datetime.fromisoformat(local).timestamp()) * 1_000_000
    assert SystemClock(day_starts_min=starts).business_day(moment) == day


def test_the_real_clocks_are_read() -> None:
    clock = SystemClock()
    assert abs(clock.now_us() * 1000 - time.time_ns()) < 1_000_000_000
    assert clock.take_step() == 0
