"""A Caisse-AP terminal over IP, with a customer's hand and books of its own.

    async with CaisseApTerminal() as terminal:
        await terminal.hand("tap")

What it did stands, whether or not the till heard of it, and nobody can ask it. What is not in the
recorded exchange is simulated as the source's server does it, or by choice: a second till is told
that this is forbidden.
"""

from pathlib import Path

from simulators.caisse_ap_terminal.faults import FAULTS
from simulators.caisse_ap_terminal.terminal import CaisseApTerminal

__all__ = ["FAULTS", "CaisseApTerminal", "open_simulator"]

BY_NAME_ONLY = True
"""Another terminal stands on the counter already; this one is started when it is asked for."""


def open_simulator(name: str, directory: Path) -> CaisseApTerminal:
    """Return a terminal that keeps its books in `directory`."""
    return CaisseApTerminal(name, directory / "caisse_ap.sqlite")
