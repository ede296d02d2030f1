"""What a register sends for a sale. Amounts in minor units, quantities in thousandths."""

from typing import Annotated, Literal

import msgspec

from edge_daemon.records.payloads import Json

Amount = Annotated[int, msgspec.Meta(ge=-999_999_999_999, le=999_999_999_999)]
PositiveAmount = Annotated[int, msgspec.Meta(ge=1, le=999_999_999_999)]
Name35 = Annotated[str, msgspec.Meta(min_length=1, max_length=35)]
"""The longest identifier that the audit files of several countries take."""
Ulid = Annotated[str, msgspec.Meta(pattern=r"^[0-7][0-9A-HJKMNP-TV-Z]{25}$(?!\n)")]


class SaleLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line of the basket.

    Attributes:
        description: As it will stand on the receipt.
        quantity_milli: Thousandths of `uom`; 1000 is one piece. Not 0.
        unit_price: Minor units per `uom`, VAT included.
        tax_code: One of the configuration's `[[tax_code]]`.
        gtin: 8, 12, 13 or 14 digits.
        item_id: Ours; the GTIN where absent, else `open-price`.
        uom: UN/ECE Recommendation 20: `EA`, `KGM`, `LTR`, `MTR`, ….
        merchandise_hierarchy: Product group.
        entry_method: How it came into the basket.
        scan_data: What the scanner sent, unchanged.
    """

    description: Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
    quantity_milli: Annotated[int, msgspec.Meta(ge=-999_999_999, le=999_999_999)]
    unit_price: Amount
    tax_code: Annotated[str, msgspec.Meta(min_length=1, max_length=9)]
    gtin: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{8}([0-9]{4,6})?$(?!\n)")] | None = None
    item_id: Name35 | None = None
    uom: Annotated[str, msgspec.Meta(min_length=2, max_length=3)] = "EA"
    merchandise_hierarchy: Annotated[str, msgspec.Meta(max_length=35)] = ""
    entry_method: Literal["Scanned", "Keyed", "Lookup", "Weighed"] = "Keyed"
    scan_data: Annotated[str, msgspec.Meta(max_length=512)] | None = None


class CashTender(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="cash"):
    """Cash as handed over; change is given on what is too much.

    Attributes:
        amount: What the customer handed over.
        tender_id: The register's own ULID for it.
    """

    amount: PositiveAmount
    tender_id: Ulid | None = None


class CardTender(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="card"):
    """A card payment on the workstation's terminal, or one keyed by hand without a link.

    Attributes:
        amount: What the card pays; all that is due where absent.
        standalone: True: the clerk keyed it on a terminal without a link. Then `slip_number` and
            the sale's `operator_id` are needed: somebody vouches for it.
        allow_partial: The bank may approve less; the rest waits for another tender.
        tender_id: The register's own ULID for it.
    """

    amount: PositiveAmount | None = None
    standalone: bool = False
    allow_partial: bool = False
    slip_number: Name35 | None = None
    tender_id: Ulid | None = None


TenderRequest = CashTender | CardTender
"""The body of `PUT /v1/sales/{id}/tenders/{tender_id}`, and an element of a sale's `tenders`."""


class SaleRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole sale in one call.

    Attributes:
        workstation: The register: it says which printer, drawer and terminal are used.
        operator_id: Pseudonym of the cashier.
        lines: At least one.
        tenders: How the customer pays, in this order. Together they cover what is due; only cash
            may be more.
        total: What the register has shown; checked against the lines where given.
        training: Practice: no terminal, no drawer, receipt numbers of its own.
        begin_at: When the first line was entered, microseconds since 1970 UTC.
        customer_ref: Pseudonym.
        print_receipt: False when the customer wants none.
    """

    workstation: Name35
    operator_id: Name35
    lines: Annotated[tuple[SaleLine, ...], msgspec.Meta(min_length=1, max_length=500)]
    tenders: Annotated[tuple[TenderRequest, ...], msgspec.Meta(max_length=20)]
    total: Amount | None = None
    training: bool = False
    begin_at: Annotated[int, msgspec.Meta(ge=0)] | None = None
    customer_ref: Name35 | None = None
    print_receipt: bool = True


class ReceiptCopyRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Print a copy of a sale's receipt, marked as such.

    Attributes:
        workstation: On whose printer; the sale's own where absent.
    """

    workstation: Name35 | None = None
    operator_id: Name35 | None = None


class SaleCancelRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Give up a sale that waits for a tender, and give back what was taken."""

    operator_id: Name35 | None = None
    reason: Annotated[str, msgspec.Meta(max_length=64)] = ""


def as_json(request: msgspec.Struct) -> Json:
    """A request as JSON values, for the intent of what the daemon itself decides."""
    value: Json = msgspec.to_builtins(request)
    return value
