"""What every payment terminal driver does, whatever it speaks, against its simulator's books."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable
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
    UnsupportedError,
)
from drivers.payment_terminal import (
    AbortOutcome,
    CancelPreAuthorisationRequest,
    Capability,
    CompletionRequest,
    EntryMode,
    NotProcessed,
    PaymentRequest,
    PaymentResult,
    PaymentTerminal,
    Phase,
    PhaseChanged,
    Processed,
    ReconciliationResult,
    RefundRequest,
    ReversalRequest,
    TerminalState,
    TracedMessage,
)
from tests.contracts.terminals import PROTOCOLS, Protocol, having, open_configured

PAYMENT_ID = "01JD0000000000000000000000"
CARD_NUMBER = re.compile(r"535315\d{6}")
"""The customer's; its last digits alone may be shown."""


@pytest.fixture(params=PROTOCOLS, ids=str)
def protocol(request: pytest.FixtureRequest) -> Protocol:
    found: Protocol = request.param
    return found


@pytest.fixture
async def simulator(protocol: Protocol) -> AsyncIterator[Any]:
    async with protocol.make("counter") as simulator:
        yield simulator


@pytest.fixture
async def terminal(simulator: Any) -> AsyncIterator[PaymentTerminal]:
    terminal = await open_configured(simulator)
    yield terminal
    await terminal.close()


def only(capability: Capability) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("protocol", having(capability), ids=str, indirect=True)


class Journal:
    """Where `commit` writes; it can be slow, or fail."""

    def __init__(self) -> None:
        self.results: list[Any] = []
        self.open = asyncio.Event()
        self.open.set()
        self.asked = asyncio.Event()
        self.error: Exception | None = None

    async def commit(self, result: PaymentResult | ReconciliationResult) -> None:
        self.asked.set()
        await self.open.wait()
        if self.error:
            raise self.error
        self.results.append(result)


def request(amount: int = 1234, last: PaymentResult | None = None) -> PaymentRequest:
    return PaymentRequest(
        payment_id=PAYMENT_ID,
        amount=amount,
        currency="EUR",
        last_receipt_number=last.receipt_number if last else None,
        last_trace_number=last.trace_number if last else None,
        terminal_id=last.terminal_id if last else None,
    )


async def pay(
    simulator: Any,
    terminal: PaymentTerminal,
    hand: str = "tap",
    *,
    asked: PaymentRequest | None = None,
    journal: Journal | None = None,
) -> PaymentResult:
    await simulator.hand(hand)
    return await terminal.payment(asked or request(), (journal or Journal()).commit)


async def test_payment_is_approved_committed_and_booked(
    simulator: Any, terminal: PaymentTerminal
) -> None:
    journal = Journal()
    result = await pay(simulator, terminal, journal=journal)
    assert result.approved
    amounts = (result.requested_amount, result.authorised_amount, result.currency)
    assert amounts == (1234, 1234, "EUR")
    assert result.entry_mode is EntryMode.CONTACTLESS
    assert [committed.approved for committed in journal.results] == [True]
    assert simulator.ledger.booked() == 1234


async def test_card_number_is_told_with_its_ends_only(
    simulator: Any, terminal: PaymentTerminal
) -> None:
    result = await pay(simulator, terminal)
    assert re.findall("[0-9]+", result.masked_pan or "") == ["535315", "2200"]


async def test_card_in_the_slot_is_told_as_such(simulator: Any, terminal: PaymentTerminal) -> None:
    assert (await pay(simulator, terminal, "insert_pin")).entry_mode is EntryMode.CHIP


async def test_payment_that_was_taken_is_told_at_once(
    simulator: Any, terminal: PaymentTerminal
) -> None:
    events = terminal.events()
    await pay(simulator, terminal)
    phases = (event async for event in events if isinstance(event, PhaseChanged))
    first = await anext(phases)
    assert (first.phase, first.payment_id) == (Phase.STARTED, PAYMENT_ID)


