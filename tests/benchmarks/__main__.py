"""The benchmarks: `python -m tests.benchmarks [NAME ...] [--quick]`.

Each takes turns between what is measured and a limit: the same done with next to nothing around
it, on the same machine at the same time. A table for people, then one line of JSON. The files are
made in the temporary directory: set TMPDIR to measure another disk.
"""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence

from rich.console import Console

from tests.benchmarks import (
    acknowledging,
    appending,
    fanning,
    figures,
    folding,
    hanging,
    ingesting,
    paying,
    printing,
    receipts,
    reporting,
    resolving,
    scanning,
    selling,
    starting,
    tapping,
    telling,
    zvt,
)
from tests.benchmarks.effort import FULL, QUICK, Effort
from tests.benchmarks.figures import Figure

BENCHMARKS: dict[str, Callable[[Effort], Awaitable[list[Figure]]]] = {
    "printing": printing.measure,
    "hanging": hanging.measure,
    "receipts": receipts.measure,
    "scanning": scanning.measure,
    "tapping": tapping.measure,
    "fanning": fanning.measure,
    "appending": appending.measure,
    "starting": starting.measure,
    "acknowledging": acknowledging.measure,
    "ingesting": ingesting.measure,
    "folding": folding.measure,
    "paying": paying.measure,
    "reporting": reporting.measure,
    "resolving": resolving.measure,
    "selling": selling.measure,
    "telling": telling.measure,
    "zvt": zvt.measure,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 0 when all was measured, whether aims were met or not."""
    options = _parser().parse_args(arguments)
    effort = QUICK if options.quick else FULL
    where = figures.machine()
    console = Console(width=None if sys.stdout.isatty() else 160)
    found: list[Figure] = []
    for name in options.names or BENCHMARKS:
        found += asyncio.run(_measure(name, effort))
    console.print(", ".join(f"{key} {value}" for key, value in where.items()))
    figures.show(found, console)
    print(figures.as_json(found, where))  # noqa: T201 - a command's answer
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--quick", action="store_true", help="a few repetitions of each")
    return parser


async def _measure(name: str, effort: Effort) -> list[Figure]:
    return await BENCHMARKS[name](effort)


if __name__ == "__main__":
    sys.exit(main())
