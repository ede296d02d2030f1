"""How fast the office takes entries in, against the same rows written with nothing around.

Batches of one edge's sales, as a backlog brings them: messages of 64 KiB, sixteen of them in a
transaction. The limit writes the same rows, with the same keys and the same commits. What the books
cost beside that is `folding`'s figure: here nothing is folded.
"""

import asyncio
import hashlib
import itertools
import json
import pathlib
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, Protocol, Self
from unittest import mock

import psycopg

from central_office import ingest
from central_office.ingest import Limits
from central_office.store import Store, open_store
from tests.benchmarks.effort import Effort
from tests.benchmarks.figures import Aim, Figure
from tests.central_office.postgresql import postgresql
from tests.entries import EDGE, EPOCH, JOURNAL_TOPIC, NO_HASH, ORGANIZATION, STORE, entry, sale

LINES = 50
"""In one message; sales of this size fill its 64 KiB."""
MESSAGES = 16
"""In one transaction."""
BATCH = LINES * MESSAGES
LIMITS = Limits()
NOW = 1795248000000000

_COLUMNS = (
    "organization TEXT NOT NULL, arrival BIGINT NOT NULL, store TEXT NOT NULL,"
    " edge_id TEXT NOT NULL, epoch TEXT NOT NULL, seq BIGINT NOT NULL, entry_type TEXT NOT NULL,"
    " occurred_at BIGINT NOT NULL, received_at BIGINT NOT NULL, hash {0} NOT NULL,"
    " data {0} NOT NULL, PRIMARY KEY (organization, arrival), UNIQUE (edge_id, epoch, seq)"
)
_TYPES = ["text", "int8", "text", "text", "text", "int8", "text", "int8", "int8"]

Row = tuple[Any, ...]


class Batch(NamedTuple):
    """The same entries twice: as the broker delivers them, and as rows."""

    messages: list[tuple[str, bytes]]
    rows: list[Row]


class Raw(Protocol):
    """A table and nothing around it."""

    def write(self, rows: Sequence[Row]) -> None:
        """Write and commit."""
        ...

    def close(self) -> None:
        """Let go."""
        ...


