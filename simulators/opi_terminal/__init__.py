"""An OPI terminal with its two channels, a customer's hand and books of its own.

    async with OpiTerminal() as terminal:
        await terminal.hand("tap")

It listens on channel 0 and dials the till on channel 1, shows and prints there, and asks. What it
approved stands, whether or not the till heard of it. Its card numbers come unmasked, as in the one
sample that is known. What real terminals do beyond that is not public: it is simulated here as
its driver expects it, and proves no more than that both agree.

    terminal             the port, the state, the hands
    firmware, payment    what is done with each request
    till                 the till, as it is dialled on channel 1
    model, slips, faults    what it is, prints, and does wrong
"""

from pathlib import Path

from simulators.opi_terminal.faults import FAULTS
from simulators.opi_terminal.model import Model
from simulators.opi_terminal.terminal import OpiTerminal

__all__ = ["FAULTS", "Model", "OpiTerminal", "open_simulator"]

BY_NAME_ONLY = True
"""Another terminal stands on the counter already; this one is started when it is asked for."""


def open_simulator(name: str, directory: Path) -> OpiTerminal:
    """Return a terminal that keeps its books in `directory`."""
    return OpiTerminal(name, directory / "opi.sqlite")
