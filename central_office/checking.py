"""Three books agree: the receipts, the tills' own Z, and the office's figures, to the cent.

The receipts are read from the stored bytes with the whole record, not with what the folds look at,
and added up here once more; so a fold that forgets something is found. Stock is opening and
movements: what was counted last, and everything since.
"""

import collections
import pathlib
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from central_office.moments import moment_of
from central_office.reading import Reader, open_reader
from edge_daemon.records import JournalEntry, RecordError, decode_entry
from edge_daemon.records.payloads import (
    InventoryControl,
    InventoryControlKind,
    Payload,
    PeriodReport,
    RetailTransaction,
)
from edge_daemon.records.turnover import FINISHED, TURNOVER_LINES

_ENTRIES = (
    "SELECT organization, arrival, 0, received_at, data FROM entries WHERE entry_type IN (?, ?)"
    " ORDER BY organization, arrival"
)
_BRANCHES = (
    "SELECT edges.organization, decided_at, row_number() OVER (PARTITION BY edges.organization,"
    " decided_at ORDER BY quarantine.seq, id), received_at, quarantine.data FROM quarantine JOIN"
    " edges ON edges.edge_id = quarantine.edge_id JOIN entries ON entries.organization ="
    " edges.organization AND arrival = decided_at WHERE decision = 'accepted'"
    " ORDER BY decided_at, quarantine.seq, id"
)
_OFFICE_VAT = (
    "SELECT organization, store, business_day_date, currency, tax_code, rate_bp,"
    " CAST(sum(base) AS bigint), CAST(sum(tax) AS bigint) FROM vat GROUP BY 1, 2, 3, 4, 5, 6"
)
_OFFICE_MONEY = (
    "SELECT organization, store, business_day_date, currency, tender_type,"
    " CAST(sum(amount) AS bigint) FROM money WHERE cause = 'Tender' GROUP BY 1, 2, 3, 4, 5"
)
_PERIODS = (
    "SELECT organization, store, edge_id, workstation_id, z_number, tax_code, rate_bp,"
    " CAST(sum(base) AS bigint), CAST(sum(tax) AS bigint) FROM vat GROUP BY 1, 2, 3, 4, 5, 6, 7"
)
_PERIOD_MONEY = (
    "SELECT organization, store, edge_id, workstation_id, z_number, tender_type,"
    " CAST(sum(amount) AS bigint) FROM money WHERE cause = 'Tender' GROUP BY 1, 2, 3, 4, 5, 6"
)
_REPORTS = (
    "SELECT z.organization, z.store, z.edge_id, z.workstation_id, counted_as, z.arrival, data"
    " FROM z_reports AS z JOIN entries ON entries.organization = z.organization AND"
    " entries.arrival = z.arrival WHERE part = 0"
    " ORDER BY z.organization, z.store, z.edge_id, z.workstation_id, z.arrival"
)
_STOCK = "SELECT organization, location_id, item_id, on_hand_milli FROM stock"
_UNFOLDED = "SELECT organization, arrival, part, why FROM unfolded ORDER BY 1, 2, 3"

Figures = collections.Counter[tuple[Any, ...]]
"""Amounts by where, when and what they are."""


class Disagreement(msgspec.Struct, frozen=True, kw_only=True):
    """A figure on which two books differ.

    Attributes:
        books: Which two, the office's first.
        where: Organization, store, and the day or the period, and what it is.
        office, other: Minor units, or thousandths of stock.
    """

    books: str
    where: str
    office: int
    other: int


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """What was compared.

    Attributes:
        days: Of stores.
        periods: Closed by a Z.
        unfolded: Entries that are in no figure: their payload cannot be read.
        unbalanced: Receipts whose lines, taxes and tenders do not add up, by their id.
    """

    receipts: int
    days: int
    periods: int
    articles: int
    unfolded: tuple[str, ...]
    unbalanced: tuple[str, ...]
    disagreements: tuple[Disagreement, ...]

    @property
    def agrees(self) -> bool:
        """Whether there is nothing to look at."""
        return not (self.disagreements or self.unfolded or self.unbalanced)


