"""Time that passes quickly while nothing happens.

Deadlines and retries stand on the loop's clock. As long as something moves (a passage on the wire,
an entry in the journal) the clock runs as clocks do. When all is quiet for two looks, it leaps.
"""

import asyncio
from collections.abc import Callable

from tests.shifting_loop import advance

LOOK = 0.002
"""Real seconds between two looks."""
QUIET_LOOKS = 2
FIRST_LEAP = 0.25
LAST_LEAP = 8.0
"""Seconds that a leap skips; doubled from the first to the last while all stays quiet. T3 is over
after 12 ms of silence, four minutes after 80 ms."""


async def hasten(activity: Callable[[], object]) -> None:
    """Leap while `activity()` stays the same, until cancelled."""
    seen, quiet, leap = activity(), 0, FIRST_LEAP
    while True:
        await asyncio.wait({asyncio.get_running_loop().create_future()}, timeout=LOOK)
        now = activity()
        if now != seen:
            seen, quiet, leap = now, 0, FIRST_LEAP
        elif quiet < QUIET_LOOKS:
            quiet += 1
        else:
            advance(leap)
            leap = min(2 * leap, LAST_LEAP)
