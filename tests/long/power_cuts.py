"""Power cuts: sales through the API of a real daemon on a disk that loses its power.

    python -m tests.long.power_cuts --cuts 1000 --state power-cuts.json

After each cut: the database and its chain are sound, and every sale that was answered is there
when the daemon runs again. What was counted is kept in the state file after every cut, and a run
that was broken off goes on from there. Needs root.
"""

import argparse
import asyncio
import contextlib
import pathlib
import random
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile

import httpx
import msgspec

from edge_daemon.journal.schema import connect_reader
from edge_daemon.journal.verify import verify
from tests.long.loop_disk import LoopDisk, why_there_is_no_loop_disk
from tests.stories.counter import TOKEN, sale, ulid

DISK_BYTES = 200 * 1024 * 1024
SELLERS = 3
"""Registers that sell at the same time, so that appends share commits."""
CUTS_PER_JOURNAL = 25
"""Then the shop begins a new one: the check after each cut reads the whole journal."""
START_SECONDS = 30.0
CONFIGURATION = """
[edge]
id = "edge-0041"
organization = "org-1"
store = "8712345678906"
state_directory = "{directory}"

[api]
port = 0
token = "{token}"

[shop]
name = "De Hoekwinkel"
cash_rounding = 5

[[tax_code]]
code = "high"
rate_bp = 2100
description = "21%"

[[tax_code]]
code = "low"
rate_bp = 900
description = "9%"

[[workstation]]
name = "till-1"
"""


class Tally(msgspec.Struct):
    """What was counted so far.

    Attributes:
        answered: Sales that the daemon said were done.
        lost: Of those, how many were gone after the cut.
        corrupt: Databases that SQLite found damaged.
        broken: Chains that did not verify.
        most_at_once: Sales answered before one cut, at most.
        problems: What was wrong, for whoever looks for the cause.
    """

    cuts: int = 0
    answered: int = 0
    lost: int = 0
    corrupt: int = 0
    broken: int = 0
    entries: int = 0
    most_at_once: int = 0
    problems: list[str] = msgspec.field(default_factory=list)


class Shop:
    """A daemon on the disk, and registers that sell."""

    def __init__(self, disk: LoopDisk, directory: pathlib.Path) -> None:
        self.state = disk.root / "state"
        self._configuration = directory / "edge-daemon.toml"
        self._configuration.write_text(
            CONFIGURATION.format(directory=self.state, token=TOKEN), encoding="utf-8"
        )
        self._log = directory / "daemon.log"
        self._process: asyncio.subprocess.Process | None = None
        self._url = ""

    async def start(self) -> None:
        """Start the daemon and wait until it serves."""
        command = [str(pathlib.Path(sys.executable).with_name("edge-daemon")), "run", "--config"]
        with self._log.open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                *command, str(self._configuration), stderr=subprocess.PIPE, stdout=log
            )
        assert self._process.stderr is not None
        async with asyncio.timeout(START_SECONDS):
            while line := (await self._process.stderr.readline()).decode():
                if found := re.search(r"ready: (http://\S+)", line):
                    self._url = found[1].rstrip(",")
                    return
        raise AssertionError("the daemon ended before it was ready")

    async def sell_until_the_end(self, answered: list[str]) -> None:
        """Sell; note what was answered as done."""
        async with self._client() as client:
            with contextlib.suppress(httpx.TransportError):
                while True:
                    sale_id = ulid()
                    response = await client.put(f"/v1/sales/{sale_id}", json=sale())
                    if response.status_code != 200 or response.json()["state"] != "completed":
                        return
                    answered.append(sale_id)

    async def missing(self, answered: list[str]) -> list[str]:
        """Which of these sales the daemon does not know as done."""
        async with self._client() as client:
            states = [await client.get(f"/v1/sales/{sale_id}") for sale_id in answered]
        return [
            sale_id
            for sale_id, response in zip(answered, states, strict=True)
            if response.status_code != 200 or response.json()["state"] != "completed"
        ]

    async def kill(self) -> None:
        """End the daemon at once."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._process.communicate()
            self._process = None

    def begin_anew(self) -> None:
        """Forget everything. The daemon must not run."""
        shutil.rmtree(self.state, ignore_errors=True)

    def _client(self) -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        return httpx.AsyncClient(base_url=self._url, headers=headers, timeout=20, trust_env=False)


def look_at(journal: pathlib.Path, tally: Tally) -> None:
    """Check the files as the cut left them."""
    if not journal.exists():
        tally.corrupt += 1
        return
    with contextlib.closing(sqlite3.connect(journal)) as connection:
        if connection.execute("PRAGMA integrity_check").fetchone() != ("ok",):
            tally.corrupt += 1
    with contextlib.closing(connect_reader(journal)) as connection:
        report = verify(connection)
        tally.entries += report.entries
    if not report.intact:
        tally.broken += 1
        tally.problems.append(f"cut {tally.cuts + 1}: {report.broken} {report.problem}")


async def cut_once(shop: Shop, disk: LoopDisk, tally: Tally, chance: random.Random) -> None:
    """Sell, cut the power at a random moment, and look what is left."""
    answered: list[str] = []
    sellers = [asyncio.create_task(shop.sell_until_the_end(answered)) for _ in range(SELLERS)]
    await asyncio.sleep(chance.uniform(0.02, 0.6))
    disk.cut_power()
    await asyncio.wait(sellers, timeout=START_SECONDS)
    await shop.kill()
    await asyncio.gather(*sellers)
    await asyncio.to_thread(disk.restart)
    await asyncio.to_thread(look_at, shop.state / "journal.db", tally)
    await shop.start()
    tally.lost += len(await shop.missing(answered))
    tally.answered += len(answered)
    tally.most_at_once = max(tally.most_at_once, len(answered))
    tally.cuts += 1


async def run(cuts: int, state: pathlib.Path, seed: int) -> Tally:
    """Cut the power until `cuts` cuts stand in the state file."""
    tally = read_tally(state)
    chance = random.Random(seed + tally.cuts)  # noqa: S311 - moments, no secrets
    with tempfile.TemporaryDirectory(prefix="power-cuts-") as name:
        directory = pathlib.Path(name)
        with LoopDisk(directory, DISK_BYTES) as disk:
            shop = Shop(disk, directory)
            await shop.start()
            try:
                while tally.cuts < cuts:
                    await cut_once(shop, disk, tally, chance)
                    write_tally(state, tally)
                    if tally.cuts % CUTS_PER_JOURNAL == 0:
                        await shop.kill()
                        shop.begin_anew()
                        await shop.start()
            finally:
                await shop.kill()
    return tally


def read_tally(state: pathlib.Path) -> Tally:
    """What an earlier run has counted."""
    return msgspec.json.decode(state.read_bytes(), type=Tally) if state.exists() else Tally()


def write_tally(state: pathlib.Path, tally: Tally) -> None:
    """Keep what was counted, whole or not at all."""
    draft = state.with_name(f"{state.name}.new")
    draft.write_bytes(msgspec.json.encode(tally))
    draft.replace(state)


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
    return 1 if tally.lost or tally.corrupt or tally.broken else 0


if __name__ == "__main__":
    sys.exit(main())
