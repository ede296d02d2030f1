"""Print jobs as the journal tells them: a projection of `ReceiptEvent`.

Queued → Printing → Printed | Copy | Failed | Unknown        Queued → Failed (withdrawn)
Unknown → Printed | Copy | Failed (Operator)
"""

import sqlite3
from typing import Any

import msgspec
from sqlite_utils import Database

from edge_daemon.journal import Projection
from edge_daemon.records import JournalEntry
from edge_daemon.records.payloads import ReceiptEvent, ReceiptState

JOB_STATES = {
    ReceiptState.QUEUED: "queued",
    ReceiptState.PRINTING: "printing",
    ReceiptState.PRINTED: "printed",
    ReceiptState.COPY: "printed",
    ReceiptState.FAILED: "failed",
    ReceiptState.UNKNOWN: "unknown",
}
"""What a register is told, by the journal's word."""


class PrintJob(msgspec.Struct, frozen=True, kw_only=True):
    """One piece of paper, or the wish for one.

    Attributes:
        id: The job's ULID.
        state: `queued`, `printing`, `printed`, `failed` (surely no more will come out) or
            `unknown` (look at the printer; never printed again by itself).
        finished: True when the state will not change by itself.
        printer: The configured printer.
        document: What it is: `Sale`, `Training`, `Other`, ….
        transaction_id: The sale it belongs to.
        copy_number: 1, 2, … for a copy.
        evidence: How the end is known: `ProcessId`, `BufferedStatus`, `BufferCleared`, `Operator`.
        content_hash: SHA-256 of the bytes for the printer.
        problem: What the clerk should do, when it did not print.
    """

    id: str
    state: str
    finished: bool
    printer: str | None = None
    document: str
    transaction_id: str | None = None
    copy_number: int | None = None
    evidence: str | None = None
    content_hash: str | None = None
    problem: str | None = None


_COLUMNS = (
    "print_id, state, printer_id, document, transaction_id, copy_number, evidence, content_hash,"
    " problem"
)
_SELECT = f"SELECT {_COLUMNS} FROM print_jobs"  # noqa: S608 - constants only
_UPSERT = (
    f"INSERT INTO print_jobs ({_COLUMNS}, intent_id, amount)"  # noqa: S608 - constants only
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (print_id) DO UPDATE SET"
    " state = excluded.state, printer_id = coalesce(excluded.printer_id, printer_id),"
    " evidence = excluded.evidence, problem = excluded.problem,"
    " content_hash = coalesce(excluded.content_hash, content_hash)"
)


def find_job(connection: sqlite3.Connection, print_id: str) -> PrintJob | None:
    """Read one job."""
    row = connection.execute(f"{_SELECT} WHERE print_id = ?", (print_id,)).fetchone()
    return _job(row) if row else None


def jobs_of_transaction(connection: sqlite3.Connection, transaction_id: str) -> list[PrintJob]:
    """Read a sale's receipt and its copies, in the order in which they were asked for."""
    sql = f"{_SELECT} WHERE transaction_id = ? ORDER BY rowid"
    return [_job(row) for row in connection.execute(sql, (transaction_id,))]


def unfinished_jobs(connection: sqlite3.Connection) -> list[tuple[PrintJob, str, int | None]]:
    """Read what was queued or printing when the daemon died: job, intent, amount."""
    sql = (
        f"SELECT {_COLUMNS}, intent_id, amount FROM print_jobs"  # noqa: S608 - constants only
        " WHERE state IN ('queued', 'printing') ORDER BY rowid"
    )
    return [(_job(row[:-2]), row[-2], row[-1]) for row in connection.execute(sql)]


def next_copy_number(connection: sqlite3.Connection, transaction_id: str) -> int:
    """The number of the next copy of a sale's receipt, counting every copy ever asked for."""
    row = connection.execute(
        "SELECT coalesce(max(copy_number), 0) + 1 FROM print_jobs WHERE transaction_id = ?",
        (transaction_id,),
    ).fetchone()
    number: int = row[0]
    return number


def _job(row: tuple[Any, ...]) -> PrintJob:
    print_id, state, printer, document, transaction_id, copy_number, evidence, digest, problem = row
    return PrintJob(
        id=print_id,
        state=state,
        finished=state not in ("queued", "printing"),
        printer=printer,
        document=document,
        transaction_id=transaction_id,
        copy_number=copy_number,
        evidence=evidence,
        content_hash=digest,
        problem=problem,
    )


def _create(connection: sqlite3.Connection) -> None:
    table = Database(connection).table("print_jobs")
    if table.exists():
        return
    table.create(
        {
            "print_id": str,
            "state": str,
            "printer_id": str,
            "document": str,
            "transaction_id": str,
            "copy_number": int,
            "evidence": str,
            "content_hash": str,
            "problem": str,
            "intent_id": str,
            "amount": int,
        },
        not_null={"print_id", "state", "document", "intent_id"},
        strict=True,
    )
    table.create_index(["print_id"], unique=True)
    table.create_index(["transaction_id"])


def _apply(connection: sqlite3.Connection, entry: JournalEntry) -> None:
    event = entry.payload
    if not isinstance(event, ReceiptEvent) or event.state not in JOB_STATES:
        return
    connection.execute(
        _UPSERT,
        (
            event.print_id,
            JOB_STATES[event.state],
            event.printer_id,
            event.document,
            event.transaction_id,
            event.copy_number,
            event.evidence,
            event.content_hash,
            event.problem,
            event.intent_id,
            event.amount,
        ),
    )


PRINT_JOBS = Projection("print_jobs", _create, ("print_jobs",), _apply)
"""Every print job and where it stands."""