async def test_decline_is_an_answer_and_is_committed(
    simulator: Any, terminal: PaymentTerminal
) -> None:
    simulator.faults.switch("decline", on=True)
    journal = Journal()
    result = await pay(simulator, terminal, journal=journal)
    assert (result.approved, result.cancelled, result.authorised_amount) == (False, False, None)
    assert result.message.startswith("Declined")
    assert [committed.approved for committed in journal.results] == [False]
    assert simulator.ledger.booked() == 0


async def test_customer_who_gives_up_has_cancelled(
    simulator: Any, terminal: PaymentTerminal
) -> None:
    result = await pay(simulator, terminal, "refuse")
    assert (result.approved, result.cancelled) == (False, True)
    assert simulator.ledger.booked() == 0


async def test_nothing_is_told_before_commit_has_returned(
    simulator: Any, terminal: PaymentTerminal
) -> None:
    journal = Journal()
    journal.open.clear()
    paying = asyncio.create_task(pay(simulator, terminal, journal=journal))
    await journal.asked.wait()
    await asyncio.sleep(0)
    assert not paying.done()
    journal.open.set()
    assert (await paying).approved


async def test_commit_that_fails_is_told_by_its_own_error(
    simulator: Any, terminal: PaymentTerminal
) -> None:
    journal = Journal()
    journal.error = RuntimeError("The disk is full.")
    with pytest.raises(RuntimeError, match="disk is full"):
        await pay(simulator, terminal, journal=journal)


@pytest.mark.parametrize("amount", [0, -1])
async def test_payment_without_a_positive_amount_is_our_own_mistake(
    terminal: PaymentTerminal, amount: int
) -> None:
    with pytest.raises(LocalProtocolError):
        await terminal.payment(request(amount), Journal().commit)


async def test_currency_that_the_protocol_cannot_carry_is_not_sent(
    simulator: Any, terminal: PaymentTerminal
) -> None:
    with pytest.raises(UnsupportedError):
        await terminal.payment(msgspec.structs.replace(request(), currency="XXX"), Journal().commit)
    assert simulator.ledger.entries() == []


async def test_refund_pays_money_to_the_customer(simulator: Any, terminal: PaymentTerminal) -> None:
    await pay(simulator, terminal)
    await simulator.hand("tap")
    back = RefundRequest(payment_id="01JD0000000000000000000001", amount=234, currency="EUR")
    journal = Journal()
    assert (await terminal.refund(back, journal.commit)).approved
    assert [committed.approved for committed in journal.results] == [True]
    assert simulator.ledger.booked() == 1000


@only(Capability.REVERSAL)
async def test_reversal_gives_a_payment_back_once(
    simulator: Any, terminal: PaymentTerminal
) -> None:
    paid = await pay(simulator, terminal)
    back = ReversalRequest(
        payment_id="01JD0000000000000000000001",
        amount=1234,
        currency="EUR",
        original_receipt_number=paid.receipt_number,
        original_trace_number=paid.trace_number,
        original_poi_transaction_id=paid.poi_transaction_id,
        original_timestamp=paid.terminal_time,
    )
    journal = Journal()
    assert (await terminal.reversal(back, journal.commit)).approved
    assert simulator.ledger.booked() == 0
    again = msgspec.structs.replace(back, payment_id="01JD0000000000000000000002")
    assert not (await terminal.reversal(again, journal.commit)).approved
    assert simulator.ledger.booked() == 0


@only(Capability.RECONCILIATION)
async def test_reconciliation_tells_the_total_and_commits_it(
    simulator: Any, terminal: PaymentTerminal
) -> None:
    await pay(simulator, terminal)
    journal = Journal()
    result = await terminal.reconciliation(journal.commit)
    assert (result.approved, result.total) == (True, 1234)
    assert [committed.total for committed in journal.results] == [1234]
    assert (await terminal.reconciliation(journal.commit)).total == 0


