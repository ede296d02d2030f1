import asyncio
from typing import Any

import pytest

from edge_daemon.devices import Readiness
from edge_daemon.records.payloads import (
    DrawerEvent,
    Intent,
    PaymentEvent,
    PaymentState,
    RetailTransaction,
)
from tests.shifting_loop import advance
from tests.stories.counter import CARD, Counter, next_event, sale, ulid


async def test_a_cash_sale_opens_the_drawer_prints_and_gives_change() -> None:
    async with Counter() as counter:
        await counter.start()
        answer = await counter.sell()
        assert (answer["state"], answer["problems"]) == ("completed", [])
        assert (answer["total"], answer["rounding"], answer["change"]) == (1002, -2, 1000)
        assert answer["sequence_number"] == 1
        assert answer["drawer"]["state"] == "opened"
        assert answer["drawer"]["sensed"] is True
        assert answer["receipt"]["state"] == "printed"
        receipt = await counter.printer.wait_for_receipt()
        assert "Pindakaas" in receipt.text
        assert "Wisselgeld" in receipt.text
        assert len(counter.printer.drawer_pulses) == 1
        assert counter.printer.complaints == []


async def test_a_contactless_sale_charges_once_and_prints_the_slip() -> None:
    async with Counter() as counter:
        await counter.start()
        answer = await counter.sell(**CARD)
        assert answer["state"] == "completed"
        assert answer["payments"][0]["state"] == "CONFIRMED"
        assert answer["tenders"][0]["card"]["entry_mode"] == "Contactless"
        assert answer["drawer"] is None
        assert counter.terminal.ledger.booked() == 1002
        receipt = await counter.printer.wait_for_receipt()
        assert "AKKOORD" in receipt.text
        assert counter.printer.drawer_pulses == []


async def test_the_intent_comes_before_everything_and_the_sale_before_its_paper() -> None:
    async with Counter() as counter:
        await counter.start()
        sale_id = ulid()
        await counter.sell(sale_id, **CARD)
        kinds = [
            type(each.payload).__name__
            for each in await counter.entries()
            if each.api_idempotency_key == sale_id
        ]
        assert kinds == [
            "Intent",
            *["PaymentEvent"] * 5,
            "RetailTransaction",
            *["ReceiptEvent"] * 3,
            "Outcome",
        ]
        intents = await counter.payloads(Intent)
        assert intents[-1].request["lines"][0]["description"] == "Pindakaas"


@pytest.mark.parametrize("tenders", [sale()["tenders"], CARD["tenders"]], ids=["cash", "card"])
async def test_the_same_sale_sent_twice_is_one_sale(tenders: list[Any]) -> None:
    async with Counter() as counter:
        await counter.start()
        sale_id = ulid()
        first = await counter.sell(sale_id, tenders=tenders)
        second = await counter.sell(sale_id, tenders=tenders)
        assert second == first
        assert len(await counter.payloads(RetailTransaction)) == 1
        assert len(counter.printer.receipts) == 1
        assert len(counter.terminal.ledger.entries()) == (1 if tenders == CARD["tenders"] else 0)


async def test_the_same_sale_sent_while_the_first_is_running_joins_it() -> None:
    async with Counter(auto=False) as counter:
        await counter.start()
        sale_id = ulid()
        calls = [asyncio.create_task(counter.sell(sale_id, **CARD)) for _ in range(3)]
        await counter.terminal.until("waiting_for_card")
        calls.append(asyncio.create_task(counter.sell(sale_id, **CARD)))
        await counter.terminal.hand("tap")
        answers = await asyncio.gather(*calls)
        assert all(answer == answers[0] for answer in answers)
        assert len(counter.terminal.ledger.entries()) == 1
        assert len(await counter.payloads(RetailTransaction)) == 1
        assert len(counter.printer.receipts) == 1


async def test_the_same_id_with_another_basket_is_a_conflict() -> None:
    async with Counter() as counter:
        await counter.start()
        sale_id = ulid()
        await counter.sell(sale_id)
        response = await counter.put(f"/v1/sales/{sale_id}", sale(operator_id="op-18"))
        assert response.status_code == 409
        assert len(await counter.payloads(RetailTransaction)) == 1


