"""Simulated card readers for tests, and the drivers opened on them."""

import atexit
import functools
import importlib
import shutil
import tempfile
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from drivers.card_reader import CardReader
from simulators.card_reader import NfcReader
from simulators.pcsc_card_reader import PcscCardReader

Simulator = PcscCardReader | NfcReader


@functools.cache
def pcsc_directory() -> Path:
    """Where this process has its pcscd: its library keeps the first address for good."""
    directory = Path(tempfile.mkdtemp(prefix="pcscd-"))
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    return directory


def pcsc_reader(name: str = "cards") -> PcscCardReader:
    return PcscCardReader(name, pcsc_directory())


READERS: dict[str, Callable[[], Simulator]] = {
    "pcsc": pcsc_reader,
    "nfcpy": lambda: NfcReader("cards"),
}
QUICK: dict[str, dict[str, Any]] = {"pcsc": {}, "nfcpy": {"interval": 0.01}}
"""Settings that save time where no hardware has to rest."""


async def open_configured(simulator: Simulator, **changes: object) -> CardReader:
    """Open the driver that the simulator's own TOML names."""
    (table,) = tomllib.loads(simulator.toml())["card_reader"]
    name, driver = table.pop("name"), table.pop("driver")
    module = importlib.import_module(f"drivers.card_reader.{driver}")
    settings = msgspec.convert(table | QUICK[driver] | changes, module.Settings)
    reader: CardReader = await module.open_device(name, settings, {})
    return reader
