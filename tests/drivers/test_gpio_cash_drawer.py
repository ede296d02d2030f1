"""What only a drawer on the box's own pins does; the pins are gpiozero's mock pins."""

import asyncio
from typing import Any

import gpiozero  # type: ignore[import-untyped]  # it ships no types
import msgspec
import pytest

from drivers.cash_drawer.gpio import Settings
from drivers.errors import OfflineError, UnsupportedError
from simulators.gpio_cash_drawer import RELAY_PIN, GpioCashDrawer
from tests.contracts.drawers import open_configured
from tests.shifting_loop import hurry


async def test_relay_is_let_go_of_after_a_pulse_that_nobody_waits_for() -> None:
    async with GpioCashDrawer() as simulator:
        drawer = await open_configured(simulator, on_ms=20)
        opening = asyncio.create_task(drawer.open_drawer())
        await simulator.wait_until(lambda: simulator.pulses == 1)
        opening.cancel()
        assert await asyncio.to_thread(simulator.pulse_ended.wait, 10)
        await drawer.close()


async def test_pulse_is_over_before_the_pins_are_let_go_of() -> None:
    async with GpioCashDrawer() as simulator:
        drawer = await open_configured(simulator, on_ms=50)
        opening = asyncio.create_task(drawer.open_drawer())
        await simulator.wait_until(lambda: simulator.pulses == 1)
        await drawer.close()
        assert not simulator.relay_on
        await asyncio.gather(opening, return_exceptions=True)


async def test_busy_event_loop_does_not_lengthen_the_pulse() -> None:
    async with GpioCashDrawer() as simulator:
        drawer = await open_configured(simulator, on_ms=5)
        opening = asyncio.create_task(drawer.open_drawer())
        await simulator.wait_until(lambda: simulator.pulses == 1)
        assert simulator.pulse_ended.wait(10)  # the loop stands still here
        assert (await opening).sensed
        await drawer.close()


async def test_relay_that_a_crash_left_on_is_off_as_soon_as_the_pins_are_opened() -> None:
    async with GpioCashDrawer() as simulator:
        pin = gpiozero.Device.pin_factory.pin(f"GPIO{RELAY_PIN}")
        pin.function = "output"
        pin.state = True
        await simulator.wait_until(lambda: simulator.pulses == 1)
        assert simulator.relay_on
        drawer = await open_configured(simulator)
        assert not simulator.relay_on
        await drawer.close()
        assert simulator.pulses == 1


async def test_board_that_pulls_on_a_low_level_is_high_at_rest() -> None:
    async with GpioCashDrawer() as simulator:
        pin = gpiozero.Device.pin_factory.pin(f"GPIO{RELAY_PIN}")
        drawer = await open_configured(simulator, active_high=False, sensor="none")
        assert pin.state
        pin.clear_states()
        await drawer.open_drawer()
        pin.assert_states([True, False, True])
        await drawer.close()


async def test_broken_contact_is_told_as_not_opened() -> None:
    async with GpioCashDrawer() as simulator:
        drawer = await open_configured(simulator, on_ms=2)
        simulator.faults.switch("contact_broken", on=True)
        with pytest.raises(Exception, match="did not open"):
            await hurry(drawer.open_drawer())
        await drawer.close()


async def test_pin_that_another_has_is_told_with_what_to_do() -> None:
    async with GpioCashDrawer() as simulator:
        drawer = await open_configured(simulator)
        with pytest.raises(OfflineError, match="group gpio"):
            await open_configured(simulator)
        assert (await drawer.open_drawer()).sensed
        await drawer.close()


async def test_contact_that_cannot_be_had_gives_the_relay_back() -> None:
    async with GpioCashDrawer() as simulator:
        with gpiozero.LED(5), pytest.raises(OfflineError):
            await open_configured(simulator, sensor_pin=5)
        drawer = await open_configured(simulator)
        await drawer.close()


async def test_pin_that_does_not_exist_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    async with GpioCashDrawer() as simulator:

        def no_such_pin(*_: object, **__: object) -> None:
            raise gpiozero.PinInvalidPin("GPIO17 is not a valid pin name")

        monkeypatch.setattr(gpiozero.Device.pin_factory, "pin", no_such_pin)
        with pytest.raises(UnsupportedError, match="GPIO17"):
            await open_configured(simulator)


@pytest.mark.parametrize(
    "wrong",
    [
        {"pin": 28},
        {"on_ms": 501},
        {"on_ms": 0},
        {"sensor": "open_high"},
        {"sensor_pin": 4},
        {"sensor": "open_high", "sensor_pin": 17},
        {"pull": "sideways"},
        {"left_open": 100_000},
    ],
)
def test_wrong_settings_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"pin": 17} | wrong, Settings)
