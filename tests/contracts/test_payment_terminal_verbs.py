"""All but payments over ZVT: what the driver does besides."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator

import msgspec
import pytest

from drivers.errors import (
    LocalProtocolError,
    OutcomeUnknownError,
    RefusedError,
    UnsupportedError,
)
from drivers.payment_terminal import (
    AbortOutcome,
    CancelPreAuthorisationRequest,
    DisplayText,
    MaintenanceTask,
    NonPaymentCard,
    PaymentTerminal,
    Processed,
    ReceiptLines,
    RefundRequest,
    ReversalRequest,
    TerminalState,
)
from tests.contracts.terminals import open_configured
from tests.contracts.zvt_terminals import (
    SIMULATORS,
    Journal,
    Simulator,
    completion,
    pay,
    request,
    seen,
    set_aside,
)


@pytest.fixture(params=SIMULATORS)
async def simulator(request: pytest.FixtureRequest) -> AsyncIterator[Simulator]:
    async with request.param("counter") as simulator:
        yield simulator


@pytest.fixture
async def terminal(simulator: Simulator) -> AsyncIterator[PaymentTerminal]:
    terminal = await open_configured(simulator)
    yield terminal
    await terminal.close()


async def test_reversal_gives_a_payment_back_once(
    simulator: Simulator, terminal: PaymentTerminal
) -> None:
    paid = await pay(simulator, terminal)
    back = ReversalRequest(
        payment_id="01JD0000000000000000000001",
        original_receipt_number=paid.receipt_number or "",
        amount=1234,
        currency="EUR",
    )
    journal = Journal()
    result = await terminal.reversal(back, journal.commit)
    assert (result.approved, result.original_trace) == (True, paid.trace_number)
    assert journal.results[0].approved
    assert simulator.ledger.booked() == 0
    again = await terminal.reversal(back, journal.commit)
    assert (again.approved, again.result_code) == (False, "B4")
    unknown = msgspec.structs.replace(back, original_receipt_number="0777")
    assert (await terminal.reversal(unknown, journal.commit)).result_code == "B5"


async def test_refund_pays_money_to_a_card(simulator: Simulator, terminal: PaymentTerminal) -> None:
    await pay(simulator, terminal, amount=5000)
    await simulator.hand("tap")
    journal = Journal()
    back = RefundRequest(payment_id="01JD0000000000000000000001", amount=1500, currency="EUR")
    result = await terminal.refund(back, journal.commit)
    assert (result.approved, result.authorised_amount) == (True, 1500)
    assert [committed.approved for committed in journal.results] == [True]
    assert simulator.ledger.booked() == 3500


async def test_what_was_set_aside_can_be_booked_in_full(
    simulator: Simulator, terminal: PaymentTerminal
) -> None:
    aside = await set_aside(simulator, terminal, 10_000)
    assert simulator.ledger.booked() == 0
    assert await terminal.open_pre_authorisations() == (aside.receipt_number,)
    result = await terminal.completion(completion(aside, 10_000), Journal().commit)
    assert (result.approved, result.authorised_amount) == (True, 10_000)
    assert simulator.ledger.booked() == 10_000
    assert await terminal.open_pre_authorisations() == ()


async def test_what_was_set_aside_can_be_booked_in_part(
    simulator: Simulator, terminal: PaymentTerminal
) -> None:
    aside = await set_aside(simulator, terminal, 10_000)
    result = await terminal.completion(completion(aside, 6_500), Journal().commit)
    assert (result.approved, result.authorised_amount) == (True, 6_500)
    assert simulator.ledger.booked() == 6_500
    again = await terminal.completion(completion(aside, 6_500), Journal().commit)
    assert (again.approved, again.result_code) == (False, "B8")
    assert simulator.ledger.booked() == 6_500


async def test_what_was_set_aside_can_be_set_free(
    simulator: Simulator, terminal: PaymentTerminal
) -> None:
    first = await set_aside(simulator, terminal, 10_000)
    second = await set_aside(simulator, terminal, 4_000)
    numbers = (first.receipt_number, second.receipt_number)
    assert await terminal.open_pre_authorisations() == numbers
    cancel = CancelPreAuthorisationRequest(
        payment_id="01JD0000000000000000000002",
        original_receipt_number=first.receipt_number,
        amount=10_000,
        currency="EUR",
    )
    assert (await terminal.cancel_pre_authorisation(cancel, Journal().commit)).approved
    assert await terminal.open_pre_authorisations() == (second.receipt_number,)
    assert simulator.ledger.booked() == 0


async def test_more_than_was_set_aside_is_not_asked_for(
    simulator: Simulator, terminal: PaymentTerminal
) -> None:
    aside = await set_aside(simulator, terminal, 10_000)
    with pytest.raises(LocalProtocolError):
        await terminal.completion(completion(aside, 10_001), Journal().commit)


async def test_follow_up_without_a_name_of_the_original_is_our_own_mistake(
    terminal: PaymentTerminal,
) -> None:
    nothing = ReversalRequest(payment_id="01JD0000000000000000000002", amount=1, currency="EUR")
    with pytest.raises(LocalProtocolError):
        await terminal.reversal(nothing, Journal().commit)


async def test_reversal_whose_end_was_lost_is_found_again(
    simulator: Simulator, terminal: PaymentTerminal
) -> None:
    paid = await pay(simulator, terminal)
    back = ReversalRequest(
        payment_id="01JD0000000000000000000001",
        original_receipt_number=paid.receipt_number,
        original_trace_number=paid.trace_number,
        amount=1234,
        currency="EUR",
        last_receipt_number=paid.receipt_number,
        terminal_id=paid.terminal_id,
    )
    simulator.faults.switch("drop_before_completion", on=True)
    with pytest.raises(OutcomeUnknownError):
        await terminal.reversal(back, Journal().commit)
    await simulator.until("idle")
    terminal = await open_configured(simulator)
    status = await terminal.transaction_status(back)
    assert isinstance(status, Processed)
    assert status.result.approved
    assert simulator.ledger.booked() == 0
    await terminal.close()


async def test_slips_are_told_while_they_come(
    simulator: Simulator, terminal: PaymentTerminal
) -> None:
    events = terminal.events()
    result = await pay(simulator, terminal)
    lines: list[str] = []
    while len([line for line in lines if line == "AKKOORD"]) < 2:
        lines += (await seen(events, ReceiptLines)).lines
    told = "\n".join(lines)
    assert (result.receipt_text_merchant or "?") in told
    assert (result.receipt_text_customer or "?") in told


async def test_words_of_the_display_are_told(
    simulator: Simulator, terminal: PaymentTerminal
) -> None:
    simulator.faults.switch("display_texts", on=True)
    events = terminal.events()
    assert (await pay(simulator, terminal)).approved
    assert (await seen(events, DisplayText)).lines == ("Karte vorhalten",)


async def test_loyalty_card_pays_nothing_and_is_told(
    simulator: Simulator, terminal: PaymentTerminal
) -> None:
    events = terminal.events()
    await simulator.hand("tap", card="loyalty")
    result = await terminal.payment(request(), Journal().commit)
    assert (result.approved, result.result_code) == (False, "7A")
    assert (await seen(events, NonPaymentCard)).card_pseudonym == "04A1B2C3D4E580"
    assert simulator.ledger.entries() == []


async def test_last_slips_are_printed_once_more_and_nothing_is_booked(
    simulator: Simulator, terminal: PaymentTerminal
) -> None:
    paid = await pay(simulator, terminal)
    books = simulator.ledger.entries()
    again = await terminal.reprint_receipt()
    assert again.receipt_text_customer == paid.receipt_text_customer
    assert again.receipt_text_merchant == paid.receipt_text_merchant
    assert simulator.ledger.entries() == books


async def test_there_is_nothing_to_reprint_before_the_first_payment(
    terminal: PaymentTerminal,
) -> None:
    with pytest.raises(RefusedError):
        await terminal.reprint_receipt()


async def test_card_can_be_read_without_a_payment(
    simulator: Simulator, terminal: PaymentTerminal
) -> None:
    await simulator.hand("tap", card="girocard")
    card = await terminal.card_acquisition()
    assert card is not None
    assert (card.payment_card, card.card_brand) == (True, "girocard")
    assert card.masked_pan == "672573*********4711"
    assert card.card_pseudonym == "71A0"
    assert simulator.ledger.entries() == []


async def test_loyalty_card_can_be_read(simulator: Simulator, terminal: PaymentTerminal) -> None:
    events = terminal.events()
    await simulator.hand("tap", card="loyalty")
    card = await terminal.card_acquisition()
    assert card is not None
    assert (card.payment_card, card.card_pseudonym) == (False, "04A1B2C3D4E580")
    assert (await seen(events, NonPaymentCard)).card_pseudonym == "04A1B2C3D4E580"


async def test_no_card_is_an_answer(simulator: Simulator, terminal: PaymentTerminal) -> None:
    reading = asyncio.create_task(terminal.card_acquisition())
    await simulator.until("waiting_for_card")
    assert await terminal.abort() is AbortOutcome.ACCEPTED
    assert await reading is None
    assert (await pay(simulator, terminal)).approved


async def test_terminal_shows_what_it_is_told_to(
    simulator: Simulator, terminal: PaymentTerminal
) -> None:
    await terminal.display(["Goedemiddag", "10 jaar jubileum"])
    assert simulator.state()["display"] == ["Goedemiddag", "10 jaar jubileum"]
    with pytest.raises(UnsupportedError):
        await terminal.display(["line"] * 9)


async def test_terminal_looks_after_itself(simulator: Simulator, terminal: PaymentTerminal) -> None:
    for task in (MaintenanceTask.DIAGNOSIS, MaintenanceTask.INITIALISATION):
        assert (await terminal.maintenance(task)).state is TerminalState.IDLE
    moment = dt.datetime(2026, 11, 22, 14, 5, 9, tzinfo=dt.UTC)
    await terminal.maintenance(MaintenanceTask.SET_CLOCK, moment)
    assert simulator.state()["clock"] == "261122140509"
    with pytest.raises(LocalProtocolError):
        await terminal.maintenance(MaintenanceTask.SET_CLOCK)


async def test_till_can_log_out_and_in_again(
    simulator: Simulator, terminal: PaymentTerminal
) -> None:
    await terminal.logout()
    assert terminal.status is not None
    assert terminal.status.state is TerminalState.LOGGED_OUT
    result = await pay(simulator, terminal)
    assert (result.approved, result.result_code) == (False, "6B")
    assert (await terminal.login()).state is TerminalState.IDLE
    assert (await pay(simulator, terminal)).approved


async def test_status_is_remembered(simulator: Simulator, terminal: PaymentTerminal) -> None:
    assert terminal.status is not None
    assert terminal.status.state is TerminalState.IDLE
    simulator.faults.switch("locked", on=True)
    locked = await terminal.diagnosis()
    assert terminal.status == locked


async def test_every_capability_has_its_verb(terminal: PaymentTerminal) -> None:
    verbs = {capability.value for capability in terminal.capabilities}
    special = {"receipt_reprint": "reprint_receipt", "partial_approval": "payment"}
    assert all(callable(getattr(terminal, special.get(verb, verb))) for verb in verbs)


async def test_end_of_day_tells_the_totals_and_commits_them(
    simulator: Simulator, terminal: PaymentTerminal
) -> None:
    await pay(simulator, terminal, amount=1000)
    await simulator.hand("tap", card="visa")
    await terminal.payment(request(250), Journal().commit)
    simulator.faults.switch("needs_end_of_day", on=True)
    journal = Journal()
    result = await terminal.reconciliation(journal.commit)
    assert (result.approved, result.total) == (True, 1250)
    brands = {total.card_brand: (total.count, total.amount) for total in result.totals}
    assert brands == {"Mastercard": (1, 1000), "Visa": (1, 250)}
    assert result.receipt_text is not None
    assert result.receipt_text.startswith("DAGAFSLUITING")
    assert [committed.total for committed in journal.results] == [1250]
    assert (await terminal.reconciliation(journal.commit)).total == 0


async def test_terminal_that_wants_an_end_of_day_says_so(
    simulator: Simulator, terminal: PaymentTerminal
) -> None:
    simulator.faults.switch("needs_end_of_day", on=True)
    status = await terminal.diagnosis()
    assert status.state is TerminalState.NEEDS_RECONCILIATION
    result = await pay(simulator, terminal)
    assert (result.approved, result.result_code) == (False, "F0")
    assert "end of day" in result.message


async def test_diagnosis_tells_a_ready_terminal(
    simulator: Simulator, terminal: PaymentTerminal
) -> None:
    status = await terminal.diagnosis()
    assert status.state is TerminalState.IDLE
    assert status.terminal_id == simulator.state()["terminal_id"]
    assert status.software_version


async def test_last_result_is_what_the_terminal_stored(
    simulator: Simulator, terminal: PaymentTerminal
) -> None:
    assert await terminal.last_result() is None
    paid = await pay(simulator, terminal)
    shown = await terminal.last_result()
    assert shown is not None
    assert (shown.receipt_number, shown.authorised_amount) == (paid.receipt_number, 1234)


async def test_terminal_that_cannot_repeat_says_so(
    simulator: Simulator, terminal: PaymentTerminal
) -> None:
    simulator.faults.switch("no_repeat_receipt", on=True)
    with pytest.raises(UnsupportedError):
        await terminal.transaction_status(request())


async def test_asking_changes_nothing(simulator: Simulator, terminal: PaymentTerminal) -> None:
    await pay(simulator, terminal)
    books = simulator.ledger.entries()
    await terminal.transaction_status(request())
    await terminal.diagnosis()
    await terminal.login()
    assert simulator.ledger.entries() == books
