"""What is done through the office's API, and what it shows then, on both databases."""

import asyncio
import functools
import threading
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from central_office.access.rights import Right, Role
from central_office.report import read_entries
from central_office.verifying import verify
from central_office.views.table import VIEWS
from central_office.webhooks.registry import claim
from edge_daemon.records import decode_entry
from edge_daemon.records.payloads import AccessEvent, PriceChange
from tests.central_office.boxes import NOON, SECOND, Box
from tests.central_office.desk import NewDatabase
from tests.central_office.house import ORGANIZATION, House, fill, house, take_in

HOUR = 3_600 * SECOND
SHIFT = {"operator_id": "op-1", "location_id": "store-001", "start": NOON, "end": NOON + 4 * HOUR}
ITEM = {
    "description": "Cola",
    "merchandise_hierarchy": "drinks",
    "uom": "C62",
    "barcodes": ["05449000000996"],
    "tax_code": "high",
    "prices": [{"amount": 200, "valid_from": 0}],
}


@pytest.fixture
def address(new_database: NewDatabase) -> str:
    made = new_database()
    fill(made, entries=150)
    return made


@pytest_asyncio.fixture
async def opened(address: str) -> AsyncIterator[House]:
    async with house(address) as made:
        yield made


@pytest_asyncio.fixture
async def owner(opened: House) -> AsyncIterator[httpx.AsyncClient]:
    async with await opened.person("olga", Role.OWNER) as browser:
        yield browser


async def rows(client: httpx.AsyncClient, path: str) -> list[dict[str, Any]]:
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["rows"]
    return found


async def test_every_list_answers_and_a_foreign_cursor_is_refused(owner: httpx.AsyncClient) -> None:
    for name in VIEWS:
        path = f"/v1/views/{name}"
        first = (await owner.get(f"{path}?limit=1")).json()
        if first["cursor"]:
            assert (await owner.get(f"{path}?after={first['cursor']}")).status_code == 200, name
        for cursor in ("WyJhIl0", "WzEsMl0", "WzEsMiwzXQ", "WyJhIiwxLDJd"):
            answer = await owner.get(f"{path}?after={cursor}")
            assert answer.status_code in (200, 400), (name, answer.text)
    for path in ("wall", "completeness", "receipts", "lookups", "people", "keys", "lists"):
        assert (await owner.get(f"/v1/{path}")).status_code == 200, path
    assert (await owner.get("/v1/receipts?customer_ref=%F0%9F%9A%80")).status_code == 200


async def test_text_that_not_every_database_holds_is_refused_as_a_mistake(
    owner: httpx.AsyncClient,
) -> None:
    asked: list[tuple[str, str, dict[str, Any] | None]] = [
        ("POST", "/v1/login", {"name": "a\0", "password": "guessed"}),
        ("POST", "/v1/keys", {"name": "a\0", "rights": ["figures"]}),
        (
            "POST",
            "/v1/webhooks",
            {"name": "a\0", "url": "https://e.org/", "entry_types": ["Outcome"]},
        ),
        (
            "PUT",
            "/v1/people/eve",
            {"role": "viewer", "stores": ["a\0"], "password": "of ten signs"},
        ),
        ("GET", "/v1/wall?store=a%00", None),
    ]
    for method, path, body in asked:
        answer = await owner.request(method, path, json=body)
        assert answer.status_code == 400, (path, answer.text)


async def test_a_shift_is_planned_moved_and_removed(
    opened: House, owner: httpx.AsyncClient, address: str
) -> None:
    operators = {"operators": [{"operator_id": "op-1", "name": "Noor", "roles": ["clerk"]}]}
    kept = await owner.put("/v1/lists/operators?store=store-001", json={"content": operators})
    assert kept.status_code == 200, kept.text
    for _ in range(2):
        assert (await owner.put("/v1/shifts/shift-1", json=SHIFT)).status_code == 200
    assert len(list(read_entries(address, "office"))) == 2  # with the beginning of the chain
    (planned,) = await rows(owner, "/v1/views/roster?store=store-001&subject_operator_id=op-1")
    assert (planned["start_at"], planned["end_at"]) == (SHIFT["start"], SHIFT["end"])
    listed = (await owner.get("/v1/lists/operators?store=store-001")).json()["content"]
    assert [one["start"] for one in listed["shifts"]] == [NOON]
    moved = {**SHIFT, "start": NOON + HOUR}
    assert (await owner.put("/v1/shifts/shift-1", json=moved)).status_code == 200
    listed = (await owner.get("/v1/lists/operators?store=store-001")).json()["content"]
    assert [one["start"] for one in listed["shifts"]] == [NOON + HOUR]
    async with await opened.program(Right.ROSTER, stores=("store-002",)) as elsewhere:
        assert (await elsewhere.put("/v1/shifts/shift-1", json=SHIFT)).status_code == 404
        assert (await elsewhere.post("/v1/shifts/shift-1/remove")).status_code == 404
    assert (await owner.post("/v1/shifts/shift-1/remove")).status_code == 204
    assert not await rows(owner, "/v1/views/roster?store=store-001&subject_operator_id=op-1")
    answer = await owner.put("/v1/shifts/shift-2", json={**SHIFT, "end": NOON})
    assert answer.status_code == 400
    assert not verify(address).broken


