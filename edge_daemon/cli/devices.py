"""`edge-daemon devices`: what the running daemon says about its devices."""

import argparse
import http.client
from typing import Any

import msgspec
from rich.table import Table

from edge_daemon.cli.output import console, plain, print_json
from edge_daemon.clock import SystemClock, local_datetime
from edge_daemon.config import Configuration, load_configuration
from edge_daemon.errors import ConfigError, EdgeError

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
            plain(f"No daemon answers at {_address(configuration)}. The configured devices are:")
        )
        console().print(_table(_configured(configuration), configuration))
    else:
        console().print(_table(devices, configuration))
    return 1 if devices is None else 0


def _configured(configuration: Configuration) -> list[Json]:
    return [
        {"name": device.name, "family": device.family, "driver": device.driver}
        for device in configuration.devices
    ]


def _address(configuration: Configuration) -> str:
    host = configuration.api.host
    return f"http://{f'[{host}]' if ':' in host else host}:{configuration.api.port}"


def _ask(configuration: Configuration) -> list[Json] | None:
    """Ask the daemon, or return None where nobody listens.

    Raises:
        EdgeError: It listens, and gives no usable answer.
    """
    api = configuration.api
    connection = http.client.HTTPConnection(api.host, api.port, timeout=TIMEOUT)
    try:
        connection.connect()
    except OSError:
        return None
    try:
        headers = {"Authorization": f"Bearer {_token(configuration)}"}
        connection.request("GET", "/v1/devices", headers=headers)
        response = connection.getresponse()
        body = response.read()
    except (OSError, http.client.HTTPException) as error:
        raise EdgeError(f"{_address(configuration)} gives no usable answer: {error!r}") from error
    finally:
        connection.close()
    return _read_answer(response.status, body, _address(configuration))


def _token(configuration: Configuration) -> str:
    try:
        return configuration.api.read_token()
    except ConfigError as error:
        raise EdgeError(
            f"A daemon answers at {_address(configuration)}, and asking it needs the token. {error}"
        ) from error


def _read_answer(status: int, body: bytes, address: str) -> list[Json]:
    if status == http.HTTPStatus.UNAUTHORIZED:
        raise EdgeError(
            f"The daemon at {address} does not take this token. Was the configuration or the "
            "credential changed since its start? Then restart it."
        )
    try:
        devices: list[Json] = msgspec.json.decode(body)["devices"]
    except (msgspec.DecodeError, KeyError, TypeError) as error:
        raise EdgeError(f"{address} answers with status {status}, and not as a daemon.") from error
    return devices


def _table(devices: list[Json], configuration: Configuration) -> Table:
    table = Table("device", "family", "driver", "state", "since", "what to do", box=None)
    clock = SystemClock(configuration.edge.time_zone)
    for device in devices:
        state = device.get("state", "not known")
        since = ""
        if moment := device.get("since_us"):
            since = f"{local_datetime(moment, clock.utc_offset_min(moment)):%Y-%m-%d %H:%M:%S}"
        table.add_row(
            plain(device["name"]),
            plain(device["family"]),
            plain(device["driver"]),
            plain(state, _STYLES.get(state, "")),
            plain(since),
            plain(device.get("reason") or ""),
        )
    return table


_STYLES = {"online": "green", "offline": "red", "stuck": "bold red"}
