"""`pos-simulators chain`: write the entries of a chain, as they would reach the office."""

import argparse
import contextlib
import datetime as dt
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from rich.console import Console
from rich.progress import Progress

from simulators.chain.chain import Plan, deliveries
from simulators.chain.shelf import catalogue


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; 2 where the file cannot be written."""
    options = _parser().parse_args(arguments)
    plan = Plan(
        stores=options.stores,
        days=options.days,
        seed=options.seed,
        receipts=options.receipts,
        first_day=options.first_day,
        organization=options.organization,
    )
    try:
        with _output(options.output, resumes=options.resume) as (file, there):
            entries = _write(plan, file, there)
        if options.catalogue is not None:
            options.catalogue.write_bytes(catalogue())
    except BrokenPipeError:  # the reader of our output has gone, such as `head`
        sys.stderr.close()
        return 0
    except OSError as error:
        sys.stderr.write(f"pos-simulators: {error}\n")
        return 2
    sys.stderr.write(f"{entries:,} entries of {plan.stores} stores over {plan.days} days.\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="pos-simulators chain",
        description="Invent a chain of shops and write its journals' entries as JSON Lines, in the"
        " order in which they reach the office; central-office load takes them in.",
    )
    parser.add_argument("--stores", type=_count, default=Plan.stores, metavar="N")
    parser.add_argument("--days", type=_count, default=Plan.days, metavar="N")
    parser.add_argument("--seed", type=int, default=Plan.seed, metavar="N")
    parser.add_argument(
        "--receipts", type=_count, default=Plan.receipts, metavar="N", help="of a shop on a day"
    )
    parser.add_argument(
        "--first-day", type=dt.date.fromisoformat, default=Plan.first_day, metavar="YYYY-MM-DD"
    )
    parser.add_argument("--organization", default=Plan.organization, metavar="NAME")
    parser.add_argument("--output", type=Path, metavar="FILE", help="standard output if absent")
    parser.add_argument(
        "--catalogue",
        type=Path,
        metavar="FILE",
        help="also write what the goods are called, for central-office keep catalogue",
    )
    parser.add_argument(
        "--resume", action="store_true", help="go on where the file ends; all else as before"
    )
    return parser


def _count(text: str) -> int:
    number = int(text)
    if not 0 < number < 100_000:  # noqa: PLR2004 - years of the largest chain
        raise argparse.ArgumentTypeError("at least 1, and below 100,000")
    return number


@contextlib.contextmanager
def _output(path: Path | None, *, resumes: bool) -> Iterator[tuple[BinaryIO, int]]:
    """Where to write, and how many entries stand there already."""
    if path is None:
        yield sys.stdout.buffer, 0
        sys.stdout.buffer.flush()
        return
    resumes = resumes and path.exists()
    with path.open("r+b" if resumes else "wb") as file:
        yield file, _go_to_the_end(file) if resumes else 0


def _go_to_the_end(file: BinaryIO) -> int:
    """Count the entries, and cut off one that was not written to its end."""
    entries, whole = 0, 0
    for line in file:
        if line.endswith(b"\n"):
            entries, whole = entries + 1, whole + len(line)
    file.seek(whole)
    file.truncate()
    return entries


def _write(plan: Plan, file: BinaryIO, there: int) -> int:
    """Write the entries but for the first ones, which are there; the seed makes the same ones."""
    entries = 0
    with Progress(console=Console(stderr=True)) as progress:
        task = progress.add_task("Days", total=plan.days)
        for day, lines in deliveries(plan):
            entries += len(lines)
            missing = lines[max(len(lines) - (entries - there), 0) :] if entries > there else []
            file.writelines(line + b"\n" for line in missing)
            progress.update(task, completed=(day - plan.first_day).days + 1)
    return entries
