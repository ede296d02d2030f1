"""Wrong use across boxes: what no box could know of the others. Found once, listed for good."""

import dataclasses
import heapq
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import msgspec

from central_office.reading import Reader
from central_office.views.paging import (
    PAGE_LIMIT,
    Only,
    Page,
    Scope,
    cursor_of,
    filled,
    read_cursor,
)

_KEY = ("found_arrival", "kind", "subject", "detail")
_SEEN = (
    " AND EXISTS (SELECT 1 FROM entries WHERE entries.organization = {0}.organization AND"
    " entries.arrival = found_arrival AND store IN ({1}))"
)


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """Something that all boxes together should not have done.

    Attributes:
        found_arrival: The entry by which it came out.
        kind: `refunded`: more of a receipt's line was given back than was sold. `gift_card`: more
            was redeemed than is known to have been issued. `handed_out`: an order, twice.
        subject, detail: The receipt and its line, the card and its currency, or the order and the
            receipts (JSON) by which it was handed out.
        amount: Minor units too much, as known now; 0 or less: it has turned out right.
        quantity_milli: Thousandths too much.
    """

    found_arrival: int
    kind: str
    subject: str
    detail: str
    amount: int
    quantity_milli: int

    @property
    def stands(self) -> bool:
        """Whether it is still too much by what is known now."""
        return self.amount > 0 or self.quantity_milli > 0


class _Source(NamedTuple):
    """Where findings of a kind stand; `excess` is the SQL of amount and quantity."""

    kind: str
    table: str
    subject: str
    detail: str
    excess: str


_SOURCES = (
    _Source("gift_card", "gift_cards", "gift_card_ref", "currency", "redeemed - issued, 0"),
    _Source("handed_out", "handed_out", "order_id", "receipts", "0, 1000 * (times - 1)"),
    _Source(
        "refunded",
        "taken_back",
        "transaction_id",
        "line_id",
        "returned_amount - coalesce(sold_amount, 0), returned_milli - coalesce(sold_milli, 0)",
    ),
)


@dataclasses.dataclass(frozen=True)
class Findings:
    """A `Listing` in the order in which they came out.

    Where only some stores are looked at, those that came out by an entry of one of them.
    """

    row: type[Finding] = Finding
    key: tuple[str, ...] = _KEY
    filters: tuple[str, ...] = ("kind",)

    def page(
        self,
        read: Reader,
        scope: Scope,
        *,
        only: Only | None = None,
        after: str | None = None,
        limit: int = 100,
    ) -> Page[Finding]:
        """Read a page, as much as it needs from each table; see `Listing`."""
        limit = max(1, min(limit, PAGE_LIMIT))
        behind = [] if after is None else read_cursor(after, len(_KEY))
        wanted = (only or {}).get("kind")
        found: list[Finding] = []
        while True:
            rows = list(_next(read, scope, behind, limit + 1))
            found += [row for row in rows if wanted in (None, row.kind)]
            if len(rows) <= limit or len(found) > limit:
                break
            behind = [getattr(rows[-1], name) for name in _KEY]
        last = found[limit - 1] if len(found) > limit else None
        cursor = cursor_of([getattr(last, name) for name in _KEY]) if last else None
        return Page(rows=tuple(found[:limit]), cursor=cursor)


FINDINGS = Findings()


def findings(read: Reader, organization: str) -> tuple[Finding, ...]:
    """All that was found, in the order in which it came out."""
    scope, after = Scope(organization=organization), None
    found: list[Finding] = []
    while True:
        page = FINDINGS.page(read, scope, after=after, limit=PAGE_LIMIT)
        found += page.rows
        after = page.cursor
        if after is None:
            return tuple(found)


def _next(read: Reader, scope: Scope, behind: Sequence[str | int], count: int) -> Iterator[Finding]:
    """So many, from behind a key on."""
    parts = [_rows(read, scope, source, behind, count) for source in _SOURCES]
    merged = heapq.merge(*parts, key=lambda row: row[: len(_KEY)])
    for _, row in zip(range(count), merged, strict=False):
        yield filled(Finding, row)


def _rows(
    read: Reader, scope: Scope, source: _Source, behind: Sequence[str | int], count: int
) -> list[tuple[Any, ...]]:
    """Of one table, in order: the index begins with the entry by which it was found."""
    condition, parameters = "", list[Any]()
    if behind:
        arrival, kind, *key = behind
        word = ">" if source.kind < str(kind) else ">="
        condition, parameters = f" AND found_arrival {word} ?", [arrival]
        if source.kind == kind:
            condition = f" AND (found_arrival, {source.subject}, {source.detail}) > (?, ?, ?)"
            parameters = [arrival, *key]
    if scope.stores is not None:
        condition += _SEEN.format(source.table, ", ".join("?" * len(scope.stores)) or "NULL")
        parameters += scope.stores
    sql = (
        f"SELECT found_arrival, '{source.kind}', {source.subject}, {source.detail},"  # noqa: S608 - constants
        f" {source.excess} FROM {source.table} WHERE organization = ? AND found_arrival IS NOT NULL"
        f"{condition} ORDER BY found_arrival, {source.subject}, {source.detail} LIMIT ?"
    )
    return list(read(sql, (scope.organization, *parameters, count)))
