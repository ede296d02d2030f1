"""What an edge says of itself in its status, and when it says it again."""

import math
from collections.abc import Callable
from typing import NamedTuple

from edge_daemon.journal import Head
from edge_daemon.mqtt import Backoff
from edge_daemon.records.messages import EdgeState, Status, encode_message
from edge_daemon.relay.downlink import Downstream

REPEAT_SECONDS = 1.0
"""At least between two statuses of one connection: a device with a loose plug floods nobody."""

QUIET_SECONDS = 600.0
"""At most between two statuses, with jitter: an office that was restored hears of a quiet till, and
so does one that starts at a broker which gives no retained messages to wildcards (RabbitMQ)."""


class About(NamedTuple):
    """The box besides its journal.

    Attributes:
        devices: State of each device, by its configured name.
    """

    software_version: str
    devices: dict[str, str]


class Herald:
    """The status of one connection."""

    def __init__(
        self,
        number: int,
        about: Callable[[], About] | None,
        downstream: Downstream | None,
    ) -> None:
        self._number = number
        self._about = about
        self._downstream = downstream
        self._said: About | None = None
        self._said_at = -math.inf
        self._quiet = Backoff(QUIET_SECONDS, QUIET_SECONDS)
        self._again_at = math.inf
        self._stale = False

    @property
    def offline(self) -> bytes:
        """The last will: it names the connection, so that an old one cannot pass for news."""
        return encode_message(Status(state=EdgeState.OFFLINE, connection=self._number))

    def online(self, head: Head, now: float) -> bytes:
        """The status as it is now."""
        self._stale, self._said_at, self._again_at = False, now, now + self._quiet.next()
        self._said = about = self._about() if self._about else None
        downstream = self._downstream
        return encode_message(
            Status(
                state=EdgeState.ONLINE,
                connection=self._number,
                epoch=head.epoch,
                seq=head.seq,
                hash=head.hash,
                versions=downstream.versions if downstream else None,
                rejected=(downstream.rejected or None) if downstream else None,
                devices=about.devices if about else None,
                software_version=about.software_version if about else None,
            )
        )

    def outdated(self) -> None:
        """Something has to be said anew."""
        self._stale = True

    def look(self) -> bool:
        """True when the box is not any more what was said of it."""
        self._stale |= self._about is not None and self._about() != self._said
        return self._stale

    @property
    def due_at(self) -> float | None:
        """When to say it, in the loop's seconds; None before the first time."""
        due_at = self._said_at + REPEAT_SECONDS if self._stale else self._again_at
        return None if math.isinf(due_at) else due_at
