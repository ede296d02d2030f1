"""Memory: what the start made is not searched for garbage, and what it let go is given back.

Starting makes some 125,000 objects that stay for good. Searching them again and again while they
come into being takes a fifth of the time to readiness, so the command switches the collector off;
searching them later is a pause of tens of milliseconds each time, so that never happens.

What libraries need while they read their tables, they let go soon after. glibc gives it back only
from its first heap, and otherwise makes a heap for each thread: here all threads share the first.
Where codes are scanned, 14 of 74 MiB come back so.

Source: mallopt(3), malloc_trim(3); where they are missing, the C library is not glibc.
"""

import asyncio
import ctypes
import gc

REST_SECONDS = 10.0
"""After this the devices are open, and their libraries have read their tables."""
M_ARENA_MAX = -8
"""How many heaps there may be (malloc.h)."""


def share_one_heap() -> None:
    """Let all threads take memory from one heap. Called before there is a second thread."""
    _call("mallopt", M_ARENA_MAX, 1)


def settle() -> None:
    """Search for garbage from now on, among what is made from now on."""
    gc.freeze()
    gc.enable()


async def give_back() -> None:
    """Once the devices are open, return to the system what nobody uses any more."""
    await asyncio.sleep(REST_SECONDS)
    await asyncio.to_thread(_call, "malloc_trim", 0)


def _call(name: str, *arguments: int) -> None:
    function = getattr(ctypes.CDLL(None), name, None)
    if function is not None:
        function(*arguments)
