"""What a register sends for a sale. Amounts in minor units, quantities in thousandths."""

from typing import Annotated, Literal

import msgspec

from edge_daemon.records.payloads import Json
from edge_daemon.sales.lines import (
    Amount,
    Discount,
    GiftCardNumber,
    Name35,
    PositiveAmount,
    SaleLine,
    Ulid,
)


class CashTender(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="cash"):
    """Cash as handed over; change is given on what is too much.

    Attributes:
        amount: What the customer handed over, or gets; all that is due, rounded, where absent.
        currency: Of foreign cash, one of the configuration's `[[foreign_currency]]`; then `amount`
            is in its minor units, and change is given in ours.
        tender_id: The register's own ULID for it.
    """

    amount: PositiveAmount | None = None
    currency: Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{3}$(?!\n)")] | None = None
    tender_id: Ulid | None = None


class CardTender(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="card"):
    """A card payment on the workstation's terminal, or one keyed by hand without a link.

    Attributes:
        amount: What the card pays, or gets; all that is due where absent.
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


class GiftCardTender(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="gift_card"
):
    """A gift card of this chain.

    Attributes:
        number: The card's; it is kept nowhere.
        amount: What the card pays, or gets; all that is due where absent.
        tender_id: The register's own ULID for it.
    """

    number: GiftCardNumber
    amount: PositiveAmount | None = None
    tender_id: Ulid | None = None


class OtherTender(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="other"
):
    """What is neither cash nor a card of ours.

    Attributes:
        tender_type: `CustomerAccount` is paid later by the sale's `customer_ref`, where the shop
            sells on account.
        amount: What it pays, or gets; all that is due where absent.
        reference: The voucher's number, or what proves that it was paid.
        tender_id: The register's own ULID for it.
    """

    tender_type: Literal["CustomerAccount", "Voucher", "Online", "Other"]
    amount: PositiveAmount | None = None
    reference: Name35 | None = None
    tender_id: Ulid | None = None


TenderRequest = CashTender | CardTender | GiftCardTender | OtherTender
"""The body of `PUT /v1/sales/{id}/tenders/{tender_id}`, and an element of a sale's `tenders`."""


class BasketRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is sold, whoever pays it how.

    Attributes:
        workstation: The register: it says which printer, drawer and terminal are used.
        operator_id: Pseudonym of the cashier.
        lines: What is sold and what comes back.
        discounts: On the whole, spread over the lines; each on what the ones before have left.
        begin_at: When the first line was entered, microseconds since 1970 UTC.
        customer_ref: Pseudonym.
        training: Practice: no terminal, no drawer, receipt numbers of its own.
    """

    workstation: Name35
    operator_id: Name35
    lines: Annotated[tuple[SaleLine, ...], msgspec.Meta(min_length=1, max_length=500)]
    discounts: Annotated[tuple[Discount, ...], msgspec.Meta(max_length=10)] = ()
    begin_at: Annotated[int, msgspec.Meta(ge=0)] | None = None
    customer_ref: Name35 | None = None
    training: bool = False


class SaleRequest(BasketRequest, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole sale in one call; also a return, or goods in exchange for others.

    Attributes:
        tenders: How the customer pays, in this order, or is paid back where the lines come to less
            than nothing. Together they cover what is due; only cash may be more.
        total: What the register has shown; checked against the lines where given.
        print_receipt: False when the customer wants none.
        resumes: The suspended sale whose basket this was.
        approval_id: A manager's approval for what the cashier may not do alone.
    """

    tenders: Annotated[tuple[TenderRequest, ...], msgspec.Meta(max_length=20)]
    total: Amount | None = None
    print_receipt: bool = True
    resumes: Ulid | None = None
    approval_id: Ulid | None = None


class SuspensionRequest(BasketRequest, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Park a basket, to go on with it here or at another register of this box.

    Attributes:
        note: What the cashier will know it by.
        resumes: The suspended sale whose basket this was.
    """

    note: Annotated[str, msgspec.Meta(max_length=64)] = ""
    resumes: Ulid | None = None


class ResumptionRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Take a suspended sale up again.

    Attributes:
        workstation: Where it goes on.
        operator_id: Pseudonym of the cashier.
        take_over: True: also where another register has taken it up and not sold it.
    """

    workstation: Name35
    operator_id: Name35
    take_over: bool = False


class BasketCancelRequest(BasketRequest, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Give up a basket that nobody has paid anything of.

    Attributes:
        reason: The shop's own code.
        resumes: The suspended sale whose basket this was; it is gone then.
    """

    reason: Name35
    resumes: Ulid | None = None


class GiftCardQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Ask what is on a gift card."""

    number: GiftCardNumber


class VoidRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Undo a finished sale of the same day, whole: cards are reversed, cash is handed back.

    Attributes:
        sale_id: The sale.
        workstation: Whose drawer and printer are used; the sale's own where absent.
        operator_id: Pseudonym of who asks.
        reason: The shop's own code.
        approval_id: A manager's approval, where the cashier may not do it alone.
        print_receipt: False when the customer wants no paper.
    """

    sale_id: Ulid
    workstation: Name35 | None = None
    operator_id: Name35
    reason: Name35
    approval_id: Ulid | None = None
    print_receipt: bool = True


class HandOutRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hand a web order out, whole.

    Attributes:
        workstation: Whose drawer, terminal and printer are used.
        operator_id: Pseudonym of the cashier.
        tenders: How the customer pays; none where the order is paid.
        print_receipt: False when the customer wants no paper.
    """

    workstation: Name35
    operator_id: Name35
    tenders: Annotated[tuple[TenderRequest, ...], msgspec.Meta(max_length=20)] = ()
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
