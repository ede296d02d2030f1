"""One request that moves money: sent, answered, checked, committed.

nexo knows no byte that makes a terminal keep or drop a booking. So what the terminal approved and
nobody asked for is given back by a reversal, and whatever is not clear is left in doubt.
"""

import asyncio
from collections.abc import Callable

import msgspec

from drivers.errors import (
    BusyError,
    DeviceError,
    OutcomeUnknownError,
    RefusedError,
    RemoteProtocolError,
)
from drivers.payment_terminal import (
    Commit,
    PaymentRequest,
    PaymentResult,
    Phase,
    PhaseChanged,
    RefundRequest,
    ReversalRequest,
    SignatureRequired,
    TerminalEvent,
    TerminalRequest,
)
from drivers.payment_terminal.nexo import requests, results
from drivers.payment_terminal.nexo.exchange import Exchange
from drivers.payment_terminal.nexo.recovery import differs
from drivers.payment_terminal.nexo.requests import Parties, service_id_of
from drivers.payment_terminal.nexo.results import Verdict
from drivers.wire import WireError
from drivers.wire.nexo.parts import Response
from drivers.wire.nexo.payments import PaymentResponse, ReversalResponse
from drivers.wire.nexo.words import Category, ErrorCondition, ReversalReason


class Running:
    """The request under way, as an abort needs to know it.

    Attributes:
        category, service_id: Which message.
        payment_id: Which payment, refund or reversal; None for what moves no money.
        sent: Set when it has left, or has ended.
        answered: The terminal has answered: it is too late to abort.
    """

    def __init__(self, category: Category, service_id: str, payment_id: str | None = None) -> None:
        self.category = category
        self.service_id = service_id
        self.payment_id = payment_id
        self.sent = asyncio.Event()
        self.answered = False


class Paying:
    """One payment, refund or reversal on its way.

    Args:
        device: The configured name, for errors.
        exchange, parties: How to ask the terminal, and who speaks.
        patience: Seconds that the terminal may take.
        publish: Takes events.
    """

    def __init__(
        self,
        device: str,
        exchange: Exchange,
        parties: Parties,
        patience: float,
        publish: Callable[[TerminalEvent], None],
    ) -> None:
        self._device = device
        self._exchange = exchange
        self._parties = parties
        self._patience = patience
        self._publish = publish

    async def pay(
        self,
        request: PaymentRequest | RefundRequest,
        body: requests.PaymentBody,
        commit: Commit,
        running: Running,
    ) -> PaymentResult:
        """Send a PaymentRequest; as the family's `payment` and `refund`."""
        message = self._parties.message(Category.PAYMENT, running.service_id, body)
        answer = await self._exchange.ask(
            message,
            PaymentResponse,
            patience=self._patience,
            acts=True,
            on_sent=lambda: self._sent(request, running),
        )
        running.answered = True
        self._check_sale(answer, request)
        self._check_verdict(results.verdict_of(answer.response), answer.response)
        result = self._result(answer, request, running)
        if result.approved and differs(request, result):
            return await self._give_back(request, result, commit)
        if result.signature_required:
            self._publish(SignatureRequired(request.payment_id))
        await commit(result)
        return result

    async def reverse(
        self,
        request: ReversalRequest,
        body: requests.ReversalBody,
        commit: Commit,
        running: Running,
    ) -> PaymentResult:
        """Send a ReversalRequest; as the family's `reversal`."""
        answer = await self._ask_back(
            body, running.service_id, lambda: self._sent(request, running)
        )
        running.answered = True
        refused = answer.response.error_condition == ErrorCondition.NOT_ALLOWED
        if not refused:  # not allowed to give it back is an answer, such as: already given back
            self._check_verdict(results.verdict_of(answer.response), answer.response)
        result = results.reversal_result(answer, request, self._parties.poi_id, running.service_id)
        await commit(result)
        return result

    async def _give_back(
        self, request: TerminalRequest, result: PaymentResult, commit: Commit
    ) -> PaymentResult:
        """Reverse what was approved and not asked for.

        Raises:
            RemoteProtocolError: The terminal kept it.
        """
        refused = msgspec.structs.replace(
            result,
            approved=False,
            message="The terminal approved another amount than asked for. It is given back.",
        )
        await commit(refused)
        original, moment = result.poi_transaction_id, result.terminal_time
        kept = RemoteProtocolError(
            "The terminal kept another amount than asked for. Look at its slip and give that "
            "back by hand.",
            device=self._device,
        )
        if original is None or moment is None:
            raise kept
        body = requests.reversal_of(
            original, moment, request.payment_id, ReversalReason.UNABLE_TO_COMPLETE
        )
        service_id = service_id_of(f"{request.payment_id} given back")
        try:
            answer = await self._ask_back(body, service_id, lambda: None)
        except DeviceError as error:  # whatever it says of the reversal: the money was taken
            raise kept from error
        if results.verdict_of(answer.response) is not Verdict.APPROVED:
            raise kept
        return msgspec.structs.replace(refused, reversed=True)

    async def _ask_back(
        self, body: requests.ReversalBody, service_id: str, on_sent: Callable[[], None]
    ) -> ReversalResponse:
        return await self._exchange.ask(
            self._parties.message(Category.REVERSAL, service_id, body),
            ReversalResponse,
            patience=self._patience,
            acts=True,
            on_sent=on_sent,
        )

    def _sent(self, request: TerminalRequest, running: Running) -> None:
        running.sent.set()
        self._publish(PhaseChanged(Phase.STARTED, request.payment_id))

    def _check_sale(self, answer: PaymentResponse, request: TerminalRequest) -> None:
        """The ServiceID is ours; the sale that the terminal repeats must be ours as well."""
        named = answer.sale_data.sale_transaction_id if answer.sale_data else None
        if named is not None and named.transaction_id != request.payment_id:
            raise RemoteProtocolError(
                "The payment terminal answered for another sale.", device=self._device
            )

    def _check_verdict(self, verdict: Verdict, response: Response) -> None:
        if verdict is Verdict.NOT_STARTED:
            raise not_started(response, self._device)
        if verdict is Verdict.UNCERTAIN:
            raise OutcomeUnknownError(
                f"{results.sentence_of(response)} Whether the customer paid is not known: do not "
                "start the payment again.",
                device=self._device,
            )

    def _result(
        self, answer: PaymentResponse, request: TerminalRequest, running: Running
    ) -> PaymentResult:
        try:
            result = results.payment_result(
                answer, request, self._parties.poi_id, running.service_id
            )
        except WireError as error:
            raise RemoteProtocolError(
                f"The terminal's result cannot be read: {error}", device=self._device
            ) from error
        if result.approved and result.authorised_amount is None:
            raise RemoteProtocolError(
                "The terminal approved and does not say how much.", device=self._device
            )
        return result


def not_started(response: Response, device: str) -> DeviceError:
    """Return the error for an answer that says that nothing was begun."""
    message = results.sentence_of(response)
    if response.error_condition == ErrorCondition.BUSY:
        return BusyError(message, device=device)
    return RefusedError(message, device=device)
