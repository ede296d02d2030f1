"""The sets in `state.db`: chunks and deltas as they came.

Chunks of a set that is still coming stand beside those of the one in force; the change from one to
the other moves no chunk and is a single small transaction. What has become old is deleted in
slices, so that the print bytes of a sale do not wait for it.
"""

import functools
import hashlib
import sqlite3
from collections.abc import Callable, Sequence
from typing import NamedTuple

from sqlite_utils import Database

from edge_daemon.state import StateStore

COMING, IN_FORCE = 0, 1
"""The states of a set."""
_BEGIN = (
    "INSERT INTO master_data_sets (name, in_force, set_id, version, hash, chunk_count)"
    " SELECT ?, 0, coalesce(max(set_id), 0) + 1, ?, ?, ? FROM"
    " (SELECT set_id FROM master_data_sets UNION ALL SELECT set_id FROM master_data_chunks)"
)
_PUT_CHUNK = (
    "INSERT OR REPLACE INTO master_data_chunks (set_id, number, data)"
    " SELECT set_id, ?, ? FROM master_data_sets WHERE name = ? AND in_force = 0"
)
_READ_CHUNKS = (
    "SELECT data FROM master_data_chunks JOIN master_data_sets USING (set_id)"
    " WHERE name = ? AND in_force = ? AND number >= ? ORDER BY number LIMIT ?"
)
_MERGEABLE = (
    "SELECT from_version, to_version, data FROM master_data_deltas WHERE name = ? AND to_version >"
    " (SELECT coalesce(max(to_version), -1) FROM master_data_deltas WHERE name = ?"
    " AND length(data) >= ?) ORDER BY to_version LIMIT ?"
)
_TABLES: tuple[tuple[str, dict[str, type], tuple[str, ...]], ...] = (
    (
        "master_data_sets",
        {
            "name": str,
            "in_force": int,
            "set_id": int,
            "version": int,
            "hash": str,
            "chunk_count": int,
        },
        ("name", "in_force"),
    ),
    ("master_data_chunks", {"set_id": int, "number": int, "data": bytes}, ("set_id", "number")),
    (
        "master_data_deltas",
        {"name": str, "from_version": int, "to_version": int, "data": bytes},
        ("name", "to_version"),
    ),
)
SLICE_CHUNKS = 8
"""Chunks that one transaction reads or deletes: 2 MiB."""
LARGE_BYTES = 262_144
"""A merged delta of this size is merged no more: the work of a merge has an end."""


class MasterDataChangedError(Exception):
    """Raised when a newer set has come while one was read: read again."""


class Whole(NamedTuple):
    """A whole set, in force or still coming."""

    version: int
    hash: str
    chunk_count: int


class Held(NamedTuple):
    """What is in force: a whole set and the deltas behind it.

    Attributes:
        versions: Of the whole set, then of each delta.
    """

    whole: Whole
    versions: tuple[int, ...]

    @property
    def version(self) -> int:
        """The one in force."""
        return self.versions[-1]


class Storage:
    """Reads and writes the sets."""

    def __init__(self, state: StateStore) -> None:
        self._state = state

    async def open(self) -> None:
        """Make the tables, and drop what a crash left of sets that are neither old nor new."""
        await self._state.run(_create_tables)
        while await self._state.run(_delete_strays):
            pass

    async def held(self, name: str) -> Held | None:
        """What is in force; None before the first."""
        return await self._state.run(lambda connection: _held(connection, name))

    async def coming(self, name: str) -> tuple[Whole, set[int]] | None:
        """The set that is coming, and the numbers of its chunks that are here."""
        return await self._state.run(lambda connection: _coming(connection, name))

    async def begin(self, name: str, whole: Whole) -> None:
        """Await another set; what was here of the one that was coming is dropped."""
        await self.drop(name)
        await self._state.run(lambda connection: connection.execute(_BEGIN, (name, *whole)))

    async def drop(self, name: str) -> None:
        """Await nothing any more, and delete what was here of it."""
        await self._state.run(
            lambda connection: connection.execute(
                "DELETE FROM master_data_sets WHERE name = ? AND in_force = 0", (name,)
            )
        )
        await self._sweep()

    async def put_chunk(self, name: str, number: int, data: bytes) -> None:
        """Keep a chunk of the set that is coming."""
        row = (number, data, name)
        await self._state.run(lambda connection: connection.execute(_PUT_CHUNK, row))

    async def coming_hash(self, name: str, whole: Whole) -> str:
        """SHA-256 over the chunks that came, in order, lower-case hexadecimal."""
        digest = hashlib.sha256()
        for first in range(0, whole.chunk_count, SLICE_CHUNKS):
            key = (name, COMING, first, SLICE_CHUNKS)
            await self._state.run(functools.partial(_digest, digest, key))
        return digest.hexdigest()

    async def put_in_force(self, name: str) -> None:
        """The set that was coming is whole: it takes the place of all before, deltas included."""
        await self._state.run(lambda connection: _put_in_force(connection, name))
        await self._sweep()

    async def put_delta(self, name: str, from_version: int, to_version: int, data: bytes) -> None:
        """Keep a delta that follows what is in force; it is in force then."""
        row = (name, from_version, to_version, data)
        await self._state.run(
            lambda connection: connection.execute(
                "INSERT INTO master_data_deltas (name, from_version, to_version, data)"
                " VALUES (?, ?, ?, ?)",
                row,
            )
        )

    async def merge_deltas(
        self, name: str, count: int, merge: Callable[[Sequence[bytes]], bytes]
    ) -> None:
        """Put one delta in the place of the first `count` behind the last large one."""
        await self._state.run(lambda connection: _merge(connection, name, count, merge))

    async def part(self, name: str, held: Held, position: int) -> bytes | None:
        """Chunk or delta at that place of what is in force; None behind the last.

        Raises:
            MasterDataChangedError: That is not in force any more.
        """
        return await self._state.run(lambda connection: _part(connection, name, held, position))

    async def _sweep(self) -> None:
        while await self._state.run(_delete_strays):
            pass


