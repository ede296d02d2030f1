"""`pos-simulators`: a counter full of simulated devices, started with one command."""

import argparse
import asyncio
import contextlib
import importlib
import signal
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from simulators.configuration import configuration
from simulators.control import Simulator, UnknownNameError, unknown
from simulators.control_api import serve
from simulators.registry import MissingPackageError, create, families, started_by_default
from simulators.watching import Change, StateWatch

CONTROL_PORT = 8421
"""Beside the daemon's 8420."""

LOOK_SECONDS = 0.1
"""Between two looks at the simulators' states."""

COMMANDS = {
    "bench": "simulators.bench.command",
    "chain": "simulators.chain.cli",
    "play": "simulators.playing.command",
}
"""What is a command and not a simulator, and where it is."""

DESCRIPTION = """\
Start simulated shop devices that speak the real wires, print the TOML that points the edge daemon
at them, and tell what happens to them until Ctrl-C.
"""

EPILOG = """\
Devices and their faults are controlled while they run:

  curl http://127.0.0.1:8421/state
  curl http://127.0.0.1:8421/scanner
  curl -H 'Content-Type: application/json' http://127.0.0.1:8421/scanner/hand \\
       -d '{"action": "scan", "data": "8711000000007"}'
  curl -H 'Content-Type: application/json' http://127.0.0.1:8421/printer/faults \\
       -d '{"fault": "silent", "on": true}'

A whole shop with all of them, on one page in a browser (pos-simulators bench --help):

  pos-simulators bench

Scenarios, with JUnit's XML for a build server (pos-simulators play --help):

  pos-simulators play scenarios/cash-sale.yaml
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; 0 after Ctrl-C, 2 when it could not start."""
    words = sys.argv[1:] if arguments is None else arguments
    if words and words[0] in COMMANDS:
        return _command(words[0])(words[1:])
    options = _parser().parse_args(words)
    try:
        asyncio.run(_run(options))
    except (UnknownNameError, MissingPackageError, OSError) as error:
        print(f"pos-simulators: {error}", file=sys.stderr)  # noqa: T201 - a command's answer
        return 2
    return 0


def _command(name: str) -> Callable[[Sequence[str]], int]:
    """The command of its own; what it needs is imported only now."""
    run: Callable[[Sequence[str]], int] = importlib.import_module(COMMANDS[name]).main
    return run


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="pos-simulators",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "simulators",
        nargs="*",
        metavar="SIMULATOR",
        help="all (the default; one for each kind of device), or some of: "
        + ", ".join(map(_dashed, families())),
    )
    parser.add_argument(
        "--directory",
        type=Path,
        metavar="DIR",
        help="where they keep their files (paper, ledger, serial ports); a temporary one if absent",
    )
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="[NAME:]FAULT",
        help="start with this fault on; again for more",
    )
    parser.add_argument(
        "--control-port",
        type=int,
        default=CONTROL_PORT,
        metavar="N",
        help=f"the HTTP remote control's port on loopback, {CONTROL_PORT} if absent; 0 chooses one",
    )
    parser.add_argument(
        "--toml", type=Path, metavar="FILE", help="write the configuration to FILE as well"
    )
    return parser


def _dashed(family: str) -> str:
    return family.replace("_", "-")


async def _run(options: argparse.Namespace) -> None:
    stopped = _stop_on_signals()
    async with contextlib.AsyncExitStack() as stack:
        directory = options.directory or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        wanted = options.simulators
        if not wanted or "all" in wanted:
            wanted = list(started_by_default())
        simulators: dict[str, Simulator] = {}
        for family in wanted:
            simulator = create(family, directory.absolute())
            simulators[simulator.name] = await stack.enter_async_context(simulator)
        for fault in options.fault:
            switch_on(simulators, fault)
        url = await stack.enter_async_context(serve(simulators, options.control_port))
        _announce(configuration(simulators.values()), url, options.toml)
        await _tell_until(stopped, simulators, Console(stderr=True, log_path=False))


def switch_on(simulators: Mapping[str, Simulator], fault: str) -> None:
    """Switch on `NAME:FAULT`, or `FAULT` at every simulator that has it; `-` may stand for `_`.

    Raises:
        UnknownNameError: No simulator of this name, or none with this fault.
    """
    name, colon, fault = fault.rpartition(":")
    fault = fault.replace("-", "_")
    if colon and name not in simulators:
        raise UnknownNameError(unknown("simulator", name, simulators))
    chosen = [simulators[name]] if colon else list(simulators.values())
    having = [simulator for simulator in chosen if fault in simulator.faults.descriptions]
    if not having:
        known = {each: None for simulator in chosen for each in simulator.faults.descriptions}
        raise UnknownNameError(unknown("fault", fault, known))
    for simulator in having:
        simulator.faults.switch(fault, on=True)


def _announce(toml: str, url: str, file: Path | None) -> None:
    """Hand out the configuration, ready to paste; the file appears whole or not at all."""
    if file is not None:
        written = file.with_name(f"{file.name}.part")
        written.write_text(toml, "utf-8")
        written.replace(file)
    sys.stdout.write(f"{toml}\n# Remote control: {url}/state\n")
    sys.stdout.flush()


def _stop_on_signals() -> asyncio.Event:
    """Turn Ctrl-C and SIGTERM into an event, so that everything is closed in order."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    return stopped


async def _tell_until(
    stopped: asyncio.Event, simulators: Mapping[str, Simulator], console: Console
) -> None:
    """Print what happens."""
    watches = {name: StateWatch(simulator.state()) for name, simulator in simulators.items()}
    console.log(f"{', '.join(simulators)}: running. Ctrl-C ends.")
    while not stopped.is_set():
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LOOK_SECONDS):
                await stopped.wait()
        for name, watch in watches.items():
            for change in watch.look(simulators[name].state()):
                _tell(console, name, change)
    console.log("Stopped.")


def _tell(console: Console, name: str, change: Change) -> None:
    """Show one change: a text of several lines as a sheet of paper, a list by what is new."""
    label = f"{name} · {change.name.replace('_', ' ')}"
    if isinstance(change.after, str) and "\n" in change.after:
        console.log(Panel(Text(change.after), title=label, expand=False))
    elif isinstance(change.after, list) and isinstance(change.before, list):
        for item in change.after:
            if item not in change.before:
                console.log(Text(f"{label}: {_spoken(item)}"))
    else:
        console.log(Text(f"{label}: {_spoken(change.after)}"))


def _spoken(value: object) -> str:
    match value:
        case None:
            return "none"
        case bool():
            return "yes" if value else "no"
        case _:
            return str(value)
