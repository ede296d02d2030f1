"""Sets that follow from the entries, as the edges are told: what changed, and all of it.

A place in the ledger is a number of arrival, and a set's version is above it by a lift. Every
store is told the same lines, those of all stores, and up to where its own edges are counted in.
"""

import itertools
from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec

from central_office.publishing import Lists
from central_office.reading import Reader
from edge_daemon.mqtt import OFFICE
from edge_daemon.records.master_data import NOWHERE, Covered
from edge_daemon.records.messages import MESSAGE_LIMIT

ENVELOPE_BYTES = 512
"""Of a delta without its lines and what it covers."""
COVERED_BYTES = 160
"""One edge's place, at most."""
EPOCHS = 8
"""Of an edge are named, the last ones."""

_MARKS = (
    "SELECT store, edge_id, epoch, up_to_seq FROM marks WHERE organization = ?"
    " AND up_to_seq > 0 ORDER BY first_at, epoch"
)


class Moved(NamedTuple):
    """What a line says now, and by which entry."""

    arrival: int
    line: msgspec.Raw


class Step(NamedTuple):
    """From one place in the ledger to another, for any store."""

    after: int
    up_to: int
    lines: tuple[msgspec.Raw, ...]


class Moment(NamedTuple):
    """What a whole set is made for.

    Attributes:
        last: The ledger's last place.
        as_of: Microseconds since 1970 UTC.
        covered: Up to where the store's edges are counted in.
    """

    organization: str
    last: int
    as_of: int
    covered: tuple[Covered, ...]


class LedgerSet(NamedTuple):
    """A set that follows from the entries.

    Attributes:
        name: As in its topics.
        changes: What changed behind a place and up to another, in the order of the ledger.
        whole: All of it.
        steps_limit: So many messages of 256 KiB at once; what needs more is published whole.
    """

    name: str
    changes: Callable[[Reader, str, int, int], list[Moved]]
    whole: Callable[[Reader, Moment], Lists]
    steps_limit: int


def steps(moves: Sequence[Moved], after: int, up_to: int, room: int) -> list[Step] | None:
    """Cut what changed into steps whose lines have `room` bytes at most.

    A step ends with an entry and never inside one, so that whoever stops there knows all up to it.

    Returns:
        They, in order; None where one entry alone changed more than fits.
    """
    found: list[Step] = []
    lines: list[msgspec.Raw] = []
    size, begins, ends = 0, after, after
    for arrival, group in itertools.groupby(moves, key=lambda moved: moved.arrival):
        more = [moved.line for moved in group]
        more_size = sum(len(line) + 1 for line in more)
        if more_size > room:
            return None
        if size + more_size > room:
            found.append(Step(begins, ends, tuple(lines)))
            lines, size, begins = [], 0, ends
        lines += more
        size += more_size
        ends = arrival
    return [*found, Step(begins, up_to, tuple(lines))]


def room_for(covered: Sequence[Covered]) -> int:
    """Bytes that a delta has for its lines."""
    return MESSAGE_LIMIT - ENVELOPE_BYTES - COVERED_BYTES * len(covered)


def delta_message(step: Step, lift: int, as_of: int, covered: Sequence[Covered] | None) -> bytes:
    """A step as it travels.

    Args:
        step: It.
        lift: By which the versions are above the places in the ledger.
        as_of: Microseconds since 1970 UTC.
        covered: Up to where the store's edges are counted in; None for all steps but the last.
    """
    fields = {
        "from_version": lift + step.after,
        "to_version": lift + step.up_to,
        "as_of": as_of,
        "lines": step.lines,
    }
    return msgspec.json.encode(fields if covered is None else {**fields, "covers": covered})


def still_message(version: int, as_of: int) -> bytes:
    """That what a version holds is still so, at `as_of`; an edge behind it says so."""
    still = {"from_version": NOWHERE, "to_version": version, "as_of": as_of}
    return msgspec.json.encode(still)


def covers(read: Reader, organization: str) -> dict[str, tuple[Covered, ...]]:
    """Up to where each store's edges are counted in.

    Of an edge's epochs the newest that it has counts, by which all earlier ones are known to it:
    what of them was accepted or refused later is settled in the figures. Where an old card was put
    back it may lack the last ones, so a few are named.
    """
    named: dict[tuple[str, str], tuple[Covered, ...]] = {}
    for store, edge_id, epoch, seq in read(_MARKS, (organization,)):
        if edge_id != OFFICE:
            before = named.get((store, edge_id), ())
            covered = Covered(edge_id=edge_id, epoch=epoch, seq=seq)
            named[store, edge_id] = (*before, covered)[-EPOCHS:]
    found: dict[str, tuple[Covered, ...]] = {}
    for (store, _), covered_epochs in sorted(named.items(), key=lambda one: one[0]):
        found[store] = found.get(store, ()) + covered_epochs
    return found
