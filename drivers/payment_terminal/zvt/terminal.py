"""An open ZVT terminal: the family's verbs.

One command at a time (`turn`). When a verb's caller goes away, the command goes on: its result
is committed, but nobody is told.
"""

import asyncio
import contextlib
import datetime as dt
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from typing import Any, TypeVar

from drivers.errors import (
    DeviceError,
    OfflineError,
    RefusedError,
)
from drivers.fan import EventFan
from drivers.payment_terminal import (
    AbortOutcome,
    AcquiredCard,
    CancelPreAuthorisationRequest,
    Capability,
    Commit,
    CompletionRequest,
    MaintenanceChanged,
    MaintenanceTask,
    NonPaymentCard,
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
    TracedMessage,
    TransactionStatus,
)
from drivers.payment_terminal.tracing import Trace
from drivers.payment_terminal.turn import Turn
from drivers.payment_terminal.zvt import recovery, results
from drivers.payment_terminal.zvt.answers import (
    CommittingAnswers,
    PaymentAnswers,
    QuietAnswers,
    ReconciliationAnswers,
    Surroundings,
)
from drivers.payment_terminal.zvt.commands import Commands
from drivers.payment_terminal.zvt.conversation import Answers, Conversation
from drivers.payment_terminal.zvt.framing import Framing
from drivers.payment_terminal.zvt.link import Link
from drivers.payment_terminal.zvt.settings import Settings
from drivers.payment_terminal.zvt.tracing import show
from drivers.payment_terminal.zvt.unasked import answer_unasked
from drivers.transport import LinkLostError
from drivers.wire.zvt import codes, requests, shapes, tags
from drivers.wire.zvt.apdu import Apdu
from drivers.wire.zvt.dialogue import Dialogue
from drivers.wire.zvt.message_ids import MessageIds
from drivers.wire.zvt.messages import StatusReport, TerminalAbort
from drivers.wire.zvt.numbers import digits
from drivers.wire.zvt.requests import RepeatService
from drivers.wire.zvt.tlv import find

Value = TypeVar("Value")

CAPABILITIES = frozenset(Capability)
"""Of the protocol. What one terminal lacks it refuses when it is asked (84 83)."""
TERMINAL_ID = 0x29


