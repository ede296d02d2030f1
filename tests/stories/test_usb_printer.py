"""A printer on USB in a whole daemon: its cable comes and goes, and nothing else does."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from drivers.transport.usb import arrivals
from edge_daemon.app import daemon as app
from edge_daemon.devices import Patience, Readiness
from edge_daemon.events import Subscription
from edge_daemon.records.payloads import DeviceEvent
from simulators.pos_printer import PosPrinter, UsbLink
from tests.stories.counter import Counter

REPLUGGED = 100


@pytest.fixture
async def counter(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Counter]:
    monkeypatch.setattr(arrivals, "LIST_SECONDS", 0.005)
    monkeypatch.setattr(app, "Patience", lambda: Patience(first_retry=0.01, last_retry=60))
    async with Counter(printer=PosPrinter(link=UsbLink)) as counter:
        yield counter


def threads() -> set[threading.Thread]:
    """Those that stay: one that is about to end is waited for."""
    for thread in threading.enumerate():
        if "usb" in thread.name:
            thread.join(0.5)
    return set(threading.enumerate())


def open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def told(heard: Subscription, count: int) -> list[dict[str, Any]]:
    """The next events about the printer."""
    events: list[dict[str, Any]] = []
    async with asyncio.timeout(20):
        async for message in heard:
            event = json.loads(message.text)
            if (event["type"], event["device"]) == ("device_changed", "printer"):
                events.append(event)
            if len(events) == count:
                break
    return events


async def replug(counter: Counter) -> None:
    await counter.printer.hand("unplug")
    await counter.daemon.devices.wait_until("printer", Readiness.OFFLINE)
    await counter.printer.hand("plug_in")
    async with asyncio.timeout(10):
        await counter.daemon.devices.wait_until_online("printer")


async def test_printer_that_is_replugged_a_hundred_times_leaks_and_loses_nothing(
    counter: Counter,
) -> None:
    daemon = await counter.start()
    await replug(counter)
    await daemon.devices.wait_until_online("drawer")
    threads_before, descriptors_before = threads(), open_descriptors()
    heard = daemon.events.subscribe()
    for _ in range(REPLUGGED):
        await replug(counter)
    events = await told(heard, 2 * REPLUGGED)
    assert [event["data"]["state"] for event in events] == ["offline", "online"] * REPLUGGED
    assert events[-1]["data"]["reopened"] == 1 + REPLUGGED
    await daemon.devices.wait_until_online("drawer")
    assert len(threads()) <= len(threads_before)
    assert open_descriptors() <= descriptors_before
    assert counter.daemon is daemon
    sold = await counter.sell()
    assert sold["state"] == "completed"
    receipt = await counter.printer.wait_for_receipt()
    assert "Pindakaas" in receipt.text
    printers = [each for each in await counter.payloads(DeviceEvent) if each.device_id == "printer"]
    assert [each.state for each in printers if each.state != "online"] == []


async def test_receipt_that_the_cable_interrupts_is_unknown_and_never_printed_by_itself(
    counter: Counter,
) -> None:
    await counter.start()
    counter.printer.faults.switch("drop_link_mid_job", on=True)
    sold = await counter.sell()
    assert sold["state"] == "completed"
    assert sold["receipt"]["state"] == "unknown"
    async with asyncio.timeout(10):
        await counter.daemon.devices.wait_until_online("printer")
    assert counter.printer.paper_text.count("Pindakaas") == 1
