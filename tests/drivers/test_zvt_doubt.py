"""What the driver says of a payment whose end was lost, against the books of the terminal."""

import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from drivers.errors import DeviceError, OutcomeUnknownError, UnsupportedError
from drivers.payment_terminal import (
    NotProcessed,
    PaymentRequest,
    PaymentResult,
    PaymentTerminal,
    Processed,
    Reversed,
    TransactionStatus,
    Unknown,
)
from simulators.payment_terminal import Entry, Model, State
from simulators.payment_terminal import PaymentTerminal as Simulator
from tests.contracts.terminals import open_configured
from tests.contracts.zvt_terminals import Journal, pay, request
from tests.shifting_loop import advance, hurry

DROPS = (
    "drop_before_ack",
    "drop_after_ack",
    "drop_before_status_information",
    "drop_after_status_information",
    "drop_after_commit",
    "drop_mid_print",
    "drop_before_completion",
    "self_restart",
)
POLICIES = ("auto_reversal", "keep_silently", "keep_and_sync_1F1F")
WHILE_DOWN = (
    "keyed_equal",
    "keyed_other",
    "keyed_equal_instead",
    "keyed_other_instead",
    "end_of_day_while_down",
    "swapped_while_down",
)
AMOUNT = 1234


@asynccontextmanager
async def standing(**choices: Any) -> AsyncIterator[Simulator]:
    async with Simulator(model=Model(**choices)) as simulator:
        yield simulator


class Doubt:
    """A payment whose end was lost, and what was known of it."""

    def __init__(self, asked: PaymentRequest, journal: Journal) -> None:
        self.asked = asked
        self.received = journal.results[-1] if journal.results else None


async def lose(simulator: Simulator, *faults: str, exclusive: bool = False) -> Doubt:
    terminal = await open_configured(simulator, exclusive=exclusive)
    asked = request(AMOUNT, await pay(simulator, terminal, amount=100))
    for fault in faults:
        simulator.faults.switch(fault, on=True)
    await simulator.hand("tap")
    journal = Journal()
    with pytest.raises(OutcomeUnknownError):
        await terminal.payment(asked, journal.commit)
    await terminal.close()
    await simulator.until("idle")
    return Doubt(asked, journal)


async def asked_about(simulator: Simulator, doubt: Doubt) -> TransactionStatus:
    terminal = await reopened(simulator)
    try:
        return await terminal.transaction_status(doubt.asked, doubt.received)
    finally:
        await terminal.close()


async def reopened(simulator: Simulator) -> PaymentTerminal:
    while True:
        try:
            return await open_configured(simulator)
        except DeviceError:
            advance(0.1)


def ours(simulator: Simulator) -> list[Entry]:
    mine = [entry for entry in simulator.ledger.entries() if not entry.by_hand]
    return [entry for entry in mine if entry.amount == AMOUNT and entry.state is State.BOOKED]


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("drop", DROPS)
async def test_nobody_at_the_terminal_means_no_doubt_is_left(drop: str, policy: Any) -> None:
    async with standing(commit_policy=policy) as simulator:
        doubt = await lose(simulator, drop)
        status = await asked_about(simulator, doubt)
        match status:
            case Processed(result=result):
                assert result.approved
                assert ours(simulator)
            case NotProcessed() | Reversed():
                assert not ours(simulator)
            case Unknown(reason=reason):
                pytest.fail(f"The terminal tells all that is needed: {reason}")


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize(("drop", "hand"), list(itertools.product(DROPS[2:7], WHILE_DOWN)))
async def test_what_people_do_meanwhile_never_becomes_a_wrong_answer(
    drop: str, hand: str, policy: Any
) -> None:
    async with standing(commit_policy=policy) as simulator:
        doubt = await lose(simulator, drop, hand)
        status = await asked_about(simulator, doubt)
        booked = bool(ours(simulator))
        match status:
            case Processed(result=result) if result.approved:
                # Somebody else's payment of the same amount in just this place is the one thing
                # that a terminal which others use cannot tell from ours: the money is there.
                assert booked or "keyed_equal" in hand
                assert any(e.amount == AMOUNT for e in simulator.ledger.entries() if e.money)
            case NotProcessed() | Reversed():
                assert not booked
            case Unknown(reason=reason):
                assert reason
            case _:
                pytest.fail(f"Nobody declined anything: {status}")


