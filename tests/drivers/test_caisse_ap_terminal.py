import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Self

import pytest

from drivers.errors import (
    BusyError,
    OfflineError,
    Outcome,
    OutcomeUnknownError,
    RefusedError,
    RemoteProtocolError,
)
from drivers.payment_terminal import (
    AbortOutcome,
    PaymentRequest,
    PaymentResult,
    PaymentTerminal,
    Phase,
    PhaseChanged,
    RefundRequest,
    TerminalEvent,
)
from simulators.caisse_ap_terminal import CaisseApTerminal
from tests.contracts.terminals import open_configured
from tests.drivers.test_wire_caisse_ap import PAID
from tests.shifting_loop import advance, hurry

ASKED = PaymentRequest(payment_id="01JD0000000000000000000000", amount=123, currency="EUR")


@pytest.fixture
async def simulator() -> AsyncIterator[CaisseApTerminal]:
    async with CaisseApTerminal("counter") as simulator:
        yield simulator


@pytest.fixture
async def terminal(simulator: CaisseApTerminal) -> AsyncIterator[PaymentTerminal]:
    terminal = await open_configured(simulator)
    yield terminal
    await terminal.close()


async def forget(result: object) -> None:
    """A commit that keeps nothing."""


async def pay(
    simulator: CaisseApTerminal, terminal: PaymentTerminal, hand: str = "tap"
) -> PaymentResult:
    await simulator.hand(hand)
    return await terminal.payment(ASKED, forget)


async def phases(told: AsyncIterator[TerminalEvent]) -> list[Phase]:
    """Every phase that there was, once the device is closed."""
    found: list[TerminalEvent] = []
    with contextlib.suppress(OfflineError):
        while True:
            found.append(await anext(told))
    return [event.phase for event in found if isinstance(event, PhaseChanged)]


class RecordedTerminal:
    """Answers as the terminal in the recording did, in the pieces that a test wants."""

    def __init__(self, *pieces: str, ends: bool = False) -> None:
        self._pieces = pieces
        self._ends = ends
        self.heard: list[bytes] = []
        self.port = 0
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()

    def toml(self) -> str:
        return (
            '[[payment_terminal]]\nname = "t"\ndriver = "caisse_ap"\nhost = "127.0.0.1"\n'
            f"port = {self.port}\n"
        )

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.read(4096)
        if request:
            self.heard.append(request)
            for piece in self._pieces:
                writer.write(piece.encode())
                await writer.drain()
                await asyncio.sleep(0)
            if not self._ends:
                await reader.read()
        writer.close()


async def paid_at(recorded: RecordedTerminal) -> PaymentResult:
    terminal = await open_configured(recorded)
    try:
        return await terminal.payment(ASKED, forget)
    finally:
        await terminal.close()


ANSWER = PAID["response"]


@pytest.mark.parametrize(
    ("pieces", "ends"),
    [
        ((ANSWER,), False),
        ((ANSWER,), True),
        (tuple(ANSWER), False),
        ((ANSWER[:64], ANSWER[64:]), False),
        ((ANSWER[:71], ANSWER[71:]), False),
    ],
)
async def test_recorded_exchange_is_the_same_payment_in_any_pieces(
    pieces: tuple[str, ...],
    ends: bool,  # noqa: FBT001 - drawn by the parameters
) -> None:
    async with RecordedTerminal(*pieces, ends=ends) as recorded:
        result = await paid_at(recorded)
    assert recorded.heard == [PAID["request"].encode()]
    assert (result.approved, result.authorised_amount, result.currency) == (True, 123, "EUR")
    assert (result.authorization_code, result.merchant_id) == ("773806", "424242")
    assert (result.card_brand, result.masked_pan) == ("CB", "938286******6475")


@pytest.mark.parametrize("length", [69, len(ANSWER) - 1])
async def test_answer_that_breaks_off_leaves_the_outcome_unknown(length: int) -> None:
    async with RecordedTerminal(ANSWER[:length], ends=True) as recorded:
        with pytest.raises(OutcomeUnknownError):
            await paid_at(recorded)


async def test_answer_with_half_a_field_behind_its_outcome_is_not_believed() -> None:
    async with RecordedTerminal(ANSWER[:71], ANSWER[71:73]) as recorded:
        with pytest.raises(OutcomeUnknownError):
            await hurry(paid_at(recorded))


