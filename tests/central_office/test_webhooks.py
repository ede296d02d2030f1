"""Programs elsewhere are told what was booked: signed, in order, until they say yes."""

import asyncio
import base64
import contextlib
import copy
import hashlib
import hmac
import json
import pathlib
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from central_office.access.rights import Role
from central_office.errors import OfficeError
from central_office.settings import HttpSettings
from central_office.webhooks import deliveries
from central_office.webhooks.deliveries import Deliveries
from central_office.webhooks.posting import is_public, target_of
from tests.central_office.boxes import Box, line, sold
from tests.central_office.house import ORGANIZATION, House, fill, house, take_in

PRIVATE = HttpSettings(port=0, webhooks_to_private_addresses=True, requests_per_minute=100_000)


class Receiver:
    """Somebody's web server: answers with the next of `answers`, then with 200."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.heard: list[tuple[dict[str, str], bytes]] = []
        self.changed = asyncio.Event()
        self.url = ""

    async def meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        pairs = (text.split(": ", 1) for text in head.split("\r\n")[1:] if text)
        headers = {name.lower(): value for name, value in pairs}
        body = await reader.readexactly(int(headers["content-length"]))
        self.heard.append((headers, body))
        status = self.answers.pop(0) if self.answers else 200
        writer.write(f"HTTP/1.1 {status} Said\r\ncontent-length: 0\r\n\r\n".encode())
        await writer.drain()
        writer.close()
        self.changed.set()

    async def until(self, count: int) -> list[tuple[dict[str, str], bytes]]:
        async with asyncio.timeout(30):
            while len(self.heard) < count:
                self.changed.clear()
                await self.changed.wait()
        return self.heard


@contextlib.asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    server = await asyncio.start_server(receiver.meet, "127.0.0.1", 0)
    receiver.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook?shop=1"
    async with server:
        yield receiver


@pytest_asyncio.fixture
async def opened(tmp_path: pathlib.Path) -> AsyncIterator[House]:
    address = str(tmp_path / "office.db")
    fill(address, entries=40)
    async with house(address, PRIVATE) as made:
        yield made


@pytest_asyncio.fixture
async def owner(opened: House) -> AsyncIterator[httpx.AsyncClient]:
    async with await opened.person("olga", Role.OWNER) as browser:
        yield browser


async def made(owner: httpx.AsyncClient, url: str, **changed: Any) -> dict[str, Any]:
    body = {"name": "books", "url": url, "entry_types": ["RetailTransaction"], **changed}
    answer = await owner.post("/v1/webhooks", json=body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def sell(office: House, box: Box, *names: str) -> None:
    for name in names:
        box.write("RetailTransaction", sold(name, line("cola", 1_000, 121), customer_ref="c-7"))
    await take_in(office, box)


async def shown(owner: httpx.AsyncClient, field: str) -> dict[str, Any]:
    """The only webhook, once that is so of it."""
    async with asyncio.timeout(30):
        while True:
            found: dict[str, Any]
            (found,) = (await owner.get("/v1/webhooks")).json()["webhooks"]
            if found[field]:
                return found


async def test_what_is_booked_is_told_in_order_once_and_signed(
    opened: House, owner: httpx.AsyncClient
) -> None:
    async with receiving() as receiver:
        hook = await made(owner, receiver.url, entry_types=["RetailTransaction", "Intent"])
        box = Box("store-001", organization=ORGANIZATION, edge="edge-new")
        box.write("Intent", {"verb": "sale", "request": {"lines": [], "customer_ref": "c-7"}})
        await sell(opened, box, "t-1", "t-2", "t-3")
        heard = await receiver.until(4)
        told = [json.loads(body) for _, body in heard]
        names = [one["entry"]["payload"].get("transaction_id") for one in told]
        assert names == [None, "t-1", "t-2", "t-3"]
        assert not [body for _, body in heard if b"c-7" in body]
        assert len({headers["webhook-id"] for headers, _ in heard}) == 4
        key = base64.b64decode(hook["secret"].removeprefix("whsec_"))
        for headers, body in heard:
            signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
            digest = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
            assert headers["webhook-signature"] == f"v1,{digest}"
    listed = await owner.get("/v1/webhooks")
    assert hook["secret"] not in listed.text


async def test_who_does_not_answer_is_asked_again_under_the_same_id_also_after_a_restart(
    tmp_path: pathlib.Path,
) -> None:
    address = str(tmp_path / "office.db")
    fill(address, entries=40)
    box = Box("store-001", organization=ORGANIZATION, edge="edge-new")
    async with receiving() as receiver:
        receiver.answers = [500]
        async with house(address, PRIVATE) as opened:
            async with await opened.person("olga", Role.OWNER) as browser:
                await made(browser, receiver.url)
                await sell(opened, box, "t-1", "t-2")
                await shown(browser, "failures")
            later = opened.clock.us + 6_000_000
        async with house(address, PRIVATE) as opened:
            opened.clock.us = later
            opened.server.booked()
            heard = await receiver.until(3)
    ids = [headers["webhook-id"] for headers, _ in heard]
    assert ids[0] == ids[1]
    assert ids[1] != ids[2]
    assert heard[0][0]["webhook-timestamp"] < heard[1][0]["webhook-timestamp"]


async def test_who_never_answers_is_switched_off_shown_and_goes_on_where_it_was(
    opened: House, owner: httpx.AsyncClient
) -> None:
    async with receiving() as receiver:
        receiver.answers = [503, 503, 503]
        hook = await made(owner, receiver.url)
        impatient = Deliveries(
            opened.server.parts.books,
            opened.clock,
            private=True,
            backoff=(0.0, 0.0),
            look_seconds=0.05,
        )
        box = Box("store-001", organization=ORGANIZATION, edge="edge-new")
        telling = asyncio.create_task(impatient.run())
        await opened.without_deliveries()
        await sell(opened, box, "t-1")
        await receiver.until(3)
        off = await shown(owner, "switched_off_at")
        assert off["failures"] == 3
        assert "503" in off["last_answer"]
        await owner.post(f"/v1/webhooks/{hook['webhook_id']}/resume")
        heard = await receiver.until(4)
        telling.cancel()
        await asyncio.wait([telling])
    assert len({headers["webhook-id"] for headers, _ in heard}) == 1


async def test_the_entries_of_an_accepted_branch_are_told_once_in_the_place_of_the_decision(
    opened: House, owner: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliveries, "BATCH", 2)
    box = Box("store-001", organization=ORGANIZATION, edge="edge-new")
    async with receiving() as receiver:
        await made(owner, receiver.url)
        await opened.without_deliveries()
        await sell(opened, box, "t-1")
        twin = copy.deepcopy(box)
        await sell(opened, box, "t-2")
        await sell(opened, twin, "t-3", "t-4", "t-5", "t-6")
        (fork,) = (await owner.get("/v1/completeness")).json()["forks"]
        place = "/".join(fork[name] for name in ("edge_id", "epoch", "branch"))
        decision = {"decision": "accepted", "reason": "an old card"}
        decided = await owner.post(f"/v1/forks/{place}/decide", json=decision)
        assert decided.status_code == 200, decided.text
        await sell(opened, Box("store-002", organization=ORGANIZATION, edge="edge-other"), "t-7")
        receiver.answers = [200, 200, 200, 500]
        parts = opened.server.parts
        impatient = Deliveries(
            parts.books, opened.clock, private=True, backoff=(0.0,), look_seconds=0.05
        )
        telling = asyncio.create_task(impatient.run())
        heard = await receiver.until(8)
        telling.cancel()
        await asyncio.wait([telling])
    told = [json.loads(body) for _, body in heard]
    names = [one["entry"]["payload"]["transaction_id"] for one in told]
    assert names == ["t-1", "t-2", "t-3", "t-4", "t-4", "t-5", "t-6", "t-7"]
    assert [one.get("part", 0) for one in told] == [0, 0, 1, 2, 2, 3, 4, 0]
    assert len({one["arrival"] for one in told[2:7]}) == 1
    ids = [headers["webhook-id"] for headers, _ in heard]
    assert ids[3] == ids[4]
    assert len(set(ids)) == 7


async def test_a_webhook_is_tried_and_removed(owner: httpx.AsyncClient) -> None:
    async with receiving() as receiver:
        hook = await made(owner, receiver.url)
        tried = await owner.post(f"/v1/webhooks/{hook['webhook_id']}/test")
        assert tried.json() == {"answer": "200"}
        assert json.loads(receiver.heard[0][1])["type"] == "Test"
        receiver.answers = [404]
        tried = await owner.post(f"/v1/webhooks/{hook['webhook_id']}/test")
        assert "404" in tried.json()["answer"]
        assert (await owner.post(f"/v1/webhooks/{hook['webhook_id']}/remove")).status_code == 204
        assert (await owner.get("/v1/webhooks")).json() == {"webhooks": []}


@pytest.mark.parametrize(
    "url",
    [
        "http://shop.example/hook",
        "https://somebody:secret@shop.example/",
        "ftp://shop.example/",
        "https:///nowhere",
        "https://shop.example:99999/",
        "https://shop.example/a b",
    ],
)
def test_an_address_that_would_be_readable_or_is_none_is_refused(url: str) -> None:
    with pytest.raises(OfficeError):
        target_of(url, private=False)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1:248:1893:25c8:1946", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),  # noqa: S104 - judged
        ("224.0.0.1", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:127.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False),
    ],
)
def test_messages_go_to_nobodys_own_network(address: str, *, public: bool) -> None:
    assert is_public(address) is public


async def test_a_private_address_hears_nothing_unless_that_is_meant(tmp_path: pathlib.Path) -> None:
    address = str(tmp_path / "office.db")
    fill(address, entries=40)
    async with (
        house(address, HttpSettings(port=0)) as opened,
        await opened.person("olga", Role.OWNER) as browser,
    ):
        body = {"name": "in", "url": "https://localhost/", "entry_types": ["PeriodReport"]}
        hook = (await browser.post("/v1/webhooks", json=body)).json()
        tried = await browser.post(f"/v1/webhooks/{hook['webhook_id']}/test")
        assert "network of its own" in tried.json()["answer"]
        for wrong in ({"url": "http://shop.example/"}, {"entry_types": ["Nonsense"]}):
            assert (await browser.post("/v1/webhooks", json={**body, **wrong})).status_code == 400
