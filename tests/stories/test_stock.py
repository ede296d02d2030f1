"""Stock as a shop sees it: what the office knew, and what has happened here since."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from edge_daemon.app.books import PROJECTIONS
from edge_daemon.journal.rebuilding import differing_rows
from edge_daemon.records.payloads import InventoryControl
from tests.stories.counter import Counter, ulid
from tests.stories.office_sets import bring, figures

GTIN = "8710400145981"
ITEM = GTIN.zfill(14)
ORDER = "01M7YHZT83Q6W5N4C2R1B0A9ZX"
HERE, THERE = "8712345678906", "8712345678913"


@pytest.fixture
async def counter() -> AsyncIterator[Counter]:
    async with Counter() as counter:
        await counter.start()
        yield counter


def line(location: str, on_hand: int, available: int) -> dict[str, Any]:
    return {
        "item_id": ITEM,
        "location_id": location,
        "on_hand_milli": on_hand,
        "available_milli": available,
    }


async def send(counter: Counter, version: int, *lines: dict[str, Any], age_s: int = 0) -> None:
    """A whole set of the office's stock, that counts everything up to now."""
    await bring(counter, "stock", version, **figures(counter, *lines, age_s=age_s))
    await counter.daemon.stock_index.refresh()


async def level(counter: Counter) -> dict[str, Any]:
    answer = await counter.get(f"/v1/stock/{GTIN}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def on_hand(counter: Counter) -> dict[str, tuple[int, int]]:
    found = await level(counter)
    return {
        each["location_id"]: (each["on_hand_milli"], each["available_milli"])
        for each in found["locations"]
    }


async def put(counter: Counter, path: str, status: int = 200, **body: Any) -> Any:
    answer = await counter.put(path, {"workstation": "till-1", "operator_id": "op-17"} | body)
    assert answer.status_code == status, answer.text
    return answer.json() if status == 200 else answer.json()["error"]["message"]


async def test_what_is_sold_here_counts_until_the_office_knows_it(counter: Counter) -> None:
    await send(counter, 1, line(HERE, 10_000, 8_000), line(THERE, 4_000, 4_000))
    await counter.sell()  # two jars
    await counter.sell(training=True)
    assert await on_hand(counter) == {HERE: (8_000, 6_000), THERE: (4_000, 4_000)}
    await send(counter, 2, line(HERE, 8_000, 6_000))
    assert await on_hand(counter) == {HERE: (8_000, 6_000)}
    found = await level(counter)
    assert (found["stale"], found["here"], found["item_id"]) == (False, HERE, ITEM)


async def test_a_delta_leads_on_and_old_figures_are_stale(counter: Counter) -> None:
    await send(counter, 1, line(HERE, 10_000, 10_000), line(THERE, 1_000, 1_000), age_s=3600)
    found = await level(counter)
    assert found["stale"]
    assert found["age_ms"] >= 3_600_000
    delta = {"from_version": 1, "to_version": 2, **figures(counter, line(THERE, 0, 0))}
    await counter.daemon.master_data.hear("stock/delta", json.dumps(delta).encode())
    await counter.daemon.stock_index.refresh()
    assert await on_hand(counter) == {HERE: (10_000, 10_000), THERE: (0, 0)}
    assert not (await level(counter))["stale"]


async def test_the_figures_and_what_followed_survive_a_crash(counter: Counter) -> None:
    await send(counter, 1, line(HERE, 10_000, 10_000))
    await counter.sell()
    before = await on_hand(counter)
    await counter.crash()
    await counter.start()
    assert await on_hand(counter) == before == {HERE: (8_000, 8_000)}


async def test_goods_come_go_break_and_are_corrected(counter: Counter) -> None:
    await send(counter, 1, line(HERE, 10_000, 10_000))
    moves: list[tuple[str, int, dict[str, Any]]] = [
        ("receipt", 6_000, {"order_id": ORDER}),
        ("transfer_out", 2_000, {"counterpart_location_id": THERE}),
        ("waste", 1_000, {}),
        ("adjustment", -500, {}),
    ]
    for kind, quantity, more in moves:
        lines = [{"gtin": GTIN, "quantity_milli": quantity, "lot": "L1"}]
        path = f"/v1/stock-movements/{ulid()}"
        booked = await put(counter, path, kind=kind, lines=lines, reason="dagelijks", **more)
        again = await put(counter, path, kind=kind, lines=lines, reason="dagelijks", **more)
        assert booked == again
    assert await on_hand(counter) == {HERE: (12_500, 12_500)}
    controls = await counter.payloads(InventoryControl)
    assert [(each.kind, each.quantity_milli, each.order_id) for each in controls] == [
        ("Receipt", 6_000, ORDER),
        ("TransferOut", -2_000, None),
        ("Waste", -1_000, None),
        ("Adjustment", -500, None),
    ]


async def test_a_count_by_scanner_takes_the_place_of_the_figures(counter: Counter) -> None:
    await send(counter, 1, line(HERE, 10_000, 9_000))
    await counter.sell()
    count = ulid()
    await put(counter, f"/v1/stock-counts/{count}", reason="jaartelling")
    scans = [ulid() for _ in range(3)]
    for scan in [*scans, scans[0]]:  # a repeat counts once
        await put(counter, f"/v1/stock-counts/{count}/lines/{scan}", gtin=GTIN)
    found = (await counter.get(f"/v1/stock-counts/{count}")).json()
    assert (found["state"], found["found"]) == ("counting", {ITEM: 3_000})
    path = f"/v1/stock-counts/{count}/lines/{ulid()}"
    await put(counter, path, gtin=GTIN, quantity_milli=7_000, add=False)
    ended = await counter.post(f"/v1/stock-counts/{count}/end", {"workstation": "till-1"})
    assert ended.json()["state"] == "ended"
    again = await counter.post(f"/v1/stock-counts/{count}/end", {"workstation": "till-1"})
    assert again.json() == ended.json()
    await counter.sell()
    assert await on_hand(counter) == {HERE: (5_000, 4_000)}
    assert (await level(counter))["locations"][0]["counted_at"] is not None
    late = f"/v1/stock-counts/{count}/lines/{ulid()}"
    assert "begin another" in await put(counter, late, status=409, gtin=GTIN)
    rows = differing_rows(counter.daemon.journal.path, PROJECTIONS, lambda _: None)
    assert set(rows.values()) == {0}


async def test_without_an_office_own_counts_are_what_is_known(counter: Counter) -> None:
    missing = await counter.get(f"/v1/stock/{GTIN}")
    assert missing.status_code == 404
    lines = [{"gtin": GTIN, "quantity_milli": 5_000}]
    await put(counter, f"/v1/stock-movements/{ulid()}", kind="receipt", lines=lines, reason="x")
    await counter.sell()
    found = await level(counter)
    assert (found["stale"], found["as_of"]) == (True, None)
    assert await on_hand(counter) == {HERE: (3_000, 3_000)}


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"kind": "receipt", "lines": [{"gtin": GTIN, "quantity_milli": -1}]}, "more than 0"),
        ({"kind": "waste", "lines": [{"quantity_milli": 1}]}, "Name the goods"),
        (
            {"kind": "waste", "order_id": ORDER, "lines": [{"gtin": GTIN, "quantity_milli": 1}]},
            "Only a receipt",
        ),
        ({"kind": "transfer_in", "lines": [{"gtin": GTIN, "quantity_milli": 1}]}, "other end"),
    ],
)
async def test_a_movement_says_what_is_wrong(
    counter: Counter, body: dict[str, Any], told: str
) -> None:
    path = f"/v1/stock-movements/{ulid()}"
    assert told in await put(counter, path, status=400, reason="x", **body)
