"""What each edge says of itself: what it holds, what it did not take, how its devices are."""

from collections.abc import Iterator

import msgspec

from central_office.reading import Reader
from central_office.said import Said

_EDGES = (
    "SELECT organization, store, edge_id, coalesce(state, 'unknown'), status_at, said FROM edges"
    " ORDER BY organization, store, edge_id"
)


class EdgeRow(Said, frozen=True, kw_only=True):
    """One edge.

    Attributes:
        state: `online`, `offline` or `unknown`.
        status_at: When it said so, microseconds since 1970 UTC.
    """

    organization: str
    store: str
    edge_id: str
    state: str
    status_at: int | None


def read_edges(read: Reader) -> Iterator[EdgeRow]:
    """Every edge that the office has heard of."""
    for organization, store, edge_id, state, status_at, text in read(_EDGES, ()):
        last = Said() if text is None else msgspec.json.decode(text, type=Said)
        yield EdgeRow(
            organization=organization,
            store=store,
            edge_id=edge_id,
            state=state,
            status_at=status_at,
            software_version=last.software_version,
            versions=last.versions,
            rejected=last.rejected,
            devices=last.devices,
        )
