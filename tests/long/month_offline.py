"""A month offline: how fast a backlog drains, beside raw QoS 1 publishing of the same entries.

    nice python -m tests.long.month_offline --entries 1000000 --directory /var/tmp/month

The backlog is kept in the directory, and a later run goes on filling it where this one stopped.
The office's table begins anew each time. Prints one line of JSON.
"""

import argparse
import asyncio
import itertools
import json
import pathlib
import resource
import time
from typing import NamedTuple

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from central_office.report import read_entries
from simulators.broker import Broker
from tests.entries import EDGE
from tests.relaying import Edge, OfficeProcess, open_edge

SLICE = 2_000
PAGE_BYTES = 4 * 2**20
RAW_ENTRIES = 5_000
"""Published one by one for the comparison; the rate does not depend on how many."""


class Figures(NamedTuple):
    """What one run measured; entries per second, and MiB of the edge's process."""

    entries: int
    drained_per_second: float
    raw_per_second: float
    ratio: float
    sold_meanwhile: int
    catch_up_seconds: float
    memory_growth_mib: float


async def measure(directory: pathlib.Path, entries: int) -> Figures:
    """Fill, drain while the shop sells on, and compare."""
    database = _blank_office(directory)
    async with Broker() as broker, open_edge(directory / "journal.db", broker.port) as edge:
        await edge.stop()
        while (missing := entries - edge.journal.head.seq) > 0:
            await edge.append(min(SLICE, missing), size=400)
        raw = await _publish_raw(edge, broker.port)
        office = OfficeProcess(database, broker.port)
        await office.start()
        before, begun = _memory_mib(), time.monotonic()
        edge.task = asyncio.ensure_future(edge.relay.run())
        sold, most = await _sell_until_caught_up(edge, office)
        took = time.monotonic() - begun
        growth, total = most - before, edge.journal.head.seq
        assert await office.terminate() == 0
        await _compare(edge, database)
    rate = total / took
    return Figures(total, rate, raw, rate / raw, sold, took, growth)


async def _compare(edge: Edge, database: pathlib.Path) -> None:
    """Hold every byte of the office against the journal's, a page of each at a time."""
    theirs, after, compared = read_entries(database, EDGE), None, 0
    while page := await edge.journal.read_after(after, limit=SLICE, max_bytes=PAGE_BYTES):
        held = await asyncio.to_thread(list, itertools.islice(theirs, len(page)))
        if held != [entry.data for entry in page]:
            raise SystemExit(f"The office's bytes are not the journal's, behind {after}.")
        after, compared = page[-1].position, compared + len(page)
    if next(theirs, None) is not None or compared != edge.journal.head.seq:
        raise SystemExit(f"The office holds more than the {compared} entries of the journal.")


def _blank_office(directory: pathlib.Path) -> pathlib.Path:
    directory.mkdir(parents=True, exist_ok=True)
    for file in directory.glob("office.db*"):
        file.unlink()
    return directory / "office.db"


async def _sell_until_caught_up(edge: Edge, office: OfficeProcess) -> tuple[int, float]:
    """Append an entry every tenth of a second until the office has all of them.

    Returns:
        How many, and the most memory that was seen meanwhile, in MiB.

    Raises:
        SystemExit: The office has ended, so nobody takes the rest in.
    """
    sold, most = 0, 0.0
    while (state := edge.relay.state()).lag or state.acknowledged is None:
        await edge.append()
        sold, most = sold + 1, max(most, _memory_mib())
        await asyncio.sleep(0.1)
        if edge.task.done():
            edge.task.result()
        if office.status is not None:
            raise SystemExit(
                f"The office ended by itself with status {office.status}, {edge.relay.state().lag} "
                "entries before the end. What it said of that is above."
            )
    return sold, most


async def _publish_raw(edge: Edge, port: int) -> float:
    """Entries per second with paho alone, one message each, all confirmed by the broker."""
    rows = await edge.journal.read_after(None, limit=RAW_ENTRIES, max_bytes=1 << 30)
    return await asyncio.to_thread(_publish_all, [row.data for row in rows], port)


def _publish_all(lines: list[bytes], port: int) -> float:
    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv311)
    client.max_queued_messages_set(0)
    client.connect("127.0.0.1", port)
    client.loop_start()
    begun = time.monotonic()
    for info in [client.publish("raw/entries", line, qos=1) for line in lines]:
        info.wait_for_publish(60)
    took = time.monotonic() - begun
    client.disconnect()
    client.loop_stop()
    client._reset_sockets()
    return len(lines) / took


def _memory_mib() -> float:
    pages = int(pathlib.Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 2**20


def main() -> None:
    """Run it from the command line."""
    parser = argparse.ArgumentParser(description="Drain a backlog and measure it.")
    parser.add_argument("--entries", type=int, default=20_000)
    parser.add_argument("--directory", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    figures = asyncio.run(measure(arguments.directory, arguments.entries))
    print(json.dumps(figures._asdict()))  # noqa: T201 - the command's answer


if __name__ == "__main__":
    main()
