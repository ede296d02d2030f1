import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from drivers.errors import (
    BusyError,
    OfflineError,
    Outcome,
    OutcomeUnknownError,
    RefusedError,
    RemoteProtocolError,
    UnsupportedError,
)
from drivers.payment_terminal import (
    AbortOutcome,
    DisplayTarget,
    DisplayText,
    NotProcessed,
    PaymentRequest,
    PaymentResult,
    PaymentTerminal,
    Processed,
    ReceiptKind,
    ReceiptLines,
    ReversalRequest,
    Reversed,
    SignatureRequired,
    TerminalEvent,
    TerminalState,
    Unknown,
)
from drivers.payment_terminal.opi import recovery, requests, results
from drivers.wire.opi import FrameReader, decode, encode, encode_frame
from drivers.wire.opi.messages import (
    CardServiceResponse,
    DeviceRequest,
    DeviceResponse,
    Output,
    TextLine,
)
from drivers.wire.opi.words import OverallResult
from simulators.opi_terminal import Model, OpiTerminal
from tests.contracts.terminals import open_configured
from tests.shifting_loop import advance

ASKED = PaymentRequest(payment_id="01JD0000000000000000000000", amount=1234, currency="EUR")


@pytest.fixture
async def simulator() -> AsyncIterator[OpiTerminal]:
    async with OpiTerminal("counter") as simulator:
        yield simulator


@pytest.fixture
async def terminal(simulator: OpiTerminal) -> AsyncIterator[PaymentTerminal]:
    terminal = await open_configured(simulator)
    yield terminal
    await terminal.close()


async def forget(result: object) -> None:
    """A commit that keeps nothing."""


async def pay(
    simulator: OpiTerminal,
    terminal: PaymentTerminal,
    asked: PaymentRequest = ASKED,
    commit: Any = forget,
) -> PaymentResult:
    await simulator.hand("tap")
    return await terminal.payment(asked, commit)


def numbered(number: int, **changes: Any) -> PaymentRequest:
    named = msgspec.structs.replace(ASKED, payment_id=f"01JD00000000000000000000{number:02d}")
    return msgspec.structs.replace(named, **changes)


async def gather(events: AsyncIterator[TerminalEvent], terminal: PaymentTerminal) -> list[Any]:
    """All events that there were, once the device is closed."""
    await terminal.close()
    found = []
    while True:
        try:
            found.append(await anext(events))
        except OfflineError:
            return found


async def call_till(simulator: OpiTerminal, source: str = "127.0.0.1") -> DeviceResponse | None:
    """Dial channel 1 by hand and show a text; None when nobody answers."""
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", simulator.device_port, local_addr=(source, 0)
    )
    shown = DeviceRequest(
        request_type="Output",
        request_id="7",
        outputs=(Output("CashierDisplay", (TextLine("Even geduld"),)),),
    )
    frames = FrameReader()
    try:
        writer.write(encode_frame(encode(shown)))
        while (frame := frames.next_frame()) is None:
            data = await reader.read(4096)
            if not data:
                return None
            frames.receive_data(data)
    except OSError:
        return None
    finally:
        writer.close()
    answer = decode(frame)
    assert isinstance(answer, DeviceResponse)
    return answer


async def test_both_receipts_come_as_the_terminal_printed_them(
    simulator: OpiTerminal, terminal: PaymentTerminal
) -> None:
    events = terminal.events()
    result = await pay(simulator, terminal)
    merchant, customer = result.receipt_text_merchant, result.receipt_text_customer
    assert merchant is not None
    assert customer is not None
    assert merchant.splitlines()[0] == "KOPIE WINKEL"
    assert customer.splitlines()[0] == "KOPIE KLANT"
    assert customer.endswith("AKKOORD")
    told = [event for event in await gather(events, terminal) if isinstance(event, ReceiptLines)]
    assert [slip.kind for slip in told] == [ReceiptKind.MERCHANT, ReceiptKind.CUSTOMER]


