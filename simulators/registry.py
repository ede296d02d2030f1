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
_BY_NAME_ONLY = re.compile(r"^BY_NAME_ONLY = True$", re.MULTILINE)
"""How a module says that it is started only when it is asked for."""


class MissingPackageError(ImportError):
    """Raised when a simulator needs a package that is not installed; the message says which."""


def families() -> tuple[str, ...]:
    """The family of every simulator, or its own name where another one stands for its family."""
    return tuple(sorted(_sources()))


def started_by_default() -> tuple[str, ...]:
    """The simulators of a whole counter: one for each family."""
    return tuple(sorted(name for name, text in _sources().items() if not _by_name_only(text)))


def create(family: str, directory: Path) -> Simulator:
    """Make one simulator, named after the last word of its family (`pos_printer`: `printer`).

    One that is started only by its name is named by all of it.

    Args:
        family: With `_` or `-` between its words.
        directory: For the simulators' files; a folder of its own is made in there.

    Raises:
        UnknownNameError: There is no such simulator.
        MissingPackageError: The extra `simulators` is not installed.
    """
    known = _sources()
    wanted = family.replace("-", "_")
    if wanted not in known:
        raise UnknownNameError(unknown("simulator", family, known))
    name = wanted if _by_name_only(known[wanted]) else wanted.rpartition("_")[2]
    opener = _opener(wanted)
    own = directory / name
    own.mkdir(parents=True, exist_ok=True)
    return opener(name, own)


def _sources() -> dict[str, str]:
    """Return the source of every module that defines a simulator, by its name."""
    folder = Path(simulators.__path__[0])
    files = {path.stem: path for path in folder.glob("*.py")}
    files |= {path.parent.name: path for path in folder.glob("*/__init__.py")}
    sources = {name: path.read_text("utf-8") for name, path in files.items()}
    return {name: text for name, text in sources.items() if _DEFINITION.search(text)}


def _by_name_only(source: str) -> bool:
    return _BY_NAME_ONLY.search(source) is not None


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
