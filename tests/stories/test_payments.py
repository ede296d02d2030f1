"""Card payments that do not go as planned: each has an outcome, an answer and a way out."""

import asyncio
import pathlib
from typing import Any

import httpx

from edge_daemon.records import JournalEntry
from edge_daemon.records.payloads import PaymentEvent, PaymentState
from simulators.payment_terminal import PaymentTerminal
from tests.stories.counter import CARD, Counter, next_event, ulid

WHO = {"operator_id": "op-9", "reason": "the slip says so"}


async def _pay(counter: Counter, amount: int = 500, **more: Any) -> dict[str, Any]:
    response = await counter.put(
        f"/v1/payments/{ulid()}", {"workstation": "till-1", "amount": amount} | more
    )
    payment: dict[str, Any] = response.json()
    return payment


class _WaitedFor(PaymentTerminal):
    """A terminal that is waited for however long it is silent."""

    def __init__(self, ledger: pathlib.Path) -> None:
        super().__init__(ledger=ledger, auto=True)

    def toml(self) -> str:
        return f"{super().toml()}\nacknowledgement_timeout = 60.0\n"


async def _in_manual_review(counter: Counter) -> dict[str, Any]:
    """A payment that the terminal cannot tell about any more."""
    counter.terminal.faults.switch("no_repeat_receipt", on=True)
    counter.terminal.faults.switch("drop_after_status_information", on=True)
    heard = counter.daemon.events.subscribe()
    payment = await _pay(counter)
    while (await next_event(heard, "payment_changed"))["state"] != "MANUAL_REVIEW":
        pass
    found: dict[str, Any] = (await counter.get(f"/v1/payments/{payment['id']}")).json()
    return found


async def test_a_payment_without_a_sale_is_taken_once() -> None:
    async with Counter() as counter:
        await counter.start()
        payment_id = ulid()
        order = {"terminal": "terminal", "amount": 500}
        first = await counter.put(f"/v1/payments/{payment_id}", order)
        again = await counter.put(f"/v1/payments/{payment_id}", order)
        assert first.json() == again.json()
        assert (first.json()["approved"], first.json()["state"]) == (True, "CONFIRMED")
        assert counter.terminal.ledger.booked() == 500


async def test_a_payment_commits_together_what_has_nothing_between() -> None:
    async with Counter() as counter:
        daemon = await counter.start()
        await _pay(counter)
        commits: list[list[str]] = []

        def note(entries: tuple[JournalEntry, ...]) -> None:
            commits.append([getattr(each.payload, "state", each.entry_type) for each in entries])

        daemon.journal.on_append(note)
        await _pay(counter)
        assert commits[0] == ["Intent", "CREATED", "SENT"]
        assert [state for commit in commits[1:] for state in commit] == [
            "IN_PROGRESS",
            "RESULT_RECEIVED",
            "CONFIRMED",
        ]
        assert commits[-1] == ["CONFIRMED"]


async def test_a_customer_who_takes_time_is_seen_to_be_at_the_terminal() -> None:
    async with Counter(auto=False) as counter:
        await counter.start()
        payment_id = ulid()
        heard = counter.daemon.events.subscribe()
        order = {"terminal": "terminal", "amount": 500}
        paying = asyncio.create_task(counter.put(f"/v1/payments/{payment_id}", order))
        while (await next_event(heard, "payment_changed"))["state"] != "IN_PROGRESS":
            pass
        await counter.terminal.hand("tap")
        assert (await paying).json()["state"] == "CONFIRMED"


async def test_a_silent_terminal_holds_up_no_other_terminal_s_doubt() -> None:
    async with (
        PaymentTerminal("other", auto=True) as other,
        Counter(relay=other.toml(), terminal=_WaitedFor) as counter,
    ):
        daemon = await counter.start()
        await daemon.devices.wait_until_online("other")
        for name in ("terminal", "other"):
            await counter.put(f"/v1/payments/{ulid()}", {"terminal": name, "amount": 100})

        def fall_silent(entries: tuple[JournalEntry, ...]) -> None:
            asked = [each.payload for each in entries if isinstance(each.payload, PaymentEvent)]
            if ("terminal", PaymentState.RESOLVING) in {(e.device_id, e.state) for e in asked}:
                counter.terminal.faults.switch("silent", on=True)

        daemon.journal.on_append(fall_silent)
        heard = daemon.events.subscribe()
        for terminal in (counter.terminal, other):
            terminal.faults.switch("drop_before_completion", on=True)
        first, second = ulid(), ulid()
        await counter.put(f"/v1/payments/{first}", {"terminal": "terminal", "amount": 500})
        while (await next_event(heard, "payment_changed"))["state"] != "RESOLVING":
            pass
        await counter.put(f"/v1/payments/{second}", {"terminal": "other", "amount": 700})
        while (await next_event(heard, "payment_changed"))["state"] != "APPROVED":
            pass
        states = [
            (await counter.get(f"/v1/payments/{each}")).json()["state"] for each in (first, second)
        ]
        assert states == ["RESOLVING", "APPROVED"]


