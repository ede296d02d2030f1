"""The stock's room: what lies where, as far as this box can know, and what moves without a sale."""

from edge_daemon.stock.effects import STOCK_EFFECTS
from edge_daemon.stock.index import StockIndex
from edge_daemon.stock.requests import (
    StockCount,
    StockCountEndRequest,
    StockCountLine,
    StockCountLineRequest,
    StockCountRequest,
    StockLevel,
    StockMovement,
    StockMovementRequest,
)
from edge_daemon.stock.room import StockRoom

__all__ = [
    "STOCK_EFFECTS",
    "StockCount",
    "StockCountEndRequest",
    "StockCountLine",
    "StockCountLineRequest",
    "StockCountRequest",
    "StockIndex",
    "StockLevel",
    "StockMovement",
    "StockMovementRequest",
    "StockRoom",
]
