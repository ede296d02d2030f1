"""An open OPI terminal: the family's verbs.

One request at a time (`turn`), but for an abort. When a verb's caller goes away, the request goes
on: its result is committed, but nobody is told. There is no connection to watch: the terminal is
asked from time to time, and the device ends when it does not answer.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import msgspec

from drivers.errors import (
    DeviceError,
    LocalProtocolError,
    OfflineError,
    RefusedError,
    RemoteProtocolError,
    UnsupportedError,
)
from drivers.fan import EventFan
from drivers.payment_terminal import (
    AbortOutcome,
    Capability,
    Commit,
    PaymentRequest,
    PaymentResult,
    ReconciliationResult,
    RefundRequest,
    ReversalRequest,
    TerminalEvent,
    TerminalRequest,
    TerminalState,
    TerminalStatus,
    TerminalStatusChanged,
    TracedMessage,
    TransactionStatus,
)
from drivers.payment_terminal.opi import recovery, requests, results
from drivers.payment_terminal.opi.devices import DeviceChannel, TillDevices
from drivers.payment_terminal.opi.exchange import Exchange
from drivers.payment_terminal.opi.paying import Paying, Running, check_verdict, not_started
from drivers.payment_terminal.opi.results import Verdict
from drivers.payment_terminal.opi.settings import Settings
from drivers.payment_terminal.tracing import Trace
from drivers.payment_terminal.turn import Turn
from drivers.payment_terminal.unsupported import UnsupportedVerbs
from drivers.wire import WireError
from drivers.wire.opi.messages import CardServiceRequest, CardServiceResponse, ServiceResponse
from drivers.wire.opi.words import OverallResult, RequestType

CAPABILITIES = frozenset(
    {
        Capability.PAYMENT,
        Capability.REFUND,
        Capability.REVERSAL,
        Capability.ABORT,
        Capability.RECONCILIATION,
        Capability.PARTIAL_APPROVAL,
    }
)

Value = TypeVar("Value")


class OpiTerminal(UnsupportedVerbs):
    """One terminal behind its two channels."""

    def __init__(self, name: str, settings: Settings, channel: DeviceChannel, trace: Trace) -> None:
        super().__init__(name, "OPI")
        self._settings = settings
        self._channel = channel
        self._trace = trace
        self._exchange = Exchange(name, settings, channel, trace)
        self._fan: EventFan[TerminalEvent] = EventFan()
        self._turn = Turn(name, settings.answer_timeout)
        self._paying = Paying(
            name, settings, self._exchange, channel, self._fan.publish, login=self._log_in
        )
        self._running: Running | None = None
        self._polling: asyncio.Task[None] | None = None
        self._status: TerminalStatus | None = None

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What this driver can do, with the terminal as it is configured."""
        if self._settings.repeat_last_message:
            return CAPABILITIES | {Capability.TRANSACTION_STATUS}
        return CAPABILITIES

    @property
    def status(self) -> TerminalStatus | None:
        """What the terminal last told; as in the family."""
        return self._status

    async def login(self) -> TerminalStatus:
        """Send Login; as in the family."""
        return await self._question(self._log_in())

    async def logout(self) -> None:
        """Send Logoff; as in the family. A payment after that logs in again."""
        await self._question(self._log_off())

    async def diagnosis(self) -> TerminalStatus:
        """Send Login, the one question that every terminal answers; as in the family."""
        return await self._question(self._log_in())

    async def payment(self, request: PaymentRequest, commit: Commit) -> PaymentResult:
        """Send CardPayment; as in the family.

        Cancelling the await does not cancel the payment: it ends as the terminal says, and
        `commit` is still awaited.
        """
        return await self._pay(request, commit)

    async def refund(self, request: RefundRequest, commit: Commit) -> PaymentResult:
        """Send PaymentRefund; as in the family, and as `payment`."""
        return await self._pay(request, commit)

    async def reversal(self, request: ReversalRequest, commit: Commit) -> PaymentResult:
        """Send PaymentReversal with the original's STAN; as in the family, and as `payment`."""
        message = self._build(lambda: requests.reversal(self._settings, request))
        return await self._act(request, message, commit)

    async def transaction_status(
        self, request: TerminalRequest, received: PaymentResult | None = None
    ) -> TransactionStatus:
        """Compare the terminal's last response with the request; as in the family."""
        if not self._settings.repeat_last_message:
            if received is not None:
                return recovery.resolve_received(received)
            raise UnsupportedError(
                "The terminal cannot be asked what became of a payment. Look at its slip or its "
                "journal.",
                device=self._name,
            )
        return recovery.resolve(request, await self._question(self._repeat()))

    async def last_result(self) -> PaymentResult | None:
        """Ask for the last response; as in the family."""
        if not self._settings.repeat_last_message:
            return None
        shown = await self._question(self._repeat())
        if shown is None or results.verdict_of(shown) is Verdict.NOT_STARTED:
            return None
        request = TerminalRequest(payment_id="", amount=0, currency=self._settings.currency)
        result = results.payment_result(shown, request)
        return msgspec.structs.replace(result, requested_amount=result.authorised_amount or 0)

    async def abort(self) -> AbortOutcome:
        """Send AbortRequest on a channel 0 of its own; as in the family."""
        running = self._running
        if running is None:
            raise RefusedError("No payment is running.", device=self._name)
        await running.sent.wait()
        if running.answered:
            return AbortOutcome.TOO_LATE
        message = requests.card_service(self._settings, RequestType.ABORT_REQUEST)
        try:
            answer = await self._exchange.ask(
                message, CardServiceResponse, patience=self._settings.answer_timeout
            )
        except DeviceError:
            return AbortOutcome.TOO_LATE if running.answered else AbortOutcome.REFUSED
        if running.answered:
            return AbortOutcome.TOO_LATE
        accepted = answer.overall_result == OverallResult.SUCCESS
        return AbortOutcome.ACCEPTED if accepted else AbortOutcome.REFUSED

    async def reconciliation(
        self, commit: Callable[[ReconciliationResult], Awaitable[None]]
    ) -> ReconciliationResult:
        """Send ReconciliationWithClosure; as in the family."""
        self._require_open()
        await self._turn.take(acts=True)
        return await self._turn.spend(self._ending(self._close_day(commit)))

    def events(self) -> AsyncIterator[TerminalEvent]:
        """Subscribe, from this moment on."""
        return self._fan.subscribe()

    def trace(self, listener: Callable[[TracedMessage], None]) -> Callable[[], None]:
        """Hand every message to `listener`; as in the family."""
        return self._trace.listen(listener)

    def watch(self) -> None:
        """Ask the idle terminal how it is, from time to time until it is closed."""
        self._polling = asyncio.create_task(self._poll())

    async def close(self) -> None:
        """Let go of the terminal. A payment under way ends as unknown."""
        self._fan.end(OfflineError("The payment terminal was closed.", device=self._name))
        if self._polling is not None:
            self._polling.cancel()
        await self._exchange.close()
        await self._channel.close()
        await self._turn.drain(self._settings.connect_timeout)

    async def _pay(self, request: PaymentRequest | RefundRequest, commit: Commit) -> PaymentResult:
        if request.amount <= 0:
            raise LocalProtocolError("A payment is over a positive amount.", device=self._name)
        message = self._build(lambda: requests.payment(self._settings, request))
        return await self._act(request, message, commit)

    async def _act(
        self, request: TerminalRequest, message: CardServiceRequest, commit: Commit
    ) -> PaymentResult:
        self._require_open()
        await self._turn.take(acts=True)
        running = Running()
        act = self._paying.run(request, message, commit, running)
        return await self._turn.spend(self._ending(self._run(running, act)))

    async def _run(self, running: Running, act: Coroutine[Any, Any, Value]) -> Value:
        self._running = running
        try:
            return await act
        finally:
            running.answered = True
            running.sent.set()
            self._running = None

    async def _question(self, question: Coroutine[Any, Any, Value]) -> Value:
        try:
            self._require_open()
            await self._turn.take(acts=False)
        except DeviceError:
            question.close()
            raise
        return await self._turn.spend(self._ending(question))

    async def _ending(self, work: Coroutine[Any, Any, Value]) -> Value:
        """A terminal that cannot be reached is at its end as a device; it is opened anew."""
        try:
            return await work
        except OfflineError as error:
            self._fan.end(error)
            raise

    async def _log_in(self) -> TerminalStatus:
        answer = await self._ask(RequestType.LOGIN)
        if answer.overall_result != OverallResult.SUCCESS:
            raise not_started(answer, self._name)
        return self._adopt(
            TerminalStatus(
                TerminalState.IDLE,
                terminal_id=answer.terminal_id,
                software_version=answer.software_version,
            )
        )

    async def _log_off(self) -> None:
        answer = await self._ask(RequestType.LOGOFF)
        if answer.overall_result not in {OverallResult.SUCCESS, OverallResult.LOGGED_OUT}:
            raise not_started(answer, self._name)
        self._adopt(TerminalStatus(TerminalState.LOGGED_OUT))

    async def _repeat(self) -> CardServiceResponse | None:
        message = requests.card_service(self._settings, RequestType.REPEAT_LAST_MESSAGE)
        answer = await self._ask_card(message)
        if _is_for(message, answer) and answer.overall_result == OverallResult.LOGGED_OUT:
            await self._log_in()
            answer = await self._ask_card(message)
        if answer.overall_result == OverallResult.BUSY:
            raise not_started(answer, self._name)
        return None if _is_for(message, answer) else answer

    async def _ask_card(self, message: CardServiceRequest) -> CardServiceResponse:
        return await self._exchange.ask(
            message, CardServiceResponse, patience=self._settings.answer_timeout
        )

    async def _ask(self, request_type: RequestType) -> ServiceResponse:
        return await self._exchange.ask(
            requests.service(self._settings, request_type),
            ServiceResponse,
            patience=self._settings.answer_timeout,
        )

    async def _close_day(
        self, commit: Callable[[ReconciliationResult], Awaitable[None]]
    ) -> ReconciliationResult:
        settings = self._settings
        devices = TillDevices(None, self._fan.publish)
        with self._channel.serving(devices):
            answer = await self._close(settings.silence_timeout)
            if answer.overall_result == OverallResult.LOGGED_OUT:
                await self._log_in()
                answer = await self._close(settings.silence_timeout)
            check_verdict(answer, self._name)
            await commit(results.reconciliation_result(answer, settings.currency, devices))
            await self._channel.settled(settings.settle_timeout)
        return results.reconciliation_result(answer, settings.currency, devices)

    async def _close(self, patience: float) -> ServiceResponse:
        message = requests.service(self._settings, RequestType.RECONCILIATION_WITH_CLOSURE)
        answer = await self._exchange.ask(message, ServiceResponse, patience=patience, acts=True)
        if answer.request_id != message.request_id:
            raise RemoteProtocolError(
                "The payment terminal answered another request.", device=self._name
            )
        return answer

    async def _poll(self) -> None:
        while self._fan.ended is None:
            await asyncio.sleep(self._settings.poll_interval)
            if self._turn.free:
                with contextlib.suppress(DeviceError):
                    await self.diagnosis()

    def _build(self, build: Callable[[], CardServiceRequest]) -> CardServiceRequest:
        try:
            return build()
        except WireError as error:
            raise UnsupportedError(str(error), device=self._name) from error

    def _adopt(self, status: TerminalStatus) -> TerminalStatus:
        if self._status is None or status.state != self._status.state:
            self._fan.publish(TerminalStatusChanged(status))
        self._status = status
        return status

    def _require_open(self) -> None:
        if self._fan.ended is not None:
            raise self._fan.ended


def _is_for(question: CardServiceRequest, answer: CardServiceResponse) -> bool:
    """True when a terminal answers the question itself, and repeats nothing."""
    return answer.request_id == question.request_id
