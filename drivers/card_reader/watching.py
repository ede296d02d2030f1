"""A blocking reader library, watched on a thread of its own.

Theory of operation. The thread looks for cards and reads them; what it sees is handed to the event
loop, where a clock runs while a card is read. A reader whose library does not come back in time
has ended for everybody who listens, and harms nobody: `close` waits for its thread, so that it is
never opened a second time while the first hangs.
"""

import asyncio
import collections
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from typing import Protocol

from drivers.card_reader import CardReaderEvent, CardUnreadable
from drivers.errors import DeviceError, ErrorCode, OfflineError
from drivers.fan import EventFan
from drivers.lane import Lane
from drivers.transport import LinkLostError

FIRST_PAUSE, LAST_PAUSE = 0.02, 1.0
"""Seconds between two tries to interrupt a thread that is being closed."""
UNHEARD = 64
"""Events kept for the first who listens; between the opening and that there is a moment."""

_log = logging.getLogger(__name__)


class Telling(Protocol):
    """What a watching thread may call."""

    def began(self) -> None:
        """A card is about to be read: `tell` comes within the reader's patience."""
        ...

    def tell(self, event: CardReaderEvent) -> None:
        """This was seen."""
        ...


class WatchedReader:
    """An open card reader whose library blocks."""

    def __init__(
        self,
        name: str,
        lane: Lane,
        watch: Callable[[Telling], None],
        interrupt: Callable[[], None],
        patience: float,
    ) -> None:
        """Begin to watch.

        Args:
            name: The configured one.
            lane: On which the reader was opened; it is closed with the reader.
            watch: Looks for cards until it is interrupted or raises `LinkLostError`. Blocks.
            interrupt: Lets `watch` return, if it was waiting just now. May block, may be repeated.
            patience: Seconds for reading one card.
        """
        self._name = name
        self._lane = lane
        self._interrupt = interrupt
        self._patience = patience
        self._loop = asyncio.get_running_loop()
        self._fan = EventFan[CardReaderEvent]()
        self._unheard: collections.deque[CardReaderEvent] | None = collections.deque(maxlen=UNHEARD)
        self._deadline: asyncio.TimerHandle | None = None
        self._watching = asyncio.create_task(self._watch(watch), name=f"card-reader-{name}")

    def events(self) -> AsyncIterator[CardReaderEvent]:
        """As `CardReader.events`; the first who listens also hears what came before."""
        subscription = self._fan.subscribe()
        before, self._unheard = self._unheard, None
        for event in before or ():
            self._fan.publish(event)
        return subscription

    async def check_health(self) -> None:
        """As `CardReader.check_health`."""
        if self._fan.ended is not None:
            raise self._fan.ended

    async def close(self) -> None:
        """As `CardReader.close`; a library that hangs is waited for."""
        self._fan.end(self._error("The card reader is closed.", ErrorCode.CLOSED))
        if not self._watching.done():
            await self._interrupt_it()
        self._stop_clock()
        self._lane.close()

    async def _interrupt_it(self) -> None:
        """Once may not be enough: the thread may be between two waits."""
        helper = Lane(f"{self._name}-closing")
        pause = FIRST_PAUSE
        try:
            while not self._watching.done():
                await helper.run(self._interrupt)
                await asyncio.wait({self._watching}, timeout=pause)
                pause = min(pause * 2, LAST_PAUSE)
        finally:
            helper.close()

    async def _watch(self, watch: Callable[[Telling], None]) -> None:
        try:
            await self._lane.run(watch, self)
        except LinkLostError as error:
            if self._fan.ended is None:
                _log.warning("%s: %s", self._name, error)
            self._fan.end(self._error(str(error)))
        except Exception:  # noqa: BLE001 - a library's bug ends this reader, and nothing else
            _log.exception("%s: the card reader's library failed", self._name)
            self._fan.end(self._error("The card reader failed. Unplug it and plug it in again."))
        finally:
            self._stop_clock()

    # --- called on the thread ---

    def began(self) -> None:
        """As `Telling.began`."""
        self._call(self._start_clock)

    def tell(self, event: CardReaderEvent) -> None:
        """As `Telling.tell`."""
        self._call(self._publish, event)

    def _call(self, function: Callable[..., None], *arguments: object) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is gone: nobody listens any more
            self._loop.call_soon_threadsafe(function, *arguments)

    # --- on the loop ---

    def _publish(self, event: CardReaderEvent) -> None:
        self._stop_clock()
        if self._unheard is not None:
            self._unheard.append(event)
        elif self._fan.ended is None:
            self._fan.publish(event)

    def _start_clock(self) -> None:
        self._stop_clock()
        self._deadline = self._loop.call_later(self._patience, self._end_as_hung)

    def _stop_clock(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _end_as_hung(self) -> None:
        self._publish(CardUnreadable("The card does not answer. Take it away and hold it again."))
        self._fan.end(
            self._error(
                "The card reader does not react. Take the card away; if that does not help, unplug"
                " the reader and plug it in again.",
                ErrorCode.TIMEOUT,
            )
        )

    def _error(self, message: str, code: ErrorCode = ErrorCode.OFFLINE) -> DeviceError:
        return OfflineError(message, device=self._name, code=code)