async def test_second_payment_at_once_is_busy_and_does_not_disturb_the_first(
    simulator: Any, terminal: PaymentTerminal
) -> None:
    paying = asyncio.create_task(terminal.payment(request(), Journal().commit))
    await simulator.until("waiting_for_card")
    with pytest.raises(BusyError) as raised:
        await terminal.payment(request(), Journal().commit)
    assert raised.value.outcome is Outcome.NOT_DONE
    await simulator.hand("tap")
    assert (await paying).approved
    assert simulator.ledger.booked() == 1234


@pytest.mark.parametrize(
    ("protocol", "fault"),
    [(protocol, protocol.busy) for protocol in PROTOCOLS if protocol.busy],
    ids=str,
    indirect=["protocol"],
)
async def test_busy_terminal_is_told_as_busy_and_nothing_was_done(
    simulator: Any, terminal: PaymentTerminal, fault: str
) -> None:
    simulator.faults.switch(fault, on=True)
    with pytest.raises(BusyError) as raised:
        await pay(simulator, terminal)
    assert raised.value.outcome is Outcome.NOT_DONE
    simulator.faults.switch(fault, on=False)
    assert (await terminal.payment(request(), Journal().commit)).approved


async def test_abort_without_a_payment_is_refused(terminal: PaymentTerminal) -> None:
    with pytest.raises(RefusedError):
        await terminal.abort()


@only(Capability.ABORT)
async def test_payment_can_be_aborted_while_the_card_is_awaited(
    simulator: Any, terminal: PaymentTerminal
) -> None:
    paying = asyncio.create_task(terminal.payment(request(), Journal().commit))
    await simulator.until("waiting_for_card")
    assert await terminal.abort() is AbortOutcome.ACCEPTED
    result = await paying
    assert (result.approved, result.cancelled) == (False, True)


async def test_payment_goes_on_when_its_caller_is_cancelled(
    simulator: Any, terminal: PaymentTerminal
) -> None:
    journal = Journal()
    paying = asyncio.create_task(terminal.payment(request(), journal.commit))
    await simulator.until("waiting_for_card")
    paying.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await paying
    await simulator.hand("tap")
    await journal.asked.wait()
    await simulator.until("idle")
    assert [result.approved for result in journal.results] == [True]
    assert simulator.ledger.booked() == 1234


async def test_payment_under_way_ends_as_unknown_when_the_device_is_closed(
    simulator: Any, terminal: PaymentTerminal
) -> None:
    paying = asyncio.create_task(terminal.payment(request(), Journal().commit))
    await simulator.until("waiting_for_card")
    await terminal.close()
    with pytest.raises(OutcomeUnknownError):
        await paying
    await terminal.close()


LOST = [(protocol, fault) for protocol in PROTOCOLS for fault in protocol.lost]


@pytest.mark.parametrize(
    ("protocol", "fault"),
    LOST,
    ids=[f"{protocol}-{fault}" for protocol, fault in LOST],
    indirect=["protocol"],
)
async def test_after_a_lost_link_only_the_terminal_is_believed(
    simulator: Any, terminal: PaymentTerminal, fault: str
) -> None:
    asked = request(500, await pay(simulator, terminal))
    asked = msgspec.structs.replace(asked, payment_id="01JD0000000000000000000001")
    simulator.faults.switch(fault, on=True)
    with pytest.raises(OutcomeUnknownError) as raised:
        await pay(simulator, terminal, asked=asked)
    assert raised.value.outcome is Outcome.UNKNOWN
    await terminal.close()
    await simulator.until("idle")

    terminal = await open_configured(simulator)
    booked = simulator.ledger.booked() - 1234
    assert booked in {0, 500}
    if Capability.TRANSACTION_STATUS not in terminal.capabilities:
        with pytest.raises(UnsupportedError):
            await terminal.transaction_status(asked)
    else:
        status = await terminal.transaction_status(asked)
        match status:
            case Processed(result=result):
                assert (result.approved, result.authorised_amount, booked) == (True, 500, 500)
            case NotProcessed():
                assert booked == 0
            case _:
                pytest.fail(f"The terminal tells all that is needed: {status}")
    await terminal.close()


