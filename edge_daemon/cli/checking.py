"""`edge-daemon check`."""

import argparse

from edge_daemon.cli.output import console, plain, print_json
from edge_daemon.config import load_configuration
from edge_daemon.errors import ConfigError


def check(options: argparse.Namespace) -> int:
    """Report every mistake; 1 when there is one."""
    mistakes: tuple[str, ...] = ()
    try:
        configuration = load_configuration(options.config)
    except ConfigError as error:
        mistakes = error.mistakes
    if options.json:
        print_json({"file": str(options.config), "sound": not mistakes, "mistakes": mistakes})
    elif mistakes:
        for mistake in mistakes:
            console(errors=True).print(plain(mistake))
        console(errors=True).print(plain(f"{options.config}: {_number(len(mistakes), 'mistake')}."))
    else:
        tills = _number(len(configuration.workstations), "workstation")
        devices = _number(len(configuration.devices), "device")
        console().print(plain(f"{options.config} is sound: {tills}, {devices}."))
    return 1 if mistakes else 0


def _number(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
