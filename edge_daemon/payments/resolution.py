"""Resolving doubt: ask the terminal, then a person. Never send again.

A payment in doubt is asked for as soon as its terminal is there. What the terminal tells decides
(`resolved_by` is `automatic`); what it cannot tell becomes `MANUAL_REVIEW`, and a person decides by
name and with a reason. Until then the terminal takes no other payment.
"""

import asyncio
import contextlib
import logging
import sqlite3
from collections.abc import Callable

import msgspec

from drivers.errors import BusyError, DeviceError, UnsupportedError
from drivers.payment_terminal import (
    NotProcessed,
    PaymentResult,
    Processed,
    Reversed,
    TerminalRequest,
    TransactionStatus,
    Unknown,
)
from edge_daemon.clock import local_datetime
from edge_daemon.devices import Devices
from edge_daemon.errors import NotAllowedError, NotFoundError
from edge_daemon.journal import Draft, Journal
from edge_daemon.payments.call import Kind, PaymentCall, terminal_request
from edge_daemon.payments.details import detail_of
from edge_daemon.payments.projection import (
    Payment,
    PaymentRow,
    TerminalNumbers,
    find_payment,
    open_payments,
)
from edge_daemon.payments.requests import Decision
from edge_daemon.payments.states import may_follow
from edge_daemon.records.payloads import Payload, PaymentEvent, PaymentState

_log = logging.getLogger(__name__)

ASK_AGAIN_SECONDS = 5.0
"""Between two questions to a terminal that is busy or away; its answer takes about a second."""

Listener = Callable[[Payment], None]


class Resolution:
    """Asks terminals about payments in doubt, and takes decisions."""

    def __init__(self, journal: Journal, devices: Devices) -> None:
        self._journal = journal
        self._devices = devices
        self._wake = asyncio.Event()
        self._asking: dict[str, asyncio.Event] = {}
        self._listeners: list[Listener] = []

    def wake(self) -> None:
        """Something may be in doubt, or a terminal may be back: look now."""
        for wake in (self._wake, *self._asking.values()):
            wake.set()

    def on_resolved(self, listener: Listener) -> None:
        """Call `listener` with every payment whose doubt has ended."""
        self._listeners.append(listener)

    async def run(self) -> None:
        """Resolve what is in doubt, as terminals come and answer, until cancelled.

        Each terminal is asked for itself: one that is silent holds up nobody else's doubts.
        """
        async with asyncio.TaskGroup() as asking:
            while True:
                self._wake.clear()
                for terminal in {row.device_id for row in await self._in_doubt()}:
                    if terminal not in self._asking:
                        self._asking[terminal] = asyncio.Event()
                        asking.create_task(self._ask_until_clear(terminal))
                await self._wake.wait()

    async def _ask_until_clear(self, terminal: str) -> None:
        """Ask one terminal until nothing is in doubt there; again and again while it is away."""
        wake = self._asking[terminal]
        try:
            while rows := await self._in_doubt(terminal):
                if any([await self._try(row) for row in rows]):
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(ASK_AGAIN_SECONDS):
                            await wake.wait()
                wake.clear()
        finally:
            del self._asking[terminal]
            self._wake.set()  # what came into doubt just now was left to this task

    async def decide(self, payment_id: str, decision: Decision) -> Payment:
        """End a `MANUAL_REVIEW`, or a doubt that the terminal cannot end, by a person's word.

        Raises:
            NotFoundError: There is no such payment.
            NotAllowedError: It is not in doubt.
        """
        row = await self._journal.query(lambda connection: find_payment(connection, payment_id))
        if row is None:
            raise NotFoundError(f"There is no payment {payment_id}.")
        if PaymentState(row.state) is PaymentState.IN_DOUBT:
            await self._step(row, PaymentState.MANUAL_REVIEW, resolution="A person decides.")
        elif PaymentState(row.state) is not PaymentState.MANUAL_REVIEW:
            raise NotAllowedError(f"The payment is {row.state}: there is nothing to decide.")
        await self._step(
            row,
            PaymentState(decision.state),
            resolved_by=decision.operator_id,
            resolution=decision.reason,
        )
        return await self.tell(payment_id)

    async def _in_doubt(self, terminal: str | None = None) -> list[PaymentRow]:
        rows = await self._journal.query(lambda connection: open_payments(connection, terminal))
        return [row for row in rows if PaymentState(row.state) is PaymentState.IN_DOUBT]

    async def _try(self, row: PaymentRow) -> bool:
        """Ask once; True when it has to be asked again."""
        try:
            terminal = self._devices.payment_terminal(row.device_id)
        except DeviceError:
            return True
        await self._step(row, PaymentState.RESOLVING)
        try:
            answer = await terminal.transaction_status(await self._request(row), _received(row))
        except UnsupportedError as error:
            answer = Unknown(reason=str(error))
        except BusyError as error:
            await self._step(row, PaymentState.IN_DOUBT, resolution=str(error))
            return True
        except DeviceError as error:
            await self._step(row, PaymentState.IN_DOUBT, resolution=str(error))
            return True
        await self._book(row, answer)
        await self.tell(row.payment_id)
        return False

    async def _book(self, row: PaymentRow, answer: TransactionStatus) -> None:
        match answer:
            case Processed(result=result):
                state = PaymentState.APPROVED if result.approved else PaymentState.DECLINED
                said = f"The terminal shows it: {result.message or result.result_code}"
                await self._step(row, state, said=result, resolution=said)
            case Reversed(result=result):
                said = "The terminal has taken the booking back."
                await self._step(row, PaymentState.REVERSED, said=result, resolution=said)
            case NotProcessed():
                said = "The terminal has booked nothing since."
                await self._step(row, PaymentState.NOT_PROCESSED, resolution=said)
            case Unknown(reason=reason, result=result):
                await self._step(row, PaymentState.MANUAL_REVIEW, said=result, resolution=reason)

    async def _step(
        self,
        row: PaymentRow,
        state: PaymentState,
        *,
        said: PaymentResult | None = None,
        resolution: str | None = None,
        resolved_by: str = "automatic",
    ) -> None:
        ended = state not in (PaymentState.RESOLVING, PaymentState.IN_DOUBT)
        mine = said if state in (PaymentState.APPROVED, PaymentState.DECLINED) else None
        event = event_of(
            row,
            state,
            said=mine,
            resolution=resolution,
            resolved_by=resolved_by if ended else None,
        )

        def build(connection: sqlite3.Connection) -> list[Draft]:
            now = find_payment(connection, row.payment_id)
            before = PaymentState(now.state) if now else None
            return [draft_of(row, event)] if may_follow(before, state) else []

        await self._journal.append_from(build)

    async def tell(self, payment_id: str) -> Payment:
        """Give the payment, as it stands now, to all who listen, and return it."""
        row = await self._journal.query(lambda connection: find_payment(connection, payment_id))
        if row is None:
            raise NotFoundError(f"There is no payment {payment_id}.")
        payment = row.payment()
        for listener in self._listeners:
            listener(payment)
        return payment

    async def _request(self, row: PaymentRow) -> TerminalRequest:
        """The request as it was sent, with the numbers from before it."""
        original = None
        if row.original_payment_id is not None:
            original_id = row.original_payment_id
            found = await self._journal.query(lambda c: find_payment(c, original_id))
            original = found.payment() if found else None
        call = PaymentCall(
            payment_id=row.payment_id,
            intent_id=row.intent_id,
            terminal=row.device_id,
            amount=row.requested_amount,
            currency=row.currency,
            draft=lambda payload: draft_of(row, payload),
            kind=Kind(row.kind),
            original=original,
        )
        before = TerminalNumbers(
            row.last_terminal_id, row.last_receipt_number, row.last_trace_number
        )
        clock = self._journal.clock
        moment = row.sent_at or clock.now_us()
        local = local_datetime(moment, clock.utc_offset_min(moment))
        sent_at = local.replace(tzinfo=None, microsecond=0).isoformat()
        return msgspec.structs.replace(terminal_request(call, before), sent_at=sent_at)


