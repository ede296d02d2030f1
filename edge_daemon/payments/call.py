"""One request to a terminal on its way: what the driver is asked, what the journal says of it."""

import dataclasses
import enum
from collections.abc import Callable
from typing import Any

import msgspec

from drivers.payment_terminal import (
    CancelPreAuthorisationRequest,
    Commit,
    CompletionRequest,
    FollowUpRequest,
    PaymentRequest,
    PaymentResult,
    PaymentTerminal,
    RefundRequest,
    ReversalRequest,
    TerminalRequest,
)
from edge_daemon.journal import Draft
from edge_daemon.payments.details import detail_of
from edge_daemon.payments.projection import Payment, TerminalNumbers
from edge_daemon.records.payloads import Payload, PaymentEvent, PaymentState


class Kind(enum.StrEnum):
    """What a `PaymentEvent` is about."""

    PAYMENT = "Payment"
    REFUND = "Refund"
    REVERSAL = "Reversal"
    PRE_AUTHORISATION = "PreAuthorisation"
    COMPLETION = "Completion"
    RECONCILIATION = "Reconciliation"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PaymentCall:
    """One payment, refund, reversal … and all that its entries share.

    Attributes:
        payment_id: Its ULID.
        intent_id: The intent that it carries out: its own, or its sale's; empty until it has one.
        terminal: The configured terminal's name.
        draft: Makes drafts of the same call.
        original: What a reversal or a completion refers to.
    """

    payment_id: str
    intent_id: str
    terminal: str
    amount: int
    currency: str
    draft: Callable[[Payload], Draft]
    kind: Kind = Kind.PAYMENT
    transaction_id: str | None = None
    tender_id: str | None = None
    original: Payment | None = None
    allow_partial: bool = False

    def of_intent(self, intent_id: str) -> "PaymentCall":
        """The same call, as what that intent carries out."""
        return dataclasses.replace(self, intent_id=intent_id)

    def event(self, state: PaymentState, result: PaymentResult | None = None) -> PaymentEvent:
        """The `PaymentEvent` of this step."""
        return PaymentEvent(
            payment_id=self.payment_id,
            intent_id=self.intent_id,
            transaction_id=self.transaction_id,
            tender_id=self.tender_id,
            kind=self.kind,
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

    async def ask(
        self, terminal: PaymentTerminal, numbers: TerminalNumbers, commit: Commit
    ) -> PaymentResult:
        """Ask the terminal, in the verb of this kind. Raises as the family's verb."""
        request = terminal_request(self, numbers)
        match request:
            case ReversalRequest():
                return await terminal.reversal(request, commit)
            case CompletionRequest():
                return await terminal.completion(request, commit)
            case CancelPreAuthorisationRequest():
                return await terminal.cancel_pre_authorisation(request, commit)
            case RefundRequest():
                return await terminal.refund(request, commit)
            case PaymentRequest() if self.kind is Kind.PRE_AUTHORISATION:
                return await terminal.pre_authorisation(request, commit)
            case PaymentRequest():
                return await terminal.payment(request, commit)
        raise TypeError(f"There is no verb for {self.kind}.")


def terminal_request(call: PaymentCall, numbers: TerminalNumbers) -> TerminalRequest:
    """What the driver is told: the request with the terminal's numbers from before it."""
    request = _request(call)
    return msgspec.structs.replace(
        request,
        terminal_id=numbers.terminal_id,
        last_receipt_number=numbers.receipt_number,
        last_trace_number=numbers.trace_number,
    )


def _request(call: PaymentCall) -> TerminalRequest:
    payment_id, amount, currency = call.payment_id, call.amount, call.currency
    if call.original is not None:
        return _follow_up(call, call.original)
    if call.kind is Kind.REFUND:
        return RefundRequest(payment_id=payment_id, amount=amount, currency=currency)
    return PaymentRequest(
        payment_id=payment_id,
        amount=amount,
        currency=currency,
        allow_partial=call.allow_partial,
    )


def _follow_up(call: PaymentCall, original: Payment) -> FollowUpRequest:
    named: dict[str, Any] = {
        "payment_id": call.payment_id,
        "amount": call.amount,
        "currency": call.currency,
        "original_receipt_number": original.receipt_number,
        "original_trace_number": original.trace_number,
        "original_poi_transaction_id": original.poi_transaction_id,
        "original_timestamp": original.terminal_time,
    }
    if call.kind is Kind.COMPLETION:
        return CompletionRequest(original_amount=original.held_amount, **named)
    if original.kind == Kind.PRE_AUTHORISATION:
        return CancelPreAuthorisationRequest(**named)
    return ReversalRequest(**named)
