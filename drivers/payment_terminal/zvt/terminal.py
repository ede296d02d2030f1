"""An open ZVT terminal: the family's verbs.

One command at a time (`turn`). When a verb's caller goes away, the command goes on: its result
is committed, but nobody is told.
"""

import asyncio
import contextlib
import datetime as dt
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from typing import Any

from drivers.errors import (
    DeviceError,
    LocalProtocolError,
    OfflineError,
    RefusedError,
    UnsupportedError,
)
from drivers.fan import EventFan
from drivers.payment_terminal import (
    AbortOutcome,
    AcquiredCard,
    CancelPreAuthorisationRequest,
    Capability,
    Commit,
    CompletionRequest,
    MaintenanceTask,
    PaymentRequest,
    PaymentResult,
    ReceiptReprint,
    ReconciliationResult,
    RefundRequest,
    ReversalRequest,
    TerminalEvent,
    TerminalRequest,
    TerminalState,
    TerminalStatus,
    TerminalStatusChanged,
    TransactionStatus,
)
from drivers.payment_terminal.turn import Turn
from drivers.payment_terminal.zvt import recovery, results
from drivers.payment_terminal.zvt.answers import (
    PaymentAnswers,
    QuietAnswers,
    ReconciliationAnswers,
)
from drivers.payment_terminal.zvt.conversation import Answers, Conversation
from drivers.payment_terminal.zvt.link import Link
from drivers.payment_terminal.zvt.settings import Settings
from drivers.payment_terminal.zvt.unasked import answer_unasked
from drivers.transport import ByteStream, LinkLostError
from drivers.wire import WireError
from drivers.wire.zvt import codes, requests, shapes, tags
from drivers.wire.zvt.apdu import Apdu
from drivers.wire.zvt.dialogue import Dialogue
from drivers.wire.zvt.messages import StatusReport, TerminalAbort
from drivers.wire.zvt.numbers import digits
from drivers.wire.zvt.requests import RepeatService
from drivers.wire.zvt.text import CharacterSet
from drivers.wire.zvt.tlv import Tlv, nest

CAPABILITIES = frozenset(
    {
        Capability.PAYMENT,
        Capability.REVERSAL,
        Capability.ABORT,
        Capability.TRANSACTION_STATUS,
        Capability.RECONCILIATION,
    }
)
TERMINAL_ID = 0x29
_TEXT_BLOCKS = shapes.PRINT_TEXT_BLOCK.to_bytes(2, "big")


