"""The tills: on which day they are opened."""

from edge_daemon.tills.clock_projection import CLOCK_CONFIRMATIONS
from edge_daemon.tills.clock_requests import (
    ClockConfirmation,
    ClockConfirmationRequest,
    ClockReading,
    Suggestion,
    Suggestions,
)
from edge_daemon.tills.dating import Dating

__all__ = [
    "CLOCK_CONFIRMATIONS",
    "ClockConfirmation",
    "ClockConfirmationRequest",
    "ClockReading",
    "Dating",
    "Suggestion",
    "Suggestions",
]
