"""What ingest needs of a database, inside one transaction.

Each kind of database has one class for it; the decisions are in `ingest`, for all of them.
"""

import dataclasses
import enum
from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

from central_office.folds.sheet import Key, Place, Row
from central_office.lines import Line
from central_office.projections import Projection
from edge_daemon.mqtt import EdgeTopics
from edge_daemon.records import GENESIS_HASH
from edge_daemon.records.messages import Status


class Reason(enum.StrEnum):
    """Why something waits in quarantine."""

    UNREADABLE = "unreadable"
    WRONG_TOPIC = "wrong_topic"
    OTHER_STORE = "other_store"
    FORK = "fork"
    AFTER_FORK = "after_fork"


class Decision(enum.StrEnum):
    """What a person said about a branch."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"


class Waiting(NamedTuple):
    """An entry of a branch in quarantine.

    Attributes:
        id: Of its row.
    """

    id: int
    line: Line


class Verdict(NamedTuple):
    """A person's decision about a branch.

    Attributes:
        by: Who decided.
    """

    decision: Decision
    by: str
    reason: str


@dataclasses.dataclass(slots=True, kw_only=True)
class Mark:
    """How far one epoch of one edge is stored, without a hole.

    Attributes:
        up_to_seq, hash: The last entry; 0 and 64 zeros before the first.
        occurred_at: Its moment, microseconds since 1970 UTC.
        announced_seq: The head that the edge last named in its status.
        duplicates: Entries that came again.
        forked_at: The `seq` at which another history showed up; a person has to decide.
        first_at: When the epoch was first heard of, microseconds since 1970 UTC.
        previous_epoch: What its `EpochStart` links to.
        link_alarm: What is wrong with that link; a person has to look.
    """

    topics: EdgeTopics
    epoch: str
    up_to_seq: int = 0
    hash: str = GENESIS_HASH
    occurred_at: int | None = None
    announced_seq: int = 0
    duplicates: int = 0
    forked_at: int | None = None
    first_at: int = 0
    previous_epoch: str | None = None
    link_alarm: str | None = None


class Refusal(NamedTuple):
    """What goes into quarantine: unchanged, with where it came from.

    Attributes:
        line: The entry, where the bytes are one that belongs on `topic`.
    """

    reason: Reason
    detail: str
    topic: str
    data: bytes
    line: Line | None


class Tables(Protocol):
    """The tables as seen by one transaction."""

    def lock(self, edges: Iterable[str]) -> None:
        """Keep every other worker from these edges until the transaction ends."""
        ...

    def lock_quarantine(self) -> None:
        """Keep every other worker from filling the quarantine.

        Only behind `lock` and before `store`: so no two workers wait for each other.
        """
        ...

    def marks(self, edges: Iterable[str]) -> list[Mark]:
        """The marks of all epochs of edges; an edge's in the order in which they were heard of."""
        ...

    def save_marks(self, marks: Sequence[Mark]) -> None:
        """Write marks."""
        ...

    def homes(self, edges: Iterable[str]) -> dict[str, EdgeTopics]:
        """Where each of the edges belongs that were ever seen."""
        ...

    def settle(self, topics: EdgeTopics, now_us: int) -> None:
        """Register a new edge at its organization and store."""
        ...

    def hash_at(self, edge_id: str, epoch: str, seq: int) -> str | None:
        """Hash of a stored entry."""
        ...

    def hashes(self, edge_id: str, epoch: str, seq: int, count: int) -> list[tuple[int, str]]:
        """Hashes of `count` stored entries from `seq` on, or of those that there are."""
        ...

    def store(self, lines: Sequence[Line], now_us: int) -> list[int]:
        """Store entries and give them their numbers of arrival in their organization.

        The numbers of an organization rise in the order of the commits: whoever has one of them
        keeps the other workers waiting until the end of the transaction.
        """
        ...

    def park(self, lines: Sequence[Line]) -> None:
        """Keep entries that lie beyond a hole."""
        ...

    def trim_parked(self, edge_id: str, limit: int, limit_bytes: int) -> None:
        """Let go of what is parked farthest ahead, until an edge's entries fit the limits."""
        ...

    def unpark(self, edge_id: str, epoch: str, seq: int) -> tuple[list[Line], int | None]:
        """Take the entries out that are parked from this place on without a hole, or some of them.

        Returns:
            They, in order, and the lowest `seq` that is parked still.
        """
        ...

    def first_parked(self, edges: Iterable[str]) -> dict[tuple[str, str], int]:
        """The lowest parked `seq` of each epoch (edge, epoch) of edges that has any."""
        ...

    def quarantine(self, refusal: Refusal, now_us: int, limit_bytes: int) -> None:
        """Keep what cannot be taken in. The same bytes from the same topic again only count.

        Over `limit_bytes` for an edge's branches, or for another reason, the newcomer is only
        counted. An entry of a branch is still in its journal, as it was not acknowledged, and
        comes again with the box's next connection; a decision makes room.
        """
        ...

    def last_quarantined(self, edge_id: str, epoch: str) -> int:
        """The highest `seq` of a branch in quarantine; 0 where there is none."""
        ...

    def quarantined_hashes(self, edge_id: str, epoch: str, seq: int) -> list[str]:
        """Hashes of the entries of a branch at this place."""
        ...

    def undecided(self, edge_id: str, epoch: str) -> list[Waiting]:
        """The entries of branches that nobody has decided about, in the order of `seq`."""
        ...

    def decide(self, waiting: Sequence[Waiting], decision: Decision, arrival: int) -> None:
        """Mark entries as decided by the office's entry with this number of arrival."""
        ...

    def decided(self, edge_id: str, epoch: str, arrival: int) -> list[Line]:
        """The entries that were decided by that entry, in the order of `seq`."""
        ...

    def note_statuses(self, statuses: Sequence[tuple[EdgeTopics, Status]], now_us: int) -> None:
        """Remember whether edges are there. An old will does not pass for news."""
        ...

    def resumes(self, edges: Iterable[str]) -> dict[str, bytes]:
        """Of each edge that has one its `folds.ResumeState`, encoded."""
        ...

    def write(self, changes: Iterable[tuple[Projection, Sequence[Row]]]) -> None:
        """Write rows, keys and values, in their projections' ways; no key is there twice."""
        ...

    def find(self, projection: Projection, keys: Iterable[Key]) -> dict[Key, Row]:
        """The values of the rows whose keys are these, or begin with them, by their keys."""
        ...

    def moved_between(self, article: Key, before: Place, start: int | None, end: int | None) -> int:
        """What moved of an article from one moment on and before another.

        Only movements that arrived before `before` count.
        """
        ...

    def receipts_of(self, organization: str, transaction_id: str) -> list[tuple[Place, Line]]:
        """The receipts of that id with their places, in the order of arrival."""
        ...
