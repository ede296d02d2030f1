import asyncio
from collections.abc import Callable, Mapping

from tests.shifting_loop import ShiftingLoop


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    return {"shifting": ShiftingLoop}
