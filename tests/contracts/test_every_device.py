"""What every driver of every family does alike, shown against its simulator."""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any

import pytest

from drivers.errors import DeviceError, OfflineError
from simulators.registry import MissingPackageError, create, families
from tests.contracts.hardware import Table, hardware, tables_of

ALONE = {"pcsc_card_reader"}
"""A process speaks to one pcscd, and `test_card_reader` has started it."""

Counter = list[Table]
"""The devices of one simulator, or all of `--hardware`."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "place" in metafunc.fixturenames:
        real = "+".join(table.name for table in hardware(metafunc.config))
        simulated = [each for each in families() if each not in ALONE]
        metafunc.parametrize("place", [real] if real else simulated)


@pytest.fixture
async def tables(
    place: str, request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[Counter]:
    if real := hardware(request.config):
        yield real
        return
    try:
        simulator = create(place, tmp_path)
    except MissingPackageError as error:
        pytest.skip(str(error))
    async with simulator:
        yield tables_of(simulator.toml())


@contextlib.asynccontextmanager
async def opened(tables: Iterable[Table]) -> AsyncIterator[dict[str, Any]]:
    devices: dict[str, Any] = {}
    try:
        for table in tables:
            devices[table.name] = await table.open(devices)
        yield devices
    finally:
        for device in reversed(devices.values()):
            await device.close()


async def end_of(events: AsyncIterator[object]) -> Exception | None:
    """What ends the events, when they end."""
    try:
        async with asyncio.timeout(10):
            async for _ in events:
                pass
    except DeviceError as error:
        return error
    return None


def left_behind(before: set[threading.Thread]) -> list[str]:
    """The names of drivers' threads that go on: one that is about to end is waited for."""
    new = [thread for thread in threading.enumerate() if thread not in before]
    for thread in new:
        if thread.name.startswith(("usb", "serial-", "lane-")):
            thread.join(20)
    alive = (thread.name for thread in new if thread.is_alive())
    return [name for name in alive if not name.startswith("asyncio_")]  # the loop's own pool


async def test_device_opens_and_says_that_it_is_well(tables: Counter) -> None:
    async with opened(tables) as devices:
        for device in devices.values():
            if hasattr(device, "check_health"):
                await device.check_health()


async def test_closing_ends_the_events_and_can_be_repeated(tables: Counter) -> None:
    async with opened(tables) as devices:
        for device in reversed(devices.values()):
            events = device.events()
            await device.close()
            await device.close()
            assert isinstance(await end_of(events), OfflineError)


async def test_device_can_be_opened_again_and_leaves_no_thread(tables: Counter) -> None:
    async with opened(tables):
        pass
    before = set(threading.enumerate())
    for _ in range(2):
        async with opened(tables):
            pass
    assert left_behind(before) == []
