"""X and Z: the figures of a period, as the registers' audit file wants them.

The set follows `eventReport` of SAF-T Cash Register, so that a report maps to the export one to
one; X and Z have the same figures. Amounts in minor units; counts are net, a refund counts -1.
Training stands in `training` and nowhere else. The perpetual totals never go back to zero.
"""

import enum

from edge_daemon.records.payloads.payload import Payload
from edge_daemon.records.payloads.payments import UnresolvedPayment
from edge_daemon.records.payloads.transactions import TenderType


class PeriodReportKind(enum.StrEnum):
    """X may be made at any time and changes nothing; Z closes the period."""

    X = "X"
    Z = "Z"


class Tally(Payload, frozen=True, kw_only=True):
    """How often, and how much."""

    count: int
    amount: int


class TypeTally(Payload, frozen=True, kw_only=True):
    """A tally of one type of correction, or of money paid in or out."""

    type: str
    count: int
    amount: int


class GroupTally(Payload, frozen=True, kw_only=True):
    """A tally of one product group."""

    group: str
    count: int
    amount: int


class ArticleGroup(Payload, frozen=True, kw_only=True):
    """Sales of one product group; `count` counts receipts, not pieces."""

    group: str
    count: int
    quantity_milli: int
    amount: int


class EmployeeArticleGroup(ArticleGroup, frozen=True, kw_only=True):
    """`ArticleGroup` of one operator."""

    operator_id: str


class PaymentTally(Payload, frozen=True, kw_only=True):
    """Payments of one tender type; refunds are deducted already."""

    tender_type: TenderType
    count: int
    amount: int


class EmployeePaymentTally(PaymentTally, frozen=True, kw_only=True):
    """`PaymentTally` of one operator."""

    operator_id: str


class VatTotal(Payload, frozen=True, kw_only=True):
    """One VAT code's sales: `base` is without VAT."""

    tax_code: str
    rate_bp: int
    base: int
    vat: int


class EmployeeFloat(Payload, frozen=True, kw_only=True):
    """The opening float of one operator."""

    operator_id: str
    amount: int


class TenderDifference(Payload, frozen=True, kw_only=True):
    """What should be there, what was counted: `difference = counted - expected`.

    `counted` and `difference` are absent where nobody counted.

    Attributes:
        currency: Of foreign cash, whose amounts are in its own minor units.
    """

    tender_type: TenderType
    expected: int
    counted: int | None = None
    difference: int | None = None
    currency: str | None = None


class CardReconciliation(Payload, frozen=True, kw_only=True):
    """Our card tenders beside what a terminal counts; shown, never booked away.

    Attributes:
        standalone: The row of a terminal without a link, with totals as keyed from its slip.
    """

    terminal_id: str
    standalone: bool
    tender_count: int
    tender_amount: int
    terminal_count: int | None = None
    terminal_amount: int | None = None
    difference: int | None = None


class PeriodFigures(Payload, frozen=True, kw_only=True):
    """All figures of an X or Z.

    Attributes:
        report_date, report_time: Local, `YYYY-MM-DD` and `HH:MM:SS`.
        total_cash_sales: Sales - returns, VAT included, before cash rounding; equals the sum of
            `base` and `vat` over `sales_vat`.
        payments: Their sum is `total_cash_sales`, `rounding_total` and `non_turnover` together.
        non_turnover: What was paid for deposits, gift cards, tips and donations, by type of line.
        returns: Its amount is positive.
        grand_total_net: `grand_total_sales` - `grand_total_returns`.
    """

    report_id: str
    company_id: str
    company_name: str
    report_date: str
    report_time: str
    workstation_id: str
    total_cash_sales: int
    article_groups: tuple[ArticleGroup, ...]
    employee_article_groups: tuple[EmployeeArticleGroup, ...] | None = None
    payments: tuple[PaymentTally, ...]
    employee_payments: tuple[EmployeePaymentTally, ...] | None = None
    tips: Tally | None = None
    sales_vat: tuple[VatTotal, ...]
    opening_float: int
    employee_opening_floats: tuple[EmployeeFloat, ...] | None = None
    receipt_count: int
    drawer_open_count: int
    drawer_open_no_sale_count: int
    copies: Tally
    proformas: Tally
    returns: Tally
    discounts: Tally
    voided_transactions: Tally
    corrected_lines: tuple[TypeTally, ...]
    price_inquiries: tuple[GroupTally, ...]
    other_corrections: tuple[TypeTally, ...]
    delivery_receipts: Tally
    training: Tally
    credit_sales: Tally | None = None
    credit_memos: Tally | None = None
    pay_ins: tuple[TypeTally, ...] | None = None
    pay_outs: tuple[TypeTally, ...] | None = None
    grand_total_sales: int
    grand_total_returns: int
    grand_total_net: int
    rounding_total: int
    tender_differences: tuple[TenderDifference, ...]
    card_reconciliation: tuple[CardReconciliation, ...]
    unresolved_payments: tuple[UnresolvedPayment, ...]
    non_turnover: tuple[TypeTally, ...] | None = None


class PeriodReport(Payload, frozen=True, kw_only=True):
    """An X or Z.

    Attributes:
        z_number: Gapless per workstation, over epochs too; only of a Z.
        first_position, last_position: The range covered, as `EPOCH.SEQ`.
        last_hash: At `last_position`; through the chain it stands for that epoch's whole range.
        not_covered: The last entries, as `EPOCH.SEQ`, of cards that were lost in the period: the
            office has them, these figures do not; the perpetual totals go on over them.
    """

    kind: PeriodReportKind
    z_number: int | None = None
    first_position: str
    last_position: str
    last_hash: str
    not_covered: tuple[str, ...] | None = None
    figures: PeriodFigures
