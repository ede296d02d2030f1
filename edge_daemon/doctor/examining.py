"""All checks of a box, in the order in which one mends."""

import pathlib
from collections.abc import Iterator

from edge_daemon.clock import SystemClock
from edge_daemon.config import Configuration, load_configuration
from edge_daemon.doctor.checks import Check, bad, good
from edge_daemon.doctor.devices import device_checks
from edge_daemon.doctor.machine import machine_checks
from edge_daemon.doctor.network import network_checks
from edge_daemon.errors import ConfigError
from edge_daemon.machine import ROOT

STATE_DIRECTORY = pathlib.Path("/var/lib/edge-daemon")
"""Where it is looked for while the configuration cannot say."""


def examine(path: pathlib.Path, root: pathlib.Path = ROOT) -> Iterator[Check]:
    """Look at everything that can be looked at; mistakes in the configuration end nothing.

    Args:
        path: The configuration.
        root: Where `/dev`, `/etc`, `/proc`, `/run` and `/sys` are.
    """
    try:
        configuration = load_configuration(path)
    except ConfigError as error:
        for mistake in error.mistakes:
            yield bad("configuration", mistake, f"Correct it in {path}.")
        yield from machine_checks(STATE_DIRECTORY, SystemClock().state(), root)
        return
    yield good("configuration", f"{path} is sound.")
    yield from _of(configuration, root)


def _of(configuration: Configuration, root: pathlib.Path) -> Iterator[Check]:
    clock = SystemClock(
        configuration.edge.time_zone,
        confirmation=configuration.state_directory / "clock-confirmed.json",
    )
    yield from machine_checks(configuration.state_directory, clock.state(), root)
    yield from device_checks(configuration.devices, root)
    yield from network_checks(configuration, clock)
