"""What every driver of a customer display does, shown against its simulator."""

import asyncio
import importlib
import io
import tomllib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Literal

import msgspec
import pytest
from PIL import Image

from drivers.errors import ErrorCode, OfflineError, Outcome, UnsupportedError
from drivers.line_display import LineDisplay
from simulators.line_display import LineDisplay as Simulator
from tests.contracts.hardware import OPTION, Table, hardware_of, skip_without_simulator

PATIENCE = 10.0

Mode = Literal["escpos", "cd5220"]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "kind" in metafunc.fixturenames:
        real = hardware_of(metafunc.config, "line_display")
        modes = ["escpos", "cd5220"]
        metafunc.parametrize("kind", real if metafunc.config.getoption(OPTION) else modes)


@pytest.fixture
async def simulator(
    kind: Table | Mode, request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[Simulator | None]:
    if isinstance(kind, Table):
        skip_without_simulator(request, "simulator")
        yield None
        return
    async with Simulator("counter", tmp_path, mode=kind) as simulator:
        yield simulator
    assert simulator.screen.complaints == []


@pytest.fixture
async def display(simulator: Simulator | None, kind: Table | Mode) -> AsyncIterator[LineDisplay]:
    if simulator is None:
        assert isinstance(kind, Table)
        display: LineDisplay = await kind.open({})
    else:
        display = await open_configured(simulator)
    yield display
    await display.close()


async def open_configured(simulator: Simulator, **changes: Any) -> LineDisplay:
    """Open the driver that the simulator's own TOML names."""
    (table,) = tomllib.loads(simulator.toml())["line_display"]
    driver = importlib.import_module(f"drivers.line_display.{table.pop('driver')}")
    name = table.pop("name")
    settings = msgspec.convert(table | changes, driver.Settings)
    display: LineDisplay = await driver.open_device(name, settings, {})
    return display


async def shows(simulator: Simulator, *lines: str) -> None:
    async with asyncio.timeout(PATIENCE):
        await simulator.wait_for(lambda shown: shown == lines)


async def test_every_verb_is_taken(display: LineDisplay) -> None:
    for percent in (20, 100):
        await display.set_brightness(percent)
    await display.display_text(["Klantendisplay", "€ 1,23"], blink=True)
    await display.display_text(["Klantendisplay", "€ 1,23"])
    await display.check_health()


async def test_two_lines_are_shown(simulator: Simulator, display: LineDisplay) -> None:
    assert (display.columns, display.rows) == (20, 2)
    await display.display_text(["Pindakaas       3,49", "Totaal"])
    await shows(simulator, "Pindakaas       3,49", "Totaal")


async def test_text_replaces_what_was_shown(simulator: Simulator, display: LineDisplay) -> None:
    await display.display_text(["x" * 20, "y" * 20])
    await display.display_text(["one"])
    await shows(simulator, "one", "")


async def test_long_lines_are_cut_and_never_wrapped(
    simulator: Simulator, display: LineDisplay
) -> None:
    await display.display_text(["a" * 30, "b" * 30, "c"])
    await shows(simulator, "a" * 20, "b" * 20)


async def test_letters_that_it_lacks_are_shown_by_their_looks(
    simulator: Simulator, display: LineDisplay
) -> None:
    await display.display_text(["Café crème \N{EN DASH} 2,50", "Łódź\N{SNOWMAN}\n\x1b@\x0cx"])
    async with asyncio.timeout(PATIENCE):
        first, second = await simulator.wait_for(lambda lines: lines[1] != "")
    assert first == "Café crème - 2,50"
    assert second.startswith("Lód")
    assert second.endswith("? @x")


async def test_euro_is_shown_or_spelt(simulator: Simulator, display: LineDisplay) -> None:
    await display.display_text(["€ 3,49"])
    async with asyncio.timeout(PATIENCE):
        (first, _) = await simulator.wait_for(lambda lines: lines[0] != "")
    assert first in ("€ 3,49", "EUR 3,49")


async def test_text_blinks_until_other_text_comes(
    simulator: Simulator, display: LineDisplay
) -> None:
    await display.display_text(["look"], blink=True)
    await shows(simulator, "look", "")
    assert simulator.screen.blinks
    await display.display_text(["calm"])
    await shows(simulator, "calm", "")
    assert not simulator.screen.blinks


@pytest.mark.parametrize(("percent", "level"), [(0, 20), (45, 40), (60, 60), (95, 100)])
async def test_brightness_is_the_nearest_level(
    simulator: Simulator, display: LineDisplay, percent: int, level: int
) -> None:
    await display.set_brightness(percent)
    await display.display_text(["bright"])
    await shows(simulator, "bright", "")
    assert simulator.screen.brightness == level


async def test_configured_brightness_is_set(simulator: Simulator) -> None:
    display = await open_configured(simulator, brightness=40)
    await display.display_text(["dim"])
    await shows(simulator, "dim", "")
    assert simulator.screen.brightness == 40
    await display.close()


async def test_picture_is_a_png_that_changes_with_the_text(
    simulator: Simulator, display: LineDisplay
) -> None:
    dark = Image.open(io.BytesIO(simulator.picture()))
    await display.display_text(["Totaal         10,02"])
    await shows(simulator, "Totaal         10,02", "")
    lit = Image.open(io.BytesIO(simulator.picture()))
    assert dark.size == lit.size == (476, 108)
    assert dark.tobytes() != lit.tobytes()


async def test_unplugging_ends_the_events_and_plugged_in_again_it_opens(
    simulator: Simulator, display: LineDisplay
) -> None:
    events = display.events()
    await display.check_health()
    await simulator.hand("unplug")
    with pytest.raises(OfflineError, match="cable") as caught:
        async with asyncio.timeout(PATIENCE):
            await anext(events)
    assert caught.value.device == "counter"
    for call in (display.check_health(), display.display_text(["x"]), display.set_brightness(20)):
        with pytest.raises(OfflineError):
            await call
    with pytest.raises(OfflineError) as refused:
        await open_configured(simulator)
    assert refused.value.outcome is Outcome.NOT_DONE
    await simulator.hand("plug_in")
    again = await open_configured(simulator)
    await again.display_text(["again"])
    await shows(simulator, "again", "")
    await again.close()


async def test_display_that_holds_its_line_is_offline(
    simulator: Simulator, display: LineDisplay
) -> None:
    await display.close()
    display = await open_configured(simulator, timeout=0.2)
    simulator.stop_reading()

    async def fill_the_line() -> None:
        for _ in range(10_000):
            await display.display_text(["x" * 20, "y" * 20])

    with pytest.raises(OfflineError, match="switched on"):
        await fill_the_line()
    await display.close()


async def test_closing_leaves_the_text_and_can_be_repeated(
    simulator: Simulator, display: LineDisplay
) -> None:
    await display.display_text(["Tot ziens!"])
    await shows(simulator, "Tot ziens!", "")
    await display.close()
    await display.close()
    with pytest.raises(OfflineError) as caught:
        await anext(display.events())
    assert caught.value.code is ErrorCode.CLOSED
    assert simulator.lines == ("Tot ziens!", "")


async def test_impossible_address_is_told(simulator: Simulator) -> None:
    with pytest.raises(UnsupportedError, match="carrier-pigeon"):
        await open_configured(simulator, url="carrier-pigeon://x")


@pytest.mark.parametrize(
    "wrong", [{"url": ""}, {"brightness": 50}, {"code_page": "klingon"}, {"rows": 0}]
)
async def test_wrong_settings_are_refused(simulator: Simulator, wrong: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        await open_configured(simulator, **wrong)
