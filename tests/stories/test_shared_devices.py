"""Two registers at one counter: they share the scanner and the terminal."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx

from tests.shifting_loop import advance
from tests.stories.counter import CARD, Counter, ulid

SECOND = '[[workstation]]\nname = "till-2"\npayment_terminal = "terminal"\nscanner = "scanner"\n'
BREAD, MILK = "8710400145981", "4006381333931"


async def pair(counter: Counter, name: str, *scopes: str) -> httpx.AsyncClient:
    wanted: dict[str, Any] = {"name": name, "print": False}
    if scopes:
        wanted["scopes"] = scopes
    code = await counter.put(f"/v1/pairing-codes/{ulid()}", wanted)
    body = {"code": code.json()["code"]["code"], "name": name}
    paired = await counter.put(f"/v1/pairings/{ulid()}", body)
    assert paired.status_code == 200, paired.text
    token = paired.json()["token"]
    return httpx.AsyncClient(
        base_url=counter.url,
        headers={"Authorization": f"Bearer {token}"},
        timeout=30,
        trust_env=False,
    )


class Line:
    """A register's live stream."""

    def __init__(self, response: httpx.Response) -> None:
        self._lines = response.aiter_lines()

    async def next(self, kind: str) -> dict[str, Any]:
        """The next event of that type."""
        async for line in self._lines:
            if line.startswith("data: "):
                event: dict[str, Any] = json.loads(line.removeprefix("data: "))
                if event["type"] == kind:
                    return event
        raise AssertionError("the stream ended")


@contextlib.asynccontextmanager
async def listening(register: httpx.AsyncClient, query: str = "") -> AsyncIterator[Line]:
    async with register.stream("GET", f"/v1/events{query}") as response:
        line = Line(response)
        await line.next("subscribed")
        yield line


async def take(register: httpx.AsyncClient, device: str, workstation: str) -> httpx.Response:
    return await register.put(f"/v1/leases/{device}", json={"workstation": workstation})


async def test_scans_go_to_the_register_that_has_the_scanner_to_itself() -> None:
    async with Counter(relay=SECOND) as counter:
        await counter.start()
        one, two = await pair(counter, "one"), await pair(counter, "two")
        async with one, two:
            async with listening(one) as first, listening(two) as second:
                counter.scanner.scan(BREAD)
                for line in (first, second):
                    assert (await line.next("scan"))["data"]["scan_data"] == BREAD
                assert (await take(one, "scanner", "till-1")).json()["holder"] == "one"
                refused = await take(two, "scanner", "till-2")
                assert refused.status_code == 409
                assert "till-1 (one)" in refused.json()["error"]["message"]
                counter.scanner.scan(MILK)
                assert (await first.next("scan"))["data"]["scan_data"] == MILK
                start = (await second.next("lease_changed"))["id"]
                assert (await one.post("/v1/leases/scanner/release")).status_code == 200
                assert (await second.next("lease_changed"))["data"]["holder"] is None
                counter.scanner.scan(BREAD)
                assert (await second.next("scan"))["data"]["scan_data"] == BREAD
            async with listening(two, f"?after={start}&type=scan") as second:
                assert (await second.next("scan"))["data"]["scan_data"] == BREAD


async def test_a_register_that_goes_lets_the_other_have_the_scanner() -> None:
    async with Counter(relay=SECOND) as counter:
        await counter.start()
        one, two = await pair(counter, "one"), await pair(counter, "two")
        async with one, two, listening(two) as line:
            async with listening(one):
                assert (await take(one, "scanner", "till-1")).status_code == 200
                await line.next("lease_changed")
            while (await take(two, "scanner", "till-2")).status_code == 409:
                advance(1.0)
            assert (await counter.get("/v1/leases")).json()["leases"][0]["holder"] == "two"


async def test_another_workstation_starts_no_payment_at_a_terminal_that_is_taken() -> None:
    async with Counter(relay=SECOND) as counter:
        await counter.start()
        one = await pair(counter, "one")
        async with one, listening(one):
            assert (await take(one, "terminal", "till-1")).status_code == 200
            order = {"workstation": "till-2", "amount": 1000}
            refused = (await counter.put(f"/v1/payments/{ulid()}", order)).json()
            assert refused["state"] == "NOT_PROCESSED"
            assert "till-1 (one) has terminal to itself" in json.dumps(refused)
            waiting = await counter.sell(workstation="till-2", **CARD)
            assert waiting["state"] == "awaiting_tender"
            assert counter.terminal.ledger.booked() == 0
            sold = await counter.sell(**CARD)
            assert sold["state"] == "completed", sold


async def test_a_lease_is_for_what_can_be_shared_and_for_whom_it_belongs_to() -> None:
    async with Counter(relay='[[workstation]]\nname = "till-2"\n') as counter:
        await counter.start()
        reader = await pair(counter, "reader", "scan", "read")
        async with reader:
            for device, workstation, status in (
                ("printer", "till-1", 409),
                ("scanner", "till-2", 400),
                ("scanner", "till-9", 404),
                ("scaner", "till-1", 404),
                ("terminal", "till-1", 403),
                ("scanner", None, 400),
            ):
                answer = await reader.put(f"/v1/leases/{device}", json={"workstation": workstation})
                assert answer.status_code == status, answer.text
            assert (await take(reader, "scanner", "till-1")).status_code == 200
            assert (await counter.get("/v1/leases/scanner")).json()["holder"] == "reader"
            assert (await counter.post("/v1/leases/scanner/release", {})).status_code == 200
            assert (await reader.get("/v1/leases/scanner")).json()["holder"] is None


PATTERNS = """
[[code_pattern]]
pattern = "23.....{NNNDD}."
meaning = "price"
"""


async def test_scan_says_what_it_means_in_this_shop() -> None:
    async with Counter(relay=PATTERNS) as counter:
        await counter.start()
        register = await pair(counter, "one")
        async with register, listening(register) as line:
            counter.scanner.scan("2312345012340")
            told = (await line.next("scan"))["data"]
    assert told == {
        "scan_data": "2312345012340",
        "meaning": "item",
        "key": "12345",
        "price": 1234,
    }


async def test_registers_that_wait_for_a_terminal_are_told_their_place_and_served_in_turn() -> None:
    more = SECOND + SECOND.replace("till-2", "till-3")
    async with Counter(relay=more) as counter:
        await counter.start()
        registers = [await pair(counter, name) for name in ("one", "two", "three")]
        async with registers[0] as one, registers[1] as two, registers[2] as three:
            assert (await take(one, "terminal", "till-1")).status_code == 200
            place = await two.put("/v1/leases/terminal?wait=0.01", json={"workstation": "till-2"})
            assert place.status_code == 202
            assert (place.json()["holder"], place.json()["place"]) == ("one", 1)
            waits = [
                asyncio.create_task(
                    each.put("/v1/leases/terminal?wait=60", json={"workstation": workstation})
                )
                for each, workstation in ((two, "till-2"), (three, "till-3"))
            ]
            async with asyncio.timeout(20):
                while (await counter.get("/v1/leases/terminal")).json()["waiting"] != 2:
                    pass
            await one.post("/v1/leases/terminal/release")
            assert (await waits[0]).json()["holder"] == "two"
            assert not waits[1].done()
            refused = await take(one, "terminal", "till-1")
            assert refused.status_code == 409
            await two.post("/v1/leases/terminal/release")
            assert (await waits[1]).json()["holder"] == "three"