def check(address: str | pathlib.Path) -> Agreement:
    """Compare all books, at one moment.

    Raises:
        OfficeError: There is no such database.
    """
    with open_reader(address) as read:
        return compare(read)


def compare(read: Reader) -> Agreement:
    """Compare all books that a reader sees."""
    book = _Receipts()
    shelves = _Shelves(_last_counts(read))
    for place, entry in _entries(read, RetailTransaction, InventoryControl):
        if isinstance(entry.payload, RetailTransaction):
            book.add(place, entry, entry.payload)
        shelves.add(place, entry)
    office = _office_days(read)
    compared = [*_compare("office, receipts", office, book.figures)]
    periods = _Periods(read)
    compared += periods.disagreements
    stock = collections.Counter({row[:3]: row[3] for row in read(_STOCK, ())})
    compared += _compare("stock, movements", stock, shelves.figures)
    return Agreement(
        receipts=book.number,
        days=len({key[:3] for key in office}),
        periods=periods.number,
        articles=len(stock),
        unfolded=tuple(f"{row[0]} {row[1]}.{row[2]}: {row[3]}" for row in read(_UNFOLDED, ())),
        unbalanced=tuple(book.unbalanced),
        disagreements=tuple(compared),
    )


Place = tuple[str, int, int]
"""Organization, arrival, and the place in an accepted branch."""


def _entries(read: Reader, *kinds: type[Payload]) -> Iterator[tuple[Place, JournalEntry]]:
    """Those with such payloads: of the chains in the order of arrival, then of the branches.

    Each has the moment at which it counts.
    """
    names = [kind.__name__ for kind in kinds]
    for sql, parameters in ((_ENTRIES, (names[0], names[-1])), (_BRANCHES, ())):
        for organization, arrival, part, received_at, data in read(sql, parameters):
            try:
                entry = decode_entry(bytes(data))
            except RecordError:
                continue  # the folds have listed it
            if isinstance(entry.payload, kinds) and not entry.training:
                moment = moment_of(entry.occurred_at, received_at, arrival + part)
                counted = msgspec.structs.replace(entry, occurred_at=moment)
                yield (organization, arrival, part), counted


class _Receipts:
    """The sum of the receipts."""

    def __init__(self) -> None:
        self.number = 0
        self.figures: Figures = collections.Counter()
        self.unbalanced: list[str] = []

    def add(self, place: Place, entry: JournalEntry, sale: RetailTransaction) -> None:
        if sale.status not in FINISHED:
            return
        self.number += 1
        day = (place[0], entry.retail_store_id, entry.business_day_date, sale.currency)
        for line in sale.line_items:
            if not line.voided and line.line_type in TURNOVER_LINES:
                code = (line.tax_code, line.tax_rate_bp)
                self.figures[*day, *code, "base"] += line.tax_base
                self.figures[*day, *code, "tax"] += line.tax_amount
        for tender in sale.tenders:
            self.figures[*day, tender.tender_type] += tender.amount
        if not _balances(sale):
            self.unbalanced.append(sale.transaction_id)


def _balances(sale: RetailTransaction) -> bool:
    """Whether lines and rounding are the tenders, and lines the table of taxes.

    Source: the record set, invariants 4 and 5.
    """
    lines = [line for line in sale.line_items if not line.voided]
    owed = sum(line.extended_amount for line in lines) + sale.rounding_amount
    stated, found = Figures(), Figures()
    for tax in sale.taxes:
        stated[tax.tax_code, "base"] += tax.base
        stated[tax.tax_code, "tax"] += tax.tax
    for line in lines:
        found[line.tax_code, "base"] += line.tax_base
        found[line.tax_code, "tax"] += line.tax_amount
    return owed == sum(tender.amount for tender in sale.tenders) and stated == found