async def test_displays_are_told_with_whom_they_are_for(
    simulator: OpiTerminal, terminal: PaymentTerminal
) -> None:
    events = terminal.events()
    await pay(simulator, terminal)
    told = [event for event in await gather(events, terminal) if isinstance(event, DisplayText)]
    assert told[0] == DisplayText(("Bied uw kaart aan",), DisplayTarget.CASHIER, ASKED.payment_id)
    assert told[1].target is DisplayTarget.CUSTOMER


@pytest.mark.parametrize("fault", ["never_dials_channel_1", "drops_channel_1"])
async def test_payment_without_channel_1_is_a_payment_without_paper(
    simulator: OpiTerminal, terminal: PaymentTerminal, fault: str
) -> None:
    simulator.faults.switch(fault, on=True)
    result = await pay(simulator, terminal)
    assert (result.approved, result.receipt_text_customer) == (True, None)
    assert simulator.books.booked() == 1234


async def test_receipts_behind_the_response_are_waited_for_and_the_books_are_not(
    simulator: OpiTerminal, terminal: PaymentTerminal
) -> None:
    simulator.faults.switch("response_before_receipts", on=True)
    committed: list[PaymentResult] = []

    async def commit(result: PaymentResult) -> None:
        committed.append(result)

    result = await pay(simulator, terminal, commit=commit)
    assert [early.receipt_text_customer for early in committed] == [None]
    assert result.receipt_text_customer is not None
    assert result.receipt_text_customer.endswith("AKKOORD")


async def test_signature_is_asked_for_after_the_payment_and_told_at_once(
    simulator: OpiTerminal, terminal: PaymentTerminal
) -> None:
    simulator.faults.switch("asks_signature", on=True)
    events = terminal.events()
    result = await pay(simulator, terminal)
    assert (result.approved, result.signature_required) == (True, True)
    assert SignatureRequired(ASKED.payment_id) in await gather(events, terminal)


async def test_question_that_the_till_cannot_answer_is_answered_with_that(
    simulator: OpiTerminal, terminal: PaymentTerminal
) -> None:
    simulator.faults.switch("asks_unknown_input", on=True)
    result = await pay(simulator, terminal)
    assert (result.approved, result.signature_required) == (True, False)
    assert ("ecr", "DeviceResponse Input") in simulator.traffic


async def test_terminal_that_hears_no_answer_gives_the_payment_up(
    simulator: OpiTerminal, terminal: PaymentTerminal
) -> None:
    simulator.faults.switch("input_unanswered", on=True)
    result = await pay(simulator, terminal)
    assert (result.approved, result.cancelled, result.result_code) == (False, True, "TimedOut")
    assert simulator.books.booked() == 0


async def test_forgotten_login_is_renewed_and_the_payment_sent_once_more(
    simulator: OpiTerminal, terminal: PaymentTerminal
) -> None:
    simulator.faults.switch("logged_out", on=True)
    assert (await pay(simulator, terminal)).approved
    heard = [name for sender, name in simulator.traffic if sender == "ecr"]
    asked = [name for name in heard if not name.startswith("DeviceResponse")]
    assert asked == ["Login", "CardPayment", "Login", "CardPayment"]
    assert simulator.books.booked() == 1234


async def test_till_can_log_out_and_in_again(
    simulator: OpiTerminal, terminal: PaymentTerminal
) -> None:
    await terminal.logout()
    assert terminal.status is not None
    assert terminal.status.state is TerminalState.LOGGED_OUT
    assert not simulator.state()["logged_in"]
    assert (await terminal.login()).terminal_id == "68276185"


async def test_amount_that_nobody_asked_for_is_given_back(
    simulator: OpiTerminal, terminal: PaymentTerminal
) -> None:
    simulator.faults.switch("wrong_amount", on=True)
    committed: list[bool] = []

    async def commit(result: PaymentResult) -> None:
        committed.append(result.approved)

    result = await pay(simulator, terminal, commit=commit)
    assert (result.approved, result.reversed, result.authorised_amount) == (False, True, 1334)
    assert committed == [False]
    assert simulator.books.booked() == 0


