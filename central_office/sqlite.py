"""The embedded database: one file, one writer, nothing to install."""

import contextlib
import pathlib
import sqlite3
from collections.abc import Iterator, Sequence

from sqlite_utils import Database

from central_office.errors import OfficeError
from central_office.folds import SalesRow
from central_office.ingest import Ingest, Standing, fold
from central_office.lines import Line, read_line
from central_office.schema import connect_writer, create_projections
from central_office.tables import Mark, Refusal
from edge_daemon.mqtt import EdgeTopics
from edge_daemon.records import entry_hash
from edge_daemon.records.messages import EdgeState, Status

_MARK = (
    "SELECT edges.organization, edges.store, up_to_seq, hash, occurred_at, announced_seq,"
    " duplicates, forked_at FROM marks JOIN edges USING (edge_id) WHERE edge_id = ? AND epoch = ?"
)
_SAVE_MARK = (
    "INSERT INTO marks (edge_id, epoch, up_to_seq, hash, occurred_at, announced_seq, duplicates,"
    " forked_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (edge_id, epoch) DO UPDATE SET"
    " up_to_seq = excluded.up_to_seq, hash = excluded.hash, occurred_at = excluded.occurred_at,"
    " announced_seq = excluded.announced_seq, duplicates = excluded.duplicates,"
    " forked_at = excluded.forked_at"
)
_STORE = (
    "INSERT INTO entries (edge_id, organization, store, epoch, seq, entry_type, occurred_at,"
    " received_at, hash, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_DROP_FARTHEST = (
    "DELETE FROM parked WHERE edge_id = :edge AND epoch = :epoch AND seq > (SELECT seq FROM parked"
    " WHERE edge_id = :edge AND epoch = :epoch ORDER BY seq LIMIT 1 OFFSET :last)"
)
_QUARANTINE = (
    "INSERT INTO quarantine (reason, detail, topic, edge_id, epoch, seq, hash, data, first_at,"
    " times) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1) ON CONFLICT (reason, topic, hash)"
    " DO UPDATE SET times = times + 1"
)
_STATUS = (
    "UPDATE edges SET state = :state, connection = :connection, status_at = :now WHERE edge_id ="
    " :edge AND (:state = 'online' OR connection IS NULL OR connection = :connection)"
)
_ADD_SALES = (
    "INSERT INTO sales (organization, store, business_day_date, currency, sales, gross)"
    " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (organization, store, business_day_date, currency)"
    " DO UPDATE SET sales = sales + excluded.sales, gross = gross + excluded.gross"
)


