"""A day on which people do everything wrong: a clear answer each time, and nothing is lost."""

from typing import Any

import pytest

from edge_daemon.app.books import PROJECTIONS
from edge_daemon.journal.rebuilding import differing_rows
from edge_daemon.records.payloads import RetailTransaction
from tests.edge_daemon.test_clock import HOUR_US, NOON_UTC, Machine
from tests.stories.a_day import Day
from tests.stories.counter import Counter, basket, next_event, ulid
from tests.stories.staff import PINS, hire
from tests.stories.test_operators import StaffedCounter, no_sale

TODAY = NOON_UTC + 48 * HOUR_US
"""What the wall says; the box believes that it is noon of two days before."""
RETURN: dict[str, Any] = {"operator_id": "op-17", "tenders": [{"type": "cash"}]}


async def test_a_day_of_wrong_use_ends_with_books_that_agree(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    machine = Machine(monkeypatch)
    async with StaffedCounter() as counter:
        await counter.start()
        machine.run(1_000_000)
        await hire(counter)
        day = Day(counter)
        first = await _the_morning_with_a_wrong_clock(counter, day)
        session = await day.open()
        parked = ulid()
        await counter.put(f"/v1/suspended-sales/{parked}", basket())
        await _a_cashier_without_rights(day, session, first)
        await counter.sell()
        await _sign_on(day, "op-1")
        await _closing_too_early_and_counting_twice(day, session, parked)
        doubt = await _a_card_in_doubt(counter)
        path = f"/v1/period-reports/{ulid()}"
        report = await day.put(path, kind="Z", print=False, operator_id="op-1")
        figures = report["report"]["figures"]
        assert [each["payment_id"] for each in figures["unresolved_payments"]] == [doubt]
        assert "1 card payment(s) are not resolved" in report["problems"][0]
        assert (figures["total_cash_sales"], figures["receipt_count"]) == (2004, 2)
        await _nothing_is_lost(counter)


async def _the_morning_with_a_wrong_clock(counter: Counter, day: Day) -> str:
    """Selling goes on; opening the till asks for the date first."""
    await _sign_on(day, "op-17")
    sold = await counter.sell()
    told = await day.refused(f"/v1/till-sessions/{ulid()}", opening_float=15000)
    assert "confirm the date" in told
    body = {"operator_id": "op-1", "source": "Register", "moment_us": TODAY}
    answer = await counter.put(f"/v1/clock-confirmations/{ulid()}", body)
    assert answer.status_code == 200, answer.text
    found: str = sold["id"]
    return found


async def _a_cashier_without_rights(day: Day, session: str, sale_id: str) -> None:
    def back(pieces: int) -> list[dict[str, Any]]:
        named = {"transaction_id": sale_id, "line_id": "1"}
        return [{"quantity_milli": -1000 * pieces, "returns": named}]

    path = f"/v1/sales/{ulid()}"
    told = await day.refused(path, 400, lines=back(3), **RETURN)
    assert "2 can still come back of the 2 that were sold" in told
    assert "needs the right refund" in await day.refused(path, lines=back(1), **RETURN)
    told = await day.refused(f"/v1/drawer-openings/{ulid()}", **no_sale())
    assert "needs the right no_sale" in told
    change = f"/v1/till-sessions/{session}/changes/{ulid()}"
    assert "needs the right close" in await day.refused(change, event="close")


async def _a_card_in_doubt(counter: Counter) -> str:
    """Leave a payment that only a person can end."""
    counter.terminal.faults.switch("no_repeat_receipt", on=True)
    counter.terminal.faults.switch("drop_after_status_information", on=True)
    heard = counter.daemon.events.subscribe()
    payment_id = ulid()
    await counter.put(f"/v1/payments/{payment_id}", {"workstation": "till-1", "amount": 500})
    while (await next_event(heard, "payment_changed"))["state"] != "MANUAL_REVIEW":
        pass
    return payment_id


async def _closing_too_early_and_counting_twice(day: Day, session: str, parked: str) -> None:
    manager: dict[str, Any] = {"operator_id": "op-1"}
    change = f"/v1/till-sessions/{session}/changes/{ulid()}"
    report = f"/v1/period-reports/{ulid()}"
    assert session in await day.refused(report, kind="Z", **manager)
    assert parked in await day.refused(change, event="close", **manager)
    gone = basket(resumes=parked, reason="weg")
    assert (await day.counter.put(f"/v1/basket-cancellations/{ulid()}", gone)).status_code == 200
    assert "Count the cash" in await day.refused(change, event="close", **manager)
    expected = await day.expected(session)
    await day.count(session, expected, **manager)
    again = f"/v1/till-sessions/{session}/counts/{ulid()}"
    told = await day.refused(again, kind="settle", counted=expected - 100, **manager)
    assert "counted already" in told
    assert (await day.change(session, "close", **manager))["state"] == "closed"


async def _nothing_is_lost(counter: Counter) -> None:
    """Every receipt is there once, in its order, each on the day that the box believed in."""
    sales = [
        (entry.business_day_date, entry.payload.sequence_number)
        for entry in await counter.entries()
        if isinstance(entry.payload, RetailTransaction) and entry.payload.sequence_number
    ]
    assert sales == [("2026-11-21", 1), ("2026-11-23", 2)]
    rows = differing_rows(counter.daemon.journal.path, PROJECTIONS, lambda _: None)
    assert set(rows.values()) == {0}


async def _sign_on(day: Day, operator_id: str) -> None:
    body = {"operator_id": operator_id, "pin": PINS[operator_id]}
    assert (await day.put(f"/v1/sign-ons/{ulid()}", **body))["state"] == "signed_on"
