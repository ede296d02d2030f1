import asyncio

import pytest

from tests.shifting_loop import advance


async def test_minute_passes_at_once() -> None:
    before = asyncio.get_running_loop().time()
    sleeping = asyncio.create_task(asyncio.sleep(60))
    await asyncio.sleep(0)
    advance(60)
    async with asyncio.timeout(5):
        await sleeping
    assert asyncio.get_running_loop().time() - before >= 60


async def test_deadline_that_passed_meanwhile_strikes() -> None:
    waiting = asyncio.create_task(asyncio.wait_for(asyncio.Event().wait(), timeout=60))
    await asyncio.sleep(0)
    advance(61)
    with pytest.raises(TimeoutError):
        await waiting
