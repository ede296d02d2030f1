"""What is under way on one connection, bounded by messages and by bytes. No I/O.

Two bounds, because two parties confirm. The broker's PUBACK says that it has a message: until
then paho keeps it in memory, and the broker's Receive Maximum limits how many there are. The
office's acknowledgement says that entries are committed: until then they count too, since a
broker's queue for an absent office is finite and drops silently what does not fit.
"""

import collections
from typing import NamedTuple

from edge_daemon.records import Position


class _HandedOver(NamedTuple):
    size: int
    at: float


class _Sent(NamedTuple):
    last: Position
    hash: str
    size: int


class Window:
    """Room for what is sent ahead of both confirmations."""

    def __init__(self, messages: int, size: int, receive_maximum: int) -> None:
        self._messages = messages
        self._size = size
        self._receive_maximum = receive_maximum
        self._unconfirmed: dict[int, _HandedOver] = {}
        self._unconfirmed_size = 0
        self._undelivered: collections.deque[_Sent] = collections.deque()
        self._undelivered_size = 0

    @property
    def broker_has_room(self) -> bool:
        """True while another message may be on its way to the broker."""
        return (
            len(self._unconfirmed) < min(self._messages, self._receive_maximum)
            and self._unconfirmed_size < self._size
        )

    def has_room(self, *, probing: bool) -> bool:
        """True while more of the journal may be sent; a probe is a single message."""
        return (
            self.broker_has_room
            and len(self._undelivered) < (1 if probing else self._messages)
            and self._undelivered_size < self._size
        )

    @property
    def waits_for_office(self) -> bool:
        """True while something is sent and not acknowledged by the office."""
        return bool(self._undelivered)

    @property
    def unconfirmed_since(self) -> float | None:
        """When the oldest message that the broker has not confirmed was handed over."""
        return next((message.at for message in self._unconfirmed.values()), None)

    def handed_over(self, mid: int, size: int, now: float) -> None:
        """A message went to the network thread."""
        self._unconfirmed[mid] = _HandedOver(size, now)
        self._unconfirmed_size += size

    def sent(self, last: Position, digest: str, size: int) -> None:
        """Entries up to `last`, whose hash is `digest`, are on their way to the office."""
        self._undelivered.append(_Sent(last, digest, size))
        self._undelivered_size += size

    def confirmed(self, mid: int) -> bool:
        """The broker answered for a message; False when it is none of ours."""
        message = self._unconfirmed.pop(mid, None)
        if message is None:
            return False
        self._unconfirmed_size -= message.size
        return True

    def hash_at(self, position: Position) -> str | None:
        """Hash of an entry that ended one of the messages under way."""
        return next((sent.hash for sent in self._undelivered if sent.last == position), None)

    def delivered(self, up_to: Position) -> None:
        """The office has committed everything up to here."""
        kept = [sent for sent in self._undelivered if not _covers(up_to, sent.last)]
        self._undelivered = collections.deque(kept)
        self._undelivered_size = sum(sent.size for sent in kept)

    def forget_deliveries(self) -> None:
        """All that waits for the office will be sent again."""
        self._undelivered.clear()
        self._undelivered_size = 0


def _covers(up_to: Position, last: Position) -> bool:
    return last.epoch == up_to.epoch and last.seq <= up_to.seq
