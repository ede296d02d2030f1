"""`central-office load`, `check` and `rebuild`: fill the books, prove them, make them anew."""

import argparse
import pathlib
import sys
import time
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from rich.console import Console
from rich.progress import Progress

from central_office.checking import Agreement, check
from central_office.errors import OfficeError
from central_office.loading import load
from central_office.report import read_count
from central_office.settings import OfficeSettings
from central_office.store import open_store

Commands = Any
"""What argparse calls its group of commands; its own type is private."""


def add_load(commands: Commands) -> argparse.ArgumentParser:
    """Add the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "load", help="take entries in from files, as if their boxes had sent them"
    )
    parser.add_argument("files", type=pathlib.Path, nargs="+", metavar="FILE", help="JSON Lines")
    return parser


def load_files(options: argparse.Namespace, settings: OfficeSettings) -> int:
    """Take files in.

    Raises:
        OfficeError: One cannot be read or holds something else than entries.
    """
    store = open_store(settings.database, settings.limits)
    try:
        with Progress(console=Console(stderr=True)) as progress:
            total = sum(path.stat().st_size for path in options.files)
            task = progress.add_task("Taking in", total=total)
            lines = _lines(options.files)
            now_us = time.time_ns() // 1000
            loaded = load(store, lines, now_us, lambda size: progress.advance(task, size))
    except OSError as error:
        raise OfficeError(f"{error.filename} cannot be read: {error.strerror}.") from error
    finally:
        store.close()
    sys.stdout.write(f"{loaded.entries} entries were taken in.\n")
    if loaded.forked or loaded.waiting:
        sys.stdout.write(
            f"{loaded.forked} journals are forked and {loaded.waiting} miss entries: see"
            " central-office status.\n"
        )
    return 0


def _lines(paths: Iterable[pathlib.Path]) -> Iterator[bytes]:
    for path in paths:
        with path.open("rb") as file:
            yield from file


def add_check(commands: Commands) -> argparse.ArgumentParser:
    """Add the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "check", help="compare receipts, Z reports, stock and the office's figures"
    )
    parser.add_argument("--json", action="store_true", help="one line of JSON")
    return parser


def check_books(options: argparse.Namespace, settings: OfficeSettings) -> int:
    """Compare the books; 1 where they differ.

    Raises:
        OfficeError: There is no such database.
    """
    found = check(settings.database)
    if options.json:
        sys.stdout.write(msgspec.json.encode(found).decode() + "\n")
    else:
        sys.stdout.write("\n".join(_told(found)) + "\n")
    return 0 if found.agrees else 1


def _told(found: Agreement) -> Iterator[str]:
    for one in found.disagreements:
        yield f"{one.books}: {one.where}: {one.office} and {one.other}."
    for receipt in found.unbalanced:
        yield f"The receipt {receipt} does not add up."
    for entry in found.unfolded:
        yield f"In no figure: {entry}."
    yield (
        f"{found.receipts} receipts, {found.days} days, {found.periods} Z reports and"
        f" {found.articles} shelves {'agree' if found.agrees else 'were compared'}."
    )


def add_rebuild(commands: Commands) -> argparse.ArgumentParser:
    """Add the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "rebuild", help="make all figures anew from the entries"
    )
    return parser


def rebuild_books(_: argparse.Namespace, settings: OfficeSettings) -> int:
    """Make all figures anew.

    Raises:
        OfficeError: There is no such database, or it failed; then all is as it was.
    """
    total = read_count(settings.database)
    store = open_store(settings.database, settings.limits, rebuilding=True)
    try:
        with Progress(console=Console(stderr=True)) as progress:
            task = progress.add_task("Folding", total=total)
            store.rebuild(lambda done: progress.update(task, completed=done))
    finally:
        store.close()
    sys.stdout.write(f"All figures are made anew from {total} entries.\n")
    return 0
