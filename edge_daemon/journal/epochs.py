"""The lives of a journal: how an epoch begins.

A new one begins when the database is made, restored or found forked, and at no other time. Its
first entry says why, links the last entry of the epoch before, and carries over what goes on:
numbers, totals, open sessions, payments in doubt.

A backup is marked (`user_version`). Whoever opens a marked file as the journal begins a new epoch,
however it came to its place: the original may have sold on, and its numbers are taken.
"""

import sqlite3
from collections.abc import Callable

from edge_daemon.journal.inheritance import Inheritance, furthest
from edge_daemon.journal.values import Build, Draft
from edge_daemon.journal.writer import Writer
from edge_daemon.records import new_ulid
from edge_daemon.records.payloads import CarriedOver, SystemEvent

CarryOver = Callable[[sqlite3.Connection], CarriedOver | None]
"""Reads from the projections with what the next epoch begins."""

COPY = 1
"""`user_version` of a backup; 0 is a journal that was always this one."""


def is_copy(connection: sqlite3.Connection) -> bool:
    """True when the file was made by a backup and never opened as the journal since."""
    return bool(connection.execute("PRAGMA user_version").fetchone()[0] == COPY)


def mark_as_copy(connection: sqlite3.Connection) -> None:
    """Say that this file is a copy of a journal."""
    connection.execute(f"PRAGMA user_version = {COPY}")


def first_epoch(writer: Writer, inherited: Inheritance | None = None) -> Build:
    """Begin the first epoch of a new journal, behind what the office holds of this box."""

    def build(_: sqlite3.Connection) -> list[Draft]:
        writer.begin_epoch(new_ulid(writer.clock.now_us()))
        if inherited is None:
            return [Draft(payload=SystemEvent(event="EpochStart", reason="new_journal"))]
        start = SystemEvent(
            event="EpochStart",
            previous_epoch=inherited.last.epoch,
            previous_seq=inherited.last.seq,
            previous_hash=inherited.last.hash,
            reason="restored",
            note="A blank journal: what came after the office's last entry is not known here.",
            carried_over=inherited.carried_over,
        )
        return [Draft(payload=start)]

    return build


def next_epoch(
    writer: Writer,
    carry_over: CarryOver,
    *,
    reason: str,
    note: str | None,
    known: CarriedOver | None = None,
) -> Build:
    """Begin an epoch behind the one that there is, from the further of what both sides know."""

    def build(connection: sqlite3.Connection) -> list[Draft]:
        before = writer.head
        carried = furthest(carry_over(connection), known)
        writer.begin_epoch(new_ulid(writer.clock.now_us()))
        start = SystemEvent(
            event="EpochStart",
            previous_epoch=before.epoch,
            previous_seq=before.seq,
            previous_hash=before.hash,
            reason=reason,
            note=note,
            carried_over=carried,
        )
        return [Draft(payload=start)]

    return build


def restored_epoch(writer: Writer, carry_over: CarryOver) -> Build:
    """Begin an epoch on a copy, and take its mark away."""
    begin = next_epoch(writer, carry_over, reason="restored", note=None)

    def build(connection: sqlite3.Connection) -> list[Draft]:
        connection.execute("PRAGMA user_version = 0")
        return [*begin(connection), Draft(payload=SystemEvent(event="BackupRestored"))]

    return build


def carry_nothing(_: sqlite3.Connection) -> CarriedOver | None:
    """For a journal without projections."""
    return None
