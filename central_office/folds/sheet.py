"""What the entries of one commit change: gathered here, and written at once.

A fold adds to rows, puts rows, or notes what happened to something that is kept from entry to
entry (`notes`); what became of those is settled at the end, in the order of the notes. So a
thousand entries cost a few statements, and the tables do not depend on where commits were cut.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, TypeVar

from central_office.projections import Projection

Key = tuple[Any, ...]
Row = tuple[Any, ...]
Note = TypeVar("Note")


class Place(NamedTuple):
    """Where an entry stands, for the folds.

    Attributes:
        arrival: Its number; of an accepted branch, that of the decision.
        part: The number within that branch, from 1; 0 for the others.
        occurred_at: When it happened; its arrival where the box's clock is far ahead of that.
        z_number: The period of its till that is running; 0 where it belongs to none.
    """

    organization: str
    store: str
    edge_id: str
    arrival: int
    part: int
    occurred_at: int
    z_number: int = 0

    @property
    def order(self) -> tuple[int, int]:
        """The place in the order of arrival."""
        return self.arrival, self.part


Facet = tuple[str, str | int]
"""A column of a figure's key, and what stands in it."""


def facet(column: str, value: str | int) -> str:
    """A line of a receipt's `facets`."""
    return f"{column}={value}".replace("\n", " ")


def facets_text(facets: Sequence[Facet]) -> str:
    """A receipt's `facets`: a line each, between line feeds."""
    text = "\n".join([f"{column}={value}" for column, value in facets])
    if text.count("\n") >= len(facets):
        text = "\n".join(facet(column, value) for column, value in facets)
    return f"\n{text}\n"


class Sheet:
    """The rows of one commit."""

    def __init__(self) -> None:
        self._sums: dict[Projection, dict[Key, list[int]]] = {}
        self._rows: dict[Projection, dict[Key, Row]] = {}
        self._notes: dict[type[Any], list[Any]] = {}

    def add(self, projection: Projection, key: Key, values: Sequence[int]) -> None:
        """Add to a row's values."""
        rows = self._sums.get(projection)
        if rows is None:
            rows = self._sums[projection] = {}
        row = rows.get(key)
        if row is None:
            rows[key] = list(values)
            return
        for position, value in enumerate(values):
            row[position] += value

    def put(self, projection: Projection, key: Key, values: Row) -> None:
        """Write a row; a later one of the same key takes its place."""
        self._rows.setdefault(projection, {})[key] = values

    def note(self, what: object) -> None:
        """Note what happened to something that is kept from entry to entry."""
        self._notes.setdefault(type(what), []).append(what)

    def notes(self, kind: type[Note]) -> list[Note]:
        """The notes of one kind, in order."""
        return self._notes.get(kind, [])

    def rows(self) -> Iterator[tuple[Projection, list[Row]]]:
        """What has to be written, by table, in the order of the keys."""
        for projection, sums in self._sums.items():
            yield projection, sorted((*key, *values) for key, values in sums.items())
        for projection, rows in self._rows.items():
            yield projection, [(*key, *rows[key]) for key in sorted(rows)]
