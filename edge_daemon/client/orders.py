"""What a register sends. Amounts in minor units, quantities in thousandths."""

from typing import Literal

import msgspec


class Discount(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Less to pay, for a reason: `percent_bp` (1000 is 10 %) or `amount`."""

    reason: str
    percent_bp: int | None = None
    amount: int | None = None
    approved_by: str | None = None


class PriceOverride(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Another price than the catalogue's, minor units per `uom`."""

    unit_price: int
    reason: str
    approved_by: str | None = None


class ReturnOf(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The line of a receipt that comes back."""

    transaction_id: str
    line_id: str


class SaleLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of the basket.

    A line of the box's catalogue names its `gtin` or `item_id` and how many. A register with
    prices of its own says `description`, `unit_price` and `tax_code` itself. A line that comes
    back names what it `returns`, with a negative quantity.

    Attributes:
        quantity_milli: Thousandths of `uom`; 1000 is one piece.
        description: As it will stand on the receipt.
        unit_price: Minor units per `uom`, VAT included.
        code_price: What the scanned code itself says that it costs; one piece then.
        tax_code: One of the box's `[[tax_code]]`, or of its catalogue's.
        gtin: 8, 12, 13 or 14 digits.
        item_id: The shop's own.
        uom: UN/ECE Recommendation 20: `EA`, `KGM`, `LTR`, ….
        merchandise_hierarchy: Product group.
        entry_method: How it came into the basket.
        scan_data: What the scanner sent, unchanged.
        lot, serial, expiry: From a GS1 code.
        line_id: Unique in the basket; 1, 2, 3 … where None.
        line_type: `Sale`, `Deposit`, `DepositReturn`, `GiftCardIssue`, `GiftCardReload`, `Tip`,
            `Fee` or `Donation`.
        deposit_of: On a `Deposit`: the `line_id` of its goods.
        returns: The line of a receipt that comes back.
        restock: False: what comes back cannot be sold again.
        price_override: Another price than the catalogue's.
        discounts: Each on what the ones before have left.
        voided: Why the line was taken off before payment.
        gift_card: The number of the card that is issued or reloaded.
    """

    quantity_milli: int
    description: str | None = None
    unit_price: int | None = None
    code_price: int | None = None
    tax_code: str | None = None
    gtin: str | None = None
    item_id: str | None = None
    uom: str | None = None
    merchandise_hierarchy: str | None = None
    entry_method: Literal["Scanned", "Keyed", "Lookup", "Weighed"] = "Keyed"
    scan_data: str | None = None
    lot: str | None = None
    serial: str | None = None
    expiry: str | None = None
    line_id: str | None = None
    line_type: str = "Sale"
    deposit_of: str | None = None
    returns: ReturnOf | None = None
    restock: bool = True
    price_override: PriceOverride | None = None
    discounts: tuple[Discount, ...] = ()
    voided: str | None = None
    gift_card: str | None = None


class Cash(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="cash"):
    """Cash as handed over; change is given on what is too much.

    Attributes:
        amount: All that is due, rounded, where None; also what is paid out.
        currency: Of foreign cash that the box has a rate for.
    """

    amount: int | None = None
    currency: str | None = None
    tender_id: str | None = None


class Card(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="card"):
    """A card on the workstation's terminal, or one keyed by hand without a link.

    Attributes:
        amount: What the card pays; all that is due where None.
        standalone: True: keyed by hand; then `slip_number` is needed.
        allow_partial: The bank may approve less; the rest waits for another tender.
    """

    amount: int | None = None
    standalone: bool = False
    allow_partial: bool = False
    slip_number: str | None = None
    tender_id: str | None = None


class GiftCardPayment(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="gift_card"
):
    """A gift card of the chain; all that is due where `amount` is None."""

    number: str
    amount: int | None = None
    tender_id: str | None = None


class OtherPayment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="other"):
    """`CustomerAccount` (paid later), `Voucher`, `Online` or `Other`."""

    tender_type: str
    amount: int | None = None
    reference: str | None = None
    tender_id: str | None = None


Tender = Cash | Card | GiftCardPayment | OtherPayment
"""How a customer pays, or is paid back."""
