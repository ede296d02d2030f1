"""From what a report says to what a printer prints.

From top to bottom: head, turnover, tenders, VAT, groups, drawer, terminals, what is unresolved,
staff, counters, the totals since the beginning, and where in the journal it ends. A block without
figures is left out; what a person has to act on stands in bold.
"""

import datetime as dt
from collections.abc import Callable, Iterable

from drivers.pos_printer import Alignment, AnyElement, Cut, Document, Feed, Text
from edge_daemon.receipts import notation
from edge_daemon.receipts.columns import INDENT, balance, field, pair, table, wrap
from edge_daemon.receipts.layout import FEED_BEFORE_CUT, FEWEST_COLUMNS
from edge_daemon.receipts.report import ReportDocument, report_words_of
from edge_daemon.receipts.words import COMPANY_NUMBERS, words_of
from edge_daemon.records.payloads import CardReconciliation, PeriodReportKind, TypeTally

Lines = list[str]


def layout_report(document: ReportDocument, columns: int) -> Document:
    """Set a report for paper of `columns` characters of normal width.

    Raises:
        ValueError: Fewer than `FEWEST_COLUMNS`.
    """
    if columns < FEWEST_COLUMNS:
        raise ValueError(f"A report needs {FEWEST_COLUMNS} columns, not {columns}.")
    return _Layout(document, columns).document()


