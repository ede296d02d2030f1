"""The catalogue as one SQLite file that is made to be read: by code, by item, by words, by group.

Everything in it can be made again from what the office has sent, so nothing here waits for a disk:
a whole set is built in a file of its own and takes the other's place when it is complete; what
changes later is written in small transactions of which any number may be lost and come again.
"""

import os
import pathlib
import sqlite3
from collections.abc import Iterable, Sequence

import msgspec

from edge_daemon.records.master_data import CatalogueItem, ProductGroup, TaxRate

LAYOUT = 1
"""Of the tables below; a file of another layout is built anew."""
GTIN_DIGITS = 14

_TABLES = """
CREATE TABLE items (
    number INTEGER PRIMARY KEY, item_id TEXT NOT NULL UNIQUE, group_id TEXT NOT NULL,
    description TEXT NOT NULL, data BLOB NOT NULL
) STRICT;
CREATE INDEX items_of_group ON items (group_id);
CREATE TABLE barcodes (
    gtin TEXT NOT NULL PRIMARY KEY, number INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX barcodes_of_item ON barcodes (number);
CREATE TABLE tax_rates (
    tax_code TEXT NOT NULL, valid_from INTEGER NOT NULL, data BLOB NOT NULL,
    PRIMARY KEY (tax_code, valid_from)
) STRICT;
CREATE TABLE groups (group_id TEXT NOT NULL PRIMARY KEY, data BLOB NOT NULL) STRICT;
CREATE TABLE facts (name TEXT NOT NULL PRIMARY KEY, value INTEGER NOT NULL) STRICT;
CREATE VIRTUAL TABLE words USING fts5 (
    description, content='', tokenize='unicode61 remove_diacritics 2'
);
"""
_KNOWN = "SELECT number, description FROM items WHERE item_id = ?"
_ADD_WORDS = "INSERT INTO words (rowid, description) VALUES (?, ?)"
_DROP_WORDS = "INSERT INTO words (words, rowid, description) VALUES ('delete', ?, ?)"
_ADD_BARCODE = (
    "INSERT INTO barcodes (gtin, number) VALUES (?, ?)"
    " ON CONFLICT (gtin) DO UPDATE SET number = excluded.number"
)

encoder = msgspec.json.Encoder()
decoder = msgspec.json.Decoder(CatalogueItem)


def begin(path: pathlib.Path) -> sqlite3.Connection:
    """Begin a new file; one that a crash has left half built is thrown away."""
    discard(path)
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode=OFF")
    connection.execute("PRAGMA synchronous=OFF")
    connection.executescript(_TABLES)
    return connection


def complete(connection: sqlite3.Connection, path: pathlib.Path, version: int) -> None:
    """End a new file, so that it is whole on the disk."""
    note(connection, layout=LAYOUT, version=version)
    connection.close()
    flush(path)


def flush(path: pathlib.Path) -> None:
    """Have on the disk what was written of a file, so that no other file's sync waits for it."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def connect(path: pathlib.Path) -> sqlite3.Connection | None:
    """Open a file that is complete; None where there is none, or none that can be used."""
    if not path.exists():
        return None
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        if fact(connection, "layout") == LAYOUT:
            return connection
    except sqlite3.DatabaseError:
        pass
    connection.close()
    discard(path)
    return None


def discard(path: pathlib.Path) -> None:
    """Delete a file and what SQLite keeps beside it."""
    for suffix in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def put_items(connection: sqlite3.Connection, items: Sequence[CatalogueItem]) -> None:
    """Take a slice of items, new or changed, in one transaction."""
    connection.execute("BEGIN")
    for item in items:
        known = connection.execute(_KNOWN, (item.item_id,)).fetchone()
        number = _insert(connection, item) if known is None else _replace(connection, item, *known)
        codes = [(code.zfill(GTIN_DIGITS), number) for code in item.barcodes]
        connection.executemany(_ADD_BARCODE, codes)
        connection.execute(_ADD_WORDS, (number, item.description))
    connection.execute("COMMIT")


def _insert(connection: sqlite3.Connection, item: CatalogueItem) -> int:
    number = connection.execute(
        "INSERT INTO items (item_id, group_id, description, data) VALUES (?, ?, ?, ?)",
        (item.item_id, item.merchandise_hierarchy, item.description, encoder.encode(item)),
    ).lastrowid
    assert number is not None  # noqa: S101 - a row was inserted
    return number


def _replace(
    connection: sqlite3.Connection, item: CatalogueItem, number: int, description: str
) -> int:
    connection.execute(_DROP_WORDS, (number, description))
    connection.execute("DELETE FROM barcodes WHERE number = ?", (number,))
    connection.execute(
        "UPDATE items SET group_id = ?, description = ?, data = ? WHERE number = ?",
        (item.merchandise_hierarchy, item.description, encoder.encode(item), number),
    )
    return number


def put_lists(
    connection: sqlite3.Connection, rates: Iterable[TaxRate], groups: Iterable[ProductGroup]
) -> None:
    """Take tax rates and groups, new or changed; they are few."""
    connection.executemany(
        "INSERT OR REPLACE INTO tax_rates (tax_code, valid_from, data) VALUES (?, ?, ?)",
        [(rate.tax_code, rate.valid_from, encoder.encode(rate)) for rate in rates],
    )
    connection.executemany(
        "INSERT OR REPLACE INTO groups (group_id, data) VALUES (?, ?)",
        [(group.id, encoder.encode(group)) for group in groups],
    )


def note(connection: sqlite3.Connection, **facts: int) -> None:
    """Keep numbers about the file itself."""
    connection.executemany(
        "INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)", list(facts.items())
    )


def fact(connection: sqlite3.Connection, name: str) -> int | None:
    """Read one of them."""
    row = connection.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
    return None if row is None else int(row[0])
