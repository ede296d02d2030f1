"""The receipts behind a figure, and what each of them adds to it.

A row of a view opens by its own key: the columns that it was told apart by are the filters here.
What a receipt adds is found by folding it once more, alone; so what is shown adds up to the figure.
`facets` only spare the reading of receipts that cannot be among them.
"""

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import msgspec

from central_office.folds import Place, Sheet, fold, read
from central_office.folds.sheet import facet
from central_office.lines import read_line
from central_office.projections import PROJECTIONS
from central_office.reading import Reader
from central_office.views.boxes import BOXES, box_of
from central_office.views.paging import PAGE_LIMIT, Only, Page, Scope, cursor_of, read_cursor
from central_office.views.receipts import part_bytes

FIGURES = ("sales", "revenue", "vat", "money", "cards", "statistics")
"""Projections that receipts feed."""
_PROJECTIONS = {one.name: one for one in PROJECTIONS if one.name in FIGURES}
_KEY = ("business_day_date", "arrival", "part")
_COLUMNS = ("store", "edge_id", "workstation_id", "operator_id", "currency", "channel")
_MORE = ("till_session_id",)
_FACETS = (
    "hour",
    "product_group",
    "tax_code",
    "rate_bp",
    "tender_type",
    "terminal_id",
    "card_brand",
    "entry_mode",
    "standalone",
    "kind",
    "name",
)
_NAMES = {"session_id": "till_session_id"}
"""What a column of a figure is called in the list of receipts, where it is not the same."""
_READ = (
    "SELECT receipts.business_day_date, receipts.arrival, part, receipts.store, receipts.edge_id,"
    " workstation_id, operator_id, receipts.occurred_at, sequence_number, transaction_id,"
    " transaction_type, status, currency, gross, data FROM receipts LEFT JOIN entries ON"
    " entries.organization = receipts.organization AND entries.arrival = receipts.arrival WHERE"
)
_ORDER = " ORDER BY receipts.business_day_date, receipts.arrival, part LIMIT ?"


class ReceiptShare(msgspec.Struct, frozen=True, kw_only=True):
    """A receipt, and from `number` on what it adds to the figure that was asked for.

    Attributes:
        gross: Of the whole receipt, minor units.
        amount: Minor units; of VAT `base` and `tax` together.
        utc_offset_min: How far the till's clock was ahead of UTC.
    """

    business_day_date: str
    arrival: int
    part: int
    store: str
    edge_id: str
    workstation_id: str
    operator_id: str
    occurred_at: int
    sequence_number: int | None
    transaction_id: str
    transaction_type: str
    status: str
    currency: str
    gross: int
    number: int = 0
    quantity_milli: int = 0
    amount: int = 0
    base: int = 0
    tax: int = 0
    discount: int = 0
    utc_offset_min: int = 0


_FIXED = ReceiptShare.__struct_fields__[:14]
_VALUES = {"receipts": "number", "sales": "number", "gross": "amount"}
"""A figure's value, by the field in which it is shown."""


class _Question(NamedTuple):
    figure: str
    only: Only


@dataclasses.dataclass(frozen=True)
class Behind:
    """A `Listing` of receipts.

    The filter `figure` is the projection that is asked about, one of `FIGURES`; without it every
    receipt adds its `sales`. The others are columns of its key, `box` and `country` of a VAT
    return, and `card_digits`.
    """

    row: type[ReceiptShare] = ReceiptShare
    key: tuple[str, ...] = _KEY
    filters: tuple[str, ...] = (
        "figure",
        "business_day_date",
        *_COLUMNS,
        "session_id",
        *_MORE,
        *_FACETS,
        "box",
        "country",
        "cause",
    )

    def page(
        self,
        read: Reader,
        scope: Scope,
        *,
        only: Only | None = None,
        after: str | None = None,
        limit: int = 100,
    ) -> Page[ReceiptShare]:
        """Read a page; see `Listing`."""
        limit = max(1, min(limit, PAGE_LIMIT))
        question = _question(self.filters, only or {})
        behind: Sequence[Any] = () if after is None else read_cursor(after, len(_KEY))
        found: list[ReceiptShare] = []
        stores = scope.named(read)
        while stores:
            rows = list(_candidates(read, scope, stores, question.only, (behind, limit + 1)))
            for *row, data in rows:
                share = _share(read, scope.organization, question, row, data)
                if share is not None:
                    found.append(share)
            if len(found) > limit or len(rows) <= limit:
                break
            behind = rows[-1][: len(_KEY)]
        last = found[limit - 1] if len(found) > limit else None
        cursor = cursor_of([getattr(last, name) for name in _KEY]) if last else None
        return Page(rows=tuple(found[:limit]), cursor=cursor)


