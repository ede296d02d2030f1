"""A box dies with its card; a blank one takes its place and sells on."""

import json
import shutil
import time
from typing import Any

from edge_daemon.records.payloads import RetailTransaction, SystemEvent
from simulators.broker import Broker
from tests.entries import EDGE, ORGANIZATION, STORE
from tests.relaying import Tap
from tests.stories.counter import Counter

RESUME = f"pos/v1/{ORGANIZATION}/{STORE}/{EDGE}/resume"
FIRST_SALE_SECONDS = 10.0


def _relay(port: int, wait: float = 5.0) -> str:
    return f"[relay]\nport = {port}\nresume_wait = {wait}\n"


async def _resume(counter: Counter, next_number: int, payments: list[Any]) -> bytes:
    head = counter.daemon.journal.head
    numbers = {
        "workstation_id": "till-1",
        "next_sequence_number": next_number,
        "next_training_number": 1,
    }
    message = {
        "epoch": head.epoch,
        "seq": head.seq,
        "hash": head.hash,
        "workstations": [numbers],
        "unresolved_payments": payments,
    }
    return json.dumps(message).encode()


async def _numbers(counter: Counter) -> list[int]:
    return [sale.sequence_number for sale in await counter.payloads(RetailTransaction)]


async def test_a_blank_box_sells_on_with_unbroken_numbers_and_the_payments_in_doubt() -> None:
    doubt = {
        "payment_id": "01M7YHZT83Q6W5N4C2R1B0A9ZX",
        "terminal_id": "12345678",
        "device_id": "terminal",
        "currency": "EUR",
        "kind": "Payment",
        "state": "MANUAL_REVIEW",
        "requested_amount": 1002,
        "since": 1795248000000000,
    }
    async with Broker() as broker, Counter(relay=_relay(broker.port)) as counter:
        await counter.start()
        for _ in range(3):
            await counter.sell()
        assert await _numbers(counter) == [1, 2, 3]
        old = counter.daemon.journal.head
        async with Tap(broker.port) as tap:
            await tap.publish(RESUME, await _resume(counter, 4, [doubt]), retain=True)
        await counter.crash()
        shutil.rmtree(counter.directory / "state")
        begun = time.monotonic()
        await counter.start()
        await counter.sell()
        took = time.monotonic() - begun
        start = (await counter.payloads(SystemEvent))[0]
        problems = (await counter.get("/v1/health")).json()["problems"]
        assert await _numbers(counter) == [4]
    assert took < FIRST_SALE_SECONDS
    assert start.event == "EpochStart"
    assert (start.reason, start.carried_over.source) == ("restored", "Resume")
    assert (start.previous_epoch, start.previous_seq) == (old.epoch, old.seq)
    assert start.previous_hash == old.hash
    assert any("01M7YHZT83Q6W5N4C2R1B0A9ZX" in problem for problem in problems)


async def test_a_blank_box_without_a_broker_sells_after_a_bounded_wait() -> None:
    async with Counter(relay=_relay(1, wait=0.5)) as counter:
        begun = time.monotonic()
        await counter.start()
        await counter.sell()
        assert time.monotonic() - begun < FIRST_SALE_SECONDS
        assert await _numbers(counter) == [1]
