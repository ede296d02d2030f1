"""A till from opening to closing, and what it refuses."""

import itertools
from collections.abc import AsyncIterator
from typing import Any

import pytest

from edge_daemon.app.books import PROJECTIONS
from edge_daemon.journal.rebuilding import differing_rows
from edge_daemon.records.payloads import (
    DrawerEvent,
    PeriodReport,
    TenderControl,
    TillCount,
    TillSession,
)
from tests.stories.a_day import TILL, Day
from tests.stories.counter import CARD, Counter, ulid
from tests.stories.office_books import books_agree


@pytest.fixture
async def counter() -> AsyncIterator[Counter]:
    async with Counter() as counter:
        await counter.start()
        yield counter
        await books_agree(counter)


@pytest.fixture
async def day(counter: Counter) -> Day:
    return Day(counter)


def rebuilt(counter: Counter) -> dict[str, int]:
    return differing_rows(counter.daemon.journal.path, PROJECTIONS, lambda _: None)


async def test_a_day_from_opening_to_z_agrees_to_the_cent(day: Day, counter: Counter) -> None:
    session = await day.open()
    await counter.sell()  # 10.02 in cash, rounded to 10.00
    await counter.sell(**CARD)  # 10.02
    await counter.sell(training=True)
    await day.move(session, "loan", 5000)
    await day.move(session, "paid_out", 1250, reason="expense", document_ref="bon-7")
    await day.move(session, "safe_drop", 10000)
    await day.move(session, "deposit", 2000, bag_id="bag-1")
    expected = 15000 + 1000 + 5000 - 1250 - 10000 - 2000
    assert await day.expected(session) == expected
    x = await day.report("X")
    counted = await day.count(session, expected - 5, reason="gevallen")
    assert (counted["expected"], counted["difference"]) == (expected, -5)
    assert (await day.change(session, "close"))["state"] == "closed"
    z = await day.report("Z")
    receipts = 1002 + 1002
    assert z.total_cash_sales == x.total_cash_sales == receipts
    assert sum(row.base + row.vat for row in z.sales_vat) == receipts
    assert {row.tender_type: row.amount for row in z.payments} == {
        "Cash": 1000,
        "CreditDebit": 1002,
    }
    assert z.rounding_total == -2
    assert sum(row.amount for row in z.payments) == z.total_cash_sales + z.rounding_total
    cash = next(row for row in z.tender_differences if row.tender_type == "Cash")
    assert (cash.expected, cash.counted, cash.difference) == (expected, expected - 5, -5)
    assert (z.receipt_count, z.training.count, z.opening_float) == (2, 1, 15000)
    assert [row.type for row in z.pay_outs or ()] == ["BankDeposit", "SafeDrop", "expense"]
    assert (z.grand_total_sales, z.grand_total_returns) == (receipts, 0)
    after = await day.report("X")
    assert (after.total_cash_sales, after.grand_total_sales) == (0, receipts)
    assert set(rebuilt(counter).values()) == {0}


async def test_entries_of_a_shift_name_it(day: Day, counter: Counter) -> None:
    before = await counter.sell()
    session = await day.open()
    during = await counter.sell()
    await day.close(session)
    after = await counter.sell()
    shifts: dict[str, set[str | None]] = {}
    for entry in await counter.entries():
        shifts.setdefault(entry.api_idempotency_key or "", set()).add(entry.till_session_id)
    assert shifts[before["id"]] == {None}
    assert shifts[during["id"]] == {session}
    assert shifts[after["id"]] == {None}


async def test_z_numbers_have_no_gap_and_each_covers_what_the_one_before_did_not(
    day: Day, counter: Counter
) -> None:
    for _ in range(3):
        await counter.sell()
        await day.report("X")
        await day.report("Z")
    reports = await counter.payloads(PeriodReport)
    zs = [each for each in reports if each.kind == "Z"]
    assert [each.z_number for each in zs] == [1, 2, 3]
    assert [each.z_number for each in reports if each.kind == "X"] == [None] * 3
    positions = [(each.first_position, each.last_position) for each in zs]
    for (_, last), (first, _) in itertools.pairwise(positions):
        assert int(first.split(".")[1]) == int(last.split(".")[1]) + 1
    hashes = {each.last_position: each.last_hash for each in zs}
    stored = await counter.daemon.journal.read_after(None, limit=10_000, max_bytes=1 << 30)
    assert hashes.items() <= {str(each.position): each.hash for each in stored}.items()
    assert [each.figures.grand_total_sales for each in zs] == [1002, 2004, 3006]


async def test_a_report_is_printed_and_printed_again_as_a_copy(day: Day, counter: Counter) -> None:
    await counter.sell()
    report = ulid()
    made = await day.put(f"/v1/period-reports/{report}", kind="Z")
    assert made["paper"]["state"] == "printed"
    paper = counter.printer.receipts[-1].text
    assert "Z-RAPPORT 1" in paper
    assert "10,02" in paper
    copy = await day.put(f"/v1/period-reports/{report}/copies/{ulid()}")
    assert (copy["copy_number"], copy["state"]) == (1, "printed")
    again = counter.printer.receipts[-1].text
    assert "KOPIE 1" in again
    assert [line for line in paper.splitlines() if line in again] == paper.splitlines()
    assert (await day.report("X")).copies.count == 1


async def test_a_till_is_opened_once(day: Day, counter: Counter) -> None:
    session = await day.open()
    told = await day.refused(f"/v1/till-sessions/{ulid()}", opening_float=1)
    assert session in told
    again = await day.put(f"/v1/till-sessions/{session}", opening_float=15000)
    assert again["state"] == "open"
    assert len(await counter.payloads(TillSession)) == 1


