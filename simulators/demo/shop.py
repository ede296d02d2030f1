"""The demo's shop: everything that a shop has, started in order and ended in reverse."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from edge_daemon.client import Register, pair
from simulators.broker import Broker, Kind
from simulators.control import Simulator
from simulators.control_api import serve
from simulators.demo.configuration import OPERATOR_ID, WORKSTATION, configuration
from simulators.demo.programs import Program, ask
from simulators.payment_terminal import PaymentTerminal
from simulators.pos_printer import PosPrinter
from simulators.scanner import Scanner

DEVICES_SECONDS = 30.0
"""For the daemon to reach every device."""
LOOK_SECONDS = 0.05
"""Between two looks at the devices while they are being opened."""
BROKER_NAMES = {"mosquitto": "Mosquitto", "amqtt": "the embedded one (amqtt)"}

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
    """

    directory: Path
    keep: bool
    language: str
    broker: Kind | None

    @property
    def configuration(self) -> Path:
        """The daemon's TOML."""
        return self.directory / "edge-daemon.toml"

    @property
    def office_database(self) -> Path:
        """What the office has."""
        return self.directory / "central-office.db"


@dataclass(frozen=True)
class Devices:
    """The simulated devices on the counter."""

    printer: PosPrinter
    scanner: Scanner
    terminal: PaymentTerminal

    @property
    def all(self) -> tuple[Simulator, ...]:
        """Each of them."""
        return self.printer, self.scanner, self.terminal


@dataclass(frozen=True)
class Shop:
    """An open shop: devices, daemon, office, and a register that is signed in.

    Attributes:
        url, token: Where the daemon's API is, and what opens it.
        control_url: Where the devices are controlled.
    """

    options: Options
    devices: Devices
    url: str
    token: str
    control_url: str
    register: Register
    programs: tuple[Program, ...]

    async def fail(self) -> NoReturn:
        """Wait until one of the programs ends without having been asked to.

        Raises:
            ProgramError: One did; the others still run.
        """
        failing = [asyncio.ensure_future(program.fail()) for program in self.programs]
        try:
            done, _ = await asyncio.wait(failing, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in failing:
                each.cancel()
        raise done.pop().exception() or ShopError("A program ended.")

    async def wait_for_devices(self) -> None:
        """Wait until the daemon has reached all devices: what is scanned before, nobody hears.

        Raises:
            ShopError: It has not after `DEVICES_SECONDS`.
        """
        offline = {"the devices": "it has not answered"}
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(DEVICES_SECONDS):
                while offline:
                    offline = {
                        device.name: device.reason or device.state
                        for device in await self.register.devices()
                        if device.state != "online"
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
        devices = _devices(options)
        for device in devices.all:
            await stack.enter_async_context(device)
        control_url = await stack.enter_async_context(
            serve({device.name: device for device in devices.all})
        )
        broker = Broker(kind=options.broker)
        say(f"Starting the MQTT broker: {BROKER_NAMES[broker.kind]}.")
        await stack.enter_async_context(broker)
        say("Starting the central office and the daemon.")
        _write_configuration(options, devices, broker.port)
        office, daemon = _programs(options, broker.port)
        await stack.enter_async_context(office)
        await stack.enter_async_context(daemon)
        url, _ = await asyncio.gather(
            daemon.wait_for_line(r"ready: (http:\S+?)(?:,|$)"), office.wait_for_line("^Receiving")
        )
        say("Pairing the register with the daemon.")
        token = await _pair(options)
        register = await stack.enter_async_context(
            Register(url[1], token, workstation=WORKSTATION, operator_id=OPERATOR_ID)
        )
        yield Shop(options, devices, url[1], token, control_url, register, (office, daemon))


def _devices(options: Options) -> Devices:
    directory = options.directory
    return Devices(
        PosPrinter(paper_directory=directory / "paper" if options.keep else None),
        Scanner(directory=directory),
        PaymentTerminal(ledger=directory / "terminal.sqlite"),
    )


async def _pair(options: Options) -> str:
    """Get the register's token with a code, as a person would, but for the paper."""
    what = f"--workstation={WORKSTATION}", "--name=demo register", "--no-print"
    told = await ask("edge-daemon", "pair", "--json", *what, f"--config={options.configuration}")
    offered = json.loads(told)
    return (await pair(offered["url"], offered["code"]["code"])).token


def _write_configuration(options: Options, devices: Devices, broker_port: int) -> None:
    toml = configuration(
        devices.all,
        directory=options.directory / "state",
        language=options.language,
        broker_port=broker_port,
    )
    options.configuration.write_text(toml, "utf-8")


def _programs(options: Options, broker_port: int) -> tuple[Program, Program]:
    office = Program(
        "central-office",
        "run",
        f"--broker=127.0.0.1:{broker_port}",
        f"--database={options.office_database}",
    )
    return office, Program("edge-daemon", "run", f"--config={options.configuration}")
