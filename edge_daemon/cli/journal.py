"""`edge-daemon journal tail` and `journal verify`: what stands in the journal, and if it holds.

Both read with a connection that cannot write, beside a running daemon.
"""

import argparse
import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from typing import Any, NamedTuple

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text
from sqlite_utils import Database

from edge_daemon.cli.output import console, plain, print_bytes, print_json
from edge_daemon.clock import local_datetime
from edge_daemon.config import load_configuration
from edge_daemon.errors import JournalError
from edge_daemon.journal.schema import connect_reader
from edge_daemon.journal.verify import VerifyReport
from edge_daemon.journal.verify import verify as verify_chain
from edge_daemon.records import RecordError, decode_entry

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
    with _opened(options) as database:
        for line in _lines(database, options.entries, follow=options.follow):
            if options.json:
                print_bytes(line.data)
                continue
            if line.epoch != epoch:
                epoch = line.epoch
                paper.print(plain(f"epoch {epoch}", "bold"))
            paper.print(_words(line))
    return 0


def verify(options: argparse.Namespace) -> int:
    """Verify the whole chain; 1 when it is broken.

    Raises:
        JournalError: There is no journal, or it cannot be read.
    """
    with _opened(options) as database, _progress(quiet=options.json) as progress:
        task = progress.add_task("entries")
        report = verify_chain(
            database.conn,
            lambda done, total: progress.update(task, completed=done, total=total),
        )
    if options.json:
        print_json(report)
    else:
        _tell(report, console())
    return 0 if report.intact else 1


@contextlib.contextmanager
def _opened(options: argparse.Namespace) -> Iterator[Database]:
    path = options.journal or load_configuration(options.config).journal_path
    try:
        if not path.is_file():
            raise JournalError(f"There is no journal {path}. A daemon's first start makes it.")
        connection = connect_reader(path)
    except (OSError, sqlite3.Error) as error:
        raise JournalError(f"The journal {path} cannot be opened: {error}.") from error
    try:
        with contextlib.closing(connection):
            yield Database(connection)
    except sqlite3.Error as error:
        raise JournalError(f"The journal {path} cannot be read: {error}.") from error


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


def _progress(*, quiet: bool) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console(errors=True),
        transient=True,
        disable=quiet or not console(errors=True).is_terminal,
    )


def _tell(report: VerifyReport, paper: Console) -> None:
    if report.intact:
        paper.print(
            plain(
                f"The journal is intact: {report.entries} entries, epochs: {report.epochs}, "
                f"up to {report.head} with the hash {report.hash}."
            )
        )
        return
    paper.print(plain(f"BROKEN: {report.broken} {report.problem}.", "bold red"))
    paper.print(plain(f"The {report.entries} entries before it are intact, up to {report.head}."))
