"""The tables that the folds fill: what stands in each, and in which way it is written.

All of them can be emptied and filled again from the entries, in the order of arrival, and are then
the same. Each key begins with the organization and, where there is one, the store and the business
day: so a view of a day reads that day's rows and no others, however many years lie beside them.
Text that is absent is empty where it is part of a key.
"""

import dataclasses
import enum
from collections.abc import Mapping

VERSION = 6
"""Of the folds and their tables: another one has to be filled anew by `central-office rebuild`."""


class Way(enum.Enum):
    """What becomes of a row whose key is there already."""

    ADD = "its values are added"
    REPLACE = "its values are the new ones"
    KEEP = "it stays as it is"


@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class Projection:
    """One table.

    Attributes:
        key, values: Columns and their types (`str`, `int`, `bytes`), in order.
        optional: Values that may be absent.
        indexes: Columns of further indexes, each with the column that must not be absent, or None.
    """

    name: str
    key: Mapping[str, type]
    values: Mapping[str, type]
    way: Way
    optional: frozenset[str] = frozenset()
    indexes: tuple[tuple[tuple[str, ...], str | None], ...] = ()

    @property
    def columns(self) -> dict[str, type]:
        """All columns, the key first."""
        return {**self.key, **self.values}

    @property
    def conflict(self) -> str:
        """The end of an INSERT: what is done where the key is there."""
        key = ", ".join(self.key)
        if self.way is Way.KEEP or not self.values:
            return f"ON CONFLICT ({key}) DO NOTHING"
        form = "{0} = excluded.{0}" if self.way is Way.REPLACE else "{0} = {1}.{0} + excluded.{0}"
        changes = ", ".join(form.format(name, self.name) for name in self.values)
        return f"ON CONFLICT ({key}) DO UPDATE SET {changes}"

    def definition(self, types: Mapping[type, str], ending: str = "") -> list[str]:
        """The statements that make the table, with a database's names of the types."""
        columns = [
            f"{name} {types[kind]}{'' if name in self.optional else ' NOT NULL'}"
            for name, kind in self.columns.items()
        ]
        parts = ", ".join([*columns, f"PRIMARY KEY ({', '.join(self.key)})"])
        made = [f"CREATE TABLE IF NOT EXISTS {self.name} ({parts}){ending}"]
        for number, (names, needed) in enumerate(self.indexes, 1):
            where = f" WHERE {needed} IS NOT NULL" if needed else ""
            made.append(
                f"CREATE INDEX IF NOT EXISTS {self.name}_{number} ON {self.name}"
                f" ({', '.join(names)}){where}"
            )
        return made


_ORGANIZATION = {"organization": str}
_DAY = {"organization": str, "store": str, "business_day_date": str}
_TILL = {**_DAY, "edge_id": str, "workstation_id": str}
_PLACE = {"arrival": int, "part": int}
"""Number of arrival, and the number within a branch that this entry booked; 0 is the entry."""
_TALLY = {"number": int, "amount": int}

# --- sales ------------------------------------------------------------------------------------

