"""One request that moves money: sent, answered, checked, committed.

What the terminal approved and nobody asked for is given back by a reversal; whatever is not clear
is left in doubt.
"""

import asyncio
from collections.abc import Awaitable, Callable

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
    PaymentResult,
    ReceiptKind,
    TerminalEvent,
    TerminalRequest,
)
from drivers.payment_terminal.opi import requests, results
from drivers.payment_terminal.opi.devices import DeviceChannel, TillDevices
from drivers.payment_terminal.opi.exchange import Exchange
from drivers.payment_terminal.opi.recovery import differs
from drivers.payment_terminal.opi.results import Verdict
from drivers.payment_terminal.opi.settings import Settings
from drivers.wire.opi.messages import CardServiceRequest, CardServiceResponse, Response
from drivers.wire.opi.words import OverallResult


class Running:
    """The request under way, as an abort needs to know it.

    Attributes:
        sent: Set when it has left, or has ended.
        answered: The terminal has answered: it is too late to abort.
    """

    def __init__(self) -> None:
        self.sent = asyncio.Event()
        self.answered = False


class Paying:
    """Payments, refunds and reversals on their way.

    Args:
        device: The configured name, for errors.
        settings: How patient the till is.
        exchange, channel: The two channels.
        publish: Takes events.
        login: Logs the till in once more; called when the terminal has forgotten it.
    """

    def __init__(  # noqa: PLR0913 - what it works with, each of another kind
        self,
        device: str,
        settings: Settings,
        exchange: Exchange,
        channel: DeviceChannel,
        publish: Callable[[TerminalEvent], None],
        *,
        login: Callable[[], Awaitable[object]],
    ) -> None:
        self._device = device
        self._settings = settings
        self._exchange = exchange
        self._channel = channel
        self._publish = publish
        self._login = login

    async def run(
        self,
        request: TerminalRequest,
        message: CardServiceRequest,
        commit: Commit,
        running: Running,
    ) -> PaymentResult:
        """Send a request for money and take it to its end; as the family's verbs."""
        devices = TillDevices(request.payment_id, self._publish)
        with self._channel.serving(devices):
            result = await self._pay(request, message, commit, running, devices)
            await self._channel.settled(self._settings.settle_timeout)
        return msgspec.structs.replace(
            result,
            receipt_text_merchant=devices.receipt(ReceiptKind.MERCHANT),
            receipt_text_customer=devices.receipt(ReceiptKind.CUSTOMER),
        )

    async def _pay(
        self,
        request: TerminalRequest,
        message: CardServiceRequest,
        commit: Commit,
        running: Running,
        devices: TillDevices,
    ) -> PaymentResult:
        answer = await self._ask(message, running.sent.set)
        if answer.overall_result == OverallResult.LOGGED_OUT:
            await self._login()
            answer = await self._ask(message, running.sent.set)
        running.answered = True
        check_verdict(answer, self._device)
        devices.begin()
        result = results.payment_result(answer, request, devices)
        if result.approved and result.authorised_amount is None:
            raise RemoteProtocolError(
                "The terminal approved and does not say how much.", device=self._device
            )
        if result.approved and differs(result, request):
            return await self._give_back(request, result, commit)
        await commit(result)
        return result

    async def _ask(
        self, message: CardServiceRequest, on_sent: Callable[[], None]
    ) -> CardServiceResponse:
        answer = await self._exchange.ask(
            message,
            CardServiceResponse,
            patience=self._settings.silence_timeout,
            acts=True,
            on_sent=on_sent,
        )
        asked = (message.request_type, message.request_id)
        if (answer.request_type, answer.request_id) != asked:
            raise RemoteProtocolError(
                "The payment terminal answered another request.", device=self._device
            )
        return answer

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
        given_back = False
        if result.trace_number is not None:
            message = requests.reversal_of(
                self._settings, result.trace_number, requests.give_back_id(request.payment_id)
            )
            answer = await self._ask(message, lambda: None)
            given_back = results.verdict_of(answer) is Verdict.APPROVED
        if not given_back:
            raise RemoteProtocolError(
                "The terminal kept another amount than asked for. Look at its slip and give that "
                "back by hand.",
                device=self._device,
            )
        return msgspec.structs.replace(refused, reversed=True)


def check_verdict(answer: Response, device: str) -> None:
    """Raise what an answer that is neither a yes nor a no means.

    Raises:
        BusyError, RefusedError: Nothing was begun.
        OutcomeUnknownError: The answer's word is not known here.
    """
    match results.verdict_of(answer):
        case Verdict.NOT_STARTED:
            raise not_started(answer, device)
        case Verdict.UNCERTAIN:
            raise OutcomeUnknownError(
                f"The terminal answered {answer.overall_result!r}, which is not known here. "
                "Whether the customer paid is not known: do not start the payment again.",
                device=device,
            )


def not_started(answer: Response, device: str) -> DeviceError:
    """Return the error for an answer that says that nothing was begun."""
    kind = BusyError if answer.overall_result == OverallResult.BUSY else RefusedError
    return kind(results.sentence_of(answer), device=device)
