"""A counter without an office: the devices and the daemon, for tests that come and go quickly."""

import contextlib
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from edge_daemon.client import Register
from simulators.control_api import serve
from simulators.shop.box import Box
from simulators.shop.configuration import OPERATOR_ID, WORKSTATION, Wiring, write
from simulators.shop.devices import Devices, other_kinds, placed
from simulators.shop.opening import free_port, wait_for_devices


@dataclass(frozen=True)
class OpenCounter:
    """Devices, daemon, and a register that is signed in.

    Attributes:
        token: What opens the daemon's API.
        control_url: Where the devices are controlled.
    """

    devices: Devices
    box: Box
    token: str
    control_url: str
    register: Register

    async def restore_power(self) -> None:
        """Put the box's plug back, and wait until it has all its devices."""
        await self.box.plug_in()
        await wait_for_devices(self.register)


@contextlib.asynccontextmanager
async def opened_counter(
    directory: Path, *, language: str = "en", more: str = ""
) -> AsyncIterator[OpenCounter]:
    """Open the counter; it is closed with the context.

    Args:
        directory: For all files; it exists.
        language: Of the receipts.
        more: TOML to add to the daemon's configuration, such as doors.

    Raises:
        ProgramError, ShopError: It cannot be opened; nothing is left.
    """
    async with contextlib.AsyncExitStack() as stack:
        devices = await placed(
            stack, directory, keep_paper=False, more=other_kinds(), say=lambda _: None
        )
        token = secrets.token_urlsafe(24)
        wiring = Wiring(
            state_directory=directory / "state",
            language=language,
            api_port=free_port(),
            token=token,
            more=more,
        )
        configuration = directory / "edge-daemon.toml"
        write(configuration, devices.all, wiring)
        control_url = await stack.enter_async_context(serve(devices.by_name))
        box = await stack.enter_async_context(Box(configuration))
        await box.wait_until_ready()
        register = await stack.enter_async_context(
            Register(box.url, token, workstation=WORKSTATION, operator_id=OPERATOR_ID)
        )
        await wait_for_devices(register)
        yield OpenCounter(devices, box, token, control_url, register)