async def test_the_date_is_confirmed_before_a_till_opens(day: Day, counter: Counter) -> None:
    if (await counter.get("/v1/clock")).json()["confirmation_needed"]:
        told = await day.refused(f"/v1/till-sessions/{ulid()}")
        assert "confirm the date" in told
        await day.open()
        opened = (await counter.payloads(TillSession))[0]
        assert opened.date_confirmed.operator_id == "op-1"
        assert opened.date_confirmed.source == "Register"
    else:
        await day.open()
        assert (await counter.payloads(TillSession))[0].date_confirmed is None


async def test_counting_twice_needs_a_reason_unless_money_has_moved(
    day: Day, counter: Counter
) -> None:
    session = await day.open()
    path = f"/v1/till-sessions/{session}/counts"
    await day.count(session, 15000)
    told = await day.refused(f"{path}/{ulid()}", kind="settle", counted=14000)
    assert "counted already" in told
    again = await day.count(session, 14000, recount_reason="rol vergeten", reason="weg")
    assert again["difference"] == -1000
    await counter.sell()
    assert "Money has moved" in await day.refused(
        f"/v1/till-sessions/{session}/changes/{ulid()}", event="close"
    )
    await day.count(session, 15000 + 1000)
    assert (await day.change(session, "close"))["state"] == "closed"
    assert [each.counted for each in await counter.payloads(TillCount)] == [15000, 14000, 16000]
    assert "closed" in await day.refused(f"{path}/{ulid()}", kind="settle", counted=1)


async def test_a_till_is_closed_when_it_is_counted_and_its_difference_explained(day: Day) -> None:
    session = await day.open()
    path = f"/v1/till-sessions/{session}/changes/{ulid()}"
    assert "Count the cash" in await day.refused(path, event="close")
    await day.count(session, 14900)
    assert "differs by -100" in await day.refused(path, event="close")
    closed = await day.change(session, "close", reason="verkeerd teruggegeven")
    assert (closed["state"], closed["counts"][0]["difference"]) == ("closed", -100)


async def test_no_z_before_the_till_is_closed(day: Day) -> None:
    session = await day.open()
    told = await day.refused(f"/v1/period-reports/{ulid()}", kind="Z")
    assert session in told
    await day.report("X")
    await day.close(session)
    await day.report("Z")


async def test_a_sale_that_waits_keeps_the_till_open(day: Day, counter: Counter) -> None:
    session = await day.open()
    counter.terminal.faults.switch("decline", on=True)
    sale = await counter.sell(tenders=[{"type": "cash", "amount": 200}, {"type": "card"}])
    assert sale["state"] == "awaiting_tender"
    assert await day.expected(session) == 15200, "its cash lies in the drawer"
    await day.count(session, 15200)
    path = f"/v1/till-sessions/{session}/changes/{ulid()}"
    assert sale["id"] in await day.refused(path, event="close")
    await counter.post(f"/v1/sales/{sale['id']}/cancel", {"reason": "weggelopen"})
    assert await day.expected(session) == 15000
    await day.close(session)


async def test_a_suspended_till_sells_nothing_until_it_is_resumed(
    day: Day, counter: Counter
) -> None:
    session = await day.open()
    assert (await day.change(session, "suspend", reason="pauze"))["state"] == "suspended"
    refused = await counter.put(f"/v1/sales/{ulid()}", {**TILL, **_basket()})
    assert refused.status_code == 409
    assert "resume it first" in refused.json()["error"]["message"]
    assert "suspended" in await day.refused(
        f"/v1/till-sessions/{session}/movements/{ulid()}",
        kind="loan",
        amount=1,
        reason="x",
    )
    await day.change(session, "resume")
    await counter.sell()
    assert await day.expected(session) == 16000


async def test_a_blind_close_leaves_the_counting_for_later(day: Day, counter: Counter) -> None:
    first = await day.open()
    await counter.sell()
    assert (await day.change(first, "blind_close"))["state"] == "blind_closed"
    second = await day.open()
    await counter.sell()
    assert first in await day.refused(f"/v1/period-reports/{ulid()}", kind="Z")
    await day.count(first, 16000, blind=True)
    await day.change(first, "close")
    assert await day.expected(second) == 16000
    await day.close(second)
    z = await day.report("Z")
    cash = next(row for row in z.tender_differences if row.tender_type == "Cash")
    assert (cash.expected, cash.counted, cash.difference) == (32000, 32000, 0)


async def test_money_opens_the_drawer_once_with_its_cause(day: Day, counter: Counter) -> None:
    session = await day.open(open_drawer=True)
    moved = await day.move(session, "pickup", 5000, open_drawer=True)
    assert moved["drawer_opening"]["state"] == "opened"
    opened = [each for each in await counter.payloads(DrawerEvent) if each.event == "Opened"]
    assert [each.cause for each in opened if each.intent_id] == ["Control", "Control"]
    controls = await counter.payloads(TenderControl)
    assert [each.kind for each in controls] == ["OpeningFloat", "TenderPickup"]


@pytest.mark.parametrize(
    ("body", "missing"),
    [
        ({"kind": "deposit", "reason": "bank"}, "bag"),
        ({"kind": "paid_out", "reason": "expense"}, "slip"),
        ({"kind": "loan", "reason": "x", "denominations": [{"value": 50, "count": 3}]}, "150"),
    ],
)
async def test_a_movement_says_what_it_needs(day: Day, body: dict[str, Any], missing: str) -> None:
    session = await day.open()
    path = f"/v1/till-sessions/{session}/movements/{ulid()}"
    assert missing in await day.refused(path, status=400, amount=100, **body)


def _basket() -> dict[str, Any]:
    line = {"description": "A", "quantity_milli": 1000, "unit_price": 100, "tax_code": "low"}
    return {"lines": [line], "tenders": [{"type": "cash", "amount": 100}]}