SALES = Projection(
    name="sales",
    key={**_DAY, "currency": str},
    values={"sales": int, "gross": int},
    way=Way.ADD,
)
"""How many finished sales, and what they came to."""
REVENUE = Projection(
    name="revenue",
    key={**_DAY, "hour": int, "channel": str, "product_group": str, "currency": str},
    values={"receipts": int, "quantity_milli": int, "amount": int, "base": int, "discount": int},
    way=Way.ADD,
)
"""Turnover by the local hour of its receipts; `amount` with VAT, `base` without, each after
`discount`. A receipt counts once in each product group that it has, -1 where that came back."""
VAT = Projection(
    name="vat",
    key={**_TILL, "z_number": int, "tax_code": str, "rate_bp": int, "currency": str},
    values={"base": int, "tax": int},
    way=Way.ADD,
)
"""VAT of the turnover. `z_number` is the period in which it was counted; 0 is none of the till's
own, as for a branch that was accepted later."""
STATISTICS = Projection(
    name="statistics",
    key={**_TILL, "operator_id": str, "kind": str, "name": str, "currency": str},
    values={"number": int, "quantity_milli": int, "amount": int},
    way=Way.ADD,
)
"""What auditors and owners count, by its kind and its reason, product group or type of line."""
RECEIPTS = Projection(
    name="receipts",
    key={**_ORGANIZATION, **_PLACE},
    values={
        "store": str,
        "business_day_date": str,
        "edge_id": str,
        "workstation_id": str,
        "operator_id": str,
        "occurred_at": int,
        "sequence_number": int,
        "transaction_id": str,
        "transaction_type": str,
        "status": str,
        "channel": str,
        "currency": str,
        "gross": int,
        "card_digits": str,
        "customer_ref": str,
        "till_session_id": str,
        "facets": str,
    },
    way=Way.KEEP,
    optional=frozenset({"sequence_number", "card_digits", "customer_ref"}),
    indexes=(
        (("organization", "store", "business_day_date", "arrival", "part"), None),
        (("organization", "transaction_id"), None),
        (("organization", "sequence_number"), "sequence_number"),
        (("organization", "card_digits"), "card_digits"),
        (("organization", "customer_ref"), "customer_ref"),
    ),
)
"""Where each receipt lies, and by what it is looked for; `facets` says in which figures it is."""
ACTS = Projection(
    name="acts",
    key={**_ORGANIZATION, **_PLACE},
    values={
        "store": str,
        "business_day_date": str,
        "edge_id": str,
        "workstation_id": str,
        "operator_id": str,
        "till_session_id": str,
        "occurred_at": int,
        "kind": str,
        "name": str,
        "tender_type": str,
        "currency": str,
        "amount": int,
        "quantity_milli": int,
    },
    way=Way.KEEP,
    indexes=((("organization", "store", "business_day_date", "arrival", "part"), None),),
)
"""What is in a figure and has no receipt: money brought, taken and counted, a drawer opened without
a sale, a line taken off …"""

# --- money ------------------------------------------------------------------------------------

MONEY = Projection(
    name="money",
    key={
        **_TILL,
        "z_number": int,
        "session_id": str,
        "tender_type": str,
        "currency": str,
        "cause": str,
    },
    values=_TALLY,
    way=Way.ADD,
)
"""Every movement of money, signed as the drawer sees it; `cause` is `Tender` or as the record's
`TenderControl` has it."""
CARDS = Projection(
    name="cards",
    key={
        **_DAY,
        "terminal_id": str,
        "card_brand": str,
        "entry_mode": str,
        "standalone": int,
        "currency": str,
    },
    values=_TALLY,
    way=Way.ADD,
)
RECONCILIATIONS = Projection(
    name="reconciliations",
    key={**_DAY, "device_id": str, **_PLACE, "card_brand": str},
    values={"terminal_id": str, "currency": str, "number": int, "amount": int},
    way=Way.KEEP,
)
"""What terminals counted themselves."""
SETTLEMENTS = Projection(
    name="settlements",
    key={**_ORGANIZATION, "session_id": str, "tender_type": str, "currency": str},
    values={
        "store": str,
        "business_day_date": str,
        "edge_id": str,
        "workstation_id": str,
        "operator_id": str,
        "expected": int,
        "counted": int,
        "difference": int,
        "reason": str,
        "occurred_at": int,
        **_PLACE,
    },
    way=Way.REPLACE,
    indexes=((("organization", "store", "business_day_date"), None),),
)
"""The count that settled a shift's tender: the last one of it."""
Z_REPORTS = Projection(
    name="z_reports",
    key={
        "organization": str,
        "store": str,
        "edge_id": str,
        "workstation_id": str,
        "z_number": int,
        **_PLACE,
    },
    values={"counted_as": int, "business_day_date": str, "occurred_at": int},
    way=Way.KEEP,
    indexes=((("organization", "store", "business_day_date"), None),),
)
"""`counted_as` is the period under which the office has counted what this Z closes."""
DAYS = Projection(
    name="days",
    key=_DAY,
    values={
        "open_tills": str,
        "z_reports": int,
        "closed_arrival": int,
        "late_entries": int,
        "late_amount": int,
        "last_arrival": int,
    },
    way=Way.REPLACE,
    optional=frozenset({"closed_arrival"}),
)
"""Whether a store's day is closed, and what came after it was."""

