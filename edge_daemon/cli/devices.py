"""`edge-daemon devices`: what the running daemon says about its devices."""

import argparse
from typing import Any

import msgspec
from rich.table import Table

from edge_daemon.cli.asking import address, asked
from edge_daemon.cli.output import console, plain, print_json
from edge_daemon.clock import SystemClock, local_datetime
from edge_daemon.config import Configuration, load_configuration
from edge_daemon.errors import EdgeError

TIMEOUT = 5.0
"""Seconds for the daemon's answer, which asks no device."""

Json = dict[str, Any]


def show(options: argparse.Namespace) -> int:
    """Show the devices; 1 when no daemon runs.

    Raises:
        EdgeError: The configuration is wrong, or the daemon gives no usable answer.
    """
    configuration = load_configuration(options.config)
    devices = _ask(configuration)
    if options.json:
        listed = _configured(configuration) if devices is None else devices
        print_json({"running": devices is not None, "devices": listed})
    elif devices is None:
        console(errors=True).print(
            plain(f"No daemon answers at {address(configuration)}. The configured devices are:")
        )
        console().print(table(_configured(configuration), configuration))
    else:
        console().print(table(devices, configuration))
    return 1 if devices is None else 0


def _configured(configuration: Configuration) -> list[Json]:
    return [
        {"name": device.name, "family": device.family, "driver": device.driver}
        for device in configuration.devices
    ]


def _ask(configuration: Configuration) -> list[Json] | None:
    """Ask the daemon, or return None where nobody listens.

    Raises:
        EdgeError: It listens, and gives no usable answer.
    """
    with asked(configuration, "GET", "/v1/devices", timeout=TIMEOUT) as response:
        if response is None:
            return None
        try:
            devices: list[Json] = msgspec.json.decode(response.read())["devices"]
        except (msgspec.DecodeError, KeyError, TypeError) as error:
            place, status = address(configuration), response.status
            raise EdgeError(
                f"{place} answers with status {status}, and not as a daemon."
            ) from error
    return devices


def table(devices: list[Json], configuration: Configuration) -> Table:
    """The devices for people."""
    shown = Table("device", "family", "driver", "state", "since", "what to do", box=None)
    clock = SystemClock(configuration.edge.time_zone)
    for device in devices:
        state = device.get("state", "not known")
        since = ""
        if moment := device.get("since_us"):
            since = f"{local_datetime(moment, clock.utc_offset_min(moment)):%Y-%m-%d %H:%M:%S}"
        shown.add_row(
            plain(device["name"]),
            plain(device["family"]),
            plain(device["driver"]),
            plain(state, _STYLES.get(state, "")),
            plain(since),
            plain(device.get("reason") or ""),
        )
    return shown


_STYLES = {"online": "green", "offline": "red", "stuck": "bold red"}
