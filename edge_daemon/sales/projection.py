"""Sales as the journal tells them, and the next receipt number of every register.

`sales` keeps the last `RetailTransaction` of each sale; the numbers run on without a gap per
workstation, training in a series of its own.
"""

import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

import msgspec
from sqlite_utils import Database

from edge_daemon.journal import Projection
from edge_daemon.records import JournalEntry
from edge_daemon.records.payloads import (
    CarriedOver,
    RetailTransaction,
    SystemEvent,
    TransactionStatus,
)


class SaleRow(NamedTuple):
    """The last state of a sale that has left the register's hands."""

    transaction_id: str
    workstation_id: str
    operator_id: str | None
    training: bool
    occurred_at: int
    utc_offset_min: int
    transaction: RetailTransaction


_decoder = msgspec.json.Decoder(RetailTransaction)
_UPSERT = (
    "INSERT INTO sales (transaction_id, status, workstation_id, operator_id, training,"
    " occurred_at, utc_offset_min, entry_id, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (transaction_id) DO UPDATE SET status = excluded.status,"
    " workstation_id = excluded.workstation_id, operator_id = excluded.operator_id,"
    " occurred_at = excluded.occurred_at, utc_offset_min = excluded.utc_offset_min,"
    " entry_id = excluded.entry_id, data = excluded.data"
)
_WAITING = f"status = '{TransactionStatus.AWAITING_TENDER}'"
_UNFINISHED_STATES: dict[str, str] = {
    TransactionStatus.AWAITING_TENDER: "awaiting_tender",
    TransactionStatus.SUSPENDED: "suspended",
}
_UNFINISHED = f"status IN ({', '.join(repr(str(status)) for status in _UNFINISHED_STATES)})"
_PARKED = f"'{TransactionStatus.SUSPENDED}', '{TransactionStatus.RESUMED}'"
_NUMBER = (
    "INSERT INTO receipt_numbers (workstation_id, training, last) VALUES (?, ?, ?)"
    " ON CONFLICT (workstation_id, training) DO UPDATE SET last = max(last, excluded.last)"
)


def find_sale(connection: sqlite3.Connection, transaction_id: str) -> SaleRow | None:
    """Read a sale's last state, or None while it has none in the journal."""
    row = connection.execute(
        "SELECT workstation_id, operator_id, training, occurred_at, utc_offset_min, data"
        " FROM sales WHERE transaction_id = ?",
        (transaction_id,),
    ).fetchone()
    if row is None:
        return None
    workstation, operator, training, moment, offset, data = row
    return SaleRow(
        transaction_id,
        workstation,
        operator,
        bool(training),
        moment,
        offset,
        _decoder.decode(data),
    )


def next_sequence_number(
    connection: sqlite3.Connection, workstation_id: str, *, training: bool
) -> int:
    """The number for the next receipt of that register; taken by the append that uses it."""
    row = connection.execute(
        "SELECT last + 1 FROM receipt_numbers WHERE workstation_id = ? AND training = ?",
        (workstation_id, int(training)),
    ).fetchone()
    return int(row[0]) if row else 1


def last_sales(connection: sqlite3.Connection, limit: int) -> list[str]:
    """The ids of the newest sales, newest first."""
    sql = (
        f"SELECT transaction_id FROM sales WHERE status NOT IN ({_PARKED})"  # noqa: S608 - constants only
        " ORDER BY rowid DESC LIMIT ?"
    )
    return [row[0] for row in connection.execute(sql, (limit,))]


def unfinished_sales(
    connection: sqlite3.Connection, workstations: Sequence[str]
) -> list[tuple[str, str]]:
    """The sales of these registers that have not ended, and how each stands; no training."""
    marks = ", ".join("?" * len(workstations))
    sold = connection.execute(
        f"SELECT transaction_id, status FROM sales WHERE {_UNFINISHED} AND training = 0"  # noqa: S608 - constants only
        " AND transaction_id NOT IN (SELECT transaction_id FROM claims WHERE kind = 'ResumeOf')"
        f" AND workstation_id IN ({marks}) ORDER BY rowid",
        tuple(workstations),
    )
    found = [(transaction_id, _UNFINISHED_STATES[status]) for transaction_id, status in sold]
    begun = connection.execute(
        "SELECT resource_id FROM intents LEFT JOIN sales ON transaction_id = resource_id"  # noqa: S608 - constants only
        " WHERE closed = 0 AND verb = 'sale' AND transaction_id IS NULL AND intents.training = 0"
        f" AND workstation IN ({marks})",
        tuple(workstations),
    )
    return found + [(sale_id, "running") for (sale_id,) in begun]


