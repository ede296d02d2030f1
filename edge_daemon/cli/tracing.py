"""`edge-daemon trace`: what goes over a device's wire, in a file for support."""

import argparse
import http.client
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import msgspec

from drivers.payment_terminal import TracedMessage
from edge_daemon.cli.asking import address, asked
from edge_daemon.cli.output import console, plain
from edge_daemon.clock import SystemClock, local_datetime
from edge_daemon.config import Configuration, load_configuration
from edge_daemon.errors import EdgeError

FAMILY = "payment_terminal"
GRACE = 10.0
"""Seconds more than was asked for, until a daemon that says nothing counts as gone."""


def payment_terminal(options: argparse.Namespace) -> int:
    """Record a terminal's messages into a file; 1 when no daemon runs.

    Raises:
        EdgeError: There is no such terminal, no usable answer, or the file cannot be written.
    """
    configuration = load_configuration(options.config)
    name = _terminal(configuration, options.name)
    path = options.output or _file(configuration, name)
    query = f"/v1/terminals/{urllib.parse.quote(name, safe='')}/trace?seconds={options.seconds}"
    with asked(configuration, "POST", query, timeout=options.seconds + GRACE) as answer:
        if answer is None:
            raise EdgeError(f"No daemon answers at {address(configuration)}. Start it, then trace.")
        _require_capture(answer)
        with _new(path) as file:
            console(errors=True).print(plain(f"{name} is recorded in {path}. Make the payment."))
            count = _record(_lines(answer), file)
    console(errors=True).print(plain(f"{count} messages are in {path}."))
    return 0


def _terminal(configuration: Configuration, name: str | None) -> str:
    names = [each.name for each in configuration.devices if each.family == FAMILY]
    if name in names:
        return name
    if name is None and len(names) == 1:
        return names[0]
    listed = ", ".join(names) or "none"
    asked_for = "Say which payment terminal" if name is None else f'There is no terminal "{name}"'
    raise EdgeError(f"{asked_for}; configured: {listed}.")


def _file(configuration: Configuration, name: str) -> Path:
    clock = SystemClock(configuration.edge.time_zone)
    moment = clock.now_us()
    now = local_datetime(moment, clock.utc_offset_min(moment))
    return Path(f"trace-{name}-{now:%Y%m%d-%H%M%S}.jsonl")


def _new(path: Path) -> IO[bytes]:
    try:
        return path.open("xb", buffering=0)
    except OSError as error:
        raise EdgeError(f"{path} cannot be written: {error.strerror}. See --output.") from error


def _require_capture(answer: http.client.HTTPResponse) -> None:
    if answer.status == http.HTTPStatus.OK:
        return
    try:
        said = msgspec.json.decode(answer.read())["error"]["message"]
    except (msgspec.DecodeError, KeyError, TypeError):
        said = f"it answers with status {answer.status}."
    raise EdgeError(f"The daemon does not trace: {said}")


def _lines(answer: http.client.HTTPResponse) -> Iterator[bytes]:
    while line := answer.readline():
        if line.strip():
            yield line


def _record(lines: Iterator[bytes], file: IO[bytes]) -> int:
    """Write what comes at once, tell its names, and return how many there were."""
    count = 0
    screen = console(errors=True)
    try:
        for line in lines:
            _write(file, line)
            count += 1
            message = msgspec.json.decode(line, type=TracedMessage)
            screen.print(plain(f"{message.at:9.3f} s  {message.sender:8}  {message.name}"))
    except KeyboardInterrupt:
        pass
    return count


def _write(file: IO[bytes], line: bytes) -> None:
    try:
        file.write(line)
    except OSError as error:
        raise EdgeError(f"{file.name} cannot be written: {error.strerror}.") from error
