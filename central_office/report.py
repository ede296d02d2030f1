"""What the office knows, read from its database: completeness, totals, what waits for a person."""

import pathlib
from collections.abc import Iterator
from typing import Any, TypeVar

import msgspec

from central_office.reading import Reader, open_reader

_STREAMS = (
    "SELECT marks.organization, marks.store, marks.edge_id, coalesce(state, 'unknown'), epoch,"
    " up_to_seq, marks.occurred_at, CASE WHEN announced_seq > up_to_seq THEN announced_seq ELSE"
    " up_to_seq END, duplicates, forked_at, (SELECT count(*) FROM parked WHERE parked.edge_id ="
    " marks.edge_id AND parked.epoch = marks.epoch), (SELECT count(*) FROM quarantine WHERE"
    " quarantine.edge_id = marks.edge_id AND quarantine.epoch = marks.epoch AND decided_at IS"
    " NULL), link_alarm FROM marks JOIN edges ON edges.edge_id = marks.edge_id"
    " ORDER BY marks.organization, marks.store, marks.edge_id, marks.first_at, epoch"
)
_SALES = (
    "SELECT organization, store, currency, CAST(sum(sales) AS bigint), CAST(sum(gross) AS bigint)"
    " FROM sales GROUP BY organization, store, currency ORDER BY organization, store, currency"
)
_QUARANTINE = (
    "SELECT reason, count(*), CAST(sum(times) AS bigint) FROM quarantine WHERE decided_at IS NULL"
    " GROUP BY reason ORDER BY reason"
)
_FORKS = (
    "SELECT edge_id, epoch, coalesce(decision, 'waiting'), min(seq), max(seq), count(*)"
    " FROM quarantine WHERE reason IN ('fork', 'after_fork')"
    " GROUP BY edge_id, epoch, decision, decided_at ORDER BY edge_id, epoch, min(id)"
)


class StreamRow(msgspec.Struct, frozen=True, kw_only=True):
    """One epoch of one edge: complete up to `up_to_seq`, which happened at `occurred_at`.

    Attributes:
        state: `online`, `offline` or `unknown`.
        occurred_at: Microseconds since 1970 UTC; None before the first entry.
        announced_seq: The furthest entry that the office has heard of.
        lag: Entries heard of and not stored.
        parked: Entries that wait for a hole before them.
        quarantined: Entries that wait for a person.
        link_alarm: Why the epoch does not go on where the office knows that the edge ended.
    """

    organization: str
    store: str
    edge_id: str
    state: str
    epoch: str
    up_to_seq: int
    occurred_at: int | None
    announced_seq: int
    lag: int
    duplicates: int
    forked_at: int | None
    parked: int
    quarantined: int
    link_alarm: str | None


class SalesTotal(msgspec.Struct, frozen=True, kw_only=True):
    """What a store sold; `gross` in minor units."""

    organization: str
    store: str
    currency: str
    sales: int
    gross: int


class QuarantineTotal(msgspec.Struct, frozen=True, kw_only=True):
    """How much waits in quarantine, and how often it came."""

    reason: str
    kept: int
    times: int


class ForkRow(msgspec.Struct, frozen=True, kw_only=True):
    """Entries of one branch with one decision, or that wait for one.

    Attributes:
        decision: `accepted`, `rejected` or `waiting`.
    """

    edge_id: str
    epoch: str
    decision: str
    first_seq: int
    last_seq: int
    entries: int


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """`central-office status`.

    Attributes:
        dropped: What came over the quarantine's limit.
    """

    entries: int
    streams: tuple[StreamRow, ...]
    sales: tuple[SalesTotal, ...]
    quarantine: tuple[QuarantineTotal, ...]
    forks: tuple[ForkRow, ...]
    dropped: int


def read_report(address: str | pathlib.Path) -> Report:
    """Read everything at one moment, from a file or from PostgreSQL.

    Raises:
        OfficeError: There is no such database.
    """
    with open_reader(address) as read:
        return Report(
            entries=_one(read, "SELECT coalesce(sum(last), 0) FROM arrivals"),
            streams=tuple(_filled(StreamRow, _with_lag(row)) for row in read(_STREAMS, ())),
            sales=tuple(_filled(SalesTotal, row) for row in read(_SALES, ())),
            quarantine=tuple(_filled(QuarantineTotal, row) for row in read(_QUARANTINE, ())),
            forks=tuple(_filled(ForkRow, row) for row in read(_FORKS, ())),
            dropped=_one(read, "SELECT coalesce(sum(dropped), 0) FROM quarantine_sizes"),
        )


def read_entries(
    address: str | pathlib.Path, edge_id: str, *, epoch: str | None = None, after_seq: int = 0
) -> Iterator[bytes]:
    """The stored bytes of an edge, in the order of arrival.

    Raises:
        OfficeError: There is no such database.
    """
    in_epoch, chosen = ("", ()) if epoch is None else (" AND epoch = ?", (epoch,))
    sql = (
        f"SELECT data FROM entries WHERE edge_id = ? AND seq > ?{in_epoch}"  # noqa: S608 - constants
        " ORDER BY organization, arrival"
    )
    with open_reader(address) as read:
        for (data,) in read(sql, (edge_id, after_seq, *chosen)):
            yield bytes(data)


def _one(read: Reader, sql: str) -> int:
    for (value,) in read(sql, ()):
        return int(value)
    return 0


def _with_lag(row: tuple[Any, ...]) -> tuple[Any, ...]:
    up_to_seq, announced_seq = row[5], row[7]
    return (*row[:8], announced_seq - up_to_seq, *row[8:])


Row = TypeVar("Row", bound=msgspec.Struct)


def _filled(kind: type[Row], row: tuple[Any, ...]) -> Row:
    """A row whose columns come in the order of the fields."""
    return kind(**dict(zip(kind.__struct_fields__, row, strict=True)))
