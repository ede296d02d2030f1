"""Devices that need other devices: a drawer on a printer's port names its printer.

A field of a driver's `Settings` says so by its type: `PosPrinterName` and its like carry the
family of the device that they name (`drivers.settings`).
"""

import graphlib
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec
from msgspec import inspect

from drivers.settings import DeviceSettings


class Reference(NamedTuple):
    """One field of a device's settings that names another device."""

    key: str
    family: str
    name: str


def references(settings: DeviceSettings) -> list[Reference]:
    """The devices that these settings name."""
    found = []
    for field in msgspec.structs.fields(type(settings)):
        family = _family(inspect.type_info(field.type))
        name = getattr(settings, field.name)
        if family is not None and name is not None:
            found.append(Reference(field.encode_name, family, name))
    return found


def _family(node: inspect.Type) -> str | None:
    match node:
        case inspect.Metadata(extra=dict(extra)) if "family" in extra:
            return str(extra["family"])
        case inspect.Metadata(type=inner):
            return _family(inner)
        case inspect.UnionType(types=types):
            return next(filter(None, map(_family, types)), None)
        case _:
            return None


def opening_order(needs: Mapping[str, Iterable[str]]) -> list[str]:
    """Sort device names so that each comes after those that it needs.

    Raises:
        graphlib.CycleError: They need each other; `args[1]` is the circle.
    """
    return list(graphlib.TopologicalSorter(needs).static_order())
