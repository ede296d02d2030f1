"""What a till counts for its Z, in the plainest way: so an office is compared with another sum."""

import collections

from edge_daemon.records.payloads import (
    ArticleGroup,
    PaymentTally,
    PeriodFigures,
    PeriodReport,
    PeriodReportKind,
    RetailTransaction,
    Tally,
    TenderDifference,
    TransactionStatus,
    TransactionType,
    TypeTally,
    VatTotal,
)
from simulators.chain.journal import ORGANIZATION, Journal, Moment

_NONE = Tally(count=0, amount=0)


class Sums:
    """One till's figures since its last Z, and what goes on over them."""

    def __init__(self, till: str) -> None:
        self.till = till
        self.z_number = 0
        self.grand_sales = self.grand_returns = 0
        self.begin()

    def begin(self) -> None:
        """Begin a period."""
        self.vat: collections.Counter[tuple[str, int, str]] = collections.Counter()
        self.paid: collections.Counter[str] = collections.Counter()
        self.payments: collections.Counter[str] = collections.Counter()
        self.groups: dict[str, list[int]] = {}
        self.other: dict[str, list[int]] = {}
        self.receipts = self.rounding = self.float = self.counted = self.expected = 0
        self.returns, self.discounts, self.voids = [0, 0], [0, 0], [0, 0]

    @property
    def cash(self) -> int:
        """What should be in the drawer."""
        return self.float + self.paid["Cash"]

    def add(self, sale: RetailTransaction) -> None:
        """Count a finished transaction."""
        voids = sale.status is TransactionStatus.POST_VOIDED
        groups: collections.Counter[str] = collections.Counter()
        for one in sale.line_items:
            amount = one.extended_amount
            if one.line_type not in ("Sale", "Return"):
                _tally(self.other.setdefault(one.line_type, [0, 0]), amount, amount)
                continue
            self.vat[one.tax_code, one.tax_rate_bp, "base"] += one.tax_base
            self.vat[one.tax_code, one.tax_rate_bp, "vat"] += one.tax_amount
            groups[one.merchandise_hierarchy] += amount
            group = self.groups.setdefault(one.merchandise_hierarchy, [0, 0, 0])
            group[1] += one.quantity_milli
            group[2] += amount
            self.grand_sales += max(amount, 0)
            self.grand_returns += max(-amount, 0)
            for each in one.modifiers:
                _tally(self.discounts, -each.amount, -each.amount)
        for name, amount in groups.items():
            self.groups[name][0] += 1 if amount >= 0 else -1
        back = -sum(one.extended_amount for one in sale.line_items if one.line_type == "Return")
        if back:
            _tally(self.returns, back, back)
        if voids:
            _tally(self.voids, 1, -sale.totals.gross)
        elif sale.transaction_type is TransactionType.SALE:
            self.receipts += 1
        self.rounding += sale.rounding_amount
        for tender in sale.tenders:
            self.paid[tender.tender_type] += tender.amount
            self.payments[tender.tender_type] += 1 if tender.amount >= 0 else -1

    def report(self, journal: Journal, moment: Moment, first: str) -> PeriodReport:
        """The Z of this period; the next one begins."""
        self.z_number += 1
        last, digest = journal.position
        report = PeriodReport(
            kind=PeriodReportKind.Z,
            z_number=self.z_number,
            first_position=first,
            last_position=last,
            last_hash=digest,
            figures=self._figures(journal, moment),
        )
        self.begin()
        return report

    def _figures(self, journal: Journal, moment: Moment) -> PeriodFigures:
        vat = tuple(
            VatTotal(tax_code=code, rate_bp=rate, base=base, vat=self.vat[code, rate, "vat"])
            for (code, rate, kind), base in self.vat.items()
            if kind == "base"
        )
        return PeriodFigures(
            report_id=journal.new_id(moment),
            company_id=ORGANIZATION,
            company_name="The chain",
            report_date=moment.day.isoformat(),
            report_time="20:00:00",
            workstation_id=self.till,
            total_cash_sales=sum(row.base + row.vat for row in vat),
            article_groups=tuple(
                ArticleGroup(group=name, count=row[0], quantity_milli=row[1], amount=row[2])
                for name, row in self.groups.items()
            ),
            payments=tuple(
                PaymentTally(tender_type=name, count=self.payments[name], amount=amount)
                for name, amount in self.paid.items()
            ),
            sales_vat=vat,
            opening_float=self.float,
            receipt_count=self.receipts,
            drawer_open_count=0,
            drawer_open_no_sale_count=0,
            copies=_NONE,
            proformas=_NONE,
            returns=Tally(count=self.returns[0], amount=self.returns[1]),
            discounts=Tally(count=self.discounts[0], amount=self.discounts[1]),
            voided_transactions=Tally(count=self.voids[0], amount=self.voids[1]),
            corrected_lines=(),
            price_inquiries=(),
            other_corrections=(),
            delivery_receipts=_NONE,
            training=_NONE,
            grand_total_sales=self.grand_sales,
            grand_total_returns=self.grand_returns,
            grand_total_net=self.grand_sales - self.grand_returns,
            rounding_total=self.rounding,
            tender_differences=(
                TenderDifference(
                    tender_type="Cash",
                    expected=self.expected,
                    counted=self.counted,
                    difference=self.counted - self.expected,
                ),
            ),
            card_reconciliation=(),
            unresolved_payments=(),
            non_turnover=tuple(
                TypeTally(type=name, count=row[0], amount=row[1])
                for name, row in self.other.items()
            ),
        )


def _tally(row: list[int], sign: int, amount: int) -> None:
    row[0] += 1 if sign >= 0 else -1
    row[1] += amount
