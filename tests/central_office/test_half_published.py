"""The office is killed while a whole set is on its way: nobody ever sells by half of it."""

import asyncio
import math
import pathlib
from collections.abc import AsyncGenerator

from central_office.ingest import Limits
from central_office.master_lists import EVERY_STORE, ListKey
from central_office.publishing import publication
from central_office.store import open_store
from edge_daemon.master_data import CATALOGUE
from edge_daemon.records.master_data import Catalogue
from simulators.broker import Broker
from tests.central_office.tills import OTHER, PATIENCE_SECONDS, Till, till
from tests.edge_daemon.test_master_data import item, items
from tests.entries import ORGANIZATION
from tests.proxy import Proxy
from tests.relaying import OfficeProcess

KEY = ListKey(ORGANIZATION, EVERY_STORE, "catalogue")
ARTICLES = 3000
OLD = Catalogue(items=tuple(item(number) for number in range(ARTICLES)))
NEW = Catalogue(items=tuple(item(number) for number in range(ARTICLES, 2 * ARTICLES)))


class Stretch(Proxy):
    """A line on which `left` more bytes pass and no others: the office on it is held there."""

    def __init__(self, target: int) -> None:
        super().__init__(target)
        self.left = math.inf
        self.is_over = asyncio.Event()

    async def pieces(self, reader: asyncio.StreamReader) -> AsyncGenerator[bytes, None]:
        async for piece in super().pieces(reader):
            yield piece
            self.left -= len(piece)
            if self.left < 0:
                self.silent = True
                self.is_over.set()


def keep(database: pathlib.Path, catalogue: Catalogue, version: int) -> None:
    store = open_store(str(database), Limits())
    try:
        assert store.keep(KEY, catalogue, version) == version
    finally:
        store.close()


async def until_rejected(edge: Till) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not edge.master_data.rejected:
            await edge.edge.journal.check_alive()


async def test_an_office_that_is_killed_halfway_leaves_the_old_set_in_force_and_then_the_new_one(
    tmp_path: pathlib.Path,
) -> None:
    database = tmp_path / "office.db"
    keep(database, OLD, 7)
    size = sum(len(payload) for _, payload in publication("catalogue", NEW, 8).messages)
    async with Broker(kind="mosquitto") as broker, till(tmp_path, broker.port) as one:
        async with Stretch(broker.port) as line:
            office = OfficeProcess(database, line.port)
            await office.start()
            await one.until_version(CATALOGUE, 7)
            line.left = size // 2
            keep(database, NEW, 8)
            async with asyncio.timeout(PATIENCE_SECONDS):
                await line.is_over.wait()
            await office.kill()
        async with till(tmp_path, broker.port, OTHER) as fresh:
            await until_rejected(fresh)  # chunks of the new set under the old one's manifest
            assert fresh.master_data.version(CATALOGUE) is None
            assert one.master_data.version(CATALOGUE) == 7
            assert await items(one.master_data) == [each.item_id for each in OLD.items]
            office = OfficeProcess(database, broker.port)
            await office.start()
            for edge in (one, fresh):
                await edge.until_version(CATALOGUE, 8)
                assert await items(edge.master_data) == [each.item_id for each in NEW.items]
                assert edge.master_data.rejected == {}
            await office.kill()
