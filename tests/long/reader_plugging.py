"""A card reader unplugged, and pcscd killed, again and again under one daemon's devices.

    nice python -m tests.long.reader_plugging --times 100

Each time the reader goes (its cable, and pcscd by `kill -9`, in turn) and comes back, and then a
card is held to it, which has to be told once. Printed at the end, as a line of JSON: taps that were
told, threads and descriptors of the process before and after.
"""

import argparse
import asyncio
import json
import pathlib
import tempfile
import threading
from collections.abc import AsyncIterator
from typing import NamedTuple

from drivers.card_reader import CardPresented, CardRemoved
from edge_daemon.clock import SystemClock
from edge_daemon.config import load_configuration
from edge_daemon.devices import Devices, Patience, Readiness
from edge_daemon.events import EventStream
from simulators.pcsc_card_reader import PcscCardReader
from tests.card_readers import pcsc_reader
from tests.edge_daemon.test_devices import HEAD

PATIENCE = Patience(first_retry=0.02, last_retry=0.1)
WAYS = (("unplug", "plug_in"), ("kill_service", "start_service"))
SECONDS = 20.0
"""For anything that has to happen."""


class Figures(NamedTuple):
    """What was counted: events that came but belong to no tap are `stray`."""

    times: int
    told: int
    removed: int
    stray: int
    threads_before: int
    threads_after: int
    descriptors_before: int
    descriptors_after: int


class Plugging:
    """A reader, and the devices of a daemon that has it."""

    def __init__(self, reader: PcscCardReader, devices: Devices) -> None:
        self._reader = reader
        self._devices = devices
        self._events: asyncio.Queue[object] = asyncio.Queue()
        devices.subscribe_events(lambda _name, _family, event: self._events.put_nowait(event))

    async def run(self, times: int) -> Figures:
        """Let it go and come `times` times."""
        await self._until(Readiness.ONLINE)
        await self._come_and_go(WAYS[0])  # what is imported and opened once for all
        threads, descriptors = threading.active_count(), _descriptors()
        counted = [0, 0, 0]
        for number in range(times):
            told = await self._come_and_go(WAYS[number % len(WAYS)])
            counted = [before + now for before, now in zip(counted, told, strict=True)]
        told_taps, removed, stray = counted
        return Figures(
            times=times,
            told=told_taps,
            removed=removed,
            stray=stray,
            threads_before=threads,
            threads_after=threading.active_count(),
            descriptors_before=descriptors,
            descriptors_after=_descriptors(),
        )

    async def _come_and_go(self, way: tuple[str, str]) -> tuple[int, int, int]:
        gone, back = way
        await self._reader.hand(gone)
        await self._until(Readiness.OFFLINE)
        await self._reader.hand(back)
        await self._until(Readiness.ONLINE)
        await self._reader.hand("tap", card="member")
        seen = [event async for event in self._until_event(CardPresented)]
        await self._reader.hand("remove")
        seen += [event async for event in self._until_event(CardRemoved)]
        told = sum(isinstance(event, CardPresented) for event in seen)
        removed = sum(isinstance(event, CardRemoved) for event in seen)
        return told, removed, len(seen) - told - removed

    async def _until_event(self, kind: type[object]) -> AsyncIterator[object]:
        async with asyncio.timeout(SECONDS):
            while True:
                event = await self._events.get()
                yield event
                if isinstance(event, kind):
                    return

    async def _until(self, readiness: Readiness) -> None:
        async with asyncio.timeout(SECONDS):
            await self._devices.wait_until(self._reader.name, readiness)


async def plug(times: int, directory: pathlib.Path) -> Figures:
    """Do it, and count."""
    async with pcsc_reader() as reader:
        configuration = directory / "edge-daemon.toml"
        configuration.write_text(f"{HEAD}\n{reader.toml()}", encoding="utf-8")
        clock = SystemClock()
        devices = Devices(
            load_configuration(configuration).devices,
            clock=clock,
            publish=EventStream(clock).publish,
            patience=PATIENCE,
        )
        running = asyncio.create_task(devices.run())
        try:
            return await Plugging(reader, devices).run(times)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


def _descriptors() -> int:
    return len(list(pathlib.Path("/proc/self/fd").iterdir()))


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=100)
    times = parser.parse_args().times
    with tempfile.TemporaryDirectory() as directory:
        figures = asyncio.run(plug(times, pathlib.Path(directory)))
    print(json.dumps(figures._asdict()))  # noqa: T201 - a command's answer


if __name__ == "__main__":
    main()