# --- stock ------------------------------------------------------------------------------------

_ARTICLE = {"organization": str, "location_id": str, "item_id": str}
STOCK = Projection(
    name="stock",
    key=_ARTICLE,
    values={
        "on_hand_milli": int,
        "uom": str,
        "counted_at": int,
        "oversold_times": int,
        "oversold_since": int,
        "last_arrival": int,
    },
    way=Way.REPLACE,
    optional=frozenset({"counted_at", "oversold_since"}),
)
"""What lies there; `oversold_since` is the arrival by which it fell below nothing."""
MOVEMENTS = Projection(
    name="movements",
    key={**_ARTICLE, "occurred_at": int, **_PLACE, "number": int},
    values={"cause": str, "quantity_milli": int, "document_id": str, "business_day_date": str},
    way=Way.KEEP,
    indexes=((("organization", "location_id", "business_day_date"), None),),
)
"""Every movement, signed as the shelf sees it."""
COUNTS = Projection(
    name="counts",
    key={**_ARTICLE, "occurred_at": int, **_PLACE},
    values={"document_id": str, "business_day_date": str, "counted_milli": int, "book_milli": int},
    way=Way.REPLACE,
    indexes=((("organization", "location_id", "business_day_date"), None),),
)
"""`book_milli` is what should have been found, as far as is known now."""
IN_TRANSIT = Projection(
    name="in_transit",
    key={"organization": str, "from_location_id": str, "location_id": str, "item_id": str},
    values={"quantity_milli": int},
    way=Way.ADD,
)

REPLENISHMENT = Projection(
    name="replenishment",
    key=_ARTICLE,
    values={
        "reorder_point_milli": int,
        "order_up_to_milli": int,
        "supplier_id": str,
        "in_transit_milli": int,
        "on_order_milli": int,
        "drafted_milli": int,
        "below_since": int,
        "alerts": int,
        "last_arrival": int,
    },
    way=Way.REPLACE,
    optional=frozenset({"reorder_point_milli", "order_up_to_milli", "supplier_id", "below_since"}),
    indexes=((("organization", "location_id", "item_id", "below_since"), "below_since"),),
)
"""When an article is to be ordered, and what of it comes already; `below_since` is the arrival by
which there was too little."""
ALERTS = Projection(
    name="replenishment_alerts",
    key={**_ARTICLE, **_PLACE},
    values={"position_milli": int, "reorder_point_milli": int},
    way=Way.KEEP,
)
"""Each time that there was too little of an article: one row for one crossing."""
PURCHASE_ORDERS = Projection(
    name="purchase_orders",
    key={**_ORGANIZATION, "order_id": str},
    values={
        "location_id": str,
        "supplier_id": str,
        "state": str,
        "by_operator": str,
        "drafted_at": int,
        "sent_at": int,
        "ended_at": int,
        "reason": str,
        "open_lines": int,
        "over_lines": int,
        "last_arrival": int,
    },
    way=Way.REPLACE,
    optional=frozenset({"supplier_id", "drafted_at", "sent_at", "ended_at", "reason"}),
)
"""`open_lines` have not come whole, of `over_lines` more has come than was ordered."""
PURCHASE_ORDER_LINES = Projection(
    name="purchase_order_lines",
    key={**_ORGANIZATION, "order_id": str, "item_id": str},
    values={"location_id": str, "uom": str, "ordered_milli": int, "received_milli": int},
    way=Way.REPLACE,
)
DELIVERIES = Projection(
    name="deliveries",
    key={**_ORGANIZATION, "order_id": str, **_PLACE},
    values={
        "location_id": str,
        "document_id": str,
        "item_id": str,
        "quantity_milli": int,
        "edge_id": str,
        "occurred_at": int,
    },
    way=Way.KEEP,
)
"""What came of a purchase order: every line of a receipt that names it."""

# --- people and devices -----------------------------------------------------------------------

