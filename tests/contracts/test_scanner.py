"""What every scanner driver does, shown against its simulator."""

import asyncio
import importlib
import logging
import os
import threading
import tomllib
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from drivers.errors import ErrorCode, OfflineError, Outcome, UnsupportedError
from drivers.scanner import Scan, Scanner
from simulators import scanner as simulated
from simulators.held_scanner import HeldScanner
from simulators.hid import HidScanner
from simulators.hid.device import REPORTS
from simulators.hid_keyboard_scanner import HidKeyboardScanner
from simulators.hid_pos_scanner import HidPosScanner
from tests.shifting_loop import hurry

EAN = "8711000000007"
REPLUGS = 30
GAP = 5.0
"""Of a silence; tests let it pass faster."""

Simulator = simulated.Scanner | HidKeyboardScanner | HidPosScanner
SIMULATORS: dict[str, Callable[[Path], Simulator]] = {
    "serial": lambda path: simulated.Scanner("counter", path),
    "hid_keyboard": lambda _: HidKeyboardScanner("counter"),
    "hid_pos": lambda _: HidPosScanner("counter"),
}


@pytest.fixture(params=SIMULATORS)
async def simulator(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Simulator]:
    async with SIMULATORS[request.param](tmp_path) as simulator:
        yield simulator


@pytest.fixture
async def scanner(simulator: Simulator) -> AsyncIterator[Scanner]:
    scanner = await open_configured(simulator)
    yield scanner
    await scanner.close()


async def open_configured(simulator: HeldScanner, **changes: object) -> Scanner:
    """Open the driver that the simulator's own TOML names."""
    (table,) = tomllib.loads(simulator.toml())["scanner"]
    driver = importlib.import_module(f"drivers.scanner.{table.pop('driver')}")
    name = table.pop("name")
    settings = msgspec.convert(table | changes, driver.Settings)
    scanner: Scanner = await driver.open_device(name, settings, {})
    return scanner


async def delivered(simulator: HeldScanner) -> None:
    """Wait until the host has fetched every report; a line needs no fetching."""
    while isinstance(simulator, HidScanner) and not simulator.device.fetched(REPORTS):  # noqa: ASYNC110
        await asyncio.sleep(0)


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - counts, and opens one itself


async def take(scans: AsyncIterator[Scan], count: int = 1) -> list[Scan]:
    return [await anext(scans) for _ in range(count)]


class Dropped(logging.Handler):
    """Lets a test await that the driver has dropped something."""

    def __init__(self) -> None:
        super().__init__()
        self.happened = asyncio.Event()

    def emit(self, record: logging.LogRecord) -> None:
        if "dropped" in record.getMessage():
            self.happened.set()


@pytest.fixture
def dropped() -> Iterator[Dropped]:
    handler = Dropped()
    logger = logging.getLogger("drivers.scanner")
    logger.addHandler(handler)
    yield handler
    logger.removeHandler(handler)


async def test_scan_is_told_with_its_gtin(simulator: Simulator, scanner: Scanner) -> None:
    scans = scanner.events()
    await simulator.hand("scan", data=EAN)
    assert await take(scans) == [Scan(scan_data=EAN, gtin="08711000000007")]


async def test_scan_data_are_unchanged_and_the_symbology_is_told(
    simulator: Simulator, scanner: Scanner
) -> None:
    scans = scanner.events()
    await simulator.hand("scan", data=EAN, symbology="E0")
    assert await take(scans) == [Scan(scan_data=f"]E0{EAN}", symbology="E0", gtin="08711000000007")]


async def test_separators_of_gs1_data_survive(simulator: Simulator, scanner: Scanner) -> None:
    scans = scanner.events()
    data = "0109506000134352172612311012AB\x1d21X"
    await simulator.hand("scan", data=data, symbology="d2")
    (scan,) = await take(scans)
    assert scan.scan_data == f"]d2{data}"
    assert (scan.lot, scan.serial, scan.expiry) == ("12AB", "X", "2026-12-31")


async def test_misread_code_is_told_with_its_problem(
    simulator: Simulator, scanner: Scanner
) -> None:
    scans = scanner.events()
    await simulator.hand("scan", data="8711000000005")
    (scan,) = await take(scans)
    assert scan.gtin is None
    assert scan.problem


