"""`edge-daemon journal tail`, `export` and `stats`: what stands in the journal.

They read with a connection that cannot write, beside a running daemon, a page at a time.
"""

import argparse
import contextlib
import pathlib
import sys
import threading
from collections.abc import Iterator
from typing import IO, Any, NamedTuple

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text
from sqlite_utils import Database

from edge_daemon.cli.journal_access import journal_path, opened
from edge_daemon.cli.output import console, plain, print_bytes, print_json
from edge_daemon.clock import local_datetime
from edge_daemon.errors import JournalError
from edge_daemon.journal.statistics import JournalStatistics, read_statistics
from edge_daemon.records import Position, RecordError, decode_entry

LOOK_SECONDS = 0.25
"""Between two looks for new entries; SQLite tells other processes nothing."""
PAGE = 500

_COLUMNS = "SELECT epoch_number, seq, epoch, data FROM entries JOIN epochs ON number = epoch_number"
_LAST = f"{_COLUMNS} ORDER BY epoch_number DESC, seq DESC LIMIT ?"
_AFTER = f"{_COLUMNS} WHERE (epoch_number, seq) > (?, ?) ORDER BY epoch_number, seq LIMIT {PAGE}"


class _Line(NamedTuple):
    epoch_number: int
    seq: int
    epoch: str
    data: bytes


def tail(options: argparse.Namespace) -> int:
    """Show the last entries, and with `--follow` those that come.

    Raises:
        JournalError: There is no journal, or it cannot be read.
    """
    paper = console()
    epoch = ""
    with opened(journal_path(options)) as connection:
        for line in _lines(Database(connection), options.entries, follow=options.follow):
            if options.json:
                print_bytes(line.data)
                continue
            if line.epoch != epoch:
                epoch = line.epoch
                paper.print(plain(f"epoch {epoch}", "bold"))
            paper.print(_words(line))
    return 0


def export(options: argparse.Namespace) -> int:
    """Write entries as JSON Lines: exactly the stored bytes, one entry a line.

    Raises:
        JournalError: There is no journal, it cannot be read, or it has no such place.
    """
    path = journal_path(options)
    with opened(path) as connection, _output(options.output) as file:
        for line in _range(Database(connection), options.first, options.last):
            if options.day is None or _day_of(line.data) == options.day:
                file.write(line.data + b"\n")
    return 0


def stats(options: argparse.Namespace) -> int:
    """Count what the journal holds.

    Raises:
        JournalError: There is no journal, or it cannot be read.
    """
    path = journal_path(options)
    with opened(path) as connection:
        found = read_statistics(connection, path)
    if options.json:
        print_json(found)
    else:
        _show(found, console())
    return 0


@contextlib.contextmanager
def _output(path: pathlib.Path | None) -> Iterator[IO[bytes]]:
    if path is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    try:
        with path.open("xb") as file:
            yield file
    except OSError as error:
        raise JournalError(f"{path} cannot be written: {error.strerror}.") from error


def _range(database: Database, first: Position | None, last: Position | None) -> Iterator[_Line]:
    """The entries from one place to another, both included; over epochs, in their order."""
    place = (0, 0) if first is None else _place(database, first, -1)
    end = None if last is None else _place(database, last, 0)
    while page := [_Line(**row) for row in database.query(_AFTER, place)]:
        for line in page:
            place = (line.epoch_number, line.seq)
            if end is not None and place > end:
                return
            yield line


def _place(database: Database, position: Position, step: int) -> tuple[int, int]:
    row = next(database.query("SELECT number FROM epochs WHERE epoch = ?", [position.epoch]), None)
    if row is None:
        raise JournalError(f"This journal has no epoch {position.epoch}.")
    return row["number"], position.seq + step


class _Day(msgspec.Struct):
    business_day_date: str


_day_decoder = msgspec.json.Decoder(_Day)


def _day_of(data: bytes) -> str:
    return _day_decoder.decode(data).business_day_date


def _show(found: JournalStatistics, paper: Console) -> None:
    table = Table("type", "entries", box=None)
    for name, count in found.types.items():
        table.add_row(plain(name), plain(count))
    paper.print(table)
    for epoch in found.epochs:
        office = "nothing" if epoch.acknowledged is None else f"up to {epoch.acknowledged}"
        paper.print(plain(f"epoch {epoch.epoch}: {epoch.entries} entries, the office has {office}"))
    paper.print(
        plain(
            f"{found.entries} entries of {found.entry_bytes} bytes in a file of "
            f"{found.database_bytes} and a log of {found.log_bytes}"
        )
    )


def _lines(database: Database, count: int, *, follow: bool) -> Iterator[_Line]:
    last = [_Line(**row) for row in database.query(_LAST, [max(count, 1)])]
    yield from reversed(last[:count])
    place = (last[0].epoch_number, last[0].seq) if last else (0, 0)
    pause = threading.Event()
    while follow:
        for row in database.query(_AFTER, place):
            line = _Line(**row)
            place = (line.epoch_number, line.seq)
            yield line
        pause.wait(LOOK_SECONDS)


def _words(line: _Line) -> Text:
    """One entry as a line: place, local time, type, and the plain fields of its payload."""
    try:
        entry = decode_entry(line.data)
    except RecordError as error:
        return plain(f"{line.seq:>8}  {error}", "red")
    moment = local_datetime(entry.occurred_at, entry.utc_offset_min)
    return Text("  ").join(
        [
            plain(f"{line.seq:>8}"),
            plain(f"{moment:%Y-%m-%d %H:%M:%S}"),
            plain(f"{entry.entry_type:<17}", "cyan"),
            plain(f"{entry.workstation_id:<8}"),
            plain(_plain_fields(entry.payload)),
        ]
    )


def _plain_fields(payload: Any) -> str:  # noqa: ANN401 - any entry's payload
    """The fields that are no lists and no tables, as `name=value`."""
    fields = getattr(payload, "fields", None) or {
        name: getattr(payload, name) for name in payload.__struct_fields__
    }
    return " ".join(
        f"{name}={value}"
        for name, value in fields.items()
        if isinstance(value, str | int) and not name.endswith("_hash")
    )
