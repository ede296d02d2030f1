"""The sets that follow from the entries; all others are kept as lists."""

from central_office.downstream.gift_cards import GIFT_CARD_SET
from central_office.downstream.stock import STOCK_SET

LEDGER_SETS = {kind.name: kind for kind in (STOCK_SET, GIFT_CARD_SET)}
"""By name."""
