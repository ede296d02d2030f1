"""From `driver = "…"` to a module: the folder is the registry.

A driver is a module or package in `drivers/<family>/` with the public names `Settings` and
`open_device`. Only the drivers that are configured are imported; the others' device libraries
need not even be installed.
"""

import ast
import importlib
import importlib.util
import pathlib
import pkgutil
from types import ModuleType

from edge_daemon.config.wording import nearest

PUBLIC_NAMES = {"Settings", "open_device"}


class DriverNotUsableError(LookupError):
    """Raised when a driver does not exist or cannot be imported; the message says what to do."""


def import_driver(family: str, driver: str) -> ModuleType:
    """Import `drivers/<family>/<driver>`.

    Raises:
        DriverNotUsableError: There is no such driver, or a library that it needs is missing.
    """
    try:
        module = _import(family, driver)
    except ImportError as error:
        raise DriverNotUsableError(
            f'the {family} driver "{driver}" needs a library that is not installed: {error}.'
        ) from error
    if module is None or not vars(module).keys() >= PUBLIC_NAMES:
        known = known_drivers(family)
        listed = ", ".join(f'"{name}"' for name in known) or "none"
        raise DriverNotUsableError(
            f'there is no {family} driver "{driver}".{nearest(driver, known)} Known: {listed}.'
        )
    return module


def _import(family: str, driver: str) -> ModuleType | None:
    family_package = f"drivers.{family}"
    if not driver.isidentifier() or importlib.util.find_spec(family_package) is None:
        return None
    name = f"{family_package}.{driver}"
    return None if importlib.util.find_spec(name) is None else importlib.import_module(name)


def known_drivers(family: str) -> list[str]:
    """The drivers in the family's folder, found by reading their source, not by importing it."""
    try:
        package = importlib.import_module(f"drivers.{family}")
    except ModuleNotFoundError:
        return []
    return sorted(
        module.name
        for module in pkgutil.iter_modules(package.__path__)
        if _public_names(module) >= PUBLIC_NAMES
    )


def _public_names(module: pkgutil.ModuleInfo) -> set[str]:
    """What a module defines or imports at its top level."""
    spec = module.module_finder.find_spec(module.name, None)
    if spec is None or spec.origin is None:
        return set()
    names = set()
    for statement in ast.parse(pathlib.Path(spec.origin).read_bytes()).body:
        match statement:
            case ast.ClassDef(name=name) | ast.AsyncFunctionDef(name=name):
                names.add(name)
            case ast.ImportFrom(names=imported):
                names.update(alias.asname or alias.name for alias in imported)
    return names
