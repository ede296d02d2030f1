"""What every simulator has in common: state, faults, a hand.

Each simulator is an asynchronous context manager that serves its device while it is entered:

    async with PosPrinter() as printer:
        printer.faults.switch("paper_out", on=True)
        await printer.hand("replace_paper")

`faults` are named switches of the device's inner life, set while it runs. A `hand` is what a
person does at the counter: tap a card, open the cover, scan a code. `toml()` is the table that
points the daemon at it.

The folder is the registry, as for drivers: a module `simulators/<family>.py`, or a package's
`simulators/<family>/__init__.py`, that defines

    def open_simulator(name: str, directory: Path) -> Simulator: ...

is started by `pos-simulators` and controlled over HTTP. `directory` is where it keeps its files
(ledger, paper, symlinks); it exists. Nothing else names a simulator: to add one, copy the
smallest, `simulators/scanner.py`.

`state()` is all that a person sees of it: `pos-simulators` tells what happens by what changes in
there.
"""

import difflib
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Protocol, Self

Json = dict[str, Any]
"""A JSON object."""


class UnknownNameError(LookupError):
    """Raised when a fault or an action does not exist; the message lists what does."""


class Faults:
    """Named switches. A fault that is off does nothing; what one does is told by its text."""

    def __init__(self, descriptions: Mapping[str, str]) -> None:
        self.descriptions = dict(descriptions)
        self._on: set[str] = set()
        self._listeners: list[Callable[[str, bool], None]] = []

    def __contains__(self, name: str) -> bool:
        """True when the fault is switched on."""
        return name in self._on

    def switch(self, name: str, *, on: bool) -> None:
        """Switch a fault on or off and tell the simulator at once.

        Raises:
            UnknownNameError: There is no such fault.
        """
        if name not in self.descriptions:
            raise UnknownNameError(unknown("fault", name, self.descriptions))
        if on == (name in self._on):
            return
        (self._on.add if on else self._on.discard)(name)
        for listener in self._listeners:
            listener(name, on)

    def take(self, name: str) -> bool:
        """True once: switch a fault off that strikes a single time."""
        if name not in self._on:
            return False
        self.switch(name, on=False)
        return True

    def on_switch(self, listener: Callable[[str, bool], None]) -> None:
        """Call `listener(name, on)` after every switch."""
        self._listeners.append(listener)

    def state(self) -> dict[str, bool]:
        """Every fault and whether it is on."""
        return {name: name in self._on for name in self.descriptions}


class Simulator(Protocol):
    """One simulated device."""

    name: str
    """The device's name in the TOML."""
    family: str
    """The family's folder name, such as `pos_printer`."""
    faults: Faults

    async def __aenter__(self) -> Self:
        """Start serving."""
        ...

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop serving and let go of ports, ptys and files."""
        ...

    def toml(self) -> str:
        """The configuration table that points the daemon here."""
        ...

    def state(self) -> Json:
        """What a person would see, as JSON values. Never card data."""
        ...

    @property
    def actions(self) -> Mapping[str, str]:
        """What a hand can do here: name and one sentence, arguments named in it."""
        ...

    async def hand(self, action: str, **arguments: Any) -> None:  # noqa: ANN401 - JSON values
        """Do what a person at the counter does.

        Raises:
            UnknownNameError: There is no such action.
            ValueError: An argument is missing or out of range.
        """
        ...


def unknown(kind: str, name: str, known: Mapping[str, object]) -> str:
    """Say that there is no such `kind`, what was probably meant, and what exists."""
    near = difflib.get_close_matches(name, known, n=1)
    guess = f" Did you mean {near[0]}?" if near else ""
    return f"There is no {kind} {name!r}.{guess} Known: {', '.join(sorted(known))}."
