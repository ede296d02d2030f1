"""Business days: open, closed, changed after that, and whether all of their entries are here."""

import dataclasses

import msgspec

from central_office.reading import Reader
from central_office.views.paging import Only, Page, Scope, View

_TIPS = (
    "SELECT marks.store, data, announced_seq > up_to_seq, coalesce(state, '') FROM marks JOIN edges"
    " ON edges.edge_id = marks.edge_id LEFT JOIN entries ON entries.edge_id = marks.edge_id AND"
    " entries.epoch = marks.epoch AND seq = up_to_seq WHERE marks.organization = ? AND"
    " (announced_seq > up_to_seq OR state = 'offline') AND NOT EXISTS (SELECT 1 FROM marks AS later"
    " WHERE later.edge_id = marks.edge_id AND later.first_at > marks.first_at)"
)


class _Tip(msgspec.Struct, frozen=True, gc=False):
    business_day_date: str = ""


_decoder = msgspec.json.Decoder(_Tip)


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """A store's day: closed once every till has made its Z; `late` came after that.

    Attributes:
        open_tills: JSON: the tills, as `EDGE/WORKSTATION`, that moved money since their last Z.
        closed_arrival: The entry that closed it.
        state: `open`, `closed`, or `changed`: something came after it was closed.
        incomplete: A box of the store holds entries that are not here, or is offline on an open
            day: its last entry that is here is of this day or of one before.
    """

    business_day_date: str
    store: str
    open_tills: str
    z_reports: int
    closed_arrival: int | None
    late_entries: int
    late_amount: int
    state: str
    incomplete: bool = False


_STATE = (
    "CASE WHEN closed_arrival IS NULL THEN 'open' WHEN late_entries > 0 THEN 'changed'"
    " ELSE 'closed' END"
)
_VALUES = (
    "open_tills",
    "z_reports",
    "closed_arrival",
    "late_entries",
    "late_amount",
    _STATE,
    "0 = 1",
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Days(View[Day]):
    """Marks the days of a page by how far the boxes are."""

    def page(
        self,
        read: Reader,
        scope: Scope,
        *,
        only: Only | None = None,
        after: str | None = None,
        limit: int = 100,
    ) -> Page[Day]:
        """Read a page; see `Listing`."""
        page = super().page(read, scope, only=only, after=after, limit=limit)
        if not page.rows:
            return page
        missing, silent = _tips(read, scope.organization)
        rows = tuple(
            msgspec.structs.replace(row, incomplete=_is_incomplete(row, missing, silent))
            for row in page.rows
        )
        return msgspec.structs.replace(page, rows=rows)


Tips = dict[str, str]
"""The earliest last day of a store's boxes that have more to send."""


def _tips(read: Reader, organization: str) -> tuple[Tips, Tips]:
    """Of the boxes with entries that were heard of and are not here, and of those offline."""
    missing: Tips = {}
    silent: Tips = {}
    for store, data, is_behind, state in read(_TIPS, (organization,)):
        day = "" if data is None else _decoder.decode(bytes(data)).business_day_date
        if is_behind:
            missing[store] = min(day, missing.get(store, day))
        if state == "offline":
            silent[store] = min(day, silent.get(store, day))
    return missing, silent


def _is_incomplete(row: Day, missing: Tips, silent: Tips) -> bool:
    day = row.business_day_date
    is_open = row.state == "open"
    return missing.get(row.store, "~") <= day or (is_open and silent.get(row.store, "~") <= day)


DAYS = _Days(
    row=Day,
    source="days",
    key=("business_day_date", "store"),
    values=_VALUES,
    grouped=False,
)
