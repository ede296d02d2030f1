"""What goes into the journal and what comes out of it."""

import dataclasses
import sqlite3
from collections.abc import Callable, Sequence
from typing import NamedTuple

from edge_daemon.records import JournalEntry, Position
from edge_daemon.records.payloads import Payload


@dataclasses.dataclass(frozen=True, slots=True)
class EdgeIdentity:
    """Who writes: the part of every envelope that never changes on a box.

    Attributes:
        workstation_id: Named in entries that concern no register in particular.
    """

    organization_id: str
    retail_store_id: str
    edge_id: str
    workstation_id: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A fact on its way into the journal; what is None the journal fills in.

    Attributes:
        entry_id: Where others have to name this entry before it is written.
        workstation_id: The register that asked.
        till_session_id: The shift; where not given, the one that is open at the workstation.
        api_idempotency_key: The ULID of the register's call, on all entries of that call.
        business_day_date: `YYYY-MM-DD`; the local date of `occurred_at` where not given.
        occurred_at: Microseconds since 1970 UTC; now where not given.
    """

    payload: Payload
    entry_id: str | None = None
    workstation_id: str | None = None
    operator_id: str | None = None
    till_session_id: str | None = None
    training: bool = False
    api_idempotency_key: str | None = None
    business_day_date: str | None = None
    occurred_at: int | None = None


class Head(NamedTuple):
    """The last entry: its place and its hash. `seq` 0 and 64 zeros before the first one."""

    epoch: str
    seq: int
    hash: str

    @property
    def position(self) -> Position:
        """Where the last entry stands."""
        return Position(self.epoch, self.seq)


class Acknowledged(NamedTuple):
    """Up to where the office holds one epoch, and the hash it named there."""

    epoch: str
    up_to_seq: int
    hash: str


class StoredEntry(NamedTuple):
    """One entry as stored: `data` is what was hashed, what is relayed, what the office keeps."""

    epoch: str
    seq: int
    hash: str
    data: bytes

    @property
    def position(self) -> Position:
        """Where the entry stands."""
        return Position(self.epoch, self.seq)


SessionOf = Callable[[sqlite3.Connection, str], str | None]
"""The till session in which a workstation's entry falls; asked inside the append's transaction."""

Build = Callable[[sqlite3.Connection], Sequence[Draft]]
"""Looks at the projections and says what to append, inside the append's own transaction.

Called a second time when the disk turned out to be full and the reserve was given up."""


@dataclasses.dataclass(frozen=True, slots=True)
class Projection:
    """Tables that follow from the entries, kept inside every append's transaction.

    Attributes:
        name: For messages.
        create: Makes the tables where they are missing (STRICT, with sqlite-utils).
        tables: Their names, in an order in which they can be dropped.
        apply: Called once for each entry, in order. Must depend on nothing but the tables and the
            entry: a rebuild replays all entries and has to give equal tables.
    """

    name: str
    create: Callable[[sqlite3.Connection], None]
    tables: tuple[str, ...]
    apply: Callable[[sqlite3.Connection, JournalEntry], None]
