"""When to send, when to wait and when to start again. No I/O; moments are the loop's seconds.

While the office answers, everything that the window permits is sent. When nothing comes back in
time, or the broker says that nobody listens, the relay probes: one message at a time, with ever
longer waits, so that an office that is away for a month finds no mountain of duplicates. Any word
of the office ends that at once.
"""

import math

from edge_daemon.mqtt import Backoff

PATIENCE_LIMIT_SECONDS = 60.0


class Pace:
    """The relay's patience on one connection."""

    def __init__(self, ack_timeout: float) -> None:
        self.probing = False
        self._backoff = Backoff(ack_timeout, max(ack_timeout, PATIENCE_LIMIT_SECONDS))
        self._patience = ack_timeout
        self._overdue_at = math.inf
        self._held_until = -math.inf

    def holds(self, now: float) -> bool:
        """True while nothing of the journal may be sent."""
        return now < self._held_until

    def overdue(self, now: float) -> bool:
        """True when the office should have acknowledged something by now."""
        return now >= self._overdue_at

    def next_moment(self, now: float) -> float | None:
        """When to look again; None when only an event can change anything."""
        held = self._held_until if self.holds(now) else math.inf
        moment = min(self._overdue_at, held)
        return None if moment == math.inf else moment

    def sent(self, now: float) -> None:
        """Something is on its way to the office."""
        if self._overdue_at == math.inf:
            self._overdue_at = now + self._patience

    def progressed(self, now: float, *, waiting: bool) -> None:
        """The office acknowledged something; `waiting` when more is on its way."""
        self._overdue_at = now + self._patience if waiting else math.inf

    def fell_silent(self) -> None:
        """No answer in time: probe, more patiently each time."""
        self.probing = True
        self._patience = self._backoff.next()
        self._overdue_at = math.inf

    def refused(self, now: float) -> None:
        """Nobody listens, or there is no room: probe, but not before a while."""
        self.fell_silent()
        self._held_until = now + self._patience

    def stop(self) -> None:
        """Send nothing more on this connection."""
        self._held_until = math.inf
        self._overdue_at = math.inf

    def office_spoke(self) -> bool:
        """The office is there; True when what was sent before has to be sent again."""
        if not self.probing or self._held_until == math.inf:
            return False
        self.probing = False
        self._backoff.reset()
        self._patience = self._backoff.next()
        self._overdue_at = math.inf
        self._held_until = -math.inf
        return True
