"""The ZVT terminal on a serial line instead of the network: its address is a pty.

    pos-simulators serial-payment-terminal

All else is as in `simulators.payment_terminal`, and the faults of a line work here alone.
"""

from pathlib import Path

from simulators.payment_terminal import PaymentTerminal

BY_NAME_ONLY = True
"""Another terminal stands on the counter already; this one is started when it is asked for."""


def open_simulator(name: str, directory: Path) -> PaymentTerminal:
    """Return a terminal that keeps its books and the address of its line in `directory`."""
    books = directory / f"{name}.sqlite"
    return PaymentTerminal(name, books, line="serial", directory=directory)
