"""What is to be said to the stores: deltas to all of a store's edges, and whole sets.

An edge that lacks a set gets the whole, once: it takes a while, and nobody else is told so often.
"""

import dataclasses
from typing import NamedTuple

from central_office.master_lists import ListKey
from central_office.reading import Reader

WHOLE_SECONDS = 30.0
"""So long a whole set is on its way before it is published again to an edge that lacks it."""
WHOLE_SECONDS_MOST = 3600.0
"""The time is doubled each time, up to this: an edge of an older release takes no such set, and the
broker keeps it for one that does."""
Store = tuple[str, str]
"""Organization and store."""


class Delta(NamedTuple):
    """A message for every edge of a store, not retained."""

    store: Store
    topic: str
    payload: bytes


class Whole(NamedTuple):
    """A whole set for a store, from what is kept under `key`."""

    store: Store
    key: ListKey


class Outranked(NamedTuple):
    """An edge holds a version that nobody here gave: ours has to be above it."""

    key: ListKey
    version: int


@dataclasses.dataclass
class Plan:
    """What is to be done now, in this order."""

    outranked: set[Outranked] = dataclasses.field(default_factory=set)
    deltas: list[Delta] = dataclasses.field(default_factory=list)
    wholes: list[Whole] = dataclasses.field(default_factory=list)


class Round(NamedTuple):
    """One time of deciding.

    Attributes:
        read: The database at one moment.
        as_of: That moment, microseconds since 1970 UTC.
        now: Seconds, for how long something has been on its way.
        plan: What was decided by now.
    """

    read: Reader
    as_of: int
    now: float
    plan: Plan


class OnTheirWay:
    """Which whole sets were published, and when."""

    def __init__(self) -> None:
        self._since: dict[Whole, tuple[int, float, float]] = {}

    def may_go(self, whole: Whole, version: int, now: float, *, again: bool) -> bool:
        """Whether to publish it now; then it counts as published.

        Args:
            whole: It.
            version: Its version, or one at which it counts as another.
            now: Seconds.
            again: An edge says that it did not come as it should.
        """
        known, at, patience = self._since.get(whole, (None, 0.0, 0.0))
        if again or known != version or now - at >= WHOLE_SECONDS_MOST:
            patience = 0.0
        elif now - at < patience:
            return False
        patience = min(max(WHOLE_SECONDS, 2 * patience), WHOLE_SECONDS_MOST)
        self._since[whole] = version, now, patience
        return True

    def forget(self) -> None:
        """Nothing is on its way any more."""
        self._since.clear()
