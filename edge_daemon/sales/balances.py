"""What is on gift cards, as far as this box can know.

The office tells what is on each card of the chain, and up to where it has counted this box in; what
this box has moved since comes on top. Without an office there are the own moves alone. Two shops
that cannot reach the office may both give the same money out: nobody here can know, the office
finds it, and what is on the card is then less than nothing.
"""

import sqlite3
from collections.abc import Callable, Iterable

import msgspec

from edge_daemon.config import Configuration
from edge_daemon.journal import Journal
from edge_daemon.master_data import GIFT_CARDS, FigureIndex, Known, MasterData, Shape, age_of
from edge_daemon.records.master_data import GiftCardBalance
from edge_daemon.sales.gift_cards import own_moves
from edge_daemon.state import StateStore

GiftCardIndex = FigureIndex[GiftCardBalance]
_SHAPE = Shape(
    "gift_card_index", "gift_card_balances", GiftCardBalance, ("gift_card_ref", "currency")
)


class GiftCard(msgspec.Struct, frozen=True, kw_only=True):
    """What is on a gift card, in minor units.

    Attributes:
        balance: The office's figure and what this box has moved since; less than nothing where
            more was taken off than was on it.
        as_of: Of the office's figure, microseconds since 1970 UTC; None where there is none.
        age_ms: How old it is.
        stale: Too old, or none: another shop may have taken something off since.
    """

    gift_card_ref: str
    balance: int
    currency: str
    as_of: int | None = None
    age_ms: int | None = None
    stale: bool


Find = Callable[[sqlite3.Connection, str], GiftCard | None]
"""Reads what is on the card of a reference; None for one of which nothing is known."""


def gift_card_index(state: StateStore, master_data: MasterData) -> GiftCardIndex:
    """Find the office's figures by a card's reference."""
    return FigureIndex(state, master_data, GIFT_CARDS, _SHAPE)


class GiftCards:
    """Tells what is on gift cards; without an index, by the own moves alone."""

    def __init__(
        self, configuration: Configuration, journal: Journal, index: GiftCardIndex | None = None
    ) -> None:
        self._configuration = configuration
        self._journal = journal
        self._index = index

    async def card(self, ref: str) -> GiftCard | None:
        """What is on a card; None where nothing is known of it."""
        find = await self.finder([ref])
        return await self._journal.query(lambda connection: find(connection, ref))

    async def has_list(self) -> bool:
        """True once the office has told what is on the chain's cards."""
        return self._index is not None and await self._index.find() is not None

    async def finder(self, refs: Iterable[str | None]) -> Find:
        """Ask for the office's figures of some cards, to be read with the own moves.

        What it returns is for a transaction of the journal: there no other move can come between.
        """
        wanted = {ref for ref in refs if ref is not None}
        known = await self._index.find(*wanted) if self._index is not None and wanted else None

        def find(connection: sqlite3.Connection, ref: str) -> GiftCard | None:
            return self._find(connection, ref, known)

        return find

    def _find(
        self, connection: sqlite3.Connection, ref: str, known: Known[GiftCardBalance] | None
    ) -> GiftCard | None:
        covered = {} if known is None else known.covered(self._configuration.edge.id)
        totals = own_moves(connection, ref, covered)
        for line in () if known is None else known.lines:
            if line.gift_card_ref == ref:
                totals[line.currency] = totals.get(line.currency, 0) + line.balance
        if not totals:
            return None
        ours = self._configuration.shop.currency
        currency = ours if ours in totals else min(totals)
        now, stale_minutes = self._journal.clock.now_us(), self._configuration.stock.stale_minutes
        age = age_of(known, now, stale_minutes)
        return GiftCard(
            gift_card_ref=ref, balance=totals[currency], currency=currency, **age._asdict()
        )
