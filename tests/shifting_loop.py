"""An event loop whose clock a test can put forward: a minute passes at once.

Everything that waits on the loop sees it (`asyncio.timeout`, `asyncio.sleep`, `call_later`),
sockets and threads do not. Time also goes on by itself, so nothing real ever waits for a test.
"""

import asyncio
import time
from collections.abc import Awaitable
from typing import TypeVar

Result = TypeVar("Result")

PAUSE = 0.002
"""Real seconds between two steps of `hurry`: time runs 25 times as fast, and a deadline of three
seconds still leaves sockets 120 ms."""
BUSY = 5 * PAUSE
"""A step that took as long had to wait for the processor; so may what is awaited: time stands."""


class ShiftingLoop(asyncio.SelectorEventLoop):
    """The loop that all asynchronous tests run on."""

    def __init__(self) -> None:
        super().__init__()
        self._shift = 0.0

    def time(self) -> float:
        return super().time() + self._shift

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass. What was due by then runs at the test's next `await`."""
        self._shift += seconds


def advance(seconds: float) -> None:
    """Let `seconds` pass on the running loop."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, ShiftingLoop)
    loop.advance(seconds)


async def hurry(work: Awaitable[Result], *, step: float = 0.05) -> Result:
    """Await `work` while time runs fast."""
    task = asyncio.ensure_future(work)
    while not task.done():
        begun = time.perf_counter()
        await asyncio.wait({task}, timeout=PAUSE)
        if time.perf_counter() - begun < BUSY:
            advance(step)
    return await task
