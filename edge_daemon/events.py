"""The live stream: what devices and rooms say, to every register that listens.

Theory of operation. An event is encoded once, to one line of JSON, and put into a ring. A
subscriber is a cursor into that ring and a flag that wakes it: it owns no queue, so it costs
nothing to have and cannot slow the others. A subscriber that reads too slowly finds, when it
comes back, that the ring has moved on, and is told `resync`: ask for the present state, then go
on from here. The same happens to a register that comes back after a restart (another `boot`) or
too late. Nothing is handed out twice or left out in between: the cursor only moves forward.

The first message of a subscription says where it stands: `subscribed`, with an id to come back
with, or `resync`. What is handed out late carries its age, so that a stale scan never lands in
the next customer's basket; `replayed` says that it happened before the subscription.

A subscriber may want a part of the stream only, and an event may be for one listener only: its
cursor moves on over what it does not get. `position` is where it is, for a subscriber to which
nothing was sent for long: without it, it would come back from too far behind.

An event is news, not truth: the journal has the facts, `GET` has the state. Nothing here survives
a restart. Everything here runs on the event loop, publishing included.
"""

import asyncio
import collections
import secrets
from collections.abc import Callable, Mapping
from typing import NamedTuple, Self

import msgspec

from edge_daemon.clock import Clock

RING_EVENTS = 10_000
"""Events kept for those who come back: an evening of a busy counter."""
RING_BYTES = 4 * 1024 * 1024
"""Characters kept; whichever bound is met first."""
LATE_SECONDS = 1.0
"""A live event handed out later than this says how old it is, as a replayed one does."""
TURN = 16
"""Events handed out in a row before the event loop gets its turn: a replay delays nobody."""


