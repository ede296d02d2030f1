"""What the contract of ZVT terminals needs: the simulators, a journal, a payment."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

from drivers.errors import (
    BusyError,
)
from drivers.payment_terminal import (
    CompletionRequest,
    PaymentRequest,
    PaymentResult,
    PaymentTerminal,
    ReconciliationResult,
    TerminalEvent,
)
from simulators import payment_terminal as simulated
from simulators.payment_terminal import State

Simulator = simulated.PaymentTerminal
Result = PaymentResult | ReconciliationResult


def over_tcp(name: str = "counter", **choices: Any) -> Simulator:
    return simulated.PaymentTerminal(name, **choices)


def over_a_serial_line(name: str = "counter", **choices: Any) -> Simulator:
    return simulated.PaymentTerminal(name, line="serial", **choices)


SIMULATORS: list[Callable[..., Simulator]] = [over_tcp, over_a_serial_line]

AUTHORIZATION, STATUS_ENQUIRY, STATUS_INFORMATION, POSITIVE_ACK = 0x0601, 0x0501, 0x040F, 0x8000
PLEASE_WAIT = 0x849C


class Journal:
    """Where `commit` writes; it can be slow, or fail."""

    def __init__(self) -> None:
        self.results: list[Any] = []
        self.open = asyncio.Event()
        self.open.set()
        self.error: Exception | None = None

    async def commit(self, result: Result) -> None:
        await self.open.wait()
        if self.error:
            raise self.error
        self.results.append(result)


def request(amount: int = 1234, last: PaymentResult | None = None) -> PaymentRequest:
    return PaymentRequest(
        payment_id="01JD0000000000000000000000",
        amount=amount,
        currency="EUR",
        last_receipt_number=last.receipt_number if last else None,
        last_trace_number=last.trace_number if last else None,
        terminal_id=last.terminal_id if last else None,
    )


async def pay(
    simulator: Simulator,
    terminal: PaymentTerminal,
    hand: str = "tap",
    *,
    amount: int = 1234,
    journal: Journal | None = None,
) -> PaymentResult:
    await simulator.hand(hand)
    return await terminal.payment(request(amount), (journal or Journal()).commit)


def states(simulator: Simulator) -> list[State]:
    return [entry.state for entry in simulator.ledger.entries()]


def seen(events: AsyncIterator[TerminalEvent], kind: type[TerminalEvent]) -> Any:
    async def find() -> TerminalEvent:
        return await anext(event async for event in events if isinstance(event, kind))

    return find()


async def set_aside(simulator: Simulator, terminal: PaymentTerminal, amount: int) -> PaymentResult:
    await simulator.hand("insert_pin")
    result = await terminal.pre_authorisation(request(amount), Journal().commit)
    assert (result.approved, result.authorised_amount) == (True, amount)
    return result


def completion(aside: PaymentResult, amount: int) -> CompletionRequest:
    return CompletionRequest(
        payment_id="01JD0000000000000000000003",
        original_receipt_number=aside.receipt_number,
        original_trace_number=aside.trace_number,
        original_amount=aside.authorised_amount or 0,
        amount=amount,
        currency="EUR",
    )


async def until_free(terminal: PaymentTerminal) -> None:
    while True:
        with contextlib.suppress(BusyError):
            await terminal.diagnosis()
            return
        await asyncio.sleep(0)