CLOCKINGS = Projection(
    name="clockings",
    key={**_ORGANIZATION, "subject_operator_id": str, "occurred_at": int, **_PLACE},
    values={
        "event": str,
        "store": str,
        "business_day_date": str,
        "entry_id": str,
        "corrects_entry_id": str,
        "corrected_at": int,
        "reason": str,
        "shift_id": str,
        "location_id": str,
        "start_at": int,
        "end_at": int,
    },
    way=Way.KEEP,
    optional=frozenset(
        {
            "corrects_entry_id",
            "corrected_at",
            "reason",
            "shift_id",
            "location_id",
            "start_at",
            "end_at",
        }
    ),
    indexes=(
        (("organization", "store", "business_day_date"), None),
        (("organization", "corrects_entry_id"), "corrects_entry_id"),
        (("organization", "location_id", "start_at"), "start_at"),
        (("organization", "shift_id"), "shift_id"),
    ),
)
DEVICES = Projection(
    name="devices",
    key={"organization": str, "store": str, "edge_id": str, "device_id": str},
    values={"family": str, "state": str, "detail": str, "since": int},
    way=Way.REPLACE,
)
"""The last that was heard of each device."""
DEVICE_DAYS = Projection(
    name="device_days",
    key={**_DAY, "edge_id": str, "device_id": str, "state": str},
    values={"number": int},
    way=Way.ADD,
)

# --- wrong use across boxes ---------------------------------------------------------------------

TAKEN_BACK = Projection(
    name="taken_back",
    key={**_ORGANIZATION, "transaction_id": str, "line_id": str},
    values={
        "sold_milli": int,
        "sold_amount": int,
        "returned_milli": int,
        "returned_amount": int,
        "found_arrival": int,
        "last_arrival": int,
    },
    way=Way.REPLACE,
    optional=frozenset({"sold_milli", "sold_amount", "found_arrival"}),
    indexes=((("organization", "found_arrival"), "found_arrival"),),
)
"""Lines of which something came back; what was sold is absent while the receipt is not here."""
GIFT_CARDS = Projection(
    name="gift_cards",
    key={**_ORGANIZATION, "gift_card_ref": str, "currency": str},
    values={
        "issued": int,
        "redeemed": int,
        "redemptions": int,
        "found_arrival": int,
        "last_arrival": int,
    },
    way=Way.REPLACE,
    optional=frozenset({"found_arrival"}),
    indexes=(
        (("organization", "found_arrival"), "found_arrival"),
        (("organization", "last_arrival"), None),
    ),
)
GIFT_CARD_MOVEMENTS = Projection(
    name="gift_card_movements",
    key={**_ORGANIZATION, "gift_card_ref": str, "currency": str, **_PLACE, "number": int},
    values={"store": str, "occurred_at": int, "document_id": str, "amount": int},
    way=Way.KEEP,
)
"""Every movement, signed as the card sees it."""
HANDED_OUT = Projection(
    name="handed_out",
    key={**_ORGANIZATION, "order_id": str},
    values={"times": int, "receipts": str, "found_arrival": int, "last_arrival": int},
    way=Way.REPLACE,
    optional=frozenset({"found_arrival"}),
    indexes=((("organization", "found_arrival"), "found_arrival"),),
)
"""`receipts`: the transactions by which a web order was handed out and that still stand."""

# --- what is not a figure ---------------------------------------------------------------------

UNFOLDED = Projection(
    name="unfolded",
    key={**_ORGANIZATION, **_PLACE},
    values={"why": str},
    way=Way.KEEP,
)
RESUMES = Projection(
    name="resumes",
    key={"edge_id": str},
    values={"state": bytes},
    way=Way.REPLACE,
)

PROJECTIONS = (
    SALES,
    REVENUE,
    VAT,
    STATISTICS,
    RECEIPTS,
    ACTS,
    MONEY,
    CARDS,
    RECONCILIATIONS,
    SETTLEMENTS,
    Z_REPORTS,
    DAYS,
    STOCK,
    MOVEMENTS,
    COUNTS,
    IN_TRANSIT,
    REPLENISHMENT,
    ALERTS,
    PURCHASE_ORDERS,
    PURCHASE_ORDER_LINES,
    DELIVERIES,
    CLOCKINGS,
    DEVICES,
    DEVICE_DAYS,
    TAKEN_BACK,
    GIFT_CARDS,
    GIFT_CARD_MOVEMENTS,
    HANDED_OUT,
    UNFOLDED,
    RESUMES,
)
