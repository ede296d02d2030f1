"""A power cut at every commit of a return, an exchange, a void and a gift card: the long form.

    python -m tests.long.sale_cuts               once before and once after every commit
    python -m tests.long.sale_cuts --rounds 5    five times

Each kind of act has a shop of its own. It ends with what was lived through, or with the first
thing that is wrong.
"""

import argparse
import asyncio

from tests.stories.counter import Counter
from tests.stories.sale_cuts import KINDS, MOST_COMMITS, Cuts, Tally


async def play(kind: str, rounds: int) -> Tally:
    """Cut at every commit of one kind of act."""
    async with Counter() as counter:
        await counter.start()
        cuts = Cuts(counter)
        await cuts.open()
        for _ in range(rounds):
            for after in (False, True):
                for commit in range(1, MOST_COMMITS + 1):
                    if not await cuts.cut(kind, commit, after=after):
                        break
        await cuts.close()
        return cuts.tally


def main() -> None:
    """Play all kinds."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=1)
    options = parser.parse_args()
    for kind in KINDS:
        tally = asyncio.run(play(kind, options.rounds))
        print(f"{kind:10} {tally}")  # noqa: T201 - the report


if __name__ == "__main__":
    main()
