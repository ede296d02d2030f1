"""From what a receipt says to what a printer prints.

From top to bottom: head, marks, identity, lines, total, tenders, VAT, card slips, foot. Every line
is set to the paper's columns here, so printers need to know nothing about receipts.

A training receipt has its mark after every block: no part of it, torn off, looks like a sale.
"""

from collections.abc import Callable, Iterable

from drivers.pos_printer import (
    Alignment,
    AnyElement,
    Cut,
    Document,
    Feed,
    Image,
    QrCode,
    Text,
)
from edge_daemon.receipts import notation
from edge_daemon.receipts.columns import INDENT, balance, field, pair, table, wrap
from edge_daemon.receipts.document import (
    LineModifier,
    ReceiptDocument,
    ReceiptKind,
    ReceiptLine,
    ReceiptTender,
    TaxRow,
)
from edge_daemon.receipts.slips import slip_lines
from edge_daemon.receipts.words import COMPANY_NUMBERS, words_of

FEWEST_COLUMNS = 24
"""Narrower paper is a label."""

TAX_MARKS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
"""Ties a line to its row of the VAT table, where a receipt has more than one."""

QR_MODULE = 5
"""Dots: 0.6 mm, which an old phone reads off paper that fades."""

FEED_BEFORE_CUT = 1
"""Lines; `Cut` itself feeds to the cutter."""


def layout(document: ReceiptDocument, columns: int, logo: Image | None = None) -> Document:
    """Set a receipt for paper of `columns` characters of normal width.

    Args:
        document: What it says.
        columns: Of the paper.
        logo: Printed on top, where the shop has one; made for this paper.

    Raises:
        ValueError: Fewer than `FEWEST_COLUMNS`.
    """
    if columns < FEWEST_COLUMNS:
        raise ValueError(f"A receipt needs {FEWEST_COLUMNS} columns, not {columns}.")
    return _Layout(document, columns, logo).document()


