"""Power cuts: sales through the API of a real daemon on a disk that loses its power.

    python -m tests.long.power_cuts --cuts 1000 --state power-cuts.json

After each cut: the database and its chain are sound, and every sale that was answered is there
when the daemon runs again. In the end the office holds the journal's bytes. What was counted is
kept in the state file after every cut, and a run that was broken off goes on from there. Needs
root.
"""

import argparse
import asyncio
import contextlib
import pathlib
import random
import shutil
import sqlite3
import sys
import tempfile
from typing import Self

import httpx
import msgspec

from central_office.report import read_entries
from edge_daemon.errors import JournalError
from edge_daemon.journal.schema import connect_reader
from edge_daemon.journal.verify import verify
from simulators.broker import Broker
from tests.daemon_process import DaemonProcess, first_difference, state_after_selling
from tests.long.figures_file import read_figures, write_figures
from tests.long.loop_disk import LoopDisk, why_there_is_no_loop_disk
from tests.relaying import OfficeProcess
from tests.stories.counter import ulid

DISK_BYTES = 200 * 1024 * 1024
SELLERS = 3
"""Registers that sell at the same time, so that appends share commits."""
CUTS_PER_JOURNAL = 25
"""Then the shop begins a new one: the check after each cut reads the whole journal."""
SELL_SECONDS = 30.0
"""For the first sale, and for a register to notice that the daemon is gone."""
CUT_SECONDS = 0.5
"""The power goes within this time after the first answer."""
CATCH_UP_SECONDS = 60.0
RELAY = """
[relay]
port = {port}
"""


class Tally(msgspec.Struct):
    """What was counted so far.

    Attributes:
        answered: Sales that the daemon said were done.
        lost: Of those, how many were gone after the cut.
        corrupt: Databases that SQLite found damaged.
        broken: Chains that did not verify.
        unlike: Journals whose bytes were not the office's in the end.
        most_at_once: Sales answered before one cut, at most.
        problems: What was wrong, for whoever looks for the cause.
    """

    cuts: int = 0
    answered: int = 0
    lost: int = 0
    corrupt: int = 0
    broken: int = 0
    unlike: int = 0
    entries: int = 0
    most_at_once: int = 0
    problems: list[str] = msgspec.field(default_factory=list)


class Shop:
    """A daemon on the disk, registers that sell, and the office, which keeps its power.

    Attributes:
        daemon: The one that runs; each new journal is that of a new box.
    """

    def __init__(self, disk: LoopDisk, directory: pathlib.Path) -> None:
        self._disk = disk
        self._directory = directory
        self._office = directory / "office.db"
        self._broker = Broker()
        self._boxes = 0
        self._stack = contextlib.AsyncExitStack()
        self.daemon = self._next_box()

    async def __aenter__(self) -> Self:
        async with contextlib.AsyncExitStack() as stack:
            await stack.enter_async_context(self._broker)
            office = OfficeProcess(self._office, self._broker.port)
            await office.start()
            stack.push_async_callback(office.kill)
            await self.daemon.start()
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.daemon.kill()
        await self._stack.aclose()

    async def sell_until_the_end(self, answered: list[str], selling: asyncio.Event) -> None:
        """Sell; note what was answered as done, and say when the first one was."""
        async with self.daemon.client() as client:
            with contextlib.suppress(httpx.TransportError, AssertionError):
                while True:
                    sale_id = ulid()
                    if await state_after_selling(client, sale_id) != "completed":
                        return
                    answered.append(sale_id)
                    selling.set()

    async def missing(self, answered: list[str]) -> list[str]:
        """Which of these sales the daemon does not know as done."""
        async with self.daemon.client() as client:
            states = [await client.get(f"/v1/sales/{sale_id}") for sale_id in answered]
        return [
            sale_id
            for sale_id, response in zip(answered, states, strict=True)
            if response.status_code != 200 or response.json()["state"] != "completed"
        ]

    async def compare(self, tally: Tally) -> None:
        """Wait until the office has acknowledged all, and compare its bytes with the journal's."""
        async with asyncio.timeout(CATCH_UP_SECONDS):
            await self.daemon.acknowledged()
        await self.daemon.kill()
        wrong = first_difference(self.daemon.lines(), read_entries(self._office, self._edge))
        if wrong is not None:
            tally.unlike += 1
            tally.problems.append(f"cut {tally.cuts}: entry {wrong} is not the office's")

    async def begin_anew(self) -> None:
        """A new box with a blank journal. The daemon must not run."""
        shutil.rmtree(self.daemon.state)
        self.daemon = self._next_box()
        await self.daemon.start()

    @property
    def _edge(self) -> str:
        return f"edge-{self._boxes}"

    def _next_box(self) -> DaemonProcess:
        self._boxes += 1
        return DaemonProcess(
            self._directory / "edge-daemon.toml",
            self._disk.root / "state",
            edge=self._edge,
            relay=RELAY.format(port=self._broker.port),
        )


