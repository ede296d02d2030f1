"""Payments over ZVT: what the driver does, shown against its simulator and its ledger."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import msgspec
import pytest

from drivers.errors import (
    BusyError,
    LocalProtocolError,
    OfflineError,
    Outcome,
    OutcomeUnknownError,
    RefusedError,
    RemoteProtocolError,
    UnsupportedError,
)
from drivers.payment_terminal import (
    AbortOutcome,
    CardholderVerification,
    EntryMode,
    LateResult,
    NotProcessed,
    PaymentTerminal,
    Phase,
    PhaseChanged,
    Processed,
    Reversed,
    SignatureRequired,
    TerminalState,
    TerminalStatusChanged,
    Unknown,
)
from simulators import payment_terminal as simulated
from simulators.payment_terminal import Model, State
from tests.contracts.terminals import open_configured
from tests.contracts.zvt_terminals import (
    AUTHORIZATION,
    PLEASE_WAIT,
    POSITIVE_ACK,
    SIMULATORS,
    STATUS_ENQUIRY,
    STATUS_INFORMATION,
    Journal,
    Simulator,
    over_tcp,
    pay,
    request,
    seen,
    states,
    until_free,
)
from tests.shifting_loop import advance, hurry


@pytest.fixture(params=SIMULATORS)
async def simulator(request: pytest.FixtureRequest) -> AsyncIterator[Simulator]:
    async with request.param("counter") as simulator:
        yield simulator


@pytest.fixture
async def terminal(simulator: Simulator) -> AsyncIterator[PaymentTerminal]:
    terminal = await open_configured(simulator)
    yield terminal
    await terminal.close()


async def test_contactless_payment_is_approved_and_booked(
    simulator: Simulator, terminal: PaymentTerminal
) -> None:
    result = await pay(simulator, terminal)
    assert result.approved
    assert (result.requested_amount, result.authorised_amount, result.currency) == (
        1234,
        1234,
        "EUR",
    )
    assert (result.receipt_number, result.trace_number) == ("0001", "000001")
    assert (result.entry_mode, result.cvm) == (EntryMode.CONTACTLESS, CardholderVerification.NONE)
    assert (result.card_brand, result.masked_pan) == ("Mastercard", "535315******2200")
    assert (result.application_id, result.offline_approved) == ("A0000000041010", False)
    assert result.terminal_id == simulator.state()["terminal_id"]
    assert simulator.ledger.booked() == 1234


async def test_chip_and_pin_is_told_as_such(
    simulator: Simulator, terminal: PaymentTerminal
) -> None:
    await simulator.hand("insert_pin", card="girocard")
    result = await terminal.payment(request(), Journal().commit)
    assert (result.entry_mode, result.cvm) == (EntryMode.CHIP, CardholderVerification.PIN)
    assert result.card_brand == "girocard"


@pytest.mark.parametrize("slips_as", ["lines", "blocks"])
async def test_both_receipts_come_as_the_terminal_wrote_them(slips_as: Any) -> None:
    async with simulated.PaymentTerminal(model=Model(slips_as=slips_as)) as simulator:
        terminal = await open_configured(simulator)
        result = await pay(simulator, terminal)
        await terminal.close()
    merchant, customer = result.receipt_text_merchant, result.receipt_text_customer
    assert merchant is not None
    assert customer is not None
    assert merchant.splitlines()[0] == "KOPIE WINKEL"
    assert customer.splitlines()[0] == "KOPIE KLANT"
    assert "EUR 12,34" in customer
    assert customer.endswith("AKKOORD")


async def test_terminal_that_prints_itself_sends_no_receipts(simulator: Simulator) -> None:
    terminal = await open_configured(simulator, receipts="terminal")
    result = await pay(simulator, terminal)
    assert result.approved
    assert (result.receipt_text_merchant, result.receipt_text_customer) == (None, None)
    await terminal.close()


async def test_phases_are_told_while_the_payment_runs(
    simulator: Simulator, terminal: PaymentTerminal
) -> None:
    events = terminal.events()
    await pay(simulator, terminal, "insert_pin")
    phases = []
    while Phase.REMOVE_CARD not in phases:
        event = await seen(events, PhaseChanged)
        assert event.payment_id == request().payment_id
        phases.append(event.phase)
    assert phases == [
        Phase.STARTED,
        Phase.WAITING_FOR_CARD,
        Phase.PIN_ENTRY,
        Phase.PRINTING,
        Phase.REMOVE_CARD,
    ]


@pytest.mark.parametrize("simulator", [over_tcp], indirect=True)
async def test_acknowledgement_leaves_only_after_commit_returned(
    simulator: Simulator, terminal: PaymentTerminal
) -> None:
    journal = Journal()
    journal.open.clear()
    paying = asyncio.create_task(pay(simulator, terminal, journal=journal))
    await simulator.until_heard(STATUS_INFORMATION, "pt")
    with pytest.raises(BusyError):  # a whole round trip of another till later ...
        await open_configured(simulator)
    messages = [(sender, apdu.control) for sender, apdu in simulator.traffic]
    unanswered = messages[messages.index(("pt", STATUS_INFORMATION)) :]
    assert ("ecr", POSITIVE_ACK) not in unanswered
    assert states(simulator) == [State.PENDING]
    journal.open.set()
    assert (await paying).approved
    assert states(simulator) == [State.BOOKED]
    assert [result.approved for result in journal.results] == [True]


async def test_commit_that_fails_makes_the_terminal_reverse_and_rises(
    simulator: Simulator, terminal: PaymentTerminal
) -> None:
    journal = Journal()
    journal.error = RuntimeError("The disk is full.")
    with pytest.raises(RuntimeError, match="disk is full"):
        await pay(simulator, terminal, journal=journal)
    assert states(simulator) == [State.REVERSED]
    assert (await pay(simulator, terminal)).approved


async def test_decline_is_an_answer_and_is_committed(
    simulator: Simulator, terminal: PaymentTerminal
) -> None:
    simulator.faults.switch("decline", on=True)
    journal = Journal()
    result = await pay(simulator, terminal, journal=journal)
    assert (result.approved, result.reversed, result.result_code) == (False, False, "05")
    assert result.authorised_amount is None
    assert result.message == "Declined by the bank."
    assert [committed.approved for committed in journal.results] == [False]
    assert simulator.ledger.booked() == 0


@pytest.mark.parametrize("hand", ["refuse", "walk_away"])
async def test_customer_who_gives_up_has_cancelled(
    simulator: Simulator, terminal: PaymentTerminal, hand: str
) -> None:
    result = await pay(simulator, terminal, hand)
    assert (result.approved, result.cancelled, result.result_code) == (False, True, "6C")
    assert simulator.ledger.entries() == []


async def test_only_the_last_result_counts_after_a_wrong_pin(
    simulator: Simulator, terminal: PaymentTerminal
) -> None:
    simulator.faults.switch("wrong_pin_first", on=True)
    journal = Journal()
    result = await pay(simulator, terminal, "insert_pin", journal=journal)
    assert result.approved
    assert [committed.result_code for committed in journal.results] == ["37", "00"]
    assert states(simulator) == [State.DECLINED, State.BOOKED]


async def test_result_that_comes_twice_is_committed_once(
    simulator: Simulator, terminal: PaymentTerminal
) -> None:
    simulator.faults.switch("duplicate_status_information", on=True)
    journal = Journal()
    assert (await pay(simulator, terminal, journal=journal)).approved
    assert len(journal.results) == 1
    assert simulator.ledger.booked() == 1234


async def test_another_amount_than_asked_for_is_refused_and_taken_back(
    simulator: Simulator, terminal: PaymentTerminal
) -> None:
    simulator.faults.switch("wrong_amount", on=True)
    journal = Journal()
    result = await pay(simulator, terminal, journal=journal)
    assert (result.approved, result.reversed, result.authorised_amount) == (False, True, 1334)
    assert [committed.approved for committed in journal.results] == [False]
    assert states(simulator) == [State.REVERSED]


async def test_abort_after_an_acknowledged_approval_is_a_reversal_not_a_payment(
    simulator: Simulator, terminal: PaymentTerminal
) -> None:
    simulator.faults.switch("abort_after_approval", on=True)
    journal = Journal()
    result = await pay(simulator, terminal, journal=journal)
    assert [committed.approved for committed in journal.results] == [True]
    assert (result.approved, result.reversed) == (False, True)
    assert states(simulator) == [State.REVERSED]


async def test_result_that_cannot_be_read_is_refused_and_the_outcome_unknown(
    simulator: Simulator, terminal: PaymentTerminal
) -> None:
    simulator.faults.switch("unknown_bitmap", on=True)
    journal = Journal()
    with pytest.raises(RemoteProtocolError):
        await pay(simulator, terminal, journal=journal)
    assert journal.results == []
    assert states(simulator) == [State.REVERSED]
    assert (await pay(simulator, terminal)).approved


DROPS = [
    "drop_before_ack",
    "drop_after_ack",
    "drop_after_intermediate",
    "drop_before_status_information",
    "drop_after_status_information",
    "drop_after_commit",
    "drop_mid_print",
    "drop_before_completion",
]


@pytest.mark.parametrize("policy", ["auto_reversal", "keep_silently"])
@pytest.mark.parametrize("fault", DROPS)
@pytest.mark.parametrize("kind", SIMULATORS)
async def test_after_a_broken_link_the_terminal_is_asked_and_the_books_agree(
    kind: Callable[..., Simulator], fault: str, policy: Any
) -> None:
    async with kind(model=Model(commit_policy=policy)) as simulator:
        terminal = await open_configured(simulator)
        before = await pay(simulator, terminal, amount=100)
        asked = request(1234, before)
        simulator.faults.switch(fault, on=True)
        journal = Journal()
        await simulator.hand("tap")
        with pytest.raises(OutcomeUnknownError) as raised:
            await terminal.payment(asked, journal.commit)
        assert raised.value.outcome is Outcome.UNKNOWN
        await terminal.close()
        await simulator.until("idle")

        terminal = await open_configured(simulator)
        received = journal.results[-1] if journal.results else None
        status = await terminal.transaction_status(asked, received)
        booked = simulator.ledger.booked() - 100
        assert booked in {0, 1234}
        match status:
            case Processed(result=result):
                assert result.approved
                assert booked == 1234
            case NotProcessed() | Reversed():
                assert booked == 0
            case Unknown(reason=reason):
                pytest.fail(f"The terminal tells all that is needed: {reason}")
        await terminal.close()


async def test_link_that_was_lost_before_the_payment_means_nothing_was_sent(
    simulator: Simulator, terminal: PaymentTerminal
) -> None:
    events = terminal.events()
    await simulator.hand("power_cut")
    with pytest.raises(OfflineError):
        await seen(events, LateResult)
    with pytest.raises(OfflineError) as raised:
        await pay(simulator, terminal)
    assert raised.value.outcome is Outcome.NOT_DONE
    assert simulator.ledger.entries() == []


async def test_pulled_cable_ends_the_events_of_an_idle_terminal(
    simulator: Simulator, terminal: PaymentTerminal
) -> None:
    events = terminal.events()
    await simulator.hand("power_cut")
    with pytest.raises(OfflineError):
        await seen(events, LateResult)


async def test_silence_after_the_command_is_an_unknown_outcome_after_t3(
    simulator: Simulator, terminal: PaymentTerminal
) -> None:
    simulator.faults.switch("silent", on=True)
    paying = asyncio.create_task(terminal.payment(request(), Journal().commit))
    await simulator.until_heard(AUTHORIZATION)
    advance(4.9)
    await asyncio.sleep(0)
    assert not paying.done()
    with pytest.raises(OutcomeUnknownError):
        await hurry(paying)


async def test_silence_after_the_acknowledgement_is_an_unknown_outcome_after_t4(
    simulator: Simulator, terminal: PaymentTerminal
) -> None:
    simulator.faults.switch("hang_after_ack", on=True)
    events = terminal.events()
    paying = asyncio.create_task(terminal.payment(request(), Journal().commit))
    await seen(events, PhaseChanged)
    advance(179)
    await asyncio.sleep(0)
    assert not paying.done()
    advance(2)
    with pytest.raises(OutcomeUnknownError):
        await paying


async def test_intermediate_status_restarts_t4() -> None:
    async with simulated.PaymentTerminal(model=Model(card_patience=1000)) as simulator:
        terminal = await open_configured(simulator)
        events = terminal.events()
        paying = asyncio.create_task(terminal.payment(request(), Journal().commit))
        while (await seen(events, PhaseChanged)).phase is not Phase.WAITING_FOR_CARD:
            pass
        advance(170)
        await simulator.hand("insert_pin")
        assert (await paying).approved
        await terminal.close()


async def test_commit_has_all_the_time_it_needs(
    simulator: Simulator, terminal: PaymentTerminal
) -> None:
    journal = Journal()
    journal.open.clear()
    paying = asyncio.create_task(pay(simulator, terminal, journal=journal))
    await simulator.until_heard(STATUS_INFORMATION, "pt")
    advance(4)
    journal.open.set()
    assert (await paying).approved


async def test_busy_terminal_is_told_as_busy_and_nothing_was_done(
    simulator: Simulator, terminal: PaymentTerminal
) -> None:
    simulator.faults.switch("busy_9c", on=True)
    with pytest.raises(BusyError) as raised:
        await pay(simulator, terminal)
    assert raised.value.outcome is Outcome.NOT_DONE
    simulator.faults.switch("busy_9c", on=False)
    assert (await terminal.payment(request(), Journal().commit)).approved


async def test_second_payment_at_once_is_busy_and_does_not_disturb_the_first(
    simulator: Simulator, terminal: PaymentTerminal
) -> None:
    paying = asyncio.create_task(terminal.payment(request(), Journal().commit))
    await simulator.until("waiting_for_card")
    with pytest.raises(BusyError):
        await terminal.payment(request(), Journal().commit)
    with pytest.raises(BusyError):
        await terminal.diagnosis()
    await simulator.hand("tap")
    assert (await paying).approved
    assert simulator.ledger.booked() == 1234


@pytest.mark.parametrize("simulator", [over_tcp], indirect=True)  # a serial line is one till's
async def test_second_till_finds_the_terminal_busy(
    simulator: Simulator, terminal: PaymentTerminal
) -> None:
    second = await open_configured(simulator)
    paying = asyncio.create_task(terminal.payment(request(), Journal().commit))
    await simulator.until("waiting_for_card")
    with pytest.raises(BusyError):
        await second.payment(request(), Journal().commit)
    await simulator.hand("tap")
    assert (await paying).approved
    await second.close()


async def test_payment_can_be_aborted_while_the_card_is_awaited(
    simulator: Simulator, terminal: PaymentTerminal
) -> None:
    paying = asyncio.create_task(terminal.payment(request(), Journal().commit))
    await simulator.until("waiting_for_card")
    assert await terminal.abort() is AbortOutcome.ACCEPTED
    result = await paying
    assert (result.approved, result.cancelled) == (False, True)


async def test_approval_can_win_against_an_abort(
    simulator: Simulator, terminal: PaymentTerminal
) -> None:
    journal = Journal()
    journal.open.clear()
    paying = asyncio.create_task(pay(simulator, terminal, journal=journal))
    await simulator.until_heard(STATUS_INFORMATION, "pt")
    assert await terminal.abort() is AbortOutcome.TOO_LATE
    journal.open.set()
    assert (await paying).approved


async def test_terminal_may_refuse_an_abort(
    simulator: Simulator, terminal: PaymentTerminal
) -> None:
    simulator.faults.switch("hang_after_ack", on=True)
    events = terminal.events()
    paying = asyncio.create_task(terminal.payment(request(), Journal().commit))
    await seen(events, PhaseChanged)
    assert await terminal.abort() is AbortOutcome.REFUSED
    await terminal.close()
    with pytest.raises(OutcomeUnknownError):
        await paying


async def test_abort_without_a_payment_is_refused(terminal: PaymentTerminal) -> None:
    with pytest.raises(RefusedError):
        await terminal.abort()


async def test_abort_that_is_not_answered_is_refused_after_t3(
    simulator: Simulator, terminal: PaymentTerminal
) -> None:
    paying = asyncio.create_task(terminal.payment(request(), Journal().commit))
    await simulator.until("waiting_for_card")
    simulator.faults.switch("silent", on=True)
    aborting = asyncio.create_task(terminal.abort())
    await simulator.until_heard(0x06B0)
    assert await hurry(aborting) is AbortOutcome.REFUSED
    simulator.faults.switch("silent", on=False)
    await simulator.hand("refuse")
    assert (await paying).cancelled


async def test_payment_goes_on_when_its_caller_is_cancelled(
    simulator: Simulator, terminal: PaymentTerminal
) -> None:
    journal = Journal()
    paying = asyncio.create_task(terminal.payment(request(), journal.commit))
    await simulator.until("waiting_for_card")
    paying.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await paying
    await simulator.hand("tap")
    await simulator.until("idle")
    assert [result.approved for result in journal.results] == [True]
    assert simulator.ledger.booked() == 1234
    await until_free(terminal)
    assert (await pay(simulator, terminal, amount=100)).approved


async def test_payment_under_way_ends_as_unknown_when_the_device_is_closed(
    simulator: Simulator, terminal: PaymentTerminal
) -> None:
    paying = asyncio.create_task(terminal.payment(request(), Journal().commit))
    await simulator.until("waiting_for_card")
    await terminal.close()
    with pytest.raises(OutcomeUnknownError):
        await paying
    await terminal.close()


@pytest.mark.parametrize("amount", [0, -1])
async def test_payment_without_a_positive_amount_is_our_own_mistake(
    terminal: PaymentTerminal, amount: int
) -> None:
    with pytest.raises(LocalProtocolError):
        await terminal.payment(request(amount), Journal().commit)


@pytest.mark.parametrize("change", [{"currency": "XXX"}, {"amount": 10**12}])
async def test_request_that_the_protocol_cannot_carry_is_not_sent(
    simulator: Simulator, terminal: PaymentTerminal, change: dict[str, Any]
) -> None:
    with pytest.raises(UnsupportedError):
        await terminal.payment(msgspec.structs.replace(request(), **change), Journal().commit)
    assert simulator.ledger.entries() == []


async def test_partial_approval_is_an_approval_of_less(
    simulator: Simulator, terminal: PaymentTerminal
) -> None:
    simulator.faults.switch("partial_approval", on=True)
    await simulator.hand("tap")
    asked = msgspec.structs.replace(request(1000), allow_partial=True)
    result = await terminal.payment(asked, Journal().commit)
    assert (result.approved, result.partial) == (True, True)
    assert (result.authorised_amount, result.remaining_amount) == (600, 400)
    assert simulator.ledger.booked() == 600


async def test_partial_approval_that_nobody_asked_for_is_a_decline(
    simulator: Simulator, terminal: PaymentTerminal
) -> None:
    simulator.faults.switch("partial_approval", on=True)
    result = await pay(simulator, terminal)
    assert (result.approved, result.partial) == (False, False)
    assert simulator.ledger.booked() == 0


async def test_another_currency_than_asked_for_is_refused_and_taken_back(
    simulator: Simulator, terminal: PaymentTerminal
) -> None:
    simulator.faults.switch("wrong_currency", on=True)
    result = await pay(simulator, terminal)
    assert (result.approved, result.reversed, result.currency) == (False, True, "CHF")
    assert simulator.ledger.booked() == 0


async def test_offline_approval_is_told_as_such(
    simulator: Simulator, terminal: PaymentTerminal
) -> None:
    simulator.faults.switch("offline_approval", on=True)
    result = await pay(simulator, terminal)
    assert (result.approved, result.offline_approved) == (True, True)
    assert (await pay(simulator, terminal)).offline_approved is False


async def test_signature_is_asked_for_with_the_slip_to_sign(
    simulator: Simulator, terminal: PaymentTerminal
) -> None:
    events = terminal.events()
    simulator.faults.switch("signature_required", on=True)
    result = await pay(simulator, terminal)
    assert (result.signature_required, result.cvm) == (True, CardholderVerification.SIGNATURE)
    assert (await seen(events, SignatureRequired)).payment_id == request().payment_id
    assert "Handtekening" in (result.receipt_text_merchant or "")
    assert "Handtekening" not in (result.receipt_text_customer or "")


async def test_commit_longer_than_the_terminal_may_wait_is_asked_about_again(
    simulator: Simulator, terminal: PaymentTerminal
) -> None:
    journal = Journal()
    journal.open.clear()
    paying = asyncio.create_task(pay(simulator, terminal, journal=journal))
    await hurry(simulator.until_heard(PLEASE_WAIT, times=2))
    assert states(simulator) == [State.PENDING]
    journal.open.set()
    assert (await hurry(paying)).approved
    assert [result.approved for result in journal.results] == [True]
    assert states(simulator) == [State.BOOKED]


async def test_commit_that_fails_late_still_makes_the_terminal_reverse(
    simulator: Simulator, terminal: PaymentTerminal
) -> None:
    journal = Journal()
    journal.open.clear()
    journal.error = RuntimeError("The disk is full.")
    paying = asyncio.create_task(pay(simulator, terminal, journal=journal))
    await hurry(simulator.until_heard(PLEASE_WAIT))
    journal.open.set()
    with pytest.raises(RuntimeError, match="disk is full"):
        await hurry(paying)
    assert states(simulator) == [State.REVERSED]


async def test_error_rises_only_when_the_commit_has_ended(
    simulator: Simulator, terminal: PaymentTerminal
) -> None:
    journal = Journal()
    journal.open.clear()
    paying = asyncio.create_task(pay(simulator, terminal, journal=journal))
    await hurry(simulator.until_heard(PLEASE_WAIT))
    await simulator.hand("power_cut")
    await asyncio.sleep(0)
    assert not paying.done()
    journal.open.set()
    with pytest.raises(OutcomeUnknownError):
        await hurry(paying)
    assert [result.approved for result in journal.results] == [True]


async def test_locked_terminal_declines_and_says_why(
    simulator: Simulator, terminal: PaymentTerminal
) -> None:
    simulator.faults.switch("locked", on=True)
    assert (await terminal.diagnosis()).state is TerminalState.LOCKED
    result = await pay(simulator, terminal)
    assert (result.approved, result.message) == (False, "The merchant card is locked.")


async def test_idle_terminal_is_asked_every_minute_and_its_state_is_told(
    simulator: Simulator, terminal: PaymentTerminal
) -> None:
    await terminal.diagnosis()
    events = terminal.events()
    simulator.faults.switch("needs_end_of_day", on=True)
    advance(60)
    changed = await seen(events, TerminalStatusChanged)
    assert changed.status.state is TerminalState.NEEDS_RECONCILIATION
    await terminal.diagnosis()
    advance(60)
    await simulator.until_heard(STATUS_ENQUIRY, times=4)


async def test_terminal_is_not_asked_while_a_payment_runs() -> None:
    async with simulated.PaymentTerminal(model=Model(card_patience=1000)) as simulator:
        terminal = await open_configured(simulator)
        paying = asyncio.create_task(terminal.payment(request(), Journal().commit))
        await simulator.until("waiting_for_card")
        advance(61)
        await simulator.hand("tap")
        assert (await paying).approved
        assert STATUS_ENQUIRY not in [apdu.control for _, apdu in simulator.traffic]
        await terminal.close()


async def test_terminal_that_stops_answering_polls_is_offline(
    simulator: Simulator, terminal: PaymentTerminal
) -> None:
    await terminal.diagnosis()
    events = terminal.events()
    simulator.faults.switch("silent", on=True)
    advance(60)
    await simulator.until_heard(STATUS_ENQUIRY, times=2)
    with pytest.raises(OfflineError):
        await hurry(seen(events, LateResult))


async def test_late_result_is_refused_and_told(
    simulator: Simulator, terminal: PaymentTerminal
) -> None:
    events = terminal.events()
    simulator.faults.switch("late_result", on=True)
    await terminal.diagnosis()
    late = await seen(events, LateResult)
    assert late.result.receipt_number == "0000"
    await simulator.until_heard(0x8466)
    assert (await pay(simulator, terminal)).approved


@pytest.mark.parametrize("fault", ["dribble", "coalesce"])
async def test_bytes_may_come_one_by_one_or_all_at_once(simulator: Simulator, fault: str) -> None:
    simulator.faults.switch(fault, on=True)
    terminal = await open_configured(simulator)
    assert (await pay(simulator, terminal)).approved
    assert simulator.ledger.booked() == 1234
    await terminal.close()


@pytest.mark.parametrize("kind", SIMULATORS)
async def test_terminal_that_is_away_is_offline(kind: Callable[..., Simulator]) -> None:
    async with kind() as simulator:
        pass
    with pytest.raises(OfflineError) as raised:
        await open_configured(simulator)
    assert raised.value.outcome is Outcome.NOT_DONE
