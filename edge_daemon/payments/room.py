"""Asking payment terminals: each step in the journal before its effect.

Theory of operation. `CREATED` holds the terminal's last numbers. `SENT` is on disk before the
first byte leaves; it shares a commit with `CREATED`, and with the intent where the payment has one
of its own, because nothing happens between them. The driver awaits `commit`, which writes
`RESULT_RECEIVED`, before it sends the byte that makes the terminal keep the booking. What the
driver returns is the end, or the wait for a signature. What it raises is either surely nothing
(`NOT_PROCESSED`) or in doubt, and then `resolution` takes over. A terminal with a payment that is
not final takes no other.
"""

import asyncio
import contextlib
import logging
from collections.abc import Iterator

import msgspec

from drivers.errors import DeviceError, Outcome, RefusedError, UnsupportedError
from drivers.payment_terminal import (
    AbortOutcome,
    LateResult,
    PaymentResult,
    PaymentTerminal,
)
from edge_daemon.devices import Devices
from edge_daemon.errors import NotAllowedError, NotFoundError
from edge_daemon.journal import Journal
from edge_daemon.journal.acts import Spawn
from edge_daemon.measures import Histogram, OwnTime
from edge_daemon.payments.call import Kind, PaymentCall
from edge_daemon.payments.opening import Opening, problem_with
from edge_daemon.payments.projection import (
    Payment,
    PaymentRow,
    TerminalNumbers,
    find_payment,
    last_numbers,
    open_payments,
    refunds_due,
)
from edge_daemon.payments.resolution import Resolution, draft_of, event_of
from edge_daemon.payments.states import IN_FLIGHT
from edge_daemon.payments.steps import Steps, append_possible
from edge_daemon.records import new_ulid
from edge_daemon.records.payloads import PaymentEvent, PaymentState

_log = logging.getLogger(__name__)


