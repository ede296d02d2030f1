"""Real devices for the contract suites: `pytest tests/contracts --hardware FILE`.

FILE has device tables as the daemon's configuration has them, each with the serial number that
stands on the device's type plate, so that nobody runs the suites against a shop's counter by
mistake:

    [[pos_printer]]
    name = "receipts"
    driver = "escpos"
    usb = "04b8:0202/J5XK012345"
    serial_number = "J5XK012345"

With it only the tests run that need no simulator: those that can be done to a device by itself.
They print paper and open drawers; they pay nothing.
"""

import importlib
import pathlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest

from drivers.settings import FAMILIES

OPTION = "--hardware"


@dataclass(frozen=True)
class Table:
    """One device's table in a configuration."""

    family: str
    keys: Mapping[str, Any]

    @property
    def name(self) -> str:
        return str(self.keys["name"])

    async def open(self, devices: Mapping[str, Any], /, **changes: object) -> Any:
        """Open it with the driver that it names."""
        own = {"name", "driver", "serial_number"}
        fields = {key: value for key, value in self.keys.items() if key not in own} | changes
        driver = importlib.import_module(f"drivers.{self.family}.{self.keys['driver']}")
        settings = msgspec.convert(fields, driver.Settings)
        return await driver.open_device(self.name, settings, devices)


def tables_of(toml: str) -> list[Table]:
    """Every device in a configuration, each behind those that it may stand on."""
    found = tomllib.loads(toml)
    return [Table(family, keys) for family in FAMILIES for keys in found.get(family, [])]


def hardware(config: pytest.Config) -> list[Table]:
    """The devices of `--hardware FILE`; none without it.

    Raises:
        pytest.UsageError: A table has no serial number.
    """
    path = config.getoption(OPTION)
    if path is None:
        return []
    tables = tables_of(pathlib.Path(path).read_text("utf-8"))
    nameless = [table.name for table in tables if not table.keys.get("serial_number")]
    if nameless or not tables:
        raise pytest.UsageError(
            f"{path}: each device needs serial_number, as on its type plate: {nameless or 'none'}."
        )
    return tables


def hardware_of(config: pytest.Config, family: str) -> list[Table]:
    """The devices of one family."""
    return [table for table in hardware(config) if table.family == family]


def skip_without_simulator(request: pytest.FixtureRequest, *names: str) -> None:
    """Skip a test that moves a simulator by one of these arguments of its own."""
    function = getattr(request.node, "function", None)
    code = getattr(function, "__code__", None)
    wanted = code.co_varnames[: code.co_argcount] if code else ()
    if set(names).intersection(wanted):
        pytest.skip("needs a simulator: nobody can do this to a device by itself")
