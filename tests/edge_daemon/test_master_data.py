import asyncio
import hashlib
import json
import pathlib
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from central_office.errors import OfficeError
from central_office.publishing import Publication, configuration, publication
from edge_daemon.errors import JournalFullError
from edge_daemon.master_data import CATALOGUE, GIFT_CARDS, STOCK, MasterData, MasterDataChangedError
from edge_daemon.records.master_data import (
    NOWHERE,
    Catalogue,
    CatalogueItem,
    GiftCards,
    Price,
    Stock,
)
from edge_daemon.state import StateStore
from tests.shifting_loop import advance

DESCRIPTION_LENGTH = 1000


def item(number: int, *, length: int = DESCRIPTION_LENGTH) -> CatalogueItem:
    return CatalogueItem(
        item_id=f"item-{number}",
        description="x" * length,
        merchandise_hierarchy="food",
        uom="C62",
        barcodes=("08712345678906",),
        tax_code="low",
        prices=(Price(amount=199, valid_from=0),),
    )


def catalogue(version: int, items: int = 600) -> Publication:
    """Three chunks of it where nothing is said."""
    return publication(
        "catalogue", Catalogue(items=tuple(item(number) for number in range(items))), version
    )


def manifest(what: Publication, **changes: Any) -> bytes:
    return json.dumps(json.loads(what.messages[-1][1]) | changes).encode()


def delta(from_version: int, to_version: int, **changes: Any) -> bytes:
    message = {"from_version": from_version, "to_version": to_version, "items": []}
    return json.dumps(message | changes).encode()


@pytest.fixture
async def state(tmp_path: pathlib.Path) -> AsyncIterator[StateStore]:
    store = await StateStore.open(tmp_path / "state.db")
    yield store
    await store.close()


@pytest.fixture
async def master_data(state: StateStore) -> MasterData:
    found = MasterData(state)
    await found.load()
    return found


async def take(master_data: MasterData, what: Publication) -> None:
    """As a broker does that retains everything: what is wanted comes."""
    retained = dict(what.messages)
    name = what.messages[-1][0]
    await master_data.hear(name, retained[name])
    asked: set[tuple[str, int]] = set()
    while new := {(each.name, each.turn) for each in master_data.wanted if each.turn} - asked:
        asked |= new
        for topic in sorted(topic for topic, _ in new):
            if topic in retained:
                await master_data.hear(topic, retained[topic])


async def items(master_data: MasterData) -> list[str]:
    return [each.item_id async for part in master_data.parts(CATALOGUE) for each in part.items]


async def test_a_set_comes_into_force_once_it_is_whole(master_data: MasterData) -> None:
    told: list[str] = []
    master_data.on_change(told.append)
    what = catalogue(7)
    await take(master_data, Publication(what.messages[1:]))
    before = master_data.version(CATALOGUE)
    await take(master_data, what)
    assert before is None
    assert (master_data.version(CATALOGUE), master_data.versions) == (7, {"catalogue": 7})
    assert await items(master_data) == [f"item-{number}" for number in range(600)]
    assert (told, master_data.rejected) == (["catalogue"], {})
    assert len(what.messages) == 4


async def test_the_hash_is_over_the_chunks_in_order(master_data: MasterData) -> None:
    chunk = b'{"version":3,"number":0,"items":[]}'
    digest = hashlib.sha256(chunk).hexdigest()
    manifest = json.dumps({"version": 3, "hash": digest, "chunk_count": 1}).encode()
    await master_data.hear("catalogue/manifest", manifest)
    await master_data.hear("catalogue/chunk/0", chunk)
    assert master_data.version(CATALOGUE) == 3


async def test_few_chunks_are_asked_for_at_once(master_data: MasterData) -> None:
    what = catalogue(1, items=3000)
    await master_data.hear(*what.messages[-1])
    first = {each.name for each in master_data.wanted if "/chunk/" in each.name}
    await master_data.hear(*what.messages[2])
    then = {each.name for each in master_data.wanted if "/chunk/" in each.name}
    assert first == {f"catalogue/chunk/{number}" for number in range(4)}
    assert master_data.coming(CATALOGUE) == (1, 1, len(what.messages) - 1)
    assert master_data.coming(STOCK) is None
    assert then == {f"catalogue/chunk/{number}" for number in (0, 1, 3, 4)}


async def test_a_restart_goes_on_with_what_is_missing(
    master_data: MasterData, state: StateStore
) -> None:
    await take(master_data, catalogue(1, items=10))
    what = catalogue(2)
    await master_data.hear(*what.messages[-1])
    await master_data.hear(*what.messages[1])
    again = MasterData(state)
    await again.load()
    held = again.version(CATALOGUE)
    await again.hear(*what.messages[-1])
    wanted = [each.name for each in again.wanted if "/chunk/" in each.name]
    await take(again, what)
    assert (held, wanted) == (1, ["catalogue/chunk/0", "catalogue/chunk/2"])
    assert again.version(CATALOGUE) == 2