class _Layout:
    """One receipt on one width of paper."""

    def __init__(self, receipt: ReceiptDocument, columns: int, logo: Image | None) -> None:
        self._receipt = receipt
        self._logo = logo
        self._columns = columns
        self._words = words_of(receipt.language)
        codes = [row.tax_code for row in receipt.taxes] if len(receipt.taxes) > 1 else []
        self._tax_marks: dict[str | None, str] = dict(zip(codes, TAX_MARKS, strict=False))

    def document(self) -> Document:
        blocks: list[Callable[[], list[AnyElement]]] = [
            self._head,
            self._identity,
            self._lines,
            self._total,
            self._tenders,
            self._taxes,
            self._slips,
            self._foot,
        ]
        elements: list[AnyElement] = list(self._training())
        for block in blocks:
            printed = block()
            elements += [*printed, *self._training()] if printed else []
        return (*elements, Feed(FEED_BEFORE_CUT), Cut())

    # --- blocks -----------------------------------------------------------------------------

    def _head(self) -> list[AnyElement]:
        shop = self._receipt.shop
        lines = [*shop.address]
        if shop.company_number:
            label = COMPANY_NUMBERS.get(shop.country, self._words.company_number)
            lines.append(f"{label} {shop.company_number}")
        if shop.vat_number:
            lines.append(f"{self._words.vat_number} {shop.vat_number}")
        logo = [self._logo] if self._logo else []
        return [*logo, *self._large(shop.name), *self._centred(lines), *self._marks(), Feed()]

    def _identity(self) -> list[AnyElement]:
        receipt, words = self._receipt, self._words
        number = receipt.receipt_number
        rows = [
            (
                notation.moment(words, receipt.issued_at, receipt.utc_offset_min),
                "" if number is None else f"{words.receipt} {number}",
            ),
            (
                f"{words.workstation} {receipt.workstation}",
                f"{words.operator} {receipt.operator}" if receipt.operator else "",
            ),
        ]
        return self._plain(*(field(left, right, self._columns) for left, right in rows))

    def _lines(self) -> list[AnyElement]:
        lines = [self._rule(), *map(self._line, self._receipt.lines), self._rule()]
        return self._plain(*lines)

    def _total(self) -> list[AnyElement]:
        receipt, words = self._receipt, self._words
        if not receipt.rounding_amount:
            return self._large_pair(words.total, receipt.total)
        return [
            *self._plain(
                self._amount(words.total, receipt.total),
                self._amount(words.rounding, receipt.rounding_amount),
            ),
            *self._large_pair(words.rounded_total, receipt.rounded_total),
        ]

    def _tenders(self) -> list[AnyElement]:
        lines = []
        for tender in self._receipt.tenders:
            word = self._words.tender.get(tender.tender_type, tender.tender_type)
            if tender.is_change:
                lines.append(self._amount(self._words.change, -tender.amount))
            else:
                lines.append(self._amount(tender.label or word, tender.amount))
            if tender.foreign_currency is not None:
                lines.append([INDENT + self._foreign(tender, tender.foreign_currency)])
        return self._plain(*lines)

    def _foreign(self, tender: ReceiptTender, currency: str) -> str:
        amount = notation.amount(self._words, tender.foreign_amount)
        rate = (tender.exchange_rate or "").replace(".", self._words.decimal)
        return f"{currency} {amount} x {rate}"

    def _taxes(self) -> list[AnyElement]:
        words, taxes = self._words, self._receipt.taxes
        if not taxes:
            return []
        rows = [(words.vat, words.net, words.tax, words.gross), *map(self._tax_cells, taxes)]
        lines = table(rows, self._columns)
        if lines is None:  # too wide: one amount on each line
            lines = [line for row in rows[1:] for line in self._stacked(rows[0], row)]
        return self._plain(self._rule(), lines)

    def _slips(self) -> list[AnyElement]:
        lines: list[list[str]] = []
        for slip in self._receipt.slips:
            lines += [
                self._rule(),
                slip_lines(slip, self._receipt, self._words, self._columns),
            ]
        return self._plain(*lines)

    def _foot(self) -> list[AnyElement]:
        receipt = self._receipt
        elements = [Feed(), *self._centred(receipt.footer)] if receipt.footer else []
        if receipt.transaction_id and not receipt.training:
            elements += self._code(self._words.return_code, f"R{receipt.transaction_id}")
        if receipt.link:
            elements += self._code(self._words.digital_receipt, receipt.link)
        return elements

    def _code(self, caption: str, data: str) -> list[AnyElement]:
        return [Feed(), *self._centred([caption]), QrCode(data=data, module_size=QR_MODULE)]

    # --- marks ------------------------------------------------------------------------------

    def _marks(self) -> list[AnyElement]:
        receipt, words = self._receipt, self._words
        marks = []
        if receipt.copy_number is not None:
            marks.append(words.copy.format(number=receipt.copy_number))
        title = {
            ReceiptKind.RETURN: words.return_receipt,
            ReceiptKind.VOID: words.void_receipt,
            ReceiptKind.PROFORMA: words.proforma,
        }.get(receipt.kind)
        if title:
            marks.append(title)
        elements = [element for mark in marks for element in self._large(mark)]
        if receipt.reverses is not None:
            elements += self._centred([words.reverses.format(number=receipt.reverses)])
        return elements

    def _training(self) -> Iterable[AnyElement]:
        return self._large(self._words.training) if self._receipt.training else []

    # --- lines ------------------------------------------------------------------------------

    def _line(self, line: ReceiptLine) -> list[str]:
        full = line.amount - sum(modifier.amount for modifier in line.modifiers)
        mark = " " if line.voided else self._tax_marks.get(line.tax_code, " ")
        right = self._words.voided if line.voided else notation.amount(self._words, full)
        indent = INDENT if line.deposit else ""
        lines = pair(line.description, self._marked(right, mark), self._columns, indent)
        if (line.quantity_milli, full) != (1000, line.unit_price):
            times = (
                f"{notation.quantity(self._words, line.quantity_milli, line.uom)}"
                f" x {notation.amount(self._words, line.unit_price)}"
            )
            deep = indent + INDENT
            fits = len(deep) + len(times) <= self._columns
            lines += [deep + times] if fits else wrap(times, self._columns)
        for modifier in () if line.voided else line.modifiers:
            lines += self._modifier(modifier)
        return lines

    def _modifier(self, modifier: LineModifier) -> list[str]:
        word = self._words.modifier.get(modifier.kind, modifier.kind)
        if modifier.percent_bp is not None:
            word += f" {notation.rate(self._words, modifier.percent_bp)}"
        value = notation.amount(self._words, modifier.amount)
        return pair(word, self._marked(value, " "), self._columns, INDENT)

    def _marked(self, text: str, mark: str) -> str:
        """Leave room for the tax mark behind every amount, where the receipt has marks."""
        return f"{text} {mark}" if self._tax_marks else text

    def _tax_cells(self, row: TaxRow) -> tuple[str, str, str, str]:
        words = self._words
        label = row.label or notation.rate(words, row.rate_bp)
        mark = self._tax_marks.get(row.tax_code)
        return (
            f"{mark} {label}" if mark else label,
            notation.amount(words, row.base),
            notation.amount(words, row.tax),
            notation.amount(words, row.gross),
        )

    def _stacked(self, heads: tuple[str, ...], cells: tuple[str, ...]) -> list[str]:
        lines = field(heads[0], cells[0], self._columns)
        for head, cell in zip(heads[1:], cells[1:], strict=True):
            lines += pair(head, cell, self._columns, INDENT)
        return lines

    def _amount(self, label: str, minor_units: int) -> list[str]:
        return pair(label, notation.amount(self._words, minor_units), self._columns)

    def _rule(self) -> list[str]:
        return ["-" * self._columns]

    # --- elements ---------------------------------------------------------------------------

    def _plain(self, *lines: list[str]) -> list[AnyElement]:
        text = "\n".join(line for group in lines for line in group)
        return [Text(text)] if text else []

    def _centred(self, paragraphs: Iterable[str]) -> list[AnyElement]:
        lines = [line for text in paragraphs for line in balance(text, self._columns) or [""]]
        return [Text("\n".join(lines), alignment=Alignment.CENTRE)] if lines else []

    def _large(self, text: str) -> list[AnyElement]:
        """Set in double size where it fits on one line of it, else in double height."""
        width = 2 if len(text) * 2 <= self._columns else 1
        lines = balance(text, self._columns // width)
        centre = Alignment.CENTRE
        return [Text("\n".join(lines), alignment=centre, bold=True, width=width, height=2)]

    def _large_pair(self, label: str, minor_units: int) -> list[AnyElement]:
        value = notation.money(self._words, minor_units, self._receipt.currency)
        half = self._columns // 2
        if len(value) <= half:
            return [Text("\n".join(field(label, value, half)), bold=True, width=2, height=2)]
        return [Text("\n".join(pair(label, value, self._columns)), bold=True, height=2)]
