"""What a register is answered. What a newer box says besides is left out, not refused."""

from typing import Any

import msgspec

from edge_daemon.records.payloads import Json, LineItem, Link, TaxTotal, Tender


class Paired(msgspec.Struct, frozen=True, kw_only=True):
    """A register's token, told this once: keep it.

    Attributes:
        expires_at: Microseconds since 1970 UTC; None: until it is revoked.
    """

    id: str
    token: str
    name: str
    scopes: tuple[str, ...]
    workstation: str | None = None
    expires_at: int | None = None


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """Who the register is to the box."""

    id: str
    name: str
    scopes: tuple[str, ...]
    workstation: str | None = None


class ShopTaxCode(msgspec.Struct, frozen=True, kw_only=True):
    """A tax code as it is today; `rate_bp` in basis points."""

    code: str
    rate_bp: int
    description: str


class ForeignCash(msgspec.Struct, frozen=True, kw_only=True):
    """Foreign cash that is taken; `rate` is what one unit of it is worth in the shop's own."""

    code: str
    rate: str
    minor_digits: int


class Workstation(msgspec.Struct, frozen=True, kw_only=True):
    """A till, and the devices that belong to it, by their names."""

    name: str
    pos_printer: str | None = None
    cash_drawer: str | None = None
    payment_terminal: str | None = None
    scanner: str | None = None
    scale: str | None = None
    line_display: str | None = None
    card_reader: str | None = None


class Shop(msgspec.Struct, frozen=True, kw_only=True):
    """The shop, and its rules for registers.

    Attributes:
        cash_rounding: The step of cash totals, in minor units; 0 or 1 where they are exact.
        card_rounding: Card totals are rounded alike.
        open_prices: What the catalogue does not know is sold at a typed price.
        require_session: No sale without an open till.
        check_rights: Whoever acts has to be signed on, and to have the right or an approval.
    """

    name: str
    country: str
    language: str
    currency: str
    cash_rounding: int
    card_rounding: bool
    open_prices: bool
    on_account: bool
    require_session: bool
    blind_counts: bool
    check_rights: bool
    tax_codes: tuple[ShopTaxCode, ...]
    foreign_currencies: tuple[ForeignCash, ...]
    workstations: tuple[Workstation, ...]


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """One device.

    Attributes:
        state: `opening`, `online`, `offline` or `stuck`.
        reason: What to tell the clerk; None when all is well.
        detail: What it last said about itself, such as `cover_open`.
    """

    name: str
    family: str
    driver: str
    state: str
    since_us: int
    reason: str | None = None
    detail: dict[str, Any] | None = None
    reopened: int = 0


class PrintJob(msgspec.Struct, frozen=True, kw_only=True):
    """One piece of paper.

    Attributes:
        state: `queued`, `printing`, `printed`, `failed` (surely no more will come out) or
            `unknown` (look at the printer).
        problem: What the clerk should do, when it did not print.
    """

    id: str
    state: str
    finished: bool
    document: str
    printer: str | None = None
    transaction_id: str | None = None
    copy_number: int | None = None
    evidence: str | None = None
    content_hash: str | None = None
    problem: str | None = None


class DrawerOpening(msgspec.Struct, frozen=True, kw_only=True):
    """One opening.

    Attributes:
        state: `opening`, `opened`, `failed`, `dropped` (came too late) or `unknown`.
        sensed: True when the drawer's contact showed it.
    """

    id: str
    state: str
    finished: bool
    drawer: str
    cause: str
    sensed: bool | None = None
    pulse: str | None = None
    problem: str | None = None


class Payment(msgspec.Struct, frozen=True, kw_only=True):
    """One payment, refund, reversal or completion.

    Attributes:
        approved: True: paid. False: surely not. None: not known (yet); never try again.
        message: What to tell the clerk.
        needs_person: Read the terminal's slip and decide.
        refund_due: The card paid, and the sale ended without it.
    """

    id: str
    kind: str
    state: str
    finished: bool
    approved: bool | None
    amount: int
    currency: str
    terminal: str
    authorised_amount: int | None = None
    terminal_id: str | None = None
    receipt_number: str | None = None
    trace_number: str | None = None
    poi_transaction_id: str | None = None
    terminal_time: str | None = None
    original_payment_id: str | None = None
    transaction_id: str | None = None
    tender_id: str | None = None
    card: Json | None = None
    message: str | None = None
    needs_person: bool = False
    needs_signature: bool = False
    refund_due: bool = False


class OpenPayments(msgspec.Struct, frozen=True, kw_only=True):
    """Payments that need a person: their end is not known, or their money is due back."""

    open: tuple[Payment, ...]
    refunds_due: tuple[Payment, ...]


