import importlib
import re
import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest

from edge_daemon.config.drivers import known_drivers

DOCUMENT = (Path(__file__).parents[2] / "docs" / "payment-terminals.md").read_text("utf-8")
TABLES: list[dict[str, Any]] = [
    table
    for block in re.findall("```toml\n(.*?)```", DOCUMENT, re.DOTALL)
    for table in tomllib.loads(block)["payment_terminal"]
]


@pytest.mark.parametrize("table", TABLES, ids=[table["driver"] for table in TABLES])
def test_configuration_in_the_document_is_one_that_the_driver_takes(table: dict[str, Any]) -> None:
    driver = importlib.import_module(f"drivers.payment_terminal.{table['driver']}")
    fields = {name: value for name, value in table.items() if name not in {"name", "driver"}}
    assert msgspec.convert(fields, driver.Settings)


@pytest.mark.parametrize("driver", known_drivers("payment_terminal"))
def test_document_tells_of_every_driver(driver: str) -> None:
    assert f"`{driver}`" in DOCUMENT