async def test_text_that_is_no_ascii_survives(simulator: Simulator, scanner: Scanner) -> None:
    scans = scanner.events()
    await simulator.hand("scan", data="café €5")
    assert (await take(scans))[0].scan_data == "café €5"


async def test_many_scans_in_a_row_keep_their_order(simulator: Simulator, scanner: Scanner) -> None:
    scans = scanner.events()
    sent = [f"ROW{number:04}" for number in range(200)]
    for data in sent:
        await simulator.hand("scan", data=data)
    assert [scan.scan_data for scan in await take(scans, 200)] == sent


async def test_stuck_trigger_loses_no_scan(simulator: Simulator, scanner: Scanner) -> None:
    scans = scanner.events()
    simulator.faults.switch("burst", on=True)
    await simulator.hand("scan", data=EAN)
    assert {scan.scan_data for scan in await take(scans, simulated.BURST)} == {EAN}


async def test_two_subscribers_get_every_scan(simulator: Simulator, scanner: Scanner) -> None:
    first, second = scanner.events(), scanner.events()
    await simulator.hand("scan", data=EAN)
    assert await take(first) == await take(second)


@pytest.mark.parametrize("fault", ["half_message", "no_suffix"])
async def test_unfinished_scan_is_dropped_and_the_next_one_read(
    simulator: Simulator, dropped: Dropped, fault: str
) -> None:
    if fault not in simulator.faults.descriptions:
        assert isinstance(simulator, HidPosScanner)  # its codes have no suffix
        return
    scanner = await open_configured(simulator, gap=GAP)
    scans = scanner.events()
    simulator.faults.switch(fault, on=True)
    await simulator.hand("scan", data=EAN)
    await delivered(simulator)
    await hurry(dropped.happened.wait())
    simulator.faults.switch(fault, on=False)
    await simulator.hand("scan", data="AFTER")
    assert await take(scans) == [Scan(scan_data="AFTER")]
    await scanner.close()


async def test_noise_makes_no_article_and_stops_nothing(
    simulator: Simulator, scanner: Scanner
) -> None:
    scans = scanner.events()
    simulator.faults.switch("garbage", on=True)
    await simulator.hand("scan", data=EAN)
    simulator.faults.switch("garbage", on=False)
    await simulator.hand("scan", data=EAN)
    noisy, clean = await take(scans, 2)
    assert (noisy.gtin, clean.gtin) == (None, "08711000000007")


FRAMED: list[Callable[[Path, str, str], Simulator]] = [
    lambda path, prefix, suffix: simulated.Scanner("counter", path, prefix=prefix, suffix=suffix),
    lambda _, prefix, suffix: HidKeyboardScanner("counter", prefix=prefix, suffix=suffix),
]


@pytest.mark.parametrize(
    ("kind", "prefix", "suffix"), [(FRAMED[0], "\x02", "\x03"), (FRAMED[1], "\t", "\r")]
)
async def test_prefix_cuts_noise_off(
    tmp_path: Path, kind: Callable[[Path, str, str], Simulator], prefix: str, suffix: str
) -> None:
    async with kind(tmp_path, prefix, suffix) as simulator:
        scanner = await open_configured(simulator)
        scans = scanner.events()
        simulator.faults.switch("garbage", on=True)
        await simulator.hand("scan", data=EAN)
        assert await take(scans) == [Scan(scan_data=EAN, gtin="08711000000007")]
        await scanner.close()


@pytest.mark.parametrize("kind", FRAMED)
async def test_silence_ends_the_scans_of_a_scanner_without_suffix(
    tmp_path: Path, kind: Callable[[Path, str, str], Simulator]
) -> None:
    async with kind(tmp_path, "", "") as simulator:
        scanner = await open_configured(simulator, gap=GAP)
        scans = scanner.events()
        await simulator.hand("scan", data=EAN)
        await delivered(simulator)
        assert await hurry(take(scans)) == [Scan(scan_data=EAN, gtin="08711000000007")]
        await scanner.close()


async def test_unplugging_ends_the_events(simulator: Simulator, scanner: Scanner) -> None:
    scans = scanner.events()
    await scanner.check_health()
    await simulator.hand("scan", data=EAN)
    assert await take(scans)
    await simulator.hand("unplug")
    with pytest.raises(OfflineError, match="cable") as caught:
        await anext(scans)
    assert caught.value.device == "counter"
    with pytest.raises(OfflineError):
        await scanner.check_health()
    with pytest.raises(OfflineError):
        await anext(scanner.events())