async def test_the_last_good_version_stays_in_force_while_another_comes(
    master_data: MasterData,
) -> None:
    await take(master_data, catalogue(1, items=10))
    what = catalogue(2)
    await master_data.hear(*what.messages[-1])
    await master_data.hear(*what.messages[0])
    assert master_data.version(CATALOGUE) == 1
    assert len(await items(master_data)) == 10


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"hash": "0" * 64}, "do not have the manifest's hash"),
        ({"version": 0}, "older than 1"),
        ({"version": 1}, "another version 1"),
        ({"chunk_count": 2}, "do not have the manifest's hash"),
        ({"chunk_count": 1025}, "at most 1024"),
        ({"chunk_count": 10**30}, "no Manifest"),
        ({"schema_version": 2}, "update it"),
        ({"version": "2"}, "no Manifest"),
        ({"hash": "nothing"}, "no Manifest"),
    ],
)
async def test_a_bad_manifest_is_rejected_with_a_reason(
    master_data: MasterData, changes: dict[str, Any], words: str
) -> None:
    await take(master_data, catalogue(1, items=10))
    what = catalogue(2)
    bad = Publication([*what.messages[:-1], ("catalogue/manifest", manifest(what, **changes))])
    await take(master_data, bad)
    assert words in master_data.rejected["catalogue"]
    assert master_data.versions == {"catalogue": 1}
    assert len(await items(master_data)) == 10
    await take(master_data, catalogue(3))
    assert (master_data.rejected, master_data.versions) == ({}, {"catalogue": 3})


@pytest.mark.parametrize(
    ("chunk", "words"),
    [
        (b'{"version":1,"number":0}', "chunk 0 of version 1; the manifest says version 2"),
        (b'{"version":2,"number":1}', "chunk 1 of version 2"),
        (b'{"version":2,"number":0,"items":[{}]}', "no CatalogueChunk"),
        (b'{"version":2', "no CatalogueChunk"),
        (b"[" * 100_000, "no CatalogueChunk"),
        (b'{"version":2,"number":0,"x":"' + b"y" * 262_144 + b'"}', "more than"),
    ],
)
async def test_a_bad_chunk_is_rejected_and_a_good_one_heals(
    master_data: MasterData, chunk: bytes, words: str
) -> None:
    what = catalogue(2)
    await master_data.hear(*what.messages[-1])
    await master_data.hear("catalogue/chunk/0", chunk)
    rejected = master_data.rejected["catalogue"]
    await take(master_data, what)
    assert words in rejected
    assert (master_data.rejected, master_data.versions) == ({}, {"catalogue": 2})


async def test_a_chunk_that_does_not_come_is_told_and_heals(master_data: MasterData) -> None:
    what = catalogue(2)
    await take(master_data, Publication([what.messages[0], *what.messages[2:]]))
    master_data.look()
    before = master_data.rejected
    advance(31.0)
    master_data.look()
    told = master_data.rejected["catalogue"]
    await master_data.hear(*what.messages[1])
    assert before == {}
    assert told == "Chunk 1 of the 3 of version 2 does not come."
    assert (master_data.rejected, master_data.versions) == ({}, {"catalogue": 2})


async def test_the_same_manifest_again_is_no_news(master_data: MasterData) -> None:
    what = catalogue(7, items=10)
    await take(master_data, what)
    await take(master_data, what)
    assert (master_data.rejected, master_data.due_at) == ({}, None)


async def test_deltas_follow_the_version_in_force(master_data: MasterData) -> None:
    await take(master_data, catalogue(7, items=2))
    first = json.loads(b'{"item_id":"new","description":"","merchandise_hierarchy":"","uom":""}')
    row = first | {"barcodes": [], "tax_code": "low", "prices": []}
    told = [
        await master_data.hear("catalogue/delta", delta(7, 9, items=[row])),
        await master_data.hear("catalogue/delta", delta(7, 9, items=[row])),
        await master_data.hear("catalogue/delta", delta(9, 10)),
    ]
    assert told == [False, False, False]
    assert master_data.versions == {"catalogue": 10}
    assert await items(master_data) == ["item-0", "item-1", "new"]


