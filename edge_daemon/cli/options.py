"""Options and commands that look alike everywhere."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from argparse import _SubParsersAction

CONFIGURATION = Path("/etc/edge-daemon/edge-daemon.toml")


def add(
    commands: "_SubParsersAction[argparse.ArgumentParser]",
    name: str,
    command: str | None,
    words: str,
    **more: Any,  # noqa: ANN401 - argparse's own keywords
) -> argparse.ArgumentParser:
    """Add a command that `words` describe; its first sentence is the list's line for it."""
    parser = commands.add_parser(
        name,
        help=words.partition(".")[0],
        description=words,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        **more,
    )
    if command is not None:
        parser.set_defaults(command=command)
    return parser


def add_configuration(parser: argparse.ArgumentParser) -> None:
    """Add where the configuration is."""
    parser.add_argument(
        "--config",
        type=Path,
        default=CONFIGURATION,
        metavar="FILE",
        help="the configuration (default: %(default)s)",
    )


def add_json(parser: argparse.ArgumentParser) -> None:
    """Add the answer for programs."""
    parser.add_argument("--json", action="store_true", help="answer in JSON, for programs")
