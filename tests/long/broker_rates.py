"""What each broker carries: a backlog, single entries, idle connections; beside plain paho.

    nice python -m tests.long.broker_rates --entries 20000 --connections 500
    nice python -m tests.long.broker_rates --only nats

Each broker runs with the configuration in `docs/brokers/`, alone, one after the other. The backlog
goes edge → broker → `central-office` on SQLite, in three processes, until the office has all of it;
the raw rate is the same entries published one by one with paho at QoS 1 to the same broker right
before. Prints one line of JSON for each broker; all of it is gone afterwards.
"""

import argparse
import asyncio
import json
import os
import pathlib
import resource
import statistics
import tempfile
import time
from typing import Any, NamedTuple

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from tests.brokers.broker import EDGES, OFFICE, PASSWORD, Broker
from tests.brokers.mosquitto import Mosquitto
from tests.brokers.nats import Nats
from tests.brokers.rabbitmq import RabbitMq
from tests.relaying import Edge, OfficeProcess, open_edge, stored

KINDS = (Mosquitto, Nats, RabbitMq)
SLICE = 2_000
RAW_ENTRIES = 5_000
NOTE_BYTES = 700
"""Makes an entry of some 1,250 bytes: a sale of five lines."""
ROUND_TRIPS = 300


class Figures(NamedTuple):
    """What one broker did: rates per second, times in milliseconds, memory in KiB and MiB."""

    broker: str
    entries: int
    entry_bytes: int
    drained_per_second: float
    raw_per_second: float
    ratio: float
    round_trip_p50_ms: float
    round_trip_p99_ms: float
    connections: int
    connected_per_second: float
    kib_per_connection: float
    broker_mib: float


async def measure(broker: Broker, folder: pathlib.Path, entries: int, connections: int) -> Figures:
    """Measure one broker that runs."""
    database, config = folder / "office.db", folder / "office.toml"
    config.write_text(
        f'database = "{database}"\n[broker]\nport = {broker.port}\nusername = "{OFFICE}"\n'
        'password_credential = "password"\n',
        encoding="utf-8",
    )
    login: dict[str, Any] = {"username": EDGES[0], "password_credential": "password"}
    async with open_edge(folder / "journal.db", broker.port, **login) as edge:
        await edge.stop()
        while (missing := entries - edge.journal.head.seq) > 0:
            await edge.append(min(SLICE, missing), size=NOTE_BYTES)
        rows = await edge.journal.read_after(None, limit=RAW_ENTRIES, max_bytes=1 << 30)
        lines = [row.data for row in rows]
        raw = await asyncio.to_thread(publish_raw, broker, lines)
        office = OfficeProcess(database, broker.port, "--config", str(config))
        await office.start()
        drained = await drain(edge)
        trips = await round_trips(edge)
        assert await office.terminate() == 0
        if stored(database) != await edge.lines():
            raise SystemExit("The office's bytes are not the journal's.")
    idle, speed = await stay_connected(broker, connections)
    return Figures(
        broker=broker.name,
        entries=entries,
        entry_bytes=round(statistics.mean(map(len, lines[1:]))),
        drained_per_second=entries / drained,
        raw_per_second=raw,
        ratio=entries / drained / raw,
        round_trip_p50_ms=statistics.median(trips),
        round_trip_p99_ms=statistics.quantiles(trips, n=100)[98],
        connections=connections,
        connected_per_second=speed,
        kib_per_connection=idle,
        broker_mib=broker.memory_bytes() / 2**20,
    )


async def drain(edge: Edge) -> float:
    """Seconds from the first message until the office has the whole backlog."""
    begun = time.monotonic()
    edge.task = asyncio.ensure_future(edge.relay.run())
    await edge.acknowledged()
    return time.monotonic() - begun


