"""What ingest needs of a database, inside one transaction.

Each kind of database has one class for it; the decisions are in `ingest`, for all of them.
"""

import dataclasses
import enum
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


@dataclasses.dataclass(slots=True, kw_only=True)
class Mark:
    """How far one epoch of one edge is stored, without a hole.

    Attributes:
        up_to_seq, hash: The last entry; 0 and 64 zeros before the first.
        occurred_at: Its moment, microseconds since 1970 UTC.
        announced_seq: The head that the edge last named in its status.
        duplicates: Entries that came again.
        forked_at: The `seq` at which another history showed up; a person has to decide.
    """

    topics: EdgeTopics
    epoch: str
    up_to_seq: int = 0
    hash: str = GENESIS_HASH
    occurred_at: int | None = None
    announced_seq: int = 0
    duplicates: int = 0
    forked_at: int | None = None


class Refusal(NamedTuple):
    """What goes into quarantine: unchanged, with where it came from."""

    reason: Reason
    detail: str
    topic: str
    data: bytes
    line: Line | None


class Tables(Protocol):
    """The tables as seen by one transaction."""

    def mark(self, edge_id: str, epoch: str) -> Mark | None:
        """The high-water mark, locked for this transaction; None for a new epoch."""
        ...

    def save_mark(self, mark: Mark) -> None:
        """Write a mark."""
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

    def store(self, line: Line, now_us: int) -> int:
        """Store an entry and give it its number of arrival."""
        ...

    def park(self, line: Line, limit: int) -> None:
        """Keep an entry that lies beyond a hole; over the limit the farthest ones go."""
        ...

    def unpark(self, edge_id: str, epoch: str, seq: int) -> list[Line]:
        """Take the entries out that are parked at this place."""
        ...

    def first_parked(self, edge_id: str, epoch: str) -> int | None:
        """The lowest parked `seq`."""
        ...

    def quarantine(self, refusal: Refusal, now_us: int) -> None:
        """Keep what cannot be taken in. The same bytes again only count."""
        ...

    def note_status(self, topics: EdgeTopics, status: Status, now_us: int) -> None:
        """Remember whether the edge is there. An old will does not pass for news."""
        ...

    def add_sales(self, row: SalesRow) -> None:
        """Add to the sales totals."""
        ...

    def note_unfolded(self, arrival: int, why: str) -> None:
        """Remember a stored entry that a fold could not read."""
        ...
