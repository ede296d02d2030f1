"""Opens the printer and drawer drivers that a simulated printer's own TOML names."""

import importlib
import tomllib

import msgspec

from drivers.cash_drawer import CashDrawer
from drivers.pos_printer import PosPrinter
from simulators import pos_printer as simulated

Simulator = simulated.PosPrinter


async def open_printer(simulator: Simulator, /, **changes: object) -> PosPrinter:
    (table,) = tomllib.loads(simulator.toml())["pos_printer"]
    driver = importlib.import_module(f"drivers.pos_printer.{table.pop('driver')}")
    name = table.pop("name")
    settings = msgspec.convert(table | changes, driver.Settings)
    printer: PosPrinter = await driver.open_device(name, settings, {})
    return printer


async def open_drawer(
    simulator: Simulator, printer: PosPrinter, /, **changes: object
) -> CashDrawer:
    (table,) = tomllib.loads(simulator.toml())["cash_drawer"]
    driver = importlib.import_module(f"drivers.cash_drawer.{table.pop('driver')}")
    name = table.pop("name")
    settings = msgspec.convert(table | changes, driver.Settings)
    drawer: CashDrawer = await driver.open_device(name, settings, {simulator.name: printer})
    return drawer