async def test_amount_that_cannot_be_given_back_is_left_in_doubt(
    simulator: OpiTerminal, terminal: PaymentTerminal
) -> None:
    simulator.faults.switch("wrong_amount", on=True)

    async def commit(_: PaymentResult) -> None:
        """Meanwhile somebody else has it reversed."""
        (entry,) = simulator.books.entries()
        simulator.books.settle(entry, gives_back=entry)

    with pytest.raises(RemoteProtocolError, match="by hand") as raised:
        await pay(simulator, terminal, commit=commit)
    assert raised.value.outcome is Outcome.UNKNOWN


async def test_part_is_taken_where_the_till_allows_it(
    simulator: OpiTerminal, terminal: PaymentTerminal
) -> None:
    simulator.faults.switch("partial", on=True)
    result = await pay(simulator, terminal, numbered(1, allow_partial=True))
    assert (result.approved, result.partial, result.authorised_amount) == (True, True, 617)
    simulator.faults.switch("partial", on=True)
    assert (await pay(simulator, terminal, numbered(2))).reversed
    assert simulator.books.booked() == 617


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("length_too_short", RemoteProtocolError),
        ("other_request_id", RemoteProtocolError),
        ("unknown_result", OutcomeUnknownError),
        ("not_opi", RemoteProtocolError),
    ],
)
async def test_answer_that_cannot_be_believed_leaves_the_outcome_unknown(
    simulator: OpiTerminal, terminal: PaymentTerminal, fault: str, error: type[Exception]
) -> None:
    simulator.faults.switch(fault, on=True)
    with pytest.raises(error) as raised:
        await pay(simulator, terminal)
    assert isinstance(raised.value, RemoteProtocolError | OutcomeUnknownError)
    assert raised.value.outcome is Outcome.UNKNOWN


async def test_length_that_promises_too_much_ends_in_silence(
    simulator: OpiTerminal, terminal: PaymentTerminal
) -> None:
    simulator.faults.switch("length_too_long", on=True)
    paying = asyncio.create_task(pay(simulator, terminal))
    await simulator.until_heard("CardPayment", "pt")
    advance(181)
    with pytest.raises(OutcomeUnknownError):
        await paying
    assert isinstance(await terminal.transaction_status(ASKED), Processed)


async def test_silence_is_an_unknown_outcome_after_three_minutes(
    simulator: OpiTerminal, terminal: PaymentTerminal
) -> None:
    simulator.faults.switch("silent", on=True)
    paying = asyncio.create_task(terminal.payment(ASKED, forget))
    await simulator.until_heard("CardPayment")
    advance(179)
    await asyncio.sleep(0)
    assert not paying.done()
    advance(2)
    with pytest.raises(OutcomeUnknownError):
        await paying


async def test_word_on_channel_1_shows_that_the_terminal_lives() -> None:
    async with OpiTerminal(model=Model(card_patience=1000)) as simulator:
        terminal = await open_configured(simulator)
        paying = asyncio.create_task(terminal.payment(ASKED, forget))
        await simulator.until("waiting_for_card")
        for _ in range(3):
            advance(170)
            answer = await call_till(simulator)
            assert answer is not None
            assert answer.overall_result == OverallResult.SUCCESS
        await simulator.hand("tap")
        assert (await paying).approved
        await terminal.close()


async def test_till_answers_only_the_terminal_and_only_while_it_is_asked(
    simulator: OpiTerminal, terminal: PaymentTerminal
) -> None:
    assert await call_till(simulator) is None
    paying = asyncio.create_task(terminal.payment(ASKED, forget))
    await simulator.until("waiting_for_card")
    assert await call_till(simulator, "127.0.0.2") is None
    assert await call_till(simulator) is not None
    await simulator.hand("tap")
    assert (await paying).approved


async def test_garbage_on_channel_1_costs_no_payment(
    simulator: OpiTerminal, terminal: PaymentTerminal
) -> None:
    paying = asyncio.create_task(terminal.payment(ASKED, forget))
    await simulator.until("waiting_for_card")
    reader, writer = await asyncio.open_connection("127.0.0.1", simulator.device_port)
    writer.write(b"GET / HTTP/1.1\r\n\r\n")
    with contextlib.suppress(ConnectionResetError):
        assert await reader.read() == b""
    writer.close()
    await simulator.hand("tap")
    assert (await paying).approved


