"""The suites' own option, shown on a simulator that stands where a device would."""

import asyncio
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from simulators.pos_printer import Model, PosPrinter
from tests.contracts.hardware import hardware

ROOT = Path(__file__).parents[2]


async def run(file: Path, *arguments: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", "--hardware", str(file)),
        *arguments,
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode()


async def test_suites_run_against_the_devices_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "devices.toml"
    async with PosPrinter("receipts", model=Model(drawer_pin=None)) as printer:
        file.write_text(printer.toml() + 'serial_number = "J5XK012345"\n')
        code, said = await run(
            file, "tests/contracts/test_pos_printer.py", "tests/contracts/test_every_device.py"
        )
        assert code == 0, said
        assert " passed" in said
        assert "nobody can do this to a device by itself" in said
        assert "Crème brûlée" in printer.paper_text


@pytest.mark.parametrize("text", ["", '[[pos_printer]]\nname = "receipts"\ndriver = "escpos"\n'])
def test_device_without_its_serial_number_is_not_touched(tmp_path: Path, text: str) -> None:
    file = tmp_path / "devices.toml"
    file.write_text(text)
    config: Any = SimpleNamespace(getoption=lambda _: str(file))
    with pytest.raises(pytest.UsageError, match="serial_number"):
        hardware(config)
