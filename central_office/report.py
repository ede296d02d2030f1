"""What the office knows, read from its database: completeness, totals, what waits for a person."""

import itertools
import pathlib
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

import msgspec

from central_office.edge_report import EdgeRow, read_edges
from central_office.fork_report import ForkRow, read_forks
from central_office.reading import Reader, open_reader

_STREAMS = (
    "SELECT marks.organization, marks.store, marks.edge_id, coalesce(state, 'unknown'), epoch,"
    " up_to_seq, marks.occurred_at, CASE WHEN announced_seq > up_to_seq THEN announced_seq ELSE"
    " up_to_seq END, duplicates, forked_at, (SELECT count(*) FROM parked WHERE parked.edge_id ="
    " marks.edge_id AND parked.epoch = marks.epoch), (SELECT min(seq) FROM parked WHERE"
    " parked.edge_id = marks.edge_id AND parked.epoch = marks.epoch), (SELECT count(*) FROM"
    " quarantine WHERE"
    " quarantine.edge_id = marks.edge_id AND quarantine.epoch = marks.epoch AND decided_at IS"
    " NULL), link_alarm FROM marks JOIN edges ON edges.edge_id = marks.edge_id"
    " ORDER BY marks.organization, marks.store, marks.edge_id, marks.first_at, epoch"
)
_SALES = (
    "SELECT organization, store, currency, CAST(sum(sales) AS bigint), CAST(sum(gross) AS bigint)"
    " FROM sales GROUP BY organization, store, currency ORDER BY organization, store, currency"
)
_COUNT = "SELECT coalesce(sum(last), 0) FROM arrivals"
_QUARANTINE = (
    "SELECT reason, count(*), CAST(sum(times) AS bigint) FROM quarantine WHERE decided_at IS NULL"
    " GROUP BY reason ORDER BY reason"
)


class StreamRow(msgspec.Struct, frozen=True, kw_only=True):
    """One epoch of one edge: complete up to `up_to_seq`, which happened at `occurred_at`.

    Attributes:
        state: `online`, `offline` or `unknown`.
        occurred_at: Microseconds since 1970 UTC; None before the first entry.
        announced_seq: The furthest entry that the office has heard of.
        lag: Entries heard of and not stored.
        missing: First and last `seq` of the hole before what is parked, or heard of; or None.
        parked: Entries that wait for that hole to be filled.
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
    missing: tuple[int, int] | None
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


class StoreRow(msgspec.Struct, frozen=True, kw_only=True):
    """One store: everything that happened there up to `complete_to` is here.

    Attributes:
        complete_to: The earliest of its edges' last moments, microseconds since 1970 UTC.
        edges: How many boxes it has.
        incomplete: How many of them miss entries that the office has heard of.
        alarms: How many of them need a person.
    """

    organization: str
    store: str
    complete_to: int | None
    edges: int
    incomplete: int
    alarms: int


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """`central-office status`.

    Attributes:
        dropped: What came over the quarantine's limit.
    """

    entries: int
    stores: tuple[StoreRow, ...]
    streams: tuple[StreamRow, ...]
    edges: tuple[EdgeRow, ...]
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
        return report_of(read)


def report_of(read: Reader) -> Report:
    """The same from a database that is open."""
    streams = read_streams(read)
    return Report(
        entries=_one(read, _COUNT),
        stores=tuple(_stores(streams)),
        streams=streams,
        edges=tuple(read_edges(read)),
        sales=tuple(_filled(SalesTotal, row) for row in read(_SALES, ())),
        quarantine=tuple(_filled(QuarantineTotal, row) for row in read(_QUARANTINE, ())),
        forks=tuple(read_forks(read)),
        dropped=_one(read, "SELECT coalesce(sum(dropped), 0) FROM quarantine_sizes"),
    )


def read_streams(read: Reader) -> tuple[StreamRow, ...]:
    """Every epoch of every edge; an edge's in the order in which they were heard of."""
    return tuple(_filled(StreamRow, _with_lag(row)) for row in read(_STREAMS, ()))


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


def read_count(address: str | pathlib.Path) -> int:
    """How many entries are stored.

    Raises:
        OfficeError: There is no such database.
    """
    with open_reader(address) as read:
        return _one(read, _COUNT)


def _one(read: Reader, sql: str) -> int:
    for (value,) in read(sql, ()):
        return int(value)
    return 0


def _with_lag(row: tuple[Any, ...]) -> tuple[Any, ...]:
    up_to_seq, announced_seq, forked_at, first_parked = row[5], row[7], row[9], row[11]
    last = announced_seq if first_parked is None else first_parked - 1
    missing = (up_to_seq + 1, last) if last > up_to_seq and forked_at is None else None
    return (*row[:8], announced_seq - up_to_seq, *row[8:11], missing, *row[12:])


def _stores(streams: Iterable[StreamRow]) -> Iterator[StoreRow]:
    """An edge has come as far as the epoch that it began last, and each hole is one."""
    places = itertools.groupby(streams, lambda row: (row.organization, row.store))
    for (organization, store), rows in places:
        edges = [list(epochs) for _, epochs in itertools.groupby(rows, lambda row: row.edge_id)]
        moments = [epochs[-1].occurred_at for epochs in edges]
        known = [moment for moment in moments if moment is not None]
        yield StoreRow(
            organization=organization,
            store=store,
            complete_to=min(known) if len(known) == len(moments) else None,
            edges=len(edges),
            incomplete=sum(any(row.lag for row in epochs) for epochs in edges),
            alarms=sum(any(row.forked_at or row.link_alarm for row in epochs) for epochs in edges),
        )


Row = TypeVar("Row", bound=msgspec.Struct)


def _filled(kind: type[Row], row: tuple[Any, ...]) -> Row:
    """A row whose columns come in the order of the fields."""
    return kind(**dict(zip(kind.__struct_fields__, row, strict=True)))
