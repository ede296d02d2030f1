"""From a restart until every open payment is resolved, the terminals answering at once."""

import json
import os
import signal
import statistics
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack

from simulators.payment_terminal import PaymentTerminal
from tests.benchmarks.effort import Effort
from tests.benchmarks.figures import Figure
from tests.benchmarks.register import Register, connected, listening, wait_until_online
from tests.benchmarks.service import EDGE_DAEMON, running
from tests.stories.counter import Counter, ulid

TERMINALS = 4
"""Each with one open payment: a terminal takes no other."""
LIMIT = "the same restart with nothing open"


async def measure(effort: Effort) -> list[Figure]:
    """Kill the daemon in the middle of payments, start it, and wait for their ends."""
    resolving: list[float] = []
    starting: list[float] = []
    terminals = [PaymentTerminal(f"terminal-{number}") for number in range(TERMINALS)]
    async with AsyncExitStack() as stack:
        for terminal in terminals:
            await stack.enter_async_context(terminal)
        tables = "\n".join(map(_tables, terminals))
        counter = await stack.enter_async_context(Counter(relay=tables))
        command = (EDGE_DAEMON, "run", "--config", str(counter.configuration()))
        for _ in range(effort.starts):
            await _die_while_paying(command, terminals)
            resolving.append(await _restart(command, open_payments=True))
            starting.append(await _restart(command, open_payments=False))
    return [
        Figure(
            name=f"restart → {TERMINALS} open payments resolved, median",
            unit="ms",
            measured=statistics.median(resolving),
            limit=statistics.median(starting),
            limit_is=LIMIT,
        )
    ]


def _tables(terminal: PaymentTerminal) -> str:
    return (
        f'[[workstation]]\nname = "{terminal.name}"\npayment_terminal = "{terminal.name}"\n'
        f"{terminal.toml()}"
    )


async def _die_while_paying(command: Sequence[str], terminals: Sequence[PaymentTerminal]) -> None:
    """Kill the daemon while every terminal waits for a card; then all customers leave.

    Each has a payment behind it: what an empty terminal did, only a person could say.
    """
    async with running(*command) as edge, AsyncExitStack() as registers:
        await wait_until_online(edge.port)
        for terminal in terminals:
            register = await registers.enter_async_context(connected(edge.port))
            body = json.dumps({"workstation": terminal.name, "amount": 1234}).encode()
            await terminal.hand("tap")
            await register.ask("PUT", f"/v1/payments/{ulid()}?wait=30", body)
            register.send("PUT", f"/v1/payments/{ulid()}?wait=30", body)
            await terminal.until("waiting_for_card")
        os.kill(edge.pid, signal.SIGKILL)
    for terminal in terminals:
        await terminal.hand("refuse")
        await terminal.until("idle")


async def _restart(command: Sequence[str], *, open_payments: bool) -> float:
    """Milliseconds until all devices are online, and no payment is open."""
    began = time.perf_counter()
    async with running(*command) as edge:
        await wait_until_online(edge.port)
        async with listening(edge.port) as events, connected(edge.port) as register:
            while open_payments and await _any_open(register):
                await events.event("payment_changed")
        return (time.perf_counter() - began) * 1e3


async def _any_open(register: Register) -> bool:
    answer = await register.ask("GET", "/v1/payments")
    if any(each["state"] == "MANUAL_REVIEW" for each in answer["open"]):
        raise RuntimeError(f"A person would have to decide: {answer}")
    return bool(answer["open"])
