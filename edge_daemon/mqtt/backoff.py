"""How long to wait before the next try."""

import random

FACTOR = 2.0
JITTER = 0.5
"""Up to half of each delay is left to chance, so that a thousand shops do not return at once."""


class Backoff:
    """Delays that double up to a limit, with jitter; `reset` after a success."""

    def __init__(self, first: float, limit: float) -> None:
        self._first = first
        self._limit = limit
        self._delay = first

    def next(self) -> float:
        """Seconds to wait now; the next answer is twice as long."""
        delay = self._delay
        self._delay = min(delay * FACTOR, self._limit)
        return delay * (1.0 - JITTER * random.random())  # noqa: S311 - spreads load, no secret

    def reset(self) -> None:
        """Begin with the first delay again."""
        self._delay = self._first
