"""`Tables` in the SQL that SQLite and PostgreSQL both understand, so that both behave alike.

Placeholders are `?`; the session of each database sees to the rest.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from central_office.folds.sheet import Key, Place, Row
from central_office.lines import Line, read_line
from central_office.projections import Projection
from central_office.said import said
from central_office.tables import Decision, Mark, Reason, Refusal, Waiting
from edge_daemon.mqtt import EdgeTopics
from edge_daemon.records import ENTRY_LIMIT, entry_hash
from edge_daemon.records.messages import EdgeState, Status

TOPIC_LIMIT = 300
"""Characters kept of a topic: one of ours has fewer."""
DETAIL_LIMIT = 500
KEPT_LIMIT = 4 * ENTRY_LIMIT
"""Bytes kept of what is no entry."""

NAMES_LIMIT = 500
"""Edges that one statement asks for."""
RUN_LIMIT = 1024
"""Entries of an edge that are taken out of the parking at once."""

ENTRY_COLUMNS = (
    "organization, arrival, store, edge_id, epoch, seq, entry_type, occurred_at, received_at,"
    " hash, data"
)
_MARK_COLUMNS = (
    "edge_id, epoch, organization, store, up_to_seq, hash, occurred_at, announced_seq, duplicates,"
    " forked_at, first_at, previous_epoch, link_alarm"
)
_SAVE_MARK = (
    f"INSERT INTO marks ({_MARK_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608 - constants
    " ON CONFLICT (edge_id, epoch) DO UPDATE SET"
    " up_to_seq = excluded.up_to_seq, hash = excluded.hash, occurred_at = excluded.occurred_at,"
    " announced_seq = excluded.announced_seq, duplicates = excluded.duplicates,"
    " forked_at = excluded.forked_at, previous_epoch = excluded.previous_epoch,"
    " link_alarm = excluded.link_alarm"
)
_NUMBER = (
    "INSERT INTO arrivals (organization, last) VALUES (?, ?) ON CONFLICT (organization)"
    " DO UPDATE SET last = arrivals.last + excluded.last RETURNING last"
)
_DROP_FARTHEST = (
    "DELETE FROM parked WHERE edge_id = ? AND (epoch, seq, hash) IN (SELECT epoch, seq, hash FROM"
    " (SELECT epoch, seq, hash, row_number() OVER nearest AS number, sum(length(data)) OVER nearest"
    " AS size FROM parked WHERE edge_id = ? WINDOW nearest AS (ORDER BY seq, epoch, hash ROWS"
    " UNBOUNDED PRECEDING)) AS ordered WHERE number > ? OR size > ?)"
)
_PARKED_NUMBERS = (
    "SELECT DISTINCT seq FROM parked WHERE edge_id = ? AND epoch = ? AND seq >= ?"
    " ORDER BY seq LIMIT ?"
)
_TAKE_PARKED = (
    "DELETE FROM parked WHERE edge_id = ? AND epoch = ? AND seq >= ? AND seq < ? RETURNING data"
)
_FIRST_PARKED = "SELECT min(seq) FROM parked WHERE edge_id = ? AND epoch = ?"
_QUARANTINE_LOCK = "/quarantine"
"""No edge and no topic that the broker delivers has this name."""
_COUNT_AGAIN = "UPDATE quarantine SET times = times + 1 WHERE topic = ? AND hash = ?"
_QUARANTINE = (
    "INSERT INTO quarantine (reason, detail, topic, edge_id, epoch, seq, hash, data, first_at,"
    " times) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1)"
)
_MEASURE = (
    "INSERT INTO quarantine_sizes (bucket, kept_bytes, dropped) VALUES (?, ?, ?) ON CONFLICT"
    " (bucket) DO UPDATE SET kept_bytes = quarantine_sizes.kept_bytes + excluded.kept_bytes,"
    " dropped = quarantine_sizes.dropped + excluded.dropped"
)
_BRANCH = (
    "SELECT id, data FROM quarantine WHERE edge_id = ? AND epoch = ? AND decided_at {}"
    " ORDER BY seq, id"
)
_STATUS = (
    "UPDATE edges SET state = ?, connection = ?, status_at = ?, said = coalesce(?, said)"
    " WHERE edge_id = ?"
    " AND (? = 1 OR connection IS NULL OR connection = ?)"
)
_MOVED = (
    "SELECT coalesce(CAST(sum(quantity_milli) AS bigint), 0) FROM movements WHERE organization = ?"
    " AND location_id = ? AND item_id = ? AND occurred_at >= ? AND occurred_at < ?"
    " AND (arrival, part) < (?, ?)"
)
_RECEIPTS_OF = (
    "SELECT arrival, part, store, edge_id, occurred_at FROM receipts WHERE organization = ?"
    " AND transaction_id = ? ORDER BY arrival, part"
)
_ENTRY_AT = "SELECT data FROM entries WHERE organization = ? AND arrival = ?"
_PART_AT = (
    "SELECT data FROM quarantine WHERE edge_id = ? AND decided_at = ? ORDER BY seq, id LIMIT 1"
    " OFFSET ?"
)
_MOMENTS = (-(2**63), 2**63 - 1)


class Session(Protocol):
    """A database connection inside a transaction."""

    def lock(self, names: Sequence[str]) -> None:
        """Keep other transactions from these names until this one ends."""
        ...

    def all(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run a statement and read all of its rows."""
        ...

    def run(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Run a statement and say how many rows it changed."""
        ...

    def many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        """Run a statement for each row."""
        ...

    def insert_entries(self, rows: Sequence[Sequence[Any]]) -> None:
        """Add to `entries`, in the order of `ENTRY_COLUMNS`, in the fastest way there is."""
        ...

    def define(self, projection: Projection) -> None:
        """Make a table and its indexes, where they are missing."""
        ...

    def write(self, changes: Sequence[tuple[Projection, Sequence[Sequence[Any]]]]) -> None:
        """Write rows in their projections' ways; no key is there twice, no list is empty."""
        ...

    def find(
        self, projection: Projection, length: int, keys: Sequence[Sequence[Any]]
    ) -> list[tuple[Any, ...]]:
        """The rows whose keys begin with these, which have `length` columns."""
        ...


class SqlTables:
    """`Tables` on an open transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def lock(self, edges: Iterable[str]) -> None:
        """Keep every other worker from these edges until the transaction ends."""
        self._session.lock(sorted(set(edges)))

    def lock_quarantine(self) -> None:
        """Keep every other worker from filling the quarantine."""
        self._session.lock((_QUARANTINE_LOCK,))

    def marks(self, edges: Iterable[str]) -> list[Mark]:
        """The marks of all epochs of edges; an edge's in the order in which they were heard of."""
        sql = f"SELECT {_MARK_COLUMNS} FROM marks WHERE edge_id IN {{}} ORDER BY first_at, epoch"  # noqa: S608 - constants
        return [_mark(row) for row in self._of(edges, sql)]

    def save_marks(self, marks: Sequence[Mark]) -> None:
        """Write marks."""
        self._session.many(_SAVE_MARK, [_mark_row(mark) for mark in marks])

    def homes(self, edges: Iterable[str]) -> dict[str, EdgeTopics]:
        """Where each of the edges belongs that were ever seen."""
        sql = "SELECT organization, store, edge_id FROM edges WHERE edge_id IN {}"
        return {row[2]: EdgeTopics(*row) for row in self._of(edges, sql)}

    def settle(self, topics: EdgeTopics, now_us: int) -> None:
        """Register a new edge at its organization and store."""
        self._session.run(
            "INSERT INTO edges (edge_id, organization, store, first_at) VALUES (?, ?, ?, ?)",
            (topics.edge, topics.organization, topics.store, now_us),
        )

    def hash_at(self, edge_id: str, epoch: str, seq: int) -> str | None:
        """Hash of a stored entry."""
        rows = self._session.all(
            "SELECT hash FROM entries WHERE edge_id = ? AND epoch = ? AND seq = ?",
            (edge_id, epoch, seq),
        )
        return bytes(rows[0][0]).hex() if rows else None

    def hashes(self, edge_id: str, epoch: str, seq: int, count: int) -> list[tuple[int, str]]:
        """Hashes of `count` stored entries from `seq` on, or of those that there are."""
        rows = self._session.all(
            "SELECT seq, hash FROM entries"
            " WHERE edge_id = ? AND epoch = ? AND seq >= ? AND seq < ?",
            (edge_id, epoch, seq, seq + count),
        )
        return [(number, bytes(digest).hex()) for number, digest in rows]

    def store(self, lines: Sequence[Line], now_us: int) -> list[int]:
        """Store entries and give them their numbers of arrival in their organization."""
        counts: dict[str, int] = {}
        for line in lines:
            counts[line.organization] = counts.get(line.organization, 0) + 1
        following = {
            organization: self._session.all(_NUMBER, (organization, count))[0][0] - count
            for organization, count in sorted(counts.items())
        }
        arrivals, rows = [], []
        for line in lines:
            arrival = following[line.organization] = following[line.organization] + 1
            arrivals.append(arrival)
            rows.append(_entry_row(line, arrival, now_us))
        self._session.insert_entries(rows)
        return arrivals

    def park(self, lines: Sequence[Line]) -> None:
        """Keep entries that lie beyond a hole."""
        self._session.many(
            "INSERT INTO parked (edge_id, epoch, seq, hash, data) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT DO NOTHING",
            [(line.edge_id, line.epoch, line.seq, line.hash, line.data) for line in lines],
        )

    def trim_parked(self, edge_id: str, limit: int, limit_bytes: int) -> None:
        """Let go of what is parked farthest ahead, until an edge's entries fit the limits."""
        self._session.run(_DROP_FARTHEST, (edge_id, edge_id, limit, limit_bytes))

    def unpark(self, edge_id: str, epoch: str, seq: int) -> tuple[list[Line], int | None]:
        """Take the entries out that are parked from this place on without a hole, or some of them.

        Returns:
            They, in order, and the lowest `seq` that is parked still.
        """
        rows = self._session.all(_PARKED_NUMBERS, (edge_id, epoch, seq, RUN_LIMIT))
        end = seq
        for (number,) in rows:
            if number != end:
                break
            end += 1
        gone = self._session.all(_TAKE_PARKED, (edge_id, epoch, seq, end))
        lines = sorted((read_line(data) for (data,) in gone), key=lambda line: line.seq)
        left = self._session.all(_FIRST_PARKED, (edge_id, epoch))
        return lines, left[0][0]

    def first_parked(self, edges: Iterable[str]) -> dict[tuple[str, str], int]:
        """The lowest parked `seq` of each epoch (edge, epoch) of edges that has any."""
        sql = "SELECT edge_id, epoch, min(seq) FROM parked WHERE edge_id IN {} GROUP BY 1, 2"
        return {(edge_id, epoch): seq for edge_id, epoch, seq in self._of(edges, sql)}

    def quarantine(self, refusal: Refusal, now_us: int, limit_bytes: int) -> None:
        """Keep what cannot be taken in, within the limit. The same bytes again only count."""
        line = refusal.line
        topic, data = refusal.topic[:TOPIC_LIMIT], refusal.data[:KEPT_LIMIT]
        digest = line.hash if line else entry_hash(refusal.data)
        if self._session.run(_COUNT_AGAIN, (topic, digest)):
            return
        self.lock_quarantine()
        bucket = f"{Reason.FORK}:{line.edge_id}" if line else refusal.reason
        kept = self._session.all(
            "SELECT kept_bytes FROM quarantine_sizes WHERE bucket = ?", (bucket,)
        )
        if kept and kept[0][0] + len(data) > limit_bytes:
            self._session.run(_MEASURE, (bucket, 0, 1))
            return
        place = (line.edge_id, line.epoch, line.seq) if line else (None, None, None)
        detail = refusal.detail[:DETAIL_LIMIT]
        self._session.run(
            _QUARANTINE, (refusal.reason, detail, topic, *place, digest, data, now_us)
        )
        self._session.run(_MEASURE, (bucket, len(data), 0))

    def last_quarantined(self, edge_id: str, epoch: str) -> int:
        """The highest `seq` of a branch in quarantine; 0 where there is none."""
        rows = self._session.all(
            "SELECT max(seq) FROM quarantine WHERE edge_id = ? AND epoch = ?", (edge_id, epoch)
        )
        return rows[0][0] or 0

    def quarantined_hashes(self, edge_id: str, epoch: str, seq: int) -> list[str]:
        """Hashes of the entries of a branch at this place."""
        rows = self._session.all(
            "SELECT hash FROM quarantine WHERE edge_id = ? AND epoch = ? AND seq = ?",
            (edge_id, epoch, seq),
        )
        return [digest for (digest,) in rows]

    def undecided(self, edge_id: str, epoch: str) -> list[Waiting]:
        """The entries of branches that nobody has decided about, in the order of `seq`."""
        rows = self._session.all(_BRANCH.format("IS NULL"), (edge_id, epoch))
        return [Waiting(number, read_line(data)) for number, data in rows]

    def decide(self, waiting: Sequence[Waiting], decision: Decision, arrival: int) -> None:
        """Mark entries as decided by the office's entry with this number of arrival."""
        self._session.many(
            "UPDATE quarantine SET decision = ?, decided_at = ? WHERE id = ?",
            [(decision, arrival, number) for number, _ in waiting],
        )
        freed: dict[str, int] = {}
        for _, line in waiting:
            freed[line.edge_id] = freed.get(line.edge_id, 0) + len(line.data)
        for edge_id, size in freed.items():
            self._session.run(_MEASURE, (f"{Reason.FORK}:{edge_id}", -size, 0))

    def decided(self, edge_id: str, epoch: str, arrival: int) -> list[Line]:
        """The entries that were decided by that entry, in the order of `seq`."""
        rows = self._session.all(_BRANCH.format("= ?"), (edge_id, epoch, arrival))
        return [read_line(data) for _, data in rows]

    def note_statuses(self, statuses: Sequence[tuple[EdgeTopics, Status]], now_us: int) -> None:
        """Remember whether edges are there, and what they say of themselves.

        An old will does not pass for news.
        """
        rows = []
        for topics, status in statuses:
            state, connection = EdgeState(status.state), status.connection
            told = (state.value, connection, now_us, said(status))
            rows.append((*told, topics.edge, int(state is EdgeState.ONLINE), connection))
        self._session.many(_STATUS, rows)

    def resumes(self, edges: Iterable[str]) -> dict[str, bytes]:
        """Of each edge that has one its `folds.ResumeState`, encoded."""
        sql = "SELECT edge_id, state FROM resumes WHERE edge_id IN {}"
        return {edge_id: bytes(state) for edge_id, state in self._of(edges, sql)}

    def write(self, changes: Iterable[tuple[Projection, Sequence[Row]]]) -> None:
        """Write rows, keys and values, in their projections' ways; no key is there twice."""
        self._session.write([(projection, rows) for projection, rows in changes if rows])

    def find(self, projection: Projection, keys: Iterable[Key]) -> dict[Key, Row]:
        """The values of the rows whose keys are these, or begin with them, by their keys."""
        wanted, width = sorted(set(keys)), len(projection.key)
        if not wanted:
            return {}
        rows = self._session.find(projection, len(wanted[0]), wanted)
        return {tuple(row[:width]): tuple(row[width:]) for row in rows}

    def moved_between(self, article: Key, before: Place, start: int | None, end: int | None) -> int:
        """What moved of an article from one moment on and before another.

        Only movements that arrived before `before` count.
        """
        first = _MOMENTS[0] if start is None else start
        last = _MOMENTS[1] if end is None else end
        rows = self._session.all(_MOVED, (*article, first, last, *before.order))
        return int(rows[0][0])

    def receipts_of(self, organization: str, transaction_id: str) -> list[tuple[Place, Line]]:
        """The receipts of that id with their places, in the order of arrival."""
        found = []
        for row in self._session.all(_RECEIPTS_OF, (organization, transaction_id)):
            arrival, part, store, edge_id, occurred_at = row
            place = Place(organization, store, edge_id, arrival, part, occurred_at)
            found.append((place, self._line_at(place)))
        return found

    def _line_at(self, place: Place) -> Line:
        if place.part:
            rows = self._session.all(_PART_AT, (place.edge_id, place.arrival, place.part - 1))
        else:
            rows = self._session.all(_ENTRY_AT, (place.organization, place.arrival))
        return read_line(bytes(rows[0][0]))

    def _of(self, edges: Iterable[str], sql: str) -> list[tuple[Any, ...]]:
        """The rows of many edges, by few statements; `{}` is the list of their names in it."""
        names = sorted(edges)
        found: list[tuple[Any, ...]] = []
        for start in range(0, len(names), NAMES_LIMIT):
            part = names[start : start + NAMES_LIMIT]
            found += self._session.all(sql.format(f"({', '.join('?' * len(part))})"), part)
        return found


def _mark(row: tuple[Any, ...]) -> Mark:
    edge_id, epoch, organization, store, up_to_seq, digest, occurred_at, *others = row
    announced, duplicates, forked_at, first_at, previous_epoch, link_alarm = others
    return Mark(
        topics=EdgeTopics(organization, store, edge_id),
        epoch=epoch,
        up_to_seq=up_to_seq,
        hash=digest,
        occurred_at=occurred_at,
        announced_seq=announced,
        duplicates=duplicates,
        forked_at=forked_at,
        first_at=first_at,
        previous_epoch=previous_epoch,
        link_alarm=link_alarm,
    )


def _mark_row(mark: Mark) -> tuple[Any, ...]:
    return (
        mark.topics.edge,
        mark.epoch,
        mark.topics.organization,
        mark.topics.store,
        mark.up_to_seq,
        mark.hash,
        mark.occurred_at,
        mark.announced_seq,
        mark.duplicates,
        mark.forked_at,
        mark.first_at,
        mark.previous_epoch,
        mark.link_alarm,
    )


def _entry_row(line: Line, arrival: int, now_us: int) -> tuple[Any, ...]:
    return (
        line.organization,
        arrival,
        line.store,
        line.edge_id,
        line.epoch,
        line.seq,
        line.entry_type.replace("\0", "\ufffd"),  # PostgreSQL's text has none
        line.occurred_at,
        now_us,
        bytes.fromhex(line.hash),
        line.data,
    )
