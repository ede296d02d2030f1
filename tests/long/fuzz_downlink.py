"""Whatever bytes come down on whatever topic: nothing but a rejection.

    nice python -m tests.long.fuzz_downlink --messages 100000 --directory /var/tmp/downlink

A client with the office's rights publishes noise, damaged messages and well-formed nonsense through
a real broker, while the shop sells on. What the box holds must not change, the journal must stay
one epoch, and everything has to be acknowledged at the end. Prints one line of JSON; the seed
plays a run again.
"""

import argparse
import asyncio
import collections
import json
import pathlib
import random
import resource
import time
from typing import Any, NamedTuple

from paho.mqtt.client import Client, MQTTMessageInfo
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from central_office.publishing import publication, publish
from edge_daemon.master_data import MasterData
from edge_daemon.mqtt import BrokerSettings, EdgeTopics
from edge_daemon.records.master_data import Catalogue
from edge_daemon.state import StateStore
from simulators.broker import Broker
from tests.entries import EDGE, ORGANIZATION, STORE
from tests.relaying import Edge, office, open_edge

TOPICS = EdgeTopics(ORGANIZATION, STORE, EDGE)
STRANGE_EPOCH = "01M7YHX2VZ5DZ1A5H8NV9ADAZQ"
ROUND = 100
"""Messages until the box must have heard them all."""
PATIENCE_SECONDS = 60.0
HEARD = tuple(
    [TOPICS.ack, TOPICS.replay, TOPICS.resume]
    + [
        TOPICS.of_store(f"{name}/{kind}")
        for name in ("catalogue", "stock", "gift-cards", "operators")
        for kind in ("manifest", "delta", "chunk/0", "chunk/1")
    ]
    + [TOPICS.of_store("config")]
)
FIELDS = (
    *("epoch", "up_to_seq", "hash", "alarm", "from_seq", "to_seq", "seq", "workstations"),
    *("unresolved_payments", "occurred_at", "version", "chunk_count", "schema_version", "number"),
    *("items", "lines", "operators", "covers", "as_of", "from_version", "to_version", "settings"),
)
TEMPLATES: tuple[dict[str, Any], ...] = (
    {"epoch": STRANGE_EPOCH, "up_to_seq": 5, "hash": "ab" * 32},
    {"epoch": STRANGE_EPOCH, "from_seq": 1, "to_seq": 2**62},
    {"epoch": STRANGE_EPOCH, "seq": 1, "hash": "ab" * 32, "workstations": []},
    {"version": 2, "hash": "ab" * 32, "chunk_count": 2},
    {"version": 2, "hash": "ab" * 32, "chunk_count": 1_000_000},
    {"version": 2, "number": 0, "items": [{"item_id": "1"}]},
    {"from_version": 1, "to_version": 2, "items": [{}]},
    {"version": 3, "settings": {"a": [1, {}]}},
)


class Figures(NamedTuple):
    """What one run was and found."""

    messages: int
    seed: int
    seconds: float
    memory_growth_mib: float
    sold_meanwhile: int
    rejected: dict[str, str]
    alarm: str


async def bombard(directory: pathlib.Path, messages: int, seed: int) -> Figures:
    """Publish noise, a round at a time, and hold the box against what it was."""
    chance = random.Random(seed)  # noqa: S311 - noise that can be played again
    store = await StateStore.open(directory / "state.db")
    master_data = MasterData(store)
    await master_data.load()
    async with (
        Broker(kind="mosquitto") as broker,
        office(directory / "office.db", broker.port),
        open_edge(directory / "journal.db", broker.port, downstream=master_data) as edge,
    ):
        await edge.acknowledged()
        catalogue = publication("catalogue", Catalogue(), 1_000_000)
        settings = BrokerSettings(port=broker.port)
        await publish(settings, TOPICS, catalogue, client_id="publisher")
        noise = _Noise(broker.port)
        before, begun, done = _memory_mib(), time.monotonic(), 0
        while done < messages:
            count = min(ROUND, messages - done)
            await asyncio.to_thread(noise.send, [_message(chance) for _ in range(count)])
            await _heard(noise, master_data, edge)
            done += count
        took, growth = time.monotonic() - begun, _memory_mib() - before
        await asyncio.to_thread(noise.close)
        state = await edge.acknowledged()
        epochs = await edge.journal.epochs()
        if len(epochs) != 1 or not state.connected:
            raise SystemExit(f"The noise was heeded: {epochs}, {state}")
        sold = edge.journal.head.seq
    versions, rejected = master_data.versions, master_data.rejected
    await store.close()
    if versions["catalogue"] != 1_000_000:
        raise SystemExit(f"The noise changed the catalogue: {versions}")
    return Figures(messages, seed, took, growth, sold, rejected, state.alarm)


