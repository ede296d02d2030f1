"""The till's day over power cuts, restores, a lost card, payments in doubt and a wrong clock."""

import asyncio
import collections
import pathlib
from typing import Any

import pytest

from edge_daemon.app.books import PROJECTIONS, carry_over
from edge_daemon.cli import main
from edge_daemon.journal.rebuilding import differing_rows
from edge_daemon.records.payloads import (
    DrawerEvent,
    PeriodReport,
    SystemEvent,
    TenderControl,
    TillCount,
    TillSession,
)
from simulators.broker import Broker
from tests.stories.a_day import TILL, Day
from tests.stories.counter import CARD, Counter, PowerCut, next_event, ulid
from tests.stories.head_office import a_counter, acknowledged, remembered

COMMITS = {"open": 3, "move": 3, "count": 1, "close": 1, "report": 4}
"""Of each act: the fact, the drawer or the paper, the end. Some share one on a quick machine."""


def _acts(session: str) -> dict[str, tuple[str, dict[str, Any]]]:
    """One request for each act of a day, in their order."""
    path = f"/v1/till-sessions/{session}"
    move = {"kind": "pickup", "amount": 100, "reason": "kluis"}
    return {
        "open": (path, {"opening_float": 15000, "open_drawer": True}),
        "move": (f"{path}/movements/{ulid()}", move),
        "count": (f"{path}/counts/{ulid()}", {"kind": "settle", "counted": 14900}),
        "close": (f"{path}/changes/{ulid()}", {"event": "close"}),
        "report": (f"/v1/period-reports/{ulid()}", {"kind": "Z"}),
    }


async def _cut(counter: Counter, path: str, body: dict[str, Any], cut: PowerCut) -> None:
    call = asyncio.create_task(counter.put(path, TILL | body, wait=5))
    cutting = asyncio.create_task(cut.happened.wait())
    await asyncio.wait({call, cutting}, timeout=10, return_when=asyncio.FIRST_COMPLETED)
    await counter.crash()
    for task in (call, cutting):
        task.cancel()
    await asyncio.gather(call, cutting, return_exceptions=True)
    await counter.start()
    await Day(counter).confirm_the_date()


@pytest.mark.timeout(240)  # seventeen restarts
async def test_each_act_of_a_day_happens_once_or_not_at_all() -> None:
    async with Counter() as counter:
        await counter.start()
        await Day(counter).confirm_the_date()
        days = max(COMMITS.values()) + 1
        for commit in range(days):  # before the first, then right after each
            for name, (path, body) in _acts(ulid()).items():
                if commit <= COMMITS[name]:
                    cut = PowerCut(counter.daemon, commit or 1, after=commit > 0)
                    await _cut(counter, path, body, cut)
                answer = await counter.put(path, TILL | body)
                assert answer.status_code == 200, answer.text
                again = await counter.put(path, TILL | body)
                assert again.json() == answer.json()
        sessions = [each.event for each in await counter.payloads(TillSession)]
        assert sessions == ["Open", "Close"] * days
        assert len(await counter.payloads(TillCount)) == days
        assert len(await counter.payloads(TenderControl)) == 2 * days
        reports = await counter.payloads(PeriodReport)
        assert [each.z_number for each in reports] == list(range(1, days + 1))
        pulses = collections.Counter(
            each.intent_id for each in await counter.payloads(DrawerEvent) if each.intent_id
        )
        assert set(pulses.values()) == {1}
        assert (
            await counter.daemon.tills._acts._acts.open_intents("open_till", "period_report") == []
        )
        rows = differing_rows(counter.daemon.journal.path, PROJECTIONS, lambda _: None)
        assert set(rows.values()) == {0}


async def test_a_z_lists_a_payment_in_doubt_and_closes() -> None:
    async with Counter() as counter:
        await counter.start()
        day = Day(counter)
        session = await day.open()
        await counter.sell(**CARD)
        counter.terminal.faults.switch("no_repeat_receipt", on=True)
        counter.terminal.faults.switch("drop_after_status_information", on=True)
        heard = counter.daemon.events.subscribe()
        waiting = await counter.sell(**CARD)
        while (await next_event(heard, "payment_changed"))["state"] != "MANUAL_REVIEW":
            pass
        assert waiting["state"] == "awaiting_tender"
        await day.close(session)
        report = ulid()
        made = await day.put(f"/v1/period-reports/{report}", kind="Z")
        figures = made["report"]["figures"]
        (doubt,) = figures["unresolved_payments"]
        assert (doubt["transaction_id"], doubt["requested_amount"]) == (waiting["id"], 1002)
        assert figures["total_cash_sales"] == 1002, "what is in doubt is not sold"
        assert "not resolved" in made["problems"][0]
        assert doubt["payment_id"] in counter.printer.receipts[-1].text
        assert len((await day.report("X")).unresolved_payments) == 1
        word = {"state": "APPROVED", "reason": "slip", "operator_id": "op-1"}
        answer = await counter.post(f"/v1/payments/{doubt['payment_id']}/resolve", word)
        assert answer.status_code in (200, 201), answer.text
        while (await counter.get(f"/v1/sales/{waiting['id']}")).json()["state"] != "completed":
            await next_event(heard, "sale_changed")
        x = await day.report("X")
        assert (x.unresolved_payments, x.total_cash_sales) == ((), 1002), "it counts when it falls"


