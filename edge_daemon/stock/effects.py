"""What this box's own entries did to the stock, for what the office does not know yet.

Sales move goods at their shop, movements where they say. A count sets what lies there; what moved
later counts from it. Training moves nothing.
"""

import sqlite3
from collections.abc import Mapping
from typing import NamedTuple

from sqlite_utils import Database

from edge_daemon.journal import Coverage, Projection
from edge_daemon.records import JournalEntry
from edge_daemon.records.payloads import (
    InventoryControl,
    InventoryControlKind,
    RetailTransaction,
)
from edge_daemon.records.turnover import FINISHED


class OwnStock(NamedTuple):
    """What entries beyond the office's knowledge say of an item at one place.

    Attributes:
        counted: What the last count among them found; None where there was none.
        moved: Since that count, or since the office's figures.
    """

    moved: int
    counted: int | None = None
    counted_at: int | None = None


class CountRow(NamedTuple):
    """One count of a place."""

    count_id: str
    location_id: str
    began_at: int
    ended_at: int | None


def own_stock(
    connection: sqlite3.Connection, item_id: str, covered: Mapping[str, int]
) -> dict[str, OwnStock]:
    """What own entries did to an item, by location.

    Args:
        connection: To the journal.
        item_id: The item.
        covered: Up to which `seq` the office knows each epoch; see `Coverage`.
    """
    coverage = Coverage(connection, covered)
    rows = connection.execute(
        "SELECT epoch, seq, location_id, quantity_milli, counts, occurred_at FROM stock_effects"
        " WHERE item_id = ? ORDER BY rowid",
        (item_id,),
    )
    found: dict[str, OwnStock] = {}
    for epoch, seq, location, quantity, counts, moment in rows:
        if coverage.has(epoch, seq):
            continue
        before = found.get(location, OwnStock(0))
        if counts:
            found[location] = OwnStock(0, quantity, moment)
        else:
            found[location] = before._replace(moved=before.moved + quantity)
    return found


def find_count(connection: sqlite3.Connection, count_id: str) -> CountRow | None:
    """Read one count."""
    row = connection.execute(
        "SELECT count_id, location_id, began_at, ended_at FROM stock_counts WHERE count_id = ?",
        (count_id,),
    ).fetchone()
    return CountRow(*row) if row else None


def found_by(connection: sqlite3.Connection, count_id: str) -> dict[str, int]:
    """What a count has found of each item."""
    rows = connection.execute(
        "SELECT item_id, quantity_milli FROM stock_count_lines WHERE count_id = ? ORDER BY item_id",
        (count_id,),
    )
    return dict(rows.fetchall())


def _apply(connection: sqlite3.Connection, entry: JournalEntry) -> None:
    payload = entry.payload
    if entry.training:
        return
    if isinstance(payload, RetailTransaction) and payload.status in FINISHED:
        moved: dict[str, int] = {}
        for line in payload.line_items:
            if line.stock_effect and not line.voided:
                moved[line.item_id] = moved.get(line.item_id, 0) - line.quantity_milli
        for item_id, quantity in moved.items():
            _note(connection, entry, (item_id, entry.retail_store_id, quantity, 0))
    elif isinstance(payload, InventoryControl):
        _note_control(connection, entry, payload)


def _note_control(
    connection: sqlite3.Connection, entry: JournalEntry, control: InventoryControl
) -> None:
    if control.kind is InventoryControlKind.COUNT_START:
        connection.execute(
            "INSERT OR IGNORE INTO stock_counts VALUES (?, ?, ?, NULL)",
            (control.document_id, control.location_id, entry.occurred_at),
        )
    elif control.kind is InventoryControlKind.COUNT_END:
        connection.execute(
            "UPDATE stock_counts SET ended_at = ? WHERE count_id = ?",
            (entry.occurred_at, control.document_id),
        )
    elif control.quantity_milli is not None:
        item_id = control.item_id or control.gtin or ""
        counts = control.kind is InventoryControlKind.COUNT_LINE
        if counts:
            connection.execute(
                "INSERT OR REPLACE INTO stock_count_lines VALUES (?, ?, ?)",
                (control.document_id, item_id, control.quantity_milli),
            )
        effect = (item_id, control.location_id, control.quantity_milli, int(counts))
        _note(connection, entry, effect)


def _note(
    connection: sqlite3.Connection, entry: JournalEntry, effect: tuple[str, str, int, int]
) -> None:
    connection.execute(
        "INSERT INTO stock_effects VALUES (?, ?, ?, ?, ?, ?, ?)",
        (*effect, entry.epoch, entry.seq, entry.occurred_at),
    )


def _create(connection: sqlite3.Connection) -> None:
    database = Database(connection)
    if database.table("stock_effects").exists():
        return
    columns = {
        "item_id": str,
        "location_id": str,
        "quantity_milli": int,
        "counts": int,
        "epoch": str,
        "seq": int,
        "occurred_at": int,
    }
    database.table("stock_effects").create(columns, not_null=set(columns), strict=True)
    database.table("stock_effects").create_index(["item_id"])
    database.table("stock_counts").create(
        {"count_id": str, "location_id": str, "began_at": int, "ended_at": int},
        pk="count_id",
        not_null={"location_id", "began_at"},
        strict=True,
    )
    database.table("stock_count_lines").create(
        {"count_id": str, "item_id": str, "quantity_milli": int},
        pk=("count_id", "item_id"),
        not_null={"quantity_milli"},
        strict=True,
    )


STOCK_EFFECTS = Projection(
    "stock_effects", _create, ("stock_effects", "stock_counts", "stock_count_lines"), _apply
)
"""What moved by this box's own hands, and its counts."""
