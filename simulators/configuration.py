"""The TOML that points a daemon at simulators."""

import tomllib
from collections.abc import Iterable

from simulators.control import Simulator

WORKSTATION = "till-1"
WORKSTATION_DEVICES = (
    "pos_printer",
    "cash_drawer",
    "payment_terminal",
    "scanner",
    "scale",
    "line_display",
    "card_reader",
)
"""The devices that a `[[workstation]]` table names."""


def configuration(simulators: Iterable[Simulator]) -> str:
    """The TOML that points a daemon at the simulators: their tables, and a till that has them."""
    tables = [simulator.toml().strip() for simulator in simulators]
    devices = tomllib.loads("\n\n".join(tables))
    workstation = [f'[[workstation]]\nname = "{WORKSTATION}"']
    workstation += [
        f'{family} = "{devices[family][0]["name"]}"'
        for family in WORKSTATION_DEVICES
        if family in devices
    ]
    return "\n\n".join([*tables, "\n".join(workstation)]) + "\n"
