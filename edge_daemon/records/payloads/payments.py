"""The steps of a card payment."""

import enum
from typing import Annotated

from edge_daemon.records.payloads.payload import Json, Payload, one_of

PaymentKind = Annotated[
    str,
    one_of("Payment", "Refund", "Reversal", "PreAuthorisation", "Completion", "Reconciliation"),
]
"""What the terminal is asked to do."""


class PaymentState(enum.StrEnum):
    """The states of a card payment, as in the reference's transition table."""

    CREATED = "CREATED"
    SENT = "SENT"
    IN_PROGRESS = "IN_PROGRESS"
    RESULT_RECEIVED = "RESULT_RECEIVED"
    CONFIRMED = "CONFIRMED"
    ABORTING = "ABORTING"
    AWAITING_SIGNATURE = "AWAITING_SIGNATURE"
    IN_DOUBT = "IN_DOUBT"
    RESOLVING = "RESOLVING"
    APPROVED = "APPROVED"
    DECLINED = "DECLINED"
    NOT_PROCESSED = "NOT_PROCESSED"
    REVERSED = "REVERSED"
    MANUAL_REVIEW = "MANUAL_REVIEW"


class TerminalTotal(Payload, frozen=True, kw_only=True):
    """A `Reconciliation`'s totals of one card scheme, as the terminal counts."""

    card_brand: str
    count: int
    amount: int


class PaymentEvent(Payload, frozen=True, kw_only=True):
    """One step of a card payment, refund, reversal or of a terminal's reconciliation.

    Attributes:
        original_payment_id: What a reversal, completion or refund refers to; on `REVERSED`, the
            reversal that did it.
        authorised_amount: As the terminal says it.
        last_receipt_number, last_trace_number: On `CREATED`: the terminal's last before sending.
        resolved_by: `automatic`, or the operator who decided.
        totals: Of a `Reconciliation`.
    """

    payment_id: str
    intent_id: str
    transaction_id: str | None = None
    tender_id: str | None = None
    kind: PaymentKind
    state: PaymentState
    original_payment_id: str | None = None
    requested_amount: int
    authorised_amount: int | None = None
    currency: str
    device_id: str
    terminal_id: str | None = None
    last_receipt_number: str | None = None
    last_trace_number: str | None = None
    receipt_number: str | None = None
    trace_number: str | None = None
    original_trace: str | None = None
    resolved_by: str | None = None
    resolution: str | None = None
    detail: Json | None = None
    totals: tuple[TerminalTotal, ...] | None = None


class UnresolvedPayment(Payload, frozen=True, kw_only=True):
    """A payment whose outcome nobody knows; listed until it is resolved.

    Attributes:
        since: When the doubt began, microseconds since 1970 UTC.
        device_id: The configured terminal; `terminal_id` is the number that it gave itself.
        last_receipt_number, last_trace_number: The terminal's, before this payment was sent.
    """

    payment_id: str
    transaction_id: str | None = None
    terminal_id: str
    device_id: str | None = None
    currency: str | None = None
    kind: PaymentKind
    state: PaymentState
    requested_amount: int
    since: int
    last_receipt_number: str | None = None
    last_trace_number: str | None = None
