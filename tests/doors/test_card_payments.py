import asyncio
import json
from typing import Any

import pytest

from edge_daemon.records.payloads import PaymentEvent
from tests.doors.tills import TillCounter, until
from tests.shifting_loop import advance

START = "/hw_proxy/payment_terminal_transaction_start"


def info(**changes: Any) -> dict[str, Any]:
    """What the OCA's module sends: JSON inside a string."""
    stated = {
        "amount": 12.5,
        "currency_iso": "EUR",
        "currency_decimals": 2,
        "payment_mode": "card",
        "payment_id": "c12",
        "order_id": "Order 00001-001-0001",
        "terminal_id": "0",
    } | changes
    return {"payment_info": json.dumps({k: v for k, v in stated.items() if v is not None})}


async def transaction(counter: TillCounter, number: int) -> dict[str, Any]:
    """Find it as the client does: by walking every driver."""
    status = await counter.result("/hw_proxy/status_json", {"terminal_id": "0"})
    for driver in status.values():
        if driver.get("is_terminal") and driver.get("transactions"):
            for each in driver["transactions"].values():
                if each["transaction_id"] == number and type(each["transaction_id"]) is int:
                    found: dict[str, Any] = each
                    return found
    raise AssertionError(status)


async def outcome(counter: TillCounter, number: int) -> dict[str, Any]:
    """Poll until `success` is not null any more."""
    while (found := await transaction(counter, number))["success"] is None:
        pass
    return found


async def test_a_payment_is_answered_at_once_and_succeeds_in_the_status() -> None:
    async with TillCounter(auto=False) as counter:
        await counter.start()
        begun = await counter.result(START, info())
        assert begun["success"] is None
        assert begun["reference"] is None
        await counter.terminal.until("waiting_for_card")
        status = await counter.result("/hw_proxy/status_json")
        assert status["terminal"]["in_transaction"] is True
        assert (await transaction(counter, begun["transaction_id"]))["success"] is None
        await counter.terminal.hand("tap")
        paid = await outcome(counter, begun["transaction_id"])
        assert paid["success"] is True
        assert paid["reference"]
        assert counter.terminal.ledger.booked() == 1250
        status = await counter.result("/hw_proxy/status_json")
        (entry,) = status["terminal"]["latest_transactions"]["Order 00001-001-0001"]
        assert entry["amount_cents"] == 1250


async def test_the_same_start_sent_twice_is_one_payment_also_after_a_restart() -> None:
    async with TillCounter() as counter:
        await counter.start()
        first, second = await asyncio.gather(*(counter.result(START, info()) for _ in range(2)))
        assert first["transaction_id"] == second["transaction_id"]
        await outcome(counter, first["transaction_id"])
        await counter.stop()
        await counter.start()
        again = await counter.result(START, info())
        assert again["transaction_id"] == first["transaction_id"]
        assert again["success"] is True
        assert counter.terminal.ledger.booked() == 1250


async def test_a_declined_card_is_false_and_the_same_line_may_be_tried_again() -> None:
    async with TillCounter() as counter:
        await counter.start()
        counter.terminal.faults.switch("decline", on=True)
        first = await counter.result(START, info())
        declined = await outcome(counter, first["transaction_id"])
        assert declined["success"] is False
        assert declined["status_details"]
        counter.terminal.faults.switch("decline", on=False)
        second = await counter.result(START, info())
        assert second["transaction_id"] > first["transaction_id"]
        assert (await outcome(counter, second["transaction_id"]))["success"] is True


async def test_a_lost_answer_stays_null_until_a_person_decides_and_is_not_paid_again() -> None:
    async with TillCounter() as counter:
        await counter.start()
        for fault in ("drop_before_status_information", "swapped_while_down"):
            counter.terminal.faults.switch(fault, on=True)
        number = (await counter.result(START, info()))["transaction_id"]
        states: list[str] = []
        while "MANUAL_REVIEW" not in states:
            advance(0.2)
            assert (await transaction(counter, number))["success"] is None
            states = [each.state for each in await counter.payloads(PaymentEvent)]
        await counter.stop()
        await counter.start(devices=False)
        assert (await transaction(counter, number))["success"] is None
        assert (await counter.result(START, info()))["transaction_id"] == number
        payment = (await counter.payloads(PaymentEvent))[-1].payment_id
        decision = {"state": "APPROVED", "operator_id": "op-17", "reason": "the slip says so"}
        assert (await counter.post(f"/v1/payments/{payment}/resolve", decision)).status_code == 200
        assert (await outcome(counter, number))["success"] is True


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": 0},
        {"amount": -1},
        {"amount": 1.005},
        {"amount": "x"},
        {"amount": None},
        {"amount": 1e30},
        {"amount": True},
        {"currency_iso": "USD"},
        {"currency_decimals": "2"},
        {"payment_mode": "check"},
    ],
)
async def test_what_cannot_be_paid_is_false_and_never_reaches_the_terminal(
    wrong: dict[str, Any],
) -> None:
    async with TillCounter() as counter:
        await counter.start(devices=False)
        assert await counter.result(START, info(**wrong)) is False
        assert await counter.payloads(PaymentEvent) == []


async def test_without_an_order_a_second_start_is_refused_while_one_is_open() -> None:
    async with TillCounter(auto=False) as counter:
        await counter.start()
        oldest = info(order_id=None, payment_id=None)
        assert (await counter.result(START, oldest))["success"] is None
        assert await counter.result(START, oldest) is False
        await counter.terminal.until("waiting_for_card")
        await counter.terminal.hand("tap")
        transactions = counter.daemon.doors._transactions  # type: ignore[union-attr]  # it is open
        await until(lambda: all(each and each.approved for each in transactions._stand.values()))
        assert (await counter.result(START, oldest))["success"] is None


async def test_amounts_of_javascript_are_rounded_to_the_cent() -> None:
    async with TillCounter() as counter:
        await counter.start()
        begun = await counter.result(START, info(amount=0.1 + 0.2))
        assert (await outcome(counter, begun["transaction_id"]))["success"] is True
        assert counter.terminal.ledger.booked() == 30
