"""From tallies to the figures of an X or Z. Values in, values out."""

import collections
from collections.abc import Sequence
from typing import NamedTuple

from edge_daemon.records.payloads import (
    ArticleGroup,
    CardReconciliation,
    EmployeeArticleGroup,
    EmployeeFloat,
    EmployeePaymentTally,
    GroupTally,
    PaymentTally,
    PeriodFigures,
    Tally,
    TenderDifference,
    TypeTally,
    UnresolvedPayment,
    VatTotal,
)
from edge_daemon.tills.counting import Key, Tallied
from edge_daemon.tills.periods import Perpetual, Tallies


class Heading(NamedTuple):
    """What a report says about itself.

    Attributes:
        company_id: In the trade register, or else the organization's id.
        date, time: Local, `YYYY-MM-DD` and `HH:MM:SS`.
        currency: Of all amounts; what was counted in another one stands in its count.
    """

    report_id: str
    company_id: str
    company_name: str
    date: str
    time: str
    workstation: str
    currency: str


def figures_of(  # noqa: PLR0913 - the parts of one report
    heading: Heading,
    *,
    tallies: Tallies,
    perpetual: Perpetual,
    cards: Sequence[CardReconciliation],
    unresolved: Sequence[UnresolvedPayment],
    in_drawer: Sequence[TenderDifference],
) -> PeriodFigures:
    """Put the figures of one register's period together.

    Args:
        heading: What the report says about itself.
        tallies: Of the period.
        perpetual: Of the register.
        cards: Terminals beside the card tenders.
        unresolved: Payments that nobody knows the end of.
        in_drawer: What should be in the drawer of a shift that is still open, for an X.
    """
    sheet = _Sheet(tallies)
    vat = sheet.vat()
    tips = sheet.by_name("non_turnover").get("Tip")
    return PeriodFigures(
        report_id=heading.report_id,
        company_id=heading.company_id,
        company_name=heading.company_name,
        report_date=heading.date,
        report_time=heading.time,
        workstation_id=heading.workstation,
        total_cash_sales=sum(row.base + row.vat for row in vat),
        article_groups=sheet.article_groups(),
        employee_article_groups=sheet.employee_article_groups(),
        payments=sheet.payments(),
        employee_payments=sheet.employee_payments(),
        tips=None if tips is None else Tally(count=tips.number, amount=tips.amount),
        sales_vat=vat,
        opening_float=sheet.total("opening_float").amount,
        employee_opening_floats=sheet.floats(),
        receipt_count=sheet.total("receipts").number,
        drawer_open_count=sheet.total("drawer_openings").number,
        drawer_open_no_sale_count=sheet.total("drawer_openings_no_sale").number,
        copies=sheet.tally("copies"),
        proformas=sheet.tally("proforma"),
        returns=sheet.tally("returns"),
        discounts=sheet.tally("discounts"),
        voided_transactions=sheet.tally("voided_transactions"),
        corrected_lines=sheet.types("corrected_lines"),
        price_inquiries=sheet.price_inquiries(),
        other_corrections=sheet.types("other_corrections"),
        delivery_receipts=sheet.tally("delivery"),
        training=sheet.tally("training"),
        credit_sales=sheet.tally("credit_sales"),
        credit_memos=sheet.tally("credit_memos"),
        pay_ins=sheet.types("pay_ins"),
        pay_outs=sheet.types("pay_outs"),
        grand_total_sales=perpetual.sales,
        grand_total_returns=perpetual.returns,
        grand_total_net=perpetual.sales - perpetual.returns,
        rounding_total=sheet.total("rounding").amount,
        tender_differences=sheet.differences(heading.currency, in_drawer),
        card_reconciliation=(*cards, *sheet.standalone_cards()),
        unresolved_payments=tuple(unresolved),
        non_turnover=sheet.types("non_turnover"),
    )


def _add(one: Tallied, other: Tallied) -> Tallied:
    return Tallied(*(mine + yours for mine, yours in zip(one, other, strict=True)))


def _difference(
    name: str, currency: str, expected: int, counted: Tallied | None
) -> TenderDifference:
    tender_type, _, unit = name.rpartition(" ")
    return TenderDifference(
        tender_type=tender_type,
        expected=expected,
        counted=None if counted is None else counted.amount,
        difference=None if counted is None else counted.amount - expected,
        currency=None if unit == currency else unit,
    )


