"""`edge-daemon journal backup`, `restore`, `new-epoch`: copies, and the lives that they begin."""

import argparse
import asyncio
import pathlib

from edge_daemon.cli.journal_access import held, journal_path, opened, progress_bar
from edge_daemon.cli.output import console, plain
from edge_daemon.config import Configuration, load_configuration
from edge_daemon.errors import JournalError
from edge_daemon.journal import Head
from edge_daemon.journal.backup import back_up, put_in_place
from edge_daemon.journal.verify import VerifyReport, verify


def backup(options: argparse.Namespace) -> int:
    """Copy the journal while it is written, and verify the copy.

    Raises:
        JournalError: It cannot be copied, or the copy does not hold.
    """
    target: pathlib.Path = options.target
    back_up(journal_path(options), target)
    report = _checked(target)
    console().print(
        plain(f"{target} has {report.entries} entries, up to {report.head}: the copy is intact.")
    )
    return 0


def restore(options: argparse.Namespace) -> int:
    """Put a copy in the journal's place, and begin a new epoch on it.

    Raises:
        JournalError: The copy does not hold, or cannot be put in place; the journal is as it was.
        EdgeError: A daemon runs.
    """
    configuration = load_configuration(options.config)
    source: pathlib.Path = options.source
    if not source.is_file():
        raise JournalError(f"There is no copy {source}.")
    with held(configuration.state_directory):
        report = _checked(source)
        kept = put_in_place(source, configuration.journal_path)
        head = asyncio.run(_open(configuration))
    console().print(plain(f"{report.entries} entries are back, up to {report.head}."))
    console().print(plain(f"The journal goes on in the new epoch {head.epoch}."))
    if kept is not None:
        console().print(plain(f"What was there before is kept as {kept}."))
    return 0


def new_epoch(options: argparse.Namespace) -> int:
    """Begin a new epoch after a fork.

    Raises:
        JournalError: There is no journal, or it cannot be opened.
        EdgeError: A daemon runs.
    """
    configuration = load_configuration(options.config)
    journal_path(argparse.Namespace(journal=None, config=options.config))
    with held(configuration.state_directory):
        head = asyncio.run(_open(configuration, note=options.reason))
    console().print(plain(f"The journal goes on in the new epoch {head.epoch}."))
    return 0


async def _open(configuration: Configuration, *, note: str | None = None) -> Head:
    """Open the journal, which begins an epoch on a copy; or begin one for the reason in `note`."""
    from edge_daemon.app.books import open_journal  # noqa: PLC0415 - all rooms, for this alone

    journal = await open_journal(configuration)
    try:
        if note is not None:
            await journal.begin_epoch(reason="forked", note=note)
        return journal.head
    finally:
        await journal.close()


def _checked(path: pathlib.Path) -> VerifyReport:
    with opened(path) as connection, progress_bar(quiet=False) as progress:
        task = progress.add_task("entries")
        report = verify(
            connection, lambda done, total: progress.update(task, completed=done, total=total)
        )
    if not report.intact:
        raise JournalError(f"{path} is broken: {report.broken} {report.problem}.")
    return report
