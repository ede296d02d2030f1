"""What a backlog costs in memory while it drains: the same, however long it is.

    nice python -m tests.long.drain_memory --entries 20000 200000 --directory /var/tmp/drain

Fills a journal of each size, and drains it in a fresh process: the relay and its
journal in that process, the broker and the office outside of it. Prints one line of JSON for each.
"""

import argparse
import asyncio
import json
import pathlib
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from typing import NamedTuple

from simulators.broker import Broker
from tests.relaying import OfficeProcess, open_edge

SLICE = 2_000
ENTRY_BYTES = 1_000
NOBODY = 1
"""A port where no broker is."""
RESET_PEAK = "5"
"""proc(5), /proc/pid/clear_refs: the peak begins anew."""


class Figures(NamedTuple):
    """Resident memory of the draining process in MiB."""

    entries: int
    before: float
    peak: float

    @property
    def growth(self) -> float:
        """What the drain took."""
        return self.peak - self.before


def measure(directory: pathlib.Path, sizes: Sequence[int]) -> list[Figures]:
    """Fill and drain, each in a process of its own."""
    found = []
    for entries in sizes:
        place = directory / str(entries)
        place.mkdir(parents=True)
        _run("fill", place, entries)
        values = json.loads(_run("drain", place, entries))
        found.append(Figures(entries, values["before"], values["peak"]))
        shutil.rmtree(place)
    return found


def _run(verb: str, directory: pathlib.Path, entries: int) -> str:
    command = [sys.executable, "-m", "tests.long.drain_memory", "--step", verb]
    arguments = ["--entries", str(entries), "--directory", str(directory)]
    done = subprocess.run([*command, *arguments], check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout


async def fill(directory: pathlib.Path, entries: int) -> None:
    """Append until there are so many; nothing is relayed."""
    async with open_edge(directory / "journal.db", NOBODY) as edge:
        while (missing := entries - edge.journal.head.seq) > 0:
            await edge.append(min(SLICE, missing), size=ENTRY_BYTES)


async def drain(directory: pathlib.Path) -> dict[str, float]:
    """Drain all of it to an office that begins anew."""
    async with Broker() as broker:
        office = OfficeProcess(directory / "office.db", broker.port)
        await office.start()
        async with open_edge(directory / "journal.db", NOBODY) as blind:
            await blind.until(lambda state: state.note != "")
        before = _begin_peak()
        async with open_edge(directory / "journal.db", broker.port) as edge:
            await edge.acknowledged()
        peak = _memory_mib("VmHWM")
        await office.terminate()
    return {"before": before, "peak": peak}


def _begin_peak() -> float:
    pathlib.Path("/proc/self/clear_refs").write_text(RESET_PEAK, encoding="ascii")
    return _memory_mib("VmRSS")


def _memory_mib(name: str) -> float:
    status = pathlib.Path("/proc/self/status").read_text(encoding="ascii")
    found = re.search(rf"^{name}:\s+(\d+) kB$", status, re.MULTILINE)
    if found is None:
        raise SystemExit(f"This kernel does not tell {name}.")
    return int(found[1]) / 1024


def main() -> None:
    """Run it from the command line."""
    parser = argparse.ArgumentParser(description="Measure the memory of a drain.")
    parser.add_argument("--entries", type=int, nargs="+", default=[5_000, 50_000])
    parser.add_argument("--directory", type=pathlib.Path, required=True)
    parser.add_argument("--step", choices=("fill", "drain"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.step == "fill":
        asyncio.run(fill(arguments.directory, arguments.entries[0]))
    elif arguments.step == "drain":
        print(json.dumps(asyncio.run(drain(arguments.directory))))  # noqa: T201 - the answer
    else:
        for figures in measure(arguments.directory, arguments.entries):
            print(json.dumps({**figures._asdict(), "growth": figures.growth}))  # noqa: T201


if __name__ == "__main__":
    main()
