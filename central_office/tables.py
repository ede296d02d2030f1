"""What ingest needs of a database, inside one transaction.

Each kind of database has one class for it; the decisions are in `ingest`, for all of them.
"""

import dataclasses
import enum
from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

from central_office.folds import SalesRow
from central_office.lines import Line
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

    def mark(self, edge_id: str, epoch: str) -> Mark | None:
        """The high-water mark; None for a new epoch."""
        ...

    def marks_of(self, edge_id: str) -> list[Mark]:
        """The marks of all epochs of an edge, in the order in which they were heard of."""
        ...

    def save_marks(self, marks: Sequence[Mark]) -> None:
        """Write marks."""
        ...

    def home(self, edge_id: str) -> EdgeTopics | None:
        """Where the edge belongs, or None for an edge never seen."""
        ...

    def settle(self, topics: EdgeTopics, now_us: int) -> None:
        """Register a new edge at its organization and store."""
        ...

    def hash_at(self, edge_id: str, epoch: str, seq: int) -> str | None:
        """Hash of a stored entry."""
        ...

    def store(self, lines: Sequence[Line], now_us: int) -> list[int]:
        """Store entries and give them their numbers of arrival in their organization.

        The numbers of an organization rise in the order of the commits: whoever has one of them
        keeps the other workers waiting until the end of the transaction.
        """
        ...

    def park(self, line: Line) -> None:
        """Keep an entry that lies beyond a hole."""
        ...

    def trim_parked(self, edge_id: str, limit: int, limit_bytes: int) -> None:
        """Let go of what is parked farthest ahead, until an edge's entries fit the limits."""
        ...

    def unpark(self, edge_id: str, epoch: str, seq: int) -> list[Line]:
        """Take the entries out that are parked at this place."""
        ...

    def first_parked(self, edge_id: str, epoch: str) -> int | None:
        """The lowest parked `seq`."""
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

    def note_status(self, topics: EdgeTopics, status: Status, now_us: int) -> None:
        """Remember whether the edge is there. An old will does not pass for news."""
        ...

    def add_sales(self, rows: Sequence[SalesRow]) -> None:
        """Add to the sales totals."""
        ...

    def note_unfolded(self, organization: str, arrival: int, why: str) -> None:
        """Remember a stored entry that a fold could not read."""
        ...

    def resume(self, edge_id: str) -> bytes | None:
        """The edge's part of `folds.ResumeState`, encoded."""
        ...

    def save_resume(self, edge_id: str, state: bytes) -> None:
        """Write it."""
        ...
