"""Who was not let through, for the journal: equal refusals become one entry a minute.

The first of a kind is written at once. Those that follow within the minute are counted and written
at its end, so nobody fills the journal from outside: not by asking often, and, since there are
only so many kinds in a minute, not by asking differently each time either.
"""

import asyncio
import collections
from collections.abc import Callable, Coroutine
from typing import Any

import msgspec

from edge_daemon.errors import EdgeError
from edge_daemon.journal import Draft, Journal
from edge_daemon.records.payloads import AccessEvent
from edge_daemon.web import NOBODY, Refusal

MINUTE = 60.0
KINDS_LIMIT = 16
"""Kinds of refusals told apart in one minute; what comes beyond is counted by its reason only."""
TEXT_LIMIT = 200
"""Characters of what a stranger showed that the journal repeats."""

Spawn = Callable[[Coroutine[Any, Any, None]], object]


class Refusals:
    """Counts refusals, and journals them."""

    def __init__(self, journal: Journal, spawn: Spawn) -> None:
        self._journal = journal
        self._spawn = spawn
        self._more: collections.Counter[Refusal] = collections.Counter()
        self._seen: set[Refusal] = set()

    def note(self, refusal: Refusal) -> None:
        """Somebody was refused. Never blocks, never raises."""
        kind = self._kind(refusal)
        if kind in self._seen:
            self._more[kind] += 1
            return
        if not self._seen:
            asyncio.get_running_loop().call_later(MINUTE, self._end_minute)
        self._seen.add(kind)
        self._spawn(self._append([_event(kind, 1)]))

    def _kind(self, refusal: Refusal) -> Refusal:
        kind = refusal._replace(
            origin=_readable(refusal.origin), address=_readable(refusal.address)
        )
        if kind in self._seen or len(self._seen) < KINDS_LIMIT:
            return kind
        return Refusal(kind.reason)

    def _end_minute(self) -> None:
        counted, self._more = self._more, collections.Counter()
        self._seen = set(counted)  # who goes on is counted on, not told anew
        if counted:
            asyncio.get_running_loop().call_later(MINUTE, self._end_minute)
            self._spawn(self._append([_event(kind, count) for kind, count in counted.items()]))

    async def _append(self, events: list[AccessEvent]) -> None:
        try:
            await self._journal.append(*(Draft(payload=event) for event in events))
        except EdgeError:
            # A full disk is no reason to let anybody in, and a broken one ends the daemon anyway.
            return


def _readable(shown: str) -> str:
    return shown[:TEXT_LIMIT].encode("ascii", "backslashreplace").decode()


def _event(refusal: Refusal, count: int) -> AccessEvent:
    event = AccessEvent(
        event="Refused",
        subject=refusal.subject or NOBODY,
        scopes=refusal.scopes or None,
        origin=refusal.origin or None,
        source_address=refusal.address or None,
        reason=refusal.reason.value,
    )
    return event if count == 1 else msgspec.structs.replace(event, count=count)
