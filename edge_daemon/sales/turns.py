"""One call at a time on one sale."""

import asyncio
import collections
import contextlib
from collections.abc import AsyncIterator


class Turns:
    """Who is at work on which sale."""

    def __init__(self) -> None:
        self._waiting: collections.Counter[str] = collections.Counter()
        self._locks: dict[str, asyncio.Lock] = {}

    def busy(self, sale_id: str) -> bool:
        """True while somebody has the sale, or waits for it."""
        return self._waiting[sale_id] > 0

    @contextlib.asynccontextmanager
    async def alone(self, sale_id: str) -> AsyncIterator[None]:
        """Wait for the sale, and have it alone."""
        self._waiting[sale_id] += 1
        try:
            async with self._locks.setdefault(sale_id, asyncio.Lock()):
                yield
        finally:
            self._waiting[sale_id] -= 1
            if self._waiting[sale_id] == 0:
                del self._waiting[sale_id], self._locks[sale_id]
