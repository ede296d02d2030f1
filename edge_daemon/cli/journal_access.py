"""What the journal's commands share: finding, reading and holding it, showing how far they are."""

import argparse
import contextlib
import pathlib
import sqlite3
from collections.abc import Iterator

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from edge_daemon.app.lock import lock_directory
from edge_daemon.cli.output import console
from edge_daemon.config import load_configuration
from edge_daemon.errors import JournalError
from edge_daemon.journal.schema import connect_reader


def journal_path(options: argparse.Namespace) -> pathlib.Path:
    """The journal that was named, or the configured one.

    Raises:
        JournalError: There is none.
        ConfigError: The configuration has mistakes.
    """
    path: pathlib.Path = options.journal or load_configuration(options.config).journal_path
    if not path.is_file():
        raise JournalError(f"There is no journal {path}. A daemon's first start makes it.")
    return path


@contextlib.contextmanager
def opened(path: pathlib.Path) -> Iterator[sqlite3.Connection]:
    """Read a journal, beside a running daemon.

    Raises:
        JournalError: It cannot be read.
    """
    try:
        with contextlib.closing(connect_reader(path)) as connection:
            yield connection
    except sqlite3.Error as error:
        raise JournalError(f"The journal {path} cannot be read: {error}.") from error


@contextlib.contextmanager
def held(directory: pathlib.Path) -> Iterator[None]:
    """Keep every daemon away from the state directory.

    Raises:
        EdgeError: A daemon uses it.
    """
    with lock_directory(directory):
        yield


def progress_bar(*, quiet: bool) -> Progress:
    """A bar on stderr; nothing where nobody looks."""
    paper = console(errors=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=paper,
        transient=True,
        disable=quiet or not paper.is_terminal,
    )
