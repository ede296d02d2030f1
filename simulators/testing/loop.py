"""An event loop in a thread of its own, for callers that have none."""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, TypeVar

T = TypeVar("T")


class Loop:
    """What runs in the loop is called from outside, one call at a time or many."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def run(self, work: Coroutine[Any, Any, T], seconds: float | None = None) -> T:
        """Run a coroutine to its end, and return what it returns.

        Raises:
            TimeoutError: It had not ended after `seconds`; it is cancelled.
        """
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result(seconds)
        except TimeoutError:
            future.cancel()
            raise

    def call(self, act: Callable[[], T]) -> T:
        """Call a function where the simulators live, and return what it returns."""

        async def calling() -> T:
            return act()

        return self.run(calling())


@contextlib.contextmanager
def running_loop() -> Iterator[Loop]:
    """Run a loop until the context is left."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="pos-counter", daemon=True)
    thread.start()
    try:
        yield Loop(loop)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
