"""The receipt printer on a serial line instead of the network: its address is a pty.

    pos-simulators serial-printer

All else is as in `simulators.pos_printer`.
"""

from functools import partial
from pathlib import Path

from simulators.pos_printer import Model, PosPrinter, SerialLink

BY_NAME_ONLY = True
"""Another printer stands on the counter already; this one is started when it is asked for."""


def open_simulator(name: str, directory: Path) -> PosPrinter:
    """Return a printer that keeps its paper and the address of its line in `directory`."""
    link = partial(SerialLink, name=f"{name}.tty", directory=directory)
    model = Model(drawer_name=f"{name}_drawer")
    return PosPrinter(name, model=model, link=link, paper_directory=directory)
