"""Entries that are kept and in no figure: this version of the office cannot read them."""

import msgspec

from central_office.views.paging import View

_EDGE = (
    "(SELECT {} FROM quarantine JOIN edges ON edges.edge_id = quarantine.edge_id WHERE"
    " edges.organization = unfolded.organization AND decided_at = unfolded.arrival LIMIT 1)"
)
"""Of a branch: its entries stand where it was accepted."""
_UNREAD = f"""(
    SELECT unfolded.organization, unfolded.arrival, part, occurred_at, why,
        CASE WHEN part > 0 THEN {_EDGE.format("edges.store")} ELSE entries.store END AS store,
        CASE WHEN part > 0 THEN {_EDGE.format("edges.edge_id")} ELSE entries.edge_id END AS edge_id,
        CASE WHEN part > 0 THEN '' ELSE entry_type END AS entry_type
    FROM unfolded CROSS JOIN entries
    WHERE entries.organization = unfolded.organization AND entries.arrival = unfolded.arrival
) AS unread"""  # noqa: S608 - constants
"""SQLite reads the tables of a cross join in their order, the small one first."""


class Unread(msgspec.Struct, frozen=True, kw_only=True):
    """An entry that is stored as it came, and that no figure holds.

    Attributes:
        entry_type: Empty for one of an accepted branch.
        why: What this version of the office does not understand.
    """

    arrival: int
    part: int
    store: str
    edge_id: str
    entry_type: str
    occurred_at: int
    why: str


UNREAD = View(
    row=Unread,
    source=_UNREAD,
    key=("arrival", "part"),
    values=("store", "edge_id", "entry_type", "occurred_at", "why"),
    grouped=False,
    days=False,
)
