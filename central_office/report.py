"""What the office knows, read from its database: completeness, totals, what waits for a person."""

import pathlib
import sqlite3
from collections.abc import Iterator

import msgspec

from central_office.schema import connect_reader

_STREAMS = (
    "SELECT organization, store, edge_id, coalesce(state, 'unknown'), epoch, up_to_seq,"
    " marks.occurred_at, max(announced_seq, up_to_seq), duplicates, forked_at,"
    " (SELECT count(*) FROM parked WHERE parked.edge_id = marks.edge_id AND parked.epoch ="
    " marks.epoch), (SELECT count(*) FROM quarantine WHERE quarantine.edge_id = marks.edge_id AND"
    " quarantine.epoch = marks.epoch) FROM marks JOIN edges USING (edge_id)"
    " ORDER BY organization, store, edge_id, first_at, marks.rowid"
)
_SALES = (
    "SELECT organization, store, currency, sum(sales), sum(gross) FROM sales"
    " GROUP BY organization, store, currency ORDER BY organization, store, currency"
)
_QUARANTINE = "SELECT reason, count(*), sum(times) FROM quarantine GROUP BY reason ORDER BY reason"


class StreamRow(msgspec.Struct, frozen=True, kw_only=True):
    """One epoch of one edge: complete up to `up_to_seq`, which happened at `occurred_at`.

    Attributes:
        state: `online`, `offline` or `unknown`.
        occurred_at: Microseconds since 1970 UTC; None before the first entry.
        announced_seq: The furthest entry that the office has heard of.
        lag: Entries heard of and not stored.
        parked: Entries that wait for a hole before them.
        quarantined: Entries that wait for a person.
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


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """`central-office status`."""

    entries: int
    streams: tuple[StreamRow, ...]
    sales: tuple[SalesTotal, ...]
    quarantine: tuple[QuarantineTotal, ...]


def read_report(path: pathlib.Path) -> Report:
    """Read everything at one moment.

    Raises:
        OfficeError: There is no such database.
    """
    connection = connect_reader(path)
    try:
        connection.execute("BEGIN")
        return Report(
            entries=connection.execute("SELECT count(*) FROM entries").fetchone()[0],
            streams=tuple(_streams(connection)),
            sales=tuple(
                SalesTotal(
                    organization=row[0], store=row[1], currency=row[2], sales=row[3], gross=row[4]
                )
                for row in connection.execute(_SALES)
            ),
            quarantine=tuple(
                QuarantineTotal(reason=row[0], kept=row[1], times=row[2])
                for row in connection.execute(_QUARANTINE)
            ),
        )
    finally:
        connection.close()


def read_entries(
    path: pathlib.Path, edge_id: str, *, epoch: str | None = None, after_seq: int = 0
) -> Iterator[bytes]:
    """The stored bytes of an edge, in the order of arrival.

    Raises:
        OfficeError: There is no such database.
    """
    connection = connect_reader(path)
    try:
        rows = connection.execute(
            "SELECT data FROM entries WHERE edge_id = ? AND (? IS NULL OR epoch = ?) AND seq > ?"
            " ORDER BY arrival",
            (edge_id, epoch, epoch, after_seq),
        )
        for (data,) in rows:
            yield data
    finally:
        connection.close()


def _streams(connection: sqlite3.Connection) -> Iterator[StreamRow]:
    for row in connection.execute(_STREAMS):
        yield StreamRow(
            organization=row[0],
            store=row[1],
            edge_id=row[2],
            state=row[3],
            epoch=row[4],
            up_to_seq=row[5],
            occurred_at=row[6],
            announced_seq=row[7],
            lag=row[7] - row[5],
            duplicates=row[8],
            forked_at=row[9],
            parked=row[10],
            quarantined=row[11],
        )