class EventId(NamedTuple):
    """The name of an event, written `{boot}-{n}`; `n` counts from 1 since the daemon's start."""

    boot: str
    number: int

    def __str__(self) -> str:
        return f"{self.boot}-{self.number}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `{boot}-{n}`.

        Raises:
            ValueError: It is not of that form.
        """
        boot, dash, number = text.partition("-")
        if not boot or not dash or not (number.isascii() and number.isdigit()):
            raise ValueError(f"An event's id looks like 5f1c09ab-17, not {text!r}.")
        return cls(boot, int(number))


class Message(NamedTuple):
    """What a subscriber gets.

    Attributes:
        text: The whole event as one line of JSON.
        device: The device that said so.
        only_for: The one listener that it is for; everybody where None.
    """

    id: EventId
    type: str
    text: str
    device: str | None = None
    only_for: str | None = None


Wants = Callable[[Message], bool]
"""Whether a subscriber gets an event. Never asked about news of its own subscription."""


class _Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """An event on the wire; field order is the order in the JSON."""

    id: str
    type: str
    occurred_at_us: int
    device: str | None
    data: object


class _Kept(NamedTuple):
    message: Message
    published: float


class EventStream:
    """The ring and its subscribers. Made on the running event loop, whose time it uses for ages."""

    def __init__(
        self, clock: Clock, *, max_events: int = RING_EVENTS, max_bytes: int = RING_BYTES
    ) -> None:
        self.boot = secrets.token_hex(6)
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._encoder = msgspec.json.Encoder()
        self._max_events = max_events
        self._max_bytes = max_bytes
        self._ring: collections.deque[_Kept] = collections.deque()
        self._ring_bytes = 0
        self._last = 0
        self._subscriptions: set[Subscription] = set()
        self._closed = False

    @property
    def position(self) -> EventId:
        """The id of the last event; number 0 before the first."""
        return EventId(self.boot, self._last)

    @property
    def subscribers(self) -> int:
        """How many listen now."""
        return len(self._subscriptions)

    def publish(
        self,
        type: str,  # noqa: A002 - the word on the wire
        data: msgspec.Struct | Mapping[str, object],
        *,
        device: str | None = None,
        only_for: str | None = None,
    ) -> EventId:
        """Give an event to every subscriber, present and returning. Never blocks.

        Args:
            type: What happened, such as `scan`, `cover_opened`, `sale_changed`.
            data: Anything that JSON can hold.
            device: The configured name of the device that said so.
            only_for: The one listener that it is for, as subscribers' `wants` know it.
        """
        message = self._message(EventId(self.boot, self._last + 1), type, data, device)
        message = message._replace(only_for=only_for)
        self._last += 1
        self._ring.append(_Kept(message, self._loop.time()))
        self._ring_bytes += len(message.text)
        while len(self._ring) > self._max_events or self._ring_bytes > self._max_bytes:
            self._ring_bytes -= len(self._ring.popleft().message.text)
        for subscription in self._subscriptions:
            subscription.wake()
        return message.id

    def subscribe(self, after: str | None = None, wants: Wants = lambda _: True) -> "Subscription":
        """Listen from this moment on, or from behind the event `after`, to what `wants` says.

        The registration happens now: what is published after this call is not missed. Use it as a
        context manager, so that it ends with its connection.
        """
        subscription = Subscription(self, after, wants)
        if not self._closed:
            self._subscriptions.add(subscription)
        return subscription

    def close(self) -> None:
        """End every subscription once it has handed out what is there."""
        self._closed = True
        for subscription in self._subscriptions:
            subscription.wake()

    # --- what a subscription asks ---

    @property
    def closed(self) -> bool:
        """True when no more events will come."""
        return self._closed

    @property
    def first_kept(self) -> int:
        """The number of the oldest event in the ring; one past the last when it is empty."""
        return self._last + 1 - len(self._ring)

    def kept(self, number: int) -> tuple[Message, float]:
        """The event of that number, which is in the ring, and the seconds since it came in."""
        message, published = self._ring[number - self.first_kept]
        return message, self._loop.time() - published

    def notice(self, type: str, at: EventId, data: Mapping[str, object]) -> Message:  # noqa: A002
        """A message to one subscriber about its own subscription, under the id `at`."""
        return self._message(at, type, data, None)

    def forget(self, subscription: "Subscription") -> None:
        """Drop a subscriber that went away."""
        self._subscriptions.discard(subscription)

    def _message(self, at: EventId, kind: str, data: object, device: str | None) -> Message:
        envelope = _Envelope(
            id=str(at),
            type=kind,
            occurred_at_us=self._clock.now_us(),
            device=device,
            data=data,
        )
        return Message(at, kind, self._encoder.encode(envelope).decode(), device)


class Subscription:
    """One subscriber's place in the stream: an async iterator over its messages."""

    def __init__(self, stream: EventStream, after: str | None, wants: Wants) -> None:
        self._stream = stream
        self._wants = wants
        self._woken = asyncio.Event()
        self._in_a_row = 0
        self._subscribed_at = stream.position.number
        self._cursor = self._subscribed_at
        self._notice: Message | None = self._begin(after)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop listening."""
        self._stream.forget(self)

    @property
    def position(self) -> EventId:
        """The id of the last event that was handed out or passed over."""
        return EventId(self._stream.boot, self._cursor)

    def wake(self) -> None:
        """Something was published, or the stream was closed."""
        self._woken.set()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Message:
        """Wait for the next message.

        Raises:
            StopAsyncIteration: The daemon is going down, and nothing is left.
        """
        if self._in_a_row >= TURN:
            self._in_a_row = 0
            await asyncio.sleep(0)
        while (message := self.take()) is None:
            if self._stream.closed:
                self.close()
                raise StopAsyncIteration
            self._in_a_row = 0
            self._woken.clear()
            await self._woken.wait()
        self._in_a_row += 1
        return message

    def take(self) -> Message | None:
        """The next message if there is one now."""
        if self._notice is not None:
            notice, self._notice = self._notice, None
            return notice
        if self._cursor + 1 < self._stream.first_kept:
            return self._resync("too_slow")
        while self._cursor < self._stream.position.number:
            self._cursor += 1
            message, seconds = self._stream.kept(self._cursor)
            if self._wants(message):
                return self._dated(message, seconds)
        return None

    def _begin(self, after: str | None) -> Message:
        if after is None:
            return self._stream.notice("subscribed", self._stream.position, {})
        try:
            wanted = EventId.parse(after)
        except ValueError:
            return self._resync("unknown_id")
        if wanted.boot != self._stream.boot or wanted.number > self._stream.position.number:
            return self._resync("restarted")
        if wanted.number + 1 < self._stream.first_kept:
            return self._resync("too_old")
        self._cursor = wanted.number
        return self._stream.notice("subscribed", wanted, {})

    def _resync(self, reason: str) -> Message:
        """Skip to the present and say so: the subscriber has to ask for the present state."""
        self._cursor = self._stream.position.number
        return self._stream.notice("resync", self._stream.position, {"reason": reason})

    def _dated(self, message: Message, seconds: float) -> Message:
        replayed = message.id.number <= self._subscribed_at
        if not replayed and seconds < LATE_SECONDS:
            return message
        mark = '"replayed":true,' if replayed else ""
        text = f'{message.text[:-1]},{mark}"age_ms":{max(0, round(seconds * 1000))}}}'
        return message._replace(text=text)
