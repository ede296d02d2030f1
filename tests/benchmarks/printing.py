"""From a register's request to the first byte at the printer, with the intent on disk before."""

import asyncio
import contextlib
import json
import sys
import time
from collections.abc import AsyncIterator
from typing import NamedTuple

from simulators.pos_printer import PosPrinter
from tests.benchmarks.effort import Effort
from tests.benchmarks.figures import Aim, Figure, distribution
from tests.benchmarks.register import Register, connected, wait_until_online
from tests.benchmarks.service import EDGE_DAEMON, running
from tests.stories.counter import Counter, ulid

DOCUMENT = [
    {"type": "text", "text": "De Hoekwinkel"},
    {"type": "text", "text": "Pindakaas              € 6,98"},
    {"type": "text", "text": "Afwasborstel           € 3,04"},
    {"type": "cut"},
]
WARM_UP = 20
BARE = (sys.executable, "-m", "tests.benchmarks.bare_service")
LIMIT = "bare Litestar handler: same rows in plain sqlite3, same bytes"


async def measure(effort: Effort) -> list[Figure]:
    """Print with the daemon and with the bare handler in turn."""
    ours: list[_Print] = []
    bare: list[_Print] = []
    raw: list[float] = []
    async with (
        Counter() as counter,
        PosPrinter("other") as other,
        PosPrinter("third") as third,
        _line(third) as line,
    ):
        configuration = str(counter.configuration())
        state = str(counter.directory / "state")
        async with (
            running(EDGE_DAEMON, "run", "--config", configuration) as edge,
            connected(edge.port) as register,
        ):
            await wait_until_online(edge.port)
            await _print(register, f"/v1/print-jobs/{ulid()}", counter.printer)
            async with (
                running(*BARE, state, str(other.port)) as service,
                connected(service.port) as bare_register,
            ):
                for _ in range(WARM_UP + effort.prints):
                    path = f"/v1/print-jobs/{ulid()}"
                    ours.append(await _print(register, path, counter.printer))
                    bare.append(await _print(bare_register, f"/print/{ulid()}", other))
                    raw.append(await _write(line, third))
    del ours[:WARM_UP], bare[:WARM_UP], raw[:WARM_UP]
    return [
        *distribution(
            "request → first byte at the printer",
            [each.first_byte for each in ours],
            [each.first_byte for each in bare],
            LIMIT,
            p50_aim=Aim(value=1.8),
        ),
        *distribution(
            "request → printed and answered",
            [each.answer for each in ours],
            [each.answer for each in bare],
            LIMIT + ", not waiting for paper",
        ),
        *distribution(
            "the same first byte, against the wire alone",
            [each.first_byte for each in ours],
            raw,
            "the text written to the printer's socket",
        ),
    ]


@contextlib.asynccontextmanager
async def _line(printer: PosPrinter) -> AsyncIterator[asyncio.StreamWriter]:
    _, writer = await asyncio.open_connection("127.0.0.1", printer.port)
    yield writer
    writer.close()


async def _write(line: asyncio.StreamWriter, printer: PosPrinter) -> float:
    """Milliseconds from a write to the first byte at the printer."""
    arrival = printer.next_print_byte()
    began = time.perf_counter_ns()
    line.write(b"".join(each.get("text", "").encode("cp858") + b"\n" for each in DOCUMENT))
    return (await arrival - began) / 1e6


class _Print(NamedTuple):
    """Milliseconds from the request on."""

    first_byte: float
    answer: float


async def _print(register: Register, path: str, printer: PosPrinter) -> _Print:
    """Print once and wait for the end."""
    document = [*DOCUMENT, {"type": "text", "text": path}]
    body = json.dumps({"workstation": "till-1", "document": document}).encode()
    arrival = printer.next_print_byte()
    began = time.perf_counter_ns()
    register.send("PUT", path, body)
    answer = await register.answer()
    answered = time.perf_counter_ns()
    if answer["state"] != "printed":
        raise RuntimeError(f"The printer did not print: {answer}")
    return _Print((await arrival - began) / 1e6, (answered - began) / 1e6)