@pytest.mark.parametrize("fault", ["other_amount", "unknown_outcome", "not_caisse_ap"])
async def test_answer_that_cannot_be_believed_leaves_the_outcome_unknown(
    simulator: CaisseApTerminal, terminal: PaymentTerminal, fault: str
) -> None:
    simulator.faults.switch(fault, on=True)
    with pytest.raises(RemoteProtocolError) as raised:
        await pay(simulator, terminal)
    assert raised.value.outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(("fault", "code"), [("decline", "04"), ("no_reason", "01")])
async def test_no_is_told_with_its_reason_or_without(
    simulator: CaisseApTerminal, terminal: PaymentTerminal, fault: str, code: str
) -> None:
    simulator.faults.switch("decline", on=True)
    simulator.faults.switch(fault, on=True)
    result = await pay(simulator, terminal)
    assert (result.approved, result.result_code) == (False, code)
    assert result.message.startswith("Declined")
    assert simulator.ledger.booked() == 0


async def test_customer_who_gives_up_is_told_by_its_code(
    simulator: CaisseApTerminal, terminal: PaymentTerminal
) -> None:
    result = await pay(simulator, terminal, "refuse")
    assert (result.result_code, result.cancelled, result.message) == ("11", True, "Cancelled.")


async def test_request_that_was_not_understood_was_not_started(
    simulator: CaisseApTerminal, terminal: PaymentTerminal
) -> None:
    simulator.faults.switch("missing_field", on=True)
    told = terminal.events()
    with pytest.raises(RefusedError) as raised:
        await pay(simulator, terminal)
    assert raised.value.outcome is Outcome.NOT_DONE
    await terminal.close()
    assert await phases(told) == []
    assert simulator.ledger.entries() == []


async def test_second_till_is_told_no(
    simulator: CaisseApTerminal, terminal: PaymentTerminal
) -> None:
    second = await open_configured(simulator, till="02")
    paying = asyncio.create_task(terminal.payment(ASKED, forget))
    await simulator.until("waiting_for_card")
    assert (await second.payment(ASKED, forget)).result_code == "05"
    await simulator.hand("tap")
    assert (await paying).approved
    assert simulator.ledger.booked() == 123
    await second.close()


async def test_refund_is_a_credit(simulator: CaisseApTerminal, terminal: PaymentTerminal) -> None:
    await simulator.hand("tap")
    back = RefundRequest(payment_id="A", amount=50, currency="EUR")
    assert (await terminal.refund(back, forget)).approved
    assert simulator.ledger.booked() == -50


async def test_silence_is_an_unknown_outcome_after_three_minutes(
    simulator: CaisseApTerminal, terminal: PaymentTerminal
) -> None:
    simulator.faults.switch("silent", on=True)
    paying = asyncio.create_task(terminal.payment(ASKED, forget))
    await simulator.until_heard("request")
    advance(179)
    await asyncio.sleep(0)
    assert not paying.done()
    advance(2)
    with pytest.raises(OutcomeUnknownError):
        await paying


async def test_only_the_customer_can_abort(
    simulator: CaisseApTerminal, terminal: PaymentTerminal
) -> None:
    paying = asyncio.create_task(terminal.payment(ASKED, forget))
    await simulator.until("waiting_for_card")
    assert await terminal.abort() is AbortOutcome.REFUSED
    with pytest.raises(BusyError):
        await terminal.diagnosis()
    await simulator.hand("refuse")
    assert (await paying).cancelled


async def test_idle_terminal_that_is_gone_ends_the_device(
    simulator: CaisseApTerminal, terminal: PaymentTerminal
) -> None:
    events = terminal.events()
    assert simulator._server is not None
    simulator._server.close()
    advance(61)
    with pytest.raises(OfflineError):
        async for _ in events:
            pass


async def test_books_survive_the_terminal(tmp_path: Path) -> None:
    books = tmp_path / "caisse_ap.sqlite"
    async with CaisseApTerminal("counter", books) as simulator:
        terminal: Any = await open_configured(simulator)
        await pay(simulator, terminal)
        paying = asyncio.create_task(terminal.payment(ASKED, forget))
        await simulator.until("waiting_for_card")
        await simulator.hand("power_cut")
        with pytest.raises(OutcomeUnknownError):
            await paying
        await terminal.close()
    async with CaisseApTerminal("counter", books) as simulator:
        assert [entry.state.value for entry in simulator.ledger.entries()] == ["booked", "declined"]
        assert simulator.ledger.booked() == 123
