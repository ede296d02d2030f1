"""Which simulators there are: the modules beside this one that define `open_simulator`.

Their source is looked into, and only the wanted ones are imported: a broker or a test plug-in in
this folder brings packages along that nobody asked for.
"""

import importlib
import re
from collections.abc import Callable
from pathlib import Path

import simulators
from simulators.control import Simulator, UnknownNameError, unknown

_DEFINITION = re.compile(r"^def open_simulator\(", re.MULTILINE)


class MissingPackageError(ImportError):
    """Raised when a simulator needs a package that is not installed; the message says which."""


def families() -> tuple[str, ...]:
    """The family of every simulator."""
    folder = Path(simulators.__path__[0])
    files = {path.stem: path for path in folder.glob("*.py")}
    files |= {path.parent.name: path for path in folder.glob("*/__init__.py")}
    return tuple(sorted(name for name, path in files.items() if _defines_a_simulator(path)))


def create(family: str, directory: Path) -> Simulator:
    """Make one simulator, named after the last word of its family (`pos_printer`: `printer`).

    Args:
        family: With `_` or `-` between its words.
        directory: For the simulators' files; a folder of its own is made in there.

    Raises:
        UnknownNameError: There is no such simulator.
        MissingPackageError: The extra `simulators` is not installed.
    """
    known = families()
    wanted = family.replace("-", "_")
    if wanted not in known:
        raise UnknownNameError(unknown("simulator", family, dict.fromkeys(known)))
    name = wanted.rpartition("_")[2]
    opener = _opener(wanted)
    own = directory / name
    own.mkdir(parents=True, exist_ok=True)
    return opener(name, own)


def _defines_a_simulator(file: Path) -> bool:
    return _DEFINITION.search(file.read_text("utf-8")) is not None


def _opener(family: str) -> Callable[[str, Path], Simulator]:
    try:
        module = importlib.import_module(f"simulators.{family}")
    except ModuleNotFoundError as error:
        raise MissingPackageError(
            f"The simulator {family} needs the package {error.name}: "
            "pip install 'pos-edge[simulators]'"
        ) from error
    opener: Callable[[str, Path], Simulator] = module.open_simulator
    return opener
