"""What the office sends to every edge of a store: catalogue, stock, operators and configuration.

It is kept in `state.db`, by version. A set is in force once it is whole and its hash fits; until
then, and when something is wrong with it, the last good one stays in force and the office is told
why. Readers take `MasterData.parts` (a set, slice by slice) and `MasterData.configuration`, and
`MasterData.on_change` tells them when to read again.
"""

from edge_daemon.master_data.kinds import CATALOGUE, KINDS, OPERATORS, ORDERS, STOCK, SetKind
from edge_daemon.master_data.room import LocalPart, MasterData
from edge_daemon.master_data.storage import MasterDataChangedError

__all__ = [
    "CATALOGUE",
    "KINDS",
    "OPERATORS",
    "ORDERS",
    "STOCK",
    "LocalPart",
    "MasterData",
    "MasterDataChangedError",
    "SetKind",
]
