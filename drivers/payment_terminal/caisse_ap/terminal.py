"""An open Caisse-AP terminal: the family's verbs.

One act at a time (`turn`), each over a connection of its own. When a verb's caller goes away, the
act goes on: its result is committed, but nobody is told. The terminal is looked for from time to
time, and the device ends when it is not there.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any, TypeVar

from drivers.errors import (
    DeviceError,
    ErrorCode,
    LocalProtocolError,
    OfflineError,
    OutcomeUnknownError,
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
    Phase,
    PhaseChanged,
    Processed,
    RefundRequest,
    TerminalEvent,
    TerminalRequest,
    TerminalState,
    TerminalStatus,
    TerminalStatusChanged,
    TracedMessage,
    TransactionStatus,
)
from drivers.payment_terminal.caisse_ap.results import SENTENCES, payment_result
from drivers.payment_terminal.caisse_ap.settings import Settings
from drivers.payment_terminal.tracing import Trace
from drivers.payment_terminal.turn import Turn
from drivers.payment_terminal.unsupported import UnsupportedVerbs
from drivers.transport import LinkLostError
from drivers.transport.tcp import TcpStream, open_tcp
from drivers.wire import WireError
from drivers.wire.caisse_ap import (
    Answer,
    Direction,
    Failure,
    FieldReader,
    Request,
    redact_fields,
)

CAPABILITIES = frozenset({Capability.PAYMENT, Capability.REFUND})

Value = TypeVar("Value")


class CaisseApTerminal(UnsupportedVerbs):
    """One terminal, dialled anew for every act."""

    def __init__(self, name: str, settings: Settings) -> None:
        super().__init__(name, "Caisse-AP")
        self._settings = settings
        self._fan: EventFan[TerminalEvent] = EventFan()
        self._turn = Turn(name, settings.connect_timeout)
        self._trace = Trace("caisse_ap", lambda data: ("fields", redact_fields(data).decode()))
        self._stream: TcpStream | None = None
        self._polling: asyncio.Task[None] | None = None
        self._status: TerminalStatus | None = None

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What this driver can do with a Caisse-AP terminal."""
        return CAPABILITIES

    @property
    def status(self) -> TerminalStatus | None:
        """What is known of the terminal; as in the family."""
        return self._status

    async def login(self) -> TerminalStatus:
        """Look whether the terminal is there: the protocol knows no login."""
        return await self.diagnosis()

    async def logout(self) -> None:
        """The protocol knows no login: there is nothing to end."""

    async def diagnosis(self) -> TerminalStatus:
        """Connect and hang up: the protocol knows no question; as in the family."""
        self._require_open()
        await self._turn.take(acts=False)
        return await self._turn.spend(self._ending(self._look()))

    async def payment(self, request: PaymentRequest, commit: Commit) -> PaymentResult:
        """Send a debit; as in the family.

        Cancelling the await does not cancel the payment: it ends as the terminal says, and
        `commit` is still awaited.
        """
        return await self._act(request, Direction.DEBIT, commit)

    async def refund(self, request: RefundRequest, commit: Commit) -> PaymentResult:
        """Send a credit; as in the family, and as `payment`."""
        return await self._act(request, Direction.CREDIT, commit)

    async def transaction_status(
        self, request: TerminalRequest, received: PaymentResult | None = None
    ) -> TransactionStatus:
        """The protocol cannot ask; an answer that was received is final. As in the family."""
        del request
        if received is not None:
            return Processed(received)
        raise UnsupportedError(
            "The terminal cannot be asked what became of a payment. Look at its slip or its "
            "journal.",
            device=self._name,
        )

    async def last_result(self) -> PaymentResult | None:
        """The terminal shows none."""
        return None

    async def abort(self) -> AbortOutcome:
        """The customer can cancel at the terminal, the till cannot; as in the family."""
        if self._turn.free:
            raise RefusedError("No payment is running.", device=self._name)
        return AbortOutcome.REFUSED

    def events(self) -> AsyncIterator[TerminalEvent]:
        """Subscribe, from this moment on."""
        return self._fan.subscribe()

    def trace(self, listener: Callable[[TracedMessage], None]) -> Callable[[], None]:
        """Hand every message to `listener`; as in the family."""
        return self._trace.listen(listener)

    def watch(self) -> None:
        """Look from time to time whether the idle terminal is there, until it is closed."""
        self._polling = asyncio.create_task(self._poll())

    async def close(self) -> None:
        """Let go of the terminal. A payment under way ends as unknown."""
        self._fan.end(OfflineError("The payment terminal was closed.", device=self._name))
        if self._polling is not None:
            self._polling.cancel()
        if self._stream is not None:
            await self._stream.close()
        await self._turn.drain(self._settings.connect_timeout)

    async def _act(
        self, request: PaymentRequest | RefundRequest, direction: Direction, commit: Commit
    ) -> PaymentResult:
        if request.amount <= 0:
            raise LocalProtocolError("A payment is over a positive amount.", device=self._name)
        message = Request(
            protocol_id=self._settings.protocol_id,
            till=self._settings.till,
            currency=request.currency,
            amount=request.amount,
            direction=direction,
        )
        try:
            message.encode()
        except WireError as error:
            raise UnsupportedError(str(error), device=self._name) from error
        self._require_open()
        await self._turn.take(acts=True)
        return await self._turn.spend(self._ending(self._pay(request, message, commit)))

    async def _pay(
        self, request: TerminalRequest, message: Request, commit: Commit
    ) -> PaymentResult:
        answer = await self._exchange(message)
        if answer.request != message:
            raise RemoteProtocolError(
                "The terminal answered another request, or changed this one. Look at its slip.",
                device=self._name,
            )
        if answer.failure == Failure.MISSING_FIELD:
            raise RefusedError(SENTENCES[Failure.MISSING_FIELD], device=self._name)
        self._fan.publish(PhaseChanged(Phase.STARTED, request.payment_id))
        result = payment_result(answer, request)
        await commit(result)
        return result

    async def _exchange(self, message: Request) -> Answer:
        stream = await self._dial()
        self._stream = stream
        try:
            data = message.encode()
            await stream.write(data)
            self._trace.record("till", data)
            return Answer.parse(await self._read(stream))
        except TimeoutError as error:
            raise self._lost("It does not answer.", ErrorCode.TIMEOUT) from error
        except LinkLostError as error:
            raise self._lost(str(error), ErrorCode.OFFLINE) from error
        except WireError as error:
            raise RemoteProtocolError(
                f"What answers on this port does not speak Caisse-AP as it should: {error}",
                device=self._name,
            ) from error
        finally:
            self._stream = None
            await stream.close()

    async def _read(self, stream: TcpStream) -> dict[str, str]:
        """Return the fields of the answer, once no more come."""
        reader = FieldReader()
        async with asyncio.timeout(self._settings.answer_timeout):
            while not reader.answered:
                await self._hear(stream, reader)
        while await self._more(stream, reader):
            pass
        return reader.fields

    async def _more(self, stream: TcpStream, reader: FieldReader) -> bool:
        """Hear what comes behind the outcome; False when nothing more does."""
        settings = self._settings
        patience = settings.settle_timeout if reader.whole else settings.field_timeout
        try:
            async with asyncio.timeout(patience):
                await self._hear(stream, reader)
        except (TimeoutError, LinkLostError):
            if not reader.whole:
                raise
            return False
        return True

    async def _hear(self, stream: TcpStream, reader: FieldReader) -> None:
        data = await stream.read()
        self._trace.record("terminal", data)
        reader.receive_data(data)

    async def _look(self) -> TerminalStatus:
        stream = await self._dial()
        await stream.close()
        status = TerminalStatus(TerminalState.IDLE)
        if self._status is None:
            self._fan.publish(TerminalStatusChanged(status))
        self._status = status
        return status

    async def _dial(self) -> TcpStream:
        settings = self._settings
        try:
            return await open_tcp(settings.host, settings.port, timeout=settings.connect_timeout)
        except LinkLostError as error:
            raise OfflineError(
                f"The payment terminal cannot be reached: {error} Check its power and its network "
                "cable.",
                device=self._name,
            ) from error

    async def _poll(self) -> None:
        while self._fan.ended is None:
            await asyncio.sleep(self._settings.poll_interval)
            if self._turn.free:
                with contextlib.suppress(DeviceError):
                    await self.diagnosis()

    async def _ending(self, work: Coroutine[Any, Any, Value]) -> Value:
        """A terminal that cannot be reached is at its end as a device; it is opened anew."""
        try:
            return await work
        except OfflineError as error:
            self._fan.end(error)
            raise

    def _lost(self, reason: str, code: ErrorCode) -> OutcomeUnknownError:
        return OutcomeUnknownError(
            f"The payment terminal was lost in the middle. {reason} Whether the customer paid is "
            "not known: look at the terminal, and do not start the payment again.",
            device=self._name,
            code=code,
        )

    def _require_open(self) -> None:
        if self._fan.ended is not None:
            raise self._fan.ended
