"""What the daemon adds to an authorisation: all but the time that the terminal takes by itself.

In turn: a payment by the daemon, the same by a till that does nothing else, and by one that
commits the same rows with plain sqlite3. The second is the terminal's own time, and taken off.
"""

import asyncio
import contextlib
import json
import pathlib
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable

from drivers.wire.zvt import shapes
from simulators.payment_terminal import PaymentTerminal
from tests.benchmarks.effort import Effort
from tests.benchmarks.figures import Aim, Figure, distribution, root
from tests.benchmarks.register import Register, connected, wait_until_online
from tests.benchmarks.service import EDGE_DAEMON, running
from tests.stories.counter import Counter, ulid

WARM_UP = 10
ORDER = json.dumps({"workstation": "till-1", "amount": 1234}).encode()
LIMIT = "a till that commits the same rows with plain sqlite3"

Pay = Callable[[str], Awaitable[float]]
"""Pays without or with commits (`pay`, `commit`), and says how many milliseconds that took."""


async def measure(effort: Effort) -> list[Figure]:
    """Pay with the daemon and without it in turn."""
    ours: list[float] = []
    bare: list[float] = []
    async with Counter() as counter:
        other = PaymentTerminal("other", counter.directory / "other.sqlite", auto=True)
        for terminal in (counter.terminal, other):
            terminal.faults.switch("no_message_ids", on=True)
        command = (EDGE_DAEMON, "run", "--config", str(counter.configuration()))
        async with other, running(*command) as edge, connected(edge.port) as register:
            await wait_until_online(edge.port)
            await _pay(register)
            async with _bare_till(counter.terminal, other, counter.directory / "state") as pay:
                for _ in range(WARM_UP + effort.payments):
                    daemon, alone = await _pay(register), await pay("pay")
                    ours.append(daemon - alone)
                    bare.append(await pay("commit") - alone)
    return distribution(
        "payment, without the terminal's own time",
        ours[WARM_UP:],
        bare[WARM_UP:],
        LIMIT,
        p99_aim=Aim(value=5),
    )


async def _pay(register: Register) -> float:
    """Pay once by the daemon, and return how many milliseconds that took."""
    began = time.perf_counter_ns()
    answer = await register.ask("PUT", f"/v1/payments/{ulid()}?wait=30", ORDER)
    if answer["state"] != "CONFIRMED":
        raise RuntimeError(f"Nobody paid: {answer}")
    return (time.perf_counter_ns() - began) / 1e6


@contextlib.asynccontextmanager
async def _bare_till(
    terminal: PaymentTerminal, other: PaymentTerminal, state: pathlib.Path
) -> AsyncIterator[Pay]:
    """Start a till that says to `other` what the daemon said to its terminal."""
    said = {apdu.control: apdu.encode().hex() for who, apdu in terminal.traffic if who == "ecr"}
    commands = (said[shapes.REGISTRATION], said[shapes.AUTHORIZATION])
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.benchmarks.bare_till"),
        *(str(other.port), str(state), *commands),
        cwd=root(),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )

    async def pay(how: str) -> float:
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("The bare till has no pipes.")
        process.stdin.write(f"{how}\n".encode())
        return float(await process.stdout.readline())

    try:
        yield pay
    finally:
        process.terminate()
        await process.communicate()
