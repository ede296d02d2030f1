"""The sets that follow from the entries; all others are kept as lists."""

from central_office.downstream.stock import STOCK_SET

LEDGER_SETS = {kind.name: kind for kind in (STOCK_SET,)}
"""By name."""
