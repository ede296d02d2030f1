"""The catalogue in force: found while it is sold from, and built anew beside that.

Theory of operation. What the office sends lies in `state.db`, as it came. Here it is made into a
file that answers a scan in a fraction of a millisecond. A whole set is built in another file, chunk
by chunk, on a thread of its own and by SQLite alone, with a pause after each chunk that is as long
as the chunk took: so whoever sells meanwhile gets processor and disk. It goes to the disk in small
parts for the same reason: a sale's own sync would have to wait for all that a file system has put
off. Then the new file takes the old one's place in one step. What follows as a delta is written
into the file in force, beside those who read it. Until a set is built the one before counts; a
crash at any moment costs the building's time alone.
"""

import asyncio
import contextlib
import logging
import pathlib
import sqlite3
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import msgspec

from drivers.lane import Lane
from edge_daemon.catalogue import database
from edge_daemon.catalogue.article import Article, ItemKey
from edge_daemon.catalogue.reading import (
    Rates,
    count_items,
    find_articles,
    read_groups,
    search_articles,
    within,
)
from edge_daemon.catalogue.requests import CatalogueImport, CataloguePart, chunk_of
from edge_daemon.errors import InvalidRequestError
from edge_daemon.master_data import CATALOGUE, LocalPart, MasterData, MasterDataChangedError
from edge_daemon.records.master_data import ProductGroup

Result = TypeVar("Result")

MISSING_SHOWN = 10
FILE = "catalogue.db"
COMING_FILE = "catalogue-coming.db"
FORMER_FILE = "catalogue-former.db"

_log = logging.getLogger(__name__)


class CatalogueState(msgspec.Struct, frozen=True, kw_only=True):
    """How the catalogue stands.

    Attributes:
        version: In force at the registers; absent before the first.
        coming: The version that is on its way or being built; absent while nothing is.
        arrived, parts: How many parts of it are here, and of how many, while it is on its way.
        items: How many articles.
        problem: Why a version could not be built; absent when all is well.
    """

    version: int | None = None
    coming: int | None = None
    arrived: int | None = None
    parts: int | None = None
    items: int = 0
    problem: str | None = None


