"""The office's stock by item, in `state.db`: looked up by one key, built slice by slice.

A new whole set is written beside the one in use, a chunk at a time, so that the print bytes of a
sale never wait long; one small transaction changes over. A delta is written into the set in use.
What the index holds can always be built anew from the sets themselves.
"""

import asyncio
import contextlib
import functools
import sqlite3
from collections.abc import Sequence

import msgspec
from sqlite_utils import Database

from edge_daemon.master_data import STOCK, MasterData, MasterDataChangedError
from edge_daemon.records.master_data import Covered, StockLine
from edge_daemon.state import StateStore

_NAME = "stock_index"
_PUT = "INSERT OR REPLACE INTO stock_lines VALUES (?, ?, ?, ?, ?)"
SLICE_ROWS = 2000
"""Rows that one transaction deletes."""


class Indexed(msgspec.Struct, frozen=True, kw_only=True):
    """Which version the index holds, and what that says of itself."""

    version: int
    generation: int
    as_of: int
    covers: tuple[Covered, ...] = ()


class StockIndex:
    """Finds the office's figures for an item."""

    def __init__(self, state: StateStore, master_data: MasterData) -> None:
        self._state = state
        self._master_data = master_data
        self._turn = asyncio.Lock()
        self.indexed: Indexed | None = None

    async def load(self) -> None:
        """At start: make the tables, and take in what came before the last stop."""
        await self._state.run(_create)
        kept = await self._state.get_value(_NAME)
        self.indexed = None if kept is None else msgspec.json.decode(kept, type=Indexed)
        await self.refresh()

    async def refresh(self) -> None:
        """Take in what has come into force. Call it whenever something has."""
        async with self._turn:
            while self._behind():
                with contextlib.suppress(MasterDataChangedError):
                    await self._take_in()

    @property
    def as_of(self) -> int | None:
        """Of which moment the office's figures are; None where there are none."""
        indexed, confirmed = self.indexed, self._master_data.confirmed(STOCK)
        if indexed is None:
            return None
        if confirmed is None or self._behind():
            return indexed.as_of
        return max(indexed.as_of, confirmed.as_of)

    async def lines(self, item_id: str) -> list[StockLine]:
        """The office's figures for an item, by location."""
        indexed = self.indexed
        if indexed is None:
            return []
        generation = indexed.generation
        return await self._state.run(lambda connection: _read(connection, generation, item_id))

    def _behind(self) -> bool:
        version = self._master_data.version(STOCK)
        return version is not None and (self.indexed is None or self.indexed.version != version)

    async def _take_in(self) -> None:
        version = self._master_data.version(STOCK)
        assert version is not None  # noqa: S101 - `_behind` has looked
        known = None if self.indexed is None else self.indexed.version
        follows = known is not None and self._master_data.leads_on(STOCK, known)
        last = 0 if self.indexed is None else self.indexed.generation
        generation = last if follows else last + 1
        as_of, covers = 0, () if self.indexed is None else self.indexed.covers
        await self._delete_all_but(last)
        async for part in self._master_data.parts(STOCK, after=known if follows else None):
            as_of, covers = max(as_of, part.as_of), part.covers or covers
            await self._state.run(functools.partial(_put, rows=_rows(generation, part.lines)))
        indexed = Indexed(
            version=version,
            generation=generation,
            as_of=as_of,
            covers=covers,
        )
        await self._state.put_value(_NAME, msgspec.json.encode(indexed))
        self.indexed = indexed
        await self._delete_all_but(generation)

    async def _delete_all_but(self, generation: int) -> None:
        """Delete what is not in use, also what a crash has left half written."""
        while await self._state.run(lambda connection: _delete_others(connection, generation)):
            pass


def _put(connection: sqlite3.Connection, rows: list[tuple[object, ...]]) -> None:
    connection.executemany(_PUT, rows)


def _rows(generation: int, lines: Sequence[StockLine]) -> list[tuple[object, ...]]:
    return [
        (generation, each.item_id, each.location_id, each.on_hand_milli, each.available_milli)
        for each in lines
    ]


def _read(connection: sqlite3.Connection, generation: int, item_id: str) -> list[StockLine]:
    rows = connection.execute(
        "SELECT item_id, location_id, on_hand_milli, available_milli FROM stock_lines"
        " WHERE generation = ? AND item_id = ? ORDER BY location_id",
        (generation, item_id),
    )
    return [
        StockLine(item_id=item, location_id=where, on_hand_milli=there, available_milli=free)
        for item, where, there, free in rows
    ]


def _delete_others(connection: sqlite3.Connection, generation: int) -> bool:
    deleted = connection.execute(
        "DELETE FROM stock_lines WHERE rowid IN"
        " (SELECT rowid FROM stock_lines WHERE generation < ? OR generation > ? LIMIT ?)",
        (generation, generation, SLICE_ROWS),
    ).rowcount
    return deleted == SLICE_ROWS


def _create(connection: sqlite3.Connection) -> None:
    Database(connection).table("stock_lines").create(
        {
            "generation": int,
            "item_id": str,
            "location_id": str,
            "on_hand_milli": int,
            "available_milli": int,
        },
        pk=("generation", "item_id", "location_id"),
        not_null={"on_hand_milli", "available_milli"},
        strict=True,
        if_not_exists=True,
    )
