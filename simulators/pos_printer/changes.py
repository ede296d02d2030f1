"""Waiting until something is true, without asking again and again."""

import asyncio
from collections.abc import Callable


class Changes:
    """Wakes those who wait whenever anything may have changed."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self._listeners: list[Callable[[], None]] = []

    def on_change(self, listener: Callable[[], None]) -> None:
        """Call `listener()` at every change, before anybody wakes."""
        self._listeners.append(listener)

    def tell(self) -> None:
        """Say that something may have changed."""
        for listener in self._listeners:
            listener()
        self._event.set()
        self._event = asyncio.Event()

    async def wait_for(self, predicate: Callable[[], bool]) -> None:
        """Wait until `predicate()` is true. It is asked now and after every change."""
        while not predicate():
            await self._event.wait()
