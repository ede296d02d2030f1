"""The drawers' room: opened on request or by a sale, never late, every opening in the journal."""

from edge_daemon.drawers.openings import (
    DRAWER_OPENINGS,
    DrawerOpening,
    opening_of_intent,
    opening_of_transaction,
)
from edge_daemon.drawers.room import DrawerOpeningRequest, Drawers, Opening

__all__ = [
    "DRAWER_OPENINGS",
    "DrawerOpening",
    "DrawerOpeningRequest",
    "Drawers",
    "Opening",
    "opening_of_intent",
    "opening_of_transaction",
]
