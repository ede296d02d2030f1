"""From entries to projections: the one place where it happens.

A fold is a pure function of one entry. Folds run in the order of arrival, inside the transaction
that stores the entry, and a rebuild runs them again in the same order: so it gives equal tables.
Training counts nowhere.
"""

from typing import NamedTuple

from central_office.lines import Line
from edge_daemon.records import decode_entry
from edge_daemon.records.payloads import RetailTransaction, TransactionStatus, TransactionType


class SalesRow(NamedTuple):
    """What one entry adds to the totals of a store, business day and currency (minor units)."""

    organization: str
    store: str
    business_day_date: str
    currency: str
    sales: int
    gross: int


_COUNTS = {TransactionStatus.COMPLETED: 1, TransactionStatus.POST_VOIDED: -1}
"""A post-void is the reversal of a finished transaction, all of its amounts negated."""
_SALES = {TransactionType.SALE, TransactionType.RETURN, TransactionType.EXCHANGE}


def fold_sales(line: Line) -> SalesRow | None:
    """What `line` adds to the sales totals, or None.

    Raises:
        RecordError: The payload is not what its type says.
    """
    if line.entry_type != RetailTransaction.__name__:
        return None
    entry = decode_entry(line.data)
    sale = entry.payload
    if entry.training or not isinstance(sale, RetailTransaction):
        return None
    count = _COUNTS.get(sale.status, 0) if sale.transaction_type in _SALES else 0
    if not count:
        return None
    return SalesRow(
        line.organization,
        line.store,
        entry.business_day_date,
        sale.currency,
        count,
        sale.totals.gross,
    )
