"""What a register sends. Amounts in minor units, quantities in thousandths."""

from typing import Literal

import msgspec


class SaleLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of the basket.

    Attributes:
        description: As it will stand on the receipt.
        quantity_milli: Thousandths of `uom`; 1000 is one piece.
        unit_price: Minor units per `uom`, VAT included.
        tax_code: One of the box's `[[tax_code]]`.
        gtin: 8, 12, 13 or 14 digits.
        item_id: The shop's own.
        uom: UN/ECE Recommendation 20: `EA`, `KGM`, `LTR`, ….
        merchandise_hierarchy: Product group.
        entry_method: How it came into the basket.
        scan_data: What the scanner sent, unchanged.
    """

    description: str
    unit_price: int
    tax_code: str
    quantity_milli: int
    gtin: str | None = None
    item_id: str | None = None
    uom: str = "EA"
    merchandise_hierarchy: str = ""
    entry_method: Literal["Scanned", "Keyed", "Lookup", "Weighed"] = "Keyed"
    scan_data: str | None = None


class Cash(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="cash"):
    """Cash as handed over; change is given on what is too much."""

    amount: int
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
