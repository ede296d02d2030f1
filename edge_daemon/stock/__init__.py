"""The stock's room: what lies where, as far as this box can know, and what moves without a sale."""

from edge_daemon.stock.booking import Booking
from edge_daemon.stock.counts import StockCounts
from edge_daemon.stock.effects import STOCK_EFFECTS
from edge_daemon.stock.index import StockIndex, stock_index
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
    "Booking",
    "StockCount",
    "StockCountEndRequest",
    "StockCountLine",
    "StockCountLineRequest",
    "StockCountRequest",
    "StockCounts",
    "StockIndex",
    "StockLevel",
    "StockMovement",
    "StockMovementRequest",
    "StockRoom",
    "stock_index",
]
