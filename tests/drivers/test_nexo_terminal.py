import asyncio
import contextlib
import importlib
import json
import socket
import tomllib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import jsonschema
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
    MaintenanceChanged,
    NotProcessed,
    PaymentRequest,
    PaymentResult,
    PaymentTerminal,
    Phase,
    PhaseChanged,
    Processed,
    RefundRequest,
    ReversalRequest,
    SignatureRequired,
    TerminalState,
    TracedMessage,
    TransactionStatus,
    Unknown,
)
from drivers.payment_terminal.nexo import Settings
from drivers.payment_terminal.nexo.requests import Parties
from drivers.wire.nexo import services
from drivers.wire.nexo.envelope import encode
from drivers.wire.nexo.words import Category
from simulators.nexo_terminal import Model, NexoTerminal
from simulators.nexo_terminal.certificates import certificates
from simulators.payment_terminal import State
from tests.shifting_loop import advance, hurry

PAYMENT_ID = "01JD0000000000000000000000"
SCHEMA = json.loads((Path(__file__).parents[1] / "vectors" / "nexo_schema.json").read_text())
WAYS: dict[str, dict[str, Any]] = {
    "local": {},
    "cloud-sync": {"mode": "sync"},
    "cloud-async": {"mode": "async", "ask_interval": 0.01},
}


class Journal:
    """Where `commit` writes; it can be slow, or fail."""

    def __init__(self) -> None:
        self.results: list[Any] = []
        self.open = asyncio.Event()
        self.open.set()
        self.committed = asyncio.Event()
        self.error: Exception | None = None

    async def commit(self, result: Any) -> None:
        await self.open.wait()
        if self.error:
            raise self.error
        self.results.append(result)
        self.committed.set()


@pytest.fixture
async def simulator() -> AsyncIterator[NexoTerminal]:
    async with NexoTerminal("counter") as simulator:
        yield simulator


@pytest.fixture
async def terminal(simulator: NexoTerminal) -> AsyncIterator[PaymentTerminal]:
    terminal = await open_configured(simulator)
    yield terminal
    await terminal.close()


def settings_of(simulator: NexoTerminal, **changes: object) -> tuple[Any, Any]:
    (table,) = tomllib.loads(simulator.toml())["payment_terminal"]
    driver = importlib.import_module(f"drivers.payment_terminal.{table.pop('driver')}")
    del table["name"]
    kept = {name: value for name, value in (table | changes).items() if value is not None}
    return driver, msgspec.convert(kept, driver.Settings)


async def open_configured(simulator: NexoTerminal, **changes: object) -> PaymentTerminal:
    driver, settings = settings_of(simulator, recheck_interval=0.01, **changes)
    terminal: PaymentTerminal = await driver.open_device("counter", settings, {})
    return terminal


def request(amount: int = 1234, payment_id: str = PAYMENT_ID, **more: Any) -> PaymentRequest:
    return PaymentRequest(payment_id=payment_id, amount=amount, currency="EUR", **more)


async def pay(
    simulator: NexoTerminal, terminal: PaymentTerminal, hand: str = "tap", **more: Any
) -> PaymentResult:
    await simulator.hand(hand)
    return await terminal.payment(request(**more), Journal().commit)


def states(simulator: NexoTerminal) -> list[State]:
    return [entry.state for entry in simulator.ledger.entries()]


# --- paying ---


@pytest.fixture(params=WAYS)
async def way(request: pytest.FixtureRequest) -> AsyncIterator[tuple[NexoTerminal, Any]]:
    model = Model(cloud=request.param != "local")
    async with NexoTerminal("counter", model=model) as simulator:
        terminal = await open_configured(simulator, **WAYS[request.param])
        yield simulator, terminal
        await terminal.close()


async def test_payment_is_approved_booked_and_told(way: tuple[NexoTerminal, Any]) -> None:
    simulator, terminal = way
    result = await pay(simulator, terminal)
    assert (result.approved, result.authorised_amount, result.currency) == (True, 1234, "EUR")
    assert (result.entry_mode, result.cvm) == (EntryMode.CONTACTLESS, CardholderVerification.NONE)
    assert (result.card_brand, result.masked_pan) == ("Mastercard", "535315******2200")
    assert (result.application_id, result.offline_approved) == ("A0000000041010", False)
    assert (result.terminal_id, result.merchant_id) == (
        simulator.model.poi_id,
        "SimulatedMerchantPOS",
    )
    assert f"{result.receipt_number}.{result.trace_number}" == result.poi_transaction_id
    assert result.receipt_text_merchant is not None
    assert result.receipt_text_customer is not None
    assert result.receipt_text_merchant.splitlines()[0] == "KOPIE WINKEL"
    assert "€ 12,34" in result.receipt_text_customer
    assert simulator.ledger.booked() == 1234