async def test_port_of_the_till_that_is_taken_is_told_before_anything_is_sent(
    simulator: OpiTerminal,
) -> None:
    with socket.create_server(("127.0.0.1", simulator.device_port)), pytest.raises(RefusedError):
        await open_configured(simulator)
    assert list(simulator.traffic) == []


async def test_something_else_on_the_terminals_port_is_refused(simulator: OpiTerminal) -> None:
    simulator.faults.switch("not_opi", on=True)
    with pytest.raises(RefusedError, match="does not speak OPI"):
        await open_configured(simulator)


async def test_abort_comes_too_late_once_the_terminal_has_answered(
    simulator: OpiTerminal, terminal: PaymentTerminal
) -> None:
    asked, hold = asyncio.Event(), asyncio.Event()

    async def commit(_: PaymentResult) -> None:
        asked.set()
        await hold.wait()

    paying = asyncio.create_task(pay(simulator, terminal, commit=commit))
    await asked.wait()
    assert await terminal.abort() is AbortOutcome.TOO_LATE
    hold.set()
    await paying


async def test_reversal_without_a_trace_number_is_not_sent(terminal: PaymentTerminal) -> None:
    back = ReversalRequest(payment_id="A", amount=1, currency="EUR", original_receipt_number="1")
    with pytest.raises(UnsupportedError, match="STAN"):
        await terminal.reversal(back, forget)


async def test_terminal_says_no_more_than_it_can_repeat(
    simulator: OpiTerminal, terminal: PaymentTerminal
) -> None:
    assert await terminal.last_result() is None
    paid = await pay(simulator, terminal)
    last = await terminal.last_result()
    assert last is not None
    assert (last.trace_number, last.authorised_amount) == (paid.trace_number, 1234)
    simulator.faults.switch("no_repeat", on=True)
    assert await terminal.last_result() is None
    assert isinstance(await terminal.transaction_status(ASKED), Unknown)


async def test_terminal_that_was_too_busy_to_begin_is_not_told_to_have_begun(
    simulator: OpiTerminal, terminal: PaymentTerminal
) -> None:
    simulator.faults.switch("busy", on=True)
    events = terminal.events()
    with pytest.raises(BusyError):
        await pay(simulator, terminal)
    assert await gather(events, terminal) == []


async def test_terminal_that_is_busy_with_the_payment_is_asked_again_later(
    simulator: OpiTerminal, terminal: PaymentTerminal
) -> None:
    simulator.faults.switch("drop_after_request", on=True)
    with pytest.raises(OutcomeUnknownError):
        await terminal.payment(ASKED, forget)
    await simulator.until("waiting_for_card")
    with pytest.raises(BusyError):
        await terminal.transaction_status(ASKED)
    await simulator.hand("tap")
    await simulator.until("idle")
    status = await terminal.transaction_status(ASKED)
    assert isinstance(status, Processed)
    assert status.result.approved


async def test_terminal_that_cannot_repeat_is_not_asked(simulator: OpiTerminal) -> None:
    terminal = await open_configured(simulator, repeat_last_message=False)
    result = await pay(simulator, terminal)
    with pytest.raises(UnsupportedError):
        await terminal.transaction_status(ASKED)
    assert await terminal.transaction_status(ASKED, result) == Processed(result)
    assert ("ecr", "RepeatLastMessage") not in simulator.traffic
    await terminal.close()


async def test_commit_that_failed_is_found_again_at_the_terminal(
    simulator: OpiTerminal, terminal: PaymentTerminal
) -> None:
    async def commit(_: PaymentResult) -> None:
        raise RuntimeError("The disk is full.")

    with pytest.raises(RuntimeError):
        await pay(simulator, terminal, commit=commit)
    status = await terminal.transaction_status(ASKED)
    assert isinstance(status, Processed)
    assert status.result.approved


async def test_idle_terminal_that_is_gone_ends_the_device(
    simulator: OpiTerminal, terminal: PaymentTerminal
) -> None:
    events = terminal.events()
    simulator.faults.switch("silent", on=True)
    advance(61)
    await simulator.until_heard("Login", times=2)
    advance(16)
    with pytest.raises(OfflineError):
        async for _ in events:
            pass


