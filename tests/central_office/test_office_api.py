"""What the office's API answers: figures that open, receipts as printed, news, forks."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from central_office.access.rights import Right, Role
from central_office.views.table import FIGURES
from tests.central_office.boxes import DAY, Box, line, sold
from tests.central_office.desk import NOW
from tests.central_office.house import ORGANIZATION, House, take_in

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def owner(office: House) -> AsyncIterator[httpx.AsyncClient]:
    async with await office.person("owner", Role.OWNER) as browser:
        yield browser


async def rows(client: httpx.AsyncClient, path: str) -> list[dict[str, Any]]:
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["rows"]
    return found


@pytest.mark.parametrize(
    ("view", "value"),
    [("vat-boxes", "tax"), ("day-revenue", "amount"), ("tenders", "amount"), ("cards", "amount")],
)
async def test_every_figure_opens_to_the_receipts_that_make_it(
    owner: httpx.AsyncClient, view: str, value: str
) -> None:
    for row in (await rows(owner, f"/v1/views/{view}?limit=3"))[:3]:
        if row.get("cause", "Tender") == "Tender":
            behind = await rows(owner, f"{row['behind']}&limit=1000")
            assert sum(one[value] for one in behind) == row[value], row


async def test_every_figures_row_says_where_its_receipts_are(owner: httpx.AsyncClient) -> None:
    for view in FIGURES:
        for row in (await rows(owner, f"/v1/views/{view}?limit=1"))[:1]:
            assert (await owner.get(row["behind"])).status_code == 200, row


async def test_pages_join_to_the_whole(owner: httpx.AsyncClient) -> None:
    whole = await rows(owner, "/v1/views/movements?limit=1000")
    found: list[dict[str, Any]] = []
    after: str | None = None
    while len(found) < 100:
        asked = {"limit": "17", **({"after": after} if after else {})}
        page = (await owner.get("/v1/views/movements", params=asked)).json()
        found += page["rows"]
        after = page["cursor"]
        if after is None:
            break
    assert found == whole[: len(found)]


@pytest.mark.parametrize(
    "query",
    [
        "first_day=yesterday",
        "stores=store-001",
        "after=nonsense",
        "after=WzEsMiwzXQ",
        "limit=0",
        "hour=noon",
        "currency=%00",
    ],
)
async def test_a_question_that_is_none_is_refused_with_its_place(
    owner: httpx.AsyncClient, query: str
) -> None:
    answer = await owner.get(f"/v1/views/day-revenue?{query}")
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"]["code"] == "invalid_request"


async def test_a_receipt_is_found_and_shown_as_it_was_printed(owner: httpx.AsyncClient) -> None:
    (first, *_) = await rows(owner, "/v1/receipts?store=store-001&limit=5")
    again = await rows(owner, f"/v1/receipts?transaction_id={first['transaction_id']}")
    assert again == [first]
    gross = first["gross"]
    near = await rows(owner, f"/v1/receipts?lowest={gross}&highest={gross}&limit=1000")
    assert first in near
    assert {one["gross"] for one in near} == {gross}
    place = f"/v1/receipts/{first['arrival']}/{first['part']}"
    shown = (await owner.get(place)).json()
    assert shown["receipt"] == first
    assert shown["entry"]["payload"]["transaction_id"] == first["transaction_id"]
    text = (await owner.get(f"{place}/text")).text
    assert "Kaashandel Utrecht" in text
    assert f"{gross // 100},{gross % 100:02}" in text
    assert (await owner.get(f"{place}/picture")).content.startswith(b"\x89PNG\r\n")
    page = await owner.get(f"{place}/page")
    assert page.text.startswith("<!doctype html>")
    assert "default-src 'none'" in page.headers["content-security-policy"]


async def test_what_is_no_receipt_of_the_callers_is_not_found(
    office: House, owner: httpx.AsyncClient
) -> None:
    (elsewhere, *_) = await rows(owner, "/v1/receipts?store=store-001&limit=1")
    async with await office.program(Right.RECEIPTS, stores=("store-002",)) as program:
        for place in (f"{elsewhere['arrival']}/0", "1/0", "999999/7"):
            assert (await program.get(f"/v1/receipts/{place}")).status_code == 404


async def test_who_looked_what_up_is_remembered(office: House, owner: httpx.AsyncClient) -> None:
    async with await office.person("vera", Role.BOOKKEEPER) as browser:
        (first,) = await rows(browser, "/v1/receipts?limit=1")
        await browser.get(f"/v1/receipts/{first['arrival']}/0/text")
        assert (await browser.get("/v1/receipts?customer_ref=c-1")).status_code == 403
    log = await rows(owner, "/v1/lookups?who=vera&limit=1000")
    found = {row["what"]: row["subject"] for row in log}
    assert found.keys() == {"receipts", "receipt"}
    assert first["transaction_id"] in found["receipt"]
    async with await office.person("hana", Role.HR) as browser:
        await rows(browser, "/v1/views/hours")
    assert [row["what"] for row in await rows(owner, "/v1/lookups?who=hana")] == ["hours"]


class Events:
    """Server-sent events as a browser hears them."""

    def __init__(self, answer: httpx.Response) -> None:
        self._lines = answer.aiter_lines()

    async def begun(self) -> None:
        """Wait until the office listens for us: what is booked from now on is told."""
        async with asyncio.timeout(30):
            async for text in self._lines:
                if text.startswith("id:"):
                    return
        raise AssertionError("The stream ended.")

    async def next(self) -> tuple[str, dict[str, Any], int]:
        name, number, data = "", 0, None
        async with asyncio.timeout(30):
            async for text in self._lines:
                word, _, value = text.partition(": ")
                if word == "event":
                    name = value
                elif word == "id":
                    number = int(value)
                elif word == "data":
                    data = json.loads(value)
                elif not text and data is not None:
                    return name, data, number
        raise AssertionError("The stream ended.")


@contextlib.asynccontextmanager
async def listening(client: httpx.AsyncClient, query: str = "") -> AsyncIterator[Events]:
    async with client.stream("GET", f"/v1/live{query}") as answer:
        assert answer.status_code == 200
        events = Events(answer)
        if not query:
            await events.begun()
        yield events


async def test_a_sale_is_told_when_it_is_booked_and_again_to_who_was_away(
    office: House, owner: httpx.AsyncClient
) -> None:
    box = Box("store-001", organization=ORGANIZATION, edge="edge-new")
    async with listening(owner) as events:
        box.write("RetailTransaction", sold("t-1", line("cola", 1_000, 121)))
        await take_in(office, box)
        told: dict[str, Any] = {"stores": []}
        while not told.get("stores"):
            _, told, number = await events.next()
    assert told["stores"][0]["store"] == "store-001"
    assert "RetailTransaction" in told["stores"][0]["entry_types"]
    async with listening(owner, f"?after={number - 1}") as events:
        assert await events.next() == ("booked", {**told, "stores": told["stores"]}, number)
    async with listening(owner, "?after=0") as events:
        name, told, _ = await events.next()
    assert name == "booked"
    assert {one["store"] for one in told["stores"]} >= {"store-001", "store-002", "store-003"}
    async with listening(owner, "?after=99999999") as events:
        assert (await events.next())[0] == "resync"
    wall = (await owner.get("/v1/wall?store=store-001")).json()
    boxes = {one["edge_id"]: one for one in wall["shops"][0]["boxes"]}
    assert boxes["edge-new"]["tills"][0]["last_sale"]["gross"] == 121


async def test_what_another_process_books_is_told_too(
    office: House, owner: httpx.AsyncClient
) -> None:
    box = Box("store-003", organization=ORGANIZATION, edge="edge-elsewhere")
    async with listening(owner) as events:
        box.write("RetailTransaction", sold("t-9", line("cola", 1_000, 121)))
        await take_in(office, box, elsewhere=True)
        told: dict[str, Any] = {"stores": []}
        while not told.get("stores"):
            _, told, _ = await events.next()
    assert told["stores"][0]["store"] == "store-003"


async def test_a_clock_that_is_ahead_does_not_hide_what_is_sold_today(
    office: House, owner: httpx.AsyncClient
) -> None:
    box = Box("store-ahead", organization=ORGANIZATION)
    box.write("RetailTransaction", sold("t-today", line("cola", 1_000, 121)), at=NOW)
    a_year, then = 365 * 86_400_000_000, "2027-11-21"
    wrong = sold("t-ahead", line("cola", 1_000, 242))
    box.write("RetailTransaction", wrong, at=NOW + a_year, business_day_date=then)
    await take_in(office, box)
    (shop,) = (await owner.get("/v1/wall?store=store-ahead")).json()["shops"]
    assert (shop["business_day_date"], shop["sales"][0]["gross"]) == (DAY, 121)
    (seen,) = shop["boxes"]
    assert seen["tills"][0]["last_sale"]["gross"] == 121
    assert seen["complete_to"] == NOW + a_year


async def test_who_sees_one_store_hears_of_no_other(office: House) -> None:
    async with (
        await office.program(Right.LIVE, stores=("store-003",)) as program,
        listening(program, "?after=0") as events,
    ):
        _, told, _ = await events.next()
    assert [one["store"] for one in told["stores"]] == ["store-003"]


async def test_a_stream_ends_when_its_key_is_revoked(office: House) -> None:
    async with await office.program(Right.LIVE) as program, listening(program) as events:
        (key,) = [
            one
            for one in office.server.parts.directory.known.keys.values()
            if one.rights == (Right.LIVE,) and one.stores is None
        ]
        async with await office.person("olga", Role.OWNER) as olga:
            await olga.post(f"/v1/keys/{key.key_id}/revoke")
        office.server.parts.news.look_now()
        box = Box("store-002", organization=ORGANIZATION, edge="edge-later")
        box.write("RetailTransaction", sold("t-2", line("cola", 1_000, 121)))
        await take_in(office, box)
        with pytest.raises(AssertionError, match="ended"):
            await events.next()


async def test_a_fork_is_shown_and_a_person_decides_once(
    office: House, owner: httpx.AsyncClient
) -> None:
    box, other = (Box("store-002", organization=ORGANIZATION, edge="edge-forked") for _ in range(2))
    other._epoch = box._epoch
    for each, amount in ((box, 121), (other, 242)):
        each.write("RetailTransaction", sold(f"f-{amount}", line("cola", 1_000, amount)))
        await take_in(office, each)
    shown = (await owner.get("/v1/completeness")).json()
    (fork,) = [one for one in shown["forks"] if one["edge_id"] == "edge-forked"]
    assert fork["decision"] == "waiting"
    assert fork["gross"] == {"EUR": 242}
    path = f"/v1/forks/{fork['edge_id']}/{fork['epoch']}/{fork['branch']}/decide"
    async with await office.program(Right.DECIDE, stores=("store-001",)) as elsewhere:
        body = {"decision": "accepted", "reason": "not mine"}
        assert (await elsewhere.post(path, json=body)).status_code == 404
    body = {"decision": "accepted", "reason": "the old card sold this"}
    for _ in range(2):
        decided = (await owner.post(path, json=body)).json()
        assert (decided["decision"], decided["by"]) == ("accepted", "owner")
    answer = await owner.post(path, json={"decision": "rejected", "reason": "no"})
    assert answer.status_code == 409
    found = await rows(owner, "/v1/receipts?transaction_id=f-242")
    assert [(one["gross"], one["part"]) for one in found] == [(242, 1)]
    text = await owner.get(f"/v1/receipts/{found[0]['arrival']}/1/text")
    assert "2,42" in text.text
    assert "fork_accepted" in {one["what"] for one in await rows(owner, "/v1/lookups?limit=1000")}
