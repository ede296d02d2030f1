"""A set of the office's figures by one key, in `state.db`: built slice by slice.

A new whole set is written beside the one in use, a chunk at a time, so that the print bytes of a
sale never wait long; one small transaction changes over. A delta is written into the set in use,
together with what it says of itself: whoever looks up always finds figures and what is counted in
them that belong together. What the index holds can always be built anew from the sets themselves.
"""

import asyncio
import contextlib
import sqlite3
from collections.abc import Sequence
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec
from sqlite_utils import Database

from edge_daemon.clock import MINUTE_US
from edge_daemon.master_data.kinds import SetKind
from edge_daemon.master_data.room import MasterData
from edge_daemon.master_data.storage import MasterDataChangedError
from edge_daemon.records.master_data import Covered
from edge_daemon.state import StateStore, read_value, write_value

Line = TypeVar("Line", bound=msgspec.Struct)

SLICE_ROWS = 2000
"""Rows that one transaction deletes."""


class Indexed(msgspec.Struct, frozen=True, kw_only=True):
    """Which version the index holds, and what that says of itself."""

    version: int
    generation: int
    as_of: int
    covers: tuple[Covered, ...] = ()


class Shape(NamedTuple, Generic[Line]):
    """How the lines of a set are kept.

    Attributes:
        name: Under which `Indexed` is kept.
        table: Of the lines: a column for each of their fields.
        line: Their type.
        key: Of its fields; the first is what is looked up.
    """

    name: str
    table: str
    line: type[Line]
    key: tuple[str, ...]


class Known(NamedTuple, Generic[Line]):
    """What the office knows.

    Attributes:
        as_of: When it knew, microseconds since 1970 UTC.
        covers: Up to where edges are counted in.
        lines: Of what was looked up.
    """

    as_of: int
    covers: tuple[Covered, ...]
    lines: tuple[Line, ...]

    def covered(self, edge_id: str) -> dict[str, int]:
        """Up to which `seq` of which epoch that edge is counted in."""
        return {each.epoch: each.seq for each in self.covers if each.edge_id == edge_id}


class Age(NamedTuple):
    """How old the office's figures are.

    Attributes:
        as_of: Microseconds since 1970 UTC; None where there are none.
        stale: Too old to promise anything by, or none.
    """

    as_of: int | None
    age_ms: int | None
    stale: bool


def age_of(known: Known[Any] | None, now_us: int, stale_minutes: int) -> Age:
    """How old they are now, microseconds since 1970 UTC."""
    if known is None:
        return Age(None, None, stale=True)
    age = max(now_us - known.as_of, 0)
    return Age(known.as_of, age // 1000, stale=age > stale_minutes * MINUTE_US)


class FigureIndex(Generic[Line]):
    """Finds the office's figures by their key."""

    def __init__(
        self, state: StateStore, master_data: MasterData, kind: SetKind[Any], shape: Shape[Line]
    ) -> None:
        self._state = state
        self._master_data = master_data
        self._kind = kind
        self._shape = shape
        self._columns = {field.name: field.type for field in msgspec.structs.fields(shape.line)}
        self._turn = asyncio.Lock()
        self._indexed: Indexed | None = None

    async def load(self) -> None:
        """At start: make the tables, and take in what came before the last stop."""
        await self._state.run(self._create)
        kept = await self._state.get_value(self._shape.name)
        self._indexed = None if kept is None else msgspec.json.decode(kept, type=Indexed)
        await self.refresh()

    async def refresh(self) -> None:
        """Take in what has come into force. Call it whenever something has."""
        async with self._turn:
            while self._behind():
                with contextlib.suppress(MasterDataChangedError):
                    await self._take_in()

    async def find(self, *keys: str) -> Known[Line] | None:
        """What the office knows of these, all at one moment; None before it has sent anything."""
        if self._indexed is None:
            return None
        still = self._master_data.confirmed(self._kind)
        indexed, lines = await self._state.run(lambda connection: self._find(connection, keys))
        as_of = indexed.as_of
        if still is not None and indexed.version == self._master_data.version(self._kind):
            as_of = max(as_of, still.as_of)
        return Known(as_of, indexed.covers, lines)

    def _behind(self) -> bool:
        version = self._master_data.version(self._kind)
        return version is not None and (self._indexed is None or self._indexed.version != version)

    async def _take_in(self) -> None:
        version = self._master_data.version(self._kind)
        assert version is not None  # noqa: S101 - `_behind` has looked
        before = self._indexed or Indexed(version=-1, generation=0, as_of=0)
        follows = self._indexed is not None and self._master_data.leads_on(
            self._kind, before.version
        )
        generation = before.generation if follows else before.generation + 1
        covers = before.covers if follows else ()
        now = Indexed(version=before.version, generation=generation, as_of=0, covers=covers)
        await self._delete_all_but(before.generation)
        rows: list[tuple[object, ...]] = []
        after = before.version if follows else None
        async for part in self._master_data.parts(self._kind, after=after):
            if rows:
                await self._put(rows, now if follows else None)
            now = msgspec.structs.replace(
                now, as_of=max(now.as_of, part.as_of), covers=part.covers or now.covers
            )
            rows = [(generation, *msgspec.structs.astuple(line)) for line in part.lines]
        now = msgspec.structs.replace(now, version=version)
        await self._put(rows, now)
        self._indexed = now
        await self._delete_all_but(generation)

    async def _delete_all_but(self, generation: int) -> None:
        """Delete what is not in use, also what a crash has left half written."""
        while await self._state.run(lambda connection: self._delete_others(connection, generation)):
            pass

    async def _put(self, rows: Sequence[tuple[object, ...]], told: Indexed | None) -> None:
        """Write a part, together with what is said of the set it belongs to, if that is in use."""
        places = ", ".join("?" * (1 + len(self._columns)))
        sql = f"INSERT OR REPLACE INTO {self._shape.table} VALUES ({places})"  # noqa: S608 - our own names

        def put(connection: sqlite3.Connection) -> None:
            connection.executemany(sql, rows)
            if told is not None:
                write_value(connection, self._shape.name, msgspec.json.encode(told))

        await self._state.run(put)

    def _find(
        self, connection: sqlite3.Connection, keys: Sequence[str]
    ) -> tuple[Indexed, tuple[Line, ...]]:
        kept = read_value(connection, self._shape.name)
        assert kept is not None  # noqa: S101 - `find` has looked
        indexed = msgspec.json.decode(kept, type=Indexed)
        names, key = ", ".join(self._columns), self._shape.key
        sql = (
            f"SELECT {names} FROM {self._shape.table}"  # noqa: S608 - our own names
            f" WHERE generation = ? AND {key[0]} = ? ORDER BY {', '.join(key)}"
        )
        lines = tuple(
            self._shape.line(**dict(zip(self._columns, row, strict=True)))
            for one in keys
            for row in connection.execute(sql, (indexed.generation, one))
        )
        return indexed, lines

    def _delete_others(self, connection: sqlite3.Connection, generation: int) -> bool:
        table = self._shape.table
        deleted = connection.execute(
            f"DELETE FROM {table} WHERE rowid IN"  # noqa: S608 - our own names
            f" (SELECT rowid FROM {table} WHERE generation < ? OR generation > ? LIMIT ?)",
            (generation, generation, SLICE_ROWS),
        ).rowcount
        return deleted == SLICE_ROWS

    def _create(self, connection: sqlite3.Connection) -> None:
        Database(connection).table(self._shape.table).create(
            {"generation": int, **self._columns},
            pk=("generation", *self._shape.key),
            not_null=set(self._columns),
            strict=True,
            if_not_exists=True,
        )
