"""How commands write: JSON for programs, tables and plain lines for people."""

import sys

import msgspec
from rich.console import Console
from rich.text import Text

WIDTH_IN_PIPES = 1000
"""Characters; a line that was broken to fit a screen would be no use to grep."""


def print_json(value: object) -> None:
    """Write a value as one line of JSON."""
    print_bytes(msgspec.json.encode(value))


def print_bytes(line: bytes) -> None:
    """Write a line exactly as it is."""
    sys.stdout.buffer.write(line + b"\n")
    sys.stdout.buffer.flush()


def console(*, errors: bool = False) -> Console:
    """Where people read, stdout or stderr: colours on a terminal, long lines in a pipe."""
    stream = sys.stderr if errors else sys.stdout
    width = None if stream.isatty() else WIDTH_IN_PIPES
    return Console(file=stream, width=width, highlight=False)


def plain(value: object, style: str = "") -> Text:
    """Text as it is: no markup, and nothing that a terminal would obey."""
    return Text("".join(map(_printable, str(value))), style)


def _printable(character: str) -> str:
    return character if character.isprintable() else ascii(character)[1:-1]