async def test_payment_is_given_back_once(way: tuple[NexoTerminal, Any]) -> None:
    simulator, terminal = way
    paid = await pay(simulator, terminal)
    back = ReversalRequest(
        payment_id="01JD0000000000000000000001",
        amount=1234,
        currency="EUR",
        original_poi_transaction_id=paid.poi_transaction_id,
        original_timestamp=paid.terminal_time,
        original_trace_number=paid.trace_number,
    )
    journal = Journal()
    result = await terminal.reversal(back, journal.commit)
    assert (result.approved, result.authorised_amount) == (True, 1234)
    assert result.original_trace == paid.trace_number
    assert [committed.approved for committed in journal.results] == [True]
    assert simulator.ledger.booked() == 0
    again = msgspec.structs.replace(back, payment_id="01JD0000000000000000000002")
    result = await terminal.reversal(again, journal.commit)
    assert (result.approved, result.error_condition) == (False, "NotAllowed")
    assert isinstance(await terminal.transaction_status(back), Processed)


async def test_refund_pays_money_to_the_card(
    simulator: NexoTerminal, terminal: PaymentTerminal
) -> None:
    await simulator.hand("tap")
    refund = RefundRequest(payment_id=PAYMENT_ID, amount=500, currency="EUR")
    assert (await terminal.refund(refund, Journal().commit)).approved
    assert simulator.ledger.booked() == -500


async def test_chip_and_pin_is_told_as_such(
    simulator: NexoTerminal, terminal: PaymentTerminal
) -> None:
    await simulator.hand("insert_pin", card="girocard")
    result = await terminal.payment(request(), Journal().commit)
    assert (result.entry_mode, result.cvm) == (EntryMode.CHIP, CardholderVerification.PIN)
    assert result.card_brand == "girocard"


async def test_commit_is_awaited_before_the_payment_returns(
    simulator: NexoTerminal, terminal: PaymentTerminal
) -> None:
    journal = Journal()
    journal.open.clear()
    await simulator.hand("tap")
    paying = asyncio.create_task(terminal.payment(request(), journal.commit))
    await simulator.until_heard("PaymentResponse", "pt")
    assert await terminal.abort() is AbortOutcome.TOO_LATE
    assert not paying.done()
    journal.open.set()
    assert (await paying).approved


async def test_commit_that_fails_rises_and_the_terminal_still_knows(
    simulator: NexoTerminal, terminal: PaymentTerminal
) -> None:
    journal = Journal()
    journal.error = RuntimeError("The disk is full.")
    await simulator.hand("tap")
    with pytest.raises(RuntimeError, match="disk is full"):
        await terminal.payment(request(), journal.commit)
    status = await terminal.transaction_status(request())
    assert isinstance(status, Processed)
    assert status.result.approved


@pytest.mark.parametrize(
    ("fault", "condition"),
    [("decline", "Refusal"), ("unreachable_host", "UnreachableHost")],
)
async def test_no_is_an_answer_and_is_committed(
    simulator: NexoTerminal, terminal: PaymentTerminal, fault: str, condition: str
) -> None:
    simulator.faults.switch(fault, on=True)
    journal = Journal()
    await simulator.hand("tap")
    result = await terminal.payment(request(), journal.commit)
    assert (result.approved, result.error_condition) == (False, condition)
    assert (result.authorised_amount, result.cancelled) == (None, False)
    assert [committed.approved for committed in journal.results] == [False]
    assert states(simulator) == [State.DECLINED]


async def test_customer_who_gives_up_has_cancelled(
    simulator: NexoTerminal, terminal: PaymentTerminal
) -> None:
    result = await pay(simulator, terminal, "refuse")
    assert (result.approved, result.cancelled) == (False, True)
    assert result.message == "The customer cancelled."