def _received(row: PaymentRow) -> PaymentResult | None:
    """The result that was journalled, yes or no, where only the end was lost."""
    card = row.payment().card
    if card is None:
        return None
    return PaymentResult(
        approved=card["outcome"] == "Approved",
        result_code=row.result_code or "",
        requested_amount=row.requested_amount,
        authorised_amount=row.authorised_amount,
        currency=row.currency,
        terminal_id=row.terminal_id,
        receipt_number=row.receipt_number,
        trace_number=row.trace_number,
        poi_transaction_id=row.poi_transaction_id,
    )


def event_of(
    row: PaymentRow,
    state: PaymentState,
    *,
    said: PaymentResult | None = None,
    resolution: str | None = None,
    resolved_by: str | None = None,
) -> PaymentEvent:
    """The next step of a payment that the projection holds."""
    return PaymentEvent(
        payment_id=row.payment_id,
        intent_id=row.intent_id,
        transaction_id=row.transaction_id,
        tender_id=row.tender_id,
        kind=row.kind,
        state=state,
        original_payment_id=row.original_payment_id,
        requested_amount=row.requested_amount,
        authorised_amount=said.authorised_amount if said else None,
        currency=row.currency,
        device_id=row.device_id,
        terminal_id=said.terminal_id if said else None,
        receipt_number=said.receipt_number if said else None,
        trace_number=said.trace_number if said else None,
        resolved_by=resolved_by,
        resolution=resolution,
        detail=detail_of(said) if said else None,
    )


def draft_of(row: PaymentRow, payload: Payload) -> Draft:
    """A draft of the call that the payment belongs to."""
    return Draft(
        payload=payload,
        workstation_id=row.workstation_id,
        operator_id=row.operator_id,
        api_idempotency_key=row.api_idempotency_key,
    )