async def test_result_that_was_received_stays_what_it_is(
    simulator: Any, terminal: PaymentTerminal
) -> None:
    received = await pay(simulator, terminal)
    asked = msgspec.structs.replace(request(), terminal_id=received.terminal_id)
    status = await terminal.transaction_status(asked, received)
    assert isinstance(status, Processed)
    assert status.result.approved


async def test_terminal_that_is_away_is_offline(protocol: Protocol) -> None:
    async with protocol.make("counter") as simulator:
        pass
    with pytest.raises(OfflineError) as raised:
        await open_configured(simulator)
    assert raised.value.outcome is Outcome.NOT_DONE


async def test_terminal_that_went_away_before_the_payment_was_sent_nothing(
    protocol: Protocol,
) -> None:
    async with protocol.make("counter") as simulator:
        terminal = await open_configured(simulator)
        events = terminal.events()
    if protocol.keeps_link:
        await ended(events)
    with pytest.raises(OfflineError) as raised:
        await terminal.payment(request(), Journal().commit)
    assert raised.value.outcome is Outcome.NOT_DONE
    await ended(events)
    await terminal.close()


async def ended(events: AsyncIterator[object]) -> None:
    with pytest.raises(OfflineError):
        async for _ in events:
            pass


async def test_diagnosis_tells_a_ready_terminal(terminal: PaymentTerminal) -> None:
    status = await terminal.diagnosis()
    assert status.state is TerminalState.IDLE
    assert terminal.status == status


async def test_answers_may_come_byte_by_byte(simulator: Any) -> None:
    simulator.faults.switch("dribble", on=True)
    terminal = await open_configured(simulator)
    assert (await pay(simulator, terminal)).approved
    await terminal.close()


async def test_trace_shows_both_sides_and_no_card_number(
    simulator: Any, terminal: PaymentTerminal
) -> None:
    seen: list[TracedMessage] = []
    end = terminal.trace(seen.append)
    await pay(simulator, terminal)
    end()
    told = len(seen)
    assert {message.sender for message in seen} == {"till", "terminal"}
    for message in seen:
        assert not CARD_NUMBER.search(message.message)
    other = msgspec.structs.replace(request(), payment_id="01JD0000000000000000000001")
    await pay(simulator, terminal, asked=other)
    assert len(seen) == told


async def test_verb_without_its_capability_is_refused_and_sends_nothing(
    simulator: Any, terminal: PaymentTerminal
) -> None:
    commit = Journal().commit
    ids: dict[str, Any] = {"payment_id": PAYMENT_ID, "amount": 1, "currency": "EUR"}
    verbs: dict[Capability, Callable[[], Awaitable[object]]] = {
        Capability.REVERSAL: lambda: terminal.reversal(ReversalRequest(**ids), commit),
        Capability.PRE_AUTHORISATION: lambda: terminal.pre_authorisation(request(), commit),
        Capability.RECONCILIATION: lambda: terminal.reconciliation(commit),
        Capability.RECEIPT_REPRINT: terminal.reprint_receipt,
        Capability.CARD_ACQUISITION: terminal.card_acquisition,
        Capability.DISPLAY: lambda: terminal.display(["Hello"]),
    }
    for capability, verb in verbs.items():
        if capability not in terminal.capabilities:
            with pytest.raises(UnsupportedError):
                await verb()
    if Capability.PRE_AUTHORISATION not in terminal.capabilities:
        completion = CompletionRequest(**ids, original_amount=1)
        with pytest.raises(UnsupportedError):
            await terminal.completion(completion, commit)
        with pytest.raises(UnsupportedError):
            await terminal.cancel_pre_authorisation(CancelPreAuthorisationRequest(**ids), commit)
    assert simulator.ledger.entries() == []


async def test_protocol_says_itself_what_it_lacks(
    terminal: PaymentTerminal, protocol: Protocol
) -> None:
    assert not terminal.capabilities & protocol.lacks