async def test_offline_approval_is_told(simulator: NexoTerminal, terminal: PaymentTerminal) -> None:
    simulator.faults.switch("offline_approved", on=True)
    assert (await pay(simulator, terminal)).offline_approved is True


async def test_signature_is_asked_for(simulator: NexoTerminal, terminal: PaymentTerminal) -> None:
    events = terminal.events()
    simulator.faults.switch("signature_required", on=True)
    result = await pay(simulator, terminal)
    assert result.signature_required
    assert result.cvm is CardholderVerification.SIGNATURE
    asked = await anext(event async for event in events if isinstance(event, SignatureRequired))
    assert asked.payment_id == PAYMENT_ID


async def test_partial_approval_is_kept_where_it_is_allowed(
    simulator: NexoTerminal, terminal: PaymentTerminal
) -> None:
    simulator.faults.switch("partial", on=True)
    result = await pay(simulator, terminal, allow_partial=True)
    assert (result.approved, result.partial, result.authorised_amount) == (True, True, 617)
    status = await terminal.transaction_status(request(allow_partial=True))
    assert isinstance(status, Processed)
    assert states(simulator) == [State.BOOKED]


@pytest.mark.parametrize(("fault", "amount"), [("partial", 617), ("wrong_amount", 1334)])
async def test_amount_that_nobody_asked_for_is_given_back(
    simulator: NexoTerminal, terminal: PaymentTerminal, fault: str, amount: int
) -> None:
    simulator.faults.switch(fault, on=True)
    journal = Journal()
    await simulator.hand("tap")
    result = await terminal.payment(request(), journal.commit)
    assert (result.approved, result.reversed) == (False, True)
    assert result.authorised_amount == amount
    assert [committed.approved for committed in journal.results] == [False]
    assert states(simulator) == [State.REVERSED, State.BOOKED]
    assert simulator.ledger.booked() == 0


@pytest.mark.parametrize("fault", ["no_reversal", "http_401", "tls_wrong_name", "silent"])
async def test_amount_that_is_not_given_back_is_a_doubt_for_a_person(
    simulator: NexoTerminal, terminal: PaymentTerminal, fault: str
) -> None:
    async def commit(result: PaymentResult) -> None:
        assert not result.approved
        simulator.faults.switch(fault, on=True)

    simulator.faults.switch("wrong_amount", on=True)
    await simulator.hand("tap")
    with pytest.raises(RemoteProtocolError) as raised:
        await hurry(terminal.payment(request(), commit), step=1.0)
    assert raised.value.outcome is Outcome.UNKNOWN
    simulator.faults.switch(fault, on=False)
    status = await terminal.transaction_status(request())
    assert isinstance(status, Unknown)
    assert status.result is not None
    assert status.result.authorised_amount == 1334


async def test_started_is_told_when_the_request_has_left(
    simulator: NexoTerminal, terminal: PaymentTerminal
) -> None:
    events = terminal.events()
    await pay(simulator, terminal)
    told = await anext(event async for event in events if isinstance(event, PhaseChanged))
    assert (told.phase, told.payment_id) == (Phase.STARTED, PAYMENT_ID)


# --- faults ---

DOUBTS = [
    "http_400",
    "http_500",
    "http_503_after",
    "empty_body",
    "plain_text",
    "not_json",
    "drop_before_processing",
    "drop_while_waiting",
    "drop_after_processing",
    "drop_mid_answer",
    "hmac_tampered",
    "header_mismatch",
    "another_service_id",
    "reject_event",
    "communication_timeout",
    "no_amount",
]


async def resolved(terminal: PaymentTerminal, asked: PaymentRequest) -> TransactionStatus:
    """Ask as the daemon does: again, while the terminal is busy."""
    while True:
        try:
            return await terminal.transaction_status(asked)
        except BusyError:
            await asyncio.sleep(0)


@pytest.mark.parametrize("fault", DOUBTS)
async def test_whatever_happens_on_the_way_the_terminal_is_asked_and_the_books_agree(
    simulator: NexoTerminal, terminal: PaymentTerminal, fault: str
) -> None:
    await pay(simulator, terminal, amount=100, payment_id="01JD0000000000000000000009")
    simulator.faults.switch(fault, on=True)
    journal = Journal()
    if fault != "drop_while_waiting":
        await simulator.hand("tap")
    with pytest.raises((OutcomeUnknownError, RemoteProtocolError)) as raised:
        await terminal.payment(request(), journal.commit)
    await simulator.hand("tap")
    assert raised.value.outcome is Outcome.UNKNOWN
    assert journal.results == []
    await simulator.until("idle")
    status = await resolved(terminal, request())
    booked = simulator.ledger.booked() - 100
    match status:
        case Processed(result=result):
            assert result.approved
            assert (booked, result.authorised_amount) == (1234, 1234)
        case NotProcessed():
            assert booked == 0
        case Unknown():
            assert fault == "no_amount"
        case _:
            pytest.fail(f"{status} was not to be expected.")


