"""From a sale's answer to the central office's acknowledgement of its last entry."""

import asyncio
import contextlib
import json
import pathlib
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable

from paho.mqtt.client import MQTTMessage

from simulators.broker import Broker
from tests.benchmarks.bare_office import ACK, JOURNAL, Bare
from tests.benchmarks.effort import Effort
from tests.benchmarks.figures import Aim, Figure, distribution, root
from tests.benchmarks.register import Register, connected, wait_until_online
from tests.benchmarks.service import EDGE_DAEMON, running
from tests.relaying import OfficeProcess, Tap
from tests.stories.counter import Counter, sale, ulid

ACKS = "pos/v1/+/+/+/ack"
LINE = b"x" * 1200
"""Bytes of one entry of a sale."""
WARM_UP = 5
SECONDS = 10.0


async def measure(effort: Effort) -> list[Figure]:
    """Sell, and let the bare office take a message, in turn. The broker is Mosquitto."""
    ours: list[float] = []
    bare: list[float] = []
    async with (
        Broker(kind="mosquitto") as broker,
        Counter(relay=f"[relay]\nport = {broker.port}\n") as counter,
        _office(counter, broker),
        Tap(broker.port, ACKS) as acks,
        running(EDGE_DAEMON, "run", "--config", str(counter.configuration())) as edge,
        connected(edge.port) as register,
        bare_trips(counter.directory, broker) as bare_trip,
    ):
        await wait_until_online(edge.port)
        for _ in range(WARM_UP + effort.sales):
            ours.append(await _sell(register, acks))
            bare.append(await bare_trip())
    return distribution(
        "sale answered → acknowledged by the office",
        ours[WARM_UP:],
        bare[WARM_UP:],
        "plain paho through the same broker, one row committed",
        p99_aim=Aim(value=10),
    )


async def _sell(register: Register, acks: Tap) -> float:
    """Sell for cash; milliseconds from the answer until the office had everything."""
    body = json.dumps(sale()).encode()
    answer = await register.ask("PUT", f"/v1/sales/{ulid()}", body)
    answered = time.monotonic()
    if answer["receipt"]["state"] != "printed":
        raise RuntimeError(f"The receipt was not printed: {answer}")
    health = await register.ask("GET", "/v1/health")
    last = int(health["journal"]["position"].partition(".")[2])
    ack = await acks.next(lambda message: _up_to(message) >= last)
    return max(0.0, ack.timestamp - answered) * 1e3


def _up_to(message: MQTTMessage) -> int:
    seq: int = json.loads(message.payload)["up_to_seq"]
    return seq


@contextlib.asynccontextmanager
async def _office(counter: Counter, broker: Broker) -> AsyncIterator[None]:
    office = OfficeProcess(counter.directory / "office.db", broker.port)
    await office.start()
    try:
        yield
    finally:
        await office.terminate()


@contextlib.asynccontextmanager
async def bare_trips(
    directory: pathlib.Path, broker: Broker
) -> AsyncIterator[Callable[[], Awaitable[float]]]:
    """A message to a bare office, which commits it, and its answer back, in milliseconds."""
    loop = asyncio.get_running_loop()
    arrivals: asyncio.Queue[float] = asyncio.Queue()

    def take(message: MQTTMessage) -> None:
        loop.call_soon_threadsafe(arrivals.put_nowait, message.timestamp)

    async def trip() -> float:
        began = time.monotonic()
        till.publish(JOURNAL, LINE, qos=1)
        async with asyncio.timeout(SECONDS):
            return (await arrivals.get() - began) * 1e3

    till = Bare(ACK, take)
    await asyncio.to_thread(till.start, broker.port)
    database = str(directory / "bare.db")
    command = (sys.executable, "-m", "tests.benchmarks.bare_office", str(broker.port), database)
    process = await asyncio.create_subprocess_exec(*command, cwd=root())
    try:
        async with asyncio.timeout(SECONDS):
            await arrivals.get()
        yield trip
    finally:
        process.kill()
        await process.wait()
        till.disconnect()
        await asyncio.to_thread(till.loop_stop)
