import pathlib
import sqlite3

import pytest

from central_office import sql_tables
from central_office.downstream import stock as told
from central_office.ingest import Limits
from central_office.store import open_store
from central_office.views import stock
from central_office.views.paging import Scope

BY_STORES = "organization = ? AND store IN (?, ?) AND business_day_date BETWEEN ? AND ?"


@pytest.fixture
def connection(tmp_path: pathlib.Path) -> sqlite3.Connection:
    path = tmp_path / "office.db"
    open_store(str(path), Limits()).close()
    return sqlite3.connect(path)


def plan(connection: sqlite3.Connection, sql: str) -> str:
    rows = connection.execute(f"EXPLAIN QUERY PLAN {sql}", ["x"] * sql.count("?"))
    return " ".join(row[3] for row in rows)


@pytest.mark.parametrize(
    "column", ["sequence_number", "transaction_id", "card_digits", "customer_ref"]
)
def test_a_receipt_is_not_looked_for_among_all_of_the_organization(
    connection: sqlite3.Connection, column: str
) -> None:
    sql = f"SELECT arrival FROM receipts WHERE {BY_STORES} AND {column} = ?"  # noqa: S608 - constants
    assert f"organization=? AND {column}=?" in plan(connection, sql)
    connection.close()


def test_an_original_is_found_by_its_id(connection: sqlite3.Connection) -> None:
    assert "transaction_id=?" in plan(connection, sql_tables._RECEIPTS_OF)
    connection.close()


def test_a_page_of_stock_begins_behind_the_last_one(connection: sqlite3.Connection) -> None:
    sql, _ = stock.STOCK._query(Scope(organization="o"), ["s-1"], {}, ["s-1", "cola"])
    assert "location_id=? AND item_id>?" in plan(connection, sql)
    history, _ = stock.MOVEMENTS._query(
        Scope(organization="o"), ["s-1"], {"item_id": "cola"}, ["s-1", "cola", 1, 2, 0, 0]
    )
    assert "item_id=? AND (occurred_at,arrival,part,number)>" in plan(connection, history)
    connection.close()


def test_articles_that_changed_are_not_looked_for_among_all(
    connection: sqlite3.Connection,
) -> None:
    some = plan(connection, told._SOME.format("(?, ?), (?, ?)"))
    assert "organization=? AND location_id=? AND item_id=?" in some
    assert "arrival>? AND arrival<?" in plan(connection, told._ENTRIES)
    connection.close()
