"""A view over a day reads as much in the seventh year as on the first day."""

import datetime as dt
import pathlib
import sqlite3
from collections.abc import Iterator, Mapping

import pytest

from central_office.ingest import Limits
from central_office.loading import load
from central_office.store import open_store
from central_office.views.paging import Scope
from central_office.views.table import VIEWS
from simulators.chain.chain import FIRST_DAY, Plan, deliveries
from tests.central_office.desk import NOW

YEARS = 7
DAY = FIRST_DAY + dt.timedelta(days=1)
SCOPE = Scope(
    organization="chain-1",
    stores=("store-001",),
    first_day=DAY.isoformat(),
    last_day=DAY.isoformat(),
)
OF_ALL_DAYS = {
    "days",
    "devices",
    "findings",
    "in-transit",
    "oversold",
    "stock",
    "unresolved-payments",
}
"""What has no days, and grows with something else: `days` looks at each epoch of the boxes."""


def lines(year: int) -> Iterator[bytes]:
    first_day = FIRST_DAY.replace(year=FIRST_DAY.year + year)
    for _, some in deliveries(Plan(stores=2, days=4, receipts=4, outages=0, first_day=first_day)):
        yield from some


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    return tmp_path_factory.mktemp("office") / "office.db"


def steps(path: pathlib.Path, scope: Scope) -> Mapping[str, int]:
    """Instructions of SQLite's machine by view: what is read, without any clock."""
    connection = sqlite3.connect(path)
    counted = 0

    def count() -> None:
        nonlocal counted
        counted += 1

    connection.set_progress_handler(count, 1)
    found = {}
    for name, view in VIEWS.items():
        counted = 0
        view.page(lambda sql, values: iter(connection.execute(sql, values)), scope)
        found[name] = counted
    connection.close()
    return found


def test_a_view_over_a_day_reads_the_same_in_year_seven_as_in_year_one(
    database: pathlib.Path,
) -> None:
    store = open_store(str(database), Limits())
    load(store, lines(0), NOW, lambda _: None)
    alone = steps(database, SCOPE)
    for year in range(1, YEARS):
        load(store, lines(year), NOW, lambda _: None)
    store.close()
    among_others = steps(database, SCOPE)
    grown = {
        name: (alone[name], among_others[name])
        for name in VIEWS
        if name not in OF_ALL_DAYS and among_others[name] > 1.2 * alone[name] + 50
    }
    assert grown == {}