RECEIPTS_BEHIND = Behind()


def _question(filters: Iterable[str], given: Only) -> _Question:
    only = {name: given[name] for name in filters if name in given}
    figure = str(only.pop("figure", "sales"))
    if figure == "money":
        only.setdefault("cause", "Tender")
    return _Question(figure, only)


def _candidates(
    read: Reader,
    scope: Scope,
    stores: Sequence[str],
    only: Only,
    place: tuple[Sequence[Any], int],
) -> Iterator[tuple[Any, ...]]:
    """Receipts that may be among them: so many from behind a key on."""
    behind, count = place
    conditions = [
        "receipts.organization = ?",
        f"receipts.store IN ({', '.join('?' * len(stores))})",
        "receipts.business_day_date BETWEEN ? AND ?",
    ]
    parameters: list[Any] = [scope.organization, *stores, scope.first_day, scope.last_day]
    for name, value in only.items():
        column = _NAMES.get(name, name)
        if column in (*_COLUMNS, *_MORE, "business_day_date"):
            conditions.append(f"receipts.{column} = ?")
            parameters.append(value)
        elif column in _FACETS and value != "" and not isinstance(value, tuple):
            conditions.append("replace(facets, ?, '') <> facets")
            parameters.append(f"\n{facet(column, value)}\n")
    if behind:
        conditions.append("(receipts.business_day_date, receipts.arrival, part) > (?, ?, ?)")
        parameters += behind
    sql = f"{_READ} {' AND '.join(conditions)}{_ORDER}"
    return read(sql, (*parameters, count))


def _share(
    reader: Reader, organization: str, question: _Question, row: Sequence[Any], data: bytes | None
) -> ReceiptShare | None:
    """What a receipt adds; None where it adds nothing."""
    fields = dict(zip(_FIXED, row, strict=True))
    arrival, part, edge_id = fields["arrival"], fields["part"], fields["edge_id"]
    stored = part_bytes(reader, edge_id, arrival, part) if part else bytes(data or b"")
    line = read_line(stored)
    entry, sheet = read(line), Sheet()
    if entry is None:
        return None
    fold(sheet, Place(organization, line.store, edge_id, arrival, part, line.occurred_at), entry)
    sums = _sums(sheet, question)
    if sums is None:
        return None
    return ReceiptShare(**{**fields, **sums}, utc_offset_min=entry.utc_offset_min)


def _sums(sheet: Sheet, question: _Question) -> dict[str, int] | None:
    projection = _PROJECTIONS.get(question.figure)
    sums: dict[str, int] | None = None
    for changed, rows in sheet.rows():
        if changed is not projection:
            continue
        for row in rows:
            columns = dict(zip(projection.columns, row, strict=True))
            if not _fits(columns, question.only):
                continue
            sums = sums or {}
            for name in projection.values:
                field = _VALUES.get(name, name)
                sums[field] = sums.get(field, 0) + columns[name]
    if sums and question.figure == "vat":
        sums["amount"] = sums["base"] + sums["tax"]
    return sums


def _fits(columns: dict[str, Any], only: Only) -> bool:
    country = str(only.get("country", next(iter(BOXES))))
    for name, value in only.items():
        if name == "box":
            if "rate_bp" in columns and box_of(country, columns["rate_bp"]) != value:
                return False
        elif name in columns and str(columns[name]) != str(value):
            return False
    return True
