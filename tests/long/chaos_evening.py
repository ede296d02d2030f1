"""A chaos evening: everything between the registers and the office's table fails, again and again.

    nice python -m tests.long.chaos_evening --entries 100000 --state /var/tmp/chaos/state.json

Real daemons with registers that sell through their API, a broker that forgets what it has
acknowledged, a central office. Daemons, broker and office are killed at random moments; lines are
cut, go half-open, slow down; messages come twice and overtake each other. At the end the office's
bytes are each journal's bytes, and every answered sale is there once.

The journals stay in the folder of the state file, and a later run goes on with them.
"""

import argparse
import asyncio
import contextlib
import pathlib
import random
import signal
import sys
import time

import msgspec
from rich.console import Console

from simulators.broker import Broker
from tests.long.evening_office import Offices
from tests.long.evening_shop import REGISTERS, Box
from tests.long.evening_tally import Tally, print_tally
from tests.long.evening_troubles import Troubles
from tests.long.figures_file import read_figures, write_figures

BOXES = 3
DOUBLING = 0.05
OVERTAKING = 0.05
CATCH_UP_SECONDS = 300.0
"""After the last trouble; the relay's longest wait between two tries is 30 s."""


class Evening:
    """The parts of one run."""

    def __init__(self, state: pathlib.Path, seed: int, workers: int) -> None:
        self.tally = read_figures(state, Tally)
        self._before = msgspec.structs.replace(self.tally)
        self._state = state
        self._began = time.monotonic()
        moments = self.tally.daemon_kills + self.tally.cuts
        chance = random.Random(f"{seed} {moments}")  # noqa: S311 - moments, no secrets
        self._chance = chance
        self._duplicates = 0
        self._broker = Broker()
        self._offices = Offices(state.parent, self._broker.port, workers, chance)
        self._boxes = [
            Box(f"edge-{number}", state.parent, self._broker.port, chance)
            for number in range(1, BOXES + 1)
        ]
        self._lines = [*self._offices.lines, *(box.line for box in self._boxes)]

    async def live(self, entries: int, pace: float) -> None:
        """Sell until the journals hold so many entries, in trouble all the time; then compare."""
        async with self._broker, self._offices, contextlib.AsyncExitStack() as stack:
            self._duplicates = self._offices.duplicates()
            for box in self._boxes:
                await stack.enter_async_context(box)
            troubles = Troubles(self._broker, self._offices.workers, self.tally, self._chance)
            await self._sell_in_trouble(troubles, entries, pace)
            async with asyncio.timeout(CATCH_UP_SECONDS):
                await asyncio.gather(*(box.daemon.acknowledged() for box in self._boxes))
            await asyncio.gather(*(box.daemon.kill() for box in self._boxes))
            await asyncio.to_thread(self._compare)

    async def _sell_in_trouble(self, troubles: Troubles, entries: int, pace: float) -> None:
        closing = asyncio.Event()
        kinds = troubles.all(self._boxes, self._lines)
        first = self._chance.sample(kinds, len(kinds))
        for line in self._lines:
            line.doubling, line.overtaking = DOUBLING, OVERTAKING
        async with asyncio.TaskGroup() as group:
            for box in self._boxes * REGISTERS:
                group.create_task(box.sell_until(closing))
            while first or self._entries() < entries:
                await asyncio.sleep(self._chance.uniform(0, 2 * pace))
                trouble = first[-1] if first else self._chance.choice(kinds)
                if troubles.may_happen(trouble):
                    del first[-1:]
                    group.create_task(troubles.suffer(trouble))
                self._save()
            closing.set()
        for line in self._lines:
            line.doubling = line.overtaking = 0.0

    def _entries(self) -> int:
        self.tally.entries = sum(box.entries() for box in self._boxes)
        return self.tally.entries

    def _save(self) -> None:
        before, tally, lines = self._before, self.tally, self._lines
        asked = sum(line.passed["replay"] for line in self._offices.lines)
        tally.doubled = before.doubled + sum(line.doubled for line in lines)
        tally.overtaken = before.overtaken + sum(line.overtaken for line in lines)
        tally.replays = before.replays + asked
        tally.parked = max(before.parked, self._offices.most_parked)
        tally.cancelled = before.cancelled + sum(box.cancelled for box in self._boxes)
        tally.seconds = before.seconds + time.monotonic() - self._began
        write_figures(self._state, tally)

    def _compare(self) -> None:
        """The office's bytes with each journal's, when nobody writes any more."""
        tally, report = self.tally, self._offices.report()
        fresh = self._offices.duplicates() - self._duplicates
        tally.duplicates = self._before.duplicates + fresh
        tally.answered = sum(len(box.answered()) for box in self._boxes)
        tally.problems = [
            f"{waiting.kept} in quarantine: {waiting.reason}" for waiting in report.quarantine
        ]
        for box in self._boxes:
            tally.problems += box.mistakes(self._offices.entries(box.edge))
        if report.entries != self._entries():
            tally.problems.append(f"the office holds {report.entries} entries")
        self._save()


async def run(
    entries: int, state: pathlib.Path, *, seed: int, pace: float, workers: int = 1
) -> Tally:
    """Live through the evening until the journals hold `entries` entries.

    Args:
        state: File of the figures; the journals stand beside it.
        seed: Of the troubles.
        pace: Seconds between two troubles, on average.
        workers: Of the office: one with SQLite, several with a PostgreSQL of their own.
    """
    state.parent.mkdir(parents=True, exist_ok=True)
    evening = Evening(state, seed, workers)
    await evening.live(entries, pace)
    return evening.tally


async def _run_until_told(options: argparse.Namespace) -> Tally:
    """A command in the background is ended by SIGTERM; then the programs end with it."""
    running = asyncio.create_task(
        run(
            options.entries,
            options.state,
            seed=options.seed,
            pace=options.pace,
            workers=options.workers,
        )
    )
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, running.cancel)
    return await running


def main() -> int:
    """Run it from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--entries", type=int, default=100_000)
    parser.add_argument("--state", type=pathlib.Path, default=pathlib.Path("chaos/state.json"))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--pace", type=float, default=1.0, metavar="SECONDS")
    parser.add_argument("--workers", type=int, default=1, help="of the office; 1 is SQLite")
    options = parser.parse_args()
    try:
        tally = asyncio.run(_run_until_told(options))
    except asyncio.CancelledError:
        print("Stopped. The same command goes on.", file=sys.stderr)  # noqa: T201 - its answer
        return 1
    print_tally(tally, Console())
    return 1 if tally.problems else 0


if __name__ == "__main__":
    sys.exit(main())
