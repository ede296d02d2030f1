"""The simulated devices on the shop's counter."""

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from simulators.control import Simulator
from simulators.payment_terminal import PaymentTerminal
from simulators.pos_printer import PosPrinter
from simulators.registry import MissingPackageError, create, started_by_default
from simulators.scanner import Scanner

_ALWAYS = ("payment_terminal", "pos_printer", "scanner")


@dataclass(frozen=True)
class Devices:
    """What stands on the counter.

    Attributes:
        more: One of each other kind, where there are any.
    """

    printer: PosPrinter
    scanner: Scanner
    terminal: PaymentTerminal
    more: tuple[Simulator, ...] = ()

    @property
    def all(self) -> tuple[Simulator, ...]:
        """Each of them."""
        return self.printer, self.scanner, self.terminal, *self.more

    @property
    def by_name(self) -> dict[str, Simulator]:
        """Each of them, as the control API names it."""
        return {device.name: device for device in self.all}


def other_kinds() -> tuple[str, ...]:
    """One of each kind that there is, beside printer, scanner and terminal."""
    return tuple(each for each in started_by_default() if each not in _ALWAYS)


async def placed(
    stack: contextlib.AsyncExitStack,
    directory: Path,
    *,
    keep_paper: bool,
    more: Sequence[str] = (),
    say: Callable[[str], None],
) -> Devices:
    """Put the devices on the counter, until `stack` is closed.

    Args:
        stack: Closes them.
        directory: For their files; it exists.
        keep_paper: Write the receipts, as text and pictures, into its folder `paper`.
        more: Simulators beside printer, scanner and terminal, by their names in the registry.
        say: Is told what cannot be started on this machine, and why; it is left out.
    """
    printer = PosPrinter(paper_directory=directory / "paper" if keep_paper else None)
    scanner = Scanner(directory=directory)
    terminal = PaymentTerminal(ledger=directory / "terminal.sqlite")
    for device in (printer, scanner, terminal):
        await stack.enter_async_context(device)
    others = []
    for family in more:
        try:
            others.append(await stack.enter_async_context(create(family, directory)))
        except (MissingPackageError, OSError) as error:
            say(f"Left out: {family.replace('_', ' ')}. {error}")
    return Devices(printer, scanner, terminal, tuple(others))