async def test_a_hole_between_deltas_is_told(master_data: MasterData) -> None:
    nothing_yet = await master_data.hear("catalogue/delta", delta(1, 2))
    await take(master_data, catalogue(7, items=2))
    hole = await master_data.hear("catalogue/delta", delta(8, 9))
    assert (nothing_yet, hole) == (True, True)
    assert (master_data.versions, master_data.rejected) == ({"catalogue": 7}, {})


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (delta(7, 7), "leads from 7 to 7"),
        (delta(7, 6), "leads from 7 to 6"),
        (delta(7, 8, items=[1]), "no CatalogueDelta"),
        (delta(7, 8, schema_version=2), "update it"),
    ],
)
async def test_a_bad_delta_is_rejected(master_data: MasterData, message: bytes, words: str) -> None:
    await take(master_data, catalogue(7, items=2))
    await master_data.hear("catalogue/delta", message)
    assert words in master_data.rejected["catalogue"]
    assert master_data.versions == {"catalogue": 7}


async def test_what_is_still_so_makes_figures_younger_and_is_no_version(
    master_data: MasterData,
) -> None:
    def still(version: int, as_of: int) -> bytes:
        return delta(NOWHERE, version, items=[], as_of=as_of)

    assert await master_data.hear("stock/delta", still(7, 1))  # nothing is here yet
    await take(master_data, publication("stock", Stock(as_of=5), 7))
    assert not await master_data.hear("stock/delta", still(7, 9))
    assert not await master_data.hear("stock/delta", still(6, 10))
    assert master_data.confirmed(STOCK) is None  # that was of a version before
    assert not await master_data.hear("stock/delta", still(7, 11))
    confirmed = master_data.confirmed(STOCK)
    assert confirmed is not None
    assert (confirmed.as_of, master_data.version(STOCK)) == (11, 7)
    assert await master_data.hear("stock/delta", still(8, 12))  # a delta was lost
    assert (master_data.versions, master_data.rejected) == ({"stock": 7}, {})


async def test_a_whole_set_takes_the_place_of_the_deltas_before_it(
    master_data: MasterData, state: StateStore
) -> None:
    await take(master_data, catalogue(7, items=2))
    await master_data.hear("catalogue/delta", delta(7, 9))
    await master_data.hear(*catalogue(7, items=2).messages[-1])
    no_news = master_data.rejected
    await take(master_data, catalogue(9, items=3))
    again = MasterData(state)
    await again.load()
    await again.hear(*catalogue(7, items=2).messages[-1])
    assert no_news == {}
    assert (again.versions, len(await items(again))) == ({"catalogue": 9}, 3)
    assert "older than 9" in again.rejected["catalogue"]


async def test_a_set_that_deltas_have_overtaken_does_not_roll_them_back(
    master_data: MasterData,
) -> None:
    await take(master_data, catalogue(7, items=2))
    what = catalogue(8)
    await master_data.hear(*what.messages[-1])
    await master_data.hear("catalogue/delta", delta(7, 9))
    for message in what.messages[:-1]:
        await master_data.hear(*message)
    assert master_data.versions == {"catalogue": 9}
    assert len(await items(master_data)) == 2


async def test_a_reader_is_told_that_a_newer_set_has_come(master_data: MasterData) -> None:
    await take(master_data, catalogue(1))
    reading = master_data.parts(CATALOGUE)
    await anext(reading)
    await take(master_data, catalogue(2))
    with pytest.raises(MasterDataChangedError):
        await anext(reading)


async def test_nothing_is_left_of_what_is_not_in_force(
    master_data: MasterData, state: StateStore
) -> None:
    for version in (1, 2, 3):
        await take(master_data, catalogue(version))
    await master_data.hear(*catalogue(4).messages[-1])
    await master_data.hear(*catalogue(4).messages[0])
    await take(master_data, catalogue(5))
    count = await state.run(
        lambda connection: connection.execute("SELECT count(*) FROM master_data_chunks").fetchone()
    )
    assert count == (3,)


async def test_a_set_without_rows_and_one_of_another_kind(master_data: MasterData) -> None:
    await take(master_data, publication("catalogue", Catalogue(), 1))
    await take(master_data, publication("stock", Stock(as_of=5), 2))
    assert master_data.versions == {"catalogue": 1, "stock": 2}
    assert [part.as_of async for part in master_data.parts(STOCK)] == [5]


async def test_the_configuration_is_one_message(master_data: MasterData, state: StateStore) -> None:
    await take(master_data, configuration({"tips": True}, 4))
    await take(master_data, configuration({"tips": True}, 4))
    accepted = master_data.rejected
    await take(master_data, configuration({"tips": False}, 4))
    other = master_data.rejected["config"]
    await take(master_data, configuration({}, 3))
    again = MasterData(state)
    await again.load()
    assert accepted == {}
    assert "another version 4" in other
    assert "older than 4" in master_data.rejected["config"]
    assert again.configuration is not None
    assert (again.configuration.settings, again.versions) == ({"tips": True}, {"config": 4})


