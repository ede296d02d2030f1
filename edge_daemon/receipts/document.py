"""What a receipt says. Not how it looks.

Money is in minor units of the document's currency, quantities in thousandths, rates in basis
points, moments in microseconds since 1970 UTC. Enumerations are the journal's own words
(`Cash`, `Contactless`, `Approved`, …), so that the words of a language stand in one place.
"""

import enum

import msgspec


class Value(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the parts of a receipt have in common."""


class ReceiptKind(enum.StrEnum):
    """What the paper is for."""

    SALE = "Sale"
    RETURN = "Return"
    VOID = "Void"
    PROFORMA = "Proforma"


class Shop(Value, frozen=True, kw_only=True):
    """Who sells.

    Attributes:
        address: Street, postcode and town, one line each.
        company_number: In the trade register (the KvK number in NL); `country` tells which.
        country: ISO 3166-1 alpha-2.
    """

    name: str
    address: tuple[str, ...] = ()
    company_number: str | None = None
    vat_number: str | None = None
    country: str = "NL"


class LineModifier(Value, frozen=True, kw_only=True):
    """A discount or surcharge of a line; `amount` is its signed effect.

    Attributes:
        kind: `Discount`, `Surcharge` or `PriceOverride`.
        percent_bp: Shown behind the word, where the modifier is a percentage.
    """

    kind: str
    amount: int
    percent_bp: int | None = None


class ReceiptLine(Value, frozen=True, kw_only=True):
    """One line of goods.

    Attributes:
        unit_price: Per `uom`.
        amount: What the line costs after its modifiers; negative for a return.
        uom: UN/ECE Recommendation 20 (`C62`, `KGM`, …).
        tax_code: Ties the line to one of the receipt's `taxes`.
        voided: Taken off before payment: shown, not counted.
        deposit: Money that comes back with the bottle; stands indented below what it belongs to.
    """

    description: str
    quantity_milli: int = 1000
    uom: str = "C62"
    unit_price: int
    amount: int
    modifiers: tuple[LineModifier, ...] = ()
    tax_code: str | None = None
    voided: bool = False
    deposit: bool = False


class TaxRow(Value, frozen=True, kw_only=True):
    """The part of one tax code: `gross = base + tax`. `label` stands in for the rate."""

    tax_code: str
    rate_bp: int
    base: int
    tax: int
    gross: int
    label: str | None = None


class ReceiptTender(Value, frozen=True, kw_only=True):
    """Money received (positive) or given back (negative).

    Attributes:
        tender_type: `Cash`, `CreditDebit`, `GiftCard`, ….
        label: A better name than the type's own, such as the card's brand.
        is_change: Change, printed without its sign.
        foreign_currency, foreign_amount, exchange_rate: Of foreign cash, as it was handed over.
    """

    tender_type: str
    amount: int
    is_change: bool = False
    label: str | None = None
    foreign_currency: str | None = None
    foreign_amount: int = 0
    exchange_rate: str | None = None


class CardSlip(Value, frozen=True, kw_only=True, tag="card"):
    """A card payment of which the terminal gave fields and no text.

    Attributes:
        application_id: AID, in hex.
        masked_pan: Masked already; paper shows the last four digits only.
        entry_mode: `Contactless`, `Chip`, `Magstripe`, `Manual`.
        cvm: `None`, `PIN`, `CDCVM`, `Signature`; only the last prints a line to sign on.
        host_time: When, by the host.
        outcome: `Approved`, `Partial`, `Declined`, `Cancelled`, `Reversed`, `Unknown`.
        offline: The terminal approved by itself, without asking the bank.
    """

    amount: int
    outcome: str
    terminal_id: str | None = None
    application_label: str | None = None
    application_id: str | None = None
    masked_pan: str | None = None
    entry_mode: str | None = None
    cvm: str | None = None
    authorization_code: str | None = None
    host_time: int | None = None
    offline: bool = False


class TerminalSlip(Value, frozen=True, kw_only=True, tag="terminal_text"):
    """The text that the terminal delivered, printed as it is."""

    text: str


class StandaloneSlip(Value, frozen=True, kw_only=True, tag="standalone"):
    """A card keyed by hand on a terminal without a link; its own slip proves the rest."""

    amount: int
    slip_number: str | None = None
    operator: str | None = None


Slip = CardSlip | TerminalSlip | StandaloneSlip


class ReceiptDocument(Value, frozen=True, kw_only=True):
    """Everything one receipt says.

    Attributes:
        language: ISO 639-1; one that is not known prints in English.
        issued_at, utc_offset_min: The moment, and the shop's offset from UTC at that moment.
        receipt_number: None before one is given (pro forma).
        workstation, operator: As the customer may see them.
        total: Of the lines that count, before cash rounding.
        rounding_amount: Signed; 0 prints nothing.
        kind, reverses: What the paper is for; the number of the receipt that it takes back.
        training: Marked from top to bottom, and never to be taken back by its code.
        copy_number: 1, 2, … for a copy; None for the original.
        transaction_id: The ULID in the code for a return; None prints no code.
        link: Where the same receipt can be read on a screen; None prints no such code.
        footer: The shop's own lines.
    """

    shop: Shop
    language: str = "nl"
    currency: str = "EUR"
    issued_at: int
    utc_offset_min: int
    receipt_number: int | None = None
    workstation: str
    operator: str | None = None
    lines: tuple[ReceiptLine, ...]
    taxes: tuple[TaxRow, ...] = ()
    total: int
    rounding_amount: int = 0
    tenders: tuple[ReceiptTender, ...] = ()
    slips: tuple[Slip, ...] = ()
    kind: ReceiptKind = ReceiptKind.SALE
    reverses: int | None = None
    training: bool = False
    copy_number: int | None = None
    transaction_id: str | None = None
    link: str | None = None
    footer: tuple[str, ...] = ()

    @property
    def rounded_total(self) -> int:
        """What is paid in the end."""
        return self.total + self.rounding_amount