async def test_answer_that_was_given_before_is_not_believed_again(
    simulator: NexoTerminal, terminal: PaymentTerminal
) -> None:
    await pay(simulator, terminal, payment_id="01JD0000000000000000000009")
    simulator.faults.switch("replayed_answer", on=True)
    with pytest.raises(RemoteProtocolError):
        await pay(simulator, terminal)


async def test_no_answer_within_two_minutes_is_a_doubt_and_not_a_decline(
    simulator: NexoTerminal, terminal: PaymentTerminal
) -> None:
    simulator.faults.switch("late_response", on=True)
    paying = asyncio.create_task(terminal.payment(request(), Journal().commit))
    await simulator.until("waiting_for_card")
    await simulator.hand("tap")
    await simulator.until("idle")
    advance(119)
    await asyncio.sleep(0)
    assert not paying.done()
    advance(1.5)
    with pytest.raises(OutcomeUnknownError):
        await paying
    assert isinstance(await terminal.transaction_status(request()), Processed)


@pytest.mark.parametrize("fault", ["strings_for_integers", "unknown_words", "dribble", "chunked"])
async def test_strange_answers_are_understood(
    simulator: NexoTerminal, terminal: PaymentTerminal, fault: str
) -> None:
    simulator.faults.switch(fault, on=True)
    result = await pay(simulator, terminal)
    assert (result.approved, result.authorised_amount) == (True, 1234)
    assert isinstance(await terminal.transaction_status(request()), Processed)


@pytest.mark.parametrize("fault", ["busy", "logged_out", "maintenance"])
async def test_terminal_that_takes_no_payment_did_nothing(
    simulator: NexoTerminal, terminal: PaymentTerminal, fault: str
) -> None:
    simulator.faults.switch(fault, on=True)
    with pytest.raises((BusyError, RefusedError)) as raised:
        await pay(simulator, terminal)
    assert raised.value.outcome is Outcome.NOT_DONE
    assert simulator.ledger.entries() == []
    await terminal.login()
    simulator.faults.switch(fault, on=False)
    assert (await terminal.payment(request(), Journal().commit)).approved


async def test_key_that_is_not_taken_means_that_nothing_was_done(
    simulator: NexoTerminal, terminal: PaymentTerminal
) -> None:
    simulator.faults.switch("http_401", on=True)
    with pytest.raises(RefusedError) as raised:
        await pay(simulator, terminal)
    assert raised.value.outcome is Outcome.NOT_DONE


@pytest.mark.parametrize("fault", ["tls_wrong_name", "tls_other_root"])
async def test_stranger_in_the_terminals_place_is_told_nothing(
    simulator: NexoTerminal, terminal: PaymentTerminal, fault: str
) -> None:
    simulator.faults.switch(fault, on=True)
    with pytest.raises(RefusedError) as raised:
        await pay(simulator, terminal)
    assert raised.value.outcome is Outcome.NOT_DONE
    with pytest.raises(RefusedError):
        await open_configured(simulator)
    assert [message for _, message in simulator.traffic] == [
        "DiagnosisRequest",
        "DiagnosisResponse",
    ]


async def test_test_terminal_is_none_of_a_live_shop(simulator: NexoTerminal) -> None:
    with pytest.raises(RefusedError):
        await open_configured(simulator, environment="live")


# --- what became of it ---


async def test_terminal_that_is_still_at_work_is_asked_again(
    simulator: NexoTerminal, terminal: PaymentTerminal
) -> None:
    await pay(simulator, terminal)
    simulator.faults.switch("status_in_progress", on=True)
    for _ in range(2):
        with pytest.raises(BusyError):
            await terminal.transaction_status(request())
    assert isinstance(await terminal.transaction_status(request()), Processed)


