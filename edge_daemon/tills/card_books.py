"""Each terminal's card tenders beside its own totals, from one end of its day to the next.

The tenders of every register that uses a terminal stand against that terminal's totals: only so
can the two be the same. A register's X and Z show the reconciliations of its own period; a
terminal that was not closed in it shows its tenders so far, and no totals.
"""

import sqlite3
from typing import NamedTuple

from sqlite_utils import Database

from edge_daemon.journal import Projection
from edge_daemon.records import JournalEntry
from edge_daemon.records.payloads import (
    CardReconciliation,
    PaymentEvent,
    PaymentState,
    PeriodReport,
    PeriodReportKind,
    RetailTransaction,
)
from edge_daemon.records.turnover import FINISHED

_CLOSED = (PaymentState.CONFIRMED, PaymentState.APPROVED)
_ADD = (
    "INSERT INTO terminal_tenders VALUES (?, ?, ?, ?) ON CONFLICT (device_id, workstation_id)"
    " DO UPDATE SET count = count + excluded.count, amount = amount + excluded.amount"
)


class _Sums(NamedTuple):
    number: int
    amount: int


def read_card_books(connection: sqlite3.Connection, workstation: str) -> list[CardReconciliation]:
    """One row for each terminal that a register has used or closed since its last Z."""
    closed = connection.execute(
        "SELECT device_id, sum(tender_count), sum(tender_amount), sum(terminal_count),"
        " sum(terminal_amount) FROM terminal_closings WHERE workstation_id = ?"
        " GROUP BY device_id ORDER BY device_id",
        (workstation,),
    ).fetchall()
    rows = [_row(device, _Sums(*sums[:2]), _Sums(*sums[2:])) for device, *sums in closed]
    open_ones = connection.execute(
        "SELECT device_id, sum(count), sum(amount) FROM terminal_tenders WHERE device_id IN"
        " (SELECT device_id FROM terminal_tenders WHERE workstation_id = ?) GROUP BY device_id"
        " ORDER BY device_id",
        (workstation,),
    ).fetchall()
    known = {row.terminal_id for row in rows}
    rows += [_row(device, _Sums(*sums)) for device, *sums in open_ones if device not in known]
    return rows


def _row(device: str, tenders: _Sums, terminal: _Sums | None = None) -> CardReconciliation:
    if terminal is None:
        return CardReconciliation(
            terminal_id=device,
            standalone=False,
            tender_count=tenders.number,
            tender_amount=tenders.amount,
        )
    return CardReconciliation(
        terminal_id=device,
        standalone=False,
        tender_count=tenders.number,
        tender_amount=tenders.amount,
        terminal_count=terminal.number,
        terminal_amount=terminal.amount,
        difference=terminal.amount - tenders.amount,
    )


def _apply(connection: sqlite3.Connection, entry: JournalEntry) -> None:
    payload = entry.payload
    if entry.training:
        return
    if isinstance(payload, PaymentEvent):
        _note_payment(connection, entry, payload)
    elif isinstance(payload, RetailTransaction) and payload.status in FINISHED:
        _note_tenders(connection, entry, payload)
    elif isinstance(payload, PeriodReport) and payload.kind is PeriodReportKind.Z:
        connection.execute(
            "DELETE FROM terminal_closings WHERE workstation_id = ?",
            (payload.figures.workstation_id,),
        )


def _note_payment(connection: sqlite3.Connection, entry: JournalEntry, event: PaymentEvent) -> None:
    if event.kind != "Reconciliation":
        if event.state is PaymentState.CREATED:
            connection.execute(
                "INSERT OR IGNORE INTO payment_terminals VALUES (?, ?)",
                (event.payment_id, event.device_id),
            )
    elif event.state in _CLOSED and event.totals is not None:
        terminal = _Sums(
            sum(total.count for total in event.totals), sum(total.amount for total in event.totals)
        )
        _close(connection, entry.workstation_id, event.device_id, terminal)


def _close(connection: sqlite3.Connection, workstation: str, device: str, terminal: _Sums) -> None:
    """Set the terminal's totals beside the tenders so far, for every register that had some."""
    found = connection.execute(
        "SELECT workstation_id, count, amount FROM terminal_tenders WHERE device_id = ?", (device,)
    ).fetchall()
    tenders = (sum(row[1] for row in found), sum(row[2] for row in found))
    for register in sorted({workstation, *(row[0] for row in found)}):
        connection.execute(
            "INSERT INTO terminal_closings VALUES (?, ?, ?, ?, ?, ?)",
            (register, device, *tenders, *terminal),
        )
    connection.execute("DELETE FROM terminal_tenders WHERE device_id = ?", (device,))


def _note_tenders(
    connection: sqlite3.Connection, entry: JournalEntry, sale: RetailTransaction
) -> None:
    for tender in sale.tenders:
        if tender.card is None or tender.card.payment_id is None:
            continue
        row = connection.execute(
            "SELECT device_id FROM payment_terminals WHERE payment_id = ?",
            (tender.card.payment_id,),
        ).fetchone()
        device = row[0] if row else tender.card.terminal_id or "?"
        count = 1 if tender.amount >= 0 else -1
        connection.execute(_ADD, (device, entry.workstation_id, count, tender.amount))


def _create(connection: sqlite3.Connection) -> None:
    database = Database(connection)
    if database.table("payment_terminals").exists():
        return
    database.table("payment_terminals").create(
        {"payment_id": str, "device_id": str},
        pk="payment_id",
        not_null={"device_id"},
        strict=True,
    )
    database.table("terminal_tenders").create(
        {"device_id": str, "workstation_id": str, "count": int, "amount": int},
        pk=("device_id", "workstation_id"),
        not_null={"count", "amount"},
        strict=True,
    )
    columns = (
        "tender_count",
        "tender_amount",
        "terminal_count",
        "terminal_amount",
    )
    database.table("terminal_closings").create(
        {"workstation_id": str, "device_id": str} | dict.fromkeys(columns, int),
        not_null={"workstation_id", "device_id", *columns},
        strict=True,
    )


CARD_BOOKS = Projection(
    "card_books",
    _create,
    ("payment_terminals", "terminal_tenders", "terminal_closings"),
    _apply,
)
"""Card tenders by terminal, and what the terminals said."""
