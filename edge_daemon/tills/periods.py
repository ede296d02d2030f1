"""The figures of each register's period, counted entry by entry, and its perpetual totals.

An X reads what stands here, so it takes as long for the first receipt as for the thousandth. A Z
is an entry like any other: when it is applied, its register's tallies begin again; the perpetual
totals and the Z number go on. Training counts in `training` and nowhere else.

What is counted how: the record set, X and Z figures. Counts are net: what is taken back is -1.
"""

import collections
import sqlite3
from typing import NamedTuple

from sqlite_utils import Database

from edge_daemon.journal import Projection
from edge_daemon.records import JournalEntry, Position
from edge_daemon.records.payloads import (
    CarriedOver,
    DrawerEvent,
    ItemVoid,
    LineItem,
    Payload,
    PeriodReport,
    PeriodReportKind,
    PriceChange,
    PriceInquiry,
    ReceiptEvent,
    ReceiptState,
    RetailTransaction,
    SystemEvent,
    TenderControl,
    TenderControlKind,
    TillSession,
    TillSessionEvent,
    TransactionCancelled,
    TransactionStatus,
    TransactionType,
)
from edge_daemon.records.turnover import FINISHED, TURNOVER_LINES, turnover_of
from edge_daemon.tills.sessions import SIGNS, expected_amounts, settled


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


class Perpetual(NamedTuple):
    """What never goes back to zero.

    Attributes:
        last_z: 0 before the first.
        epoch, seq: The last position that a Z covers; None before the first on this journal.
    """

    last_z: int = 0
    epoch: str | None = None
    seq: int | None = None
    sales: int = 0
    returns: int = 0


_CONTROLS = {TenderControlKind.DEPOSIT: "BankDeposit"}
"""Lines of goods have deposits, too."""
Tallies = dict[Key, Tallied]

_ADD = (
    "INSERT INTO period_tallies VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (workstation_id, figure, name, operator) DO UPDATE SET"
    " number = number + excluded.number, quantity_milli = quantity_milli + excluded.quantity_milli,"
    " amount = amount + excluded.amount, tax = tax + excluded.tax"
)
_TURNOVER = (
    "INSERT INTO periods (workstation_id, last_z, sales, returns) VALUES (?, 0, ?, ?)"
    " ON CONFLICT (workstation_id) DO UPDATE SET sales = sales + excluded.sales,"
    " returns = returns + excluded.returns"
)


def read_tallies(connection: sqlite3.Connection, workstation: str) -> Tallies:
    """Read what was counted since a register's last Z."""
    rows = connection.execute(
        "SELECT figure, name, operator, number, quantity_milli, amount, tax FROM period_tallies"
        " WHERE workstation_id = ? ORDER BY figure, name, operator",
        (workstation,),
    )
    return {Key(*row[:3]): Tallied(*row[3:]) for row in rows}


def read_perpetual(connection: sqlite3.Connection, workstation: str) -> Perpetual:
    """Read what goes on over every Z."""
    row = connection.execute(
        "SELECT last_z, epoch, seq, sales, returns FROM periods WHERE workstation_id = ?",
        (workstation,),
    ).fetchone()
    return Perpetual(*row) if row else Perpetual()


def perpetual_totals(connection: sqlite3.Connection) -> dict[str, Perpetual]:
    """Read every register's, by its name."""
    rows = connection.execute(
        "SELECT workstation_id, last_z, epoch, seq, sales, returns FROM periods"
        " ORDER BY workstation_id"
    )
    return {row[0]: Perpetual(*row[1:]) for row in rows}


def report_position(connection: sqlite3.Connection, report_id: str) -> Position | None:
    """Where the journal holds a report; None where there is none of that id."""
    row = connection.execute(
        "SELECT epoch, seq FROM period_reports WHERE report_id = ?", (report_id,)
    ).fetchone()
    return Position(*row) if row else None


def last_reports(connection: sqlite3.Connection, workstation: str | None, limit: int) -> list[str]:
    """The ids of the newest reports of a register, or of all, newest first."""
    rows = connection.execute(
        "SELECT report_id FROM period_reports WHERE workstation_id = coalesce(?, workstation_id)"
        " ORDER BY rowid DESC LIMIT ?",
        (workstation, limit),
    )
    return [row[0] for row in rows]


# --- from entries ---------------------------------------------------------------------------


