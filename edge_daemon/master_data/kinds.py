"""The sets, and the bounds of what is taken of them."""

import dataclasses
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
    """

    name: str
    chunk: type[CatalogueChunk | StockChunk | OperatorsChunk | OrdersChunk]
    delta: type[CatalogueDelta | StockDelta | OperatorsDelta | OrdersDelta]
    lists: type[Lists]

    def read(self, data: bytes) -> Lists:
        """The lists of a chunk or a delta that was taken."""
        return msgspec.json.decode(data, type=self.lists)


CATALOGUE = SetKind("catalogue", CatalogueChunk, CatalogueDelta, Catalogue)
STOCK = SetKind("stock", StockChunk, StockDelta, Stock)
OPERATORS = SetKind("operators", OperatorsChunk, OperatorsDelta, Operators)
ORDERS = SetKind("orders", OrdersChunk, OrdersDelta, Orders)
KINDS: dict[str, SetKind[Catalogue] | SetKind[Stock] | SetKind[Operators] | SetKind[Orders]] = {
    kind.name: kind for kind in (CATALOGUE, STOCK, OPERATORS, ORDERS)
}
CONFIG = "config"
"""The one that is a single message."""
