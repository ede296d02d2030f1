"""The drawer in the shop: why it was opened, how long it stood open, whatever opens it."""

import asyncio
from typing import Any

import pytest

from edge_daemon.devices import Readiness
from edge_daemon.events import Subscription
from edge_daemon.records import JournalEntry
from edge_daemon.records.payloads import DrawerEvent
from simulators.gpio_cash_drawer import GpioCashDrawer
from simulators.serial_cash_drawer import SerialCashDrawer
from tests.shifting_loop import advance, hurry
from tests.stories.counter import Counter, next_event, sale, ulid

CLERK = "op-17"


async def told(counter: Counter, event: str, count: int = 1) -> list[JournalEntry]:
    """Wait until that many drawer events of this kind are in the journal, and return them."""
    while True:
        found = [
            entry
            for entry in await counter.entries()
            if isinstance(entry.payload, DrawerEvent) and entry.payload.event == event
        ]
        if len(found) >= count:
            return found
        await asyncio.sleep(0)


async def no_sale(counter: Counter, drawer: str) -> dict[str, Any]:
    body = {"drawer": drawer, "reason": "wisselgeld", "operator_id": CLERK}
    response = await counter.put(f"/v1/drawer-openings/{ulid()}", body, wait=20)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


async def test_every_opening_is_in_the_journal_with_its_cause() -> None:
    async with Counter() as counter:
        await counter.start()
        sale_id = ulid()
        await counter.sell(sale_id)
        await counter.printer.hand("close_drawer")
        await told(counter, "Closed")
        assert (await no_sale(counter, "drawer"))["state"] == "opened"
        await counter.printer.hand("close_drawer")
        await told(counter, "Closed", 2)
        await counter.printer.hand("open_drawer_by_key")
        opened = await told(counter, "Opened", 3)
        await counter.printer.hand("close_drawer")
        closed = await told(counter, "Closed", 3)
    payloads: list[Any] = [entry.payload for entry in opened]
    assert [each.cause for each in payloads] == ["Sale", "NoSale", "Manual"]
    assert [entry.operator_id for entry in opened] == [CLERK, CLERK, None]
    assert [each.reason_code for each in payloads] == [None, "wisselgeld", None]
    assert [each.intent_id is None for each in payloads] == [False, False, True]
    ends: list[Any] = [entry.payload for entry in closed]
    assert [each.cause for each in ends] == ["Sale", "NoSale", "Manual"]
    assert [each.transaction_id for each in ends] == [payloads[0].transaction_id, None, None]
    assert all(each.open_ms is not None for each in ends)


async def left_open(counter: Counter, heard: Subscription, since: float) -> None:
    event = await next_event(heard, "drawer_left_open")
    assert event["open_ms"] >= since * 1000
    assert event["cause"] == "Manual"
    health = (await counter.get("/v1/health")).json()
    (finding,) = [each for each in health["findings"] if each["code"] == "drawer_left_open"]
    assert finding["subject"] == "drawer"
    assert "Close it" in finding["message"]
    assert health["status"] == "degraded"


async def test_drawer_that_is_left_open_is_told_until_it_is_closed() -> None:
    async with Counter() as counter:
        daemon = await counter.start()
        with daemon.events.subscribe() as heard:
            await counter.printer.hand("open_drawer_by_key")
            await told(counter, "Opened")
            advance(119)
            assert daemon.drawers.left_open() == {}
            advance(1.5)
            await left_open(counter, heard, 120)
            (alarm,) = await told(counter, "LeftOpen")
            payload: Any = alarm.payload
            assert payload.cause == "Manual"
            await counter.printer.hand("close_drawer")
            (closed,) = await told(counter, "Closed")
            payload = closed.payload
            assert payload.open_ms >= 120_000
            assert daemon.drawers.left_open() == {}
            findings = (await counter.get("/v1/health")).json()["findings"]
            assert "drawer_left_open" not in [each["code"] for each in findings]


async def test_drawer_found_open_at_the_start_is_told_as_left_open() -> None:
    async with Counter() as counter:
        await counter.printer.hand("open_drawer_by_key")
        daemon = await counter.start()
        advance(121)
        (alarm,) = await told(counter, "LeftOpen")
        payload: Any = alarm.payload
        assert payload.cause == "Unknown"
        await counter.printer.hand("power_off")
        await daemon.devices.wait_until("drawer", Readiness.OFFLINE)
        assert daemon.drawers.left_open() == {}


@pytest.mark.parametrize("kind", [SerialCashDrawer, GpioCashDrawer])
async def test_cash_sale_opens_a_drawer_that_hangs_on_no_printer(
    kind: type[SerialCashDrawer | GpioCashDrawer],
) -> None:
    async with kind("second") as drawer:
        second = '[[workstation]]\nname = "till-2"\ncash_drawer = "second"\n'
        async with Counter(relay=drawer.toml() + second) as counter:
            daemon = await counter.start()
            await hurry(daemon.devices.wait_until_online("second"))
            response = await counter.put(f"/v1/sales/{ulid()}", sale(workstation="till-2"), wait=20)
            answer = response.json()
            assert answer["drawer"]["state"] == "opened"
            assert answer["drawer"]["sensed"] is True
            assert answer["drawer"]["pulse"] == "Other"
            assert (drawer.pulses, drawer.is_open) == (1, True)
            await drawer.hand("close_drawer")
            await hurry(told(counter, "Closed"))
