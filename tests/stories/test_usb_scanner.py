"""Scanners in a whole daemon: cables that come and go, bursts, and whose a scan is."""

import asyncio
import contextlib
import pathlib
import threading
from collections.abc import Callable

import pytest

from drivers.transport import path_arrivals
from drivers.transport.usb import arrivals
from edge_daemon.app import daemon as app
from edge_daemon.devices import Patience, Readiness
from edge_daemon.events import Subscription
from simulators.held_scanner import BURST, HeldScanner
from simulators.hid_keyboard_scanner import HidKeyboardScanner
from simulators.hid_pos_scanner import HidPosScanner
from simulators.scanner import Scanner
from tests.stories.counter import Counter, next_event
from tests.stories.test_shared_devices import listening, pair, take

REPLUGGED = 40
MILK = "4006381333931"
KINDS: dict[str, Callable[[pathlib.Path], HeldScanner]] = {
    "serial": lambda directory: Scanner(directory=directory),
    "hid_keyboard": lambda _: HidKeyboardScanner(),
    "hid_pos": lambda _: HidPosScanner(),
}


@pytest.fixture(params=KINDS)
def kind(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Callable[[pathlib.Path], HeldScanner]:
    monkeypatch.setattr(arrivals, "LIST_SECONDS", 0.005)
    monkeypatch.setattr(path_arrivals, "LOOK_SECONDS", 0.005)
    monkeypatch.setattr(app, "Patience", lambda: Patience(first_retry=0.01, last_retry=60))
    return KINDS[request.param]


def left_behind() -> tuple[int, int]:
    """Threads and open files; a thread that is about to end is waited for."""
    for thread in threading.enumerate():
        if thread.name.startswith(("usb", "lane-usb", "serial")):
            thread.join(0.5)
    return threading.active_count(), len(list(pathlib.Path("/proc/self/fd").iterdir()))


async def scanned(heard: Subscription, count: int) -> list[str]:
    return [(await next_event(heard, "scan"))["scan_data"] for _ in range(count)]


async def test_scanner_that_is_replugged_again_and_again_loses_nothing_and_leaks_nothing(
    kind: Callable[[pathlib.Path], HeldScanner],
) -> None:
    async with Counter(scanner=kind) as counter:
        daemon = await counter.start()
        devices = daemon.devices
        found: list[str] = []
        before = (0, 0)
        with daemon.events.subscribe() as heard:
            for turn in range(REPLUGGED):
                counter.scanner.scan(f"TURN{turn}")
                found += await scanned(heard, 1)
                await counter.scanner.hand("unplug")
                await devices.wait_until("scanner", Readiness.OFFLINE)
                if turn == 2:
                    before = left_behind()
                await counter.scanner.hand("plug_in")
                async with asyncio.timeout(20):
                    await devices.wait_until_online("scanner")
        assert found == [f"TURN{turn}" for turn in range(REPLUGGED)]
        assert counter.daemon is daemon
        await counter.scanner.hand("unplug")
        await devices.wait_until("scanner", Readiness.OFFLINE)
        threads, files = left_behind()
        assert threads <= before[0]
        assert files <= before[1]


async def test_burst_goes_whole_and_in_order_to_the_register_that_has_the_scanner(
    kind: Callable[[pathlib.Path], HeldScanner],
) -> None:
    async with Counter(scanner=kind) as counter, contextlib.AsyncExitStack() as stack:
        await counter.start()
        one = await stack.enter_async_context(await pair(counter, "one"))
        two = await stack.enter_async_context(await pair(counter, "two"))
        first = await stack.enter_async_context(listening(one))
        second = await stack.enter_async_context(listening(two))
        assert (await take(one, "scanner", "till-1")).status_code == 200
        sent = [f"ROW{number:03}" for number in range(BURST)]
        for code in sent:
            counter.scanner.scan(code)
        events = [await first.next("scan") for _ in sent]
        assert [event["data"]["scan_data"] for event in events] == sent
        assert (await one.post("/v1/leases/scanner/release")).status_code == 200
        counter.scanner.scan(MILK)
        assert (await second.next("scan"))["data"]["scan_data"] == MILK
        late = f"?after={events[-2]['id']}&type=scan"
        missed = await stack.enter_async_context(listening(one, late))
        event = await missed.next("scan")
        assert event["data"]["scan_data"] == sent[-1]
        assert event["replayed"] is True
        assert event["age_ms"] >= 0
