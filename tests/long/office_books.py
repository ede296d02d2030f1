"""The office's books over a large invented chain: do three books agree, and is each view flat?

    nice python -m tests.long.office_books --stores 50 --days 365 --directory /var/tmp/books

The chain's entries are taken in until its last day, or until there are `--entries`. At every power
of ten from 1e4, and at the end, each view's first page of a random store and day is read a hundred
times. Then receipts, Z reports, stock and figures are compared, everything is folded anew (unless
`--no-rebuild`), and the tables are compared, too. Progress and each size go to stderr; at the end
come tables, then one line of JSON. SQLite unless `--postgresql`.

The directory keeps SQLite's file: the same command goes on where it was ended, by a signal or a
power cut. SIGTERM ends the growing and goes on to the proofs.
"""

import argparse
import contextlib
import hashlib
import json
import pathlib
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from typing import Any

from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TimeElapsedColumn
from rich.table import Table

from central_office.checking import check
from central_office.ingest import Limits
from central_office.projections import PROJECTIONS
from central_office.reading import open_reader
from central_office.report import read_count
from central_office.store import Store, open_store
from simulators.chain.chain import Plan
from tests.benchmarks import figures
from tests.benchmarks.folding import NOW, transactions
from tests.central_office.postgresql import postgresql
from tests.long.view_times import looks, milliseconds

MESSAGES = 64
"""To a transaction: a backlog."""


class Growth:
    """A database on its way; `stop` ends it after the transaction that runs."""

    def __init__(self, address: str, plan: Plan, wanted: float) -> None:
        self._address, self._plan, self._wanted = address, plan, wanted
        self._stopped = False
        self.entries = read_count(address)
        self.taken = 0
        self.seconds = 0.0

    def stop(self, *_: object) -> None:
        self._stopped = True

    def sizes(self, store: Store) -> Iterator[dict[str, Any]]:
        """Grow, and tell of every power of ten, and of the end."""
        size, there = _next_size(self.entries), self.entries
        with Progress(
            *Progress.get_default_columns(),
            TimeElapsedColumn(),
            MofNCompleteColumn(),
            console=Console(stderr=True),
        ) as progress:
            task = progress.add_task("Entries", total=None)
            for messages in transactions(self._plan, MESSAGES):
                count = sum(payload.count(b"\n") + 1 for _, payload in messages)
                if there >= count:  # taken in by an earlier run
                    there -= count
                    continue
                self._take_in(store, messages, count)
                progress.update(task, completed=self.entries)
                if self.entries >= size:
                    yield self._look()
                    size = _next_size(self.entries)
                if self.entries >= self._wanted or self._stopped:
                    break
        yield self._look()

    def _take_in(self, store: Store, messages: list[tuple[str, bytes]], count: int) -> None:
        begun = time.perf_counter()
        store.take_in(messages, NOW)
        self.seconds += time.perf_counter() - begun
        self.entries += count
        self.taken += count

    def _look(self) -> dict[str, Any]:
        return {
            "entries": self.entries,
            "per_second": self.taken / self.seconds if self.seconds else 0.0,
            "p50_p99_ms": milliseconds(self._address, self._plan),
        }


def _next_size(entries: int) -> int:
    size = 10_000
    while size <= entries:
        size *= 10
    return size


def proofs(address: str, store: Store, *, rebuilds: bool) -> dict[str, Any]:
    """What holds at the end, and how long it took to show."""
    begun = time.perf_counter()
    found = check(address)
    counted = ("receipts", "days", "periods", "articles")
    told: dict[str, Any] = {name: getattr(found, name) for name in counted}
    told["agrees"] = len(found.unbalanced) + len(found.disagreements) == 0
    told["check_seconds"] = round(time.perf_counter() - begun)
    return told | (_rebuilt(address, store.rebuild) if rebuilds else {})


def _rebuilt(address: str, rebuild: Callable[[], None]) -> dict[str, Any]:
    before, begun = _digest(address), time.perf_counter()
    rebuild()
    seconds = time.perf_counter() - begun
    return {"rebuild_seconds": round(seconds), "equal": _digest(address) == before}


def _digest(address: str) -> str:
    digest = hashlib.sha256()
    with open_reader(address) as read:
        for projection in PROJECTIONS:
            order = ", ".join(projection.key)
            for row in read(f"SELECT * FROM {projection.name} ORDER BY {order}", ()):  # noqa: S608 - constants
                digest.update(repr(row).encode())
    return digest.hexdigest()


def main() -> None:
    """Run it from the command line."""
    parser = argparse.ArgumentParser(description="Keep a chain's books and measure the views.")
    parser.add_argument("--stores", type=int, default=20)
    parser.add_argument("--days", type=int, default=3650)
    parser.add_argument("--receipts", type=int, default=100, help="of a store on a day")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--entries", type=float, default=float("inf"), help="stop there")
    parser.add_argument("--directory", type=pathlib.Path, required=True)
    parser.add_argument("--no-rebuild", action="store_true")
    parser.add_argument("--postgresql", action="store_true")
    given = parser.parse_args()
    given.directory.mkdir(parents=True, exist_ok=True)
    tempfile.tempdir = str(given.directory)
    plan = Plan(stores=given.stores, days=given.days, receipts=given.receipts, seed=given.seed)
    with contextlib.ExitStack() as stack:
        address = str(given.directory / "office.db")
        if given.postgresql:
            address = stack.enter_context(postgresql()).new_database()
        store = stack.enter_context(contextlib.closing(open_store(address, Limits())))
        growth, rows = Growth(address, plan, given.entries), []
        signal.signal(signal.SIGTERM, growth.stop)
        for row in growth.sizes(store):
            rows.append(row)
            sys.stderr.write(json.dumps(row) + "\n")
        _show(rows, proofs(address, store, rebuilds=not given.no_rebuild))


def _show(sizes: list[dict[str, Any]], proved: dict[str, Any]) -> None:
    table = Table("view, p50 and p99 in ms", *(f"{row['entries']:,}" for row in sizes))
    for name in looks():
        table.add_row(name, *("{:.2f} {:.2f}".format(*row["p50_p99_ms"][name]) for row in sizes))
    table.add_row("entries/s", *(f"{row['per_second']:,.0f}" for row in sizes))
    Console().print(table)
    print(json.dumps({"sizes": sizes, **proved, "where": figures.machine()}))  # noqa: T201 - a command's answer


if __name__ == "__main__":
    main()
