"""What people do at the terminal while the till's cable is out.

It happens when the till's own transaction has come to its end, and before anybody can ask what
became of it.
"""

from collections.abc import Callable
from typing import Protocol

from simulators.control import Faults
from simulators.payment_terminal.ledger import Entry, Ledger, State
from simulators.payment_terminal.payment import WRONG_AMOUNT, Payment, Terminal, keyed_by_hand

OTHER_TERMINAL = "52500999"

_KEYED = {
    "keyed_equal": (0, False),
    "keyed_other": (WRONG_AMOUNT, False),
    "keyed_equal_instead": (0, True),
    "keyed_other_instead": (WRONG_AMOUNT, True),
}
"""Fault: minor units more than the till's own payment, and whether that one is cancelled."""


class Counter(Terminal, Protocol):
    """A terminal that somebody stands before."""

    def close_day(self) -> list[Entry]:
        """Press the end of day."""
        ...


def after_outage(terminal: Counter, payment: Payment) -> None:
    """Do what the faults say."""
    faults: Faults = terminal.faults
    for fault, (more, instead) in _KEYED.items():
        if faults.take(fault):
            if instead:
                _cancel(terminal.ledger, payment)
            keyed_by_hand(terminal, payment.order.amount + more)
    _strike(faults, "end_of_day_while_down", terminal.close_day)
    if faults.take("swapped_while_down"):
        terminal.ledger.terminal_id = OTHER_TERMINAL


def _strike(faults: Faults, name: str, act: Callable[[], object]) -> None:
    if faults.take(name):
        act()


def _cancel(ledger: Ledger, payment: Payment) -> None:
    """Take the till's own payment back, unless the till has seen it to its end."""
    entry, last = payment.entry, ledger.last()
    if entry is None or payment.finished or last is None or last.id != entry.id:
        return
    if last.state is State.BOOKED:
        ledger.take_back_last()
