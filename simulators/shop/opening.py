"""The shop as a whole: everything that a shop has, started in order and ended in reverse."""

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from edge_daemon.client import Register, pair
from simulators.broker import Broker, Kind
from simulators.control_api import serve
from simulators.shop.box import Box
from simulators.shop.cable import Cable
from simulators.shop.configuration import OPERATOR_ID, WORKSTATION, Wiring, write
from simulators.shop.devices import Devices, placed
from simulators.shop.head_office import publish_lists
from simulators.shop.programs import Program, ask

DEVICES_SECONDS = 30.0
"""For the daemon to reach every device."""
LISTS_SECONDS = 30.0
"""For the office's lists to arrive."""
LOOK_SECONDS = 0.05
"""Between two looks at the devices while they are being opened."""
BROKER_NAMES = {"mosquitto": "Mosquitto", "amqtt": "the embedded one (amqtt)"}
_NEEDED = ("printer", "drawer", "scanner", "terminal")

Say = Callable[[str], None]


class ShopError(RuntimeError):
    """Raised when the shop cannot be opened; the message says what stands in the way."""


@dataclass(frozen=True)
class Options:
    """What can be chosen, and where the files are.

    Attributes:
        directory: For all files; it exists.
        keep: Whether they are kept: then the paper is, too.
        broker: The best that is installed where None.
        more: Devices beside printer, scanner and terminal, by their simulators' names.
        origins: Pages that may call the daemon.
    """

    directory: Path
    keep: bool
    language: str
    broker: Kind | None
    more: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()

    @property
    def configuration(self) -> Path:
        """The daemon's TOML."""
        return self.directory / "edge-daemon.toml"

    @property
    def office_database(self) -> Path:
        """What the office has."""
        return self.directory / "central-office.db"


@dataclass(frozen=True)
class Shop:
    """An open shop: devices, daemon, office, and a register that is signed in.

    Attributes:
        token: What opens the daemon's API.
        control_url: Where the devices are controlled.
        box: The daemon, on its mains plug.
        cable: Between the box and the office's broker.
    """

    options: Options
    devices: Devices
    box: Box
    cable: Cable
    office: Program
    token: str
    control_url: str
    register: Register

    @property
    def url(self) -> str:
        """Where the daemon's API is; the same after a power cut."""
        return self.box.url

    async def fail(self) -> NoReturn:
        """Wait until one of the programs ends without having been asked to.

        Raises:
            ProgramError: One did; the others still run.
        """
        failing = [asyncio.ensure_future(program.fail()) for program in (self.office, self.box)]
        try:
            done, _ = await asyncio.wait(failing, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in failing:
                each.cancel()
        raise done.pop().exception() or ShopError("A program ended.")

    async def wait_for_devices(self) -> None:
        """Wait until the daemon has reached what a sale needs: before, nobody hears a scan.

        Raises:
            ShopError: It has not after `DEVICES_SECONDS`.
        """
        await wait_for_devices(self.register)

    async def publish_lists(self) -> None:
        """Send catalogue and people from the office, and wait until the box has them.

        Raises:
            ProgramError, ShopError: They do not come.
        """
        await publish_lists(self.options.directory, self.cable.port, self.options.language)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LISTS_SECONDS):
                arrived = False
                while not arrived:
                    await asyncio.sleep(LOOK_SECONDS)
                    catalogue = await self.register.catalogue()
                    arrived = bool(catalogue.version and await self.register.operators())
                return
        raise ShopError("The office's lists do not arrive at the box.")

    async def till_address(self) -> str:
        """Where the till is, for one browser: the code in the address pairs it."""
        code = await offered_code(self.options, "tablet")
        return f"{self.url}/till#pair={code}"


async def wait_for_devices(register: Register) -> None:
    """Wait until the daemon has reached what a sale needs.

    Raises:
        ShopError: It has not after `DEVICES_SECONDS`.
    """
    offline = {"the devices": "it has not answered"}
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(DEVICES_SECONDS):
            while offline:
                offline = {
                    device.name: device.reason or device.state
                    for device in await register.devices()
                    if device.name in _NEEDED and device.state != "online"
                }
                await asyncio.sleep(LOOK_SECONDS)
    if offline:
        reasons = ", ".join(f"{name} ({reason})" for name, reason in offline.items())
        raise ShopError(f"The daemon does not reach {reasons}.")


@contextlib.asynccontextmanager
async def opened(options: Options, say: Say) -> AsyncIterator[Shop]:
    """Open the shop, telling what is being done; it is closed with the context.

    Raises:
        ProgramError, BrokerNotStartedError: It cannot be opened; nothing is left.
    """
    async with contextlib.AsyncExitStack() as stack:
        say("Starting simulated devices: receipt printer with drawer, scanner, payment terminal.")
        devices = await placed(
            stack,
            options.directory,
            keep_paper=options.keep,
            more=options.more,
            say=say,
        )
        control_url = await stack.enter_async_context(serve(devices.by_name))
        broker = Broker(kind=options.broker)
        say(f"Starting the MQTT broker: {BROKER_NAMES[broker.kind]}.")
        await stack.enter_async_context(broker)
        cable = await stack.enter_async_context(Cable(broker.port))
        say("Starting the central office and the daemon.")
        _write_configuration(options, devices, cable.port)
        office = await stack.enter_async_context(_office(options, broker.port))
        box = await stack.enter_async_context(Box(options.configuration))
        await asyncio.gather(box.wait_until_ready(), office.wait_for_line("^Receiving"))
        say("Pairing the register with the daemon.")
        token = await _pair(options, box.url)
        register = await stack.enter_async_context(
            Register(box.url, token, workstation=WORKSTATION, operator_id=OPERATOR_ID)
        )
        yield Shop(options, devices, box, cable, office, token, control_url, register)


async def _pair(options: Options, url: str) -> str:
    """Get the register's token with a code, as a person would, but for the paper."""
    return (await pair(url, await offered_code(options, "demo register"))).token


async def offered_code(options: Options, name: str) -> str:
    """A code that lets one register in."""
    what = f"--workstation={WORKSTATION}", f"--name={name}", "--no-print", "--minutes=60"
    told = await ask("edge-daemon", "pair", "--json", *what, f"--config={options.configuration}")
    code: str = json.loads(told)["code"]["code"]
    return code


def _write_configuration(options: Options, devices: Devices, broker_port: int) -> None:
    wiring = Wiring(
        state_directory=options.directory / "state",
        language=options.language,
        api_port=free_port(),
        origins=options.origins,
        broker_port=broker_port,
    )
    write(options.configuration, devices.all, wiring)


def _office(options: Options, broker_port: int) -> Program:
    return Program(
        "central-office",
        "run",
        f"--broker=127.0.0.1:{broker_port}",
        f"--database={options.office_database}",
    )


def free_port() -> int:
    """A port of loopback that nobody has at this moment; the box keeps it over its power cuts."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
