"""Time that passes quickly while nothing happens.

Deadlines and retries stand on the loop's clock. As long as something moves (a passage on the wire,
an entry in the journal) the clock runs as clocks do. When all is quiet for two looks, it leaps.
A look waits for a turn of another thread, so that the serial lines and the writer have had theirs;
and nothing is quiet while another thread of ours computes, nor soon on a machine that is so busy
that the look itself came late.
"""

import asyncio
import time
from collections.abc import Callable

from tests.shifting_loop import advance

LOOK = 0.002
"""Real seconds between two looks."""
LATE = 2 * LOOK
"""A look that took as long had to wait for the processor, and so may others."""
WORK = 0.0005
"""Seconds of the processor that other threads use in a look: more than this is no idling."""
QUIET_LOOKS = 2
QUIET_LOOKS_WHEN_LATE = 6
FIRST_LEAP = 0.1
LAST_LEAP = 8.0
"""Seconds that a leap skips; doubled from the first to the last while all stays quiet. T3 is over
after 16 ms of silence, four minutes after 80 ms."""


async def hasten(activity: Callable[[], object]) -> None:
    """Leap while `activity()` stays the same, until cancelled."""
    loop = asyncio.get_running_loop()
    seen, quiet, leap = activity(), 0, FIRST_LEAP
    while True:
        begun, others = time.perf_counter(), _computed_by_others()
        await asyncio.wait({loop.create_future()}, timeout=LOOK)
        await loop.run_in_executor(None, _nothing)
        late = time.perf_counter() - begun > LATE
        now = activity()
        if now != seen:
            seen, quiet, leap = now, 0, FIRST_LEAP
        elif _computed_by_others() - others > WORK:
            quiet = 0
        elif quiet < (QUIET_LOOKS_WHEN_LATE if late else QUIET_LOOKS):
            quiet += 1
        else:
            advance(leap)
            leap = min(2 * leap, LAST_LEAP)


def _computed_by_others() -> float:
    """Processor seconds of all threads of ours but this one."""
    return time.process_time() - time.thread_time()


def _nothing() -> None:
    """What another thread does in a turn."""
