"""A register made of the Python SDK, at a whole counter."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from edge_daemon.client import (
    STALE_SCAN,
    Card,
    Cash,
    Event,
    Events,
    Line,
    NoAnswerError,
    RefusedError,
    Register,
    SaleLine,
    pair,
)
from tests.proxy import Proxy
from tests.shifting_loop import advance
from tests.stories.counter import TOKEN, Counter, ulid

BREAD = "8710400145981"
BASKET = [
    SaleLine(description="Pindakaas", unit_price=349, tax_code="low", quantity_milli=2000),
    SaleLine(description="Borstel", unit_price=304, tax_code="high", quantity_milli=1000),
]


def register(url: str, *, patience: float = 120.0) -> Register:
    line = Line(patience=patience)
    return Register(url, TOKEN, workstation="till-1", operator_id="op-17", line=line)


@contextlib.asynccontextmanager
async def counter_and_register() -> AsyncIterator[tuple[Counter, Register]]:
    async with Counter() as counter:
        await counter.start()
        async with register(counter.url) as till:
            yield counter, till


async def heard(events: Events, kind: str) -> Event:
    async with asyncio.timeout(30):
        async for event in events:
            if event.type == kind:
                return event
    raise AssertionError("the stream ended")


async def test_a_register_pairs_sells_prints_opens_the_drawer_and_takes_cards() -> None:
    async with counter_and_register() as (counter, admin):
        offered = await counter.put(f"/v1/pairing-codes/{ulid()}", {"print": False})
        code = offered.json()["code"]["code"]
        key = ulid()
        paired = await pair(counter.url, code, name="Tablet", pairing_id=key)
        assert (await pair(counter.url, code, name="Tablet", pairing_id=key)).token == paired.token
        async with Register(
            counter.url, paired.token, workstation="till-1", operator_id="op-17"
        ) as till:
            assert (await till.identity()).name == "Tablet"
            sale = await till.sell(BASKET, [Cash(amount=2000)])
            assert (sale.state, sale.total, sale.change) == ("completed", 1002, 1000)
            assert sale.receipt is not None
            assert sale.receipt.state == "printed"
            assert sale.taxes[0].gross + sale.taxes[1].gross == 1002
            assert (await till.copy_receipt(sale.id)).copy_number == 1
            job = await till.print([{"type": "text", "text": "Hi"}, {"type": "cut"}])
            assert (await till.print_job(job.id)).state == "printed"
            assert (await till.open_drawer("wisselgeld")).state == "opened"
            paid = await till.pay(1250)
            assert paid.approved is True
            assert (await till.reverse(paid.id, "twice")).approved is True
            card = await till.sell(BASKET, [Card()])
            assert card.tenders[0].tender_type == "CreditDebit"
            assert counter.terminal.ledger.booked() == 1002
            with pytest.raises(RefusedError) as refused:
                await till.sell(BASKET, [Card()], sale_id=sale.id)
            assert (refused.value.status, refused.value.code) == (409, "request_conflict")
        assert (await admin.health())["status"] == "ok"


async def test_a_scan_that_waited_too_long_is_handed_out_as_stale_only() -> None:
    async with counter_and_register() as (counter, till):
        async with till.events(types=["scan"]) as events:
            start = (await heard(events, "subscribed")).id
            counter.scanner.scan(BREAD)
            fresh = await heard(events, "scan")
            assert fresh.data["scan_data"] == BREAD
            assert fresh.age_seconds == 0
            counter.scanner.scan(BREAD)
            with counter.daemon.events.subscribe() as watching:
                while counter.daemon.events.position.number < int(fresh.id.split("-")[1]) + 1:
                    await anext(watching)
            while events._waiting.empty():  # noqa: ASYNC110 - its queue tells nobody else
                await asyncio.sleep(0)
            advance(6.0)  # the register was busy with a customer
            late = await anext(events)
            assert (late.type, events.dropped) == (STALE_SCAN, 1)
        async with till.events(after=start) as events:
            assert (await anext(events)).type == "subscribed"
            old = await heard(events, STALE_SCAN)
            assert old.replayed
            assert old.age_seconds >= 6
        async with till.events(after=start, stale_scan_seconds=60) as events:
            assert (await heard(events, "scan")).replayed


async def test_the_stream_goes_on_over_a_broken_line() -> None:
    async with Counter() as counter:
        await counter.start()
        async with (
            Proxy(counter.daemon.addresses[0][1]) as proxy,
            register(f"http://127.0.0.1:{proxy.port}") as till,
            till.events(types=["scan"]) as events,
        ):
            await heard(events, "subscribed")
            proxy.cut()
            counter.scanner.scan(BREAD)
            assert (await heard(events, "scan")).data["scan_data"] == BREAD


async def test_a_line_that_stays_broken_is_an_unknown_end_and_the_same_id_tells() -> None:
    async with Counter() as counter:
        await counter.start()
        sale_id, url = ulid(), counter.url
        async with register(url, patience=0.5) as till:
            await counter.crash()
            with pytest.raises(NoAnswerError, match="does not answer"):
                await till.sell(BASKET, [Cash(amount=2000)], sale_id=sale_id)
        await counter.start()
        async with register(counter.url) as till:
            sale = await till.sell(BASKET, [Cash(amount=2000)], sale_id=sale_id)
            again = await till.sell(BASKET, [Cash(amount=2000)], sale_id=sale_id)
        assert sale.sequence_number == again.sequence_number == 1
