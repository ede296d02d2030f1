"""A doubt may end in the very moment in which the box dies: its sale still gets its end."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from edge_daemon.records import JournalEntry
from edge_daemon.records.payloads import PaymentEvent, PaymentState
from tests.shifting_loop import advance
from tests.stories.counter import CARD, Counter, next_event, power_off, sale, ulid

SALE = sale(**CARD)


async def test_a_sale_is_finished_at_the_start_when_its_doubt_ended_right_before_the_crash() -> (
    None
):
    async with Counter() as counter:
        daemon = await counter.start()
        await counter.sell(**CARD)
        counter.terminal.faults.switch("drop_before_completion", on=True)
        dead = asyncio.Event()

        def die(entries: tuple[JournalEntry, ...]) -> None:
            states = [
                each.payload.state for each in entries if isinstance(each.payload, PaymentEvent)
            ]
            if PaymentState.APPROVED in states:
                power_off(daemon)
                dead.set()

        daemon.journal.on_append(die)
        sale_id = ulid()
        call = asyncio.create_task(counter.put(f"/v1/sales/{sale_id}", SALE))
        async with asyncio.timeout(20):
            await dead.wait()
        await counter.crash()
        await asyncio.gather(call, return_exceptions=True)
        await counter.start()
        found = (await counter.get(f"/v1/sales/{sale_id}")).json()
        assert (found["state"], found["paid"]) == ("completed", 1002)


async def _half_paid(counter: Counter) -> str:
    """A sale that waits: one card has paid 500, the next was declined."""
    sale_id = ulid()
    tenders = [{"type": "card", "amount": 500}, {"type": "card"}]
    heard = counter.daemon.events.subscribe()
    first = asyncio.create_task(counter.sell(sale_id, tenders=tenders))
    while (await next_event(heard, "payment_changed"))["state"] != "CONFIRMED":
        pass
    counter.terminal.faults.switch("decline", on=True)
    assert (await first)["paid"] == 500
    counter.terminal.faults.switch("decline", on=False)
    return sale_id


async def _no_call_runs(counter: Counter, sale_id: str) -> None:
    async with asyncio.timeout(20):
        while not (await counter.get(f"/v1/sales/{sale_id}")).json()["finished"]:
            continue


async def _when_free(ask: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response:
    """Ask until the daemon's own step, which follows the terminal's word, is over."""
    async with asyncio.timeout(20):
        while (answer := await ask()).status_code == httpx.codes.CONFLICT:
            continue
    return answer


async def test_a_sale_that_waits_knows_that_a_late_reversal_took_its_card_back() -> None:
    async with Counter() as counter:
        await counter.start()
        sale_id = await _half_paid(counter)
        counter.terminal.faults.switch("drop_before_completion", on=True)
        heard = counter.daemon.events.subscribe()
        answer = await counter.post(f"/v1/sales/{sale_id}/cancel", {})
        assert (answer.json()["state"], answer.json()["paid"]) == ("awaiting_tender", 0)
        while (await next_event(heard, "payment_changed"))["state"] != "APPROVED":
            pass
        assert counter.terminal.ledger.booked() == 0
        await _no_call_runs(counter, sale_id)
        again = await _when_free(lambda: counter.post(f"/v1/sales/{sale_id}/cancel", {}))
        assert again.json()["state"] == "cancelled", again.text


async def test_a_card_that_may_have_been_given_back_does_not_pay_a_sale() -> None:
    async with Counter() as counter:
        await counter.start()
        sale_id = await _half_paid(counter)
        for fault in ("drop_before_completion", "no_repeat_receipt"):
            counter.terminal.faults.switch(fault, on=True)
        heard = counter.daemon.events.subscribe()
        await counter.post(f"/v1/sales/{sale_id}/cancel", {})
        while (await next_event(heard, "payment_changed"))["state"] != "MANUAL_REVIEW":
            pass
        await _no_call_runs(counter, sale_id)
        path = f"/v1/sales/{sale_id}/tenders/{ulid()}"
        cash = {"type": "cash", "amount": 1500}
        paid = (await _when_free(lambda: counter.put(path, cash))).json()
        assert (paid["state"], paid["change"]) == ("completed", 500)
        assert [tender["tender_type"] for tender in paid["tenders"]] == ["Cash", "Cash"]


async def test_a_card_that_could_not_be_given_back_pays_its_sale_again() -> None:
    async with Counter() as counter:
        await counter.start()
        sale_id = await _half_paid(counter)
        counter.terminal.faults.switch("drop_before_ack", on=True)
        heard = counter.daemon.events.subscribe()
        await counter.post(f"/v1/sales/{sale_id}/cancel", {})
        while (await next_event(heard, "payment_changed"))["state"] != "NOT_PROCESSED":
            pass
        async with asyncio.timeout(20):
            while (await counter.get(f"/v1/sales/{sale_id}")).json()["paid"] != 500:
                continue
        assert counter.terminal.ledger.booked() == 500


async def test_a_result_that_is_written_too_slowly_for_a_lost_terminal_is_asked_for() -> None:
    async with Counter() as counter:
        daemon = await counter.start()
        await counter.sell(**CARD)
        perform, written = daemon.journal._writer._perform, threading.Event()

        def wait_for_the_disk(batch: list[Any]) -> None:
            written.wait(20)
            perform(batch)

        counter.terminal.faults.switch("drop_after_status_information", on=True)
        heard = daemon.events.subscribe()
        call = asyncio.create_task(counter.put(f"/v1/sales/{ulid()}", SALE))
        while (await next_event(heard, "payment_changed"))["state"] != "IN_PROGRESS":
            pass
        daemon.journal._writer._perform = wait_for_the_disk  # type: ignore[method-assign]  # a slow disk
        await counter.terminal.until("idle")
        for _ in range(200):
            advance(0.1)
            await asyncio.sleep(0)
        written.set()
        assert (await call).is_success
        async with asyncio.timeout(20):
            while await daemon.payments.open():
                continue
