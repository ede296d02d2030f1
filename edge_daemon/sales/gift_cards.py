"""What this box has put on gift cards and taken off, by a reference that hides the number.

A card sold for several purposes is outside VAT when it is sold and a tender when it is used; what
was issued and not used is owed. Every issue, reload and redemption of a sale counts once, whatever
the sale went through. What is on a card over all shops is in `balances`.

The reference is a hash of the number with its last four characters. It protects the number from
whoever reads the journal only as well as the number itself is hard to guess: give cards numbers
of at least 16 random characters.
"""

import hashlib
import sqlite3
from collections.abc import Mapping

from sqlite_utils import Database

from edge_daemon.journal import Coverage, Projection
from edge_daemon.records import JournalEntry
from edge_daemon.records.payloads import Json, LineItem, RetailTransaction, TransactionStatus

_SHOWN = 4
_HIDDEN = 24
_FINISHED = (TransactionStatus.COMPLETED, TransactionStatus.POST_VOIDED)
_HELD = (*_FINISHED, TransactionStatus.AWAITING_TENDER)
_MOVE = "INSERT OR REPLACE INTO gift_card_effects VALUES (?, ?, ?, ?, ?, ?, ?)"


def gift_card_ref(number: str) -> str:
    """The reference of a card's number, which may be read and printed."""
    bare = "".join(number.split()).upper()
    hidden = hashlib.sha256(b"gift-card:" + bare.encode()).hexdigest()[:_HIDDEN]
    return f"gc-{hidden}-{bare[-_SHOWN:]}"


def without_numbers(body: Json) -> Json:
    """A request's body with references in the place of the cards' numbers."""
    hidden = dict(body)
    if isinstance(lines := body.get("lines"), list):
        hidden["lines"] = [_hide(line, "gift_card") for line in lines]
    if isinstance(tenders := body.get("tenders"), list):
        hidden["tenders"] = [without_number(tender) for tender in tenders]
    return hidden


def without_number(tender: Json) -> Json:
    """A tender's body with a reference in the place of the card's number."""
    return _hide(tender, "number")


def _hide(part: Json, name: str) -> Json:
    number = part.get(name)
    return {**part, name: gift_card_ref(number)} if isinstance(number, str) else part


def own_moves(
    connection: sqlite3.Connection, ref: str, covered: Mapping[str, int]
) -> dict[str, int]:
    """What own entries put on a card, less what they took off, by currency; empty for none.

    Args:
        connection: To the journal.
        ref: The card's reference.
        covered: What the office has counted in, and is left out; see `Coverage`. What a sale that
            waits for a tender holds is never counted there.
    """
    coverage = Coverage(connection, covered)
    rows = connection.execute(
        "SELECT currency, amount, epoch, seq FROM gift_card_effects WHERE gift_card_ref = ?", (ref,)
    )
    found: dict[str, int] = {}
    for currency, amount, epoch, seq in rows:
        counted = seq is not None and coverage.has(epoch, seq)
        found[currency] = found.get(currency, 0) + (0 if counted else amount)
    return found


def _create(connection: sqlite3.Connection) -> None:
    table = Database(connection).table("gift_card_effects")
    if table.exists():
        return
    table.create(
        {
            "transaction_id": str,
            "part": str,
            "gift_card_ref": str,
            "currency": str,
            "amount": int,
            "epoch": str,
            "seq": int,
        },
        pk=("transaction_id", "part"),
        not_null={"gift_card_ref", "currency", "amount"},
        strict=True,
    )
    table.create_index(["gift_card_ref"])


def _apply(connection: sqlite3.Connection, entry: JournalEntry) -> None:
    sale = entry.payload
    if not isinstance(sale, RetailTransaction) or entry.training:
        return
    moves: list[tuple[str, str, int]] = []
    if sale.status in _HELD or sale.status is TransactionStatus.CANCELLED:
        moves += [
            (f"tender {tender.tender_id}", tender.gift_card_ref, -tender.amount)
            for tender in sale.tenders
            if tender.gift_card_ref is not None
        ]
    if sale.status in _FINISHED:
        moves += [
            (f"line {line.line_id}", ref, line.extended_amount)
            for line in sale.line_items
            if (ref := issued_on(line)) is not None
        ]
    waits = sale.status is TransactionStatus.AWAITING_TENDER
    place = (None, None) if waits else (entry.epoch, entry.seq)
    for part, ref, amount in moves:
        row = (sale.transaction_id, part, ref, sale.currency, amount, *place)
        connection.execute(_MOVE, row)


def issued_on(line: LineItem) -> str | None:
    """The card that a line issues or reloads; None for every other line."""
    return None if line.voided else line.gift_card_ref


GIFT_CARDS_ISSUED = Projection("gift_cards", _create, ("gift_card_effects",), _apply)
"""What was put on every gift card, and what was taken from it; by which entry, once it is sure."""
