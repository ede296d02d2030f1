"""What an entry states, by `entry_type`: the class name of its payload.

A field that may be absent has the default None and is left out of the bytes; every other field
is always there. Money is in minor units, quantities in thousandths, rates in basis points,
moments in microseconds since 1970 UTC. Names: ARTS, nexo, UnifiedPOS.
"""

import enum
from typing import Any

import msgspec

Json = dict[str, Any]
"""A JSON object as it came."""


class Payload(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What every payload has in common: encoding."""


# --- Intent and Outcome ---------------------------------------------------------------------


class Intent(Payload, frozen=True, kw_only=True):
    """Written, with fsync, before any act on a device or a sale.

    Attributes:
        verb: `sale`, `tender`, `cancel`, `print`, `open_drawer`, `payment`, ….
        resource_kind: The `<things>` of the URL: `sales`, `print_jobs`, `drawer_openings`, ….
        resource_id: The client's ULID, unique per box and kind.
        workstation: Whose devices are used.
        request: The whole body as it came, redacted, print bytes replaced by their hash.
        request_hash: SHA-256 of the untyped body with sorted keys (`request_hash`).
    """

    verb: str
    resource_kind: str
    resource_id: str
    workstation: str | None = None
    request: Json
    request_hash: str


class OutcomeState(enum.StrEnum):
    """How an intent ended."""

    FINISHED = "Finished"
    NOT_DONE = "NotDone"
    CANCELLED = "Cancelled"
    UNKNOWN = "Unknown"


class Outcome(Payload, frozen=True, kw_only=True):
    """The end of an intent that has no richer record of its own."""

    intent_id: str
    state: OutcomeState
    answer: Json | None = None


# --- RetailTransaction ----------------------------------------------------------------------


class TransactionType(enum.StrEnum):
    """What kind of transaction it is."""

    SALE = "Sale"
    RETURN = "Return"
    EXCHANGE = "Exchange"
    NO_TENDER = "NoTender"


class TransactionStatus(enum.StrEnum):
    """Where the transaction stands."""

    COMPLETED = "Completed"
    AWAITING_TENDER = "AwaitingTender"
    CANCELLED = "Cancelled"
    SUSPENDED = "Suspended"
    RESUMED = "Resumed"
    POST_VOIDED = "PostVoided"


class Link(Payload, frozen=True, kw_only=True):
    """A pointer to another transaction, and to one of its lines."""

    kind: str
    transaction_id: str
    line_id: str | None = None


class Modifier(Payload, frozen=True, kw_only=True):
    """A discount, surcharge or price override; `amount` is its signed effect on the line."""

    kind: str
    reason_code: str
    amount: int
    percent_bp: int | None = None
    approved_by: str | None = None


class LineItem(Payload, frozen=True, kw_only=True):
    """One line of a basket; a sale is positive, a return negative."""

    line_id: str
    line_type: str
    voided: bool
    entry_method: str
    item_id: str
    gtin: str | None = None
    scan_data: str | None = None
    lot: str | None = None
    serial: str | None = None
    expiry: str | None = None
    description: str
    merchandise_hierarchy: str
    quantity_milli: int
    uom: str
    regular_unit_price: int
    actual_unit_price: int
    extended_amount: int
    modifiers: tuple[Modifier, ...]
    tax_code: str
    tax_rate_bp: int
    tax_base: int
    tax_amount: int
    tax_inclusive: bool
    stock_effect: bool
    link: Link | None = None


class TaxTotal(Payload, frozen=True, kw_only=True):
    """One tax code's part of the receipt: `gross = base + tax`."""

    tax_code: str
    rate_bp: int
    gross: int
    base: int
    tax: int


class CardDetails(Payload, frozen=True, kw_only=True):
    """The card side of a `CreditDebit` tender; never a full card number."""

    standalone: bool
    slip_number: str | None = None
    entered_by: str | None = None
    payment_id: str | None = None
    outcome: str
    entry_mode: str | None = None
    cvm: str | None = None
    application_id: str | None = None
    application_label: str | None = None
    card_brand: str | None = None
    masked_pan: str | None = None
    par: str | None = None
    authorization_code: str | None = None
    terminal_id: str | None = None
    merchant_id: str | None = None
    acquirer: str | None = None
    stan: str | None = None
    rrn: str | None = None
    psp_reference: str | None = None
    host_time: int | None = None
    offline_approved: bool | None = None
    receipt_text_merchant: str | None = None
    receipt_text_customer: str | None = None


class Tender(Payload, frozen=True, kw_only=True):
    """Money received (positive) or given back (negative; `is_change` for change)."""

    tender_id: str
    tender_type: str
    amount: int
    is_change: bool
    currency: str
    exchange_rate: str | None = None
    card: CardDetails | None = None


class Totals(Payload, frozen=True, kw_only=True):
    """Stated, not left to the reader; they agree with lines, taxes and tenders."""

    gross: int
    net: int
    tax: int
    discount: int
    deposit: int
    tip: int
    due: int
    paid: int
    change: int


class RetailTransaction(Payload, frozen=True, kw_only=True):
    """A sale, return or exchange, with all of its lines and tenders.

    For a finished one: sum of `extended_amount` of lines not voided + `rounding_amount` = sum of
    `tenders.amount`, change included as a negative tender.
    """

    transaction_id: str
    intent_id: str | None = None
    sequence_number: int | None = None
    transaction_type: TransactionType
    status: TransactionStatus
    begin_at: int
    end_at: int
    channel: str
    currency: str
    customer_ref: str | None = None
    transaction_links: tuple[Link, ...]
    line_items: tuple[LineItem, ...]
    taxes: tuple[TaxTotal, ...]
    rounding_amount: int
    tenders: tuple[Tender, ...]
    totals: Totals


# --- Devices --------------------------------------------------------------------------------


class DrawerEvent(Payload, frozen=True, kw_only=True):
    """A drawer opened or closed, a pulse that failed or came too late.

    `event`: `Opened`, `Closed`, `Failed`, `Dropped`, `Unknown`, `LeftOpen`.
    `cause`: `Sale`, `NoSale`, `Control`, `Manual` (key), `Unknown`.
    """

    event: str
    intent_id: str | None = None
    cause: str
    drawer_id: str
    pulse: str | None = None
    sensed: bool | None = None
    transaction_id: str | None = None
    reason_code: str | None = None
    problem: str | None = None
    open_ms: int | None = None


class ReceiptState(enum.StrEnum):
    """One step of a print."""

    QUEUED = "Queued"
    PRINTING = "Printing"
    PRINTED = "Printed"
    FAILED = "Failed"
    UNKNOWN = "Unknown"
    COPY = "Copy"
    DIGITAL = "Digital"
    DECLINED = "Declined"


class ReceiptEvent(Payload, frozen=True, kw_only=True):
    """One step of one print or digital receipt.

    `document`: `Sale`, `Return`, `Void`, `Proforma`, `Delivery`, `Training`, `CardSlip`,
    `Report`, `Other`. `evidence`: `ProcessId`, `BufferedStatus`, `BufferCleared`, `Operator`.
    `problem`: what the clerk was told, on `Failed` and `Unknown`.
    """

    print_id: str
    intent_id: str
    state: ReceiptState
    document: str
    transaction_id: str | None = None
    copy_number: int | None = None
    amount: int | None = None
    printer_id: str | None = None
    content_hash: str | None = None
    evidence: str | None = None
    problem: str | None = None
    url: str | None = None
    digital_hash: str | None = None


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

    `kind`: `Payment`, `Refund`, `Reversal`, `PreAuthorisation`, `Completion`, `Reconciliation`.
    """

    payment_id: str
    intent_id: str
    transaction_id: str | None = None
    tender_id: str | None = None
    kind: str
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


class DeviceEvent(Payload, frozen=True, kw_only=True):
    """A device changed state: `online`, `offline`, `paper_low`, `paper_out`, `cover_open`, …."""

    device_id: str
    family: str
    state: str
    detail: str | None = None


# --- The daemon itself ----------------------------------------------------------------------


class SystemEvent(Payload, frozen=True, kw_only=True):
    """The daemon itself: `Start`, `Stop`, `EpochStart`, `Checkpoint`, `ClockStep`, ….

    `EpochStart` is `seq` 1 of every epoch. It links the epoch before, and `carried_over` holds
    what the epoch begins with, so that a rebuild needs nothing but entries.
    """

    event: str
    software_version: str | None = None
    config_hash: str | None = None
    clock_step_us: int | None = None
    previous_epoch: str | None = None
    previous_seq: int | None = None
    previous_hash: str | None = None
    reason: str | None = None
    note: str | None = None
    carried_over: Json | None = None
    result: str | None = None
    key_id: str | None = None
    signature: str | None = None
    fork: Json | None = None


class AccessEvent(Payload, frozen=True, kw_only=True):
    """Who was let in, refused, shut out; acts of an administrator. Never the token itself."""

    event: str
    subject: str
    scopes: tuple[str, ...] | None = None
    origin: str | None = None
    source_address: str | None = None
    act: str | None = None
    reason: str
    count: int | None = None


class UnknownPayload(Payload, frozen=True, kw_only=True):
    """A payload of a type that this version does not know: kept, passed on, never refused."""

    fields: Json


PAYLOADS: dict[str, type[Payload]] = {
    payload.__name__: payload
    for payload in (
        AccessEvent,
        DeviceEvent,
        DrawerEvent,
        Intent,
        Outcome,
        PaymentEvent,
        ReceiptEvent,
        RetailTransaction,
        SystemEvent,
    )
}
"""Every `entry_type` and the class of its payload."""
