"""Taking card payments: each step in the journal before its effect.

Theory of operation. `CREATED` holds the terminal's last numbers. `SENT` is on disk before the
first byte leaves. The driver awaits `commit`, which writes `RESULT_RECEIVED`, before it sends the
byte that makes the terminal keep the booking. What the driver returns is the end. What it raises
is either surely nothing (`NOT_PROCESSED`) or in doubt, and then `resolution` takes over. A
terminal with a payment that is not final takes no other.
"""

import asyncio
import contextlib
import dataclasses
import logging
import sqlite3
from collections.abc import Callable

import msgspec

from drivers.errors import DeviceError, Outcome, RefusedError
from drivers.payment_terminal import (
    AbortOutcome,
    PaymentRequest,
    PaymentResult,
    Phase,
    PhaseChanged,
    ReversalRequest,
)
from edge_daemon.config import Configuration
from edge_daemon.config.lookup import device_meant
from edge_daemon.devices import Devices
from edge_daemon.errors import InvalidRequestError, NotAllowedError, NotFoundError
from edge_daemon.journal import Draft, Journal
from edge_daemon.journal.acts import Acts, Order, Spawn
from edge_daemon.payments.details import detail_of
from edge_daemon.payments.projection import (
    Payment,
    PaymentRow,
    TerminalNumbers,
    find_payment,
    last_numbers,
    open_payments,
)
from edge_daemon.payments.resolution import Resolution, draft_of, event_of
from edge_daemon.payments.states import IN_FLIGHT, may_follow
from edge_daemon.records.payloads import (
    Json,
    Payload,
    PaymentEvent,
    PaymentState,
)

_log = logging.getLogger(__name__)

KIND = "payments"
AMOUNT_LIMIT = 999_999_999_999
"""Minor units: twelve digits, what ZVT's BMP 04 holds."""


class PaymentOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A card payment without a sale.

    Attributes:
        amount: Minor units, 1 to 999,999,999,999.
        workstation: The register whose terminal is meant; or
        terminal: a configured payment terminal.
        operator_id: Pseudonym of who asks.
    """

    amount: int
    workstation: str | None = None
    terminal: str | None = None
    operator_id: str | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PaymentCall:
    """One payment or reversal on its way, and what the journal says about it."""

    payment_id: str
    intent_id: str
    terminal: str
    amount: int
    currency: str
    draft: Callable[[Payload], Draft]
    transaction_id: str | None = None
    tender_id: str | None = None
    original: Payment | None = None

    def event(self, state: PaymentState, result: PaymentResult | None = None) -> PaymentEvent:
        """The `PaymentEvent` of this step."""
        return PaymentEvent(
            payment_id=self.payment_id,
            intent_id=self.intent_id,
            transaction_id=self.transaction_id,
            tender_id=self.tender_id,
            kind="Reversal" if self.original else "Payment",
            state=state,
            original_payment_id=self.original.id if self.original else None,
            requested_amount=self.amount,
            authorised_amount=result.authorised_amount if result else None,
            currency=self.currency,
            device_id=self.terminal,
            terminal_id=result.terminal_id if result else None,
            receipt_number=result.receipt_number if result else None,
            trace_number=result.trace_number if result else None,
            original_trace=result.original_trace if result else None,
            detail=detail_of(result) if result else None,
        )


class Payments:
    """The room that takes card payments."""

    def __init__(
        self, configuration: Configuration, journal: Journal, devices: Devices, spawn: Spawn
    ) -> None:
        self._configuration = configuration
        self._journal = journal
        self._devices = devices
        self._acts = Acts(journal, spawn)
        self._spawn = spawn
        self._learned: dict[str, TerminalNumbers] = {}
        self.resolution = Resolution(journal, devices)

    async def put(
        self, resource_id: str, request: PaymentOrder, body: Json
    ) -> asyncio.Task[None] | None:
        """Take a payment once. See `ActRoom`.

        Raises:
            InvalidRequestError: No terminal is meant, or the amount is out of range.
            NotFoundError: There is no such terminal or workstation.
            RequestConflictError: The id was used with another body.
        """
        terminal = self._terminal_name(request)
        order = Order(
            verb="payment",
            resource_kind=KIND,
            resource_id=resource_id,
            workstation=request.workstation,
            operator_id=request.operator_id,
            body=body,
            request=body,
        )

        async def perform(intent_id: str) -> None:
            await self.pay(
                PaymentCall(
                    payment_id=resource_id,
                    intent_id=intent_id,
                    terminal=terminal,
                    amount=request.amount,
                    currency=self._configuration.shop.currency,
                    draft=order.draft,
                )
            )

        return await self._acts.begin(order, perform)

    async def get(self, resource_id: str) -> Payment | None:
        """The payment as it stands, or None when there is none of that id."""
        row = await self._journal.query(lambda connection: find_payment(connection, resource_id))
        return row.payment() if row else None

    async def open(self) -> list[Payment]:
        """The payments whose end is not known: what a person has to see."""
        return [row.payment() for row in await self._journal.query(open_payments)]

    async def pay(self, call: PaymentCall) -> Payment:
        """Take one payment, or give one back; the end, or the doubt, is in the journal then.

        Never raises for the terminal's sake: look at the payment's `state`.
        """
        blocked = await self._create(call)
        if blocked is None:
            await self._send(call)
        return await self._present(call)

    async def abort(self, payment_id: str) -> AbortOutcome:
        """Ask the terminal to stop this payment. An approval can still win.

        Raises:
            NotFoundError: There is no such payment.
            NotAllowedError: It does not run any more.
        """
        row = await self._journal.query(lambda connection: find_payment(connection, payment_id))
        if row is None:
            raise NotFoundError(f"There is no payment {payment_id}.")
        if PaymentState(row.state) not in IN_FLIGHT:
            raise NotAllowedError(f"The payment is {row.state} and cannot be aborted.")
        event = event_of(row, PaymentState.ABORTING)
        await self._append_step(event, lambda payload: draft_of(row, payload))
        try:
            return await self._devices.payment_terminal(row.device_id).abort()
        except RefusedError:
            return AbortOutcome.TOO_LATE
        except DeviceError as error:
            raise NotAllowedError(str(error)) from error

    async def learn(self, terminal: str) -> None:
        """Ask a terminal that was just opened for its last numbers, if none are journalled yet.

        Without them a doubt about its first payment could only be ended by a person.
        """
        self.resolution.wake()
        known = await self._journal.query(lambda connection: last_numbers(connection, terminal))
        if known.receipt_number is not None:
            return
        with contextlib.suppress(DeviceError):
            shown = await self._devices.payment_terminal(terminal).last_result()
            if shown is not None:
                self._learned[terminal] = TerminalNumbers(
                    shown.terminal_id, shown.receipt_number, shown.trace_number
                )

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

    # --- one payment, step by step ---

    async def _create(self, call: PaymentCall) -> str | None:
        """Write `CREATED`, or `NOT_PROCESSED` with the reason why the terminal cannot be asked."""
        problem = self._unreachable(call.terminal)
        reasons: list[str] = []

        def build(connection: sqlite3.Connection) -> list[Draft]:
            numbers = self._numbers(connection, call.terminal)
            created = msgspec.structs.replace(
                call.event(PaymentState.CREATED),
                terminal_id=numbers.terminal_id,
                last_receipt_number=numbers.receipt_number,
                last_trace_number=numbers.trace_number,
            )
            others = open_payments(connection, call.terminal)
            reason = _blocked_by(others[0]) if others else problem
            if reason is None:
                return [call.draft(created)]
            reasons.append(reason)
            refused = msgspec.structs.replace(
                call.event(PaymentState.NOT_PROCESSED), detail={"message": reason}
            )
            return [call.draft(created), call.draft(refused)]

        await self._journal.append_from(build)
        return reasons[0] if reasons else None

    async def _send(self, call: PaymentCall) -> None:
        await self._journal.append(call.draft(call.event(PaymentState.SENT)))
        watching = self._spawn(self._watch(call))
        try:
            result = await self._ask(call)
        except DeviceError as error:
            unknown = error.outcome is Outcome.UNKNOWN
            state = PaymentState.IN_DOUBT if unknown else PaymentState.NOT_PROCESSED
            event = msgspec.structs.replace(call.event(state), detail={"message": str(error)})
            await self._append_step(event, call.draft)
        except Exception:  # noqa: BLE001 - a driver's bug after sending is a doubt too
            _log.exception("The payment %s ended in an error of our own.", call.payment_id)
            await self._append_step(call.event(PaymentState.IN_DOUBT), call.draft)
        else:
            await self._append_step(call.event(_end(result), result), call.draft)
        finally:
            watching.cancel()
        self.resolution.wake()

    async def _ask(self, call: PaymentCall) -> PaymentResult:
        async def commit(result: PaymentResult) -> None:
            event = call.event(PaymentState.RESULT_RECEIVED, result)
            await self._append_step(event, call.draft)

        terminal = self._devices.payment_terminal(call.terminal)
        numbers = await self._journal.query(lambda c: self._numbers(c, call.terminal))
        if call.original is None:
            request = PaymentRequest(
                payment_id=call.payment_id,
                amount=call.amount,
                currency=call.currency,
                terminal_id=numbers.terminal_id,
                last_receipt_number=numbers.receipt_number,
                last_trace_number=numbers.trace_number,
            )
            return await terminal.payment(request, commit)
        reversal = ReversalRequest(
            payment_id=call.payment_id,
            original_receipt_number=call.original.receipt_number or "",
            amount=call.amount,
            currency=call.currency,
            last_receipt_number=numbers.receipt_number,
            last_trace_number=numbers.trace_number,
        )
        return await terminal.reversal(reversal, commit)

    async def _watch(self, call: PaymentCall) -> None:
        """Journal that the terminal has taken the request, when it says so."""
        with contextlib.suppress(DeviceError):
            async for event in self._devices.payment_terminal(call.terminal).events():
                if isinstance(event, PhaseChanged) and event.phase is Phase.STARTED:
                    await self._append_step(call.event(PaymentState.IN_PROGRESS), call.draft)
                    return

    async def _append_step(self, event: PaymentEvent, draft: Callable[[Payload], Draft]) -> None:
        """Append a step if the table allows it from where the payment stands; else it is late."""

        def build(connection: sqlite3.Connection) -> list[Draft]:
            row = find_payment(connection, event.payment_id)
            before = PaymentState(row.state) if row else None
            return [draft(event)] if may_follow(before, event.state) else []

        await self._journal.append_from(build)

    async def _present(self, call: PaymentCall) -> Payment:
        payment = await self.get(call.payment_id)
        if payment is None:
            raise NotFoundError(f"There is no payment {call.payment_id}.")
        return payment

    def _numbers(self, connection: sqlite3.Connection, terminal: str) -> TerminalNumbers:
        known = last_numbers(connection, terminal)
        return known if known.receipt_number else self._learned.get(terminal, known)

    def _unreachable(self, terminal: str) -> str | None:
        try:
            self._devices.payment_terminal(terminal)
        except DeviceError as error:
            return str(error)
        return None

    def _terminal_name(self, request: PaymentOrder) -> str:
        if not 0 < request.amount <= AMOUNT_LIMIT:
            raise InvalidRequestError(
                f"An amount is in minor units, 1 to {AMOUNT_LIMIT}.", "$.amount"
            )
        return device_meant(
            self._configuration,
            "payment_terminal",
            device=request.terminal,
            workstation=request.workstation,
        )


_NEVER_SENT = "The box was restarted before the terminal was asked. Nothing was taken."
_RESTARTED = "The box was restarted while the terminal was at work. It is asked how that ended."


def _end(result: PaymentResult) -> PaymentState:
    if result.reversed:
        return PaymentState.REVERSED
    return PaymentState.CONFIRMED if result.approved else PaymentState.DECLINED


def _blocked_by(other: PaymentRow) -> str:
    return (
        f"The terminal still has an open payment ({other.payment_id}, {other.state}). It takes no"
        " other until that one is resolved: wait, or look at the terminal's slip and decide."
    )
