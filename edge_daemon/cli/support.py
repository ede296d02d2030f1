"""`edge-daemon support-bundle`: one file for support, without secrets and card data."""

import argparse
import importlib.metadata
import json
import pathlib
import platform
import shutil
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Iterator

import msgspec

from edge_daemon.cli.asking import ask
from edge_daemon.cli.doctor import all_checks, as_json
from edge_daemon.cli.journal_access import opened
from edge_daemon.cli.output import console, plain, print_json
from edge_daemon.cli.scrubbing import Scrubber, secrets_of
from edge_daemon.clock import SystemClock, local_datetime
from edge_daemon.config import Configuration, load_configuration
from edge_daemon.errors import EdgeError
from edge_daemon.journal.statistics import read_statistics

UNIT_LINES = 2000
JOURNALCTL_SECONDS = 20
ASKED = {
    "health.json": "/v1/health",
    "devices.json": "/v1/devices",
    "payments.json": "/v1/payments",
    "logs.json": "/v1/logs?limit=500",
    "metrics.txt": "/metrics",
}
"""What the running daemon tells."""

Part = tuple[str, str]
"""A file's name and its text."""


def bundle(options: argparse.Namespace) -> int:
    """Write the file.

    Raises:
        EdgeError: It cannot be written, or is there already.
    """
    path: pathlib.Path = options.output or _name()
    configuration = _configuration(options.config)
    directory = configuration.state_directory if configuration else None
    scrubber = Scrubber(secrets_of(options.config, directory))
    try:
        with zipfile.ZipFile(path, "x", zipfile.ZIP_DEFLATED) as file:
            for name, text in _parts(options.config, configuration, scrubber):
                file.writestr(name, text)
            names = file.namelist()
    except OSError as error:
        raise EdgeError(f"{path} cannot be written: {error.strerror}.") from error
    if options.json:
        print_json({"file": str(path), "parts": names})
    else:
        console().print(plain(f"{path}: {', '.join(names)}"))
        console().print(plain("Secrets and card data were taken out. Look into it before you send"))
        console().print(plain("it: names of the shop, its devices and addresses are in there."))
    return 0


def _parts(
    path: pathlib.Path, configuration: Configuration | None, scrubber: Scrubber
) -> Iterator[Part]:
    try:
        yield "edge-daemon.toml", scrubber.clean_toml(path.read_text("utf-8", errors="replace"))
    except OSError as error:
        yield "edge-daemon.toml", f"# It cannot be read: {error.strerror}\n"
    yield "versions.json", json.dumps(_versions(), indent=1)
    yield "doctor.json", scrubber.clean_json(as_json(all_checks(path)))
    if configuration is not None:
        for name, address in ASKED.items():
            clean = scrubber.clean_json if name.endswith(".json") else scrubber.clean
            yield name, clean(_asked(configuration, address))
        yield "journal.json", _statistics(configuration)
    lines = _unit_lines()
    if lines:
        yield "unit.log", scrubber.clean(lines)


def _configuration(path: pathlib.Path) -> Configuration | None:
    """The configuration; None while it has mistakes, which the doctor tells."""
    try:
        return load_configuration(path)
    except EdgeError:
        return None


def _asked(configuration: Configuration, address: str) -> str:
    try:
        answer = ask(configuration, "GET", address, raw=True)
    except EdgeError as error:
        return json.dumps({"problem": str(error)})
    return str(answer)


def _statistics(configuration: Configuration) -> str:
    path = configuration.journal_path
    try:
        with opened(path) as connection:
            found = msgspec.json.encode(read_statistics(connection, path))
    except (EdgeError, OSError, sqlite3.Error) as error:
        return json.dumps({"problem": str(error)})
    return msgspec.json.format(found, indent=1).decode()


def _versions() -> dict[str, object]:
    return {
        "pos-edge": importlib.metadata.version("pos-edge"),
        "python": sys.version,
        "sqlite": sqlite3.sqlite_version,
        "system": platform.platform(),
        "machine": platform.machine(),
        "packages": {
            each.name: each.version
            for each in sorted(importlib.metadata.distributions(), key=lambda each: each.name)
        },
    }


def _unit_lines() -> str:
    """What the service manager's journal has of us; empty where there is none."""
    program = shutil.which("journalctl")
    if program is None:
        return ""
    command = [program, "--unit=edge-daemon", f"--lines={UNIT_LINES}", "--no-pager", "--quiet"]
    try:
        ended = subprocess.run(  # noqa: S603 - a fixed command
            [*command, "--output=short-iso"],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=JOURNALCTL_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return ended.stdout


def _name() -> pathlib.Path:
    clock = SystemClock()
    now = clock.now_us()
    return pathlib.Path(
        f"support-{local_datetime(now, clock.utc_offset_min(now)):%Y%m%d-%H%M%S}.zip"
    )
