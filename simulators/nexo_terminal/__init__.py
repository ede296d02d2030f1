"""A nexo terminal in Adyen's dialect, with a customer's hand and books of its own.

    async with NexoTerminal() as terminal:
        await terminal.hand("tap")

It speaks HTTPS on loopback, with a certificate under a root of its own; `Model(cloud=True)` stands
behind the cloud's end points instead. The till may go away: the customer goes on, and what became
of each message is in the books.

    terminal               the port, the state, the hands
    door, certificates     HTTP over TLS
    serving, mischief      one request, and what can go wrong with its answer
    firmware, payment, services   what is done with each message
    telling                what it tells the till unasked
    books                  what was asked, done and answered, on disk
    model, answers, faults what it is, what it says
"""

from pathlib import Path

from simulators.nexo_terminal.books import Books, Entry
from simulators.nexo_terminal.faults import FAULTS
from simulators.nexo_terminal.model import Model
from simulators.nexo_terminal.terminal import NexoTerminal

__all__ = ["FAULTS", "Books", "Entry", "Model", "NexoTerminal", "open_simulator"]

BY_NAME_ONLY = True
"""Another terminal stands on the counter already; this one is started when it is asked for."""


def open_simulator(name: str, directory: Path) -> NexoTerminal:
    """Return a terminal that keeps its books and certificates in `directory`."""
    return NexoTerminal(name, directory)
