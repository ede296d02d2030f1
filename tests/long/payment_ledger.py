"""The ledger proof in its long form: evenings of faults until enough have struck.

    python -m tests.long.payment_ledger DIRECTORY                 10,000 faults, over all terminals
    python -m tests.long.payment_ledger DIRECTORY --faults 500
    python -m tests.long.payment_ledger --terminal "zvt keep_silently" --seed 17 --step 9

In the first two forms DIRECTORY keeps what was counted so far, so that the proof goes on where it
was stopped, and the story of every evening that went wrong. Several can run at once, each in a
directory of its own and from a seed of its own. The third form plays one evening again, up to a
step, and tells it.
"""

import argparse
import asyncio
import json
import logging
import pathlib
import sys
import threading
from typing import Any

from tests.shifting_loop import ShiftingLoop
from tests.stories.ledger.evening import Evening, EveningError
from tests.stories.ledger.tally import Tally
from tests.stories.ledger.terminals import TERMINALS

FAULTS = 10_000
STEPS = 15
EVENINGS_BETWEEN_KILLS = 80
"""Every so many evenings, one that kills the installed daemon in each step; on every terminal in
turn, since it shares no factor with their number."""
EVENING_SECONDS = 300.0
"""Real seconds; an evening takes one or two."""
FIRST_SEED = 1_000_000


class Proof:
    """What was counted so far, on disk after every evening."""

    def __init__(self, directory: pathlib.Path, first_seed: int) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._file = directory / "ledger.json"
        self._wrong = directory / "wrong.txt"
        kept: dict[str, Any] = json.loads(self._file.read_text()) if self._file.exists() else {}
        self.seed: int = kept.get("seed", first_seed)
        self.tallies = {
            name: Tally.of_json(json.dumps(sums)) for name, sums in kept.get("tallies", {}).items()
        }

    @property
    def total(self) -> Tally:
        """All terminals together."""
        total = Tally()
        for tally in self.tallies.values():
            total.add(tally)
        return total

    def play_one(self) -> None:
        """Play the next evening, on the next terminal."""
        names = list(TERMINALS)
        name = names[self.seed % len(names)]
        kills = self.seed % EVENINGS_BETWEEN_KILLS == 0
        tally, story = play(name, self.seed, STEPS, kills=kills)
        if story:
            with self._wrong.open("a") as file:
                file.write(f"== {name}{', kills' if kills else ''}\n{story}\n\n")
        self.tallies.setdefault(name, Tally()).add(tally)
        self.seed += 1
        sums = {name: json.loads(tally.as_json()) for name, tally in self.tallies.items()}
        beside = self._file.with_suffix(".new")
        beside.write_text(json.dumps({"seed": self.seed, "tallies": sums}, indent=1))
        beside.replace(self._file)


def play(name: str, seed: int, steps: int, *, kills: bool) -> tuple[Tally, str]:
    """Play one evening; its sums, and its story when something is wrong."""
    evening = Evening(TERMINALS[name], seed, kills=kills)
    with asyncio.Runner(loop_factory=ShiftingLoop) as runner:
        loop = runner.get_loop()
        loop.set_exception_handler(lambda *_: None)  # what a crash leaves behind is no news
        try:
            return runner.run(_bounded(evening, steps)), ""
        except EveningError as error:
            return evening.tally, str(error)
        except asyncio.CancelledError:
            evening.tally.wrong += 1
            return evening.tally, "\n".join([f"seed {seed}", *evening.story, "it never ends"])


async def _bounded(evening: Evening, steps: int) -> Tally:
    """Play, and give up after a while of real time: the loop's own leaps."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None
    timer = threading.Timer(EVENING_SECONDS, lambda: loop.call_soon_threadsafe(task.cancel))
    timer.daemon = True
    timer.start()
    try:
        return await evening.play(steps)
    finally:
        timer.cancel()


def main() -> int:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("directory", nargs="?", type=pathlib.Path)
    parser.add_argument("--faults", type=int, default=FAULTS, help="play until so many have struck")
    parser.add_argument("--terminal", choices=TERMINALS, help="play one evening on this terminal")
    parser.add_argument("--seed", type=int, default=FIRST_SEED, help="of the first evening")
    parser.add_argument("--step", type=int, default=STEPS, help="the last step of that evening")
    parser.add_argument("--kills", action="store_true", help="kill the daemon in that evening")
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    if options.terminal is not None:
        return _replay(options)
    if options.directory is None:
        parser.error("a directory for what is counted, or a terminal for one evening")
    proof = Proof(options.directory, options.seed)
    while proof.total.faults < options.faults:
        proof.play_one()
    for name, tally in proof.tallies.items():
        print(f"{name}: {tally}")  # noqa: T201 - a report
    print(f"all: {proof.total}")  # noqa: T201
    print("faults:", dict(proof.total.by_fault.most_common()))  # noqa: T201
    print("why a person was asked:", dict(proof.total.by_reason.most_common()))  # noqa: T201
    return 1 if proof.total.wrong else 0


def _replay(options: argparse.Namespace) -> int:
    evening = Evening(TERMINALS[options.terminal], options.seed, kills=options.kills)
    try:
        with asyncio.Runner(loop_factory=ShiftingLoop) as runner:
            tally = runner.run(_bounded(evening, options.step))
    except EveningError as error:
        print(error)  # noqa: T201
        return 1
    print("\n".join(evening.story))  # noqa: T201
    print(tally)  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
