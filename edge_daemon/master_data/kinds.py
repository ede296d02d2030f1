"""The sets, and the bounds of what is taken of them."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

import msgspec

from edge_daemon.records.master_data import (
    Catalogue,
    CatalogueChunk,
    CatalogueDelta,
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

Lists = TypeVar("Lists", Catalogue, Stock, Operators, Orders)

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
    chunk: type[CatalogueChunk | StockChunk | OperatorsChunk | OrdersChunk]
    delta: type[CatalogueDelta | StockDelta | OperatorsDelta | OrdersDelta]
    lists: type[Lists]
    merge: Callable[[Sequence[Lists]], Lists] | None = None

    def read(self, data: bytes) -> Lists:
        """The lists of a chunk or a delta that was taken."""
        return msgspec.json.decode(data, type=self.lists)


def _merged_stock(parts: Sequence[Stock]) -> Stock:
    """Of each article at a place what was said last."""
    lines = {(line.item_id, line.location_id): line for part in parts for line in part.lines}
    covers = next((part.covers for part in reversed(parts) if part.covers), ())
    as_of = max(part.as_of for part in parts)
    return Stock(as_of=as_of, covers=covers, lines=tuple(lines.values()))


CATALOGUE = SetKind("catalogue", CatalogueChunk, CatalogueDelta, Catalogue)
STOCK = SetKind("stock", StockChunk, StockDelta, Stock, merge=_merged_stock)
OPERATORS = SetKind("operators", OperatorsChunk, OperatorsDelta, Operators)
ORDERS = SetKind("orders", OrdersChunk, OrdersDelta, Orders)
KINDS: dict[str, SetKind[Catalogue] | SetKind[Stock] | SetKind[Operators] | SetKind[Orders]] = {
    kind.name: kind for kind in (CATALOGUE, STOCK, OPERATORS, ORDERS)
}
CONFIG = "config"
"""The one that is a single message."""