async def test_a_clocking_is_corrected_and_stays_beside_the_correction(
    opened: House, owner: httpx.AsyncClient, address: str
) -> None:
    box = Box("store-001", organization=ORGANIZATION, edge="edge-new")
    for event, at in (("ClockIn", NOON), ("ClockOut", NOON + HOUR)):
        payload = {"event": event, "subject_operator_id": "op-9", "method": "PIN"}
        box.write("OperatorEvent", payload, at=at)
    await take_in(opened, box)
    entry_id = decode_entry(box.lines[1]).entry_id
    body = {"corrected_at": NOON + 3 * HOUR, "reason": "forgot to clock out"}
    for _ in range(2):
        answer = await owner.put(f"/v1/clockings/{entry_id}/correction", json=body)
        assert answer.status_code == 200, answer.text
    (worked,) = await rows(owner, "/v1/views/hours?subject_operator_id=op-9")
    assert worked["worked_us"] == 3 * HOUR
    assert len(list(read_entries(address, "office"))) == 2  # with the beginning of the chain
    assert (await owner.put("/v1/clockings/nothing/correction", json=body)).status_code == 404


async def test_an_article_gets_another_price_by_an_act_of_the_office(
    owner: httpx.AsyncClient, address: str
) -> None:
    assert (await owner.put("/v1/items/cola", json=ITEM)).status_code == 404
    catalogue = {"items": [{**ITEM, "item_id": "cola"}], "groups": [{"id": "drinks", "name": "D"}]}
    kept = await owner.put("/v1/lists/catalogue", json={"content": catalogue})
    assert kept.status_code == 200, kept.text
    dearer = {**ITEM, "prices": [{"amount": 250, "valid_from": 0}]}
    changed = await owner.put("/v1/items/cola", json=dearer)
    assert changed.json()["version"] > kept.json()["version"]
    found = (await owner.get("/v1/lists/catalogue")).json()["content"]
    assert found["items"][0]["prices"][0]["amount"] == 250
    acts = [decode_entry(data) for data in read_entries(address, "office")]
    changes = [one.payload for one in acts if isinstance(one.payload, PriceChange)]
    assert [(one.old_price, one.new_price) for one in changes] == [(200, 250)]
    assert acts[-1].operator_id == "olga"
    wrong: dict[str, Any] = {"content": {"articles": []}}
    assert (await owner.put("/v1/lists/catalogue", json=wrong)).status_code == 400
    assert (await owner.put("/v1/lists/stock", json=wrong)).status_code == 400


async def test_what_proves_a_pin_is_put_in_and_never_read_out(owner: httpx.AsyncClient) -> None:
    verifier = {"method": "PIN", "verifier": "scrypt$secret"}
    noor = {"operator_id": "op-1", "name": "Noor", "roles": ["clerk"]}
    first = {"content": {"operators": [{**noor, "credential_verifiers": [verifier]}]}}
    await owner.put("/v1/lists/operators", json=first)
    assert "secret" not in (await owner.get("/v1/lists/operators")).text
    renamed = {"content": {"operators": [{**noor, "name": "Noor B."}]}}
    await owner.put("/v1/lists/operators", json=renamed)
    parts_lists = await owner.get("/v1/lists")
    assert [one["name"] for one in parts_lists.json()["lists"]] == ["operators"]


async def test_who_was_given_what_stands_in_the_offices_chain(
    owner: httpx.AsyncClient, address: str
) -> None:
    person = {"role": "viewer", "password": "a password of ten"}
    assert (await owner.put("/v1/people/vera", json=person)).status_code == 200
    made = (await owner.post("/v1/keys", json={"name": "till", "rights": ["stock"]})).json()
    await owner.post(f"/v1/keys/{made['key_id']}/revoke")
    acts = [decode_entry(data).payload for data in read_entries(address, "office")]
    told = [(one.event, one.subject) for one in acts if isinstance(one, AccessEvent)]
    key = f"key {made['key_id']}"
    assert told == [("ScopesChanged", "person vera"), ("ScopesChanged", key), ("Revoked", key)]
    assert not verify(address).broken
    log = (await owner.get("/v1/lookups")).json()["rows"]
    assert {(one["who"], one["what"], one["subject"]) for one in log} == {
        ("olga", "access_given", "person vera: viewer"),
        ("olga", "access_given", f"{key}: till"),
        ("olga", "access_taken", f"{key}: revoked"),
    }


async def test_a_list_is_read_while_whoever_writes_is_busy(
    opened: House, owner: httpx.AsyncClient
) -> None:
    catalogue = {"items": [{**ITEM, "item_id": "cola"}]}
    await owner.put("/v1/lists/catalogue", json={"content": catalogue})
    done = threading.Event()
    writing = asyncio.create_task(opened.keeper.do(lambda _: done.wait(30)))
    try:
        found = await owner.get("/v1/lists/catalogue")
        assert [one["item_id"] for one in found.json()["content"]["items"]] == ["cola"]
        assert not writing.done()
    finally:
        done.set()
        assert await writing


async def test_a_webhook_is_told_by_one_process_and_removed(
    opened: House, owner: httpx.AsyncClient
) -> None:
    body = {
        "name": "books",
        "url": "https://webhook.invalid/",
        "entry_types": ["OperatorEvent"],
        "stores": ["store-001"],
    }
    made = (await owner.post("/v1/webhooks", json=body)).json()
    now_us = opened.clock()
    for by, expected in (("one", True), ("other", False), ("one", True)):
        until_us = now_us + SECOND
        claiming = functools.partial(
            claim, webhook_id=made["webhook_id"], by=by, now_us=now_us, until_us=until_us
        )
        got = await opened.keeper.do(claiming)
        assert got is expected
    (shown,) = (await owner.get("/v1/webhooks")).json()["webhooks"]
    assert shown == {name: value for name, value in made.items() if name != "secret"}
    resumed = await owner.post(f"/v1/webhooks/{made['webhook_id']}/resume")
    assert resumed.json()["stores"] == ["store-001"]
    assert (await owner.post(f"/v1/webhooks/{made['webhook_id']}/remove")).status_code == 204
    assert (await owner.post(f"/v1/webhooks/{made['webhook_id']}/test")).status_code == 404
