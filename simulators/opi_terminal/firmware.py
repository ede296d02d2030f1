"""What the terminal does with each request.

Not known from any source, and so here by choice: a request without a login is answered with
Loggedout, one beside another with Busy, one that is not understood with FormatError, one whose id
was used before with ValidationError; the last message is repeated as it was, with the id of the
request that it answered.
"""

import asyncio
import collections
import dataclasses

from drivers.wire.opi import decode, encode
from drivers.wire.opi.messages import (
    CardServiceRequest,
    CardServiceResponse,
    ServiceRequest,
    ServiceResponse,
    Total,
)
from drivers.wire.opi.words import OverallResult, RequestType
from simulators.nexo_terminal.books import Books, Entry
from simulators.opi_terminal.payment import Payment, Terminal
from simulators.opi_terminal.slips import end_of_day_slip
from simulators.opi_terminal.till import Till
from simulators.payment_terminal.cards import CARDS
from simulators.payment_terminal.ledger import State

SOFTWARE_VERSION = "SIM 1.0"

Request = ServiceRequest | CardServiceRequest
Response = ServiceResponse | CardServiceResponse


class Firmware:
    """The terminal's inner life; at most one request at a time, but for an abort."""

    def __init__(self, terminal: Terminal, books: Books) -> None:
        self._terminal = terminal
        self._books = books
        self._logged_in = False
        self._running: asyncio.Task[Response] | None = None

    @property
    def logged_in(self) -> bool:
        """True when a till has logged in."""
        return self._logged_in

    def start(self) -> None:
        """Come up: what a power cut left open was never approved."""
        self._logged_in = False
        for entry in self._books.entries():
            if entry.state is State.PENDING:
                self._books.settle(dataclasses.replace(entry, state=State.DECLINED))

    async def stop(self) -> None:
        """Lose power."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait({self._running})

    async def take(self, request: Request, till: Till) -> Response:
        """Take a request and return its response; the request goes on when nobody waits."""
        if request.request_type == RequestType.ABORT_REQUEST:
            return self._abort(request)
        refused = self._refusal(request)
        if refused is not None:
            return _answer(request, refused)
        self._running = asyncio.create_task(self._run(request, till))
        return await asyncio.shield(self._running)

    def _refusal(self, request: Request) -> OverallResult | None:
        faults = self._terminal.faults
        if self._running is not None or "busy" in faults:
            return OverallResult.BUSY
        if request.request_type == RequestType.LOGIN:
            return None
        if faults.take("logged_out"):
            self._logged_in = False
        if not self._logged_in:
            return OverallResult.LOGGED_OUT
        if request.request_type not in _KNOWN[type(request)]:
            return OverallResult.FORMAT_ERROR
        seen = self._books.message(request.workstation_id, request.request_id)
        return None if seen is None else OverallResult.VALIDATION_ERROR

    async def _run(self, request: Request, till: Till) -> Response:
        try:
            if isinstance(request, ServiceRequest):
                return await self._serve(request, till)
            return await self._serve_card(request, till)
        finally:
            self._running = None
            self._terminal.show("idle")

    async def _serve(self, request: ServiceRequest, till: Till) -> ServiceResponse:
        self._logged_in = request.request_type != RequestType.LOGOFF
        answer = ServiceResponse(
            request_type=request.request_type,
            request_id=request.request_id,
            workstation_id=request.workstation_id,
            overall_result=OverallResult.SUCCESS,
            terminal_id=self._terminal.model.terminal_id,
            timestamp=self._terminal.model.clock(),
            software_version=SOFTWARE_VERSION,
        )
        if request.request_type != RequestType.RECONCILIATION_WITH_CLOSURE:
            return answer
        period = [entry for entry in self._books.close_period() if entry.kind != "reversal"]
        await till.put(end_of_day_slip(period, self._terminal.model.terminal_id))
        return dataclasses.replace(answer, totals=_totals(period))

    async def _serve_card(self, request: CardServiceRequest, till: Till) -> CardServiceResponse:
        if request.request_type == RequestType.REPEAT_LAST_MESSAGE:
            return self._repeat(request)
        if request.request_type == RequestType.PAYMENT_REVERSAL:
            return self._reverse(request)
        payment = Payment(self._terminal, request, till)
        response = await payment.run()
        if "response_before_receipts" not in self._terminal.faults:
            await payment.print_receipts()
        else:
            till.later = payment.print_receipts
        return response

    def _repeat(self, request: CardServiceRequest) -> CardServiceResponse:
        last = self._books.last()
        if "no_repeat" in self._terminal.faults:
            return _card_answer(request, OverallResult.FORMAT_ERROR)
        if last is None:
            return _card_answer(request, OverallResult.FAILURE)
        repeated = decode(last.answer.encode())
        assert isinstance(repeated, CardServiceResponse)  # noqa: S101 - our own books
        return repeated

    def _reverse(self, request: CardServiceRequest) -> CardServiceResponse:
        original = self._books.tender(request.original_stan or "")
        if original is None or original.state is not State.BOOKED:
            return _card_answer(request, OverallResult.FAILURE, "Storno niet mogelijk")
        card = CARDS[original.card]
        entry = self._books.enter(
            Entry(
                kind="reversal",
                sale_id=request.workstation_id,
                service_id=request.request_id,
                category=request.request_type,
                tender=f"{len(self._books.entries()) + 1:06d}",
                amount=original.amount,
                currency=original.currency,
                card=original.card,
                at=self._terminal.model.clock(),
            )
        )
        response = dataclasses.replace(
            _card_answer(request, OverallResult.SUCCESS),
            terminal_id=self._terminal.model.terminal_id,
            stan=entry.tender,
            timestamp=entry.at,
            amount=original.amount,
            currency=original.currency,
            card_circuit=card.name,
            card_pan=card.masked_pan,
            receipt_number=str(entry.id),
        )
        answer = encode(response).decode()
        booked = dataclasses.replace(entry, state=State.BOOKED, answer=answer)
        self._books.settle(booked, gives_back=original)
        return response

    def _abort(self, request: Request) -> Response:
        waiting = self._running is not None and self._terminal.step == "waiting_for_card"
        if waiting:
            self._terminal.customer.leave()
        return _answer(request, OverallResult.SUCCESS if waiting else OverallResult.FAILURE)


_KNOWN: dict[type, frozenset[str]] = {
    ServiceRequest: frozenset(
        {RequestType.LOGIN, RequestType.LOGOFF, RequestType.RECONCILIATION_WITH_CLOSURE}
    ),
    CardServiceRequest: frozenset(
        {
            RequestType.CARD_PAYMENT,
            RequestType.PAYMENT_REFUND,
            RequestType.PAYMENT_REVERSAL,
            RequestType.REPEAT_LAST_MESSAGE,
        }
    ),
}


def _answer(request: Request, result: OverallResult) -> Response:
    if isinstance(request, CardServiceRequest):
        return _card_answer(request, result)
    return ServiceResponse(
        request_type=request.request_type,
        request_id=request.request_id,
        workstation_id=request.workstation_id,
        overall_result=result,
    )


def _card_answer(
    request: CardServiceRequest, result: OverallResult, error_text: str | None = None
) -> CardServiceResponse:
    return CardServiceResponse(
        request_type=request.request_type,
        request_id=request.request_id,
        workstation_id=request.workstation_id,
        overall_result=result,
        error_text=error_text,
    )


def _totals(period: list[Entry]) -> tuple[Total, ...]:
    sums: dict[tuple[str, str, str], list[int]] = collections.defaultdict(list)
    for entry in period:
        payment_type = "Credit" if entry.kind == "refund" else "Debit"
        sums[CARDS[entry.card].name, payment_type, entry.currency].append(entry.amount)
    return tuple(
        Total(circuit, payment_type, len(amounts), sum(amounts), currency)
        for (circuit, payment_type, currency), amounts in sums.items()
    )
