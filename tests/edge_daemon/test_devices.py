import asyncio
import contextlib
import importlib
import itertools
import json
import pathlib
import sys
import textwrap
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from types import ModuleType
from typing import Any

import msgspec
import pytest

import drivers.scanner
from drivers.cash_drawer import DrawerOpened
from drivers.errors import OfflineError, Outcome
from drivers.payment_terminal import (
    LateResult,
    PaymentRequest,
    PaymentResult,
    Phase,
    PhaseChanged,
)
from drivers.pos_printer import PrinterStatus, StatusChanged
from drivers.scanner import Scan
from edge_daemon.clock import SystemClock
from edge_daemon.config import DeviceConfig, load_configuration
from edge_daemon.devices import Devices, DeviceState, Patience, Readiness
from edge_daemon.devices.conditions import LastingConditions
from edge_daemon.devices.keeper import Keeper
from edge_daemon.devices.news import published, said
from edge_daemon.errors import NotFoundError
from edge_daemon.events import EventStream
from simulators.payment_terminal import PaymentTerminal
from simulators.pos_printer import PosPrinter
from simulators.scanner import Scanner
from tests.shifting_loop import advance

HEAD = """
[edge]
id = "edge-1"
organization = "org"
store = "store"
[api]
token = "0123456789abcdef"
[shop]
name = "Shop"
"""

QUICK = Patience(
    first_retry=0.01, last_retry=0.05, open=0.2, close=0.2, exit=0.2, lasting=3.0, steady=0.5
)

HANGS_IN_ITS_LANE = """
    import asyncio, threading
    from drivers.lane import Lane
    from drivers.settings import DeviceSettings

    released = threading.Event()
    opened = 0

    class Settings(DeviceSettings, frozen=True, kw_only=True):
        pass

    async def open_device(name, settings, devices):
        global opened
        opened += 1
        lane = Lane(name)
        try:
            await lane.run(released.wait)
        finally:
            lane.close()
        return Device()

    class Device:
        async def events(self):
            await asyncio.Event().wait()
            yield

        async def close(self):
            pass
"""

FAILS = """
    import asyncio
    from drivers.settings import DeviceSettings

    opened = 0

    class Settings(DeviceSettings, frozen=True, kw_only=True):
        where: str

    async def open_device(name, settings, devices):
        global opened
        opened += 1
        if opened <= 2 and settings.where == "open":
            raise ZeroDivisionError("a bug")
        return Device(settings.where if opened <= 2 else "nowhere")

    class Device:
        def __init__(self, where):
            self.where = where

        async def events(self):
            if self.where == "events":
                raise ZeroDivisionError("a bug")
            if self.where == "close":
                return
            await asyncio.Event().wait()
            yield

        async def close(self):
            if self.where == "close":
                raise ZeroDivisionError("a bug")
            if self.where == "hang":
                await asyncio.Event().wait()
"""


class Counter:
    def __init__(self, configs: Sequence[DeviceConfig], patience: Patience) -> None:
        clock = SystemClock()
        self.stream = EventStream(clock)
        self.news = self.stream.subscribe()
        self.recorded: list[tuple[str, str]] = []
        self._recorded_more = asyncio.Event()
        self.devices = Devices(
            configs,
            clock=clock,
            publish=self.stream.publish,
            record=self._record,
            patience=patience,
        )

    def _record(self, state: DeviceState, condition: str) -> None:
        self.recorded.append((state.name, condition))
        self._recorded_more.set()

    async def until_recorded(self, count: int) -> None:
        async with asyncio.timeout(5):
            while len(self.recorded) < count:
                self._recorded_more.clear()
                await self._recorded_more.wait()

    async def next(self, kind: str, device: str) -> Any:
        async with asyncio.timeout(5):
            async for message in self.news:
                event = json.loads(message.text)
                if (event["type"], event["device"]) == (kind, device):
                    return event["data"]
        raise AssertionError("the stream has ended")

    async def wait_for(self, name: str, true: Callable[[DeviceState], object]) -> DeviceState:
        arrived = asyncio.Event()
        with contextlib.ExitStack() as stack:
            stack.callback(self.devices.subscribe_states(lambda _: arrived.set()))
            async with asyncio.timeout(5):
                while not true(self.devices.state(name)):
                    arrived.clear()
                    await arrived.wait()
        return self.devices.state(name)


