"""A doubt may end in the very moment in which the box dies: its sale still gets its end."""

import asyncio

from edge_daemon.records import JournalEntry
from edge_daemon.records.payloads import PaymentEvent, PaymentState
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


async def test_a_sale_that_waits_knows_that_a_late_reversal_took_its_card_back() -> None:
    async with Counter() as counter:
        await counter.start()
        sale_id = ulid()
        tenders = [{"type": "card", "amount": 500}, {"type": "card"}]
        counter.terminal.faults.switch("decline", on=False)
        first = asyncio.create_task(counter.sell(sale_id, tenders=tenders))
        heard = counter.daemon.events.subscribe()
        while (await next_event(heard, "payment_changed"))["state"] != "CONFIRMED":
            pass
        counter.terminal.faults.switch("decline", on=True)
        assert (await first)["paid"] == 500
        counter.terminal.faults.switch("decline", on=False)
        counter.terminal.faults.switch("drop_before_completion", on=True)
        await counter.post(f"/v1/sales/{sale_id}/cancel", {})
        while (await next_event(heard, "payment_changed"))["state"] != "APPROVED":
            pass
        while (await next_event(heard, "sale_changed"))["totals"]["paid"] != 0:
            pass
        assert counter.terminal.ledger.booked() == 0
        async with asyncio.timeout(20):
            while not (await counter.get(f"/v1/sales/{sale_id}")).json()["finished"]:
                continue
        again = await counter.post(f"/v1/sales/{sale_id}/cancel", {})
        assert again.json()["state"] == "cancelled", again.text