async def round_trips(edge: Edge) -> list[float]:
    """Milliseconds from an entry's append to the office's acknowledgement, one at a time."""
    trips = []
    for _ in range(ROUND_TRIPS):
        begun = time.monotonic()
        await edge.append(size=NOTE_BYTES)
        await edge.acknowledged()
        trips.append((time.monotonic() - begun) * 1000)
    return trips


def publish_raw(broker: Broker, lines: list[bytes]) -> float:
    """Entries per second with paho alone, one message each, all confirmed by the broker."""
    client = Client(CallbackAPIVersion.VERSION2, EDGES[1], protocol=MQTTProtocolVersion.MQTTv311)
    client.username_pw_set(EDGES[1], PASSWORD)
    client.connect("127.0.0.1", broker.port)
    client.loop_start()
    topic = f"pos/v1/org-1/8712345678906/{EDGES[1]}/journal"
    begun = time.monotonic()
    for info in [client.publish(topic, line, qos=1) for line in lines]:
        info.wait_for_publish(60)
    took = time.monotonic() - begun
    client.disconnect()
    client.loop_stop()
    client._reset_sockets()
    return len(lines) / took


async def stay_connected(broker: Broker, count: int) -> tuple[float, float]:
    """KiB of the broker's memory for each idle connection with its subscription; how many a second.

    One after the other, so that the rate is of one client that waits for each answer.
    """
    before, begun = broker.memory_bytes(), time.monotonic()
    writers = [await connect_idle(broker, f"{OFFICE}-{number}") for number in range(count)]
    took, grown = time.monotonic() - begun, broker.memory_bytes() - before
    for writer in writers:
        writer.close()
    return grown / 1024 / count, count / took


async def connect_idle(broker: Broker, client_id: str) -> asyncio.StreamWriter:
    """CONNECT and SUBSCRIBE by hand (MQTT 3.1.1, 3.1 and 3.8): nobody has to serve it then."""
    reader, writer = await asyncio.open_connection("127.0.0.1", broker.port)
    writer.write(
        packet(0x10, text("MQTT"), b"\x04\xc2\x02\x58", *map(text, (client_id, OFFICE, PASSWORD)))
    )
    assert await reader.readexactly(4) == b"\x20\x02\x00\x00"
    topic = f"pos/v1/org-1/nowhere/{client_id}/journal"
    writer.write(packet(0x82, b"\x00\x01", text(topic), b"\x01"))
    assert await reader.readexactly(5) == b"\x90\x03\x00\x01\x01"
    return writer


def packet(kind: int, *parts: bytes) -> bytes:
    """A packet of fewer than 128 bytes: [kind:1] [length:1] [body:length]."""
    body = b"".join(parts)
    return bytes([kind, len(body)]) + body


def text(value: str) -> bytes:
    """[length:2] [UTF-8:length]."""
    return len(value).to_bytes(2, "big") + value.encode()


def main() -> None:
    """Run it from the command line."""
    parser = argparse.ArgumentParser(description="Measure what each broker carries.")
    parser.add_argument("--entries", type=int, default=20_000)
    parser.add_argument("--connections", type=int, default=500)
    parser.add_argument("--only", choices=[kind.name for kind in KINDS])
    arguments = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    for kind in KINDS:
        if arguments.only in (None, kind.name) and kind.path():
            figures = measure_alone(kind, arguments.entries, arguments.connections)
            print(json.dumps(figures._asdict()), flush=True)  # noqa: T201 - the command's answer


def measure_alone(kind: type[Broker], entries: int, connections: int) -> Figures:
    """Start one broker in a folder that goes with it."""
    with tempfile.TemporaryDirectory(prefix="broker-") as name:
        folder = pathlib.Path(name)
        (folder / "password").write_text(PASSWORD, encoding="utf-8")
        os.environ["CREDENTIALS_DIRECTORY"] = name
        broker = kind(folder)
        broker.begin()
        try:
            broker.wait_until_ready()
            return asyncio.run(measure(broker, folder, entries, connections))
        finally:
            broker.end()


if __name__ == "__main__":
    main()