async def test_busy_terminal_leaves_the_doubt(
    simulator: NexoTerminal, terminal: PaymentTerminal
) -> None:
    simulator.faults.switch("status_busy", on=True)
    with pytest.raises(BusyError):
        await terminal.transaction_status(request())


async def test_request_on_its_way_is_not_taken_for_one_that_never_came(
    simulator: NexoTerminal,
) -> None:
    driver, settings = settings_of(simulator, recheck_interval=60.0)
    late: PaymentTerminal = await driver.open_device("counter", settings, {})
    asking = asyncio.create_task(late.transaction_status(request()))
    await simulator.until_heard("TransactionStatusRequest", times=2)
    quick = await open_configured(simulator)
    await pay(simulator, quick)
    advance(61)
    assert isinstance(await asking, Processed)
    await quick.close()
    await late.close()


async def test_payment_that_was_never_heard_of_was_not_processed(
    terminal: PaymentTerminal,
) -> None:
    assert await terminal.transaction_status(request()) == NotProcessed()


async def test_answer_that_the_terminal_forgot_is_for_a_person(
    terminal: PaymentTerminal,
) -> None:
    received = PaymentResult(approved=True, requested_amount=1234, currency="EUR")
    assert isinstance(await terminal.transaction_status(request(), received), Unknown)


async def test_another_terminal_cannot_tell(
    simulator: NexoTerminal, terminal: PaymentTerminal
) -> None:
    before = list(simulator.traffic)
    asked = request(terminal_id="V400m-123456789")
    assert isinstance(await terminal.transaction_status(asked), Unknown)
    assert list(simulator.traffic) == before


async def test_payment_that_the_terminals_power_cut_ended_is_declined(
    simulator: NexoTerminal, terminal: PaymentTerminal
) -> None:
    paying = asyncio.create_task(terminal.payment(request(), Journal().commit))
    await simulator.until("waiting_for_card")
    await simulator.hand("power_cut")
    with pytest.raises(OutcomeUnknownError):
        await paying
    status = await terminal.transaction_status(request())
    assert isinstance(status, Processed)
    assert (status.result.approved, status.result.error_condition) == (False, "Aborted")


async def test_last_result_and_its_receipts_are_what_the_terminal_answered(
    simulator: NexoTerminal, terminal: PaymentTerminal
) -> None:
    assert await terminal.last_result() is None
    with pytest.raises(RefusedError):
        await terminal.reprint_receipt()
    paid = await pay(simulator, terminal)
    shown = await terminal.last_result()
    assert shown is not None
    assert (shown.poi_transaction_id, shown.authorised_amount) == (paid.poi_transaction_id, 1234)
    assert (await terminal.reprint_receipt()).receipt_text_customer == paid.receipt_text_customer


# --- aborting ---


@pytest.mark.parametrize("fault", ["", "abort_plain_text"])
async def test_payment_can_be_aborted_while_the_card_is_awaited(
    simulator: NexoTerminal, terminal: PaymentTerminal, fault: str
) -> None:
    if fault:
        simulator.faults.switch(fault, on=True)
    paying = asyncio.create_task(terminal.payment(request(), Journal().commit))
    await simulator.until("waiting_for_card")
    assert await terminal.abort() is AbortOutcome.ACCEPTED
    result = await paying
    assert (result.approved, result.cancelled, result.error_condition) == (False, True, "Aborted")


async def test_abort_without_a_payment_is_refused(terminal: PaymentTerminal) -> None:
    with pytest.raises(RefusedError):
        await terminal.abort()


async def test_abort_that_is_not_answered_is_refused(
    simulator: NexoTerminal, terminal: PaymentTerminal
) -> None:
    paying = asyncio.create_task(terminal.payment(request(), Journal().commit))
    await simulator.until("waiting_for_card")
    simulator.faults.switch("silent", on=True)
    aborting = asyncio.create_task(terminal.abort())
    await simulator.until_heard("AbortRequest")
    advance(10.5)
    assert await aborting is AbortOutcome.REFUSED
    simulator.faults.switch("silent", on=False)
    await simulator.hand("tap")
    assert (await paying).approved


# --- turns and lives ---