@contextlib.asynccontextmanager
async def counter(
    tmp_path: pathlib.Path, *tables: str, patience: Patience = QUICK
) -> AsyncIterator[Counter]:
    path = tmp_path / "edge-daemon.toml"
    path.write_text(HEAD + "\n".join(tables))
    kept = Counter(load_configuration(path).devices, patience)
    running = asyncio.create_task(kept.devices.run())
    try:
        yield kept
    finally:
        running.cancel()
        async with asyncio.timeout(3):
            await asyncio.wait({running})
    assert running.cancelled()


@pytest.fixture
def odd_driver(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], ModuleType]]:
    folder = tmp_path / "more_drivers"
    folder.mkdir()
    monkeypatch.setattr(drivers.scanner, "__path__", [*drivers.scanner.__path__, str(folder)])

    def write(source: str) -> ModuleType:
        (folder / "odd.py").write_text(textwrap.dedent(source))
        return importlib.import_module("drivers.scanner.odd")

    yield write
    sys.modules.pop("drivers.scanner.odd", None)


def odd(name: str, **keys: str) -> str:
    lines = [f'{key} = "{value}"' for key, value in keys.items()]
    return "\n".join(["[[scanner]]", f'name = "{name}"', 'driver = "odd"', *lines])


async def test_every_configured_device_is_opened_with_what_it_needs(
    tmp_path: pathlib.Path,
) -> None:
    async with (
        PosPrinter("receipt") as printer,
        Scanner("scanner", tmp_path) as scanner,
        counter(tmp_path, printer.toml(), scanner.toml()) as kept,
    ):
        for name in ("receipt", "drawer", "scanner"):
            state = await kept.devices.wait_until_online(name)
            assert state.state is Readiness.ONLINE
            assert state.reason is None
            assert state.reopened == 0
        assert kept.devices.pos_printer("receipt").columns == printer.model.columns
        assert await kept.devices.cash_drawer("drawer").drawer_opened() is False
        assert kept.devices.state("drawer").detail == {"drawer_opened": False}
        assert [state.name for state in kept.devices.states()][-1] == "drawer"


async def test_a_printer_that_is_switched_off_takes_its_drawer_along_and_brings_it_back(
    tmp_path: pathlib.Path,
) -> None:
    async with PosPrinter("receipt") as printer, counter(tmp_path, printer.toml()) as kept:
        await kept.devices.wait_until_online("drawer")
        await printer.hand("power_off")
        for name in ("receipt", "drawer"):
            state = await kept.devices.wait_until(name, Readiness.OFFLINE)
            assert state.reason is not None
            assert "printer" in state.reason
        with pytest.raises(OfflineError, match="printer") as caught:
            kept.devices.pos_printer("receipt")
        assert caught.value.outcome is Outcome.NOT_DONE
        with pytest.raises(OfflineError):
            kept.devices.cash_drawer("drawer")
        await printer.hand("power_on")
        for name in ("receipt", "drawer"):
            state = await kept.wait_for(
                name, lambda state: state.state is Readiness.ONLINE and state.reopened
            )
        await kept.devices.cash_drawer("drawer").open_drawer()
        assert len(printer.drawer_pulses) == 1