class ZvtTerminal:
    """One terminal over one connection. When the connection ends, so does the device."""

    def __init__(self, name: str, settings: Settings, stream: ByteStream) -> None:
        self._name = name
        self._settings = settings
        self._fan: EventFan[TerminalEvent] = EventFan()
        self._turn = Turn(name, settings.acknowledgement_timeout)
        self._link = Link(stream, self._hear_unasked, self._end)
        self._payment: Conversation | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._terminal_id: str | None = None
        self._status: TerminalStatus | None = None

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What this driver can do with a ZVT terminal."""
        return CAPABILITIES

    @property
    def status(self) -> TerminalStatus | None:
        """What the terminal last told; as in the family."""
        return self._status

    async def login(self) -> TerminalStatus:
        """Send 06 00 and read which terminal this is; as in the family."""
        await self._turn.take(acts=False)
        return await self._turn.spend(self._register())

    async def diagnosis(self) -> TerminalStatus:
        """Send 05 01; as in the family."""
        await self._turn.take(acts=False)
        return await self._turn.spend(self._ask_status())

    async def payment(self, request: PaymentRequest, commit: Commit) -> PaymentResult:
        """Send 06 01; as in the family.

        Cancelling the await does not cancel the payment: it ends as the terminal says, and
        `commit` is still awaited.
        """
        if request.amount <= 0:
            raise LocalProtocolError("A payment is over a positive amount.", device=self._name)
        command = self._command(lambda: requests.authorization(request.amount, request.currency))
        await self._turn.take(acts=True)
        return await self._turn.spend(self._pay(command, request, commit))

    async def reversal(self, request: ReversalRequest, commit: Commit) -> PaymentResult:
        """Send 06 30; as in the family, and as `payment` when it is cancelled."""
        command = self._command(
            lambda: requests.reversal(
                self._settings.password,
                request.original_receipt_number or "",
                request.amount,
                request.currency,
            )
        )
        await self._turn.take(acts=True)
        return await self._turn.spend(self._pay(command, request, commit))

    async def last_result(self) -> PaymentResult | None:
        """Send 06 20 and ask for no paper; as in the family."""
        await self._turn.take(acts=False)
        return await self._turn.spend(self._repeat_receipt())

    async def transaction_status(
        self, request: TerminalRequest, received: PaymentResult | None = None
    ) -> TransactionStatus:
        """Compare the terminal's last transaction with the request; as in the family."""
        return recovery.resolve(request, received, await self.last_result())

    async def abort(self) -> AbortOutcome:
        """Send 06 B0; as in the family."""
        if self._payment is None:
            raise RefusedError("No payment is running.", device=self._name)
        try:
            return await self._payment.abort()
        except LinkLostError as error:
            raise OfflineError(str(error), device=self._name) from error

    async def reconciliation(
        self, commit: Callable[[ReconciliationResult], Awaitable[None]]
    ) -> ReconciliationResult:
        """Send 06 50; as in the family."""
        await self._turn.take(acts=True)
        return await self._turn.spend(self._close_day(commit))

    async def logout(self) -> None:
        """As in the family; not yet."""
        raise self._unsupported()

    async def refund(self, request: RefundRequest, commit: Commit) -> PaymentResult:
        """As in the family; not yet."""
        del request, commit
        raise self._unsupported()

    async def pre_authorisation(self, request: PaymentRequest, commit: Commit) -> PaymentResult:
        """As in the family; not yet."""
        del request, commit
        raise self._unsupported()

    async def completion(self, request: CompletionRequest, commit: Commit) -> PaymentResult:
        """As in the family; not yet."""
        del request, commit
        raise self._unsupported()

    async def cancel_pre_authorisation(
        self, request: CancelPreAuthorisationRequest, commit: Commit
    ) -> PaymentResult:
        """As in the family; not yet."""
        del request, commit
        raise self._unsupported()

    async def open_pre_authorisations(self) -> tuple[str, ...]:
        """As in the family; not yet."""
        raise self._unsupported()

    async def reprint_receipt(self) -> ReceiptReprint:
        """As in the family; not yet."""
        raise self._unsupported()

    async def card_acquisition(self) -> AcquiredCard | None:
        """As in the family; not yet."""
        raise self._unsupported()

    async def display(self, lines: Sequence[str]) -> None:
        """As in the family; not yet."""
        del lines
        raise self._unsupported()

    async def maintenance(
        self, task: MaintenanceTask, local_time: dt.datetime | None = None
    ) -> TerminalStatus:
        """As in the family; not yet."""
        del task, local_time
        raise self._unsupported()

    def _unsupported(self) -> UnsupportedError:
        return UnsupportedError("The terminal's driver cannot do this yet.", device=self._name)

    def events(self) -> AsyncIterator[TerminalEvent]:
        """Subscribe, from this moment on."""
        return self._fan.subscribe()

    def watch(self) -> None:
        """Ask the idle terminal how it is, from time to time until it is closed."""
        self._spawn(self._poll())

    async def close(self) -> None:
        """Let go of the terminal. A payment under way ends as unknown."""
        await self._link.close(LinkLostError("The connection was closed."))
        for task in self._tasks:
            task.cancel()
        await self._turn.drain(self._settings.acknowledgement_timeout)

    async def _register(self) -> TerminalStatus:
        settings = self._settings
        tlvs = [nest(tags.PERMITTED_COMMANDS, [Tlv(tags.ZVT_COMMAND, _TEXT_BLOCKS)])]
        if settings.character_set_number != CharacterSet.CP437:
            tlvs.append(Tlv(tags.CHARACTER_SET, bytes([settings.character_set_number])))
        command = self._command(
            lambda: requests.registration(
                settings.password, settings.config_byte, settings.currency, tlvs
            )
        )
        end = await self._ask(command, self._quiet())
        terminal_id = end.value(TERMINAL_ID)
        self._terminal_id = digits(terminal_id) if terminal_id else None
        return self._adopt(TerminalStatus(TerminalState.IDLE, terminal_id=self._terminal_id))

    async def _ask_status(self) -> TerminalStatus:
        end = await self._ask(requests.status_enquiry(), self._quiet())
        return self._adopt(results.terminal_status(StatusReport.parse(end), self._terminal_id))

    async def _repeat_receipt(self) -> PaymentResult | None:
        answers = self._quiet()
        service = RepeatService.SEND_STATUS_INFORMATION | RepeatService.NO_PRINT
        command = requests.repeat_receipt(self._settings.password, service)
        end = await self._conversation(command, acts=False).run(answers)
        information = answers.information
        if end.control == shapes.ABORT or information is None or information.result_code is None:
            return None
        return results.payment_result(information, None, results.DEFAULT_CURRENCY)

    async def _pay(
        self, command: Apdu, request: PaymentRequest | ReversalRequest, commit: Commit
    ) -> PaymentResult:
        charset = self._settings.character_set_number
        answers = PaymentAnswers(self._name, request, commit, self._fan.publish, charset)
        self._payment = self._conversation(command, acts=True)
        try:
            return answers.final(await self._act(self._payment, answers))
        finally:
            self._payment = None

    async def _close_day(
        self, commit: Callable[[ReconciliationResult], Awaitable[None]]
    ) -> ReconciliationResult:
        settings = self._settings
        answers = ReconciliationAnswers(
            self._name,
            settings.currency,
            commit,
            self._fan.publish,
            settings.character_set_number,
        )
        conversation = self._conversation(requests.end_of_day(settings.password), acts=True)
        return answers.final(await self._act(conversation, answers))

    async def _act(
        self, conversation: Conversation, answers: PaymentAnswers | ReconciliationAnswers
    ) -> Apdu:
        try:
            return await conversation.run(answers)
        except DeviceError as error:
            if answers.failure is not None:
                raise error from answers.failure
            raise

    async def _ask(self, command: Apdu, answers: Answers) -> Apdu:
        end = await self._conversation(command, acts=False).run(answers)
        if end.control == shapes.ABORT:
            code = TerminalAbort.parse(end).result_code
            raise RefusedError(codes.result_text(code), device=self._name)
        return end

    def _conversation(self, command: Apdu, *, acts: bool) -> Conversation:
        t3, t4 = self._settings.acknowledgement_timeout, self._settings.completion_timeout
        dialogue = Dialogue(command, t3=t3, t4=t4)
        return Conversation(self._name, self._link, dialogue, acts=acts, t3=t3)

    def _quiet(self) -> QuietAnswers:
        return QuietAnswers(self._settings.character_set_number)

    def _command(self, build: Callable[[], Apdu]) -> Apdu:
        try:
            return build()
        except WireError as error:
            raise UnsupportedError(str(error), device=self._name) from error

    async def _poll(self) -> None:
        while self._link.lost is None:
            await asyncio.sleep(self._settings.poll_interval)
            if self._turn.free:
                with contextlib.suppress(DeviceError):
                    await self.diagnosis()

    def _adopt(self, status: TerminalStatus) -> TerminalStatus:
        if self._status is None or status.state != self._status.state:
            self._fan.publish(TerminalStatusChanged(status))
        self._status = status
        return status

    def _hear_unasked(self, frame: bytes) -> None:
        self._spawn(answer_unasked(self._link, frame, self._fan.publish))

    def _end(self, reason: LinkLostError) -> None:
        message = f"The payment terminal cannot be reached: {reason}"
        self._fan.end(OfflineError(message, device=self._name))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
