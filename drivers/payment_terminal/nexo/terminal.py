"""An open nexo terminal: the family's verbs.

One request at a time (`turn`), but for an abort. When a verb's caller goes away, the request goes
on: its result is committed, but nobody is told. There is no connection to watch: the terminal is
asked from time to time, and the device ends when it does not answer.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from typing import Any, TypeVar

from drivers.errors import (
    DeviceError,
    ErrorCode,
    LocalProtocolError,
    OfflineError,
    RefusedError,
    UnsupportedError,
)
from drivers.fan import EventFan
from drivers.payment_terminal import (
    AbortOutcome,
    AcquiredCard,
    Capability,
    Commit,
    PaymentRequest,
    PaymentResult,
    ReceiptReprint,
    ReconciliationResult,
    RefundRequest,
    ReversalRequest,
    TerminalEvent,
    TerminalRequest,
    TerminalStatus,
    TerminalStatusChanged,
    TracedMessage,
    TransactionStatus,
    Unknown,
)
from drivers.payment_terminal.nexo import recovery, requests
from drivers.payment_terminal.nexo.channel import Channel, Envelope
from drivers.payment_terminal.nexo.exchange import Exchange
from drivers.payment_terminal.nexo.notifications import Notifications
from drivers.payment_terminal.nexo.paying import Paying, Running
from drivers.payment_terminal.nexo.questions import Questions
from drivers.payment_terminal.nexo.requests import Parties, any_service_id, request_id
from drivers.payment_terminal.nexo.settings import NexoSettings
from drivers.payment_terminal.nexo.tracing import shown
from drivers.payment_terminal.tracing import Trace
from drivers.payment_terminal.turn import Turn
from drivers.payment_terminal.unsupported import UnsupportedVerbs
from drivers.transport.tcp_listener import TcpListener
from drivers.wire import WireError
from drivers.wire.nexo.words import Category

CAPABILITIES = frozenset(
    {
        Capability.PAYMENT,
        Capability.REFUND,
        Capability.REVERSAL,
        Capability.ABORT,
        Capability.TRANSACTION_STATUS,
        Capability.RECONCILIATION,
        Capability.RECEIPT_REPRINT,
        Capability.PARTIAL_APPROVAL,
        Capability.CARD_ACQUISITION,
        Capability.DISPLAY,
    }
)
PROTOCOL = "nexo"

Value = TypeVar("Value")


class NexoTerminal(UnsupportedVerbs):
    """One terminal behind one channel."""

    def __init__(self, name: str, settings: NexoSettings, channel: Channel) -> None:
        super().__init__(name, PROTOCOL)
        self._settings = settings
        self._channel = channel
        self._parties = Parties(settings.sale_id, settings.poi_id)
        self._trace = Trace(PROTOCOL, shown)
        self._exchange = Exchange(name, channel, self._trace)
        self._fan: EventFan[TerminalEvent] = EventFan()
        self._turn = Turn(name, settings.query_timeout)
        self._questions = Questions(name, settings, self._exchange, self._parties)
        self._paying = Paying(
            name, self._exchange, self._parties, settings.payment_timeout, self._fan.publish
        )
        self._running: Running | None = None
        self._polling: asyncio.Task[None] | None = None
        self._listener: TcpListener | None = None
        self._status: TerminalStatus | None = None

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What this driver can do with a nexo terminal."""
        return CAPABILITIES

    @property
    def status(self) -> TerminalStatus | None:
        """What the terminal last told; as in the family."""
        return self._status

    async def login(self) -> TerminalStatus:
        """Send a LoginRequest; as in the family."""
        return self._adopt(await self._question(self._questions.login()))

    async def logout(self) -> None:
        """Send a LogoutRequest; as in the family."""
        await self._question(self._questions.logout())

    async def diagnosis(self) -> TerminalStatus:
        """Send a DiagnosisRequest; as in the family."""
        return self._adopt(await self._question(self._questions.diagnose()))

    async def payment(self, request: PaymentRequest, commit: Commit) -> PaymentResult:
        """Send a PaymentRequest; as in the family.

        Cancelling the await does not cancel the payment: it ends as the terminal says, and
        `commit` is still awaited.
        """
        return await self._pay(request, commit)

    async def refund(self, request: RefundRequest, commit: Commit) -> PaymentResult:
        """Send a PaymentRequest of the type Refund; as in the family, and as `payment`."""
        return await self._pay(request, commit)

    async def reversal(self, request: ReversalRequest, commit: Commit) -> PaymentResult:
        """Send a ReversalRequest; as in the family, and as `payment`."""
        body = self._build(lambda: requests.reversal(request))
        running = Running(Category.REVERSAL, request_id(request), request.payment_id)
        return await self._act(running, self._paying.reverse(request, body, commit, running))

    async def transaction_status(
        self, request: TerminalRequest, received: PaymentResult | None = None
    ) -> TransactionStatus:
        """Ask by the request's ServiceID; as in the family."""
        if request.terminal_id not in {None, self._settings.poi_id}:
            return Unknown(recovery.ANOTHER_TERMINAL)
        return await self._question(self._questions.recover(request, received))

    async def last_result(self) -> PaymentResult | None:
        """Ask for the last message, without naming one; as in the family."""
        return await self._question(self._questions.last())

    async def reprint_receipt(self) -> ReceiptReprint:
        """Ask for the last message's receipts; as in the family."""
        last = await self.last_result()
        if last is None or not (last.receipt_text_customer or last.receipt_text_merchant):
            raise RefusedError("The terminal has nothing to print.", device=self._name)
        return ReceiptReprint(
            receipt_text_merchant=last.receipt_text_merchant,
            receipt_text_customer=last.receipt_text_customer,
        )

    async def abort(self) -> AbortOutcome:
        """Send an AbortRequest as soon as the payment has left; as in the family.

        The terminal only says that it heard: its answer is empty.
        """
        running = self._running
        if running is None:
            raise RefusedError("No payment is running.", device=self._name)
        await running.sent.wait()
        if running.answered:
            return AbortOutcome.TOO_LATE
        body = requests.abort(self._parties.reference(running.category, running.service_id))
        message = self._parties.message(Category.ABORT, any_service_id(), body)
        try:
            answer = await self._exchange.send(message, patience=self._settings.query_timeout)
        except OfflineError as error:
            if running.answered:
                return AbortOutcome.TOO_LATE
            if error.code is ErrorCode.OFFLINE:
                raise
            return AbortOutcome.REFUSED
        except DeviceError:
            return AbortOutcome.REFUSED
        if running.answered:
            return AbortOutcome.TOO_LATE
        return AbortOutcome.REFUSED if answer is not None else AbortOutcome.ACCEPTED

    async def reconciliation(
        self, commit: Callable[[ReconciliationResult], Awaitable[None]]
    ) -> ReconciliationResult:
        """Send a ReconciliationRequest; as in the family."""
        running = Running(Category.RECONCILIATION, any_service_id())
        return await self._act(running, self._questions.reconcile(running, commit))

    async def card_acquisition(self) -> AcquiredCard | None:
        """Send a CardAcquisitionRequest, and let the terminal go again; as in the family."""
        running = Running(Category.CARD_ACQUISITION, any_service_id())
        return await self._act(running, self._questions.acquire(running))

    async def display(self, lines: Sequence[str]) -> None:
        """Send a DisplayRequest; as in the family."""
        await self._question(self._questions.show(lines))

    def events(self) -> AsyncIterator[TerminalEvent]:
        """Subscribe, from this moment on."""
        return self._fan.subscribe()

    def trace(self, listener: Callable[[TracedMessage], None]) -> Callable[[], None]:
        """Call `listener` with every message; as in the family."""
        return self._trace.listen(listener)

    def notifications(self, envelope: Envelope) -> Notifications:
        """Return what hears the terminal when it speaks unasked."""
        return Notifications(self._settings.poi_id, envelope, self._fan.publish, self._payment_of)

    def keep(self, listener: TcpListener) -> None:
        """Close this port with the terminal."""
        self._listener = listener

    def watch(self) -> None:
        """Ask the idle terminal how it is, from time to time until it is closed."""
        self._polling = asyncio.create_task(self._poll())

    async def close(self) -> None:
        """Let go of the terminal. A payment under way ends as unknown."""
        self._end(OfflineError("The payment terminal was closed.", device=self._name))
        self._channel.close()
        if self._listener is not None:
            await self._listener.close()
        if self._polling is not None:
            self._polling.cancel()
        await self._turn.drain(self._settings.connect_timeout)

    # --- turns ---

    async def _question(self, question: Coroutine[Any, Any, Value]) -> Value:
        """Ask in a turn of its own; a terminal that does not answer ends the device."""
        try:
            await self._turn.take(acts=False)
        except DeviceError:
            question.close()
            raise
        return await self._turn.spend(self._ending(question))

    async def _act(self, running: Running, act: Coroutine[Any, Any, Value]) -> Value:
        try:
            await self._turn.take(acts=True)
        except DeviceError:
            act.close()
            raise
        self._running = running
        return await self._turn.spend(self._ending(self._run(running, act)))

    async def _run(self, running: Running, act: Coroutine[Any, Any, Value]) -> Value:
        try:
            return await act
        finally:
            running.answered = True
            running.sent.set()
            self._running = None

    async def _ending(self, work: Coroutine[Any, Any, Value]) -> Value:
        try:
            return await work
        except OfflineError as error:
            self._end(error)
            raise

    async def _pay(self, request: PaymentRequest | RefundRequest, commit: Commit) -> PaymentResult:
        if request.amount <= 0:
            raise LocalProtocolError("A payment is over a positive amount.", device=self._name)
        body = self._build(lambda: requests.payment(request))
        running = Running(Category.PAYMENT, request_id(request), request.payment_id)
        return await self._act(running, self._paying.pay(request, body, commit, running))

    def _build(self, build: Callable[[], Value]) -> Value:
        try:
            return build()
        except WireError as error:
            raise UnsupportedError(str(error), device=self._name) from error

    # --- itself ---

    def _payment_of(self, service_id: str | None) -> str | None:
        running = self._running
        return running.payment_id if running and running.service_id == service_id else None

    async def _poll(self) -> None:
        while self._fan.ended is None:
            await asyncio.sleep(self._settings.poll_interval)
            if self._turn.free:
                with contextlib.suppress(DeviceError):
                    await self.diagnosis()

    def _adopt(self, status: TerminalStatus) -> TerminalStatus:
        if self._status is None or status.state != self._status.state:
            self._fan.publish(TerminalStatusChanged(status))
        self._status = status
        return status

    def _end(self, error: OfflineError) -> None:
        self._fan.end(error)


async def open_terminal(terminal: NexoTerminal, *, login: bool) -> NexoTerminal:
    """Ask a terminal how it is, log in where it wants that, and watch it from now on.

    Raises:
        OfflineError, RefusedError: As `open_device`. The terminal is closed again.
    """
    try:
        await (terminal.login() if login else terminal.diagnosis())
    except BaseException:
        await terminal.close()
        raise
    terminal.watch()
    return terminal