class _Noise:
    """A client with the office's rights."""

    def __init__(self, port: int) -> None:
        self._client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv311)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    def send(self, messages: list[tuple[str, bytes, bool]]) -> None:
        """Publish all, and return when the broker has them."""
        under_way: collections.deque[MQTTMessageInfo] = collections.deque()
        for topic, payload, retain in messages:
            under_way.append(self._client.publish(topic, payload, qos=1, retain=retain))
        for info in under_way:
            info.wait_for_publish(PATIENCE_SECONDS)

    def close(self) -> None:
        """Say goodbye."""
        self._client.disconnect()
        self._client.loop_stop()
        self._client._reset_sockets()


async def _heard(noise: _Noise, master_data: MasterData, edge: Edge) -> None:
    """Sell, and wait until the box has heard what was published: a configuration comes behind."""
    await edge.append()
    version = master_data.versions.get("config", 0) + 1
    known = asyncio.Event()
    master_data.on_change(lambda name: known.set() if name == "config" else None)
    marker = json.dumps({"version": version, "settings": {}}).encode()
    await asyncio.to_thread(noise.send, [(TOPICS.of_store("config"), marker, True)])
    async with asyncio.timeout(PATIENCE_SECONDS):
        while master_data.versions.get("config", 0) < version:
            known.clear()
            await known.wait()
    master_data._listeners.clear()


def _message(chance: random.Random) -> tuple[str, bytes, bool]:
    payload = chance.choice((_noise, _damaged, _nonsense))(chance)
    return chance.choice(HEARD), payload, chance.random() < 0.2


def _noise(chance: random.Random) -> bytes:
    size = 300_000 if chance.random() < 0.002 else chance.randrange(200)
    return chance.randbytes(size)


def _damaged(chance: random.Random) -> bytes:
    """A message that was right, with a few bytes changed, lost or doubled."""
    data = bytearray(json.dumps(chance.choice(TEMPLATES)).encode())
    for _ in range(chance.randrange(4)):
        place = chance.randrange(len(data))
        if chance.random() < 0.5:
            data[place] = chance.randrange(256)
        else:
            data[place : place + chance.randrange(4)] = data[:: chance.randrange(1, 9)]
    return bytes(data)


def _nonsense(chance: random.Random) -> bytes:
    """Well-formed JSON whose fields have the right names and any values."""
    message = dict(chance.choice(TEMPLATES))
    for _ in range(chance.randrange(1, 4)):
        message[chance.choice(FIELDS)] = _value(chance, 3)
    return json.dumps(message).encode()


def _value(chance: random.Random, depth: int) -> object:
    simple: tuple[object, ...] = (
        *(None, True, -1, 0, 1, 2, 2**40, 2**63, 10**40, 1.5, "", "x" * 70, "0" * 64),
        chance.randrange(10**6),
        chance.choice(("\x00", "\ud83d\ude00", STRANGE_EPOCH)),
    )
    if depth == 0 or chance.random() < 0.7:
        return chance.choice(simple)
    inner = [_value(chance, depth - 1) for _ in range(chance.randrange(4))]
    return inner if chance.random() < 0.5 else dict(zip(FIELDS, inner, strict=False))


def _memory_mib() -> float:
    pages = int(pathlib.Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 2**20


def main() -> None:
    """Run it from the command line."""
    parser = argparse.ArgumentParser(description="Publish noise to a box.")
    parser.add_argument("--messages", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--directory", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    arguments.directory.mkdir(parents=True)
    figures = asyncio.run(bombard(arguments.directory, arguments.messages, arguments.seed))
    print(json.dumps(figures._asdict()))  # noqa: T201 - the command's answer


if __name__ == "__main__":
    main()
