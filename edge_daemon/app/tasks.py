"""Tasks that nobody waits for: acts whose register may go away, and what follows from events."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

_log = logging.getLogger(__name__)


class Tasks:
    """Keeps tasks alive, and says what became of those that failed."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Start a task. Its error reaches whoever awaits it, and the log."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    @property
    def running(self) -> bool:
        """True while anything is under way."""
        return bool(self._tasks)

    async def close(self, seconds: float) -> None:
        """Let what runs end by itself for a while, then cancel it.

        What is cancelled has its intent in the journal and is ended at the next start.
        """
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)
        for task in tuple(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)

    def drop(self) -> None:
        """Cancel everything at once, as a crash does."""
        for task in tuple(self._tasks):
            task.cancel()

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("A task failed.", exc_info=error)
