"""The demo's shop: everything that a shop has, started in order and ended in reverse."""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from simulators.broker import Broker, Kind
from simulators.control_api import serve
from simulators.demo.configuration import OPERATOR_ID, WORKSTATION, configuration
from simulators.demo.programs import Program
from simulators.demo.register import Register
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
    """What can be chosen.

    Attributes:
        directory: For all files; it exists.
        keep: Whether they are kept: then the paper is, too.
        broker: The best that is installed where None.
    """

    directory: Path
    keep: bool
    language: str
    broker: Kind | None


@dataclass(frozen=True)
class Shop:
    """An open shop: devices, daemon, office, and a register that is signed in.

    Attributes:
        url, token: Where the daemon's API is, and what opens it.
        control_url: Where the simulators are controlled.
    """

    options: Options
    url: str
    token: str
    control_url: str
    printer: PosPrinter
    scanner: Scanner
    terminal: PaymentTerminal
    register: Register
    programs: tuple[Program, ...]

    @property
    def configuration(self) -> Path:
        """The daemon's TOML."""
        return configuration_path(self.options.directory)

    @property
    def office_database(self) -> Path:
        """What the office has."""
        return office_path(self.options.directory)

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


def configuration_path(directory: Path) -> Path:
    """Where the daemon's TOML is."""
    return directory / "edge-daemon.toml"


def office_path(directory: Path) -> Path:
    """Where the office's database is."""
    return directory / "central-office.db"


@contextlib.asynccontextmanager
async def opened(options: Options, say: Say) -> AsyncIterator[Shop]:
    """Open the shop, telling what is being done; it is closed with the context.

    Raises:
        ShopError, ProgramError, BrokerNotStartedError: It cannot be opened; nothing is left.
    """
    async with contextlib.AsyncExitStack() as stack:
        directory = options.directory
        printer = PosPrinter(paper_directory=directory / "paper" if options.keep else None)
        scanner = Scanner(directory=directory)
        terminal = PaymentTerminal(ledger=directory / "terminal.sqlite")
        simulators = {each.name: each for each in (printer, scanner, terminal)}
        say("Starting simulated devices: receipt printer with drawer, scanner, payment terminal.")
        for each in (printer, scanner, terminal):
            await stack.enter_async_context(each)
        control_url = await stack.enter_async_context(serve(simulators))
        broker = Broker(kind=options.broker)
        say(f"Starting the MQTT broker: {BROKER_NAMES[broker.kind]}.")
        await stack.enter_async_context(broker)
        token = secrets.token_urlsafe(24)
        configuration_path(directory).write_text(
            configuration(
                (printer, scanner, terminal),
                directory=directory / "state",
                token=token,
                language=options.language,
                broker_port=broker.port,
            ),
            "utf-8",
        )
        say("Starting the central office and the daemon.")
        office, daemon = _programs(directory, broker.port)
        await stack.enter_async_context(office)
        await stack.enter_async_context(daemon)
        _, url = await asyncio.gather(
            office.wait_for_line("^Receiving"), daemon.wait_for_line(r"ready: (http:\S+?)(,|$)")
        )
        register = await stack.enter_async_context(
            Register(url[1], token, WORKSTATION, OPERATOR_ID)
        )
        say("Waiting for the daemon to reach every device.")
        await _wait_for_devices(register)
        yield Shop(
            options,
            url[1],
            token,
            control_url,
            printer,
            scanner,
            terminal,
            register,
            (office, daemon),
        )


def _programs(directory: Path, broker_port: int) -> tuple[Program, Program]:
    office = Program(
        "central-office",
        "run",
        f"--broker=127.0.0.1:{broker_port}",
        f"--database={office_path(directory)}",
    )
    return office, Program("edge-daemon", "run", f"--config={configuration_path(directory)}")


async def _wait_for_devices(register: Register) -> None:
    """Wait until all are online: what is scanned before that, nobody hears."""
    offline = {"no device": ""}
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(DEVICES_SECONDS):
            while offline:
                devices = (await register.get("/v1/devices"))["devices"]
                offline = {
                    device["name"]: device["reason"] or device["state"]
                    for device in devices
                    if device["state"] != "online"
                }
                await asyncio.sleep(LOOK_SECONDS)
    if offline:
        reasons = ", ".join(f"{name} ({reason})" for name, reason in offline.items())
        raise ShopError(f"The daemon does not reach {reasons}.")
