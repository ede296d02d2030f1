"""A weight, as the tills of Odoo and of the OCA want it: kilograms, as a number."""

from typing import Any

from drivers.errors import DeviceError
from drivers.scale import AT_REST, Weighing, WeightStatus
from edge_daemon.devices import Devices

KILOGRAMS_OF_A_POUND = 0.453_592_37
"""Exactly, by definition."""


def kilograms(weighing: Weighing) -> float:
    """The weight; 0.0 while there is none: these tills reckon with whatever number they get."""
    if weighing.weight_milli is None:
        return 0.0
    factor = 1.0 if weighing.unit == "kg" else KILOGRAMS_OF_A_POUND
    return round(weighing.weight_milli / 1000 * factor, 3)


def read_scale(devices: Devices, scale: str) -> dict[str, Any] | None:
    """The answer to `scale_read`: Odoo's key and pywebdriver's; None while there is no scale.

    From memory: the scale is asked five times a second anyway.
    """
    try:
        weighing = devices.scale(scale).weighing
    except DeviceError:
        return None
    info: str | list[str] = "ok"
    if weighing.status not in AT_REST:
        info = ["moving" if weighing.status is WeightStatus.UNSTABLE else "error"]
    return {"weight": kilograms(weighing), "unit": "kg", "info": info}
