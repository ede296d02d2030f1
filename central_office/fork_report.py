"""The branches in quarantine as a person sees them: what is on each, and who decided what."""

import itertools
from collections.abc import Iterator

import msgspec

from central_office.branches import Branch, branches, sales_of
from central_office.lines import read_line
from central_office.reading import Reader
from central_office.tables import Waiting
from edge_daemon.records import decode_entry
from edge_daemon.records.payloads import SystemEvent

_BRANCHES = (
    "SELECT edge_id, epoch, coalesce(decided_at, 0), coalesce(decision, 'waiting'), id, data"
    " FROM quarantine WHERE edge_id IS NOT NULL ORDER BY edge_id, epoch, 3, seq, id"
)
_DECISION = "SELECT data FROM entries WHERE organization = ? AND arrival = ?"


class ForkRow(msgspec.Struct, frozen=True, kw_only=True):
    """One branch: entries of a forked epoch that follow each other.

    Attributes:
        branch: Its name.
        decision: `accepted`, `rejected` or `waiting`.
        sales: How many are on it.
        gross: Their amounts in minor units, by currency.
        by, reason: Who decided, and why.
    """

    edge_id: str
    epoch: str
    branch: str
    decision: str
    first_seq: int
    last_seq: int
    entries: int
    sales: int
    gross: dict[str, int]
    by: str | None = None
    reason: str | None = None


def read_forks(read: Reader) -> Iterator[ForkRow]:
    """All branches; of an epoch those that wait come first."""
    rows = read(_BRANCHES, ())
    for (_, _, decided_at, decision), group in itertools.groupby(rows, lambda row: row[:4]):
        waiting = (Waiting(row[4], read_line(bytes(row[5]))) for row in group)
        for branch in branches(waiting):
            yield _row(read, branch, decision, decided_at)


def _row(read: Reader, branch: Branch, decision: str, decided_at: int) -> ForkRow:
    by, reason = _decision(read, branch, decided_at) if decided_at else (None, None)
    sales, gross = sales_of(branch)
    return ForkRow(
        edge_id=branch.first.edge_id,
        epoch=branch.first.epoch,
        branch=branch.name,
        decision=decision,
        first_seq=branch.first.seq,
        last_seq=branch.last.seq,
        entries=len(branch.waiting),
        sales=sales,
        gross=gross,
        by=by,
        reason=reason,
    )


def _decision(read: Reader, branch: Branch, arrival: int) -> tuple[str | None, str | None]:
    """What the office's own entry says."""
    for (data,) in read(_DECISION, (branch.first.organization, arrival)):
        entry = decode_entry(bytes(data))
        event = entry.payload
        fork = event.fork if isinstance(event, SystemEvent) else None
        return entry.operator_id, (fork or {}).get("reason")
    return None, None
