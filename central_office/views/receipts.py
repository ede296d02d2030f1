"""Receipts: found by number, date, amount, card or customer, and their bytes as they came."""

from collections.abc import Sequence
from typing import Any

import msgspec

from central_office.reading import Reader
from central_office.views.paging import Page, Scope, View, cursor_of, filled, read_cursor

_ENTRY = "SELECT data FROM entries WHERE organization = ? AND arrival = ?"
_PART = (
    "SELECT data FROM quarantine WHERE edge_id = ? AND decided_at = ? ORDER BY seq, id LIMIT 1"
    " OFFSET ?"
)
_NUMBERS = (
    "SELECT sequence_number FROM receipts WHERE organization = ? AND transaction_id = ?"
    " AND sequence_number IS NOT NULL ORDER BY arrival, part"
)
_EXACT = ("sequence_number", "transaction_id", "card_digits", "customer_ref")


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """Where a receipt lies, and what it says about itself; `gross` in minor units."""

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
    channel: str
    currency: str
    gross: int
    card_digits: str | None
    customer_ref: str | None


class TimedReceipt(Receipt, frozen=True, kw_only=True):
    """A receipt and the till's clock: `utc_offset_min` is how far it was ahead of UTC."""

    utc_offset_min: int


class _Clock(msgspec.Struct, frozen=True):
    utc_offset_min: int


_clock = msgspec.json.Decoder(_Clock)
_COLUMNS = ", ".join(Receipt.__struct_fields__)
_KEY = ("business_day_date", "arrival", "part")
_PLACE = ", ".join(_KEY)
RECEIPTS = View(
    row=Receipt,
    source="receipts",
    key=_KEY,
    values=Receipt.__struct_fields__[len(_KEY) :],
    grouped=False,
    others=(*_EXACT, "store", "edge_id", "workstation_id", "operator_id", "status", "channel"),
)
"""By exact values; `find_receipts` also knows amounts."""


class ReceiptQuery(msgspec.Struct, frozen=True, kw_only=True):
    """By what is looked for; everything given must fit.

    Attributes:
        lowest, highest: Of the amount, minor units.
        newest_first: The other way round: the newest day first, and of a day what arrived last.
    """

    sequence_number: int | None = None
    transaction_id: str | None = None
    card_digits: str | None = None
    customer_ref: str | None = None
    lowest: int | None = None
    highest: int | None = None
    newest_first: bool = False


def find_receipts(
    read: Reader, scope: Scope, query: ReceiptQuery, *, after: str | None = None, limit: int = 100
) -> Page[Receipt]:
    """A page of receipts, the oldest day first if nothing else is asked for.

    Raises:
        CursorError: `after` is none of this list's cursors.
    """
    stores = scope.named(read)
    if not stores:
        return Page(rows=())
    conditions, parameters = _conditions(scope, stores, query)
    if after is not None:
        conditions.append(f"({_PLACE}) {'<' if query.newest_first else '>'} (?, ?, ?)")
        parameters += read_cursor(after, 3)
    order = " DESC, ".join(_KEY) + " DESC" if query.newest_first else _PLACE
    sql = (
        f"SELECT {_COLUMNS} FROM receipts WHERE {' AND '.join(conditions)}"  # noqa: S608 - constants
        f" ORDER BY {order} LIMIT ?"
    )
    found = [filled(Receipt, row) for row in read(sql, (*parameters, limit + 1))]
    rows, more = tuple(found[:limit]), len(found) > limit
    last = rows[-1] if rows else None
    key = (last.business_day_date, last.arrival, last.part) if last and more else None
    return Page(rows=rows, cursor=cursor_of(key) if key else None)


def _conditions(
    scope: Scope, stores: tuple[str, ...], query: ReceiptQuery
) -> tuple[list[str], list[Any]]:
    conditions = ["organization = ?", f"store IN ({', '.join('?' * len(stores))})"]
    conditions.append("business_day_date BETWEEN ? AND ?")
    parameters: list[Any] = [scope.organization, *stores, scope.first_day, scope.last_day]
    for name in _EXACT:
        if (value := getattr(query, name)) is not None:
            conditions.append(f"{name} = ?")
            parameters.append(value)
    for word, value in ((">=", query.lowest), ("<=", query.highest)):
        if value is not None:
            conditions.append(f"gross {word} ?")
            parameters.append(value)
    return conditions, parameters


def receipt_at(read: Reader, scope: Scope, place: tuple[int, int]) -> Receipt | None:
    """The receipt at a place (arrival, part), in any of the scope's stores."""
    sql = f"SELECT {_COLUMNS} FROM receipts WHERE organization = ? AND arrival = ? AND part = ?"  # noqa: S608 - constants
    for row in read(sql, (scope.organization, *place)):
        receipt = filled(Receipt, row)
        return receipt if scope.stores is None or receipt.store in scope.stores else None
    return None


def receipts_of(read: Reader, organization: str, transaction_id: str) -> list[int]:
    """The numbers of the receipts of a transaction."""
    rows = read(_NUMBERS, (organization, transaction_id))
    return [number for (number,) in rows]


def receipt_bytes(read: Reader, organization: str, receipt: Receipt) -> bytes:
    """The entry's bytes, as the box wrote them."""
    if receipt.part:
        return part_bytes(read, receipt.edge_id, receipt.arrival, receipt.part)
    rows = read(_ENTRY, (organization, receipt.arrival))
    return next(bytes(data) for (data,) in rows)


def timed(read: Reader, organization: str, receipts: Sequence[Receipt]) -> list[TimedReceipt]:
    """Receipts with their tills' clocks: by these their moments were printed."""
    return [
        TimedReceipt(
            **msgspec.structs.asdict(receipt),
            utc_offset_min=_clock.decode(receipt_bytes(read, organization, receipt)).utc_offset_min,
        )
        for receipt in receipts
    ]


def part_bytes(read: Reader, edge_id: str, arrival: int, part: int) -> bytes:
    """The bytes of an entry that was booked with its branch."""
    rows = read(_PART, (edge_id, arrival, part - 1))
    return next(bytes(data) for (data,) in rows)
