"""Copies of a journal: consistent while it is written, and marked, so that none passes for it.

SQLite's `VACUUM INTO` reads one snapshot and stops nobody; the copy gets its name only when every
byte of it is on the disk. A live file is never copied as a file: the newest entries are in the
log beside it.
"""

import contextlib
import os
import pathlib
import sqlite3

from edge_daemon.errors import JournalError
from edge_daemon.journal.epochs import mark_as_copy
from edge_daemon.journal.schema import connect_reader

BESIDE = ("", "-wal", "-shm")
"""What belongs to one database."""


def back_up(source: pathlib.Path, target: pathlib.Path) -> None:
    """Copy the journal `source` to the new file `target`, durably. Blocks.

    Raises:
        JournalError: `target` exists, or one of the two cannot be read or written. What was begun
            is removed.
    """
    if target.exists():
        raise JournalError(f"{target} exists. Choose another name: no copy is written over.")
    draft = target.with_name(f"{target.name}.part")
    draft.unlink(missing_ok=True)
    try:
        with contextlib.closing(connect_reader(source)) as connection:
            connection.execute("VACUUM INTO ?", (str(draft),))
        _mark(draft)
        _sync(draft)
        draft.rename(target)
        _sync(target.parent)
    except (OSError, sqlite3.Error) as error:
        draft.unlink(missing_ok=True)
        raise JournalError(f"{source} cannot be copied to {target}: {error}.") from error


def put_in_place(source: pathlib.Path, journal: pathlib.Path) -> pathlib.Path | None:
    """Make a copy of `source` the journal. Nobody may have the journal open. Blocks.

    Returns:
        Where the journal that was there before is kept; None when there was none.

    Raises:
        JournalError: It cannot be copied; the journal is as it was.
    """
    fresh = journal.with_name(f"{journal.name}.restored")
    fresh.unlink(missing_ok=True)
    back_up(source, fresh)
    kept = _put_aside(journal)
    fresh.rename(journal)
    _sync(journal.parent)
    return kept


def _put_aside(journal: pathlib.Path) -> pathlib.Path | None:
    if not journal.exists():
        return None
    number = 1
    while (kept := journal.with_name(f"{journal.name}.replaced-{number}")).exists():
        number += 1
    for suffix in BESIDE:
        part = journal.with_name(journal.name + suffix)
        if part.exists():
            part.rename(kept.with_name(kept.name + suffix))
    return kept


def _mark(path: pathlib.Path) -> None:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        mark_as_copy(connection)


def _sync(path: pathlib.Path) -> None:
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
