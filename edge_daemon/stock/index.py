"""The office's stock by item."""

from edge_daemon.master_data import STOCK, FigureIndex, MasterData, Shape
from edge_daemon.records.master_data import StockLine
from edge_daemon.state import StateStore

StockIndex = FigureIndex[StockLine]
_SHAPE = Shape("stock_index", "stock_lines", StockLine, ("item_id", "location_id"))


def stock_index(state: StateStore, master_data: MasterData) -> StockIndex:
    """Find the office's figures by item."""
    return FigureIndex(state, master_data, STOCK, _SHAPE)
