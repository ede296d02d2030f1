"""A lane: one daemon thread with a queue of its own, for one blocking handle.

The lane is its device's mutex: calls run one after another, in order. It keeps the event loop
free of blocking libraries, and a hung library from keeping the process alive (the thread is a
daemon; a `ThreadPoolExecutor` would wait for it at exit).

Cancelling an await does not cancel the device. A call that still waits in the queue is withdrawn
and never runs; one that is under way goes on in its thread, and its result is dropped.
"""

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

Result = TypeVar("Result")
Params = ParamSpec("Params")


class LaneClosedError(RuntimeError):
    """Raised when a call is given to a lane that was closed. It did not run."""


class Lane:
    """Runs blocking calls one at a time on a daemon thread of its own."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._calls: queue.SimpleQueue[_Call | None] = queue.SimpleQueue()
        self._closed = False
        self._thread = threading.Thread(target=self._work, name=f"lane-{name}", daemon=True)
        self._thread.start()

    async def run(
        self, function: Callable[Params, Result], *args: Params.args, **kwargs: Params.kwargs
    ) -> Result:
        """Run `function` on the lane and wait for its result.

        Raises:
            LaneClosedError: The lane is closed. The function did not run.
            asyncio.CancelledError: The await was cancelled: `started` of a call tells nobody any
                more; a queued call is withdrawn, one under way finishes unseen.
        """
        if self._closed:
            raise LaneClosedError(f"The lane {self.name} is closed.")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Result] = loop.create_future()
        call = _Call(lambda: function(*args, **kwargs), loop, future)
        self._calls.put(call)
        try:
            return await future
        except asyncio.CancelledError:
            call.withdraw()
            raise

    def close(self) -> None:
        """End the thread once what it runs has returned. Queued calls fail with an error."""
        self._closed = True
        self._calls.put(None)

    @property
    def stuck(self) -> bool:
        """True when the lane was closed and its thread still runs: never open the handle twice."""
        return self._closed and self._thread.is_alive()

    def join(self, timeout: float) -> bool:
        """Wait up to `timeout` seconds for the thread to end; True when it did. Blocks."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _work(self) -> None:
        while (call := self._calls.get()) is not None:
            call.perform()
        with contextlib.suppress(queue.Empty):
            while (call := self._calls.get_nowait()) is not None:
                call.refuse(LaneClosedError(f"The lane {self.name} was closed."))


class _Call:
    """One queued function; exactly one of `perform`, `withdraw` and `refuse` takes effect."""

    def __init__(
        self,
        function: Callable[[], Any],
        loop: asyncio.AbstractEventLoop,
        future: asyncio.Future[Any],
    ) -> None:
        self._function = function
        self._loop = loop
        self._future = future
        self._taken = threading.Lock()

    def withdraw(self) -> bool:
        """Take the call back; False when it already runs or ran."""
        return self._taken.acquire(blocking=False)

    def perform(self) -> None:
        if not self._taken.acquire(blocking=False):
            return
        try:
            result = self._function()
        except BaseException as error:  # noqa: BLE001 - handed to the waiting caller as it is
            self._settle(self._future.set_exception, error)
        else:
            self._settle(self._future.set_result, result)

    def refuse(self, error: Exception) -> None:
        if self._taken.acquire(blocking=False):
            self._settle(self._future.set_exception, error)

    def _settle(self, settle: Callable[[Any], None], value: object) -> None:
        def settle_if_awaited() -> None:
            if not self._future.done():
                settle(value)

        with contextlib.suppress(RuntimeError):  # the loop is gone: nobody waits any more
            self._loop.call_soon_threadsafe(settle_if_awaited)
