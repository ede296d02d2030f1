"""Every kind of drawer on its simulator, opened by the driver that its own TOML names."""

import contextlib
import dataclasses
import importlib
import tomllib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import msgspec

from drivers.cash_drawer import CashDrawer
from simulators.gpio_cash_drawer import GpioCashDrawer
from simulators.pos_printer import Model, Sensor
from simulators.serial_cash_drawer import SerialCashDrawer
from tests.contracts.counter import Simulator, open_printer
from tests.contracts.counter import open_drawer as open_printers_drawer
from tests.shifting_loop import hurry


@dataclasses.dataclass
class Stand:
    """A simulated drawer and what a test wants to know of it."""

    simulator: Any
    is_open: Callable[[], bool]
    pulses: Callable[[], int]
    unplug: Callable[[], Awaitable[None]]
    open: Callable[..., Awaitable[CashDrawer]]

    async def hand(self, action: str) -> None:
        await self.simulator.hand(action)


async def open_configured(simulator: Any, **changes: object) -> CashDrawer:
    """Open the driver that the simulator's own TOML names."""
    (table,) = tomllib.loads(simulator.toml())["cash_drawer"]
    driver = importlib.import_module(f"drivers.cash_drawer.{table.pop('driver')}")
    name = table.pop("name")
    if changes.get("sensor") == "none":
        table.pop("sensor_pin", None)
    settings = msgspec.convert(table | changes, driver.Settings)
    drawer: CashDrawer = await driver.open_device(name, settings, {})
    return drawer


@contextlib.asynccontextmanager
async def on_a_printer(sensor: Sensor) -> AsyncIterator[Stand]:
    async with Simulator("receipts", model=Model(drawer_sensor=sensor)) as simulator:
        printers: list[Any] = []

        async def open_it(**changes: object) -> CashDrawer:
            printers[:] = printers or [await open_printer(simulator)]
            return await open_printers_drawer(simulator, printers[0], **changes)

        yield Stand(
            simulator,
            is_open=lambda: simulator.drawer.is_open,
            pulses=lambda: len(simulator.drawer_pulses),
            unplug=lambda: simulator.hand("power_off"),
            open=open_it,
        )
        for printer in printers:
            await printer.close()


@contextlib.asynccontextmanager
async def by_itself(simulator: SerialCashDrawer | GpioCashDrawer) -> AsyncIterator[Stand]:
    async with simulator:
        yield Stand(
            simulator,
            is_open=lambda: simulator.is_open,
            pulses=lambda: simulator.pulses,
            unplug=simulator.unplug,
            open=lambda **changes: hurry(open_configured(simulator, **changes)),
        )


DRAWERS: dict[str, Callable[[], contextlib.AbstractAsyncContextManager[Stand]]] = {
    "printer, open is high": lambda: on_a_printer(Sensor.OPEN_HIGH),
    "printer, open is low": lambda: on_a_printer(Sensor.OPEN_LOW),
    "serial": lambda: by_itself(SerialCashDrawer()),
    "gpio": lambda: by_itself(GpioCashDrawer()),
}