async def test_a_scanner_that_was_unplugged_scans_again_when_it_is_back(
    tmp_path: pathlib.Path,
) -> None:
    async with (
        Scanner("scanner", tmp_path) as scanner,
        counter(tmp_path, scanner.toml()) as kept,
    ):
        await kept.devices.wait_until_online("scanner")
        await scanner.hand("unplug")
        await kept.devices.wait_until("scanner", Readiness.OFFLINE)
        await scanner.hand("plug_in")
        await kept.devices.wait_until_online("scanner")
        await scanner.hand("scan", data="8711000000007")
        scan = await kept.next("scan", "scanner")
        assert scan["gtin"] == "08711000000007"
        assert "type" not in scan


async def test_rooms_hear_every_event_until_they_unsubscribe(tmp_path: pathlib.Path) -> None:
    heard: list[tuple[str, str, object]] = []

    def fail(*_: object) -> None:
        raise ZeroDivisionError("a bug")

    async with (
        Scanner("scanner", tmp_path) as scanner,
        counter(tmp_path, scanner.toml()) as kept,
    ):
        await kept.devices.wait_until_online("scanner")
        kept.devices.subscribe_events(fail)
        stop = kept.devices.subscribe_events(lambda *event: heard.append(event))
        for data in ("first", "second"):
            await scanner.hand("scan", data=data)
            await kept.next("scan", "scanner")
            stop()
            stop = lambda: None  # noqa: E731 - only once
    assert heard == [("scanner", "scanner", Scan("first"))]


async def test_an_open_cover_is_told_and_the_printer_stays_online(tmp_path: pathlib.Path) -> None:
    async with PosPrinter("receipt") as printer, counter(tmp_path, printer.toml()) as kept:
        await kept.devices.wait_until_online("receipt")
        await printer.hand("open_cover")
        state = await kept.wait_for("receipt", lambda state: state.reason)
        assert state.state is Readiness.ONLINE
        assert state.reason == "Close the printer cover."
        assert state.detail is not None
        assert state.detail["cover_open"] is True
        assert kept.devices.pos_printer("receipt")
        while (changed := await kept.next("device_changed", "receipt"))["reason"] != state.reason:
            pass
        assert changed["detail"]["cover_open"] is True
        await printer.hand("close_cover")
        assert (await kept.wait_for("receipt", lambda state: not state.reason)).reopened == 0


async def test_a_drawer_opened_by_its_key_is_news(tmp_path: pathlib.Path) -> None:
    async with PosPrinter("receipt") as printer, counter(tmp_path, printer.toml()) as kept:
        await kept.devices.wait_until_online("drawer")
        await printer.hand("open_drawer_by_key")
        assert await kept.next("drawer_opened", "drawer") == {"commanded": False}
        assert kept.devices.state("drawer").detail == {"drawer_opened": True}


async def test_a_terminal_tells_how_far_a_payment_is_and_comes_back_after_a_power_cut(
    tmp_path: pathlib.Path,
) -> None:
    async def commit(_: PaymentResult) -> None:
        pass

    async with (
        PaymentTerminal(auto=True) as terminal,
        counter(tmp_path, terminal.toml()) as kept,
    ):
        await kept.devices.wait_until_online("terminal")
        request = PaymentRequest(payment_id="p", amount=1234, currency="EUR")
        result = await kept.devices.payment_terminal("terminal").payment(request, commit)
        assert result.approved
        assert (await kept.next("phase_changed", "terminal"))["phase"] == "started"
        await terminal.hand("power_cut")
        await kept.wait_for(
            "terminal", lambda state: state.state is Readiness.ONLINE and state.reopened
        )


async def test_a_device_that_is_not_there_delays_no_other(tmp_path: pathlib.Path) -> None:
    async with PosPrinter("receipt") as printer:
        toml = printer.toml()
    async with (
        Scanner("scanner", tmp_path) as scanner,
        counter(tmp_path, toml, scanner.toml()) as kept,
    ):
        await kept.devices.wait_until_online("scanner")
        state = await kept.devices.wait_until("receipt", Readiness.OFFLINE)
        assert state.reason is not None
        assert "cannot be reached" in state.reason
        drawer = await kept.devices.wait_until("drawer", Readiness.OFFLINE)
        assert drawer.reason == state.reason


