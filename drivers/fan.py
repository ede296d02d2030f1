"""One source of events, any number of subscribers.

A device knows its events; the keeper, a drawer on the same printer and a test all want them.
Each subscriber has a bounded queue of its own, so a slow one never delays another: when its queue
is full its oldest event goes. The end of the device is the end of every subscription: iterating
then raises the error that ended it. Who stops reading needs not say so: a subscription is held by
its reader alone.
"""

import asyncio
import collections
import weakref
from collections.abc import AsyncIterator
from typing import Generic, TypeVar

from drivers.errors import DeviceError

Event = TypeVar("Event")

QUEUE_LIMIT = 1024
"""Events kept for a subscriber that does not read; a scanner sends 50 a second at most."""


class EventFan(Generic[Event]):
    """Hands every event to every subscriber until the device ends."""

    def __init__(self) -> None:
        self._subscribers: weakref.WeakSet[_Subscription[Event]] = weakref.WeakSet()
        self._end: DeviceError | None = None

    @property
    def ended(self) -> DeviceError | None:
        """The error that ended the device, or None while it lives."""
        return self._end

    def publish(self, event: Event) -> None:
        """Give `event` to all present subscribers. Never blocks."""
        for subscription in self._subscribers:
            subscription.put(event)

    def end(self, error: DeviceError) -> None:
        """Finish every subscription, present and later, with `error`. The first error stays."""
        if self._end is None:
            self._end = error
            for subscription in self._subscribers:
                subscription.wake()

    def subscribe(self) -> AsyncIterator[Event]:
        """Return an iterator over the events from this moment on.

        The registration happens now, not at the first step of the iterator, so a caller that
        subscribes and then sends a request misses nothing.

        Raises:
            DeviceError: While iterating, after the last event, when the device has ended.
        """
        subscription = _Subscription[Event](self)
        self._subscribers.add(subscription)
        return subscription

    def forget(self, subscription: "_Subscription[Event]") -> None:
        """Drop a subscriber that went away."""
        self._subscribers.discard(subscription)


class _Subscription(AsyncIterator[Event]):
    def __init__(self, fan: EventFan[Event]) -> None:
        self._fan = fan
        self._events: collections.deque[Event] = collections.deque(maxlen=QUEUE_LIMIT)
        self._arrived = asyncio.Event()

    def put(self, event: Event) -> None:
        self._events.append(event)
        self._arrived.set()

    def wake(self) -> None:
        self._arrived.set()

    async def __anext__(self) -> Event:
        while not self._events:
            if self._fan.ended is not None:
                self._fan.forget(self)
                raise self._fan.ended
            self._arrived.clear()
            await self._arrived.wait()
        return self._events.popleft()

    async def aclose(self) -> None:
        """Stop receiving."""
        self._fan.forget(self)