async def test_second_payment_at_once_is_busy_and_does_not_disturb_the_first(
    simulator: NexoTerminal, terminal: PaymentTerminal
) -> None:
    second = await open_configured(simulator, sale_id="till-2")
    paying = asyncio.create_task(terminal.payment(request(), Journal().commit))
    await simulator.until("waiting_for_card")
    assert (await second.diagnosis()).state is TerminalState.BUSY
    for other in (terminal, second):
        with pytest.raises(BusyError):
            await other.payment(request(1), Journal().commit)
    await simulator.hand("tap")
    assert (await paying).approved
    assert simulator.ledger.booked() == 1234
    await second.close()


async def test_payment_goes_on_when_its_caller_is_cancelled(
    simulator: NexoTerminal, terminal: PaymentTerminal
) -> None:
    journal = Journal()
    paying = asyncio.create_task(terminal.payment(request(), journal.commit))
    await simulator.until("waiting_for_card")
    paying.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await paying
    await simulator.hand("tap")
    await journal.committed.wait()
    assert simulator.ledger.booked() == 1234


async def test_payment_under_way_ends_as_unknown_when_the_device_is_closed(
    simulator: NexoTerminal, terminal: PaymentTerminal
) -> None:
    paying = asyncio.create_task(terminal.payment(request(), Journal().commit))
    await simulator.until("waiting_for_card")
    await terminal.close()
    with pytest.raises(OutcomeUnknownError):
        await paying
    await terminal.close()


async def test_terminal_that_is_away_is_offline_and_nothing_was_sent(tmp_path: Path) -> None:
    async with NexoTerminal("counter", tmp_path) as simulator:
        terminal = await open_configured(simulator)
        events = terminal.events()
    with pytest.raises(OfflineError) as raised:
        await terminal.payment(request(), Journal().commit)
    assert raised.value.outcome is Outcome.NOT_DONE
    with pytest.raises(OfflineError):
        async for _ in events:
            pass
    with pytest.raises(OfflineError):
        await open_configured(simulator)
    await terminal.close()


async def test_idle_terminal_is_asked_and_its_silence_ends_the_device(
    simulator: NexoTerminal, terminal: PaymentTerminal
) -> None:
    events = terminal.events()
    simulator.faults.switch("silent", on=True)
    advance(60)
    await simulator.until_heard("DiagnosisRequest", times=2)
    advance(10.5)
    with pytest.raises(OfflineError):
        async for _ in events:
            pass


async def test_terminal_in_maintenance_says_so(
    simulator: NexoTerminal, terminal: PaymentTerminal
) -> None:
    simulator.faults.switch("maintenance", on=True)
    assert (await terminal.diagnosis()).state is TerminalState.MAINTENANCE
    assert terminal.status is not None
    assert terminal.status.state is TerminalState.MAINTENANCE


async def test_login_tells_the_software_and_logout_ends_it(
    simulator: NexoTerminal, terminal: PaymentTerminal
) -> None:
    await terminal.logout()
    with pytest.raises(RefusedError):
        await pay(simulator, terminal)
    assert (await terminal.login()).software_version == "1.0"
    assert (await terminal.payment(request(), Journal().commit)).approved


async def test_terminal_shows_lines_and_reads_a_card(
    simulator: NexoTerminal, terminal: PaymentTerminal
) -> None:
    await terminal.display(["Even geduld", "a.u.b."])
    assert simulator.state()["displayed"] == ["Even geduld", "a.u.b."]
    await simulator.hand("tap", card="visa")
    card = await terminal.card_acquisition()
    assert card is not None
    assert (card.card_brand, card.masked_pan, card.payment_card) == (
        "Visa",
        "476173******0042",
        True,
    )
    await simulator.hand("walk_away")
    assert await terminal.card_acquisition() is None
    reading = asyncio.create_task(terminal.card_acquisition())
    await simulator.until("waiting_for_card")
    assert await terminal.abort() is AbortOutcome.ACCEPTED
    assert await reading is None


async def test_reconciliation_tells_the_totals_and_commits_them(
    simulator: NexoTerminal, terminal: PaymentTerminal
) -> None:
    await pay(simulator, terminal, amount=1000, payment_id="A")
    await simulator.hand("tap", card="visa")
    await terminal.payment(request(250, "B"), Journal().commit)
    await simulator.hand("tap", card="visa")
    refund = RefundRequest(payment_id="C", amount=50, currency="EUR")
    await terminal.refund(refund, Journal().commit)
    journal = Journal()
    result = await terminal.reconciliation(journal.commit)
    assert (result.approved, result.total) == (True, 1200)
    brands = {total.card_brand: (total.count, total.amount) for total in result.totals}
    assert brands == {"Mastercard": (1, 1000), "Visa": (2, 200)}
    assert journal.results == [result]
    assert (await terminal.reconciliation(journal.commit)).total == 0


