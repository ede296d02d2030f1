"""From the running office to its stores' edges, over a real broker."""

import asyncio
import contextlib
import pathlib
from collections.abc import AsyncIterator, Iterator

import pytest

from central_office.ingest import Limits
from central_office.master_lists import EVERY_STORE, ListKey
from central_office.publishing import Publication, publication, publish
from central_office.store import Store, open_store
from edge_daemon.journal import Draft
from edge_daemon.master_data import CATALOGUE, STOCK
from edge_daemon.mqtt import BrokerSettings, EdgeTopics
from edge_daemon.records.master_data import Catalogue, Stock
from simulators.broker import Broker
from tests.central_office.tills import OF_STORE, OTHER, drained, received, till
from tests.edge_daemon.test_master_data import item, items
from tests.entries import EDGE, ORGANIZATION, STORE
from tests.relaying import Tap, office

KEY = ListKey(ORGANIZATION, EVERY_STORE, "catalogue")


@pytest.fixture
async def broker() -> AsyncIterator[Broker]:
    async with Broker(kind="mosquitto") as running:
        yield running


@contextlib.contextmanager
def store(database: pathlib.Path | str) -> Iterator[Store]:
    opened = open_store(str(database), Limits())
    try:
        yield opened
    finally:
        opened.close()


def catalogue(*numbers: int, length: int = 100) -> Catalogue:
    return Catalogue(items=tuple(item(number, length=length) for number in numbers))


async def test_what_one_edge_books_every_other_edge_is_told(
    tmp_path: pathlib.Path, broker: Broker
) -> None:
    async with (
        office(tmp_path / "office.db", broker.port),
        till(tmp_path, broker.port) as one,
        till(tmp_path, broker.port, OTHER) as other,
    ):
        await one.receive(5_000)
        await other.until_stock(cola=5_000)
        await other.receive(-2_000)
        await one.until_stock(cola=3_000)
        await one.edge.acknowledged()
        heads = {EDGE: one.edge.journal.head.seq, OTHER: other.edge.journal.head.seq}
        covered = await one.covered()
    assert covered == heads


async def test_a_burst_is_told_together(tmp_path: pathlib.Path, broker: Broker) -> None:
    async with (
        office(tmp_path / "office.db", broker.port),
        till(tmp_path, broker.port) as one,
        Tap(broker.port, f"{OF_STORE}/stock/delta") as tap,
    ):
        await one.receive(1_000)
        await one.until_stock(cola=1_000)
        burst = [Draft(payload=received(1_000, f"item-{number}")) for number in range(60)]
        await one.edge.journal.append(*burst)
        await one.until_stock(cola=1_000, **{f"item-{number}": 1_000 for number in range(60)})
        assert len(drained(tap)) < 10


async def test_an_edge_that_was_away_and_a_fresh_one_are_led_to_the_present(
    tmp_path: pathlib.Path, broker: Broker
) -> None:
    async with office(tmp_path / "office.db", broker.port), till(tmp_path, broker.port) as one:
        async with till(tmp_path, broker.port, OTHER) as other:
            await one.receive(5_000)
            await other.until_stock(cola=5_000)
        await one.receive(1_000, "beer")
        await one.until_stock(cola=5_000, beer=1_000)
        await one.receive(-1_000)
        async with till(tmp_path, broker.port, OTHER) as other:
            await other.until_stock(cola=4_000, beer=1_000)
        async with till(tmp_path, broker.port, "edge-0043") as fresh:
            await fresh.until_stock(cola=4_000, beer=1_000)


async def test_a_lost_delta_is_noticed_and_healed(
    tmp_path: pathlib.Path, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with (
        office(tmp_path / "office.db", broker.port),
        till(tmp_path, broker.port) as one,
        till(tmp_path, broker.port, OTHER) as other,
    ):
        await one.receive(5_000)
        await other.until_stock(cola=5_000)
        hear = other.master_data.hear
        monkeypatch.setattr(other.master_data, "hear", deaf)
        await one.receive(1_000, "beer")
        await one.until_stock(cola=5_000, beer=1_000)
        monkeypatch.setattr(other.master_data, "hear", hear)
        await one.receive(-1_000)
        await other.until_stock(cola=4_000, beer=1_000)


async def deaf(_topic: str, _payload: bytes) -> bool:
    return False


async def test_an_edge_that_holds_what_the_office_never_gave_gets_the_offices_figures(
    tmp_path: pathlib.Path, broker: Broker
) -> None:
    async with till(tmp_path, broker.port) as one:
        await by_hand(broker, publication("stock", Stock(as_of=0), 10**12))
        await one.until_version(STOCK, 10**12)
        await one.receive(5_000)
        async with office(tmp_path / "office.db", broker.port):
            await one.until_stock(cola=5_000)
            await one.receive(-1_000)
            await one.until_stock(cola=4_000)
        assert (one.master_data.version(STOCK) or 0) > 10**12


async def test_a_kept_catalogue_reaches_who_is_there_and_who_comes_and_changes_as_a_delta(
    tmp_path: pathlib.Path, broker: Broker
) -> None:
    database = tmp_path / "office.db"
    async with office(database, broker.port), till(tmp_path, broker.port) as one:
        with store(database) as kept:
            assert kept.keep(KEY, catalogue(*range(100)), 7) == 7
            await one.until_version(CATALOGUE, 7)
            async with Tap(broker.port, f"{OF_STORE}/catalogue/#") as tap:
                changed = Catalogue(items=(*catalogue(*range(100)).items, item(100)))
                assert kept.keep(KEY, changed, 7) == 8
                await one.until_version(CATALOGUE, 8)
                async with asyncio.timeout(30):
                    while not (await tap.messages.get()).topic.endswith("/delta"):
                        pass
        assert len(await items(one.master_data)) == 101
        async with till(tmp_path, broker.port, OTHER) as other:
            await other.until_version(CATALOGUE, 8)


async def test_what_the_broker_lost_is_published_again_to_who_lacks_it(
    tmp_path: pathlib.Path,
) -> None:
    database = tmp_path / "office.db"
    async with Broker(kind="mosquitto") as broker, office(database, broker.port):
        async with till(tmp_path, broker.port) as one:
            with store(database) as kept:
                kept.keep(KEY, catalogue(1, 2), 7)
            await one.until_version(CATALOGUE, 7)
        await broker.kill()
        await broker.start()
        async with till(tmp_path, broker.port, OTHER) as other:
            await other.until_version(CATALOGUE, 7)


async def test_a_stores_own_list_counts_there_and_nowhere_else(
    tmp_path: pathlib.Path, broker: Broker
) -> None:
    database = tmp_path / "office.db"
    own = KEY._replace(store=STORE)
    with store(database) as kept:
        kept.keep(KEY, catalogue(1), 7)
        kept.keep(KEY._replace(store="another"), catalogue(1, 2, 3), 9)
        assert kept.keep(own, catalogue(1, 2), 7) == 8
    async with office(database, broker.port), till(tmp_path, broker.port) as one:
        await one.until_version(CATALOGUE, 8)
        assert len(await items(one.master_data)) == 2


async def by_hand(broker: Broker, what: Publication) -> None:
    topics = EdgeTopics(ORGANIZATION, STORE, EDGE)
    await publish(BrokerSettings(port=broker.port), topics, what, client_id="by-hand")
