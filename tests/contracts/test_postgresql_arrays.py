"""What the office writes as the text of an array is what PostgreSQL reads."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from central_office.postgresql_arrays import array
from tests.central_office.postgresql import Server

SIGNIFICANT = st.sampled_from(['"', "\\", ",", "{", "}", '","', "NULL", "null", "", " ", "\n", "é"])
TEXTS = st.lists(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")) | SIGNIFICANT,
    min_size=1,
)
NUMBERS = st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1)
BYTES = st.lists(st.binary(), min_size=1)


@pytest.fixture(scope="module")
def connection(server: Server) -> Iterator["psycopg.Connection[Any]"]:
    with psycopg.connect(server.new_database(), autocommit=True) as connection:
        yield connection


def told(connection: "psycopg.Connection[Any]", kind: str, column: list[Any]) -> list[Any]:
    row = connection.execute(f"SELECT %s::{kind}[]".encode(), (array(column),)).fetchone()
    assert row is not None
    found: list[Any] = row[0]
    return found


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=TEXTS, numbers=NUMBERS, parts=BYTES)
def test_a_column_comes_back_as_it_was(
    connection: "psycopg.Connection[Any]", texts: list[str], numbers: list[int], parts: list[bytes]
) -> None:
    assert told(connection, "text", texts) == texts
    assert told(connection, "bigint", numbers) == numbers
    assert told(connection, "bytea", parts) == parts


@given(texts=TEXTS, number=st.integers(0, 9))
@settings(max_examples=20)
def test_nothing_is_null_and_the_word_is_not(
    connection: "psycopg.Connection[Any]", texts: list[str], number: int
) -> None:
    column: list[str | None] = [*texts]
    column.insert(number % (len(texts) + 1), None)
    assert told(connection, "text", column) == column
    assert told(connection, "bigint", [None, 1]) == [None, 1]
    assert told(connection, "text", [None]) == [None]
