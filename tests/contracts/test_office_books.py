"""Three books agree over an invented chain, on both databases; and a wrong figure is found."""

import contextlib
import functools
import json
import pathlib
from collections.abc import Iterator

import pytest

from central_office.checking import check, compare
from central_office.cli import main
from central_office.loading import load
from central_office.sql_tables import Session
from central_office.verifying import verify
from simulators.chain.chain import Plan, deliveries
from simulators.chain.cli import main as write_chain
from tests.central_office.boxes import Box, line, sold, table_rows, z_report
from tests.central_office.desk import NOW, Desk
from tests.contracts.conftest import KINDS, fresh_address

PLAN = Plan(stores=5, days=3, receipts=12, outages=0.3)


class _UndoneError(Exception):
    pass


@contextlib.contextmanager
def undone(desk: Desk) -> Iterator[Session]:
    """A transaction of which nothing stays."""
    with contextlib.suppress(_UndoneError), desk.store._database.transaction() as session:
        yield session
        raise _UndoneError


@functools.cache
def chain() -> tuple[bytes, ...]:
    return tuple(line for _, lines in deliveries(PLAN) for line in lines)


@pytest.fixture(scope="module", params=KINDS)
def filled(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Desk]:
    desk = Desk(fresh_address(request, tmp_path_factory))
    load(desk.store, chain(), NOW, lambda _: None)
    yield desk
    desk.store.close()


def test_receipts_z_reports_stock_and_figures_agree_over_a_chain_with_outages(filled: Desk) -> None:
    found = check(filled.address)
    assert found.agrees, found
    assert found.receipts > 100
    assert found.days == found.periods - _second_tills(filled)
    assert not verify(filled.address).broken


def _second_tills(desk: Desk) -> int:
    return int(desk.query("SELECT count(*) FROM z_reports WHERE workstation_id <> 'till-1'")[0][0])


def test_a_rebuild_of_a_chains_figures_gives_equal_tables(filled: Desk) -> None:
    before = table_rows(filled.query)
    filled.store.rebuild()
    assert table_rows(filled.query) == before


@pytest.mark.parametrize(
    ("change", "books"),
    [
        ("UPDATE vat SET tax = tax + 1 WHERE tax_code = 'high'", "office, receipts"),
        ("UPDATE money SET amount = amount - 1 WHERE tender_type = 'Cash'", "office, Z"),
        ("DELETE FROM money WHERE tender_type = 'CreditDebit'", "office, receipts"),
        ("UPDATE stock SET on_hand_milli = on_hand_milli + 1", "stock, movements"),
    ],
)
def test_a_figure_that_was_changed_is_found(filled: Desk, change: str, books: str) -> None:
    with undone(filled) as session:
        session.run(change)
        found = compare(lambda sql, parameters: iter(session.all(sql, parameters)))
    assert books in {one.books for one in found.disagreements}


def test_a_z_that_says_something_else_than_its_receipts_is_found(desk: Desk) -> None:
    box = Box("s-1")
    box.write("RetailTransaction", sold("t-1", line("cola", 1_000, 121)))
    box.write("PeriodReport", z_report(1, box.till))
    box.deliver(desk.store)
    found = {(one.where.split()[-1], one.office) for one in check(desk.address).disagreements}
    assert found == {("base", 100), ("tax", 21), ("Cash", 121)}


def test_a_receipt_that_does_not_add_up_is_named(desk: Desk) -> None:
    box = Box("s-1")
    box.write("RetailTransaction", sold("t-1", line("cola", 1_000, 121), rounding_amount=1))
    box.deliver(desk.store)
    assert check(desk.address).unbalanced == ("t-1",)


def test_the_same_seed_gives_the_same_bytes() -> None:
    again = tuple(line for _, lines in deliveries(PLAN) for line in lines)
    assert again == chain()
    other = Plan(stores=5, days=3, receipts=12, seed=2)
    assert next(deliveries(other))[1][0] != chain()[0]


@pytest.mark.parametrize("kept", [0, 1, 4_000, 70_000])
def test_a_chain_that_was_cut_off_goes_on_to_the_same_bytes(
    tmp_path: pathlib.Path, kept: int
) -> None:
    size = ["--stores", "2", "--days", "3", "--receipts", "5"]
    whole, cut = tmp_path / "whole.jsonl", tmp_path / "cut.jsonl"
    assert write_chain([*size, "--output", str(whole)]) == 0
    cut.write_bytes(whole.read_bytes()[:kept])
    assert write_chain([*size, "--output", str(cut), "--resume"]) == 0
    assert write_chain([*size, "--output", str(cut), "--resume"]) == 0
    assert cut.read_bytes() == whole.read_bytes()


def test_a_chain_is_written_loaded_and_checked_by_commands(
    tmp_path: pathlib.Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file, database = str(tmp_path / "chain.jsonl"), str(tmp_path / "office.db")
    size = ["--stores", "2", "--days", "2", "--receipts", "5"]
    names = str(tmp_path / "catalogue.json")
    assert write_chain([*size, "--output", file, "--catalogue", names]) == 0
    assert main(["load", file, "--database", database]) == 0
    whose = ["--organization", "chain-1", "--database", database]
    assert main(["keep", "catalogue", names, *whose]) == 0
    capfd.readouterr()
    assert main(["view", "stock", "--only", "find=espresso", "--json", *whose]) == 0
    rows = json.loads(capfd.readouterr().out)["rows"]
    assert {row["description"] for row in rows} == {"Espresso"}
    assert main(["load", file, "--database", database]) == 0
    assert main(["check", "--database", database, "--json"]) == 0
    told = json.loads(capfd.readouterr().out.splitlines()[-1])
    assert told["disagreements"] == []
    assert told["periods"] >= 2
    assert main(["rebuild", "--database", database]) == 0
    assert main(["check", "--database", database]) == 0
    assert "agree" in capfd.readouterr().out


def test_a_file_of_something_else_is_refused_by_its_line(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "other.jsonl"
    file.write_text('{"no": "entry"}\n')
    arguments = [str(file), "--database", str(tmp_path / "office.db")]
    assert main(["load", *arguments]) == 1
    assert "no entry" in capsys.readouterr().err
    assert main(["load", str(tmp_path / "missing"), *arguments[1:]]) == 1
    assert "cannot be read" in capsys.readouterr().err