def look_at(journal: pathlib.Path, tally: Tally) -> None:
    """Check the files as the cut left them."""
    if not journal.exists():
        tally.corrupt += 1
        return
    with contextlib.closing(sqlite3.connect(journal)) as connection:
        if connection.execute("PRAGMA integrity_check").fetchone() != ("ok",):
            tally.corrupt += 1
    try:
        with contextlib.closing(connect_reader(journal)) as connection:
            report = verify(connection)
    except JournalError as error:
        tally.corrupt += 1
        tally.problems.append(f"cut {tally.cuts + 1}: {error}")
        return
    tally.entries += report.entries
    if not report.intact:
        tally.broken += 1
        tally.problems.append(f"cut {tally.cuts + 1}: {report.broken} {report.problem}")


async def cut_once(shop: Shop, disk: LoopDisk, tally: Tally, chance: random.Random) -> None:
    """Sell, cut the power at a random moment, and look what is left."""
    answered: list[str] = []
    selling = asyncio.Event()
    sellers = [
        asyncio.create_task(shop.sell_until_the_end(answered, selling)) for _ in range(SELLERS)
    ]
    async with asyncio.timeout(SELL_SECONDS):
        await selling.wait()
    await asyncio.sleep(chance.uniform(0, CUT_SECONDS))
    disk.cut_power()
    await asyncio.wait(sellers, timeout=SELL_SECONDS)
    await shop.daemon.kill()
    await asyncio.gather(*sellers)
    await asyncio.to_thread(disk.restart)
    await asyncio.to_thread(look_at, shop.daemon.journal, tally)
    await shop.daemon.start()
    tally.lost += len(await shop.missing(answered))
    tally.answered += len(answered)
    tally.most_at_once = max(tally.most_at_once, len(answered))
    tally.cuts += 1


async def run(cuts: int, state: pathlib.Path, seed: int) -> Tally:
    """Cut the power until `cuts` cuts stand in the state file."""
    tally = read_figures(state, Tally)
    chance = random.Random(seed + tally.cuts)  # noqa: S311 - moments, no secrets
    with tempfile.TemporaryDirectory(prefix="power-cuts-") as name:
        directory = pathlib.Path(name)
        with LoopDisk(directory, DISK_BYTES) as disk:
            async with Shop(disk, directory) as shop:
                while tally.cuts < cuts:
                    await cut_once(shop, disk, tally, chance)
                    if tally.cuts % CUTS_PER_JOURNAL == 0 or tally.cuts == cuts:
                        await shop.compare(tally)
                        await shop.begin_anew()
                    write_figures(state, tally)
    return tally


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--cuts", type=int, default=1000)
    parser.add_argument("--state", type=pathlib.Path, default=pathlib.Path("power-cuts.json"))
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    if (reason := why_there_is_no_loop_disk()) is not None:
        print(f"No power cuts: {reason}.", file=sys.stderr)  # noqa: T201 - a command's answer
        return 2
    tally = asyncio.run(run(options.cuts, options.state, options.seed))
    print(msgspec.json.encode(tally).decode())  # noqa: T201 - a command's answer
    return 1 if tally.lost or tally.corrupt or tally.broken or tally.unlike else 0


if __name__ == "__main__":
    sys.exit(main())