class _Layout:
    """One report on one width of paper."""

    def __init__(self, document: ReportDocument, columns: int) -> None:
        self._said = document
        self._report = document.report
        self._figures = document.report.figures
        self._columns = columns
        self._words = words_of(document.language)
        self._own = report_words_of(document.language)

    def document(self) -> Document:
        blocks: list[Callable[[], Lines]] = [
            self._turnover,
            self._tenders,
            self._vat,
            self._groups,
            self._drawer,
            self._cards,
        ]
        later: list[Callable[[], Lines]] = [self._staff, self._counters, self._grand_totals]
        elements = [*self._head(), *self._plain(self._identity())]
        for block in blocks:
            elements += self._plain(block())
        elements += [*self._unresolved(), *self._not_covered()]
        for block in later:
            elements += self._plain(block())
        return (*elements, *self._plain(self._seal()), Feed(FEED_BEFORE_CUT), Cut())

    # --- blocks -----------------------------------------------------------------------------

    def _head(self) -> list[AnyElement]:
        shop, own = self._said.shop, self._own
        lines = [*shop.address]
        if shop.company_number:
            label = COMPANY_NUMBERS.get(shop.country, self._words.company_number)
            lines.append(f"{label} {shop.company_number}")
        if shop.vat_number:
            lines.append(f"{self._words.vat_number} {shop.vat_number}")
        z = self._report.kind == PeriodReportKind.Z
        title = own.z_report.format(number=self._report.z_number) if z else own.x_report
        elements = [*self._large(shop.name), *self._centred(lines)]
        if self._said.copy_number is not None:
            elements += self._large(self._words.copy.format(number=self._said.copy_number))
        return [*elements, *self._large(title), Feed()]

    def _identity(self) -> Lines:
        figures, words = self._figures, self._words
        day = dt.date.fromisoformat(figures.report_date)
        lines = field(f"{day:{words.date}}", figures.report_time, self._columns)
        operator = f"{words.operator} {self._said.operator}" if self._said.operator else ""
        return [
            *lines,
            *field(f"{words.workstation} {figures.workstation_id}", operator, self._columns),
        ]

    def _turnover(self) -> Lines:
        figures, own = self._figures, self._own
        lines = [*self._rule(), *self._amount(own.turnover, figures.total_cash_sales)]
        lines += pair(own.receipts, str(figures.receipt_count), self._columns)
        for label, tally in (
            (own.returns, figures.returns),
            (own.discounts, figures.discounts),
            (own.voided, figures.voided_transactions),
        ):
            lines += self._counted(label, tally.count, tally.amount)
        return lines

    def _tenders(self) -> Lines:
        figures, own = self._figures, self._own
        lines = self._title(own.tenders)
        for row in figures.payments:
            word = self._words.tender.get(row.tender_type, row.tender_type)
            lines += self._amount(f"{row.count} x {word}", row.amount)
        lines += self._amount(own.received, sum(row.amount for row in figures.payments))
        if figures.rounding_total:
            lines += self._amount(own.rounding, figures.rounding_total, INDENT)
        return lines + self._types(figures.non_turnover or ())

    def _vat(self) -> Lines:
        words, rows = self._words, self._figures.sales_vat
        if not rows:
            return []
        cells = [
            (
                f"{row.tax_code} {notation.rate(words, row.rate_bp)}",
                notation.amount(words, row.base),
                notation.amount(words, row.vat),
                notation.amount(words, row.base + row.vat),
            )
            for row in rows
        ]
        heads = (words.vat, words.net, words.tax, words.gross)
        lines = table([heads, *cells], self._columns)
        if lines is None:  # too wide: one amount on each line
            lines = []
            for row in cells:
                lines += wrap(row[0], self._columns)
                for head, cell in zip(heads[1:], row[1:], strict=True):
                    lines += pair(head, cell, self._columns, INDENT)
        return [*self._rule(), *lines]

    def _groups(self) -> Lines:
        rows = self._figures.article_groups
        if not rows:
            return []
        lines = self._title(self._own.groups)
        for row in rows:
            pieces = notation.quantity(self._words, row.quantity_milli, "C62")
            label = f"{pieces} x {row.group or self._own.no_group}"
            lines += self._amount(label, row.amount)
        return lines

    def _drawer(self) -> Lines:
        figures, own = self._figures, self._own
        lines = self._title(own.drawer)
        lines += self._amount(own.opening_float, figures.opening_float)
        for title, rows in ((own.pay_ins, figures.pay_ins), (own.pay_outs, figures.pay_outs)):
            if rows:
                lines += [*wrap(title, self._columns), *self._types(rows)]
        for row in figures.tender_differences:
            word = self._words.tender.get(row.tender_type, row.tender_type)
            lines += wrap(" ".join(filter(None, (word, row.currency))), self._columns)
            lines += self._amount(own.expected, row.expected, INDENT)
            if row.counted is None or row.difference is None:
                lines += pair(own.counted, own.not_counted, self._columns, INDENT)
                continue
            lines += self._amount(own.counted, row.counted, INDENT)
            lines += self._amount(own.difference, row.difference, INDENT)
        return lines

    def _cards(self) -> Lines:
        rows = self._figures.card_reconciliation
        if not rows:
            return []
        lines = self._title(self._own.cards)
        for row in rows:
            lines += self._terminal(row)
        return lines

    def _terminal(self, row: CardReconciliation) -> Lines:
        own = self._own
        lines = wrap(own.standalone if row.standalone else row.terminal_id, self._columns)
        lines += self._amount(f"{row.tender_count} x {own.tendered}", row.tender_amount, INDENT)
        if row.terminal_amount is None or row.difference is None:
            return lines + pair(own.terminal, own.not_closed, self._columns, INDENT)
        label = own.terminal
        if row.terminal_count is not None:
            label = f"{row.terminal_count} x {label}"
        lines += self._amount(label, row.terminal_amount, INDENT)
        return lines + self._amount(own.difference, row.difference, INDENT)

    def _unresolved(self) -> list[AnyElement]:
        rows = self._figures.unresolved_payments
        if not rows:
            return []
        lines = [*self._rule(), *wrap(self._own.unresolved, self._columns)]
        for row in rows:
            lines += self._amount(f"{row.terminal_id} {row.state}", row.requested_amount)
            lines += wrap(row.payment_id, self._columns, INDENT)
        return [Text("\n".join(lines), bold=True)]

    def _not_covered(self) -> list[AnyElement]:
        if not self._report.not_covered:
            return []
        lines = [*self._rule(), *wrap(self._own.not_covered, self._columns)]
        for last in self._report.not_covered:
            lines += wrap(last, self._columns, INDENT)
        return [Text("\n".join(lines), bold=True)]

    def _staff(self) -> Lines:
        rows = self._figures.employee_payments
        if not rows:
            return []
        lines = self._title(self._own.operators)
        for operator in dict.fromkeys(row.operator_id for row in rows):
            lines += wrap(operator, self._columns)
            for row in rows:
                if row.operator_id == operator:
                    word = self._words.tender.get(row.tender_type, row.tender_type)
                    lines += self._amount(f"{row.count} x {word}", row.amount, INDENT)
        return lines

    def _counters(self) -> Lines:
        figures, own = self._figures, self._own
        lines = self._title(own.counters)
        for label, count in (
            (own.drawer_openings, figures.drawer_open_count),
            (own.no_sale, figures.drawer_open_no_sale_count),
        ):
            lines += pair(label, str(count), self._columns)
        for label, tally in (
            (own.copies, figures.copies),
            (own.proformas, figures.proformas),
            (own.deliveries, figures.delivery_receipts),
            (own.credit_sales, figures.credit_sales),
            (own.credit_memos, figures.credit_memos),
            (own.training, figures.training),
        ):
            if tally is not None and tally.count:
                lines += self._counted(label, tally.count, tally.amount)
        corrections = (*figures.corrected_lines, *figures.other_corrections)
        if corrections:
            lines += [*wrap(own.corrections, self._columns), *self._types(corrections)]
        if figures.price_inquiries:
            asked = sum(row.count for row in figures.price_inquiries)
            lines += pair(own.inquiries, str(asked), self._columns)
        return lines

    def _grand_totals(self) -> Lines:
        figures, own = self._figures, self._own
        return [
            *self._title(own.grand_totals),
            *self._amount(own.grand_sales, figures.grand_total_sales),
            *self._amount(own.returns, figures.grand_total_returns),
            *self._amount(own.grand_net, figures.grand_total_net),
        ]

    def _seal(self) -> Lines:
        report, own = self._report, self._own
        lines = [*self._rule(), *wrap(own.range, self._columns)]
        for position in (report.first_position, report.last_position):
            lines += wrap(position, self._columns, INDENT)
        return [*lines, *wrap(f"{own.hash} {report.last_hash[:16]}", self._columns)]

    # --- lines ------------------------------------------------------------------------------

    def _types(self, rows: Iterable[TypeTally]) -> Lines:
        lines: Lines = []
        for row in rows:
            label = f"{row.count} x {self._own.types.get(row.type, row.type)}"
            lines += self._amount(label, row.amount, INDENT)
        return lines

    def _counted(self, label: str, count: int, minor_units: int) -> Lines:
        return self._amount(f"{count} x {label}" if count else label, minor_units)

    def _amount(self, label: str, minor_units: int, indent: str = "") -> Lines:
        value = notation.amount(self._words, minor_units)
        return pair(label, value, self._columns, indent)

    def _title(self, text: str) -> Lines:
        return [*self._rule(), *wrap(text.upper(), self._columns)]

    def _rule(self) -> Lines:
        return ["-" * self._columns]

    # --- elements ---------------------------------------------------------------------------

    def _plain(self, lines: Lines) -> list[AnyElement]:
        return [Text("\n".join(lines))] if lines else []

    def _centred(self, paragraphs: Iterable[str]) -> list[AnyElement]:
        lines = [line for text in paragraphs for line in balance(text, self._columns) or [""]]
        return [Text("\n".join(lines), alignment=Alignment.CENTRE)] if lines else []

    def _large(self, text: str) -> list[AnyElement]:
        width = 2 if len(text) * 2 <= self._columns else 1
        lines = balance(text, self._columns // width)
        return [
            Text("\n".join(lines), alignment=Alignment.CENTRE, bold=True, width=width, height=2)
        ]
