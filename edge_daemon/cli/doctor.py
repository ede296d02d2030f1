"""`edge-daemon doctor`: what is wrong with this box, and how to mend it."""

import argparse
import pathlib
from typing import Any

import msgspec
from rich.table import Table

from edge_daemon.cli.asking import ask
from edge_daemon.cli.output import console, plain, print_json
from edge_daemon.config import load_configuration
from edge_daemon.doctor import Check, Grade, examine
from edge_daemon.errors import ConfigError, EdgeError

Json = dict[str, Any]
STYLES = {Grade.GOOD: "green", Grade.CARE: "yellow", Grade.BAD: "bold red", Grade.ABSENT: "dim"}
SIGNS = {Grade.GOOD: "ok", Grade.CARE: "look", Grade.BAD: "WRONG", Grade.ABSENT: "-"}


def doctor(options: argparse.Namespace) -> int:
    """Look at everything; 1 when something does not work."""
    checks = all_checks(options.config)
    if options.json:
        print_json({"checks": checks})
    else:
        _show(checks)
    return 1 if any(check.grade is Grade.BAD for check in checks) else 0


def all_checks(path: pathlib.Path) -> list[Check]:
    """What the doctor sees, and then what the running daemon says of itself."""
    return [*examine(path), *_of_daemon(path)]


def _of_daemon(path: pathlib.Path) -> list[Check]:
    try:
        health: Json = ask(load_configuration(path), "GET", "/v1/health")
    except ConfigError:
        return []  # said already
    except EdgeError as error:
        mend = "sudo systemctl restart edge-daemon; journalctl -u edge-daemon -n 50 says why."
        return [Check(name="daemon", grade=Grade.BAD, found=str(error), mend=mend)]
    running = Check(name="daemon", grade=Grade.GOOD, found=f"Version {health['version']} answers.")
    bad = health["status"] == "failed"
    return [
        running,
        *(
            Check(
                name=finding["subject"] or finding["code"].replace("_", " "),
                grade=Grade.BAD if bad else Grade.CARE,
                found=finding["message"],
            )
            for finding in health["findings"]
        ),
    ]


def _show(checks: list[Check]) -> None:
    table = Table("", "what", "how it is, and what to do", box=None)
    for check in checks:
        words = plain(check.found)
        if check.mend:
            words.append("\n→ ").append_text(plain(check.mend, "bold"))
        table.add_row(plain(SIGNS[check.grade], STYLES[check.grade]), plain(check.name), words)
    console().print(table)
    wrong = sum(check.grade is Grade.BAD for check in checks)
    look = sum(check.grade is Grade.CARE for check in checks)
    console().print(plain(f"{wrong} wrong, {look} to look at.", "bold"))


def as_json(checks: list[Check]) -> bytes:
    """The checks for a file."""
    return msgspec.json.encode(checks)
