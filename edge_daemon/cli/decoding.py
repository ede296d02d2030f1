"""`edge-daemon decode`: bytes from a cable, in words. For support; the codecs hide card data."""

import argparse
import binascii
import pathlib
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table

from drivers.wire.caisse_ap_description import describe as describe_caisse_ap
from drivers.wire.escpos_description import describe as describe_escpos
from drivers.wire.nexo.description import describe as describe_nexo
from drivers.wire.opi.description import describe as describe_opi
from drivers.wire.zvt import describe as describe_zvt
from edge_daemon.cli.output import console, plain, print_json
from edge_daemon.errors import EdgeError

Json = dict[str, Any]


def zvt(options: argparse.Namespace) -> int:
    """Decode ZVT; 1 when part of it makes no sense.

    Raises:
        EdgeError: The text is not hexadecimal.
    """
    return _show(describe_zvt(_read_hex(options.hex)), as_json=options.json)


def terminal_file(options: argparse.Namespace) -> int:
    """Decode what was recorded of a terminal that speaks in texts; 1 when part makes no sense.

    Raises:
        EdgeError: The file cannot be read.
    """
    return _show(_DESCRIBED[options.format](_read_file(options.file)), as_json=options.json)


def escpos(options: argparse.Namespace) -> int:
    """Decode ESC/POS; 1 when a command in it is not known.

    Raises:
        EdgeError: The file cannot be read.
    """
    commands = describe_escpos(_read_file(options.file))
    if options.json:
        print_json(commands)
    else:
        table = Table("offset", "length", "command", "meaning", "values", box=None)
        for command in commands:
            table.add_row(
                plain(command["offset"]),
                plain(command["length"]),
                plain(command["name"], "cyan"),
                plain(command["meaning"]),
                plain(_values(command)),
            )
        console().print(table)
    return 1 if any(command["name"] == "unknown" for command in commands) else 0


_DESCRIBED: dict[str, Callable[[bytes], list[Json]]] = {
    "nexo": describe_nexo,
    "opi": describe_opi,
    "caisse-ap": describe_caisse_ap,
}


def _show(messages: Sequence[Json], *, as_json: bool) -> int:
    if as_json:
        print_json(messages)
    else:
        for message in messages:
            _print_message(message, console())
    return 1 if any("error" in message for message in messages) else 0


def _read_hex(words: list[str]) -> bytes:
    text = sys.stdin.read() if words == ["-"] else "".join(words)
    digits = "".join(text.split()).replace(":", "").removeprefix("0x")
    try:
        return binascii.unhexlify(digits)
    except ValueError as error:
        raise EdgeError(f"This is not hexadecimal: {error}. Two digits make a byte.") from error


def _read_file(name: str) -> bytes:
    if name == "-":
        return sys.stdin.buffer.read()
    try:
        return pathlib.Path(name).read_bytes()
    except OSError as error:
        raise EdgeError(f"{name} cannot be read: {error.strerror}.") from error


def _print_message(message: Json, paper: Console) -> None:
    title = [str(message[key]) for key in ("control", "name") if key in message]
    size = message.get("length", message.get("rest"))
    paper.print(plain("  ".join([*title, f"{size} bytes"] if size else title), "bold cyan"))
    if "error" in message:
        paper.print(plain(f"  {message['error']}", "red"))
    table = Table(box=None, show_header=False)
    for depth, field in _flat(message.get("fields", [])):
        value = "" if isinstance(field["value"], list) else field["value"]
        names = [field[key] for key in ("number", "name") if key in field]
        table.add_row(plain(f"  {'  ' * depth}{names[0]}"), *map(plain, [*names[1:], value]))
    if table.rows:
        paper.print(table)


def _flat(fields: list[Json], depth: int = 0) -> Iterator[tuple[int, Json]]:
    """Fields and what is inside of them, with their depth."""
    for field in fields:
        yield depth, field
        if isinstance(field["value"], list):
            yield from _flat(field["value"], depth + 1)


def _values(command: Json) -> str:
    shown = ("offset", "length", "name", "meaning")
    return " ".join(
        f"{name}={msgspec.json.encode(value).decode()}"
        for name, value in command.items()
        if name not in shown
    )
