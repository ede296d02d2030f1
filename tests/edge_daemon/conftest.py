"""A daemon without devices that answer: enough for what the API itself decides."""

import asyncio
import contextlib
import pathlib
from collections.abc import AsyncIterator

import pytest

from edge_daemon.app import Daemon, opened
from edge_daemon.clock import SystemClock
from edge_daemon.config import load_configuration
from tests.edge_daemon.serving import TOKEN

BARE = """
[edge]
id = "edge-0041"
organization = "org-1"
store = "8712345678906"
state_directory = "{directory}"

[api]
port = 0
token = "{token}"
allowed_origins = ["https://till.example"]

[shop]
name = "De Hoekwinkel"

[[workstation]]
name = "till-1"

[[workstation]]
name = "till-2"
"""


class MovableClock(SystemClock):
    """The machine's clock, which a test can put forward."""

    def __init__(self) -> None:
        self.ahead_us = 0
        super().__init__()

    def now_us(self) -> int:
        return super().now_us() + self.ahead_us


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
async def bare_daemon(tmp_path: pathlib.Path, clock: MovableClock) -> AsyncIterator[Daemon]:
    path = tmp_path / "edge-daemon.toml"
    path.write_text(BARE.format(directory=tmp_path / "state", token=TOKEN))
    async with opened(load_configuration(path), clock) as daemon:
        running = asyncio.ensure_future(daemon.run())
        await daemon.server.ready.wait()
        yield daemon
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