class ZvtTerminal:
    """One terminal over one connection. When the connection ends, so does the device."""

    def __init__(self, name: str, settings: Settings, framing: Framing) -> None:
        self._name = name
        self._settings = settings
        self._commands = Commands(name, settings)
        self._fan: EventFan[TerminalEvent] = EventFan()
        self._surroundings = Surroundings(
            name, self._fan.publish, settings.character_set_number, settings.vendor_codes
        )
        self._turn = Turn(name, settings.acknowledgement_timeout)
        self._trace = Trace("zvt", show)
        self._link = Link(framing, self._hear_unasked, self._end, self._trace.record)
        self._ids = MessageIds()
        self._running: Conversation | None = None
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
        return await self._question(self._register)

    async def logout(self) -> None:
        """Send 06 02; as in the family."""
        await self._question(self._log_off)

    async def diagnosis(self) -> TerminalStatus:
        """Send 05 01; as in the family."""
        return await self._question(self._ask_status)

    async def payment(self, request: PaymentRequest, commit: Commit) -> PaymentResult:
        """Send 06 01; as in the family.

        Cancelling the await does not cancel the payment: it ends as the terminal says, and
        `commit` is still awaited.
        """
        return await self._move_money(self._commands.payment(request), request, commit)

    async def refund(self, request: RefundRequest, commit: Commit) -> PaymentResult:
        """Send 06 31; as in the family, and as `payment` when it is cancelled."""
        return await self._move_money(self._commands.refund(request), request, commit)

    async def reversal(self, request: ReversalRequest, commit: Commit) -> PaymentResult:
        """Send 06 30; as in the family, and as `payment` when it is cancelled."""
        return await self._move_money(self._commands.reversal(request), request, commit)

    async def pre_authorisation(self, request: PaymentRequest, commit: Commit) -> PaymentResult:
        """Send 06 22; as in the family, and as `payment` when it is cancelled."""
        return await self._move_money(self._commands.pre_authorisation(request), request, commit)

    async def completion(self, request: CompletionRequest, commit: Commit) -> PaymentResult:
        """Send 06 23 or 06 24; as in the family, and as `payment` when it is cancelled."""
        return await self._move_money(self._commands.completion(request), request, commit)

    async def cancel_pre_authorisation(
        self, request: CancelPreAuthorisationRequest, commit: Commit
    ) -> PaymentResult:
        """Send 06 25; as in the family, and as `payment` when it is cancelled."""
        command = self._commands.cancel_pre_authorisation(request)
        return await self._move_money(command, request, commit)

    async def open_pre_authorisations(self) -> tuple[str, ...]:
        """Send 06 23 as a question; as in the family."""
        return await self._question(self._list_pre_authorisations)

    async def last_result(self) -> PaymentResult | None:
        """Send 06 20 and ask for no paper; as in the family."""
        return await self._question(self._repeat_receipt)

    async def transaction_status(
        self, request: TerminalRequest, received: PaymentResult | None = None
    ) -> TransactionStatus:
        """Compare the terminal's last transaction with the request; as in the family."""
        return recovery.resolve(request, received, await self.last_result())

    async def abort(self) -> AbortOutcome:
        """Send 06 B0; as in the family."""
        if self._running is None:
            raise RefusedError("No payment is running.", device=self._name)
        try:
            return await self._running.abort()
        except LinkLostError as error:
            raise OfflineError(str(error), device=self._name) from error

    async def reconciliation(
        self, commit: Callable[[ReconciliationResult], Awaitable[None]]
    ) -> ReconciliationResult:
        """Send 06 50; as in the family."""
        await self._turn.take(acts=True)
        return await self._turn.spend(self._close_day(commit))

    async def reprint_receipt(self) -> ReceiptReprint:
        """Send 06 20 and ask for paper; as in the family."""
        return await self._question(self._reprint)

    async def card_acquisition(self) -> AcquiredCard | None:
        """Send 06 C0 or 06 E6; as in the family."""
        await self._turn.take(acts=True)
        return await self._turn.spend(self._read_card())

    async def display(self, lines: Sequence[str]) -> None:
        """Send 06 E0; as in the family."""
        command = self._commands.display(tuple(lines))
        patience = self._settings.display_seconds + self._settings.acknowledgement_timeout
        await self._question(lambda: self._ask(command, self._quiet(), t4=patience))

    async def maintenance(
        self, task: MaintenanceTask, local_time: dt.datetime | None = None
    ) -> TerminalStatus:
        """Send 06 70, 06 93 or 06 91, and then 05 01; as in the family."""
        command = self._commands.maintenance(task, local_time)
        await self._turn.take(acts=True)
        return await self._turn.spend(self._maintain(command))

    def events(self) -> AsyncIterator[TerminalEvent]:
        """Subscribe, from this moment on."""
        return self._fan.subscribe()

    def trace(self, listener: Callable[[TracedMessage], None]) -> Callable[[], None]:
        """Show every message, redacted; as in the family."""
        return self._trace.listen(listener)

    def watch(self) -> None:
        """Ask the idle terminal how it is, from time to time until it is closed."""
        self._spawn(self._poll())

    async def close(self) -> None:
        """Let go of the terminal. A payment under way ends as unknown."""
        await self._link.close(LinkLostError("The connection was closed."))
        for task in self._tasks:
            task.cancel()
        await self._turn.drain(self._settings.acknowledgement_timeout)

    async def _question(self, ask: Callable[[], Coroutine[Any, Any, Value]]) -> Value:
        await self._turn.take(acts=False)
        return await self._turn.spend(ask())

    async def _move_money(
        self, command: Apdu, request: TerminalRequest, commit: Commit
    ) -> PaymentResult:
        await self._turn.take(acts=True)
        return await self._turn.spend(self._pay(command, request, commit))

    async def _register(self) -> TerminalStatus:
        self._ids.end()
        end = await self._ask(self._commands.registration(), self._quiet())
        if find(end.tlvs(), tags.MESSAGE_SEQUENCE_ID) is not None:
            self._ids.begin()
        terminal_id = end.value(TERMINAL_ID)
        self._terminal_id = digits(terminal_id) if terminal_id else None
        return self._adopt(TerminalStatus(TerminalState.IDLE, terminal_id=self._terminal_id))

    async def _log_off(self) -> None:
        await self._ask(requests.log_off(), self._quiet())
        self._ids.end()
        self._adopt(TerminalStatus(TerminalState.LOGGED_OUT, terminal_id=self._terminal_id))

    async def _ask_status(self) -> TerminalStatus:
        end = await self._ask(requests.status_enquiry(), self._quiet())
        return self._adopt(results.terminal_status(StatusReport.parse(end), self._terminal_id))

    async def _list_pre_authorisations(self) -> tuple[str, ...]:
        command = requests.open_pre_authorisations()
        end = await self._conversation(command, acts=False).run(self._quiet())
        if end.control != shapes.ABORT:
            return ()
        abort = TerminalAbort.parse(end)
        if abort.result_code != codes.PRE_AUTHORISATION_ERROR:
            raise self._refused(abort)
        return abort.receipt_numbers

    async def _repeat_receipt(self) -> PaymentResult | None:
        answers = self._quiet()
        service = RepeatService.SEND_STATUS_INFORMATION | RepeatService.NO_PRINT
        command = self._commands.repeat_receipt(service)
        end = await self._conversation(command, acts=False).run(answers)
        information = answers.information
        if end.control == shapes.ABORT or information is None or information.result_code is None:
            return None
        return results.payment_result(
            information, None, results.DEFAULT_CURRENCY, self._settings.vendor_codes
        )

    async def _reprint(self) -> ReceiptReprint:
        answers = self._quiet()
        await self._ask(self._commands.repeat_receipt(RepeatService(0)), answers)
        return ReceiptReprint(
            receipt_text_merchant=answers.receipts.merchant,
            receipt_text_customer=answers.receipts.customer,
        )

    async def _read_card(self) -> AcquiredCard | None:
        answers = self._quiet()
        self._running = self._conversation(self._commands.read_card(), acts=False)
        try:
            end = await self._running.run(answers)
        finally:
            self._running = None
        card = results.acquired_card(answers.information) if answers.information else None
        if card is None and end.control == shapes.ABORT:
            abort = TerminalAbort.parse(end)
            if abort.result_code != codes.ABORTED:
                raise self._refused(abort)
        if card and not card.payment_card and card.card_pseudonym:
            self._fan.publish(NonPaymentCard(card.card_pseudonym))
        return card

    async def _maintain(self, command: Apdu) -> TerminalStatus:
        await self._ask(command, self._quiet())
        return await self._ask_status()

    async def _pay(self, command: Apdu, request: TerminalRequest, commit: Commit) -> PaymentResult:
        answers = PaymentAnswers(self._surroundings, request, commit)
        self._running = self._conversation(command, acts=True)
        try:
            return answers.final(await self._act(self._running, answers))
        finally:
            self._running = None

    async def _close_day(
        self, commit: Callable[[ReconciliationResult], Awaitable[None]]
    ) -> ReconciliationResult:
        answers = ReconciliationAnswers(self._surroundings, self._settings.currency, commit)
        conversation = self._conversation(self._commands.end_of_day(), acts=True)
        return answers.final(await self._act(conversation, answers))

    async def _act(self, conversation: Conversation, answers: CommittingAnswers[Any]) -> Apdu:
        """Run a command to its end, and let what is being committed get to its end as well.

        Not where the loop has gone and the coroutine is only thrown away: nothing can be awaited.
        """
        try:
            end = await conversation.run(answers)
        except DeviceError as error:
            await answers.settle()
            if answers.failure is not None:
                raise error from answers.failure
            raise
        except (Exception, asyncio.CancelledError):
            await answers.settle()
            raise
        await answers.settle()
        return end

    async def _ask(self, command: Apdu, answers: Answers, t4: float | None = None) -> Apdu:
        end = await self._conversation(command, acts=False, t4=t4).run(answers)
        if end.control == shapes.ABORT:
            raise self._refused(TerminalAbort.parse(end))
        return end

    def _conversation(self, command: Apdu, *, acts: bool, t4: float | None = None) -> Conversation:
        t3 = self._settings.acknowledgement_timeout
        numbered = self._ids.next_message(command)
        dialogue = Dialogue(numbered, t3=t3, t4=t4 or self._settings.completion_timeout)
        return Conversation(self._name, self._link, self._ids, dialogue, acts=acts, t3=t3)

    def _quiet(self) -> QuietAnswers:
        return QuietAnswers(self._surroundings)

    def _refused(self, abort: TerminalAbort) -> RefusedError:
        message = codes.result_text(abort.result_code, self._settings.vendor_codes)
        return RefusedError(message, device=self._name)

    async def _poll(self) -> None:
        while self._link.lost is None:
            await asyncio.sleep(self._settings.poll_interval)
            if self._turn.free:
                with contextlib.suppress(DeviceError):
                    await self.diagnosis()

    def _adopt(self, status: TerminalStatus) -> TerminalStatus:
        before = self._status.state if self._status else None
        if status.state != before:
            self._fan.publish(TerminalStatusChanged(status))
        if TerminalState.MAINTENANCE in {status.state, before} and status.state != before:
            active = status.state is TerminalState.MAINTENANCE
            self._fan.publish(MaintenanceChanged(active, status.message))
        self._status = status
        return status

    def _hear_unasked(self, frame: bytes) -> None:
        self._spawn(answer_unasked(self._link, self._ids, frame, self._fan.publish))

    def _end(self, reason: LinkLostError) -> None:
        message = f"The payment terminal cannot be reached: {reason}"
        self._fan.end(OfflineError(message, device=self._name))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