async def test_a_repeat_after_a_restart_gets_the_same_answer() -> None:
    async with Counter() as counter:
        await counter.start()
        sale_id = ulid()
        first = await counter.sell(sale_id, **CARD)
        await counter.stop()
        await counter.start()
        assert await counter.sell(sale_id, **CARD) == first
        assert len(counter.terminal.ledger.entries()) == 1


async def test_a_register_that_goes_away_does_not_stop_its_sale() -> None:
    async with Counter(auto=False) as counter:
        await counter.start()
        sale_id = ulid()
        call = asyncio.create_task(counter.sell(sale_id, **CARD))
        await counter.terminal.until("waiting_for_card")
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)
        await counter.terminal.hand("tap")
        answer = await counter.sell(sale_id, **CARD)
        assert answer["state"] == "completed"
        assert counter.terminal.ledger.booked() == 1002


async def test_a_declined_card_sells_nothing_and_cash_takes_its_place() -> None:
    async with Counter() as counter:
        await counter.start()
        counter.terminal.faults.switch("decline", on=True)
        sale_id = ulid()
        answer = await counter.sell(sale_id, **CARD)
        assert (answer["state"], answer["paid"], answer["due"]) == ("awaiting_tender", 0, 1002)
        assert answer["payments"][0]["approved"] is False
        assert answer["sequence_number"] is None
        assert counter.printer.receipts == []
        tender = {"type": "cash", "amount": 1000}
        response = await counter.put(f"/v1/sales/{sale_id}/tenders/{ulid()}", tender)
        answer = response.json()
        assert (answer["state"], answer["rounding"], answer["change"]) == ("completed", -2, 0)
        assert answer["drawer"]["state"] == "opened"
        assert answer["receipt"]["state"] == "printed"
        assert counter.terminal.ledger.booked() == 0


async def test_a_split_payment_whose_second_card_fails_can_be_cancelled() -> None:
    async with Counter(auto=False) as counter:
        await counter.start()
        sale_id = ulid()
        tenders = [{"type": "card", "amount": 500}, {"type": "card"}]
        call = asyncio.create_task(counter.sell(sale_id, tenders=tenders))
        await counter.terminal.until("waiting_for_card")
        await counter.terminal.hand("tap")
        await counter.terminal.until("idle")
        await counter.terminal.until("waiting_for_card")
        await counter.terminal.hand("refuse")
        answer = await call
        assert (answer["state"], answer["paid"], answer["due"]) == ("awaiting_tender", 500, 502)
        assert counter.terminal.ledger.booked() == 500
        await counter.terminal.hand("auto")
        response = await counter.post(f"/v1/sales/{sale_id}/cancel", {})
        assert response.status_code == 200, response.text
        assert (response.json()["state"], response.json()["paid"]) == ("cancelled", 0)
        assert counter.terminal.ledger.booked() == 0
        again = await counter.post(f"/v1/sales/{sale_id}/cancel", {})
        assert again.json()["state"] == "cancelled"


async def test_a_card_keyed_by_hand_is_a_tender_that_somebody_vouches_for() -> None:
    async with Counter() as counter:
        await counter.start()
        tender = {"type": "card", "standalone": True, "slip_number": "0815"}
        answer = await counter.sell(tenders=[tender])
        card = answer["tenders"][0]["card"]
        assert (card["standalone"], card["slip_number"]) == (True, "0815")
        assert card["entered_by"] == "op-17"
        assert counter.terminal.ledger.entries() == []
        assert "0815" in counter.printer.receipts[-1].text


