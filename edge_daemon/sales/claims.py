"""What calls have laid hands on: lines that come back, sales that are undone, orders handed out.

A claim is made in the commit of the call's intent, so that of two registers with the same receipt
one is told. It stands for good once the sale is in the journal, and is let go when the call ends
without one. So nothing is ever taken back twice, over any number of partial returns.
"""

import sqlite3
from collections.abc import Iterable
from typing import Any, NamedTuple

import msgspec
from sqlite_utils import Database

from edge_daemon.journal import Projection
from edge_daemon.records import JournalEntry
from edge_daemon.records.payloads import (
    Intent,
    LineItem,
    Link,
    Outcome,
    OutcomeState,
    RetailTransaction,
    TransactionCancelled,
    TransactionStatus,
)

GIVEN_UP = "given up"
"""In the place of the claimant of a basket that nobody goes on with."""
_NOTHING_DONE = (OutcomeState.CANCELLED, OutcomeState.NOT_DONE)
_STANDING = (
    TransactionStatus.COMPLETED,
    TransactionStatus.POST_VOIDED,
    TransactionStatus.AWAITING_TENDER,
)
_CLAIM = (
    "INSERT OR REPLACE INTO claims (claimant, intent_id, kind, transaction_id, line_id,"
    " quantity_milli, amount, standing) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)


class Claim(NamedTuple):
    """One claim on a transaction, or on one of its lines.

    Attributes:
        claimant: The sale or void that makes it; `GIVEN_UP` where a basket was given up.
        kind: As the record's links: `ReturnOf`, `VoidOf`, `ResumeOf`, `Replaces`.
        line_id: Empty for the whole.
        quantity_milli, amount: Taken back, positive.
        standing: True once the claimant is in the journal.
    """

    claimant: str
    kind: str
    transaction_id: str
    line_id: str
    quantity_milli: int
    amount: int
    standing: bool


class Taken(NamedTuple):
    """What has come back of a line, or is coming: thousandths and minor units, positive."""

    quantity_milli: int = 0
    amount: int = 0


class _Parts(msgspec.Struct, frozen=True):
    """The part of a basket that claims something."""

    links: tuple[Link, ...] = ()
    lines: tuple[LineItem, ...] = ()


def claims_on(
    connection: sqlite3.Connection, transaction_id: str, *, besides: str | None = None
) -> list[Claim]:
    """Read who has laid hands on a transaction, besides one."""
    rows = connection.execute(
        "SELECT claimant, kind, transaction_id, line_id, quantity_milli, amount, standing"
        " FROM claims WHERE transaction_id = ? AND claimant IS NOT ? ORDER BY rowid",
        (transaction_id, besides),
    )
    return [Claim(*row)._replace(standing=bool(row[6])) for row in rows]


def taken_of(claims: Iterable[Claim]) -> dict[str, Taken]:
    """What has come back of each line."""
    taken: dict[str, Taken] = {}
    for claim in claims:
        if claim.kind == "ReturnOf":
            known = taken.get(claim.line_id, Taken())
            taken[claim.line_id] = Taken(
                known.quantity_milli + claim.quantity_milli, known.amount + claim.amount
            )
    return taken


def _create(connection: sqlite3.Connection) -> None:
    table = Database(connection).table("claims")
    if table.exists():
        return
    table.create(
        {
            "claimant": str,
            "intent_id": str,
            "kind": str,
            "transaction_id": str,
            "line_id": str,
            "quantity_milli": int,
            "amount": int,
            "standing": int,
        },
        not_null={
            "claimant",
            "kind",
            "transaction_id",
            "line_id",
            "quantity_milli",
            "amount",
            "standing",
        },
        strict=True,
    )
    table.create_index(["claimant", "kind", "transaction_id", "line_id"], unique=True)
    table.create_index(["transaction_id"])
    connection.execute("CREATE INDEX passing_claims ON claims (intent_id) WHERE standing = 0")


def _apply(connection: sqlite3.Connection, entry: JournalEntry) -> None:
    if entry.training:
        return
    match entry.payload:
        case Intent(resource_kind="sales" | "voids", request={"basket": dict(basket)}) as intent:
            parts = msgspec.convert(basket, _Parts)
            _claim(connection, intent.resource_id, entry.entry_id, parts, standing=False)
        case RetailTransaction(status=status) as sale if status in _STANDING:
            _let_go(connection, "claimant = ?", sale.transaction_id)
            parts = _Parts(sale.transaction_links, sale.line_items)
            _claim(connection, sale.transaction_id, sale.intent_id, parts, standing=True)
        case RetailTransaction(status=TransactionStatus.SUSPENDED) as sale:
            parts = _Parts(sale.transaction_links)
            _claim(connection, sale.transaction_id, sale.intent_id, parts, standing=True)
        case RetailTransaction(status=TransactionStatus.CANCELLED) as sale:
            _let_go(connection, "claimant = ?", sale.transaction_id)
        case TransactionCancelled(transaction_id=transaction_id):
            parts = _Parts((Link(kind="ResumeOf", transaction_id=transaction_id),))
            _claim(connection, GIVEN_UP, None, parts, standing=True)
        case Outcome(intent_id=intent_id, state=state) if state in _NOTHING_DONE:
            _let_go(connection, "standing = 0 AND intent_id = ?", intent_id)
        case _:
            pass


def _let_go(connection: sqlite3.Connection, which: str, key: str) -> None:
    connection.execute(f"DELETE FROM claims WHERE {which}", (key,))  # noqa: S608 - constants only


def _claim(
    connection: sqlite3.Connection,
    claimant: str,
    intent_id: str | None,
    parts: _Parts,
    *,
    standing: bool,
) -> None:
    rows: list[tuple[Any, ...]] = [
        (link.kind, link.transaction_id, link.line_id or "", 0, 0) for link in parts.links
    ]
    returned: dict[tuple[str, str], Taken] = {}
    for line in parts.lines:
        if line.voided or line.link is None or line.link.kind != "ReturnOf":
            continue
        key = (line.link.transaction_id, line.link.line_id or "")
        known = returned.get(key, Taken())
        returned[key] = Taken(
            known.quantity_milli - line.quantity_milli, known.amount - line.extended_amount
        )
    rows += [("ReturnOf", *key, *taken) for key, taken in returned.items()]
    for row in rows:
        connection.execute(_CLAIM, (claimant, intent_id, *row, int(standing)))


CLAIMS = Projection("claims", _create, ("claims",), _apply)
"""What calls have laid hands on."""