async def test_a_payment_is_given_back_once_and_only_once() -> None:
    async with Counter() as counter:
        await counter.start()
        payment = await _pay(counter)
        reversal = await counter.put(
            f"/v1/reversals/{ulid()}", {"payment_id": payment["id"], **WHO}
        )
        assert reversal.json()["approved"] is True, reversal.text
        assert counter.terminal.ledger.booked() == 0
        shown = (await counter.get(f"/v1/payments/{payment['id']}")).json()
        assert (shown["state"], shown["approved"]) == ("REVERSED", False)
        second = await counter.put(f"/v1/reversals/{ulid()}", {"payment_id": payment["id"], **WHO})
        assert second.status_code == 409


async def test_a_payment_is_not_reversed_at_the_terminal_that_took_the_old_one_s_place() -> None:
    async with Counter() as counter:
        await counter.start()
        first = await _pay(counter)
        for fault in ("drop_before_status_information", "swapped_while_down"):
            counter.terminal.faults.switch(fault, on=True)
        heard = counter.daemon.events.subscribe()
        lost = await _pay(counter, 200)
        while (await next_event(heard, "payment_changed"))["state"] != "MANUAL_REVIEW":
            pass
        decision = {"state": "NOT_PROCESSED", **WHO}
        await counter.post(f"/v1/payments/{lost['id']}/resolve", decision)
        second = await _pay(counter)
        assert second["approved"] is True, second
        assert (second["receipt_number"], second["amount"]) == (first["receipt_number"], 500)
        refused = (
            await counter.put(f"/v1/reversals/{ulid()}", {"payment_id": first["id"], **WHO})
        ).json()
        assert (refused["state"], refused["approved"]) == ("NOT_PROCESSED", False)
        assert first["terminal_id"] in refused["message"]
        assert second["terminal_id"] in refused["message"]
        assert counter.terminal.ledger.booked() == 1000


async def test_the_payment_of_a_sale_is_not_reversed_behind_its_back() -> None:
    async with Counter() as counter:
        await counter.start()
        answer = await counter.sell(**CARD)
        payment_id = answer["payments"][0]["id"]
        response = await counter.put(f"/v1/reversals/{ulid()}", {"payment_id": payment_id, **WHO})
        assert response.status_code == 409
        assert counter.terminal.ledger.booked() == 1002


async def test_a_doubt_that_nobody_can_end_blocks_the_terminal_until_a_person_decides() -> None:
    async with Counter() as counter:
        await counter.start()
        await _pay(counter, 100)
        payment = await _in_manual_review(counter)
        assert payment["needs_person"] is True
        listed = (await counter.get("/v1/payments")).json()["open"]
        assert [one["id"] for one in listed] == [payment["id"]]
        health = (await counter.get("/v1/health")).json()
        assert health["status"] == "degraded"
        blocked = await _pay(counter, 200)
        assert (blocked["state"], blocked["approved"]) == ("NOT_PROCESSED", False)
        assert payment["id"] in blocked["message"]
        decided = await counter.post(
            f"/v1/payments/{payment['id']}/resolve", {"state": "NOT_PROCESSED", **WHO}
        )
        assert decided.json()["state"] == "NOT_PROCESSED", decided.text
        assert (await _pay(counter, 200))["approved"] is True
        last = [
            event
            for event in await counter.payloads(PaymentEvent)
            if event.payment_id == payment["id"]
        ][-1]
        assert (last.resolved_by, last.resolution) == ("op-9", "the slip says so")


async def test_an_ended_payment_cannot_be_decided_again() -> None:
    async with Counter() as counter:
        await counter.start()
        payment = await _pay(counter)
        response = await counter.post(
            f"/v1/payments/{payment['id']}/resolve", {"state": "DECLINED", **WHO}
        )
        assert response.status_code == 409
        assert (await counter.get(f"/v1/payments/{payment['id']}")).json()["approved"] is True