async def test_a_hung_driver_is_stuck_never_opened_twice_and_delays_nobody(
    tmp_path: pathlib.Path, odd_driver: Callable[[str], ModuleType]
) -> None:
    driver = odd_driver(HANGS_IN_ITS_LANE)
    async with (
        Scanner("scanner", tmp_path) as scanner,
        counter(tmp_path, odd("hung"), scanner.toml()) as kept,
    ):
        await kept.devices.wait_until_online("scanner")
        with pytest.raises(OfflineError, match="just being opened"):
            kept.devices.scanner("hung")
        advance(QUICK.open)
        state = await kept.devices.wait_until("hung", Readiness.STUCK)
        assert state.reason == "hung does not react. Switch it off and on again."
        advance(3600)
        await scanner.hand("scan", data="goes on")
        await kept.next("scan", "scanner")
        assert driver.opened == 1
        driver.released.set()
        await kept.devices.wait_until_online("hung")
        assert driver.opened == 1


async def test_a_hung_driver_does_not_keep_the_daemon_from_its_exit(
    tmp_path: pathlib.Path, odd_driver: Callable[[str], ModuleType]
) -> None:
    driver = odd_driver(HANGS_IN_ITS_LANE)
    try:
        async with counter(tmp_path, odd("hung")) as kept:
            advance(QUICK.open)
            await kept.devices.wait_until("hung", Readiness.STUCK)
    finally:
        driver.released.set()


async def test_a_device_that_does_not_close_does_not_keep_the_daemon_from_its_exit(
    tmp_path: pathlib.Path, odd_driver: Callable[[str], ModuleType]
) -> None:
    odd_driver(FAILS)
    async with counter(tmp_path, odd("odd", where="hang")) as kept:
        await kept.devices.wait_until_online("odd")


@pytest.mark.parametrize("where", ["open", "events", "close"])
async def test_a_bug_in_a_driver_is_logged_and_the_device_tried_again(
    tmp_path: pathlib.Path,
    odd_driver: Callable[[str], ModuleType],
    caplog: pytest.LogCaptureFixture,
    where: str,
) -> None:
    driver = odd_driver(FAILS)
    async with counter(tmp_path, odd("odd", where=where)) as kept:
        await kept.wait_for(
            "odd", lambda state: state.state is Readiness.ONLINE and driver.opened == 3
        )
    assert "ZeroDivisionError: a bug" in caplog.text


async def test_an_unknown_device_says_which_there_are(tmp_path: pathlib.Path) -> None:
    async with Scanner("scanner", tmp_path) as scanner:
        toml = scanner.toml()
    async with counter(tmp_path, toml) as kept:
        with pytest.raises(NotFoundError, match=r'"scaner"\. Did you mean "scanner"'):
            kept.devices.state("scaner")
        with pytest.raises(NotFoundError, match='"scanner" is a scanner, not a pos_printer'):
            kept.devices.pos_printer("scanner")


async def test_what_lasts_is_recorded_in_the_journals_words(tmp_path: pathlib.Path) -> None:
    soon = msgspec.structs.replace(QUICK, lasting=0.05)
    async with (
        Scanner("scanner", tmp_path) as scanner,
        counter(tmp_path, scanner.toml(), patience=soon) as kept,
    ):
        await kept.until_recorded(1)
        await scanner.hand("unplug")
        await kept.until_recorded(2)
        await scanner.hand("plug_in")
        await kept.until_recorded(3)
    assert kept.recorded == [
        ("scanner", "online"),
        ("scanner", "unplugged"),
        ("scanner", "recovered"),
    ]


