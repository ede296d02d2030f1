"""What the office sends to every edge of a store: its sets, and the configuration.

It is kept in `state.db`, by version. A set is in force once it is whole and its hash fits; until
then, and when something is wrong with it, the last good one stays in force and the office is told
why. Readers take `MasterData.parts` (a set, slice by slice) and `MasterData.configuration`, and
`MasterData.on_change` tells them when to read again; what is looked up by a key is kept by a
`FigureIndex`.
"""

from edge_daemon.master_data.index import FigureIndex, Known, Shape, age_of
from edge_daemon.master_data.kinds import (
    CATALOGUE,
    GIFT_CARDS,
    KINDS,
    OPERATORS,
    ORDERS,
    STOCK,
    SetKind,
)
from edge_daemon.master_data.room import LocalPart, MasterData
from edge_daemon.master_data.storage import MasterDataChangedError

__all__ = [
    "CATALOGUE",
    "GIFT_CARDS",
    "KINDS",
    "OPERATORS",
    "ORDERS",
    "STOCK",
    "FigureIndex",
    "Known",
    "LocalPart",
    "MasterData",
    "MasterDataChangedError",
    "SetKind",
    "Shape",
    "age_of",
]
