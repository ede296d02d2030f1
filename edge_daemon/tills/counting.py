"""How one entry counts in a period's figures. Values in, rows out.

Counts are net: what is taken back is -1. Another price than the catalogue's counts once, by what it
does to its line; the `PriceChange` beside the sale is for auditors. Training counts in `training`
and nowhere else.

Source: the record set, X and Z figures.
"""

import collections
from typing import NamedTuple

from edge_daemon.records import JournalEntry
from edge_daemon.records.payloads import (
    DrawerEvent,
    ItemVoid,
    LineItem,
    Payload,
    PriceInquiry,
    ReceiptEvent,
    ReceiptState,
    RetailTransaction,
    TenderControl,
    TenderControlKind,
    TransactionCancelled,
    TransactionStatus,
    TransactionType,
)
from edge_daemon.records.turnover import FINISHED, TURNOVER_LINES
from edge_daemon.tills.sessions import SIGNS

_CONTROLS = {TenderControlKind.DEPOSIT: "BankDeposit"}
"""Lines of goods have deposits, too."""


class Key(NamedTuple):
    """One row of a register's figures.

    Attributes:
        name: Product group, tender, tax code, reason …; empty where the figure has one row.
        operator: Empty where nobody was named.
    """

    figure: str
    name: str = ""
    operator: str = ""


class Tallied(NamedTuple):
    """What a row counts; each figure uses what it needs."""

    number: int = 0
    quantity_milli: int = 0
    amount: int = 0
    tax: int = 0


class Sheet:
    """The tallies to which one entry adds."""

    def __init__(self, entry: JournalEntry) -> None:
        self._operator = entry.operator_id or ""
        self._workstation = entry.workstation_id
        self._rows: collections.defaultdict[Key, list[int]] = collections.defaultdict(
            lambda: [0, 0, 0, 0]
        )

    def add(self, figure: str, name: str = "", **more: int) -> None:
        """Count in one row: `number`, `quantity_milli`, `amount`, `tax`."""
        row = self._rows[Key(figure, name, self._operator)]
        for field, value in more.items():
            row[Tallied._fields.index(field)] += value

    def rows(self) -> list[tuple[str | int, ...]]:
        """All rows: workstation, key, values."""
        return [(self._workstation, *key, *values) for key, values in self._rows.items()]


def count_training(sheet: Sheet, payload: Payload) -> None:
    """Count a training sale, for `training` alone."""
    if isinstance(payload, RetailTransaction) and payload.status in FINISHED:
        sheet.add("training", number=1, amount=payload.totals.gross)


def count_transaction(sheet: Sheet, sale: RetailTransaction) -> None:
    """Count a sale, return, exchange or void that has ended."""
    if sale.status is TransactionStatus.CANCELLED:
        sheet.add("other_corrections", "Cancelled", number=1, amount=sale.totals.gross)
    if sale.status not in FINISHED:
        return
    voids = sale.status is TransactionStatus.POST_VOIDED
    lines = [line for line in sale.line_items if not line.voided]
    _count_goods(sheet, [line for line in lines if line.line_type in TURNOVER_LINES])
    _count_other_lines(sheet, [line for line in lines if line.line_type not in TURNOVER_LINES])
    _count_modifiers(sheet, lines)
    _count_tenders(sheet, sale)
    sheet.add("rounding", amount=sale.rounding_amount)
    if voids:
        sheet.add("voided_transactions", number=1, amount=-sale.totals.gross)
    elif sale.transaction_type in (TransactionType.SALE, TransactionType.EXCHANGE):
        sheet.add("receipts", number=1)
    returned = [line for line in lines if line.line_type == "Return"]
    if returned:
        amount = -sum(line.extended_amount for line in returned)
        sheet.add("returns", number=_sign(amount), amount=amount)


def _count_goods(sheet: Sheet, lines: list[LineItem]) -> None:
    groups: collections.Counter[str] = collections.Counter()
    for line in lines:
        group, amount = line.merchandise_hierarchy, line.extended_amount
        groups[group] += amount
        sheet.add("article_groups", group, quantity_milli=line.quantity_milli, amount=amount)
        code = f"{line.tax_code}@{line.tax_rate_bp}"
        sheet.add("vat", code, amount=line.tax_base, tax=line.tax_amount)
    for group, amount in groups.items():
        sheet.add("article_groups", group, number=_sign(amount))


def _count_other_lines(sheet: Sheet, lines: list[LineItem]) -> None:
    for line in lines:
        amount = line.extended_amount
        sheet.add("non_turnover", line.line_type, number=_sign(amount), amount=amount)


def _count_modifiers(sheet: Sheet, lines: list[LineItem]) -> None:
    for modifier in (modifier for line in lines for modifier in line.modifiers):
        if modifier.kind == "Discount":
            sheet.add("discounts", number=-_sign(modifier.amount), amount=-modifier.amount)
        else:
            amount = modifier.amount
            sheet.add("other_corrections", modifier.kind, number=1, amount=amount)


def _count_tenders(sheet: Sheet, sale: RetailTransaction) -> None:
    for tender in sale.tenders:
        count = 0 if tender.is_change else _sign(tender.amount)
        sheet.add("payments", tender.tender_type, number=count, amount=tender.amount)
        if tender.card is not None and tender.card.standalone:
            sheet.add("standalone_cards", number=count, amount=tender.amount)
        if tender.tender_type == "CustomerAccount":
            figure = "credit_sales" if tender.amount > 0 else "credit_memos"
            sheet.add(figure, number=1, amount=abs(tender.amount))


def count_other(sheet: Sheet, payload: Payload) -> None:
    """Count what is no sale: the drawer, papers, money, corrections."""
    match payload:
        case DrawerEvent(event="Opened", cause=cause):
            sheet.add("drawer_openings", number=1)
            if cause in ("NoSale", "Manual"):
                sheet.add("drawer_openings_no_sale", number=1)
        case ReceiptEvent(state=ReceiptState.COPY, amount=amount):
            sheet.add("copies", number=1, amount=amount or 0)
        case ReceiptEvent(state=ReceiptState.PRINTED, document=document, amount=amount):
            if document in ("Proforma", "Delivery"):
                sheet.add(document.lower(), number=1, amount=amount or 0)
        case TenderControl():
            _count_control(sheet, payload)
        case _:
            _note_correction(sheet, payload)


def _note_correction(sheet: Sheet, payload: Payload) -> None:
    match payload:
        case ItemVoid(amount=amount):
            sheet.add("corrected_lines", "ItemVoid", number=1, amount=amount)
        case PriceInquiry(merchandise_hierarchy=group, price=price):
            sheet.add("price_inquiries", group, number=1, amount=price)
        case TransactionCancelled(amount=amount):
            sheet.add("other_corrections", "TransactionCancelled", number=1, amount=amount)
        case _:
            pass


def _count_control(sheet: Sheet, control: TenderControl) -> None:
    if control.kind is TenderControlKind.OPENING_FLOAT:
        sheet.add("opening_float", number=1, amount=control.amount)
        return
    figure = "pay_ins" if SIGNS[control.kind] > 0 else "pay_outs"
    by_reason = control.kind in (TenderControlKind.PAID_IN, TenderControlKind.PAID_OUT)
    name = control.reason_code if by_reason else _CONTROLS.get(control.kind, str(control.kind))
    sheet.add(figure, name, number=1, amount=control.amount)


def _sign(amount: int) -> int:
    """What is taken back counts -1."""
    return -1 if amount < 0 else 1