@pytest.mark.parametrize("amount", [0, -1])
async def test_payment_without_a_positive_amount_is_our_own_mistake(
    terminal: PaymentTerminal, amount: int
) -> None:
    with pytest.raises(LocalProtocolError):
        await terminal.payment(request(amount), Journal().commit)


async def test_request_that_the_protocol_cannot_carry_is_not_sent(
    simulator: NexoTerminal, terminal: PaymentTerminal
) -> None:
    with pytest.raises(UnsupportedError):
        await terminal.payment(request(10**11), Journal().commit)
    with pytest.raises(UnsupportedError):
        await terminal.reversal(
            ReversalRequest(payment_id="B", amount=1, currency="EUR"), Journal().commit
        )
    assert simulator.ledger.entries() == []


async def test_second_request_under_the_same_id_is_refused_by_the_terminal(
    simulator: NexoTerminal, terminal: PaymentTerminal
) -> None:
    await pay(simulator, terminal)
    with pytest.raises(RefusedError):
        await terminal.payment(request(), Journal().commit)
    assert simulator.ledger.booked() == 1234


# --- what is seen of it ---


async def test_trace_shows_valid_messages_without_card_numbers(
    simulator: NexoTerminal, terminal: PaymentTerminal
) -> None:
    seen: list[TracedMessage] = []
    end = terminal.trace(seen.append)
    await pay(simulator, terminal)
    await terminal.transaction_status(request())
    end()
    await terminal.diagnosis()
    assert [(each.sender, each.name) for each in seen] == [
        ("till", "PaymentRequest"),
        ("terminal", "PaymentResponse"),
        ("till", "TransactionStatusRequest"),
        ("terminal", "TransactionStatusResponse"),
    ]
    for each in seen:
        if each.sender == "till":
            reference = {"$ref": "#/components/schemas/TerminalAPIRequest"}
            jsonschema.Draft202012Validator({**SCHEMA, **reference}).validate(
                json.loads(each.message)
            )


CREDENTIAL = "terminal-key"


def broken(**changes: object) -> Callable[[], Any]:
    table: dict[str, object] = {
        "poi_id": "P400Plus-275839201",
        "sale_id": "till-1",
        "host": "192.168.1.60",
        "key_identifier": "key",
        "passphrase": "secret",
        "ca_file": "/etc/root.pem",
    }
    return lambda: msgspec.convert(table | changes, Settings)


def test_settings_name_their_mistakes_and_hide_their_secrets() -> None:
    assert "secret" not in repr(broken()())
    with pytest.raises(msgspec.ValidationError, match="either passphrase or passphrase_credential"):
        broken(passphrase_credential=CREDENTIAL)()
    with pytest.raises(msgspec.ValidationError, match="ca_file"):
        broken(ca_file="root.pem")()


