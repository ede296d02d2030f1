"""What of a transaction is turnover: the one rule for the perpetual totals, at edge and office.

A deposit, a gift card, a tip and a donation are money that somebody else is owed. What a line
gives back counts as a return, by a return line and by the reversal of a sale alike.

Source: the record set, X and Z figures; EU 2016/1065 for multi-purpose vouchers.
"""

from collections.abc import Iterable
from typing import NamedTuple, Protocol

from edge_daemon.records.payloads import TransactionStatus

TURNOVER_LINES = frozenset({"Sale", "Return", "Fee"})
"""The types of line that are turnover."""
FINISHED = frozenset({TransactionStatus.COMPLETED, TransactionStatus.POST_VOIDED})
"""A post-void is the reversal of a finished transaction, all of its amounts negated."""


class TurnoverLine(Protocol):
    """What is looked at in a line."""

    @property
    def line_type(self) -> str:
        """As in the record."""
        ...

    @property
    def voided(self) -> bool:
        """Taken off before payment."""
        ...

    @property
    def extended_amount(self) -> int:
        """Minor units, signed."""
        ...


class Turnover(NamedTuple):
    """What a transaction adds to the perpetual totals, in minor units; both are positive."""

    sales: int
    returns: int

    @property
    def net(self) -> int:
        """Sales less returns."""
        return self.sales - self.returns


def turnover_of(lines: Iterable[TurnoverLine]) -> Turnover:
    """Add up the lines of a finished transaction."""
    amounts = [
        line.extended_amount
        for line in lines
        if not line.voided and line.line_type in TURNOVER_LINES
    ]
    sales = sum(amount for amount in amounts if amount > 0)
    return Turnover(sales, sales - sum(amounts))
