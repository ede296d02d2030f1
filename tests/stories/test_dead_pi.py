"""A box dies with its card; a blank one takes its place and sells on."""

import json
import pathlib
import time
from collections.abc import Callable
from typing import Any

from central_office.report import read_entries, read_report
from edge_daemon.app.books import carry_over
from edge_daemon.records.payloads import RetailTransaction, SystemEvent
from simulators.broker import Broker
from tests.entries import EDGE, ORGANIZATION, STORE
from tests.relaying import Tap
from tests.stories.a_day import Day
from tests.stories.counter import Counter, next_event, ulid
from tests.stories.head_office import a_counter, acknowledged, remembered, stored

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
        counter.lose_the_card()
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


async def _in_doubt(counter: Counter) -> str:
    """Leave a payment that only a person can end, and return its id."""
    counter.terminal.faults.switch("no_repeat_receipt", on=True)
    counter.terminal.faults.switch("drop_after_status_information", on=True)
    heard = counter.daemon.events.subscribe()
    payment_id = ulid()
    await counter.put(f"/v1/payments/{payment_id}", {"workstation": "till-1", "amount": 500})
    while (await next_event(heard, "payment_changed"))["state"] != "MANUAL_REVIEW":
        pass
    return payment_id


async def test_a_blank_box_goes_on_with_what_the_real_office_kept(
    tmp_path: pathlib.Path, record_testsuite_property: Callable[[str, object], None]
) -> None:
    database = tmp_path / "office.db"
    async with Broker() as broker, a_counter(broker, database) as counter:
        await counter.sell()
        await counter.sell(training=True)
        doubt = await _in_doubt(counter)
        await acknowledged(counter)
        kept = await remembered(counter, broker)
        own = await counter.daemon.journal.query(carry_over)
        old = await stored(counter)
        await counter.crash()
        counter.lose_the_card()
        begun = time.monotonic()
        await counter.start()
        await counter.sell()
        took = time.monotonic() - begun
        await acknowledged(counter)
        start = (await counter.payloads(SystemEvent))[0]
        problems = (await counter.get("/v1/health")).json()["problems"]
        assert await _numbers(counter) == [2]
        report = await Day(counter).put(f"/v1/period-reports/{ulid()}", kind="X", print=False)
        new = await stored(counter)
    record_testsuite_property("blank box to first sale, s", took)
    assert took < FIRST_SALE_SECONDS
    assert any(doubt in problem for problem in problems)
    lost = f"{start.previous_epoch}.{start.previous_seq}"
    assert report["report"]["not_covered"] == [lost]
    assert f"up to {lost} is not in these figures" in " ".join(report["problems"])
    assert report["report"]["figures"]["total_cash_sales"] == 1002
    assert report["report"]["figures"]["grand_total_sales"] > 1002
    assert kept.workstations == own.workstations
    assert kept.unresolved_payments == own.unresolved_payments
    assert start.carried_over.unresolved_payments == own.unresolved_payments
    assert list(read_entries(database, EDGE)) == old + new
    first, second = read_report(database).streams
    assert (second.link_alarm, second.lag) == (None, 0)
    assert first.up_to_seq == len(old)


async def test_a_blank_box_without_a_broker_sells_after_a_bounded_wait() -> None:
    async with Counter(relay=_relay(1, wait=0.5)) as counter:
        begun = time.monotonic()
        await counter.start()
        await counter.sell()
        assert time.monotonic() - begun < FIRST_SALE_SECONDS
        assert await _numbers(counter) == [1]