@pytest.mark.parametrize("policy", ["keep_silently", "auto_reversal"])
async def test_other_amount_in_our_place_is_for_a_person(policy: Any) -> None:
    async with standing(commit_policy=policy) as simulator:
        doubt = await lose(simulator, "drop_before_status_information", "keyed_other_instead")
        assert isinstance(await asked_about(simulator, doubt), Unknown)


async def test_payment_behind_ours_is_for_a_person() -> None:
    async with standing(commit_policy="keep_silently") as simulator:
        doubt = await lose(simulator, "drop_after_status_information", "keyed_equal")
        status = await asked_about(simulator, doubt)
        assert isinstance(status, Unknown)
        assert status.result is not None
        assert status.result.receipt_number == "0003"


async def test_emptied_store_and_swapped_terminal_are_for_a_person() -> None:
    for fault in ("end_of_day_while_down", "swapped_while_down"):
        async with standing(commit_policy="keep_silently") as simulator:
            doubt = await lose(simulator, "drop_after_status_information", fault)
            assert isinstance(await asked_about(simulator, doubt), Unknown)


async def test_numbers_that_start_again_are_for_a_person() -> None:
    async with standing(commit_policy="keep_silently") as simulator:
        simulator.faults.switch("numbers_restart", on=True)
        doubt = await lose(simulator, "drop_after_status_information", "end_of_day_while_down")
        terminal = await open_configured(simulator)
        await pay(simulator, terminal, amount=AMOUNT)
        await terminal.close()
        assert isinstance(await asked_about(simulator, doubt), Unknown)


@pytest.mark.parametrize("drop", ["drop_after_status_information", "drop_before_completion"])
async def test_next_number_counts_over_the_wrap(drop: str) -> None:
    async with standing(commit_policy="keep_silently") as simulator:
        await simulator.hand("set_receipt_number", number=9999)
        doubt = await lose(simulator, drop)
        assert doubt.asked.last_receipt_number == "9999"
        status = await asked_about(simulator, doubt)
        assert isinstance(status, Processed)
        assert status.result.receipt_number == "0001"


async def test_terminal_that_cannot_repeat_hides_the_truth() -> None:
    async with standing() as simulator:
        simulator.faults.switch("no_repeat_receipt", on=True)
        doubt = await lose(simulator, "drop_before_completion")
        with pytest.raises(UnsupportedError):
            await asked_about(simulator, doubt)


@pytest.mark.parametrize("by", ["model", "fault"])
async def test_exclusive_terminal_takes_back_what_the_till_never_heard_of(by: str) -> None:
    model = {"commit_policy": "keep_and_sync_1F1F"} if by == "model" else {}
    async with standing(**model) as simulator:
        simulator.faults.switch("keep_and_sync_1f1f", on=by == "fault")
        doubt = await lose(simulator, "drop_before_status_information", exclusive=True)
        assert ours(simulator)
        terminal = await open_configured(simulator, exclusive=True)
        await simulator.hand("tap")
        result = await terminal.payment(request(500, last_booked(doubt)), Journal().commit)
        assert (result.approved, result.receipt_number) == (True, "0002")
        assert simulator.ledger.booked() == 100 + 500
        await terminal.close()


async def test_terminal_that_others_use_is_never_told_our_last_number() -> None:
    async with standing(commit_policy="keep_and_sync_1F1F") as simulator:
        terminal = await open_configured(simulator)
        first = await pay(simulator, terminal, amount=100)
        await simulator.hand("key_payment", amount=700)
        await simulator.hand("tap")
        assert (await terminal.payment(request(500, first), Journal().commit)).approved
        assert simulator.ledger.booked() == 100 + 700 + 500
        await terminal.close()


def last_booked(doubt: Doubt) -> PaymentResult:
    return PaymentResult(
        approved=True,
        requested_amount=100,
        currency="EUR",
        receipt_number=doubt.asked.last_receipt_number,
    )


