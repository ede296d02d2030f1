"""From the start of the daemon's process until its API answers, and what memory it then has."""

import asyncio
import json
import statistics
import sys

from simulators.broker import Broker
from tests.benchmarks.effort import Effort
from tests.benchmarks.figures import Aim, Figure
from tests.benchmarks.register import connected, wait_until_online
from tests.benchmarks.service import EDGE_DAEMON, Memory, running
from tests.stories.counter import CARD, Counter, sale, ulid

BARE = (sys.executable, "-m", "tests.benchmarks.bare_service")
LIMIT = "bare Litestar handler on uvicorn"


async def measure(effort: Effort) -> list[Figure]:
    """Start both in turn, the daemon with every simulated device and a broker."""
    ours: list[float] = []
    bare: list[float] = []
    async with Broker() as broker, Counter(relay=f"[relay]\nport = {broker.port}\n") as counter:
        command = (EDGE_DAEMON, "run", "--config", str(counter.configuration()))
        for _ in range(effort.starts):
            async with running(*command) as edge:
                ours.append(edge.seconds_to_ready * 1e3)
            async with running(*BARE) as service:
                bare.append(service.seconds_to_ready * 1e3)
        async with running(*command) as edge, running(*BARE) as service:
            await _sell(edge.port)
            await asyncio.sleep(effort.rest_seconds)
            memory, bare_memory = edge.memory(), service.memory()
    return [
        Figure(
            name="start → ready, median",
            unit="ms",
            measured=statistics.median(ours),
            limit=statistics.median(bare),
            limit_is=LIMIT,
            aim=Aim(value=800),
        ),
        *_memory(memory, bare_memory),
    ]


async def _sell(port: int) -> None:
    """A cash and a card sale, so that all that a working day needs is loaded."""
    await wait_until_online(port)
    async with connected(port) as register:
        for tenders in ({}, CARD):
            body = json.dumps(sale(**tenders)).encode()
            answer = await register.ask("PUT", f"/v1/sales/{ulid()}", body)
            if answer["state"] != "completed":
                raise RuntimeError(f"Nothing was sold: {answer}")


def _memory(ours: Memory, bare: Memory) -> list[Figure]:
    named = (
        ("memory, idle: resident", ours.resident, bare.resident, 90),
        ("memory, idle: private", ours.private, bare.private, 64),
    )
    return [
        Figure(
            name=name,
            unit="MiB",
            measured=measured,
            limit=limit,
            limit_is=LIMIT,
            aim=Aim(value=aim),
        )
        for name, measured, limit, aim in named
    ]