def numbered_sale(connection: sqlite3.Connection, workstation_id: str, number: int) -> str | None:
    """The id of the transaction with that receipt number; None where this box has none."""
    row = connection.execute(
        "SELECT transaction_id FROM numbered_sales WHERE workstation_id = ? AND number = ?",
        (workstation_id, number),
    ).fetchone()
    return None if row is None else row[0]


def parked_sales(connection: sqlite3.Connection) -> list[SaleRow]:
    """The baskets that are suspended, or were taken up again and not sold yet, oldest first."""
    ids = connection.execute(
        f"SELECT transaction_id FROM sales WHERE status IN ({_PARKED})"  # noqa: S608 - constants only
        " AND transaction_id NOT IN (SELECT transaction_id FROM claims WHERE kind = 'ResumeOf')"
        " ORDER BY rowid"
    ).fetchall()
    found = (find_sale(connection, transaction_id) for (transaction_id,) in ids)
    return [row for row in found if row is not None]


def waiting_sales(connection: sqlite3.Connection) -> list[str]:
    """The ids of the sales that wait for a tender, oldest first."""
    sql = f"SELECT transaction_id FROM sales WHERE {_WAITING} ORDER BY rowid"  # noqa: S608 - constants only
    return [row[0] for row in connection.execute(sql)]


def _create(connection: sqlite3.Connection) -> None:
    database = Database(connection)
    if database.table("sales").exists():
        return
    database.table("sales").create(
        {
            "transaction_id": str,
            "status": str,
            "workstation_id": str,
            "operator_id": str,
            "training": int,
            "occurred_at": int,
            "utc_offset_min": int,
            "entry_id": str,
            "data": bytes,
        },
        not_null={"transaction_id", "status", "workstation_id", "training", "entry_id", "data"},
        strict=True,
    )
    database.table("sales").create_index(["transaction_id"], unique=True)
    connection.execute(f"CREATE INDEX waiting_sales ON sales (transaction_id) WHERE {_WAITING}")
    connection.execute(f"CREATE INDEX unfinished_sales ON sales (status) WHERE {_UNFINISHED}")
    database.table("receipt_numbers").create(
        {"workstation_id": str, "training": int, "last": int},
        pk=("workstation_id", "training"),
        not_null={"last"},
        strict=True,
    )


def _apply(connection: sqlite3.Connection, entry: JournalEntry) -> None:
    sale = entry.payload
    if isinstance(sale, SystemEvent) and sale.carried_over is not None:
        _carry_over(connection, sale.carried_over)
    if not isinstance(sale, RetailTransaction):
        return
    connection.execute(
        _UPSERT,
        (
            sale.transaction_id,
            sale.status,
            entry.workstation_id,
            entry.operator_id,
            int(entry.training),
            entry.occurred_at,
            entry.utc_offset_min,
            entry.entry_id,
            msgspec.json.encode(sale),
        ),
    )
    if sale.sequence_number is not None:
        connection.execute(
            _NUMBER, (entry.workstation_id, int(entry.training), sale.sequence_number)
        )


def _carry_over(connection: sqlite3.Connection, carried: CarriedOver) -> None:
    """Go on behind the numbers that were given out before this epoch, here or on a lost card."""
    for numbers in carried.workstations:
        last = numbers.next_sequence_number - 1
        connection.execute(_NUMBER, (numbers.workstation_id, 0, last))
        last = numbers.next_training_number - 1
        connection.execute(_NUMBER, (numbers.workstation_id, 1, last))


def _create_numbered(connection: sqlite3.Connection) -> None:
    table = Database(connection).table("numbered_sales")
    if table.exists():
        return
    table.create(
        {"workstation_id": str, "number": int, "transaction_id": str},
        pk=("workstation_id", "number"),
        not_null={"transaction_id"},
        strict=True,
    )


def _apply_numbered(connection: sqlite3.Connection, entry: JournalEntry) -> None:
    sale = entry.payload
    if not isinstance(sale, RetailTransaction) or entry.training or sale.sequence_number is None:
        return
    connection.execute(
        "INSERT OR REPLACE INTO numbered_sales (workstation_id, number, transaction_id)"
        " VALUES (?, ?, ?)",
        (entry.workstation_id, sale.sequence_number, sale.transaction_id),
    )


NUMBERED_SALES = Projection(
    "numbered sales", _create_numbered, ("numbered_sales",), _apply_numbered
)
"""Which transaction has which receipt number."""
SALES = Projection("sales", _create, ("sales", "receipt_numbers"), _apply)
"""The last state of every sale, and the receipt numbers."""