def _office_days(read: Reader) -> Figures:
    figures = Figures()
    for *key, base, tax in read(_OFFICE_VAT, ()):
        figures[*key, "base"] += base
        figures[*key, "tax"] += tax
    for *key, amount in read(_OFFICE_MONEY, ()):
        figures[*key,] += amount
    return figures


class _Periods:
    """Every Z beside what the office has counted in its period."""

    def __init__(self, read: Reader) -> None:
        self.number = 0
        self.disagreements: list[Disagreement] = []
        office, reported = Figures(), Figures()
        closed: set[tuple[Any, ...]] = set()
        for *key, data in read(_REPORTS, ()):
            period = tuple(key[:5])
            report = decode_entry(bytes(data)).payload
            if isinstance(report, PeriodReport):
                self.number += 1
                closed.add(period)
                _add_report(reported, period, report)
        for *key, base, tax in read(_PERIODS, ()):
            if tuple(key[:5]) in closed:
                office[*key, "base"] += base
                office[*key, "tax"] += tax
        for *key, amount in read(_PERIOD_MONEY, ()):
            if tuple(key[:5]) in closed:
                office[*key,] += amount
        self.disagreements += _compare("office, Z", office, reported)


def _add_report(figures: Figures, period: tuple[Any, ...], report: PeriodReport) -> None:
    for row in report.figures.sales_vat:
        figures[*period, row.tax_code, row.rate_bp, "base"] += row.base
        figures[*period, row.tax_code, row.rate_bp, "tax"] += row.vat
    for paid in report.figures.payments:
        figures[*period, paid.tender_type] += paid.amount


Moment = tuple[int, int, int]
"""When something happened, and its place in the order of arrival."""


def _last_counts(read: Reader) -> dict[tuple[str, str, str], tuple[Moment, int]]:
    """What was counted last, by article and place."""
    found: dict[tuple[str, str, str], tuple[Moment, int]] = {}
    for place, entry in _entries(read, InventoryControl):
        control = entry.payload
        if (
            isinstance(control, InventoryControl)
            and control.kind is InventoryControlKind.COUNT_LINE
            and control.item_id is not None
            and control.quantity_milli is not None
        ):
            article = (place[0], control.location_id, control.item_id)
            moment = (entry.occurred_at, *place[1:])
            if article not in found or found[article][0] < moment:
                found[article] = (moment, control.quantity_milli)
    return found


class _Shelves:
    """What has moved since the last count, and that count."""

    def __init__(self, counts: dict[tuple[str, str, str], tuple[Moment, int]]) -> None:
        self._counts = counts
        self.figures: Figures = collections.Counter(
            {article: quantity for article, (_, quantity) in counts.items()}
        )

    def add(self, place: Place, entry: JournalEntry) -> None:
        for location, item, quantity in _movements(entry):
            article = (place[0], location, item)
            counted = self._counts.get(article)
            if counted is None or entry.occurred_at >= counted[0][0]:
                self.figures[article] += quantity


def _movements(entry: JournalEntry) -> Iterator[tuple[str, str, int]]:
    match entry.payload:
        case RetailTransaction(status=status, line_items=lines) if status in FINISHED:
            for line in lines:
                if line.stock_effect and not line.voided and line.item_id:
                    yield entry.retail_store_id, line.item_id, -line.quantity_milli
        case InventoryControl(kind=kind, item_id=str(item), quantity_milli=int(quantity)):
            if kind is not InventoryControlKind.COUNT_LINE:
                yield entry.payload.location_id, item, quantity


def _compare(books: str, office: Figures, other: Figures) -> Iterable[Disagreement]:
    for key in sorted(office.keys() | other.keys(), key=str):
        if office[key] != other[key]:
            yield Disagreement(
                books=books,
                where=" ".join(str(part) for part in key),
                office=office[key],
                other=other[key],
            )
