"""One box's journal: entries linked and encoded as the box does it."""

import datetime as dt
from typing import NamedTuple

from edge_daemon.records import GENESIS_HASH, JournalEntry, encode_entry, entry_hash
from edge_daemon.records.payloads import Payload, SystemEvent

ORGANIZATION = "chain-1"
SOFTWARE = "simulated"
_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def ulid(moment_us: int, number: int) -> str:
    """An identifier for a moment; `number` stands where others have random bits."""
    value = moment_us // 1000 << 80 | number & (1 << 80) - 1
    return "".join(_DIGITS[value >> shift & 31] for shift in range(125, -1, -5))


class Moment(NamedTuple):
    """When something happens.

    Attributes:
        us: Microseconds since 1970 UTC.
        offset_min: From UTC to local time.
    """

    us: int
    day: dt.date
    offset_min: int


class Who(NamedTuple):
    """At which till, by whom, in which shift."""

    till: str = "till-1"
    operator: str | None = None
    session: str | None = None


_NOBODY = Who()


class Journal:
    """Entries of one box; `taken` hands out what was written since the last time."""

    def __init__(self, store: str, number: int, organization: str = ORGANIZATION) -> None:
        self._organization = organization
        self.store = store
        self.edge_id = f"edge-{store}"
        self._number = number << 40
        self._seq = 0
        self._hash = GENESIS_HASH
        self._epoch = ""
        self._lines: list[bytes] = []

    @property
    def position(self) -> tuple[str, str]:
        """The last entry's, as `EPOCH.SEQ`, and its hash."""
        return f"{self._epoch}.{self._seq}", self._hash

    @property
    def pending(self) -> list[bytes]:
        """What `taken` would hand out."""
        return self._lines

    def new_id(self, moment: Moment) -> str:
        """An identifier that nobody else in the chain has."""
        self._number += 1
        return ulid(moment.us, self._number)

    def write(self, payload: Payload, moment: Moment, who: Who = _NOBODY) -> str:
        """Append an entry and return its id; the first is preceded by the epoch's start."""
        if not self._seq and not isinstance(payload, SystemEvent):
            self._epoch = self.new_id(moment)
            self.write(SystemEvent(event="EpochStart", reason="new_journal"), moment)
        self._seq += 1
        entry_id = self.new_id(moment)
        data = encode_entry(
            JournalEntry(
                entry_type=type(payload).__name__,
                entry_id=entry_id,
                edge_id=self.edge_id,
                epoch=self._epoch,
                seq=self._seq,
                prev_hash=self._hash,
                organization_id=self._organization,
                retail_store_id=self.store,
                workstation_id=who.till,
                business_day_date=moment.day.isoformat(),
                till_session_id=who.session,
                operator_id=who.operator,
                occurred_at=moment.us,
                utc_offset_min=moment.offset_min,
                clock_state="synced",
                training=False,
                api_idempotency_key=None,
                payload=payload,
            )
        )
        self._hash = entry_hash(data)
        self._lines.append(data)
        return entry_id

    def taken(self) -> list[bytes]:
        """What was written since the last time."""
        lines, self._lines = self._lines, []
        return lines
