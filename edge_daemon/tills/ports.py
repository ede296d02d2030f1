"""What the till asks of the sales: which of them have not ended."""

import sqlite3
from collections.abc import Callable, Sequence
from typing import NamedTuple


class OpenSale(NamedTuple):
    """A sale that has not ended: `state` is `awaiting_tender`, `running` or `suspended`."""

    transaction_id: str
    state: str


OpenSales = Callable[[sqlite3.Connection, Sequence[str]], Sequence[OpenSale]]
"""The sales of these workstations that have not ended; asked inside a transaction."""
