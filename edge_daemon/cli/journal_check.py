"""`edge-daemon journal verify`, `rebuild` and `key`: does the journal hold, and who signed it."""

import argparse
import contextlib
import pathlib
import sqlite3

import msgspec
from rich.console import Console

from edge_daemon.cli.journal_access import held, journal_path, opened, progress_bar
from edge_daemon.cli.output import console, plain, print_json
from edge_daemon.config import load_configuration
from edge_daemon.errors import JournalError
from edge_daemon.journal.verify import Mark, VerifyReport, Walk

PAGES_BETWEEN_MARKS = 100
"""How often the place is written down: a check that is broken off goes on near there."""


def verify(options: argparse.Namespace) -> int:
    """Verify the chain; 1 when it is broken.

    Raises:
        JournalError: There is no journal, or it cannot be read.
    """
    path = journal_path(options)
    places = path.with_name(f"{path.name}.verified")
    start = _read_mark(places) if options.resume else None
    with opened(path) as connection, progress_bar(quiet=options.json) as progress:
        walk = Walk(connection, start=start, keys=frozenset(options.key) or None)
        task = progress.add_task("entries", total=walk.total)
        try:
            for number, _ in enumerate(walk.pages(), start=1):
                progress.update(task, completed=walk.report().entries)
                if number % PAGES_BETWEEN_MARKS == 0:
                    _write_mark(places, walk.mark())
        finally:
            _write_mark(places, walk.mark())
    report = walk.report()
    if options.json:
        print_json(report)
    else:
        _tell(report, console())
    return 0 if report.intact else 1


def rebuild(options: argparse.Namespace) -> int:
    """Build the daemon's tables anew from the entries; 1 when they differ from the live ones.

    Raises:
        JournalError: There is no journal, or it cannot be read.
    """
    from edge_daemon.app.books import PROJECTIONS  # noqa: PLC0415 - all rooms, for this alone
    from edge_daemon.journal.rebuilding import differing_rows  # noqa: PLC0415 - as above

    path = journal_path(options)
    if options.replace:
        _replace(options)
    try:
        with opened(path) as connection, progress_bar(quiet=options.json) as progress:
            task = progress.add_task("entries", total=Walk(connection).total)
            found = differing_rows(
                path, PROJECTIONS, lambda done: progress.update(task, completed=done)
            )
    except sqlite3.Error as error:
        raise JournalError(f"The tables of {path} cannot be compared: {error}.") from error
    if options.json:
        print_json(found)
    else:
        for table, rows in found.items():
            words = f"{rows} rows differ" if rows else "equal"
            console().print(plain(f"{table:<18} {words}", "bold red" if rows else ""))
    return 1 if any(found.values()) else 0


def key(options: argparse.Namespace) -> int:
    """Show the public half of the key that signs the journal.

    Raises:
        JournalError: There is none yet, or it cannot be read.
    """
    from edge_daemon.journal.signing import SigningKey  # noqa: PLC0415 - a large library

    path = load_configuration(options.config).state_directory / "journal.key"
    if not path.is_file():
        raise JournalError(f"There is no key {path}. A daemon's first start makes it.")
    console().print(plain(SigningKey.at(path).key_id))
    return 0


def _replace(options: argparse.Namespace) -> None:
    import asyncio  # noqa: PLC0415 - for this alone

    from edge_daemon.app.books import open_journal  # noqa: PLC0415 - as above

    configuration = load_configuration(options.config)

    async def work() -> None:
        journal = await open_journal(configuration)
        try:
            await journal.rebuild()
        finally:
            await journal.close()

    with held(configuration.state_directory):
        asyncio.run(work())


def _read_mark(path: pathlib.Path) -> Mark | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Mark)
    except (OSError, msgspec.MsgspecError):
        return None


def _write_mark(path: pathlib.Path, mark: Mark | None) -> None:
    """Keep the place where the directory can be written; a backup medium may not be."""
    if mark is not None:
        with contextlib.suppress(OSError):
            path.write_bytes(msgspec.json.encode(mark))


def _tell(report: VerifyReport, paper: Console) -> None:
    if report.intact:
        signed = f", signed up to {report.signed}" if report.signed else ""
        paper.print(
            plain(
                f"The journal is intact: {report.entries} entries, epochs: {report.epochs}, "
                f"up to {report.head} with the hash {report.hash}{signed}."
            )
        )
        return
    paper.print(plain(f"BROKEN: {report.broken} {report.problem}.", "bold red"))
    paper.print(plain(f"The {report.entries} entries before it are intact, up to {report.head}."))
