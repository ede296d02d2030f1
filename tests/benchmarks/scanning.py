"""From the last byte or report of a scan to its event at a register that listens.

How long a scanner takes to type is its own affair (a report a millisecond at best), so a typed code
is measured from its Enter on.
"""

import asyncio
import contextlib
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from simulators.held_scanner import HeldScanner
from simulators.hid.device import REPORTS
from simulators.hid_keyboard_scanner import HidKeyboardScanner
from simulators.hid_pos_scanner import HidPosScanner
from simulators.scanner import Scanner
from tests.benchmarks.effort import Effort
from tests.benchmarks.figures import Aim, Figure, distribution, root
from tests.benchmarks.register import listening, wait_until_online
from tests.benchmarks.service import EDGE_DAEMON, running
from tests.stories.counter import Counter

CODE = "8710400145981"
WARM_UP = 20
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


KINDS: dict[str, Callable[[Path], HeldScanner]] = {
    "": lambda directory: Scanner(directory=directory),
    "USB, HID POS: ": lambda _: HidPosScanner(),
    "USB, typed: ": lambda _: HidKeyboardScanner(),
}


async def measure(effort: Effort) -> list[Figure]:
    """Scan into the daemon and into the bare reader in turn, with each kind of scanner."""
    figures: list[Figure] = []
    for name, kind in KINDS.items():
        figures += await _measure(effort, name, kind)
    return figures


async def _measure(effort: Effort, name: str, kind: Callable[[Path], HeldScanner]) -> list[Figure]:
    ours: list[float] = []
    bare: list[float] = []
    async with Counter(scanner=kind) as counter, Scanner("other", counter.directory) as other:
        configuration = str(counter.configuration())
        async with running(EDGE_DAEMON, "run", "--config", configuration) as edge:
            await wait_until_online(edge.port)
            bare_scanner = bare_process("bare_scanner", other.url)
            async with listening(edge.port) as register, bare_scanner as reader:
                for _ in range(WARM_UP + effort.scans):
                    finish = await _begin(counter.scanner)
                    began = time.perf_counter_ns()
                    finish()
                    event = await register.event("scan")
                    ours.append((time.perf_counter_ns() - began) / 1e6)
                    if CODE.encode() not in event:
                        raise RuntimeError(f"Another scan came: {event!r}")
                    began = time.perf_counter_ns()
                    other.scan(CODE)
                    await reader.readuntil(b"\r")
                    bare.append((time.perf_counter_ns() - began) / 1e6)
    return distribution(
        f"{name}scan → event at the register",
        ours[WARM_UP:],
        bare[WARM_UP:],
        "a process that reads the line and writes a socket",
        p99_aim=Aim(value=5),
    )


async def _begin(scanner: HeldScanner) -> Callable[[], None]:
    """Send all but the last report of a typed code; what remains to be done sends the rest."""
    if not isinstance(scanner, HidKeyboardScanner):
        return lambda: scanner.scan(CODE)
    scanner.faults.switch("no_suffix", on=True)
    scanner.scan(CODE)
    scanner.faults.switch("no_suffix", on=False)
    while not scanner.device.fetched(REPORTS):  # noqa: ASYNC110 - it tells nobody
        await asyncio.sleep(0)
    return lambda: scanner.type("\r")


@contextlib.asynccontextmanager
async def bare_process(module: str, device: str) -> AsyncIterator[asyncio.StreamReader]:
    """Run the least way from `device` to a register, and yield what it writes."""
    arrived: asyncio.Future[Streams] = asyncio.get_running_loop().create_future()
    server = await asyncio.start_server(lambda *both: arrived.set_result(both), "127.0.0.1")
    port = server.sockets[0].getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", f"tests.benchmarks.{module}", device, str(port), cwd=root()
    )
    try:
        async with asyncio.timeout(10):
            reader, writer = await arrived
            await reader.readuntil(b"\r")
        yield reader
        writer.close()
    finally:
        process.kill()
        await process.wait()
        server.close()
        await server.wait_closed()