class RawSqlite:
    """`executemany`, WAL with `synchronous=FULL`."""

    def __init__(self, path: pathlib.Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=FULL")
        self._connection.execute(f"CREATE TABLE raw ({_COLUMNS.format('BLOB')})")

    def write(self, rows: Sequence[Row]) -> None:
        """Write and commit."""
        self._connection.execute("BEGIN IMMEDIATE")
        places = ", ".join("?" * len(rows[0]))
        self._connection.executemany(f"INSERT INTO raw VALUES ({places})", rows)  # noqa: S608 - question marks
        self._connection.execute("COMMIT")

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


class RawPostgresql:
    """Binary `COPY`."""

    def __init__(self, address: str) -> None:
        self._connection: psycopg.Connection[Any] = psycopg.connect(address, autocommit=True)
        self._connection.execute(f"CREATE TABLE raw ({_COLUMNS.format('BYTEA')})".encode())

    def write(self, rows: Sequence[Row]) -> None:
        """Write and commit."""
        with (
            self._connection.transaction(),
            self._connection.cursor() as cursor,
            cursor.copy("COPY raw FROM STDIN (FORMAT BINARY)") as copy,
        ):
            copy.set_types([*_TYPES, "bytea", "bytea"])
            for row in rows:
                copy.write_row(row)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def batches() -> Iterator[Batch]:
    """One edge's sales without end, each some 1,250 bytes and linked to the one before."""
    numbers, prev_hash = itertools.count(1), NO_HASH
    before, between, behind = _template()
    while True:
        rows: list[Row] = []
        for seq in itertools.islice(numbers, BATCH):
            data = b"%b%d%b%b%b" % (before, seq, between, prev_hash.encode(), behind)
            digest = hashlib.sha256(data)
            prev_hash = digest.hexdigest()
            row = (ORGANIZATION, seq, STORE, EDGE, EPOCH, seq, "RetailTransaction", NOW, NOW)
            rows.append((*row, digest.digest(), data))
        cut = [rows[at : at + LINES] for at in range(0, BATCH, LINES)]
        messages = [(JOURNAL_TOPIC, b"\n".join(row[-1] for row in part)) for part in cut]
        yield Batch(messages, rows)


def _template() -> tuple[bytes, bytes, bytes]:
    """A sale's bytes around its `seq` and its `prev_hash`."""
    line = {
        "line_id": "1",
        "line_type": "Sale",
        "voided": False,
        "entry_method": "Scanned",
        "item_id": "8712345000017",
        "description": "Koffie verkeerd",
        "merchandise_hierarchy": "warm",
        "quantity_milli": 1000,
        "uom": "C62",
        "regular_unit_price": 325,
        "actual_unit_price": 325,
        "extended_amount": 325,
        "modifiers": [],
        "tax_code": "low",
        "tax_rate_bp": 900,
        "tax_base": 298,
        "tax_amount": 27,
        "tax_inclusive": True,
        "stock_effect": True,
    }
    payload = sale(325) | {"sequence_number": 7, "line_items": [line]}
    data = entry(10**9, "#" * 64, payload, entry_type="RetailTransaction", occurred_at=NOW)
    before, _, rest = data.partition(b'"seq":1000000000')
    between, _, behind = rest.partition(b"#" * 64)
    assert json.loads(data)["occurred_at"] == NOW
    return before + b'"seq":', between, behind


class Turns:
    """An office and a raw table that write the same batches in turn.

    Attributes:
        office_seconds, raw_seconds: For each batch.
    """

    def __init__(self, store: Store, raw: Raw) -> None:
        self.office_seconds: list[float] = []
        self.raw_seconds: list[float] = []
        self._store = store
        self._raw = raw
        self._batches = batches()

    def run(self, count: int) -> None:
        """Take in and write `count` more batches."""
        for batch in itertools.islice(self._batches, count):
            self.office_seconds.append(_seconds(self._take_in, batch))
            self.raw_seconds.append(_seconds(self._raw.write, batch.rows))

    def _take_in(self, batch: Batch) -> None:
        with mock.patch.object(ingest, "book"):
            (standing,) = self._store.take_in(batch.messages, NOW)
        if standing.up_to_seq != batch.rows[-1][5]:
            raise RuntimeError("The office did not take everything in.")

    def __enter__(self) -> Self:
        """Both are open."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close both."""
        self._store.close()
        self._raw.close()


def _seconds(act: Callable[[Any], None], what: object) -> float:
    begun = time.perf_counter()
    act(what)
    return time.perf_counter() - begun


def sqlite_turns(directory: pathlib.Path) -> Turns:
    """Both as files in `directory`."""
    store = open_store(str(directory / "office.db"), LIMITS)
    return Turns(store, RawSqlite(directory / "raw.db"))


def postgresql_turns(address: str) -> Turns:
    """Both in one database."""
    return Turns(open_store(address, LIMITS), RawPostgresql(address))


async def measure(effort: Effort) -> list[Figure]:
    """Both databases, one after the other."""
    return await asyncio.to_thread(_measure, effort.rounds)


def _measure(rounds: int) -> list[Figure]:
    with tempfile.TemporaryDirectory() as directory, postgresql() as server:
        with sqlite_turns(pathlib.Path(directory)) as turns:
            turns.run(rounds)
            sqlite = _figure("SQLite", turns, "executemany, the same rows and keys")
        with postgresql_turns(server.new_database()) as turns:
            turns.run(rounds)
            return [sqlite, _figure("PostgreSQL", turns, "binary COPY, the same rows and keys")]


def _figure(name: str, turns: Turns, limit_is: str) -> Figure:
    return Figure(
        name=f"office takes entries in, {name}",
        unit="/s",
        measured=BATCH * len(turns.office_seconds) / sum(turns.office_seconds),
        limit=BATCH * len(turns.raw_seconds) / sum(turns.raw_seconds),
        limit_is=limit_is,
        aim=Aim(value=0.5, of="ratio", better="higher"),
    )