async def test_training_touches_no_terminal_and_no_drawer_and_counts_for_itself() -> None:
    async with Counter() as counter:
        await counter.start()
        await counter.sell()
        await counter.printer.hand("close_drawer")
        cash = await counter.sell(training=True)
        card = await counter.sell(training=True, **CARD)
        assert (cash["sequence_number"], card["sequence_number"]) == (1, 2)
        assert counter.terminal.ledger.entries() == []
        assert len(counter.printer.drawer_pulses) == 1
        assert (await counter.sell())["sequence_number"] == 2
        assert "OEFENING" in counter.printer.receipts[1].text
        flags = {
            each.training
            for each in await counter.entries()
            if each.api_idempotency_key == cash["id"]
        }
        assert flags == {True}


async def test_paper_out_in_mid_receipt_leaves_the_sale_and_a_copy_can_be_printed() -> None:
    async with Counter() as counter:
        await counter.start()
        counter.printer.faults.switch("paper_out_mid_receipt", on=True)
        answer = await counter.sell()
        assert answer["state"] == "completed"
        assert answer["receipt"]["state"] in ("failed", "unknown")
        assert answer["problems"] != []
        counter.printer.faults.switch("paper_out_mid_receipt", on=False)
        await counter.printer.hand("replace_paper")
        await counter.printer.wait_for(lambda printer: printer.settled)
        response = await counter.put(
            f"/v1/sales/{answer['id']}/receipt-copies/{ulid()}", {}, wait=20
        )
        assert response.json()["state"] == "printed", response.text
        assert response.json()["copy_number"] == 1
        assert "KOPIE" in counter.printer.receipts[-1].text
        shown = (await counter.get(f"/v1/sales/{answer['id']}")).json()
        assert shown["sequence_number"] == answer["sequence_number"]
        assert shown["receipt"]["state"] == answer["receipt"]["state"]


async def test_a_drawer_under_an_open_cover_does_not_fire_when_the_cover_is_closed() -> None:
    async with Counter() as counter:
        await counter.start()
        counter.printer.faults.switch("no_real_time_pulse", on=True)
        await counter.stop()
        await counter.start()
        await counter.printer.hand("open_cover")
        answer = await counter.sell()
        assert answer["state"] == "completed"
        assert answer["drawer"]["state"] == "failed"
        advance(60)
        await counter.printer.hand("close_cover")
        await counter.printer.wait_for(lambda printer: printer.settled)
        job = await counter.put(f"/v1/sales/{answer['id']}/receipt-copies/{ulid()}", {}, wait=20)
        assert job.json()["state"] == "printed"
        assert counter.printer.drawer_pulses == []
        assert [event.event for event in await counter.payloads(DrawerEvent)] == ["Failed"]


async def test_a_scan_reaches_the_register_also_after_the_scanner_was_unplugged() -> None:
    async with Counter() as counter:
        daemon = await counter.start()
        heard = daemon.events.subscribe()
        await counter.scanner.hand("scan", data="8710400145981")
        assert (await next_event(heard, "scan"))["gtin"] == "08710400145981"
        await counter.scanner.hand("unplug")
        async with asyncio.timeout(10):
            await daemon.devices.wait_until("scanner", Readiness.OFFLINE)
        await counter.scanner.hand("plug_in")
        async with asyncio.timeout(10):
            await daemon.devices.wait_until_online("scanner")
        await counter.scanner.hand("scan", data="8710400145981")
        assert (await next_event(heard, "scan"))["gtin"] == "08710400145981"


async def test_a_lost_link_after_approval_is_resolved_without_a_second_charge() -> None:
    async with Counter() as counter:
        await counter.start()
        counter.terminal.faults.switch("drop_before_completion", on=True)
        sale_id = ulid()
        heard = counter.daemon.events.subscribe()
        answer = await counter.sell(sale_id, **CARD)
        assert answer["state"] == "awaiting_tender"
        while (await next_event(heard, "sale_changed"))["status"] != "Completed":
            pass
        answer = (await counter.get(f"/v1/sales/{sale_id}", wait=20)).json()
        assert counter.terminal.ledger.booked() == 1002
        states = [event.state for event in await counter.payloads(PaymentEvent)]
        assert states[-1] is PaymentState.APPROVED
        assert states.count(PaymentState.SENT) == 1
        assert answer["sequence_number"] == 1
