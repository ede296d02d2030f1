"""The catalogue as one SQLite file that is made to be read: by code, by item, by words, by group.

Everything in it can be made again from what the office has sent, so nothing here waits for a disk:
a whole set is built in a file of its own and takes the other's place when it is complete; what
changes later is written in small transactions of which any number may be lost and come again.

Chunks and deltas are taken in as the JSON that they are, by SQLite alone: it works beside the
interpreter, which goes on selling.
"""

import os
import pathlib
import sqlite3

import msgspec

from edge_daemon.records.master_data import CatalogueItem

LAYOUT = 1
"""Of the tables below; a file of another layout is built anew."""

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
_TEMPORARY = """
PRAGMA temp_store=MEMORY;
CREATE TEMP TABLE part (data TEXT NOT NULL) STRICT;
CREATE TEMP TABLE coming (
    place INTEGER PRIMARY KEY, item_id TEXT NOT NULL, data TEXT NOT NULL
) STRICT;
"""
_TAKE = """
BEGIN;
INSERT INTO coming (place, item_id, data)
    SELECT key, value ->> 'item_id', value
    FROM part, json_each(part.data, '$.items');
-- Of an article that is here already, words and codes go first: they are found by what it was.
INSERT INTO words (words, rowid, description)
    SELECT DISTINCT 'delete', number, description FROM coming JOIN items USING (item_id);
DELETE FROM barcodes WHERE number IN (SELECT number FROM coming JOIN items USING (item_id));
INSERT INTO items (item_id, group_id, description, data)
    SELECT item_id, data ->> 'merchandise_hierarchy', data ->> 'description', CAST(data AS BLOB)
    FROM coming WHERE true ORDER BY place
    ON CONFLICT (item_id) DO UPDATE SET
        group_id = excluded.group_id, description = excluded.description, data = excluded.data;
INSERT INTO words (rowid, description)
    SELECT DISTINCT number, description FROM coming JOIN items USING (item_id);
INSERT INTO barcodes (gtin, number)
    SELECT substr('00000000000000', 1 + length(code.value)) || code.value, number
    FROM (
        SELECT max(place) AS place, number, items.data
        FROM coming JOIN items USING (item_id) GROUP BY number
    ), json_each(data, '$.barcodes') AS code
    WHERE true ORDER BY place, code.key
    ON CONFLICT (gtin) DO UPDATE SET number = excluded.number;
INSERT OR REPLACE INTO tax_rates (tax_code, valid_from, data)
    SELECT value ->> 'tax_code', value ->> 'valid_from', CAST(value AS BLOB)
    FROM part, json_each(part.data, '$.tax_codes');
INSERT OR REPLACE INTO groups (group_id, data)
    SELECT value ->> 'id', CAST(value AS BLOB)
    FROM part, json_each(part.data, '$.groups');
DELETE FROM coming;
DELETE FROM part;
COMMIT;
"""
"""What is in `part` is taken in. A code of 8 to 13 digits is kept with 14 (GS1 General
Specifications, GTIN-14)."""

decoder = msgspec.json.Decoder(CatalogueItem)


def begin(path: pathlib.Path) -> sqlite3.Connection:
    """Begin a new file; one that a crash has left half built is thrown away."""
    discard(path)
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode=OFF")
    connection.execute("PRAGMA synchronous=OFF")
    connection.executescript(_TABLES)
    connection.executescript(_TEMPORARY)
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
        connection.executescript(_TEMPORARY)
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


def put(connection: sqlite3.Connection, part: bytes) -> None:
    """Take a chunk or a delta that was found right, new items and changed ones, in one transaction.

    Of an article, and of the articles with the same code, the last one counts.
    """
    connection.execute("INSERT INTO part (data) VALUES (?)", (part.decode(),))
    connection.executescript(_TAKE)


def note(connection: sqlite3.Connection, **facts: int) -> None:
    """Keep numbers about the file itself."""
    connection.executemany(
        "INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)", list(facts.items())
    )


def fact(connection: sqlite3.Connection, name: str) -> int | None:
    """Read one of them."""
    row = connection.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
    return None if row is None else int(row[0])
