"""Sales, returns and exchanges, with all of their lines and tenders."""

import enum
from typing import Annotated

from edge_daemon.records.payloads.payload import Payload, one_of

TenderType = Annotated[
    str,
    one_of("Cash", "CreditDebit", "GiftCard", "Voucher", "CustomerAccount", "Online", "Other"),
]
"""What somebody pays with."""


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
    """A pointer to another transaction, and to one of its lines.

    Attributes:
        kind: `Replaces` is a web order that is handed out; `DepositOf` names, on a line, the goods
            that a deposit belongs to.
    """

    kind: Annotated[str, one_of("ReturnOf", "VoidOf", "ResumeOf", "Replaces", "DepositOf")]
    transaction_id: str
    line_id: str | None = None


class Modifier(Payload, frozen=True, kw_only=True):
    """A discount, surcharge or price override.

    Attributes:
        amount: Its signed effect on the line, minor units.
        approved_by: Who allowed it.
        approval_id: The approval by which the box knows that; without it, the register said so.
    """

    kind: Annotated[str, one_of("Discount", "Surcharge", "PriceOverride")]
    reason_code: str
    amount: int
    percent_bp: int | None = None
    approved_by: str | None = None
    approval_id: str | None = None


class LineItem(Payload, frozen=True, kw_only=True):
    """One line of a basket; a sale is positive, a return negative.

    Attributes:
        gift_card_ref: Of a gift card that is issued or reloaded: never its number.
        void_reason: Why a voided line was taken off.
    """

    line_id: str
    line_type: Annotated[
        str,
        one_of(
            "Sale",
            "Return",
            "Deposit",
            "DepositReturn",
            "GiftCardIssue",
            "GiftCardReload",
            "Tip",
            "Fee",
            "Donation",
        ),
    ]
    voided: bool
    entry_method: Annotated[str, one_of("Scanned", "Keyed", "Lookup", "Weighed")]
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
    gift_card_ref: str | None = None
    void_reason: str | None = None


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
    outcome: Annotated[
        str, one_of("Approved", "Partial", "Declined", "Cancelled", "Unknown", "Reversed")
    ]
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
    """Money received (positive) or given back (negative; `is_change` for change).

    Attributes:
        amount: In `currency`, the transaction's own, also for foreign cash.
        exchange_rate: Units of `currency` for one unit of `foreign_currency`, decimal as text.
        foreign_currency, foreign_amount: The cash as it was handed over.
        gift_card_ref: Of the gift card that paid: never its number.
        reference: Of a voucher, or of what was paid online.
    """

    tender_id: str
    tender_type: TenderType
    amount: int
    is_change: bool
    currency: str
    exchange_rate: str | None = None
    foreign_currency: str | None = None
    foreign_amount: int | None = None
    gift_card_ref: str | None = None
    reference: str | None = None
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
    channel: Annotated[str, one_of("store", "webshop", "collect")]
    currency: str
    customer_ref: str | None = None
    transaction_links: tuple[Link, ...]
    line_items: tuple[LineItem, ...]
    taxes: tuple[TaxTotal, ...]
    rounding_amount: int
    tenders: tuple[Tender, ...]
    totals: Totals