class _Sheet:
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
        for position, field in enumerate(Tallied._fields):
            row[position] += more.get(field, 0)

    def write(self, connection: sqlite3.Connection) -> None:
        """Add all rows."""
        connection.executemany(
            _ADD, [(self._workstation, *key, *values) for key, values in self._rows.items()]
        )


def _apply(connection: sqlite3.Connection, entry: JournalEntry) -> None:
    payload = entry.payload
    if isinstance(payload, SystemEvent):
        if payload.carried_over is not None:
            _carry_over(connection, payload.carried_over)
        return
    if isinstance(payload, PeriodReport):
        _note_report(connection, entry, payload)
        return
    sheet = _Sheet(entry)
    if entry.training:
        _train(sheet, payload)
    elif isinstance(payload, RetailTransaction):
        _note_transaction(connection, entry, sheet, payload)
    elif isinstance(payload, TillSession):
        if payload.event is TillSessionEvent.CLOSE:
            _note_closing(connection, payload.session_id)
    else:
        _note_other(sheet, payload)
    sheet.write(connection)


def _train(sheet: _Sheet, payload: Payload) -> None:
    if isinstance(payload, RetailTransaction) and payload.status in FINISHED:
        sheet.add("training", number=1, amount=payload.totals.gross)


def _note_transaction(
    connection: sqlite3.Connection, entry: JournalEntry, sheet: _Sheet, sale: RetailTransaction
) -> None:
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
    turnover = turnover_of(sale.line_items)
    connection.execute(_TURNOVER, (entry.workstation_id, turnover.sales, turnover.returns))


def _count_goods(sheet: _Sheet, lines: list[LineItem]) -> None:
    groups: collections.Counter[str] = collections.Counter()
    for line in lines:
        group, amount = line.merchandise_hierarchy, line.extended_amount
        groups[group] += amount
        sheet.add("article_groups", group, quantity_milli=line.quantity_milli, amount=amount)
        code = f"{line.tax_code}@{line.tax_rate_bp}"
        sheet.add("vat", code, amount=line.tax_base, tax=line.tax_amount)
    for group, amount in groups.items():
        sheet.add("article_groups", group, number=_sign(amount))


def _count_other_lines(sheet: _Sheet, lines: list[LineItem]) -> None:
    for line in lines:
        amount = line.extended_amount
        sheet.add("non_turnover", line.line_type, number=_sign(amount), amount=amount)


def _count_modifiers(sheet: _Sheet, lines: list[LineItem]) -> None:
    for modifier in (modifier for line in lines for modifier in line.modifiers):
        if modifier.kind == "Discount":
            sheet.add("discounts", number=-_sign(modifier.amount), amount=-modifier.amount)
        else:
            amount = modifier.amount
            sheet.add("other_corrections", modifier.kind, number=1, amount=amount)


def _count_tenders(sheet: _Sheet, sale: RetailTransaction) -> None:
    for tender in sale.tenders:
        count = 0 if tender.is_change else _sign(tender.amount)
        sheet.add("payments", tender.tender_type, number=count, amount=tender.amount)
        if tender.card is not None and tender.card.standalone:
            sheet.add("standalone_cards", number=count, amount=tender.amount)
        if tender.tender_type == "CustomerAccount":
            figure = "credit_sales" if tender.amount > 0 else "credit_memos"
            sheet.add(figure, number=1, amount=abs(tender.amount))


def _note_other(sheet: _Sheet, payload: Payload) -> None:
    match payload:
        case DrawerEvent(event="Opened", cause=cause):
            sheet.add("drawer_openings", number=1)
            if cause in ("NoSale", "Manual"):
                sheet.add("drawer_openings_no_sale", number=1)
        case ReceiptEvent(state=ReceiptState.COPY, amount=amount):
            sheet.add("copies", number=1, amount=amount or 0)
        case ReceiptEvent(state=ReceiptState.PRINTED, document=document, amount=amount):
            if document in ("Proforma", "Delivery"):
                sheet.add(document.lower(), count=1, amount=amount or 0)
        case TenderControl():
            _count_control(sheet, payload)
        case _:
            _note_correction(sheet, payload)


def _note_correction(sheet: _Sheet, payload: Payload) -> None:
    match payload:
        case ItemVoid(amount=amount):
            sheet.add("corrected_lines", "ItemVoid", number=1, amount=amount)
        case PriceInquiry(merchandise_hierarchy=group, price=price):
            sheet.add("price_inquiries", group, number=1, amount=price)
        case PriceChange(old_price=old, new_price=new):
            sheet.add("other_corrections", "PriceChange", number=1, amount=new - old)
        case TransactionCancelled(amount=amount):
            sheet.add("other_corrections", "TransactionCancelled", number=1, amount=amount)
        case _:
            pass


