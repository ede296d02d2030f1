"""What a journal holds, counted."""

import pathlib
import sqlite3

import msgspec


class EpochStatistics(msgspec.Struct, frozen=True, kw_only=True):
    """One epoch; moments in microseconds since 1970 UTC, by the clock of that time.

    Attributes:
        acknowledged: Up to where the office has it; None when it has nothing.
    """

    epoch: str
    entries: int
    first_at: int | None
    last_at: int | None
    acknowledged: int | None


class JournalStatistics(msgspec.Struct, frozen=True, kw_only=True):
    """A journal.

    Attributes:
        types: Entries of each type.
        entry_bytes: Of all entries together, without the index.
        database_bytes, log_bytes: Sizes of the files.
    """

    entries: int
    entry_bytes: int
    database_bytes: int
    log_bytes: int
    types: dict[str, int]
    epochs: tuple[EpochStatistics, ...]


def read_statistics(connection: sqlite3.Connection, path: pathlib.Path) -> JournalStatistics:
    """Count everything. Reads the whole index; blocks for as long as that takes."""
    types = connection.execute(
        "SELECT entry_type, count(*), sum(length(data)) FROM entries"
        " GROUP BY entry_type ORDER BY entry_type"
    ).fetchall()
    epochs = connection.execute(
        "SELECT epochs.epoch, count(seq), min(occurred_at), max(occurred_at), up_to_seq FROM epochs"
        " LEFT JOIN entries ON epoch_number = number"
        " LEFT JOIN acknowledged ON acknowledged.epoch = epochs.epoch"
        " GROUP BY number ORDER BY number"
    ).fetchall()
    return JournalStatistics(
        entries=sum(count for _, count, _ in types),
        entry_bytes=sum(size for _, _, size in types),
        database_bytes=path.stat().st_size,
        log_bytes=_size(path.with_name(f"{path.name}-wal")),
        types={name: count for name, count, _ in types},
        epochs=tuple(
            EpochStatistics(
                epoch=epoch, entries=count, first_at=first, last_at=last, acknowledged=acknowledged
            )
            for epoch, count, first, last, acknowledged in epochs
        ),
    )


def _size(path: pathlib.Path) -> int:
    return path.stat().st_size if path.exists() else 0