async def test_a_terminals_totals_stand_beside_our_tenders() -> None:
    async with Counter() as counter:
        await counter.start()
        day = Day(counter)
        await counter.sell(**CARD)
        (row,) = (await day.report("X")).card_reconciliation
        assert (row.tender_count, row.tender_amount, row.terminal_amount) == (1, 1002, None)
        body = {"workstation": "till-1", "amount": 500}
        assert (await counter.put(f"/v1/payments/{ulid()}", body)).status_code == 200
        await counter.put(f"/v1/reconciliations/{ulid()}", {"workstation": "till-1"})
        (row,) = (await day.report("Z")).card_reconciliation
        assert (row.tender_amount, row.terminal_amount, row.difference) == (1002, 1502, 500)
        assert (await day.report("X")).card_reconciliation == ()


async def test_totals_and_the_open_till_survive_a_restore(tmp_path: pathlib.Path) -> None:
    async with Counter() as counter:
        await counter.start()
        day = Day(counter)
        await counter.sell()
        await day.report("Z")
        session = await day.open()
        await counter.sell()
        before = await day.report("X")
        journal = counter.daemon.journal.path
        await counter.stop()
        backup = tmp_path / "backup.db"
        config = str(counter.configuration())
        for act in ("backup", "restore"):
            command = ["journal", act, str(backup), "--config", config]
            assert await asyncio.to_thread(main, command) == 0
        assert journal.exists()
        await counter.start()
        after = await day.report("X")
        start = [each for each in await counter.payloads(SystemEvent) if each.event == "EpochStart"]
        assert len(start) == 2
        assert start[1].carried_over.workstations[0].open_session == session
        assert after.grand_total_sales == before.grand_total_sales == 2004
        assert after.payments == before.payments
        await counter.sell()
        assert await day.expected(session) == 15000 + 2000
        await day.close(session)
        z = await day.report("Z")
        assert (z.grand_total_sales, z.total_cash_sales) == (3006, 2004)
        reports = [each for each in await counter.payloads(PeriodReport) if each.kind == "Z"]
        assert [each.z_number for each in reports] == [1, 2]
        epochs = [reports[1].first_position[:26], reports[1].last_position[:26]]
        assert epochs[0] != epochs[1], "a period may run over a change of epoch"


async def test_a_new_card_in_a_dead_box_goes_on_with_z_numbers_totals_and_the_open_till(
    tmp_path: pathlib.Path,
) -> None:
    async with Broker() as broker, a_counter(broker, tmp_path / "office.db") as counter:
        day = Day(counter)
        await counter.sell()
        await day.report("Z")
        session = await day.open()
        await counter.sell()
        await acknowledged(counter)
        kept = await remembered(counter, broker)
        own = await counter.daemon.journal.query(carry_over)
        assert kept.workstations == own.workstations
        (numbers,) = own.workstations
        assert (numbers.next_z_number, numbers.grand_total_sales) == (2, 2004)
        await counter.crash()
        counter.lose_the_card()
        await counter.start()
        await day.confirm_the_date()
        state = (await counter.get(f"/v1/till-sessions/{session}")).json()
        assert (state["state"], state["carried_over"]) == ("open", True)
        assert "card that was lost" in state["problems"][0]
        await counter.sell()
        x = await day.report("X")
        assert (x.grand_total_sales, x.total_cash_sales) == (3006, 1002)
        await day.count(session, 17000, reason="kaart vervangen")
        await day.change(session, "close")
        await day.report("Z")
        (z,) = [each for each in await counter.payloads(PeriodReport) if each.kind == "Z"]
        assert (z.z_number, z.figures.grand_total_sales) == (2, 3006)


async def test_a_clock_that_was_wrong_all_morning_loses_no_sale() -> None:
    async with Counter() as counter:
        await counter.start()
        day = Day(counter)
        session = await day.open()
        await counter.sell()
        clock, now = counter.daemon.journal.clock, counter.daemon.journal.clock.now_us
        hours = 5 * 3_600_000_000
        clock.now_us = lambda: now() - hours  # type: ignore[method-assign]  # it falls back
        await counter.sell()
        clock.now_us = now  # type: ignore[method-assign]  # and is set right
        await counter.sell()
        await day.close(session)
        z = await day.report("Z")
        assert (z.receipt_count, z.total_cash_sales) == (3, 3006)
        steps = [each for each in await counter.payloads(SystemEvent) if each.event == "ClockStep"]
        assert [each.clock_step_us < 0 for each in steps] == [True, False]