class Payments:
    """The room that moves money by card."""

    def __init__(self, journal: Journal, devices: Devices, spawn: Spawn) -> None:
        self._journal = journal
        self._devices = devices
        self._spawn = spawn
        self._learned: dict[str, TerminalNumbers] = {}
        self._unnumbered: set[str] = set()
        self.resolution = Resolution(journal, devices)
        self.overhead_seconds = Histogram()

    async def get(self, resource_id: str) -> Payment | None:
        """The payment as it stands, or None when there is none of that id."""
        row = await self._journal.query(lambda connection: find_payment(connection, resource_id))
        return row.payment() if row else None

    async def open(self) -> list[Payment]:
        """The payments whose end is not known: what a person has to see."""
        return [row.payment() for row in await self._journal.query(open_payments)]

    async def refunds_due(self) -> list[Payment]:
        """What cards paid for sales that ended without it: to be given back."""
        return [row.payment() for row in await self._journal.query(refunds_due)]

    async def pay(self, call: PaymentCall) -> Payment:
        """Ask a terminal once; the end, or the doubt, is in the journal when this returns.

        Never raises for the terminal's sake: look at the payment's `state`.
        """
        opening = await self.opening(call)
        await self._journal.append_from(lambda c: opening.drafts(c, call.intent_id))
        await self.carry_out(call, opening)
        return (await self._row(call.payment_id)).payment()

    async def opening(self, call: PaymentCall) -> Opening:
        """Prepare the first entries of a payment; whoever appends them calls `carry_out` then."""
        await self._learn_before(call.terminal)
        own = OwnTime(asyncio.get_running_loop().time)
        problem = problem_with(call, self._devices)
        return Opening(call, problem, self._learned.get(call.terminal), own)

    async def carry_out(self, call: PaymentCall, opening: Opening) -> None:
        """Ask the terminal, where the opening found that it can be asked."""
        if opening.numbers is not None:
            await self._send(call, opening.numbers, opening.own)
            self.overhead_seconds.observe(opening.own.seconds)
        self._learned.pop(call.terminal, None)

    async def leave(self, call: PaymentCall) -> None:
        """Journal that a crash came before the terminal was asked: nothing was taken."""
        created, ended = call.event(PaymentState.CREATED), call.event(PaymentState.NOT_PROCESSED)
        ended = msgspec.structs.replace(ended, resolution=_NEVER_SENT)
        await self._journal.append(call.draft(created), call.draft(ended))

    async def abort(self, payment_id: str) -> AbortOutcome:
        """Ask the terminal to stop this payment. An approval can still win.

        Raises:
            NotFoundError: There is no such payment.
            NotAllowedError: It does not run any more.
        """
        row = await self._row(payment_id)
        if PaymentState(row.state) not in IN_FLIGHT:
            raise NotAllowedError(f"The payment is {row.state} and cannot be aborted.")
        await self._step(row, event_of(row, PaymentState.ABORTING))
        try:
            return await self._devices.payment_terminal(row.device_id).abort()
        except RefusedError:
            return AbortOutcome.TOO_LATE
        except DeviceError as error:
            raise NotAllowedError(str(error)) from error

    async def sign(self, payment_id: str, *, accepted: bool, operator: str) -> Payment:
        """Take what the cashier says of a signature: the payment stands, or is given back.

        A reversal that does not work leaves the payment for a person to decide.

        Raises:
            NotFoundError: There is no such payment.
            NotAllowedError: No signature is awaited.
        """
        row = await self._row(payment_id)
        if PaymentState(row.state) is not PaymentState.AWAITING_SIGNATURE:
            raise NotAllowedError(f"The payment is {row.state}: no signature is awaited.")
        if accepted:
            event = event_of(
                row,
                PaymentState.CONFIRMED,
                resolved_by=operator,
                resolution="The signature was accepted.",
            )
            await self._step(row, event)
        else:
            await self._take_back_unsigned(row, operator)
        return await self.resolution.tell(payment_id)

    async def learn(self, terminal: str) -> None:
        """A terminal was just opened: end its doubts, and ask for its last numbers if unknown."""
        self.resolution.wake()
        self._learned.pop(terminal, None)
        await self._learn_before(terminal)

    async def recover(self) -> None:
        """At start: what was not sent is not processed; what was on its way is in doubt."""
        for row in await self._journal.query(open_payments):
            state = PaymentState(row.state)
            if state is PaymentState.CREATED:
                event = event_of(row, PaymentState.NOT_PROCESSED, resolution=_NEVER_SENT)
            elif state in IN_FLIGHT:
                event = event_of(row, PaymentState.IN_DOUBT, resolution=_RESTARTED)
            else:
                continue
            await self._journal.append(draft_of(row, event))

    def notice(self, terminal: str, event: object) -> None:
        """Hear a result that nobody waited for: refused, and perhaps kept all the same.

        Whatever is in doubt on that terminal is asked for now.
        """
        if isinstance(event, LateResult):
            number = event.result.receipt_number
            _log.warning("%s sent a late result (receipt %s). It was refused.", terminal, number)
            self.resolution.wake()

    # --- one payment, step by step ---

    async def _learn_before(self, terminal: str) -> None:
        """Ask a terminal for its last numbers where the journal does not know them.

        Without them a doubt about the next payment could only be ended by a person.
        """
        if terminal in self._learned or terminal in self._unnumbered:
            return
        known = await self._journal.query(lambda connection: last_numbers(connection, terminal))
        try:
            device = self._devices.payment_terminal(terminal)
            there = device.status.terminal_id if device.status else None
            swapped = None not in (there, known.terminal_id) and there != known.terminal_id
            if known.receipt_number is None or swapped:
                shown = await device.last_result()
                self._learned[terminal] = _numbers_of(shown, there)
                if shown is not None and shown.receipt_number is None:
                    self._unnumbered.add(terminal)  # it names its transactions otherwise
        except UnsupportedError:
            self._unnumbered.add(terminal)
        except DeviceError:
            return

    async def _send(self, call: PaymentCall, numbers: TerminalNumbers, own: OwnTime) -> None:
        steps = Steps(self._journal, call)
        event = await self._ask(call, numbers, steps, own)
        if await steps.end(event) is PaymentState.IN_DOUBT:
            self.resolution.wake()

    async def _ask(
        self, call: PaymentCall, numbers: TerminalNumbers, steps: Steps, own: OwnTime
    ) -> PaymentEvent:
        """Ask the terminal, and return how that ended."""

        async def commit(result: PaymentResult) -> None:
            with own.back():
                await steps.step(call.event(PaymentState.RESULT_RECEIVED, result))

        try:
            terminal = self._devices.payment_terminal(call.terminal)
            with self._watched(steps, terminal), own.elsewhere():
                result = await call.ask(terminal, numbers, commit)
        except DeviceError as error:
            unknown = error.outcome is Outcome.UNKNOWN
            state = PaymentState.IN_DOUBT if unknown else PaymentState.NOT_PROCESSED
            return msgspec.structs.replace(call.event(state), detail={"message": str(error)})
        except Exception:  # noqa: BLE001 - a driver's bug after sending is a doubt too
            _log.exception("The payment %s ended in an error of our own.", call.payment_id)
            return call.event(PaymentState.IN_DOUBT)
        return call.event(_end(call, result), result)

    @contextlib.contextmanager
    def _watched(self, steps: Steps, terminal: PaymentTerminal) -> Iterator[None]:
        watching = self._spawn(steps.watch(terminal.events()))
        try:
            yield
        finally:
            watching.cancel()

    async def _take_back_unsigned(self, row: PaymentRow, operator: str) -> None:
        reversal = await self.pay(
            PaymentCall(
                payment_id=new_ulid(self._journal.clock.now_us()),
                intent_id=row.intent_id,
                terminal=row.device_id,
                amount=row.authorised_amount or row.requested_amount,
                currency=row.currency,
                draft=lambda payload: draft_of(row, payload),
                kind=Kind.REVERSAL,
                transaction_id=row.transaction_id,
                tender_id=row.tender_id,
                original=row.payment(),
            )
        )
        if not reversal.approved:
            said = f"The signature was refused, and the reversal {reversal.id} did not work."
            event = event_of(row, PaymentState.IN_DOUBT, resolved_by=operator, resolution=said)
            await self._step(row, event)
            self.resolution.wake()

    async def _step(self, row: PaymentRow, event: PaymentEvent) -> None:
        """Append a step if the table allows it from where the payment stands; else it is late."""
        await append_possible(self._journal, lambda payload: draft_of(row, payload), event)

    async def _row(self, payment_id: str) -> PaymentRow:
        row = await self._journal.query(lambda connection: find_payment(connection, payment_id))
        if row is None:
            raise NotFoundError(f"There is no payment {payment_id}.")
        return row


_GIVES_MONEY_BACK = frozenset({Kind.REFUND, Kind.REVERSAL})
"""Signed as well, by the shop: no signature that a cashier could refuse."""
_NEVER_SENT = "The box was restarted before the terminal was asked. Nothing was taken."
_RESTARTED = "The box was restarted while the terminal was at work. It is asked how that ended."


def _numbers_of(shown: PaymentResult | None, terminal_id: str | None) -> TerminalNumbers:
    if shown is None:
        return TerminalNumbers(terminal_id)
    return TerminalNumbers(
        shown.terminal_id or terminal_id, shown.receipt_number, shown.trace_number
    )


def _end(call: PaymentCall, result: PaymentResult) -> PaymentState:
    if result.reversed:
        return PaymentState.REVERSED
    if not result.approved:
        return PaymentState.DECLINED
    if result.signature_required and call.kind not in _GIVES_MONEY_BACK:
        return PaymentState.AWAITING_SIGNATURE
    return PaymentState.CONFIRMED