async def test_second_till_is_busy_and_its_booking_is_not_taken_for_ours() -> None:
    async with standing(commit_policy="keep_silently") as simulator:
        terminal = await open_configured(simulator)
        before = await pay(simulator, terminal, amount=100)
        simulator.faults.switch("second_till", on=True)
        with pytest.raises(DeviceError):
            await pay(simulator, terminal, amount=AMOUNT)
        asked = request(AMOUNT, before)
        simulator.faults.switch("drop_after_status_information", on=True)
        with pytest.raises(OutcomeUnknownError):
            await terminal.payment(asked, Journal().commit)
        await terminal.close()
        await simulator.until("idle")
        status = await asked_about(simulator, Doubt(asked, Journal()))
        assert isinstance(status, Unknown)


@pytest.mark.parametrize(
    ("fault", "error"),
    [("ack_beyond_t3", OutcomeUnknownError), ("result_beyond_t4", OutcomeUnknownError)],
)
async def test_too_late_is_unknown_and_then_asked(fault: str, error: type[DeviceError]) -> None:
    async with standing() as simulator:
        terminal = await open_configured(simulator)
        asked = request(AMOUNT, await pay(simulator, terminal, amount=100))
        simulator.faults.switch(fault, on=True)
        await simulator.hand("tap")
        with pytest.raises(error):
            await hurry(terminal.payment(asked, Journal().commit), step=1.0)
        await terminal.close()
        await hurry(simulator.until("idle"), step=1.0)
        status = await asked_about(simulator, Doubt(asked, Journal()))
        assert isinstance(status, NotProcessed)
        assert not ours(simulator)


@pytest.mark.parametrize("fault", ["keep_alive", "longer_t4"])
async def test_slow_terminal_that_says_so_is_waited_for(fault: str) -> None:
    async with standing() as simulator:
        terminal = await open_configured(simulator)
        simulator.faults.switch(fault, on=True)
        result = await hurry(pay(simulator, terminal, amount=AMOUNT), step=1.0)
        assert result.approved
        assert ours(simulator)
        await terminal.close()


@pytest.mark.parametrize(
    "fault",
    [
        "shuffled_bitmaps",
        "unknown_tag",
        "extended_length",
        "display_texts",
        "no_message_ids",
        "duplicate_status_information",
    ],
)
async def test_oddities_of_the_wire_cost_no_payment(fault: str) -> None:
    async with standing() as simulator:
        simulator.faults.switch(fault, on=True)
        terminal = await open_configured(simulator)
        result = await pay(simulator, terminal, amount=AMOUNT)
        assert (result.approved, result.receipt_number, result.masked_pan) == (
            True,
            "0001",
            "535315******2200",
        )
        await terminal.close()


@pytest.mark.parametrize("fault", ["unknown_bitmap", "llvar_too_long"])
async def test_broken_result_is_refused_and_the_next_payment_goes_well(fault: str) -> None:
    async with standing() as simulator:
        terminal = await open_configured(simulator)
        simulator.faults.switch(fault, on=True)
        with pytest.raises(DeviceError):
            await pay(simulator, terminal, amount=AMOUNT)
        assert not ours(simulator)
        assert (await pay(simulator, terminal, amount=AMOUNT)).approved
        await terminal.close()


REFUSALS: list[tuple[str, Callable[[Simulator], bool]]] = [
    ("not_ready_a0", lambda simulator: not simulator.ledger.entries()),
    ("not_possible_83", lambda simulator: not simulator.ledger.entries()),
]


@pytest.mark.parametrize(("fault", "untouched"), REFUSALS)
async def test_refused_command_moved_no_money(
    fault: str, untouched: Callable[[Simulator], bool]
) -> None:
    async with standing() as simulator:
        terminal = await open_configured(simulator)
        simulator.faults.switch(fault, on=True)
        with pytest.raises(DeviceError) as raised:
            await pay(simulator, terminal, amount=AMOUNT)
        assert raised.value.outcome.value == "not_done"
        assert untouched(simulator)
        await terminal.close()


async def test_lenient_terminal_lets_an_unregistered_till_pay() -> None:
    async with standing(strict=False) as simulator:
        terminal = await open_configured(simulator)
        await terminal.logout()
        assert (await pay(simulator, terminal, amount=AMOUNT)).approved
        await terminal.close()
