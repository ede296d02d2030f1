"""What a ZVT terminal may do that our simulator does not: told by a script, byte for byte."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine

import msgspec
import pytest

from drivers.errors import (
    BusyError,
    DeviceError,
    OfflineError,
    OutcomeUnknownError,
    RefusedError,
    RemoteProtocolError,
    UnsupportedError,
)
from drivers.payment_terminal import (
    DisplayText,
    MaintenanceChanged,
    PaymentRequest,
    PaymentResult,
    PaymentTerminal,
    Phase,
    PhaseChanged,
    ReconciliationResult,
    ReversalRequest,
    TerminalState,
)
from drivers.payment_terminal.turn import Turn
from drivers.payment_terminal.zvt import Settings, open_device
from drivers.payment_terminal.zvt.terminal import ZvtTerminal
from tests.drivers.zvt_vectors import VECTORS, apdu
from tests.shifting_loop import advance, hurry

ACK = "800000"
REGISTERED = [ACK, "060f00"]
REQUEST = PaymentRequest(payment_id="01JD0000000000000000000000", amount=100, currency="EUR")
PAN = "4111111111111111"


class Peer:
    """A terminal that knows nothing but its script.

    For each command of the till, what it sends. It hears an answer to all but acknowledgements.
    """

    def __init__(self, *script: list[str], banner: str = "") -> None:
        self._script = list(script)
        self._banner = banner
        self.played = asyncio.Event()
        self._gone = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self.heard: list[str] = []

    @contextlib.asynccontextmanager
    async def serving(self) -> AsyncIterator[Settings]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        try:
            yield Settings(host="127.0.0.1", port=port)
        finally:
            server.close()
            self._gone.set()
            await asyncio.gather(*self._tasks)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._play(reader, writer))
        self._tasks.append(task)
        await task

    async def _play(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(bytes.fromhex(self._banner))
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            for answers in self._script:
                await self._hear(reader)
                for message in answers:
                    if message == "close":
                        writer.transport.abort()
                        return
                    writer.write(bytes.fromhex(message))
                    if message[:2] not in {"80", "84", "15"}:
                        await self._hear(reader)
            self.played.set()
            await self._gone.wait()
        writer.close()

    async def _hear(self, reader: asyncio.StreamReader) -> None:
        head = await reader.readexactly(3)
        self.heard.append((head + await reader.readexactly(head[2])).hex())


@contextlib.asynccontextmanager
async def opened(peer: Peer) -> AsyncIterator[PaymentTerminal]:
    async with peer.serving() as settings:
        terminal = await open_device("counter", settings, {})
        try:
            yield terminal
        finally:
            await terminal.close()


async def committed(result: PaymentResult) -> None:
    del result


async def pay(*answers: str) -> PaymentResult:
    async with opened(Peer(REGISTERED, list(answers))) as terminal:
        return await terminal.payment(REQUEST, committed)


async def test_registration_is_what_the_manual_says() -> None:
    peer = Peer(REGISTERED)
    async with opened(peer):
        await peer.played.wait()
        assert peer.heard == ["0600140000008e0978060c26040a0206d31f7303000000", ACK]


async def test_exclusive_registration_is_the_manuals_example() -> None:
    peer = Peer(REGISTERED)
    async with peer.serving() as settings:
        exclusive = msgspec.structs.replace(settings, exclusive=True, receipts="till")
        terminal = await open_device("counter", exclusive, {})
        await terminal.close()
    assert peer.heard[0] == apdu("spec-msgseq-register").hex()


async def test_authorization_is_what_the_manual_says() -> None:
    peer = Peer(REGISTERED, [ACK, "040f022700", "060f00"])
    async with opened(peer) as terminal:
        await terminal.payment(REQUEST, committed)
        await peer.played.wait()
    assert peer.heard[2:] == ["06010c04000000000100490978" + "1940", ACK, ACK]


@pytest.mark.parametrize("ack", [ACK, "840000", "80000806061f7303000001", "80000101"])
async def test_every_form_of_a_positive_acknowledgement_is_taken(ack: str) -> None:
    result = await pay(ack, "040f022700", "060f00")
    assert (result.approved, result.authorised_amount) == (True, 100)


async def test_recorded_payment_of_a_real_terminal_is_read_to_the_end() -> None:
    recorded = apdu("bezahl-data081649050").hex()
    request = PaymentRequest(payment_id="x", amount=1, currency="EUR")
    async with opened(Peer(REGISTERED, [ACK, recorded, "060f00"])) as terminal:
        result = await terminal.payment(request, committed)
    assert result.approved
    assert (result.receipt_number, result.trace_number) == ("0022", "000022")
    assert result.masked_pan == "************5726"
    assert result.merchant_id == "100764992"
    assert result.terminal_time == "03-08T16:49:23"


async def test_recorded_receipt_lines_become_two_receipts() -> None:
    lines = next(
        vector["json"]
        for vector in VECTORS
        if vector["name"] == "portalum-ProcessData_LineReceivedCardCompleteWithTlv_Successful"
    )
    result = await pay(ACK, "040f022700", *lines, "060f00")
    assert result.receipt_text_merchant is not None
    assert "NDLERBELEG" in result.receipt_text_merchant.splitlines()[0]
    assert result.receipt_text_customer is not None
    assert "KUNDENBELEG" in result.receipt_text_customer.splitlines()[0]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ("849c00", BusyError),
        ("84a000", BusyError),
        ("848300", UnsupportedError),
        ("846600", RefusedError),
        ("841e036f0978", RefusedError),
    ],
)
async def test_refused_command_was_not_done(answer: str, error: type[DeviceError]) -> None:
    with pytest.raises(error):
        await pay(answer)


async def test_refused_registration_says_why() -> None:
    peer = Peer(["841e036f0978"])
    with pytest.raises(RefusedError, match="currency"):
        async with opened(peer):
            pass


async def test_registration_that_is_aborted_says_why() -> None:
    with pytest.raises(RefusedError, match="log in"):
        async with opened(Peer([ACK, "061e016b"])):
            pass


@pytest.mark.parametrize(
    "peer",
    [
        Peer(["150369"]),
        Peer([], banner=apdu("issue33-banner").hex()),
    ],
)
async def test_another_protocol_on_the_port_is_told_as_such(peer: Peer) -> None:
    with pytest.raises(RefusedError, match="ZVT"):
        async with opened(peer):
            pass


async def test_terminal_that_changes_its_protocol_leaves_the_outcome_unknown() -> None:
    with pytest.raises(RemoteProtocolError, match="ZVT"):
        await pay("150369")


async def test_result_before_the_acknowledgement_is_not_believed() -> None:
    with pytest.raises(RemoteProtocolError):
        await pay("040f022700")


async def test_completion_without_a_result_is_no_payment() -> None:
    with pytest.raises(RemoteProtocolError):
        await pay(ACK, "060f00")


async def test_result_without_a_result_code_is_refused() -> None:
    peer = Peer(REGISTERED, [ACK, "040f0704000000000100", "061e016c"])
    async with opened(peer) as terminal:
        with pytest.raises(RemoteProtocolError):
            await terminal.payment(REQUEST, committed)
        await peer.played.wait()
    assert peer.heard[3] == "848300"


async def test_terminal_that_keeps_what_was_refused_leaves_the_outcome_unknown() -> None:
    with pytest.raises(RemoteProtocolError):
        await pay(ACK, "040f0927000400000000" + "0999", "060f00")


async def test_reversal_of_another_payment_with_the_same_number_is_refused() -> None:
    known = {name: getattr(REQUEST, name) for name in ("payment_id", "amount", "currency")}
    reversal = ReversalRequest(
        **known, original_receipt_number="0041", original_trace_number="000090"
    )
    about_another = "040f14270004000000000100" + "0b000092" + "37000089" + "870042"
    peer = Peer(REGISTERED, [ACK, about_another, "061e016c"])
    async with opened(peer) as terminal:
        result = await terminal.reversal(reversal, committed)
    assert (result.approved, result.reversed) == (False, True)
    assert peer.heard[3] == "846600"


async def test_abort_alone_is_a_decline() -> None:
    result = await pay(ACK, "061e0164")
    assert (result.approved, result.result_code, result.cancelled) == (False, "64", False)


async def test_terminals_own_words_are_told() -> None:
    result = await pay(ACK, apdu("ecrterm-abort_by_external_command").hex())
    assert result.cancelled
    assert "Abbruch durch externes Kommando!" in result.message


async def test_command_that_a_till_does_not_know_is_refused_and_the_payment_goes_on() -> None:
    peer = Peer(REGISTERED, [ACK, "040d00", "040f022700", "060f00"])
    async with opened(peer) as terminal:
        assert (await terminal.payment(REQUEST, committed)).approved
        await peer.played.wait()
    assert peer.heard[3:] == ["848300", ACK, ACK]


@pytest.mark.parametrize("broken", ["04ff040a01ff01", "06d302ff01", "04ff00"])
async def test_broken_text_does_not_cost_the_payment(broken: str) -> None:
    assert (await pay(ACK, broken, "040f022700", "060f00")).approved


async def test_texts_of_the_terminal_are_told_with_the_phase() -> None:
    peer = Peer(REGISTERED, [ACK, apdu("ecrterm-parsing-5").hex(), "040f022700", "060f00"])
    async with opened(peer) as terminal:
        events = terminal.events()
        await terminal.payment(REQUEST, committed)
        told = [await anext(events) for _ in range(3)]
    assert told[1:] == [
        DisplayText(("Bitte Karte einstecken",), payment_id=REQUEST.payment_id),
        PhaseChanged(Phase.WAITING_FOR_CARD, REQUEST.payment_id, "Bitte Karte einstecken"),
    ]


async def test_link_lost_in_the_middle_is_unknown_and_says_what_to_do() -> None:
    with pytest.raises(OutcomeUnknownError, match="do not start the payment again"):
        await pay(ACK, "close")


async def test_lost_link_after_a_failed_commit_keeps_both_errors() -> None:
    async def fail(result: PaymentResult) -> None:
        del result
        raise RuntimeError("The disk is full.")

    peer = Peer(REGISTERED, [ACK, "040f022700", "close"])
    async with opened(peer) as terminal:
        with pytest.raises(OutcomeUnknownError) as raised:
            await terminal.payment(REQUEST, fail)
    assert peer.heard[3] == "846600"
    assert isinstance(raised.value.__cause__, RuntimeError)


async def test_second_result_replaces_the_first_only_when_it_was_committed() -> None:
    peer = Peer(REGISTERED, [ACK, "040f022700", "040f02276c", "061e016c"])
    calls: list[bool] = []

    async def fail_first(result: PaymentResult) -> None:
        calls.append(result.approved)
        raise RuntimeError("The disk is full.")

    async with opened(peer) as terminal:
        with pytest.raises(RuntimeError):
            await terminal.payment(REQUEST, fail_first)
        await peer.played.wait()
    assert calls == [True]
    assert peer.heard[3:] == ["846600", ACK, ACK]


async def test_full_card_number_never_leaves_the_driver() -> None:
    text = PAN.encode().hex()
    body = bytes.fromhex("2700" + "04000000000100" + "22f0f8" + PAN + "3cf0f1f6" + text)
    line = b"\x00PAN " + PAN.encode()
    messages = [
        "040f" + bytes([len(body)]).hex() + body.hex(),
        "06d1" + bytes([len(line)]).hex() + line.hex(),
        "060f00",
    ]
    seen: list[PaymentResult] = []

    async def commit(result: PaymentResult) -> None:
        seen.append(result)

    async with opened(Peer(REGISTERED, [ACK, *messages])) as terminal:
        seen.append(await terminal.payment(REQUEST, commit))
    assert seen[0].masked_pan == "411111******1111"
    assert all(PAN not in repr(result) for result in seen)
    assert seen[1].receipt_text_customer == "PAN 411111******1111"


@pytest.mark.parametrize(
    ("code", "state"),
    [
        ("00", TerminalState.IDLE),
        ("9c", TerminalState.BUSY),
        ("c1", TerminalState.LOCKED),
        ("c2", TerminalState.NEEDS_DIAGNOSIS),
        ("f0", TerminalState.NEEDS_RECONCILIATION),
        ("51", TerminalState.MAINTENANCE),
        ("df", TerminalState.OUT_OF_ORDER),
        ("e2", TerminalState.OUT_OF_ORDER),
    ],
)
async def test_status_codes_become_states(code: str, state: TerminalState) -> None:
    async with opened(Peer(REGISTERED, [ACK, f"060f01{code}"])) as terminal:
        status = await terminal.diagnosis()
    assert (status.state, status.status_code) == (state, code.upper())
    assert status.message


async def test_status_of_a_recorded_terminal_names_its_software() -> None:
    recorded = apdu("ecrterm-completion").hex()
    async with opened(Peer(REGISTERED, [ACK, recorded])) as terminal:
        status = await terminal.diagnosis()
    assert status.software_version == "GER-APP-v2.0.9;cR02.01.01-00.09-2-2;CC26"
    assert status.terminal_id == "52500245"


async def test_query_on_a_broken_link_is_offline_not_unknown() -> None:
    async with opened(Peer(REGISTERED, ["close"])) as terminal:
        with pytest.raises(OfflineError):
            await terminal.diagnosis()


@pytest.mark.parametrize(
    ("changes", "byte"),
    [
        ({}, "8e"),
        ({"receipts": "terminal"}, "08"),
        ({"exclusive": True}, "9e"),
    ],
)
def test_config_byte_follows_the_settings(changes: dict[str, object], byte: str) -> None:
    assert f"{Settings(host='x', **changes).config_byte:02x}" == byte  # type: ignore[arg-type] # a table of settings


async def test_end_of_day_that_is_not_possible_says_why() -> None:
    async def commit(result: ReconciliationResult) -> None:
        pytest.fail(f"There is nothing to commit: {result}")

    async with opened(Peer(REGISTERED, [ACK, "061e0177"])) as terminal:
        result = await terminal.reconciliation(commit)
    assert (result.approved, result.result_code) == (False, "77")
    assert result.message == "The end of day is not possible now."


@pytest.mark.parametrize(
    ("message", "answer"),
    [
        ("04ff010a", ACK),
        ("061e016c", ACK),
        ("06d10141", "848300"),
        ("040f022700", "846600"),
        ("040f0799040000000001", "846600"),
    ],
)
async def test_unasked_message_is_answered_and_never_kept(message: str, answer: str) -> None:
    peer = Peer([ACK, "060f00", message])
    async with opened(peer):
        await peer.played.wait()
    assert peer.heard[2:] == [answer]


async def test_unasked_acknowledgement_is_nothing() -> None:
    peer = Peer([ACK, "060f00", ACK], [ACK, "060f0100"])
    async with opened(peer) as terminal:
        assert (await terminal.diagnosis()).state is TerminalState.IDLE


async def test_another_character_set_is_asked_for_and_read() -> None:
    peer = Peer(REGISTERED, [ACK, "040f022700", "06d103" + "00" + "c3a9", "060f00"])
    async with peer.serving() as settings:
        chosen = msgspec.structs.replace(settings, character_set="utf-8")
        terminal = await open_device("counter", chosen, {})
        result = await terminal.payment(REQUEST, committed)
        await terminal.close()
    assert peer.heard[0] == "0600170000008e0978060f26040a0206d31401fe1f7303000000"
    assert result.receipt_text_customer == "é"


async def test_question_waits_for_a_question_and_a_payment_waits_for_nobody() -> None:
    turn = Turn("counter", 5.0)
    await turn.take(acts=False)
    waiting = asyncio.create_task(turn.take(acts=True))
    await asyncio.sleep(0)
    assert not waiting.done()
    await turn.spend(asyncio.sleep(0))
    await waiting
    with pytest.raises(BusyError):
        await turn.take(acts=False)


async def test_question_without_an_end_is_busy_after_a_while() -> None:
    turn = Turn("counter", 5.0)
    await turn.take(acts=False)
    waiting = asyncio.create_task(turn.take(acts=True))
    await asyncio.sleep(0)
    advance(5.1)
    with pytest.raises(BusyError):
        await waiting
    assert not turn.free


@pytest.mark.parametrize(("acts", "error"), [(True, OutcomeUnknownError), (False, OfflineError)])
async def test_command_that_is_cut_off_when_the_turn_is_drained_is_no_cancelled_call(
    acts: bool,  # noqa: FBT001 - a parameter of the test
    error: type[DeviceError],
) -> None:
    turn = Turn("counter", 5.0)
    await turn.take(acts=acts)
    endless = asyncio.create_task(turn.spend(asyncio.Event().wait()))
    await asyncio.sleep(0)
    draining = asyncio.create_task(turn.drain(1.0))
    await asyncio.sleep(0)
    advance(1.1)
    await draining
    with pytest.raises(error):
        await endless
    assert turn.free


async def test_call_that_is_cancelled_leaves_its_command_to_end() -> None:
    turn = Turn("counter", 5.0)
    await turn.take(acts=True)
    end = asyncio.Event()
    waiting = asyncio.create_task(turn.spend(end.wait()))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert not turn.free
    end.set()
    await turn.drain(1.0)
    assert turn.free


async def test_payment_that_is_thrown_away_in_the_middle_of_a_commit_awaits_nothing_more() -> None:
    committing, end = asyncio.Event(), asyncio.Event()

    async def commit(result: PaymentResult) -> None:
        del result
        committing.set()
        await end.wait()

    async with opened(Peer(REGISTERED, [ACK, "040f022700"])) as terminal:
        assert isinstance(terminal, ZvtTerminal)
        paying = asyncio.create_task(terminal.payment(REQUEST, commit))
        await committing.wait()
        (running,) = terminal._turn._tasks
        thrown_away = running.get_coro()
        assert isinstance(thrown_away, Coroutine)
        thrown_away.close()
        end.set()
        running.cancel()  # nothing else wakes it any more
        with pytest.raises(RuntimeError, match="already awaited"):
            await paying


def test_password_is_not_shown_with_the_settings() -> None:
    assert "123456" not in repr(Settings(host="terminal", password="123456"))  # noqa: S106 - a till's, made up


NUMBERED = [ACK, "060f0806061f7303000000"]


def numbered(message: str, number: int) -> str:
    head, body = message[:4], message[6:]
    body += f"06061f7303{number:06d}"
    return f"{head}{len(body) // 2:02x}{body}"


async def test_numbered_messages_are_answered_with_their_numbers() -> None:
    script = [numbered(ACK, 1), numbered("040f022700", 2), numbered("060f00", 3)]
    peer = Peer(NUMBERED, script, [numbered(ACK, 4), numbered("060f0100", 5)])
    async with opened(peer) as terminal:
        assert (await terminal.payment(REQUEST, committed)).approved
        await terminal.diagnosis()
        await peer.played.wait()
    assert peer.heard[2:] == [
        "060114" + "0400000000010049097819" + "40" + "06061f7303000001",
        numbered(ACK, 2),
        numbered(ACK, 3),
        numbered("050100", 4),
        numbered(ACK, 5),
    ]


async def test_acknowledgement_of_something_else_is_not_taken_for_ours() -> None:
    late = numbered("849c00", 7)
    script = [late, numbered(ACK, 1), numbered("040f022700", 2), numbered("060f00", 3)]
    async with opened(Peer(NUMBERED, script)) as terminal:
        assert (await terminal.payment(REQUEST, committed)).approved


async def test_repeated_message_is_answered_again_and_not_taken_twice() -> None:
    line = numbered("06d1020041", 3)
    script = [numbered(ACK, 1), numbered("040f022700", 2), line, line, numbered("060f00", 4)]
    peer = Peer(NUMBERED, script)
    async with opened(peer) as terminal:
        result = await terminal.payment(REQUEST, committed)
        await peer.played.wait()
    assert result.receipt_text_customer == "A"
    assert peer.heard[4:6] == [numbered(ACK, 3)] * 2


async def test_terminal_that_numbers_everything_alike_is_still_committed_before_it_hears_yes() -> (
    None
):
    script = [numbered(ACK, 1), numbered("04ff010a", 1), numbered("040f022700", 1)]
    results: list[PaymentResult] = []

    async def commit(result: PaymentResult) -> None:
        results.append(result)

    async with opened(Peer(NUMBERED, [*script, numbered("060f00", 1)])) as terminal:
        assert (await terminal.payment(REQUEST, commit)).approved
    assert len(results) == 1


async def test_message_that_begins_and_does_not_end_is_a_lost_link_after_t3() -> None:
    peer = Peer(REGISTERED, [ACK, "040f0227"])
    async with opened(peer) as terminal:
        events = terminal.events()
        paying = asyncio.create_task(terminal.payment(REQUEST, committed))
        assert (await anext(events)) == PhaseChanged(Phase.STARTED, REQUEST.payment_id)
        with pytest.raises(OutcomeUnknownError):
            await hurry(paying)


async def test_read_card_may_end_with_its_result_or_with_a_completion() -> None:
    read = "040f0e2700" + "8a05" + "06081f140171" + "4c020708"
    for answers in ([ACK, read], [ACK, read, "060f00"]):
        peer = Peer(REGISTERED, answers)
        async with opened(peer) as terminal:
            card = await terminal.card_acquisition()
            await peer.played.wait()
        assert card is not None
        assert (card.card_brand, card.card_pseudonym) == ("girocard", "71")


async def test_card_that_the_terminal_cannot_read_is_told_why() -> None:
    async with opened(Peer(REGISTERED, [ACK, "061e0164"])) as terminal:
        with pytest.raises(RefusedError, match="cannot be read"):
            await terminal.card_acquisition()


async def test_polled_card_that_pays_nothing_is_its_uid() -> None:
    peer = Peer(REGISTERED, [ACK, "040f10277a060c4c0a00000004a1b2c3d4e580", "061e017a"])
    async with peer.serving() as settings:
        chosen = msgspec.structs.replace(settings, card_reading="card_poll")
        terminal = await open_device("counter", chosen, {})
        card = await terminal.card_acquisition()
        await terminal.close()
    assert card is not None
    assert (card.payment_card, card.card_pseudonym) == (False, "04A1B2C3D4E580")


@pytest.mark.parametrize(
    ("answer", "numbers"),
    [
        (apdu("ecrterm-open_reservations_response_receipt").hex(), ("0123",)),
        ("061e0db8060a23080802012308024567", ("0123", "4567")),
        ("061e04b887ffff", ()),
        ("060f00", ()),
    ],
)
async def test_list_of_what_is_set_aside_is_read(answer: str, numbers: tuple[str, ...]) -> None:
    async with opened(Peer(REGISTERED, [ACK, answer])) as terminal:
        found = await terminal.open_pre_authorisations()
    assert found == numbers


async def test_question_for_what_is_set_aside_may_be_refused() -> None:
    async with opened(Peer(REGISTERED, [ACK, "061e0183"])) as terminal:
        with pytest.raises(RefusedError):
            await terminal.open_pre_authorisations()


async def test_log_off_ends_with_its_acknowledgement() -> None:
    async with opened(Peer(REGISTERED, [ACK])) as terminal:
        await terminal.logout()
        assert terminal.status is not None
        assert terminal.status.state is TerminalState.LOGGED_OUT


async def test_maintenance_of_the_terminal_begins_and_ends() -> None:
    peer = Peer(REGISTERED, [ACK, "060f01e0"], [ACK, "060f0100"])
    async with opened(peer) as terminal:
        events = terminal.events()
        await terminal.diagnosis()
        await terminal.diagnosis()
        told = [await anext(events) for _ in range(4)]
    changes = [event.active for event in told if isinstance(event, MaintenanceChanged)]
    assert changes == [True, False]


async def test_host_codes_are_kept_beside_the_sentence() -> None:
    assert (await pay(ACK, "040f022705", "061e0105")).host_code == "05"
    assert (await pay(ACK, "040f042700a0a1", "060f00")).host_code == "A1"
    assert (await pay(ACK, "040f02276c", "061e016c")).host_code is None