async def test_a_full_disk_is_a_reason_and_no_end(tmp_path: pathlib.Path) -> None:
    store = await StateStore.open(tmp_path / "state.db")
    master_data = MasterData(store)
    await master_data.load()
    what = catalogue(1)
    await store.run(lambda connection: connection.execute("PRAGMA max_page_count = 12"))
    await take(master_data, what)
    full = master_data.rejected["catalogue"]
    await store.run(lambda connection: connection.execute("PRAGMA max_page_count = 100000"))
    await take(master_data, what)
    await store.close()
    assert full == str(JournalFullError("The disk is full: make room, or call support."))
    assert (master_data.rejected, master_data.versions) == ({}, {"catalogue": 1})


def test_what_fits_no_chunk_is_not_published() -> None:
    with pytest.raises(OfficeError, match="fits no chunk"):
        publication("catalogue", Catalogue(items=(item(1, length=300_000),)), 1)


NAMES = ("catalogue", "stock", "gift-cards", "operators", "config", "nothing", "", "\x00")
TOPICS = st.builds(
    "/".join,
    st.tuples(
        st.sampled_from(NAMES), st.sampled_from(("manifest", "delta", "chunk/0", "chunk/x", ""))
    ),
)
SMALL = st.integers(min_value=-1, max_value=4)
VALUES = st.recursive(
    st.none() | st.booleans() | SMALL | st.integers() | st.text(max_size=8) | st.just("0" * 64),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=6,
)
FIELDS = st.sampled_from(
    [
        *("version", "hash", "chunk_count", "schema_version", "number", "from_version"),
        *("to_version", "items", "lines", "operators", "settings", "as_of", "covers"),
    ]
)
PAYLOADS = st.binary(max_size=64) | st.dictionaries(FIELDS, VALUES, max_size=6).map(
    lambda value: json.dumps(value).encode()
)


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(st.tuples(TOPICS, PAYLOADS), max_size=30))
@example([("catalogue/chunk/0", b"{}"), ("catalogue/manifest", b"")])
def test_nothing_that_comes_down_is_more_than_a_rejection(
    tmp_path_factory: pytest.TempPathFactory, messages: list[tuple[str, bytes]]
) -> None:
    async def hear_all() -> None:
        store = await StateStore.open(tmp_path_factory.mktemp("down") / "state.db")
        master_data = MasterData(store)
        await master_data.load()
        await take(master_data, catalogue(2, items=3))
        for topic, payload in messages:
            await master_data.hear(topic, payload)
        assert master_data.versions["catalogue"] >= 2
        assert len(await items(master_data)) >= 3
        assert all(len(reason) <= 200 for reason in master_data.rejected.values())
        await store.close()

    asyncio.run(hear_all())


def test_of_many_steps_each_gift_card_keeps_what_was_said_last() -> None:
    def said(as_of: int, *balances: tuple[str, int]) -> GiftCards:
        covers = [{"edge_id": "edge-1", "epoch": "0" * 26, "seq": as_of}]
        lines = [{"gift_card_ref": ref, "currency": "EUR", "balance": n} for ref, n in balances]
        return msgspec.convert({"as_of": as_of, "covers": covers, "lines": lines}, GiftCards)

    assert GIFT_CARDS.merge is not None
    merged = GIFT_CARDS.merge([said(1, ("a", 50), ("b", 9)), said(2, ("a", 0)), GiftCards(as_of=3)])
    assert [(line.gift_card_ref, line.balance) for line in merged.lines] == [("a", 0), ("b", 9)]
    assert (merged.as_of, [one.seq for one in merged.covers]) == (3, [2])


async def test_steps_of_the_stock_have_no_end_and_are_merged(
    master_data: MasterData, state: StateStore
) -> None:
    await take(master_data, publication("stock", Stock(as_of=1), 1))
    for version in range(1, 1200):
        line = {
            "item_id": f"item-{version % 7}",
            "location_id": "here",
            "on_hand_milli": version,
            "available_milli": version,
        }
        covers = [{"edge_id": "edge-1", "epoch": "0" * 26, "seq": version}]
        step = delta(version, version + 1, items=[], as_of=version, lines=[line], covers=covers)
        assert not await master_data.hear("stock/delta", step)
    assert (master_data.rejected, master_data.version(STOCK)) == ({}, 1200)
    assert master_data.leads_on(STOCK, 1180)
    again = MasterData(state)
    await again.load()
    parts = [part async for part in again.parts(STOCK)]
    assert len(parts) < 300
    lines = {line.item_id: line.on_hand_milli for part in parts for line in part.lines}
    assert lines == {f"item-{number % 7}": number for number in range(1193, 1200)}
    assert parts[-1].covers[0].seq == 1199
    await again.hear("stock/manifest", publication("stock", Stock(as_of=1), 600).messages[-1][1])
    assert (again.rejected, again.news) == ({}, {"stock": 1})
