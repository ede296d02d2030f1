"""The sets, and the bounds of what is taken of them."""

import dataclasses
import operator
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

import msgspec

from edge_daemon.records.master_data import (
    Catalogue,
    CatalogueChunk,
    CatalogueDelta,
    GiftCards,
    GiftCardsChunk,
    GiftCardsDelta,
    Operators,
    OperatorsChunk,
    OperatorsDelta,
    Orders,
    OrdersChunk,
    OrdersDelta,
    Stock,
    StockChunk,
    StockDelta,
)

Lists = TypeVar("Lists", Catalogue, Stock, GiftCards, Operators, Orders)
Ledger = TypeVar("Ledger", Stock, GiftCards)

DELTA_LIMIT = 1024
"""Behind one whole set; then the office has to send a whole one."""


@dataclasses.dataclass(frozen=True, slots=True)
class SetKind(Generic[Lists]):
    """One of the sets.

    Attributes:
        name: As in its topics.
        chunk, delta: What travels; each is also one of the lists.
        merge: Makes one part of many that follow each other, where their number has no end; such
            deltas are no news to the office either.
    """

    name: str
    chunk: type[CatalogueChunk | StockChunk | GiftCardsChunk | OperatorsChunk | OrdersChunk]
    delta: type[CatalogueDelta | StockDelta | GiftCardsDelta | OperatorsDelta | OrdersDelta]
    lists: type[Lists]
    merge: Callable[[Sequence[Lists]], Lists] | None = None

    def read(self, data: bytes) -> Lists:
        """The lists of a chunk or a delta that was taken."""
        return msgspec.json.decode(data, type=self.lists)


def _merging(*key: str) -> Callable[[Sequence[Ledger]], Ledger]:
    """Merge by keeping, of the lines that agree in `key`, what was said last."""
    key_of = operator.attrgetter(*key)

    def merged(parts: Sequence[Ledger]) -> Ledger:
        lines = {key_of(line): line for part in parts for line in part.lines}
        covers = next((part.covers for part in reversed(parts) if part.covers), ())
        as_of = max(part.as_of for part in parts)
        return type(parts[0])(as_of=as_of, covers=covers, lines=tuple(lines.values()))

    return merged


CATALOGUE = SetKind("catalogue", CatalogueChunk, CatalogueDelta, Catalogue)
STOCK = SetKind("stock", StockChunk, StockDelta, Stock, merge=_merging("item_id", "location_id"))
GIFT_CARDS = SetKind(
    "gift-cards",
    GiftCardsChunk,
    GiftCardsDelta,
    GiftCards,
    merge=_merging("gift_card_ref", "currency"),
)
OPERATORS = SetKind("operators", OperatorsChunk, OperatorsDelta, Operators)
ORDERS = SetKind("orders", OrdersChunk, OrdersDelta, Orders)
KINDS: dict[
    str,
    SetKind[Catalogue] | SetKind[Stock] | SetKind[GiftCards] | SetKind[Operators] | SetKind[Orders],
] = {kind.name: kind for kind in (CATALOGUE, STOCK, GIFT_CARDS, OPERATORS, ORDERS)}
CONFIG = "config"
"""The one that is a single message."""
