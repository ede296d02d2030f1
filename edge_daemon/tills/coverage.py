"""What a report cannot count: what a card held that was lost before the office gave it back.

A blank box goes on with the numbers and totals that the office kept, but its entries of the day
are gone from it; the office has them. A report of that day says up to which entry, so that nobody
takes it for the whole day.
"""

import sqlite3

from edge_daemon.records import Position, decode_entry
from edge_daemon.records.payloads import SystemEvent


def not_covered(connection: sqlite3.Connection, first: Position) -> tuple[str, ...] | None:
    """The last entries, `EPOCH.SEQ`, of cards lost in the period from `first` on; None: none."""
    begun = connection.execute(
        "SELECT data FROM entries JOIN epochs ON epochs.number = epoch_number"
        " WHERE seq = 1 AND (epoch_number, seq) >="
        " ((SELECT number FROM epochs WHERE epoch = ?), ?) ORDER BY epoch_number",
        (first.epoch, first.seq),
    ).fetchall()
    starts = (decode_entry(data).payload for (data,) in begun)
    lost = tuple(
        f"{start.previous_epoch}.{start.previous_seq}"
        for start in starts
        if isinstance(start, SystemEvent) and start.previous_seq and not _held(connection, start)
    )
    return lost or None


def _held(connection: sqlite3.Connection, start: SystemEvent) -> bool:
    row = connection.execute(
        "SELECT 1 FROM entries JOIN epochs ON epochs.number = epoch_number"
        " WHERE epoch = ? AND seq = ?",
        (start.previous_epoch, start.previous_seq),
    ).fetchone()
    return row is not None
