"""The lines of a basket as a register sends them. Minor units, thousandths, basis points."""

from typing import Annotated, Literal

import msgspec

Amount = Annotated[int, msgspec.Meta(ge=-999_999_999_999, le=999_999_999_999)]
PositiveAmount = Annotated[int, msgspec.Meta(ge=1, le=999_999_999_999)]
Name35 = Annotated[str, msgspec.Meta(min_length=1, max_length=35)]
"""The longest identifier that the audit files of several countries take."""
Ulid = Annotated[str, msgspec.Meta(pattern=r"^[0-7][0-9A-HJKMNP-TV-Z]{25}$(?!\n)")]
Gtin = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{8}([0-9]{4,6})?$(?!\n)")]
GiftCardNumber = Annotated[str, msgspec.Meta(min_length=6, max_length=64)]

LineType = Literal[
    "Sale",
    "Deposit",
    "DepositReturn",
    "GiftCardIssue",
    "GiftCardReload",
    "Tip",
    "Fee",
    "Donation",
]

WITHOUT_VAT = frozenset({"Deposit", "DepositReturn", "GiftCardIssue", "GiftCardReload", "Tip"})
"""Lines that are no turnover: they need no tax code, and no discount touches them."""
GIFT_CARDS = frozenset({"GiftCardIssue", "GiftCardReload"})
DEPOSITS = frozenset({"Deposit", "DepositReturn"})


class Discount(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Less to pay, for a reason; one of the two first.

    Attributes:
        percent_bp: Basis points: 1000 is 10 %. At most all of it.
        amount: Minor units. At most what is left to pay.
        reason: The shop's own code.
        approved_by: Who allowed it, in a shop whose registers know by themselves; see `approvals`.
    """

    percent_bp: Annotated[int, msgspec.Meta(ge=1, le=10_000)] | None = None
    amount: PositiveAmount | None = None
    reason: Name35
    approved_by: Name35 | None = None


class PriceOverride(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Another price than the catalogue's.

    Attributes:
        unit_price: Minor units per `uom`, VAT included.
        reason: The shop's own code.
        approved_by: Who allowed it, in a shop whose registers know by themselves; see `approvals`.
    """

    unit_price: Annotated[int, msgspec.Meta(ge=0, le=999_999_999_999)]
    reason: Name35
    approved_by: Name35 | None = None


class ReturnOf(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The line that comes back, as its receipt has it.

    Attributes:
        transaction_id: Behind the `R` of the code on the receipt.
        line_id: As `GET /v1/receipts/{code}` names it.
    """

    transaction_id: Ulid
    line_id: Name35


class SaleLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line of the basket.

    A line of the catalogue names its `gtin` or `item_id` and how many; the rest is looked up. A
    register with prices of its own says `description`, `unit_price` and `tax_code` itself, and the
    catalogue is not asked. A line that comes back names what it `returns`, and nothing else.

    Attributes:
        quantity_milli: Thousandths of `uom`; 1000 is one piece. Not 0; negative for what comes
            back.
        description: As it will stand on the receipt.
        unit_price: Minor units per `uom`, VAT included.
        code_price: What the scanned code itself says that the article costs, in minor units; the
            quantity is one piece then.
        tax_code: One of the configuration's `[[tax_code]]`, or of the catalogue's.
        gtin: 8, 12, 13 or 14 digits.
        item_id: Ours; the GTIN where absent, else `open-price`.
        uom: UN/ECE Recommendation 20: `EA`, `KGM`, `LTR`, `MTR`, ….
        merchandise_hierarchy: Product group.
        entry_method: How it came into the basket.
        scan_data: What the scanner sent, unchanged.
        lot, serial, expiry: From a GS1 code.
        line_id: Unique in the basket; 1, 2, 3 … where absent.
        line_type: `Sale` for goods. A line of another type needs no `tax_code` where it is outside
            VAT: deposits, gift cards, tips.
        deposit_of: On a `Deposit`: the `line_id` of its goods.
        returns: The line of a receipt that comes back.
        restock: False: what comes back cannot be sold again.
        price_override: Another price than the catalogue's.
        discounts: Each on what the ones before have left.
        voided: Why the line was taken off before payment; it is kept and not counted.
        gift_card: The number of the card that is issued or reloaded. It is kept nowhere.
    """

    quantity_milli: Annotated[int, msgspec.Meta(ge=-999_999_999, le=999_999_999)]
    description: Annotated[str, msgspec.Meta(min_length=1, max_length=255)] | None = None
    unit_price: Amount | None = None
    code_price: PositiveAmount | None = None
    tax_code: Annotated[str, msgspec.Meta(min_length=1, max_length=9)] | None = None
    gtin: Gtin | None = None
    item_id: Name35 | None = None
    uom: Annotated[str, msgspec.Meta(min_length=2, max_length=3)] | None = None
    merchandise_hierarchy: Annotated[str, msgspec.Meta(max_length=35)] | None = None
    entry_method: Literal["Scanned", "Keyed", "Lookup", "Weighed"] = "Keyed"
    scan_data: Annotated[str, msgspec.Meta(max_length=512)] | None = None
    lot: Annotated[str, msgspec.Meta(max_length=20)] | None = None
    serial: Annotated[str, msgspec.Meta(max_length=20)] | None = None
    expiry: Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d{2}-\d{2}$(?!\n)")] | None = None
    line_id: Name35 | None = None
    line_type: LineType = "Sale"
    deposit_of: Name35 | None = None
    returns: ReturnOf | None = None
    restock: bool = True
    price_override: PriceOverride | None = None
    discounts: Annotated[tuple[Discount, ...], msgspec.Meta(max_length=10)] = ()
    voided: Name35 | None = None
    gift_card: GiftCardNumber | None = None
