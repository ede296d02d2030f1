"""Waiting until something is true, without asking again and again."""

import asyncio
from collections.abc import Callable


class Changes:
    """Tells those who wait as soon as what they wait for is true."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Callable[[], bool], asyncio.Future[None]]] = []
        self._listeners: list[Callable[[], None]] = []

    def on_change(self, listener: Callable[[], None]) -> None:
        """Call `listener()` at every change, before anybody wakes."""
        self._listeners.append(listener)

    def tell(self) -> None:
        """Say that something may have changed."""
        for listener in self._listeners:
            listener()
        for is_true, woken in self._waiting:
            if not woken.done():
                _wake_if(is_true, woken)

    async def wait_for(self, is_true: Callable[[], bool]) -> None:
        """Wait until `is_true()`, which is asked now and at every change.

        What was true for a moment wakes its waiter too; it may be over when the waiter runs.
        """
        if is_true():
            return
        waiter = (is_true, asyncio.get_running_loop().create_future())
        self._waiting.append(waiter)
        try:
            await waiter[1]
        finally:
            self._waiting.remove(waiter)


def _wake_if(is_true: Callable[[], bool], woken: asyncio.Future[None]) -> None:
    """Wake the waiter; what its predicate raises is raised where it waits."""
    try:
        if is_true():
            woken.set_result(None)
    except Exception as error:  # noqa: BLE001 - handed to the waiter as it is
        woken.set_exception(error)
