"""The office's books over a large invented chain: do three books agree, and is each view flat?

    nice python -m tests.long.office_books --entries 1e6 --directory /var/tmp/books

A chain of 20 shops goes on until there are so many entries. At every power of ten from 1e4 each
view's first page of a random store and day is read a hundred times. At the end receipts, Z reports,
stock and figures are compared, everything is folded anew, and the tables are compared, too. Prints
each size as it is reached, tables, then one line of JSON. SQLite unless `--postgresql`.
"""

import argparse
import contextlib
import datetime as dt
import hashlib
import json
import pathlib
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table

from central_office.checking import check
from central_office.ingest import Limits
from central_office.projections import PROJECTIONS
from central_office.reading import Reader, open_reader
from central_office.store import open_store
from central_office.views.behind import RECEIPTS_BEHIND
from central_office.views.paging import Scope
from central_office.views.receipts import ReceiptQuery, find_receipts
from central_office.views.table import VIEWS
from simulators.chain.chain import Plan
from simulators.chain.journal import ORGANIZATION
from tests.benchmarks import figures
from tests.benchmarks.folding import NOW, transactions
from tests.central_office.postgresql import postgresql

PLAN = Plan(stores=20, days=3650, receipts=60)
SAMPLES = 100
_ROW = "SELECT last FROM arrivals WHERE organization = ?"
"""What the machine's other work adds to each of them."""
Look = Callable[[Reader, Scope], object]


def looks() -> dict[str, Look]:
    """Each view by its name, as somebody opens it."""
    found: dict[str, Look] = {name: view.page for name, view in VIEWS.items()}
    found["(one row by its key)"] = lambda read, scope: list(read(_ROW, (scope.organization,)))
    found["movements of an article"] = lambda read, scope: VIEWS["movements"].page(
        read, scope, only={"item_id": "item-007"}
    )
    found["receipts behind a rate"] = lambda read, scope: RECEIPTS_BEHIND.page(
        read, scope, only={"figure": "vat", "rate_bp": 900}
    )
    found["receipts by amount"] = lambda read, scope: find_receipts(
        read, scope, ReceiptQuery(lowest=1, highest=10_000)
    )
    found["day revenue, all stores"] = lambda read, scope: VIEWS["day-revenue"].page(
        read, msgspec.structs.replace(scope, stores=None)
    )
    found["comparison, all stores"] = lambda read, scope: VIEWS["comparison"].page(
        read, msgspec.structs.replace(scope, stores=None)
    )
    return found


def milliseconds(address: str, days: int) -> dict[str, tuple[float, float]]:
    """Each view's p50 and p99 over random stores and days."""
    chance = random.Random(1)  # noqa: S311 - no secret is made
    found = {}
    with open_reader(address) as read:
        for name, look in looks().items():
            took = []
            for _ in range(SAMPLES):
                day = PLAN.first_day + dt.timedelta(days=chance.randrange(max(days, 1)))
                store = f"store-{chance.randint(1, PLAN.stores):03d}"
                scope = Scope(
                    organization=ORGANIZATION,
                    stores=(store,),
                    first_day=day.isoformat(),
                    last_day=day.isoformat(),
                )
                begun = time.perf_counter()
                look(read, scope)
                took.append((time.perf_counter() - begun) * 1000)
            found[name] = (figures.p50(took), figures.p99(took))
    return found


def measure(address: str, wanted: int) -> Iterator[dict[str, Any]]:
    """Grow to `wanted` entries, and tell of every power of ten; then of the proofs."""
    store = open_store(address, Limits())
    with contextlib.closing(store):
        entries, size, seconds = 0, 10_000, 0.0
        for messages in transactions(PLAN):
            begun = time.perf_counter()
            store.take_in(messages, NOW)
            seconds += time.perf_counter() - begun
            entries += sum(payload.count(b"\n") + 1 for _, payload in messages)
            if entries >= size:
                with open_reader(address) as read:
                    days = next(read("SELECT count(DISTINCT business_day_date) FROM days", ()))[0]
                views = milliseconds(address, int(days))
                yield {"entries": entries, "per_second": entries / seconds, "p50_p99_ms": views}
                size *= 10
            if entries >= wanted:
                break
        yield {"agrees": _agreement(address), **_rebuilt(address, store.rebuild)}


def _agreement(address: str) -> dict[str, Any]:
    found = check(address)
    counted = ("receipts", "days", "periods", "articles")
    told = {name: getattr(found, name) for name in counted}
    return {**told, "agrees": len(found.unbalanced) + len(found.disagreements) == 0}


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
    parser.add_argument("--entries", type=float, default=1e5)
    parser.add_argument("--directory", type=pathlib.Path, default=tempfile.gettempdir())
    parser.add_argument("--postgresql", action="store_true")
    arguments = parser.parse_args()
    arguments.directory.mkdir(parents=True, exist_ok=True)
    tempfile.tempdir = str(arguments.directory)
    with contextlib.ExitStack() as stack:
        if arguments.postgresql:
            address = stack.enter_context(postgresql()).new_database()
        else:
            address = stack.enter_context(tempfile.TemporaryDirectory()) + "/office.db"
        rows = []
        for row in measure(address, int(arguments.entries)):
            rows.append(row)
            sys.stderr.write(json.dumps(row) + "\n")
    _show(rows)


def _show(rows: list[dict[str, Any]]) -> None:
    sizes, proofs = rows[:-1], rows[-1]
    table = Table("view, p50 and p99 in ms", *(f"{row['entries']:,}" for row in sizes))
    for name in looks():
        table.add_row(name, *("{:.2f} {:.2f}".format(*row["p50_p99_ms"][name]) for row in sizes))
    table.add_row("entries/s", *(f"{row['per_second']:,.0f}" for row in sizes))
    Console().print(table)
    print(json.dumps({"sizes": sizes, **proofs, "where": figures.machine()}))  # noqa: T201 - a command's answer


if __name__ == "__main__":
    main()
