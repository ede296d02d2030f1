"""What can be typed behind `edge-daemon journal`."""

import argparse
import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

from edge_daemon.cli.options import add, add_configuration, add_json

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    from edge_daemon.records import Position


def add_journal(commands: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `journal` and its actions."""
    words = "read the journal, verify its chain, copy it, or begin a new epoch."
    journal = add(commands, "journal", None, words)
    actions = journal.add_subparsers(metavar="ACTION", required=True)
    _add_journal_readers(actions)
    _add_journal_checks(actions)
    _add_journal_copies(actions)


def _add_journal_readers(actions: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    tail = add(
        actions,
        "tail",
        "journal:tail",
        "show the last entries.\n\nThe daemon may be running. With --json each line is exactly"
        " the stored bytes of one entry.",
    )
    tail.add_argument(
        "-n",
        "--entries",
        type=count,
        default=20,
        metavar="N",
        help="how many (default: %(default)s)",
    )
    tail.add_argument("-f", "--follow", action="store_true", help="go on with what is appended")
    export = add(
        actions,
        "export",
        "journal:export",
        "write entries as JSON Lines.\n\nEach line is exactly the stored bytes of one entry."
        " The daemon may be running.",
    )
    for name, which in (("--from", "first"), ("--to", "last")):
        export.add_argument(
            name,
            type=position,
            dest=which,
            metavar="EPOCH.SEQ",
            help=f"the {which} entry (default: the {which} one there is)",
        )
    export.add_argument("--day", metavar="YYYY-MM-DD", type=day, help="only of one business day")
    export.add_argument(
        "--output", type=Path, metavar="FILE", help="a new file (default: standard output)"
    )
    stats = add(actions, "stats", "journal:stats", "count what the journal holds.")
    for parser in (tail, export, stats):
        _add_journal_place(parser)
    for parser in (tail, stats):
        add_json(parser)


def _add_journal_checks(actions: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    verify = add(
        actions,
        "verify",
        "journal_check:verify",
        "check every entry of the journal, from its bytes.\n\n"
        "Hashes, the chain, gaps, signatures, the links of the epochs, and what the office has\n"
        "acknowledged. Names the first broken entry. The daemon may be running. How far the check\n"
        "came is kept in FILE.verified beside the journal.",
    )
    verify.add_argument(
        "--resume", action="store_true", help="go on from where the last check ended"
    )
    verify.add_argument(
        "--key",
        action="append",
        default=[],
        metavar="HEX",
        help="a public key whose signatures count (default: any; may be given more than once)",
    )
    rebuild = add(
        actions,
        "rebuild",
        "journal_check:rebuild",
        "build the daemon's tables anew from the entries, and compare.\n\n"
        "The exit code is 1 where they differ. The daemon may be running, except for --replace.",
    )
    rebuild.add_argument(
        "--replace", action="store_true", help="put the new tables in the place of the old ones"
    )
    for parser in (verify, rebuild):
        _add_journal_place(parser)
        add_json(parser)
    key = add(
        actions,
        "key",
        "journal_check:key",
        "show the public key that the journal is signed with.\n\nKeep it elsewhere: with"
        " `verify --key` it tells this journal from one that was written anew.",
    )
    add_configuration(key)


def _add_journal_copies(actions: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    backup = add(
        actions,
        "backup",
        "journal_copies:backup",
        "copy the journal, while it is written, and verify the copy.\n\n"
        "A daemon that opens the copy begins a new epoch.",
    )
    backup.add_argument("target", type=Path, metavar="TARGET", help="a new file, on another disk")
    _add_journal_place(backup)
    restore = add(
        actions,
        "restore",
        "journal_copies:restore",
        "put a backup in the journal's place.\n\nStop the daemon first. What was there is kept"
        " beside it, and a new epoch begins.",
    )
    restore.add_argument("source", type=Path, metavar="SOURCE", help="what `backup` wrote")
    new_epoch = add(
        actions,
        "new-epoch",
        "journal_copies:new_epoch",
        "begin a new epoch, after the office has told of a fork.\n\nStop the daemon first."
        " Nothing is lost: the office keeps the branch until a person decides.",
    )
    new_epoch.add_argument(
        "--reason", required=True, metavar="TEXT", help="what happened, for the journal"
    )
    for parser in (restore, new_epoch):
        add_configuration(parser)


def _add_journal_place(parser: argparse.ArgumentParser) -> None:
    add_configuration(parser)
    parser.add_argument(
        "--journal",
        type=Path,
        metavar="FILE",
        help="the journal itself, such as a backup, instead of the configured one",
    )


def count(text: str) -> int:
    """Read a number that is not negative.

    Raises:
        ValueError: It is none.
    """
    number = int(text)
    if number < 0:
        raise ValueError(text)
    return number


def position(text: str) -> "Position":
    """Read `EPOCH.SEQ`.

    Raises:
        ValueError: It is none.
    """
    from edge_daemon.records import Position  # noqa: PLC0415 - msgspec, where it is needed

    return Position.parse(text)


def day(text: str) -> str:
    """Read a date.

    Raises:
        ValueError: It is none.
    """
    return dt.date.fromisoformat(text).isoformat()
