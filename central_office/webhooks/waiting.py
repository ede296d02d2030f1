"""What a webhook has still to be told: entries in the order of arrival.

A branch of a forked journal that somebody accepted was booked in the place of that decision: its
entries, which have no arrival of their own, follow the decision as its parts.
"""

from collections.abc import Iterator
from typing import NamedTuple

from central_office.lines import read_line
from central_office.projections import Projection, Way
from central_office.reading import Reader
from central_office.sql_tables import Session
from central_office.webhooks.registry import Webhook
from edge_daemon.mqtt import OFFICE
from edge_daemon.records import JournalEntry, RecordError, decode_entry
from edge_daemon.records.payloads import SystemEvent

PARTS = Projection(
    name="webhook_parts",
    key={"webhook_id": str},
    values={"arrival": int, "part": int},
    way=Way.REPLACE,
)
"""Of the last entry that was told: which of its parts was the last."""
ALL_PARTS = 2**63 - 1
_COLUMNS = "SELECT arrival, store, edge_id, entry_type, data FROM entries WHERE organization = ?"
_AT = f"{_COLUMNS} AND arrival = ?"
_BEHIND = f"{_COLUMNS} AND arrival > ? ORDER BY arrival LIMIT ?"
_BRANCH = (
    "SELECT data FROM quarantine WHERE edge_id = ? AND epoch = ? AND decided_at = ?"
    " ORDER BY seq, id LIMIT ? OFFSET ?"
)


class Place(NamedTuple):
    """Up to where somebody was told; part 0 is the entry itself."""

    arrival: int
    part: int


class Event(NamedTuple):
    """An entry that was booked."""

    place: Place
    store: str
    entry_type: str
    data: bytes

    @property
    def name(self) -> str:
        """Tells it apart from all others of the organization."""
        arrival, part = self.place
        return f"{arrival}.{part}" if part else str(arrival)


def waiting(read: Reader, one: Webhook, limit: int) -> tuple[Place, list[Event]]:
    """Up to where a webhook was told, and what was booked behind that, wanted or not.

    At most `limit` entries; all that was known before there were parts counts as told.
    """
    place, found = _place_of(read, one), list[Event]()
    rows: list[tuple[int, str, str, str, bytes]] = []
    if place.part != ALL_PARTS:
        rows += read(_AT, (one.organization, place.arrival))
    rows += read(_BEHIND, (one.organization, place.arrival, limit))
    for arrival, store, edge_id, entry_type, data in rows:
        begun = place.part if arrival == place.arrival else -1
        if begun < 0:
            found.append(Event(Place(arrival, 0), store, entry_type, bytes(data)))
        if edge_id == OFFICE and entry_type == SystemEvent.__name__:
            room = limit - len(found)
            found += _parts(read, Place(arrival, max(begun, 0)), bytes(data), room)
        if len(found) >= limit:
            break
    return place, found[:limit]


def note_place(session: Session, webhook_id: str, place: Place) -> None:
    """Remember which part was told last."""
    session.write([(PARTS, [(webhook_id, *place)])])


def _place_of(read: Reader, one: Webhook) -> Place:
    """Up to where a webhook was told."""
    sql = "SELECT part FROM webhook_parts WHERE webhook_id = ? AND arrival = ?"
    rows = read(sql, (one.webhook_id, one.up_to))
    return Place(one.up_to, next((part for (part,) in rows), ALL_PARTS))


def _parts(read: Reader, told: Place, decision: bytes, room: int) -> Iterator[Event]:
    """The entries of the branch that was accepted there, behind those that were told."""
    try:
        entry: JournalEntry = decode_entry(decision)
    except RecordError:
        return
    match entry.payload:
        case SystemEvent(event="ForkAccepted", fork={"edge_id": edge_id, "epoch": epoch}):
            rows = read(_BRANCH, (edge_id, epoch, told.arrival, room, told.part))
            for part, (data,) in enumerate(list(rows), told.part + 1):
                line = read_line(bytes(data))
                yield Event(Place(told.arrival, part), line.store, line.entry_type, line.data)
