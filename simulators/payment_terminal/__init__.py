"""A payment terminal that speaks ZVT over TCP, with a customer's hand and books of its own.

    async with PaymentTerminal() as terminal:
        await terminal.hand("tap")

It refuses what the manual refuses: a till that speaks while the terminal is master gets no
answer, an unknown command 84 83, another currency 6F. `faults` break the link at every boundary
of a payment; the model says what it does when its result was not acknowledged,
since both ways exist in the field.

    terminal           the port, the state, the hands
    session            one till's connection
    firmware, payment  what is done at each command
    ledger             the books on disk
    customer, cards    who stands in front of it
    model, slips, faults   what is printed, and what goes wrong
"""

from pathlib import Path

from simulators.payment_terminal.faults import FAULTS
from simulators.payment_terminal.ledger import Entry, Ledger, State
from simulators.payment_terminal.model import Model
from simulators.payment_terminal.terminal import PaymentTerminal

__all__ = [
    "FAULTS",
    "Entry",
    "Ledger",
    "Model",
    "PaymentTerminal",
    "State",
    "open_simulator",
]


def open_simulator(name: str, directory: Path) -> PaymentTerminal:
    """Return a terminal that keeps its books in `directory`."""
    return PaymentTerminal(name, directory / f"{name}.sqlite")
