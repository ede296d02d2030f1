"""Whose turn it is: one command at a time on one terminal.

A verb that moves money is never waited for: a second one is told that the terminal is busy. A
question to the terminal is short and worth waiting for.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from drivers.errors import BusyError, DeviceError, OfflineError, OutcomeUnknownError

Value = TypeVar("Value")


class Turn:
    """The right to send a command.

    Args:
        device: The configured name, for errors.
        patience: Seconds that a verb waits for a running question.
    """

    def __init__(self, device: str, patience: float) -> None:
        self._device = device
        self._patience = patience
        self._lock = asyncio.Lock()
        self._acting = False
        self._tasks: set[asyncio.Task[Any]] = set()

    @property
    def free(self) -> bool:
        """True when no command runs."""
        return not self._lock.locked()

    async def take(self, *, acts: bool) -> None:
        """Wait for the turn.

        Raises:
            BusyError: Another command runs.
        """
        if self._acting:
            raise self._busy()
        try:
            async with asyncio.timeout(self._patience):
                await self._lock.acquire()
        except TimeoutError:
            raise self._busy() from None
        self._acting = acts

    async def spend(self, command: Coroutine[Any, Any, Value]) -> Value:
        """Run a command in the turn that was taken, and give the turn back when it has ended.

        Cancelling the await does not cancel the command.

        Raises:
            OfflineError: A question was cut off by `drain`.
            OutcomeUnknownError: A command that moves money or state was.
        """
        acts = self._acting
        task = asyncio.create_task(self._run(command))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            waiting = asyncio.current_task()
            if not task.cancelled() or (waiting is not None and waiting.cancelling()):
                raise
            raise self._cut_off(acts=acts) from None

    async def drain(self, timeout: float) -> None:  # noqa: ASYNC109 - an upper bound, no failure
        """Let a running command end, and cancel it after `timeout` seconds."""
        tasks = set(self._tasks)
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=timeout)
            for task in late:
                task.cancel()

    def _cut_off(self, *, acts: bool) -> DeviceError:
        if not acts:
            return OfflineError("The payment terminal was closed.", device=self._device)
        return OutcomeUnknownError(
            "The payment terminal was closed in the middle. Whether the customer paid is not known:"
            " look at the terminal, and do not start the payment again.",
            device=self._device,
        )

    def _busy(self) -> BusyError:
        return BusyError(
            "The payment terminal serves another request. Wait until it has ended.",
            device=self._device,
        )

    async def _run(self, command: Coroutine[Any, Any, Value]) -> Value:
        try:
            return await command
        finally:
            self._acting = False
            self._lock.release()