async def test_plugged_in_again_it_opens_at_the_same_address(
    simulator: Simulator, scanner: Scanner
) -> None:
    scans = scanner.events()
    await simulator.hand("unplug")
    with pytest.raises(OfflineError):
        await anext(scans)
    with pytest.raises(OfflineError) as caught:
        await open_configured(simulator)
    assert caught.value.outcome is Outcome.NOT_DONE
    await simulator.hand("plug_in")
    again = await open_configured(simulator)
    scans = again.events()
    await simulator.hand("scan", data=EAN)
    assert (await take(scans))[0].scan_data == EAN
    await again.close()


async def test_pulled_and_plugged_in_many_times_nothing_is_lost_and_nothing_left_behind(
    simulator: Simulator,
) -> None:
    threads: set[threading.Thread] = set()
    files = 0
    for turn in range(REPLUGS):
        scanner = await open_configured(simulator)
        scans = scanner.events()
        await simulator.hand("scan", data=f"TURN{turn}")
        assert (await take(scans))[0].scan_data == f"TURN{turn}"
        await simulator.hand("unplug")
        with pytest.raises(OfflineError):
            await anext(scans)
        await scanner.close()
        await simulator.hand("plug_in")
        if turn == 2:  # what is kept once is there by now
            threads, files = set(threading.enumerate()), open_files()
    for thread in set(threading.enumerate()) - threads:
        thread.join(20)
        assert not thread.is_alive()
    assert open_files() <= files


async def test_scans_from_before_opening_are_not_told(simulator: Simulator) -> None:
    await simulator.hand("scan", data="STALE")
    scanner = await open_configured(simulator)
    scans = scanner.events()
    await simulator.hand("scan", data="FRESH")
    assert await take(scans) == [Scan(scan_data="FRESH")]
    await scanner.close()


async def test_closing_ends_the_events_and_can_be_repeated(
    simulator: Simulator, scanner: Scanner
) -> None:
    scans = scanner.events()
    await simulator.hand("scan", data=EAN)
    assert await take(scans)
    await scanner.close()
    await scanner.close()
    with pytest.raises(OfflineError) as caught:
        await anext(scans)
    assert caught.value.code is ErrorCode.CLOSED
    with pytest.raises(OfflineError):
        await scanner.check_health()
    reopened = await open_configured(simulator)
    await reopened.close()


async def test_impossible_address_is_told(simulator: Simulator) -> None:
    key = "url" if isinstance(simulator, simulated.Scanner) else "usb"
    with pytest.raises((UnsupportedError, msgspec.ValidationError), match="carrier-pigeon"):
        await open_configured(simulator, **{key: "carrier-pigeon://x"})


@pytest.mark.parametrize(
    "wrong", [{"encoding": "klingon"}, {"gap": 0}, {"max_length": 7}, {"colour": "red"}]
)
async def test_wrong_settings_are_refused(simulator: Simulator, wrong: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        await open_configured(simulator, **wrong)


@pytest.mark.parametrize(
    ("driver", "wrong"),
    [
        ("serial", {"url": ""}),
        ("serial", {"url": "/dev/ttyACM0"}),
        ("serial", {"url": "/dev/ttyUSB1"}),
        ("serial", {"url": "x", "baudrate": 0}),
        ("serial", {"url": "x", "parity": "mark"}),
        ("serial", {"url": "x", "encoding": "ascii", "prefix": "é"}),
        ("hid_keyboard", {"usb": ""}),
        ("hid_keyboard", {"usb": "1-1", "layout": "klingon"}),
        ("hid_keyboard", {"usb": "1-1", "oem_code_page": "klingon"}),
        ("hid_keyboard", {"usb": "1-1", "separator_keys": [3]}),
        ("hid_pos", {"usb": ""}),
        ("hid_pos", {"usb": "1-1", "suffix": "x"}),
    ],
)
def test_wrong_settings_of_a_driver_are_refused(driver: str, wrong: dict[str, Any]) -> None:
    module = importlib.import_module(f"drivers.scanner.{driver}")
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(wrong, module.Settings)