class Catalogue:
    """What the shop sells. Call `open` before anything else, and `run` while in use."""

    def __init__(self, directory: pathlib.Path, master_data: MasterData) -> None:
        self._path = directory / FILE
        self._coming_path = directory / COMING_FILE
        self._former_path = directory / FORMER_FILE
        self._master_data = master_data
        self._lane = Lane("catalogue")
        self._builder = Lane("catalogue-builder")
        self._connection: sqlite3.Connection | None = None
        self._rates = Rates()
        self._state = CatalogueState()
        self._wake = asyncio.Event()
        self._changed = asyncio.Condition()
        self._wake.set()
        master_data.on_change(self._hear)

    async def open(self) -> None:
        """Take the file of the last life, if it is whole."""
        await self._lane.run(self._reopen)

    async def run(self) -> None:
        """Build what comes into force, for ever."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                await self._catch_up()
            except MasterDataChangedError:
                self._wake.set()
            except (sqlite3.Error, OSError) as error:
                _log.exception("The catalogue could not be built.")
                problem = f"The catalogue could not be built: {error}. The one before counts."
                self._state = msgspec.structs.replace(self._state, coming=None, problem=problem)
            async with self._changed:
                self._changed.notify_all()

    async def close(self) -> None:
        """Let go of the files."""
        await self._lane.run(self._let_go)
        self._lane.close()
        self._builder.close()

    # --- for those who sell ---

    async def find(self, keys: Sequence[ItemKey], at_us: int) -> dict[ItemKey, Article]:
        """The articles as they are at that moment; what is not known is left out."""
        return await self._read({}, lambda c: find_articles(c, keys, self._rates, at_us))

    def rate_bp(self, tax_code: str, at_us: int) -> int | None:
        """What the catalogue says of a tax code at that moment; None: nothing."""
        return self._rates.rate_bp(tax_code, at_us)

    async def search(
        self, text: str, at_us: int, *, group: str | None = None, limit: int = 50, after: int = 0
    ) -> list[Article]:
        """The articles whose words begin like all that is typed, in a group and those below it."""

        def read(connection: sqlite3.Connection) -> list[Article]:
            groups = [] if group is None else within(read_groups(connection), group)
            return search_articles(
                connection,
                self._rates,
                at_us,
                text=text,
                groups=groups,
                limit=limit,
                after=after,
            )

        return await self._read([], read)

    async def groups(self) -> list[ProductGroup]:
        """All product groups."""
        return await self._read([], read_groups)

    @property
    def state(self) -> CatalogueState:
        """How the catalogue stands."""
        coming = self._master_data.coming(CATALOGUE)
        if coming is None or self._state.coming is not None:
            return self._state
        version, arrived, parts = coming
        return msgspec.structs.replace(self._state, coming=version, arrived=arrived, parts=parts)

    async def caught_up(self) -> CatalogueState:
        """Wait until what the office has sent is in force here, or cannot be built."""
        async with self._changed:
            await self._changed.wait_for(self._is_caught_up)
        return self._state

    async def put_part(self, import_id: str, number: int, part: CataloguePart) -> CatalogueImport:
        """Take one part of a catalogue that the shop brings itself; see `CatalogueImport`.

        Raises:
            InvalidRequestError: There are not so many parts.
            JournalFullError: The disk is full.
        """
        if number >= part.parts:
            raise InvalidRequestError(
                f"Of {part.parts} parts the last is {part.parts - 1}.", "number"
            )
        version = self._master_data.next_version(CATALOGUE)
        state = await self._master_data.put_local(
            CATALOGUE,
            LocalPart(import_id, number, part.parts),
            chunk_of(part, version, number),
        )
        if state.version is not None:
            await self.caught_up()
        missing = state.missing[:MISSING_SHOWN]
        return CatalogueImport(id=import_id, missing=missing, version=state.version)

    # --- building ---

    def _is_caught_up(self) -> bool:
        known = self._master_data.version(CATALOGUE)
        return self._state.problem is not None or self._state.version == known

    def _hear(self, name: str) -> None:
        if name == CATALOGUE.name:
            self._state = msgspec.structs.replace(self._state, problem=None)
            self._wake.set()

    async def _catch_up(self) -> None:
        version = self._master_data.version(CATALOGUE)
        if version is None or version == self._state.version:
            return
        self._state = msgspec.structs.replace(self._state, coming=version)
        built = self._state.version
        if built is not None and self._master_data.leads_on(CATALOGUE, built):
            await self._follow(version)
        else:
            await self._build(version)

    async def _build(self, version: int) -> None:
        """Build a whole set in another file, and put it in the place of the one in force."""
        connection = await self._builder.run(database.begin, self._coming_path)
        try:
            async for part in self._master_data.raw_parts(CATALOGUE):
                await self._put(connection, part)
                await self._builder.run(database.flush, self._coming_path)
            await self._builder.run(database.complete, connection, self._coming_path, version)
        except BaseException:
            await asyncio.shield(self._builder.run(_abandon, connection, self._coming_path))
            raise
        await self._lane.run(self._swap)
        await self._builder.run(database.discard, self._former_path)

    async def _follow(self, version: int) -> None:
        """Write what has changed since into the file in force, beside those who read it."""
        connection = await self._builder.run(database.connect, self._path)
        if connection is None:
            return
        try:
            async for part in self._master_data.raw_parts(CATALOGUE, after=self._state.version):
                await self._put(connection, part)
            await self._builder.run(lambda: database.note(connection, version=version))
        finally:
            await asyncio.shield(self._builder.run(connection.close))
        await self._lane.run(self._look)

    async def _put(self, connection: sqlite3.Connection, part: bytes) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        await self._builder.run(database.put, connection, part)
        await asyncio.sleep(loop.time() - began)

    # --- on the reading lane ---

    def _swap(self) -> None:
        """The former file keeps a name: to delete a large one takes longer than a scan may."""
        self._let_go()
        database.discard(self._former_path)
        with contextlib.suppress(OSError):  # there is none, or a file has one name only here
            self._former_path.hardlink_to(self._path)
        self._coming_path.replace(self._path)
        self._reopen()

    def _reopen(self) -> None:
        self._connection = database.connect(self._path)
        self._look()

    def _look(self) -> None:
        if self._connection is None:
            self._rates, self._state = Rates(), CatalogueState(problem=self._state.problem)
            return
        self._rates = Rates.read(self._connection)
        self._state = CatalogueState(
            version=database.fact(self._connection, "version"),
            items=count_items(self._connection),
        )

    def _let_go(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    async def _read(
        self, nothing: Result, function: Callable[[sqlite3.Connection], Result]
    ) -> Result:
        """Read on the lane; `nothing` where there is no catalogue."""

        def read() -> Any:  # noqa: ANN401 - Result, which a lane does not keep
            return nothing if self._connection is None else function(self._connection)

        found: Result = await self._lane.run(read)
        return found


def _abandon(connection: sqlite3.Connection, path: pathlib.Path) -> None:
    connection.close()
    database.discard(path)