async def test_passphrase_comes_from_its_credential(
    simulator: NexoTerminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes: dict[str, object] = {"passphrase": None, "passphrase_credential": CREDENTIAL}
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    with pytest.raises(RefusedError, match="LoadCredential=terminal-key"):
        await open_configured(simulator, **changes)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    (tmp_path / CREDENTIAL).write_text(f"{simulator.model.passphrase}\n")
    terminal = await open_configured(simulator, **changes)
    await terminal.close()


async def test_root_certificate_that_is_not_there_is_told(simulator: NexoTerminal) -> None:
    with pytest.raises(RefusedError, match="root certificate"):
        await open_configured(simulator, ca_file="/nowhere/root.pem")


async def test_cloud_that_does_not_take_the_key_is_told() -> None:
    async with NexoTerminal("counter", model=Model(cloud=True)) as simulator:
        with pytest.raises(RefusedError, match="HTTP 401"):
            await open_configured(simulator, api_key="another")


async def test_asynchronous_payment_without_an_end_is_a_doubt() -> None:
    async with NexoTerminal("counter", model=Model(cloud=True, card_patience=1000)) as simulator:
        terminal = await open_configured(simulator, mode="async", ask_interval=1.0)
        paying = asyncio.create_task(terminal.payment(request(), Journal().commit))
        await simulator.until("waiting_for_card")
        with pytest.raises(OutcomeUnknownError):
            await hurry(paying, step=1.0)
        await simulator.hand("tap")
        await simulator.until("idle")
        assert isinstance(await resolved(terminal, request()), Processed)
        await terminal.close()


# --- what is told unasked ---


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(params=["http", "https"])
async def telling(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[tuple[NexoTerminal, PaymentTerminal]]:
    own = certificates(tmp_path, "till.shop").right if request.param == "https" else None
    model = Model(notification_port=free_port(), notification_certificate=own)
    async with NexoTerminal("counter", model=model) as simulator:
        terminal = await open_configured(simulator)
        yield simulator, terminal
        await terminal.close()


async def test_phases_are_told_while_the_customer_pays(
    telling: tuple[NexoTerminal, PaymentTerminal],
) -> None:
    simulator, terminal = telling
    events = terminal.events()
    paying = asyncio.create_task(terminal.payment(request(), Journal().commit))
    phases = (event async for event in events if isinstance(event, PhaseChanged))
    first = [await anext(phases), await anext(phases)]
    assert {event.phase for event in first} == {Phase.STARTED, Phase.WAITING_FOR_CARD}
    assert {event.payment_id for event in first} == {PAYMENT_ID}
    await simulator.hand("insert_pin")
    assert (await paying).approved
    told = [(await anext(phases)).phase for _ in range(3)]
    assert told == [Phase.CARD_READ, Phase.PIN_ENTRY, Phase.AUTHORISING]


async def test_maintenance_is_told_when_it_begins_and_ends(
    telling: tuple[NexoTerminal, PaymentTerminal],
) -> None:
    simulator, terminal = telling
    events = terminal.events()
    changes = (event async for event in events if isinstance(event, MaintenanceChanged))
    for active in (True, False):
        simulator.faults.switch("maintenance", on=active)
        assert (await anext(changes)).active is active


@pytest.mark.parametrize("key", ["another key", None])
async def test_strangers_notification_is_left_unheard(
    telling: tuple[NexoTerminal, PaymentTerminal], key: str | None
) -> None:
    simulator, terminal = telling
    events = terminal.events()
    body = services.EventNotification(event_to_notify="BeginMaintenance")
    parties = Parties("till-1", simulator.model.poi_id if key else "V400m-1")
    message = parties.message(Category.EVENT, "0123456789", body)
    model = Model(passphrase=key) if key else simulator.model
    port = simulator.model.notification_port
    scheme = "https" if simulator.model.notification_certificate else "http"
    async with httpx.AsyncClient(trust_env=False, verify=False) as http:  # noqa: S501 - a stranger
        for data in (model.protection.close(message, bytes(16)), encode(message), b""):
            response = await http.post(f"{scheme}://127.0.0.1:{port}/", content=data)
            assert response.status_code == 400
    simulator.faults.switch("maintenance", on=True)
    simulator.faults.switch("maintenance", on=False)
    changes = (event async for event in events if isinstance(event, MaintenanceChanged))
    assert [(await anext(changes)).active for _ in range(2)] == [True, False]


async def test_port_for_notifications_that_is_taken_is_told(
    telling: tuple[NexoTerminal, PaymentTerminal],
) -> None:
    with pytest.raises(RefusedError, match="notifications"):
        await open_configured(telling[0])


async def test_certificate_for_notifications_that_is_not_there_is_told(tmp_path: Path) -> None:
    model = Model(notification_port=free_port())
    async with NexoTerminal("counter", model=model) as simulator:
        missing = str(tmp_path / "missing.pem")
        files = {"notification_cert_file": missing, "notification_key_file": missing}
        with pytest.raises(RefusedError, match="No such file"):
            await open_configured(simulator, **files)


def test_certificate_for_notifications_needs_its_key_and_a_port() -> None:
    table = {
        "host": "10.0.0.7",
        "poi_id": "P400Plus-1",
        "sale_id": "till-1",
        "key_identifier": "till",
        "passphrase": "secret",
        "ca_file": "/root.pem",
        "notification_cert_file": "/till.pem",
    }
    for more in ({}, {"notification_key_file": "/till.key"}, {"notification_port": 8443}):
        with pytest.raises(msgspec.ValidationError, match="together"):
            msgspec.convert(table | more, Settings)
