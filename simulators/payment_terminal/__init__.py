"""A payment terminal that speaks ZVT, with a customer's hand and books of its own.

    async with PaymentTerminal() as terminal:
        await terminal.hand("tap")

It refuses what the manual refuses: a till that speaks while the terminal is master gets no
answer, an unknown command 84 83, another currency 6F. `faults` break the link at every boundary
of a payment, disturb the wire, and send people to the terminal while the till's cable is out;
the model says what it does when its result was not acknowledged, since both ways exist in the
field.

    terminal                the port, the state, the hands
    cables, serial_port     TCP and serial, and what disturbs them
    session                 one till's connection
    firmware, commands      which till is served, and what is done at each command
    payment, results        one transaction, and how it is told
    outage                  what people do while the link is down
    ledger                  the books on disk
    customer, cards         who stands in front of it
    model, slips, faults    what is printed, and what goes wrong
    leaks                   card data where none may be
"""

from pathlib import Path

from simulators.payment_terminal.faults import FAULTS
from simulators.payment_terminal.ledger import Entry, Kind, Ledger, State
from simulators.payment_terminal.model import Model
from simulators.payment_terminal.terminal import PaymentTerminal

__all__ = [
    "FAULTS",
    "Entry",
    "Kind",
    "Ledger",
    "Model",
    "PaymentTerminal",
    "State",
    "open_simulator",
]


def open_simulator(name: str, directory: Path) -> PaymentTerminal:
    """Return a terminal that keeps its books in `directory`."""
    return PaymentTerminal(name, directory / f"{name}.sqlite")