class SqliteTables:
    """`Tables` on an open transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def mark(self, edge_id: str, epoch: str) -> Mark | None:
        """The high-water mark; None for a new epoch."""
        row = self._connection.execute(_MARK, (edge_id, epoch)).fetchone()
        if row is None:
            return None
        organization, store, up_to_seq, digest, occurred_at, announced, duplicates, forked = row
        return Mark(
            topics=EdgeTopics(organization, store, edge_id),
            epoch=epoch,
            up_to_seq=up_to_seq,
            hash=digest,
            occurred_at=occurred_at,
            announced_seq=announced,
            duplicates=duplicates,
            forked_at=forked,
        )

    def save_mark(self, mark: Mark) -> None:
        """Write a mark."""
        row = (
            mark.topics.edge,
            mark.epoch,
            mark.up_to_seq,
            mark.hash,
            mark.occurred_at,
            mark.announced_seq,
            mark.duplicates,
            mark.forked_at,
        )
        self._connection.execute(_SAVE_MARK, row)

    def home(self, edge_id: str) -> EdgeTopics | None:
        """Where the edge belongs, or None for an edge never seen."""
        row = self._connection.execute(
            "SELECT organization, store FROM edges WHERE edge_id = ?", (edge_id,)
        ).fetchone()
        return EdgeTopics(row[0], row[1], edge_id) if row else None

    def settle(self, topics: EdgeTopics, now_us: int) -> None:
        """Register a new edge at its organization and store."""
        self._connection.execute(
            "INSERT INTO edges (edge_id, organization, store, first_at) VALUES (?, ?, ?, ?)",
            (topics.edge, topics.organization, topics.store, now_us),
        )

    def hash_at(self, edge_id: str, epoch: str, seq: int) -> str | None:
        """Hash of a stored entry."""
        row = self._connection.execute(
            "SELECT hash FROM entries WHERE edge_id = ? AND epoch = ? AND seq = ?",
            (edge_id, epoch, seq),
        ).fetchone()
        return row[0].hex() if row else None

    def store(self, line: Line, now_us: int) -> int:
        """Store an entry and give it its number of arrival."""
        cursor = self._connection.execute(
            _STORE,
            (
                line.edge_id,
                line.organization,
                line.store,
                line.epoch,
                line.seq,
                line.entry_type,
                line.occurred_at,
                now_us,
                bytes.fromhex(line.hash),
                line.data,
            ),
        )
        return cursor.lastrowid or 0

    def park(self, line: Line, limit: int) -> None:
        """Keep an entry that lies beyond a hole; over the limit the farthest ones go."""
        self._connection.execute(
            "INSERT INTO parked VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (line.edge_id, line.epoch, line.seq, line.hash, line.data),
        )
        last = {"edge": line.edge_id, "epoch": line.epoch, "last": limit - 1}
        self._connection.execute(_DROP_FARTHEST, last)

    def unpark(self, edge_id: str, epoch: str, seq: int) -> list[Line]:
        """Take the entries out that are parked at this place."""
        rows = self._connection.execute(
            "DELETE FROM parked WHERE edge_id = ? AND epoch = ? AND seq = ? RETURNING data",
            (edge_id, epoch, seq),
        ).fetchall()
        return [read_line(data) for (data,) in rows]

    def first_parked(self, edge_id: str, epoch: str) -> int | None:
        """The lowest parked `seq`."""
        row = self._connection.execute(
            "SELECT min(seq) FROM parked WHERE edge_id = ? AND epoch = ?", (edge_id, epoch)
        ).fetchone()
        first: int | None = row[0]
        return first

    def quarantine(self, refusal: Refusal, now_us: int) -> None:
        """Keep what cannot be taken in. The same bytes again only count."""
        line = refusal.line
        place = (line.edge_id, line.epoch, line.seq) if line else (None, None, None)
        digest = line.hash if line else entry_hash(refusal.data)
        row = (refusal.reason, refusal.detail, refusal.topic, *place, digest, refusal.data, now_us)
        self._connection.execute(_QUARANTINE, row)

    def note_status(self, topics: EdgeTopics, status: Status, now_us: int) -> None:
        """Remember whether the edge is there. An old will does not pass for news."""
        self._connection.execute(
            _STATUS,
            {
                "edge": topics.edge,
                "state": EdgeState(status.state).value,
                "connection": status.connection,
                "now": now_us,
            },
        )

    def add_sales(self, row: SalesRow) -> None:
        """Add to the sales totals."""
        self._connection.execute(_ADD_SALES, row)

    def note_unfolded(self, arrival: int, why: str) -> None:
        """Remember a stored entry that a fold could not read."""
        self._connection.execute("INSERT INTO unfolded VALUES (?, ?)", (arrival, why))


class SqliteStore:
    """The database file. Its methods block: call them on one worker thread."""

    def __init__(self, path: pathlib.Path, *, parked_limit: int) -> None:
        self._path = path
        self._parked_limit = parked_limit
        self._connection = connect_writer(path)

    def take_in(self, messages: Sequence[tuple[str, bytes]], now_us: int) -> list[Standing]:
        """Take messages (topic, payload) in, in one transaction, and return after its fsync.

        Raises:
            OfficeError: The disk failed or is full; nothing of these messages is stored.
        """
        with self._transaction() as tables:
            ingest = Ingest(tables, now_us, self._parked_limit)
            for topic, payload in messages:
                ingest.deliver(topic, payload)
            return ingest.finish()

    def rebuild(self) -> None:
        """Drop the projections and fold all entries again, in the order of arrival."""
        with self._transaction() as tables:
            database = Database(self._connection)
            for name in ("sales", "unfolded"):
                self._connection.execute(f'DROP TABLE "{name}"')
            create_projections(database)
            rows = self._connection.execute("SELECT arrival, data FROM entries ORDER BY arrival")
            for arrival, data in rows:
                fold(tables, arrival, read_line(data))

    def close(self) -> None:
        """Fold the log in and close the file."""
        with contextlib.suppress(sqlite3.Error):
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._connection.close()

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[SqliteTables]:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield SqliteTables(self._connection)
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise OfficeError(f"The database {self._path} failed: {error}.") from error