class _Sheet:
    """The tallies, figure by figure."""

    def __init__(self, tallies: Tallies) -> None:
        self._rows: collections.defaultdict[str, list[tuple[Key, Tallied]]]
        self._rows = collections.defaultdict(list)
        for key, tallied in tallies.items():
            self._rows[key.figure].append((key, tallied))

    def total(self, figure: str) -> Tallied:
        """All rows of a figure together."""
        found = Tallied()
        for _, tallied in self._rows[figure]:
            found = _add(found, tallied)
        return found

    def by_name(self, figure: str) -> dict[str, Tallied]:
        """All operators' rows together, by name."""
        found: dict[str, Tallied] = {}
        for key, tallied in self._rows[figure]:
            found[key.name] = _add(found.get(key.name, Tallied()), tallied)
        return found

    def of_operators(self, figure: str) -> list[tuple[Key, Tallied]]:
        """The rows that name an operator, by operator."""
        named = [(key, tallied) for key, tallied in self._rows[figure] if key.operator]
        return sorted(named, key=lambda row: (row[0].operator, row[0].name))

    def tally(self, figure: str) -> Tally:
        """A figure of one row."""
        total = self.total(figure)
        return Tally(count=total.number, amount=total.amount)

    def types(self, figure: str) -> tuple[TypeTally, ...]:
        """A figure by type or reason."""
        return tuple(
            TypeTally(type=name, count=row.number, amount=row.amount)
            for name, row in self.by_name(figure).items()
        )

    def vat(self) -> tuple[VatTotal, ...]:
        """Turnover by tax code; a code whose rate has changed has a row for each rate."""
        found = []
        for name, row in self.by_name("vat").items():
            code, _, rate = name.rpartition("@")
            found.append(VatTotal(tax_code=code, rate_bp=int(rate), base=row.amount, vat=row.tax))
        return tuple(found)

    def article_groups(self) -> tuple[ArticleGroup, ...]:
        """Turnover by product group."""
        return tuple(
            ArticleGroup(
                group=name,
                count=row.number,
                quantity_milli=row.quantity_milli,
                amount=row.amount,
            )
            for name, row in self.by_name("article_groups").items()
        )

    def employee_article_groups(self) -> tuple[EmployeeArticleGroup, ...]:
        """Turnover by operator and product group."""
        return tuple(
            EmployeeArticleGroup(
                group=key.name,
                count=row.number,
                quantity_milli=row.quantity_milli,
                amount=row.amount,
                operator_id=key.operator,
            )
            for key, row in self.of_operators("article_groups")
        )

    def payments(self) -> tuple[PaymentTally, ...]:
        """What was received, by tender; change is deducted."""
        return tuple(
            PaymentTally(tender_type=name, count=row.number, amount=row.amount)
            for name, row in self.by_name("payments").items()
        )

    def employee_payments(self) -> tuple[EmployeePaymentTally, ...]:
        """What was received, by operator and tender."""
        return tuple(
            EmployeePaymentTally(
                tender_type=key.name, count=row.number, amount=row.amount, operator_id=key.operator
            )
            for key, row in self.of_operators("payments")
        )

    def floats(self) -> tuple[EmployeeFloat, ...]:
        """Opening floats by operator."""
        return tuple(
            EmployeeFloat(operator_id=key.operator, amount=row.amount)
            for key, row in self.of_operators("opening_float")
        )

    def price_inquiries(self) -> tuple[GroupTally, ...]:
        """Prices that were looked up, by product group."""
        return tuple(
            GroupTally(group=name, count=row.number, amount=row.amount)
            for name, row in self.by_name("price_inquiries").items()
        )

    def standalone_cards(self) -> tuple[CardReconciliation, ...]:
        """Cards that were keyed by hand on a terminal without a line to the box."""
        row = self.total("standalone_cards")
        if not (row.number or row.amount):
            return ()
        return (
            CardReconciliation(
                terminal_id="standalone",
                standalone=True,
                tender_count=row.number,
                tender_amount=row.amount,
            ),
        )

    def differences(
        self, currency: str, in_drawer: Sequence[TenderDifference]
    ) -> tuple[TenderDifference, ...]:
        """What should be there and what was counted, over the shifts that ended in the period.

        Foreign cash stands behind what is in the shop's own currency.
        """
        expected, counted = self.by_name("expected"), self.by_name("counted")
        closed = [
            _difference(name, currency, row.amount, counted.get(name))
            for name, row in expected.items()
        ]
        closed.sort(key=lambda row: row.currency or "")
        if closed or in_drawer:
            return (*closed, *in_drawer)
        return tuple(
            TenderDifference(tender_type=row.tender_type, expected=row.amount)
            for row in self.payments()
        )
