"""A terminal's last numbers decide every doubt: the till knows them as they are, or asks."""

import asyncio
from typing import Any

from edge_daemon.records.payloads import PaymentEvent, PaymentState
from tests.stories.counter import Counter, ulid


async def _pay(counter: Counter, amount: int) -> dict[str, Any]:
    response = await counter.put(
        f"/v1/payments/{ulid()}", {"workstation": "till-1", "amount": amount}
    )
    payment: dict[str, Any] = response.json()
    return await _ended(counter, payment["id"])


async def _ended(counter: Counter, payment_id: str) -> dict[str, Any]:
    heard = counter.daemon.events.subscribe()
    async with asyncio.timeout(20):
        while True:
            payment: dict[str, Any] = (await counter.get(f"/v1/payments/{payment_id}")).json()
            if payment["finished"]:
                return payment
            await anext(heard)


async def _created(counter: Counter) -> list[str | None]:
    events = await counter.payloads(PaymentEvent)
    return [each.last_receipt_number for each in events if each.state is PaymentState.CREATED]


async def test_a_number_that_was_taken_back_is_asked_for_before_the_next_payment() -> None:
    async with Counter() as counter:
        await counter.start()
        await _pay(counter, 100)
        counter.terminal.faults.switch("drop_after_commit", on=True)
        assert (await _pay(counter, 200))["state"] == "REVERSED"
        counter.terminal.faults.switch("drop_after_status_information", on=True)
        assert (await _pay(counter, 300))["state"] in {"REVERSED", "NOT_PROCESSED"}
        assert (await _pay(counter, 400))["approved"] is True
        assert await _created(counter) == [None, "0001", "0001", "0001"]
        assert counter.terminal.ledger.booked() == 500


async def test_after_a_stranger_s_booking_the_next_payment_starts_from_there() -> None:
    async with Counter() as counter:
        await counter.start()
        await _pay(counter, 100)
        for fault in ("drop_before_status_information", "keyed_other"):
            counter.terminal.faults.switch(fault, on=True)
        asked = await _pay(counter, 200)
        assert asked["needs_person"] is True, asked
        decision = {"state": "NOT_PROCESSED", "operator_id": "op-9", "reason": "not in its journal"}
        await counter.post(f"/v1/payments/{asked['id']}/resolve", decision)
        last = counter.terminal.ledger.last()
        assert last is not None
        assert (await _pay(counter, 300))["approved"] is True
        assert (await _created(counter))[-1] == f"{last.receipt_number:04d}"
