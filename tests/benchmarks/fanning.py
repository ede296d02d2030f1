"""From the bytes of a scan to its event at the last of eight registers; memory of a register."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

from tests.benchmarks.effort import Effort
from tests.benchmarks.figures import Figure, distribution
from tests.benchmarks.register import Register, connected, listening, wait_until_online
from tests.benchmarks.service import EDGE_DAEMON, Service, running
from tests.stories.counter import Counter

CODE = "8710400145981"
REGISTERS = 8
CONNECTIONS = 96
"""Opened at once to weigh one: of one address 128 are let in."""
WARM_UP = 20
Opened = Callable[[int], AbstractAsyncContextManager[Register]]


async def measure(effort: Effort) -> list[Figure]:
    """Scan into a daemon with eight registers and into one with one, in turn."""
    eight: list[float] = []
    one: list[float] = []
    async with Counter() as counter, Counter() as other, contextlib.AsyncExitStack() as stack:
        edges = [await stack.enter_async_context(_daemon(each)) for each in (counter, other)]
        many = [await stack.enter_async_context(listening(edges[0].port)) for _ in range(REGISTERS)]
        alone = await stack.enter_async_context(listening(edges[1].port))
        for _ in range(WARM_UP + effort.scans):
            eight.append(await _scan(counter, many))
            one.append(await _scan(other, [alone]))
        idle = await _weigh(edges[0], connected)  # memory that was given back is taken again
        listener = await _weigh(edges[1], listening)
    return [
        *distribution(
            "scan → event at the last of 8 registers",
            eight[WARM_UP:],
            one[WARM_UP:],
            "the same with one register",
        ),
        Figure(
            name="memory of one register that listens",
            unit="KiB",
            measured=listener,
            limit=idle,
            limit_is="a kept connection that asks for nothing",
        ),
    ]


@contextlib.asynccontextmanager
async def _daemon(counter: Counter) -> AsyncIterator[Service]:
    async with running(EDGE_DAEMON, "run", "--config", str(counter.configuration())) as edge:
        await wait_until_online(edge.port)
        yield edge


async def _scan(counter: Counter, registers: list[Register]) -> float:
    """Milliseconds until every register has it."""
    began = time.perf_counter_ns()
    counter.scanner.scan(CODE)
    for event in await asyncio.gather(*(each.event("scan") for each in registers)):
        if CODE.encode() not in event:
            raise RuntimeError(f"Another scan came: {event!r}")
    return (time.perf_counter_ns() - began) / 1e6


async def _weigh(edge: Service, opened: Opened) -> float:
    """KiB of the daemon for one such connection; at least one page of them all."""
    before = edge.memory().private
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(CONNECTIONS):
            register = await stack.enter_async_context(opened(edge.port))
            if opened is connected:
                await register.ask("GET", "/v1/caller")
        after = edge.memory().private
    return max((after - before) * 1024, 4.0) / CONNECTIONS