class Abortion(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the wish to stop a payment; an approval can still win.

    Attributes:
        outcome: `accepted`, `refused` or `too_late`.
    """

    outcome: str
    payment: Payment


class Reconciliation(msgspec.Struct, frozen=True, kw_only=True):
    """The end of a terminal's day: both totals and their difference."""

    id: str
    state: str
    finished: bool
    terminal: str
    currency: str
    terminal_amount: int | None = None
    terminal_count: int | None = None
    own_amount: int = 0
    own_count: int = 0
    difference: int | None = None
    totals: tuple[Json, ...] = ()
    message: str | None = None


class Sale(msgspec.Struct, frozen=True, kw_only=True):
    """One sale, with all that did not work.

    Attributes:
        state: `running`, `completed`, `awaiting_tender` (send another tender, or cancel) or
            `cancelled`.
        occurred_at: When its state became what it is, microseconds since 1970 UTC.
        type: `Sale`, `Return`, `Exchange` or `Void`; `links` name what it goes back to.
        voided_by: The void that undid it.
        due: Still to be paid; negative: to be paid out.
        problems: What did not work, in words for the clerk, most urgent first.
    """

    id: str
    state: str
    finished: bool
    workstation: str | None
    occurred_at: int | None = None
    training: bool = False
    sequence_number: int | None = None
    type: str = "Sale"
    links: tuple[Link, ...] = ()
    voided_by: str | None = None
    customer_ref: str | None = None
    lines: tuple[LineItem, ...] = ()
    currency: str | None = None
    total: int = 0
    rounding: int = 0
    paid: int = 0
    due: int = 0
    change: int = 0
    taxes: tuple[TaxTotal, ...] = ()
    tenders: tuple[Tender, ...] = ()
    payments: tuple[Payment, ...] = ()
    receipt: PrintJob | None = None
    copies: tuple[PrintJob, ...] = ()
    drawer: DrawerOpening | None = None
    problems: tuple[str, ...] = ()


class DeviceList(msgspec.Struct, frozen=True, kw_only=True):
    """All devices."""

    devices: tuple[Device, ...]


class Lease(msgspec.Struct, frozen=True, kw_only=True):
    """Who has a shared device to itself; nobody where `holder` is None.

    Attributes:
        waiting: Registers that wait for it.
        place: Ours in that line.
    """

    device: str
    workstation: str | None = None
    holder: str | None = None
    taken_us: int | None = None
    waiting: int = 0
    place: int | None = None


class Weight(msgspec.Struct, frozen=True, kw_only=True):
    """What lies on a scale.

    Attributes:
        status: `stable` or `zero`.
        weight_milli: Thousandths of `unit`: 480 is 0.480 kg.
        net: A tare has been taken off.
    """

    scale: str
    status: str
    weight_milli: int | None = None
    unit: str = "kg"
    net: bool = False


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """What a customer display shows; `shown` is False while it cannot be reached."""

    display: str
    lines: tuple[str, ...]
    blink: bool = False
    shown: bool = True


class ReceiptLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a receipt.

    Attributes:
        returnable_milli: How much of it can still come back, in thousandths; 0: nothing.
        returnable_amount: What is paid out for that, in minor units.
    """

    line_id: str
    description: str
    line_type: str
    quantity_milli: int
    uom: str
    amount: int
    returnable_milli: int
    returnable_amount: int
    item_id: str
    gtin: str | None = None
    deposit_of: str | None = None


class PaidBy(msgspec.Struct, frozen=True, kw_only=True):
    """How a part of a receipt was paid, in minor units."""

    tender_type: str
    amount: int


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """A receipt of the box.

    Attributes:
        returnable: True while something of it can come back; `note` says why not.
        tenders: How it was paid, to pay back the same way.
    """

    transaction_id: str
    sequence_number: int | None
    workstation: str
    occurred_at: int
    training: bool
    currency: str
    total: int
    returnable: bool
    note: str | None = None
    voided_by: str | None = None
    lines: tuple[ReceiptLine, ...] = ()
    tenders: tuple[PaidBy, ...] = ()


class SuspendedSale(msgspec.Struct, frozen=True, kw_only=True):
    """A parked basket.

    Attributes:
        state: `suspended`, `resumed`, `sold` or `given_up`.
        basket: `lines`, `discounts` and `customer_ref`, to be sent again with the sale.
    """

    id: str
    state: str
    workstation: str
    operator_id: str | None
    occurred_at: int
    training: bool
    note: str
    currency: str
    total: int
    basket: Json
    finished: bool = True


class SuspendedSales(msgspec.Struct, frozen=True, kw_only=True):
    """All of them."""

    suspended_sales: tuple[SuspendedSale, ...]


class BasketCancellation(msgspec.Struct, frozen=True, kw_only=True):
    """A basket that was given up."""

    id: str
    line_count: int
    amount: int
    finished: bool = True


class GiftCard(msgspec.Struct, frozen=True, kw_only=True):
    """What is on a gift card, in minor units: the office's figure and what the box moved since.

    Attributes:
        balance: Less than nothing where more was taken off than was on it.
        as_of: Of the office's figure, microseconds since 1970 UTC; None where there is none.
        age_ms: How old it is.
        stale: Too old, or none: another shop may have taken something off since.
    """

    gift_card_ref: str
    balance: int
    currency: str
    as_of: int | None = None
    age_ms: int | None = None
    stale: bool


class CatalogueState(msgspec.Struct, frozen=True, kw_only=True):
    """Which catalogue is in force, and which is coming; `problem` says why one is not."""

    version: int | None = None
    coming: int | None = None
    arrived: int | None = None
    parts: int | None = None
    items: int = 0
    problem: str | None = None


class Article(msgspec.Struct, frozen=True, kw_only=True):
    """One article as it is now.

    Attributes:
        unit_price: Minor units per `uom`, VAT included; None: the clerk types it.
        deposit: What is charged with it.
    """

    item_id: str
    description: str
    merchandise_hierarchy: str
    uom: str
    tax_code: str
    gtin: str | None = None
    unit_price: int | None = None
    rate_bp: int | None = None
    deposit: "Article | None" = None
    barcodes: tuple[str, ...] = ()


class PriceInquiry(msgspec.Struct, frozen=True, kw_only=True):
    """A price that was told, and counted as asked for."""

    id: str
    article: Article
    finished: bool = True


class ArticleList(msgspec.Struct, frozen=True):
    """Articles."""

    items: tuple[Article, ...]


class ProductGroup(msgspec.Struct, frozen=True, kw_only=True):
    """A product group and the one above it."""

    id: str
    name: str
    parent: str | None = None


class ProductGroupList(msgspec.Struct, frozen=True):
    """Product groups."""

    groups: tuple[ProductGroup, ...]