def _held(connection: sqlite3.Connection, name: str) -> Held | None:
    whole = _whole(connection, name, in_force=True)
    if whole is None:
        return None
    deltas = connection.execute(
        "SELECT to_version FROM master_data_deltas WHERE name = ? ORDER BY to_version", (name,)
    ).fetchall()
    return Held(whole, (whole.version, *(version for (version,) in deltas)))


def _coming(connection: sqlite3.Connection, name: str) -> tuple[Whole, set[int]] | None:
    whole = _whole(connection, name, in_force=False)
    if whole is None:
        return None
    rows = connection.execute(
        "SELECT number FROM master_data_chunks JOIN master_data_sets USING (set_id)"
        " WHERE name = ? AND in_force = ?",
        (name, COMING),
    )
    return whole, {number for (number,) in rows}


def _whole(connection: sqlite3.Connection, name: str, *, in_force: bool) -> Whole | None:
    row = connection.execute(
        "SELECT version, hash, chunk_count FROM master_data_sets WHERE name = ? AND in_force = ?",
        (name, in_force),
    ).fetchone()
    return None if row is None else Whole(*row)


def _put_in_force(connection: sqlite3.Connection, name: str) -> None:
    for statement in (
        "DELETE FROM master_data_sets WHERE name = ? AND in_force = 1",
        "UPDATE master_data_sets SET in_force = 1 WHERE name = ?",
        "DELETE FROM master_data_deltas WHERE name = ?",
    ):
        connection.execute(statement, (name,))


def _digest(
    digest: "hashlib._Hash", key: tuple[str, int, int, int], connection: sqlite3.Connection
) -> None:
    for (data,) in connection.execute(_READ_CHUNKS, key):
        digest.update(data)


def _part(connection: sqlite3.Connection, name: str, held: Held, position: int) -> bytes | None:
    if _whole(connection, name, in_force=True) != held.whole:
        raise MasterDataChangedError(f"A newer {name} has come.")
    if position < held.whole.chunk_count:
        row = connection.execute(_READ_CHUNKS, (name, IN_FORCE, position, 1)).fetchone()
    elif (index := position - held.whole.chunk_count + 1) < len(held.versions):
        row = connection.execute(
            "SELECT data FROM master_data_deltas WHERE name = ? AND to_version = ?",
            (name, held.versions[index]),
        ).fetchone()
    else:
        return None
    data: bytes = row[0]
    return data


def _merge(
    connection: sqlite3.Connection,
    name: str,
    count: int,
    merge: Callable[[Sequence[bytes]], bytes],
) -> None:
    rows = connection.execute(_MERGEABLE, (name, name, LARGE_BYTES, count)).fetchall()
    if not rows:
        return
    connection.execute(
        "DELETE FROM master_data_deltas WHERE name = ? AND to_version BETWEEN ? AND ?",
        (name, rows[0][1], rows[-1][1]),
    )
    connection.execute(
        "INSERT INTO master_data_deltas (name, from_version, to_version, data) VALUES (?, ?, ?, ?)",
        (name, rows[0][0], rows[-1][1], merge([row[2] for row in rows])),
    )


def _delete_strays(connection: sqlite3.Connection) -> bool:
    """Delete some chunks that belong to nothing; True when there may be more."""
    deleted = connection.execute(
        "DELETE FROM master_data_chunks WHERE rowid IN (SELECT rowid FROM master_data_chunks"
        " WHERE set_id NOT IN (SELECT set_id FROM master_data_sets) LIMIT ?)",
        (SLICE_CHUNKS,),
    ).rowcount
    return deleted == SLICE_CHUNKS


def _create_tables(connection: sqlite3.Connection) -> None:
    database = Database(connection)
    for name, columns, key in _TABLES:
        database.table(name).create(
            columns, pk=key, not_null=set(columns), strict=True, if_not_exists=True
        )
