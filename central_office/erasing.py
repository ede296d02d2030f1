"""Makes the books forget which customer a receipt belongs to.

What is erased is the link: the customer's reference in the table of receipts, in the kept lists of
web orders (the edges get the list without it), and in all that the office shows and sends. What
stays are the entries themselves: they are the fiscal record, whose very bytes are hashed and
chained, and whose keeping the law demands. They hold a reference and no name; whose it was stood
in the shop's own list of customers, which erases it there.

What is kept of an erasure is a fingerprint of the reference and until when it holds. So receipts
that arrive later, and tables that are made anew from the entries, forget too. A receipt of a later
moment is another matter: then the customer has come back.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol

import msgspec

from central_office.master_lists import ListKey, keep, kept_lists
from central_office.projections import RECEIPTS, Projection, Way
from central_office.sql_tables import Session
from edge_daemon.records.master_data import Orders

ERASURES = Projection(
    name="erasures",
    key={"organization": str, "fingerprint": str},
    values={"until": int},
    way=Way.REPLACE,
)
"""`until`: receipts up to this moment, microseconds since 1970 UTC, belong to nobody any more."""
_COLUMNS = tuple(RECEIPTS.columns)
_ORGANIZATION = _COLUMNS.index("organization")
_CUSTOMER = _COLUMNS.index("customer_ref")
_OCCURRED = _COLUMNS.index("occurred_at")
_ORDERS = "SELECT store FROM master_lists WHERE organization = ? AND name = 'orders'"
_FORGET = (
    "UPDATE receipts SET customer_ref = NULL WHERE organization = ? AND customer_ref = ?"
    " AND occurred_at <= ?"
)
Rows = Sequence[tuple[Any, ...]]


class Finder(Protocol):
    """What is needed of the tables."""

    def find(
        self, projection: Projection, keys: Iterable[tuple[Any, ...]]
    ) -> dict[tuple[Any, ...], tuple[Any, ...]]:
        """The values of the rows whose keys are these."""
        ...


def erase_customer(session: Session, organization: str, customer_ref: str, now_us: int) -> int:
    """Forget a customer as of now, and return how many receipts belonged to them."""
    session.write([(ERASURES, [(organization, _fingerprint(customer_ref), now_us)])])
    found = session.run(_FORGET, (organization, customer_ref, now_us))
    for (store,) in session.all(_ORDERS, (organization,)):
        _forget_orders(session, ListKey(organization, store, "orders"), customer_ref, now_us)
    return found


def without_erased(
    tables: Finder, changes: Iterable[tuple[Projection, Rows]]
) -> Iterator[tuple[Projection, Rows]]:
    """What is about to be written, without the customers that were erased."""
    for projection, rows in changes:
        yield projection, _forgotten(tables, rows) if projection is RECEIPTS else rows


def _forgotten(tables: Finder, rows: Rows) -> Rows:
    keys = {_key(row) for row in rows if row[_CUSTOMER] is not None}
    erased = tables.find(ERASURES, keys) if keys else {}
    if not erased:
        return rows
    return [_without(row) if _is_erased(row, erased) else row for row in rows]


def _is_erased(row: tuple[Any, ...], erased: dict[tuple[Any, ...], tuple[Any, ...]]) -> bool:
    if row[_CUSTOMER] is None:
        return False
    until = erased.get(_key(row))
    return until is not None and row[_OCCURRED] <= until[0]


def _key(row: tuple[Any, ...]) -> tuple[str, str]:
    return row[_ORGANIZATION], _fingerprint(row[_CUSTOMER])


def _without(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return (*row[:_CUSTOMER], None, *row[_CUSTOMER + 1 :])


def _fingerprint(customer_ref: str) -> str:
    return hashlib.sha256(customer_ref.encode()).hexdigest()


def _forget_orders(session: Session, key: ListKey, customer_ref: str, now_us: int) -> None:
    kept = kept_lists(session.all, key)
    if not isinstance(kept, Orders):
        return
    orders = tuple(
        msgspec.structs.replace(order, customer_ref=None)
        if order.customer_ref == customer_ref and order.placed_at <= now_us
        else order
        for order in kept.orders
    )
    if orders != kept.orders:
        keep(session, key, Orders(orders=orders), now_us // 1000)
