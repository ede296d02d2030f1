"""Stock: what lies where, what is on its way, what moved and why, what was counted.

`description` is what the office's catalogue calls the article (`views.named`), if it knows it.
"""

import msgspec

from central_office.views.paging import View


class StockRow(msgspec.Struct, frozen=True, kw_only=True):
    """An article at a place; below nothing it is oversold.

    Attributes:
        counted_at: When it was counted last.
        oversold_times, oversold_since: How often it fell below nothing; by which entry, if it is.
    """

    location_id: str
    item_id: str
    on_hand_milli: int
    uom: str
    counted_at: int | None
    oversold_times: int
    oversold_since: int | None
    description: str | None = None


_STOCK = ("on_hand_milli", "uom", "counted_at", "oversold_times", "oversold_since")
STOCK = View(
    row=StockRow,
    source="stock",
    key=("location_id", "item_id"),
    values=_STOCK,
    grouped=False,
    days=False,
    store="location_id",
)
OVERSOLD = View(
    row=StockRow,
    source="stock",
    key=("location_id", "item_id"),
    values=_STOCK,
    grouped=False,
    days=False,
    store="location_id",
    where="oversold_since IS NOT NULL",
)


class InTransit(msgspec.Struct, frozen=True, kw_only=True):
    """What was sent to a place and has not come, by the sender's and the receiver's word.

    Both see it: goods that were sent to a place that has no box, or that nobody knows, too.
    """

    location_id: str
    item_id: str
    from_location_id: str
    quantity_milli: int
    description: str | None = None


IN_TRANSIT = View(
    row=InTransit,
    source="in_transit",
    key=("location_id", "item_id", "from_location_id"),
    values=("quantity_milli",),
    grouped=False,
    days=False,
    store="location_id",
    other_store="from_location_id",
    where="quantity_milli <> 0",
)


class Movement(msgspec.Struct, frozen=True, kw_only=True):
    """Why stock changed: a sale's line, a delivery, a transfer …, and its entry's arrival."""

    location_id: str
    item_id: str
    occurred_at: int
    arrival: int
    part: int
    number: int
    cause: str
    quantity_milli: int
    document_id: str
    business_day_date: str
    description: str | None = None


MOVEMENTS = View(
    row=Movement,
    source="movements",
    key=("location_id", "item_id", "occurred_at", "arrival", "part", "number"),
    values=("cause", "quantity_milli", "document_id", "business_day_date"),
    grouped=False,
    store="location_id",
)


class Variance(msgspec.Struct, frozen=True, kw_only=True):
    """A count, and what should have been found as far as is known now."""

    location_id: str
    item_id: str
    occurred_at: int
    arrival: int
    part: int
    document_id: str
    business_day_date: str
    counted_milli: int
    book_milli: int
    description: str | None = None

    @property
    def variance_milli(self) -> int:
        """What was there too much; too little is negative."""
        return self.counted_milli - self.book_milli


COUNTS = View(
    row=Variance,
    source="counts",
    key=("location_id", "item_id", "occurred_at", "arrival", "part"),
    values=("document_id", "business_day_date", "counted_milli", "book_milli"),
    grouped=False,
    store="location_id",
)
