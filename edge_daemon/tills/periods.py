"""The figures of each register's period, counted entry by entry, and its perpetual totals.

An X reads what stands here, so it takes as long for the first receipt as for the thousandth. A Z
is an entry like any other: when it is applied, its register's tallies begin again; the perpetual
totals and the Z number go on. Training counts in `training` and nowhere else.

What is counted how: `counting`.
"""

import sqlite3
from typing import NamedTuple

from sqlite_utils import Database

from edge_daemon.journal import Projection
from edge_daemon.records import JournalEntry, Position
from edge_daemon.records.payloads import (
    CarriedOver,
    PeriodReport,
    PeriodReportKind,
    RetailTransaction,
    SystemEvent,
    TillSession,
    TillSessionEvent,
)
from edge_daemon.records.turnover import FINISHED, turnover_of
from edge_daemon.tills.counting import (
    Key,
    Sheet,
    Tallied,
    count_other,
    count_training,
    count_transaction,
)
from edge_daemon.tills.sessions import expected_amounts, settled


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


def _apply(connection: sqlite3.Connection, entry: JournalEntry) -> None:
    payload = entry.payload
    if isinstance(payload, SystemEvent):
        if payload.carried_over is not None:
            _carry_over(connection, payload.carried_over)
        return
    if isinstance(payload, PeriodReport):
        _note_report(connection, entry, payload)
        return
    sheet = Sheet(entry)
    if entry.training:
        count_training(sheet, payload)
    elif isinstance(payload, RetailTransaction):
        _note_transaction(connection, entry, sheet, payload)
    elif isinstance(payload, TillSession):
        if payload.event is TillSessionEvent.CLOSE:
            _note_closing(connection, payload.session_id)
    else:
        count_other(sheet, payload)
    connection.executemany(_ADD, sheet.rows())


def _note_transaction(
    connection: sqlite3.Connection, entry: JournalEntry, sheet: Sheet, sale: RetailTransaction
) -> None:
    count_transaction(sheet, sale)
    if sale.status in FINISHED:
        turnover = turnover_of(sale.line_items)
        connection.execute(_TURNOVER, (entry.workstation_id, turnover.sales, turnover.returns))


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