def _count_control(sheet: _Sheet, control: TenderControl) -> None:
    if control.kind is TenderControlKind.OPENING_FLOAT:
        sheet.add("opening_float", number=1, amount=control.amount)
        return
    figure = "pay_ins" if SIGNS[control.kind] > 0 else "pay_outs"
    by_reason = control.kind in (TenderControlKind.PAID_IN, TenderControlKind.PAID_OUT)
    name = control.reason_code if by_reason else _CONTROLS.get(control.kind, str(control.kind))
    sheet.add(figure, name, number=1, amount=control.amount)


def _note_closing(connection: sqlite3.Connection, session_id: str) -> None:
    """A shift's expected and counted money belongs to the period in which it was closed."""
    row = connection.execute(
        "SELECT workstation_id FROM till_sessions WHERE session_id = ?", (session_id,)
    ).fetchone()
    for tender_type, currency, amount in expected_amounts(connection, session_id):
        name = f"{tender_type} {currency}"
        connection.execute(_ADD, (row[0], "expected", name, "", 1, 0, amount, 0))
        count = settled(connection, session_id, tender_type, currency)
        if count is not None:
            connection.execute(_ADD, (row[0], "counted", name, "", 1, 0, count.counted, 0))


def _note_report(connection: sqlite3.Connection, entry: JournalEntry, report: PeriodReport) -> None:
    figures = report.figures
    connection.execute(
        "INSERT OR IGNORE INTO period_reports (report_id, workstation_id, epoch, seq)"
        " VALUES (?, ?, ?, ?)",
        (figures.report_id, figures.workstation_id, entry.epoch, entry.seq),
    )
    if report.kind is not PeriodReportKind.Z:
        return
    epoch, _, seq = report.last_position.partition(".")
    connection.execute(
        "INSERT INTO periods (workstation_id, last_z, epoch, seq, sales, returns)"
        " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (workstation_id) DO UPDATE SET"
        " last_z = excluded.last_z, epoch = excluded.epoch, seq = excluded.seq",
        (
            figures.workstation_id,
            report.z_number,
            epoch,
            int(seq),
            figures.grand_total_sales,
            figures.grand_total_returns,
        ),
    )
    connection.execute(
        "DELETE FROM period_tallies WHERE workstation_id = ?", (figures.workstation_id,)
    )


def _carry_over(connection: sqlite3.Connection, carried: CarriedOver) -> None:
    """Go on with the numbers and totals of the epoch before, here or on a lost card."""
    for numbers in carried.workstations:
        connection.execute(
            "INSERT INTO periods (workstation_id, last_z, sales, returns) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (workstation_id) DO UPDATE SET last_z = max(last_z, excluded.last_z),"
            " sales = coalesce(?, sales), returns = coalesce(?, returns)",
            (
                numbers.workstation_id,
                (numbers.next_z_number or 1) - 1,
                numbers.grand_total_sales or 0,
                numbers.grand_total_returns or 0,
                numbers.grand_total_sales,
                numbers.grand_total_returns,
            ),
        )


def _sign(amount: int) -> int:
    """What is taken back counts -1."""
    return -1 if amount < 0 else 1


def _create(connection: sqlite3.Connection) -> None:
    database = Database(connection)
    if database.table("periods").exists():
        return
    database.table("periods").create(
        {
            "workstation_id": str,
            "last_z": int,
            "epoch": str,
            "seq": int,
            "sales": int,
            "returns": int,
        },
        pk="workstation_id",
        not_null={"last_z", "sales", "returns"},
        strict=True,
    )
    database.table("period_tallies").create(
        {"workstation_id": str}
        | dict.fromkeys(Key._fields, str)
        | dict.fromkeys(Tallied._fields, int),
        pk=("workstation_id", *Key._fields),
        not_null={*Key._fields, *Tallied._fields},
        strict=True,
    )
    database.table("period_reports").create(
        {"report_id": str, "workstation_id": str, "epoch": str, "seq": int},
        not_null={"report_id", "workstation_id", "epoch", "seq"},
        strict=True,
    )
    database.table("period_reports").create_index(["report_id"], unique=True)


PERIODS = Projection("periods", _create, ("periods", "period_tallies", "period_reports"), _apply)
"""Behind `SESSIONS`: what each register's X and Z say, and what they go on from."""
