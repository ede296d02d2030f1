"""What every scale driver does, shown against its simulator."""

import asyncio
import importlib
import logging
import tomllib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from drivers.errors import ErrorCode, OfflineError, Outcome, RefusedError, UnsupportedError
from drivers.scale import Scale, Weighing, WeightStatus
from simulators import scale as simulated
from tests.contracts.hardware import OPTION, Table, hardware_of, skip_without_simulator

QUICK: dict[str, Any] = {"interval": 0.002, "answer": 0.2}
"""A simulator needs no time between two questions."""
PATIENCE = 5.0

Simulator = simulated.Scale


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "table" in metafunc.fixturenames:
        real = hardware_of(metafunc.config, "scale")
        metafunc.parametrize("table", real if metafunc.config.getoption(OPTION) else [None])


@pytest.fixture
async def simulator(
    table: Table | None, request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[Simulator | None]:
    if table is not None:
        skip_without_simulator(request, "simulator")
        yield None
        return
    async with simulated.Scale("counter", tmp_path) as simulator:
        yield simulator


@pytest.fixture
async def scale(simulator: Simulator | None, table: Table | None) -> AsyncIterator[Scale]:
    if simulator is None:
        assert table is not None
        scale: Scale = await table.open({})
    else:
        scale = await open_configured(simulator)
    yield scale
    await scale.close()


async def open_configured(simulator: Simulator, **changes: Any) -> Scale:
    """Open the driver that the simulator's own TOML names."""
    (table,) = tomllib.loads(simulator.toml())["scale"]
    driver = importlib.import_module(f"drivers.scale.{table.pop('driver')}")
    name = table.pop("name")
    settings = msgspec.convert(table | QUICK | changes, driver.Settings)
    scale: Scale = await driver.open_device(name, settings, {})
    return scale


async def until(weighings: AsyncIterator[Weighing], status: WeightStatus) -> Weighing:
    async for weighing in weighings:
        if weighing.status is status:
            return weighing
    raise AssertionError("the events ended")


async def test_empty_scale_weighs_nothing(scale: Scale) -> None:
    assert await scale.read_weight(PATIENCE) == Weighing(
        status=WeightStatus.ZERO, weight_milli=0, unit="kg"
    )


async def test_weight_is_told_when_it_has_come_to_rest(simulator: Simulator, scale: Scale) -> None:
    await simulator.hand("put", grams=480)
    assert (await scale.read_weight(PATIENCE)).weight_milli == 480
    assert scale.weighing.status is WeightStatus.STABLE


async def test_weight_from_before_the_question_is_never_told(
    simulator: Simulator, scale: Scale
) -> None:
    for grams in (125, 250, 5, 1000):
        await simulator.hand("take_off")
        await simulator.hand("put", grams=grams)
        assert (await scale.read_weight(PATIENCE)).weight_milli == grams


async def test_every_change_is_an_event_and_rest_is_silence(
    simulator: Simulator, scale: Scale
) -> None:
    weighings = scale.events()
    await simulator.hand("put", grams=480)
    async with asyncio.timeout(PATIENCE):
        assert (await anext(weighings)).status is WeightStatus.UNSTABLE
        assert (await anext(weighings)).weight_milli == 480
        await simulator.wait_for_questions(20)
        await simulator.hand("take_off")
        assert (await anext(weighings)).status is WeightStatus.UNSTABLE


async def test_scale_in_motion_has_no_weight(simulator: Simulator, scale: Scale) -> None:
    simulator.faults.switch("in_motion", on=True)
    await simulator.hand("put", grams=480)
    with pytest.raises(RefusedError, match="rest") as caught:
        await scale.read_weight(0.05)
    assert caught.value.outcome is Outcome.NOT_DONE
    assert scale.weighing.weight_milli is None
    simulator.faults.switch("in_motion", on=False)
    assert (await scale.read_weight(PATIENCE)).weight_milli == 480


async def test_too_much_is_no_weight_until_something_is_taken_off(
    simulator: Simulator, scale: Scale
) -> None:
    await simulator.hand("put", grams=15_005)
    await until_status(scale, WeightStatus.OVERWEIGHT)
    with pytest.raises(RefusedError, match="Take something off"):
        await scale.read_weight(0.05)
    await simulator.hand("put", grams=-5)
    assert (await scale.read_weight(PATIENCE)).weight_milli == 15_000


async def test_bag_that_was_taken_for_nothing_and_taken_away_is_under_zero(
    simulator: Simulator, scale: Scale
) -> None:
    await simulator.hand("put", grams=200)
    await scale.read_weight(PATIENCE)
    assert (await scale.zero_scale()).status is WeightStatus.ZERO
    await simulator.hand("take_off")
    await until_status(scale, WeightStatus.UNDER_ZERO)
    with pytest.raises(RefusedError, match="zero key"):
        await scale.read_weight(0.05)
    await scale.zero_scale()
    assert (await scale.read_weight(PATIENCE)).status is WeightStatus.ZERO


async def test_zero_is_refused_with_goods_on_it(simulator: Simulator, scale: Scale) -> None:
    await simulator.hand("put", grams=5_000)
    await scale.read_weight(PATIENCE)
    with pytest.raises(RefusedError, match="not set to zero"):
        await scale.zero_scale()
    assert (await scale.read_weight(PATIENCE)).weight_milli == 5_000


async def until_status(scale: Scale, status: WeightStatus) -> None:
    weighings = scale.events()
    async with asyncio.timeout(PATIENCE):
        while scale.weighing.status is not status:
            await anext(weighings)


@pytest.mark.parametrize("fault", ["silent", "garbage", "half_answer"])
async def test_scale_without_an_answer_is_offline_and_comes_back(
    simulator: Simulator, fault: str
) -> None:
    scale = await open_configured(simulator, answer=0.03)
    weighings = scale.events()
    simulator.faults.switch(fault, on=True)
    async with asyncio.timeout(PATIENCE):
        with pytest.raises(OfflineError, match="switched on"):
            await until(weighings, WeightStatus.STABLE)
    for call in (scale.check_health(), scale.read_weight(PATIENCE), scale.zero_scale()):
        with pytest.raises(OfflineError):
            await call
    await scale.close()
    with pytest.raises(OfflineError):
        await open_configured(simulator, answer=0.03)
    simulator.faults.switch(fault, on=False)
    again = await open_configured(simulator)
    assert (await again.read_weight(PATIENCE)).weight_milli == 0
    await again.close()


async def test_answer_that_came_twice_is_not_taken_for_the_next(
    simulator: Simulator, scale: Scale
) -> None:
    simulator.faults.switch("chatty", on=True)
    for grams in (100, 200, 300):
        await simulator.hand("take_off")
        await simulator.hand("put", grams=grams)
        assert (await scale.read_weight(PATIENCE)).weight_milli == grams


async def test_one_spoilt_answer_is_passed_over(
    simulator: Simulator, scale: Scale, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "drivers.scale"):
        simulator.faults.switch("garbage", on=True)
        await simulator.wait_for_questions()
        simulator.faults.switch("garbage", on=False)
        await simulator.hand("put", grams=480)
        assert (await scale.read_weight(PATIENCE)).weight_milli == 480
    await scale.check_health()


async def test_unplugging_ends_the_events_and_a_waiting_question(
    simulator: Simulator, scale: Scale
) -> None:
    simulator.faults.switch("in_motion", on=True)
    weighings = scale.events()
    await until(weighings, WeightStatus.UNSTABLE)
    waiting = asyncio.create_task(scale.read_weight(PATIENCE))
    await simulator.wait_for_questions(2)
    await simulator.hand("unplug")
    with pytest.raises(OfflineError, match="cable"):
        await waiting
    with pytest.raises(OfflineError):
        await anext(weighings)
    with pytest.raises(OfflineError) as caught:
        await open_configured(simulator)
    assert caught.value.outcome is Outcome.NOT_DONE
    simulator.faults.switch("in_motion", on=False)
    await simulator.hand("plug_in")
    again = await open_configured(simulator)
    assert (await again.read_weight(PATIENCE)).weight_milli == 0
    await again.close()


async def test_closing_ends_the_events_and_can_be_repeated(scale: Scale) -> None:
    weighings = scale.events()
    await scale.close()
    await scale.close()
    with pytest.raises(OfflineError) as caught:
        await anext(weighings)
    assert caught.value.code is ErrorCode.CLOSED
    with pytest.raises(OfflineError):
        await scale.check_health()


async def test_scale_behind_a_device_server_is_weighed_over_tcp(simulator: Simulator) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(1) == b"W":
            line = b"\x0201.235\r"
            writer.write(bytes(byte | (byte.bit_count() % 2) << 7 for byte in line))
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        scale = await open_configured(simulator, url=f"socket://127.0.0.1:{port}")
        assert (await scale.read_weight(PATIENCE)).weight_milli == 1235
        await scale.close()


async def test_impossible_address_is_told(simulator: Simulator) -> None:
    with pytest.raises(UnsupportedError, match="carrier-pigeon"):
        await open_configured(simulator, url="carrier-pigeon://x")


@pytest.mark.parametrize(
    "wrong", [{"url": ""}, {"baudrate": 0}, {"unit": "stone"}, {"interval": 0}, {"colour": "red"}]
)
async def test_wrong_settings_are_refused(simulator: Simulator, wrong: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        await open_configured(simulator, **wrong)
