"""What each view of the office costs: its first page of a random store and day, again and again.

    python -m tests.long.view_times small/office.db middle/office.db large/office.db --stores 50

The files are those that `tests.long.office_books` makes. Each is read once before anything counts;
then comes a table with p50 and p99 of each view in each file, and one line of JSON.
"""

import argparse
import datetime as dt
import json
import random
import time
from collections.abc import Callable

import msgspec
from rich.console import Console
from rich.table import Table

from central_office.ingest import Limits
from central_office.reading import Reader, open_reader
from central_office.report import read_count
from central_office.store import open_store
from central_office.views.behind import RECEIPTS_BEHIND
from central_office.views.paging import Scope
from central_office.views.receipts import ReceiptQuery, find_receipts
from central_office.views.table import VIEWS
from simulators.chain.chain import Plan
from simulators.chain.journal import ORGANIZATION
from tests.benchmarks import figures

SAMPLES = 100
_ROW = "SELECT last FROM arrivals WHERE organization = ?"
"""What the machine's other work adds to each of them."""
_DAYS = "SELECT min(business_day_date), max(business_day_date) FROM days"
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


def milliseconds(
    address: str, plan: Plan, samples: int = SAMPLES
) -> dict[str, tuple[float, float]]:
    """Each view's p50 and p99 over random stores and days, of those that are there."""
    chance = random.Random(1)  # noqa: S311 - no secret is made
    found = {}
    with open_reader(address) as read:
        first, last = (dt.date.fromisoformat(day) for day in next(read(_DAYS, ())))
        for name, look in looks().items():
            took = []
            for _ in range(samples):
                day = first + dt.timedelta(days=chance.randint(0, (last - first).days))
                store = f"store-{chance.randint(1, plan.stores):03d}"
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


def main() -> None:
    """Run it from the command line."""
    parser = argparse.ArgumentParser(description="Measure the office's views, file by file.")
    parser.add_argument("databases", nargs="+", help="files, or postgresql://…")
    parser.add_argument("--stores", type=int, default=20, help="how many the chain has")
    parser.add_argument("--samples", type=int, default=3 * SAMPLES)
    given = parser.parse_args()
    plan = Plan(stores=given.stores, days=1)
    for address in given.databases:
        open_store(address, Limits()).close()  # as an office does that was updated
    counts = [read_count(address) for address in given.databases]
    for address in given.databases:
        milliseconds(address, plan)
    found = [milliseconds(address, plan, given.samples) for address in given.databases]
    table = Table("view, p50 and p99 in ms", *(f"{count:,} entries" for count in counts))
    for name in found[0]:
        table.add_row(name, *("{:.2f} {:.2f}".format(*each[name]) for each in found))
    Console().print(table)
    told = [
        {"entries": count, "p50_p99_ms": each} for count, each in zip(counts, found, strict=True)
    ]
    print(json.dumps({"sizes": told, "where": figures.machine()}))  # noqa: T201 - a command's answer


if __name__ == "__main__":
    main()