async def test_a_card_that_turns_out_approved_after_cash_was_taken_has_to_be_given_back() -> None:
    async with Counter() as counter:
        await counter.start()
        await _pay(counter, 100)
        counter.terminal.faults.switch("drop_before_completion", on=True)
        call = asyncio.create_task(counter.sell(sale_id := ulid(), **CARD))
        answer = await call
        heard = counter.daemon.events.subscribe()
        if answer["state"] == "awaiting_tender":
            tender = {"type": "cash", "amount": 1000}
            paid = await counter.put(f"/v1/sales/{sale_id}/tenders/{ulid()}", tender)
            assert paid.json()["state"] == "completed", paid.text
        while (await next_event(heard, "payment_changed"))["state"] != "APPROVED":
            pass
        due = (await counter.get("/v1/payments")).json()["refunds_due"]
        assert [one["amount"] for one in due] == [1002]
        shown = (await counter.get(f"/v1/sales/{sale_id}")).json()
        assert any("refund" in problem for problem in shown["problems"])
        back = await counter.put(f"/v1/reversals/{ulid()}", {"payment_id": due[0]["id"], **WHO})
        assert back.json()["approved"] is True, back.text
        assert (await counter.get("/v1/payments")).json()["refunds_due"] == []
        assert counter.terminal.ledger.booked() == 100


async def test_an_approval_that_wins_against_an_abort_is_paid() -> None:
    async with Counter(auto=False) as counter:
        await counter.start()
        payment_id = ulid()
        order = {"workstation": "till-1", "amount": 500}
        call = asyncio.create_task(counter.put(f"/v1/payments/{payment_id}", order))
        await counter.terminal.until("waiting_for_card")
        await counter.terminal.hand("tap")
        answer = await call
        late = await counter.post(f"/v1/payments/{payment_id}/abort", {})
        assert answer.json()["approved"] is True
        assert late.status_code == 409
        assert counter.terminal.ledger.booked() == 500


async def test_an_aborted_payment_takes_nothing() -> None:
    async with Counter(auto=False) as counter:
        await counter.start()
        payment_id = ulid()
        order = {"workstation": "till-1", "amount": 500}
        call = asyncio.create_task(counter.put(f"/v1/payments/{payment_id}", order))
        await counter.terminal.until("waiting_for_card")
        abortion = await _abort(counter, payment_id)
        assert abortion.json()["outcome"] == "accepted"
        answer = (await call).json()
        assert (answer["approved"], answer["state"]) == (False, "DECLINED")
        states = [event.state for event in await counter.payloads(PaymentEvent)]
        assert PaymentState.ABORTING in states
        assert counter.terminal.ledger.booked() == 0


async def _abort(counter: Counter, payment_id: str) -> httpx.Response:
    return await counter.client.post(f"{counter.url}/v1/payments/{payment_id}/abort")


async def test_the_end_of_day_shows_the_terminal_s_totals_beside_our_own() -> None:
    async with Counter() as counter:
        await counter.start()
        await _pay(counter, 300)
        await counter.sell(**CARD)
        response = await counter.put(f"/v1/reconciliations/{ulid()}", {"workstation": "till-1"})
        answer = response.json()
        assert answer["state"] == "CONFIRMED", response.text
        assert (answer["own_count"], answer["own_amount"]) == (2, 1302)
        assert (answer["terminal_amount"], answer["difference"]) == (1302, 0)
        await _pay(counter, 50)
        second = await counter.put(f"/v1/reconciliations/{ulid()}", {"workstation": "till-1"})
        assert (second.json()["own_amount"], second.json()["difference"]) == (50, 0)


async def test_a_terminal_can_be_asked_how_it_is() -> None:
    async with Counter() as counter:
        await counter.start()
        url = f"{counter.url}/v1/terminals"
        found = await counter.client.post(f"{url}/terminal/diagnose")
        assert found.json()["state"] == "idle"
        missing = await counter.client.post(f"{url}/toaster/diagnose")
        assert missing.status_code == 404


