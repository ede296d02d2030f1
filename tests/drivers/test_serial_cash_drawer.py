"""What only a drawer on a serial line does."""

import asyncio
from typing import Any

import msgspec
import pytest

from drivers.cash_drawer import DrawerOpened
from drivers.cash_drawer.serial import Settings
from drivers.errors import BusyError, OfflineError, Outcome, RefusedError
from simulators.serial_cash_drawer import SerialCashDrawer
from tests.contracts.drawers import open_configured
from tests.shifting_loop import advance, hurry

pytestmark = pytest.mark.filterwarnings("ignore:set(Daemon|Name)")  # pyserial 3.5, rfc2217


@pytest.mark.parametrize("wire", ["pty", "rfc2217"])
async def test_unplugging_ends_the_drawer_and_its_address_stays(wire: Any) -> None:
    async with SerialCashDrawer(wire=wire) as simulator:
        drawer = await open_configured(simulator)
        events = drawer.events()
        await simulator.hand("unplug")
        with pytest.raises(OfflineError, match="cable"):
            await anext(events)
        with pytest.raises(OfflineError):
            await drawer.open_drawer()
        with pytest.raises(OfflineError):
            await drawer.drawer_opened()
        await drawer.close()
        with pytest.raises(OfflineError) as caught:
            await open_configured(simulator)
        assert caught.value.outcome is Outcome.NOT_DONE
        await simulator.hand("plug_in")
        again = await open_configured(simulator)
        assert (await again.open_drawer()).sensed
        await again.close()
        assert simulator.pulses == 1


async def test_trigger_is_sent_as_configured() -> None:
    async with SerialCashDrawer(trigger=b"\x1bp\xff") as simulator:
        drawer = await open_configured(simulator)
        assert (await drawer.open_drawer()).sensed
        await drawer.close()
        wrong = await open_configured(simulator, trigger="[[")
        await simulator.hand("close_drawer")
        await hurry(asyncio.sleep(1))
        with pytest.raises(RefusedError):
            await hurry(wrong.open_drawer())
        await wrong.close()
        assert simulator.pulses == 1


async def test_interface_that_still_charges_is_not_triggered() -> None:
    async with SerialCashDrawer(wire="rfc2217") as simulator:
        drawer = await open_configured(simulator, charging=12)
        with pytest.raises(BusyError, match=r"1[12] seconds") as caught:
            await drawer.open_drawer()
        assert caught.value.outcome is Outcome.NOT_DONE
        assert simulator.pulses == 0
        advance(12)
        assert (await drawer.open_drawer()).sensed
        with pytest.raises(BusyError):
            await drawer.open_drawer()
        await drawer.close()
        assert simulator.pulses == 1


async def test_noise_is_no_opening() -> None:
    async with SerialCashDrawer() as simulator:
        drawer = await open_configured(simulator)
        simulator.faults.switch("garbage", on=True)
        await simulator.hand("close_drawer")
        await hurry(asyncio.sleep(1))
        assert await drawer.drawer_opened() is False
        await drawer.close()


async def test_contact_of_the_other_polarity_is_read_the_other_way_round() -> None:
    async with SerialCashDrawer(wire="rfc2217") as simulator:
        drawer = await open_configured(simulator, sensor="open_low")
        assert await drawer.drawer_opened() is True
        await drawer.close()


async def test_line_without_control_lines_is_told_at_once() -> None:
    async with SerialCashDrawer() as simulator:
        with pytest.raises(OfflineError, match="CTS"):
            await open_configured(simulator, sensed_by="cts")


async def test_opening_by_key_is_seen_on_a_control_line() -> None:
    async with SerialCashDrawer(wire="rfc2217") as simulator:
        drawer = await open_configured(simulator)
        events = drawer.events()
        await simulator.hand("open_drawer_by_key")
        assert await hurry(anext(events)) == DrawerOpened(commanded=False)
        await drawer.close()


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": ""},
        {"trigger": ""},
        {"trigger": "€"},
        {"trigger": "x" * 65},
        {"sensor": "open"},
        {"sensed_by": "dtr"},
        {"charging": -1},
        {"left_open": -1},
        {"sensor_byte": "ab"},
    ],
)
def test_wrong_settings_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"url": "/dev/ttyS0"} | wrong, Settings)