async def test_a_loose_contact_is_not_recorded() -> None:
    recorded: list[str] = []
    conditions = LastingConditions(3.0, lambda _, condition: recorded.append(condition))
    online = DeviceState(name="d", family="scanner", driver="x", state=Readiness.ONLINE, since_us=0)
    offline = msgspec.structs.replace(online, state=Readiness.OFFLINE)
    conditions.note(online)
    await pass_time(3.0)
    for _ in range(5):
        conditions.note(offline)
        await pass_time(2.9)
        conditions.note(online)
        await pass_time(0.2)
    assert recorded == ["online"]
    conditions.note(offline)
    await pass_time(3.0)
    conditions.note(online)
    await pass_time(3.0)
    assert recorded == ["online", "unplugged", "recovered"]


async def pass_time(seconds: float) -> None:
    advance(seconds)
    for _ in range(3):
        await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("family", "state", "detail", "word"),
    [
        ("pos_printer", Readiness.OFFLINE, None, "offline"),
        ("pos_printer", Readiness.STUCK, None, "offline"),
        ("payment_terminal", Readiness.OFFLINE, None, "terminal_unreachable"),
        ("scanner", Readiness.OFFLINE, None, "unplugged"),
        ("pos_printer", Readiness.ONLINE, {"rec_near_end": True}, "paper_low"),
        ("pos_printer", Readiness.ONLINE, {"rec_empty": True, "rec_near_end": True}, "paper_out"),
        ("pos_printer", Readiness.ONLINE, {"cover_open": True, "rec_empty": True}, "cover_open"),
        ("pos_printer", Readiness.ONLINE, {"error": "The cutter is jammed."}, "offline"),
        ("pos_printer", Readiness.ONLINE, {}, "online"),
    ],
)
async def test_conditions_have_the_journals_words(
    family: str, state: Readiness, detail: dict[str, Any] | None, word: str
) -> None:
    recorded = []
    conditions = LastingConditions(3.0, lambda _, condition: recorded.append(condition))
    opening = DeviceState(name="d", family=family, driver="x", state=Readiness.OPENING, since_us=0)
    conditions.note(opening)
    conditions.note(msgspec.structs.replace(opening, state=state, detail=detail))
    await pass_time(3.0)
    assert recorded == [word]


async def test_tries_become_rarer_up_to_a_limit_and_are_spread() -> None:
    patience = Patience(first_retry=0.25, last_retry=10.0)
    config = DeviceConfig(name="d", family="scanner", driver="x", settings=Any)  # type: ignore[arg-type]  # never opened
    keeper = Keeper(config, [], SystemClock(), patience, desk=Any)  # type: ignore[arg-type]  # never reports
    delays = list(itertools.islice(keeper._delays(), 12))
    for delay, most in zip(delays, [0.25, 0.5, 1, 2, 4, 8, 10, 10, 10, 10, 10, 10], strict=True):
        assert most / 2 <= delay <= most
    assert len(set(delays)) == len(delays)


def test_a_result_that_came_late_is_not_for_every_register() -> None:
    result = PaymentResult(approved=True, requested_amount=100, currency="EUR")
    assert published(LateResult(result)) is None
    assert published(StatusChanged(PrinterStatus(online=True))) is None
    assert published(PhaseChanged(Phase.PIN_ENTRY)) == ("phase_changed", {"phase": "pin_entry"})
    assert published(DrawerOpened(commanded=True)) == ("drawer_opened", {"commanded": True})
    assert said(LateResult(result)) is None


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (PrinterStatus(online=True), None),
        (PrinterStatus(online=False, cover_open=True, rec_empty=True), "Close the printer cover."),
        (
            PrinterStatus(online=False, rec_empty=True, rec_near_end=True),
            "Put a new paper roll into the printer.",
        ),
        (PrinterStatus(online=True, rec_near_end=True), "The paper roll is nearly used up."),
        (PrinterStatus(online=False, error="The cutter is jammed."), "The cutter is jammed."),
    ],
)
def test_a_printers_state_says_what_a_hand_has_to_do(
    status: PrinterStatus, reason: str | None
) -> None:
    news = said(StatusChanged(status))
    assert news is not None
    assert news.reason == reason