async def test_less_approved_than_asked_for_leaves_the_rest_to_another_tender() -> None:
    async with Counter() as counter:
        await counter.start()
        counter.terminal.faults.switch("partial_approval", on=True)
        sale_id = ulid()
        answer = await counter.sell(sale_id, tenders=[{"type": "card", "allow_partial": True}])
        assert answer["state"] == "awaiting_tender"
        assert answer["paid"] == counter.terminal.ledger.booked()
        assert 0 < answer["paid"] < 1002
        assert answer["tenders"][0]["card"]["outcome"] == "Partial"
        tender = {"type": "cash", "amount": 2000}
        paid = (await counter.put(f"/v1/sales/{sale_id}/tenders/{ulid()}", tender)).json()
        assert (paid["state"], paid["due"]) == ("completed", 0)
        sum_of_tenders = sum(tender["amount"] for tender in paid["tenders"])
        assert sum_of_tenders == paid["total"] + paid["rounding"]


async def test_less_than_asked_for_is_not_taken_where_nobody_allowed_it() -> None:
    async with Counter() as counter:
        await counter.start()
        counter.terminal.faults.switch("partial_approval", on=True)
        answer = await counter.sell(**CARD)
        assert (answer["state"], answer["paid"]) == ("awaiting_tender", 0)
        assert counter.terminal.ledger.booked() == 0


async def test_another_amount_than_asked_for_is_never_called_paid() -> None:
    async with Counter() as counter:
        await counter.start()
        counter.terminal.faults.switch("wrong_amount", on=True)
        answer = await counter.sell(**CARD)
        assert (answer["state"], answer["paid"]) == ("awaiting_tender", 0)
        assert answer["payments"][0]["approved"] is False
        assert counter.terminal.ledger.booked() == 0


async def test_an_accepted_signature_finishes_the_sale() -> None:
    async with Counter() as counter:
        await counter.start()
        counter.terminal.faults.switch("signature_required", on=True)
        heard = counter.daemon.events.subscribe()
        answer = await counter.sell(sale_id := ulid(), **CARD)
        assert answer["state"] == "awaiting_tender"
        payment = answer["payments"][0]
        assert (payment["state"], payment["needs_signature"]) == ("AWAITING_SIGNATURE", True)
        signed = await counter.post(
            f"/v1/payments/{payment['id']}/signature", {"accepted": True, "operator_id": "op-17"}
        )
        assert signed.json()["state"] == "CONFIRMED", signed.text
        while (await next_event(heard, "sale_changed"))["status"] != "Completed":
            pass
        shown = (await counter.get(f"/v1/sales/{sale_id}")).json()
        assert shown["sequence_number"] == 1
        assert counter.terminal.ledger.booked() == 1002


async def test_a_refused_signature_gives_the_money_back() -> None:
    async with Counter() as counter:
        await counter.start()
        counter.terminal.faults.switch("signature_required", on=True)
        answer = await counter.sell(sale_id := ulid(), **CARD)
        payment = answer["payments"][0]
        refused = await counter.post(
            f"/v1/payments/{payment['id']}/signature", {"accepted": False, "operator_id": "op-17"}
        )
        assert refused.json()["state"] == "REVERSED", refused.text
        assert counter.terminal.ledger.booked() == 0
        shown = (await counter.get(f"/v1/sales/{sale_id}")).json()
        assert (shown["state"], shown["paid"]) == ("awaiting_tender", 0)
        cancelled = await counter.post(f"/v1/sales/{sale_id}/cancel", {})
        assert cancelled.json()["state"] == "cancelled"


async def test_an_offline_approval_says_so() -> None:
    async with Counter() as counter:
        await counter.start()
        counter.terminal.faults.switch("offline_approval", on=True)
        answer = await counter.sell(**CARD)
        assert answer["state"] == "completed"
        assert answer["tenders"][0]["card"]["offline_approved"] is True


async def test_a_refund_and_a_pre_authorisation_move_what_they_say() -> None:
    async with Counter() as counter:
        await counter.start()
        await _pay(counter, 1000)
        refund = await counter.put(
            f"/v1/refunds/{ulid()}", {"workstation": "till-1", "amount": 400, **WHO}
        )
        assert refund.json()["approved"] is True, refund.text
        assert counter.terminal.ledger.booked() == 600
        held = await _pay(counter, 5000, pre_authorisation=True)
        assert (held["approved"], held["kind"]) == (True, "PreAuthorisation")
        assert counter.terminal.ledger.booked() == 600
        completion = await counter.put(
            f"/v1/completions/{ulid()}", {"payment_id": held["id"], "amount": 3000}
        )
        assert completion.json()["approved"] is True, completion.text
        assert counter.terminal.ledger.booked() == 3600
        closed = await counter.put(f"/v1/reconciliations/{ulid()}", {"workstation": "till-1"})
        assert closed.json()["difference"] == 0, closed.text