async def test_books_and_the_last_message_survive_the_terminal(tmp_path: Path) -> None:
    books = tmp_path / "opi.sqlite"
    async with OpiTerminal("counter", books) as simulator:
        terminal = await open_configured(simulator)
        simulator.faults.switch("drop_before_response", on=True)
        with pytest.raises(OutcomeUnknownError):
            await pay(simulator, terminal)
        await terminal.close()
    async with OpiTerminal("counter", books) as simulator:
        terminal = await open_configured(simulator)
        status = await terminal.transaction_status(ASKED)
        assert isinstance(status, Processed)
        assert simulator.books.booked() == 1234
        await terminal.close()


async def test_power_cut_before_the_bank_is_asked_moves_no_money(
    simulator: OpiTerminal, terminal: PaymentTerminal
) -> None:
    first = await pay(simulator, terminal, numbered(1))
    asked = numbered(2, last_trace_number=first.trace_number, terminal_id=first.terminal_id)
    paying = asyncio.create_task(terminal.payment(asked, forget))
    await simulator.until("waiting_for_card")
    await simulator.hand("power_cut")
    with pytest.raises(OutcomeUnknownError):
        await paying
    terminal = await open_again(simulator, terminal)
    assert await terminal.transaction_status(asked) == NotProcessed()
    assert simulator.books.booked() == 1234
    await terminal.close()


async def open_again(simulator: OpiTerminal, terminal: PaymentTerminal) -> PaymentTerminal:
    await terminal.close()
    return await open_configured(simulator)


def shown(**changes: Any) -> CardServiceResponse:
    values: dict[str, Any] = {
        "request_type": "CardPayment",
        "request_id": requests.request_id_of(ASKED.payment_id),
        "overall_result": "Success",
        "terminal_id": "68276185",
        "stan": "000008",
        "amount": 1234,
        "currency": "EUR",
    }
    return CardServiceResponse(**values | changes)


BEFORE = msgspec.structs.replace(ASKED, last_trace_number="000007", terminal_id="68276185")
GIVEN_BACK = requests.request_id_of(requests.give_back_id(ASKED.payment_id))


@pytest.mark.parametrize(
    ("repeated", "kind"),
    [
        (shown(), Processed),
        (shown(overall_result="Failure", amount=None), Processed),
        (shown(overall_result="Loggedout"), NotProcessed),
        (shown(overall_result="Perhaps"), Unknown),
        (shown(amount=1235), Unknown),
        (shown(currency="CHF"), Unknown),
        (shown(terminal_id="11111111"), Unknown),
        (shown(request_id=GIVEN_BACK), Reversed),
        (shown(request_id=GIVEN_BACK, overall_result="Failure"), Unknown),
        (shown(request_id="1", stan="000007"), NotProcessed),
        (shown(request_id="1"), Unknown),
        (None, Unknown),
    ],
)
def test_repeated_response_is_compared_with_the_request(
    repeated: CardServiceResponse | None, kind: type
) -> None:
    assert isinstance(recovery.resolve(BEFORE, repeated), kind)


def test_response_that_was_received_needs_no_question() -> None:
    yes = results.payment_result(shown(), ASKED)
    assert recovery.resolve_received(yes) == Processed(yes)
    back = msgspec.structs.replace(yes, approved=False, reversed=True)
    assert isinstance(recovery.resolve_received(back), Reversed)
    wrong = msgspec.structs.replace(yes, approved=False)
    assert isinstance(recovery.resolve_received(wrong), Unknown)


@pytest.mark.parametrize("word", list(OverallResult))
def test_every_known_result_has_its_meaning_and_its_sentence(word: OverallResult) -> None:
    response = shown(overall_result=word, error_text="PAN 4761739001010119")
    assert results.verdict_of(response) is not results.Verdict.UNCERTAIN
    sentence = results.sentence_of(response)
    assert len(sentence) > 5
    assert "4761739001010119" not in sentence


def test_request_id_of_a_payment_is_always_the_same_and_eight_digits_long() -> None:
    assert requests.request_id_of("A") == requests.request_id_of("A")
    assert requests.request_id_of("A") != requests.request_id_of("B")
    assert len(requests.request_id_of("A")) == 8
