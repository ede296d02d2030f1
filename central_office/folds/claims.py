"""Wrong use across boxes: what each box allowed for itself, and all of them together did not.

A box knows its own receipts, gift cards and orders. Offline, two of them may give the money of one
line back twice, redeem one gift card twice or hand one order out twice. Nobody can undo that; the
office finds it when the second entry arrives, and a person looks. What turns out right later, as
when the receipt comes after its return, is kept as found and shows no excess any more.
"""

import json
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from central_office import projections as tables
from central_office.folds.entries import Sale, SaleLine
from central_office.folds.sheet import Place, Row, Sheet
from edge_daemon.records.payloads import TransactionStatus

_ISSUES = {"GiftCardIssue", "GiftCardReload"}


class TakenBack(NamedTuple):
    """Something of a line came back (positive), or its return was voided."""

    line: tuple[str, str, str]
    place: Place
    quantity_milli: int
    amount: int


class Sold(NamedTuple):
    """A receipt is here; something of it may have come back before."""

    receipt: tuple[str, str]
    place: Place
    lines: Sequence[SaleLine]


class GiftCardMoved(NamedTuple):
    """Money was put on a gift card, or taken off."""

    card: tuple[str, str, str]
    place: Place
    issued: int = 0
    redeemed: int = 0
    redemptions: int = 0


class HandedOut(NamedTuple):
    """A receipt hands a web order out."""

    order: tuple[str, str]
    place: Place
    transaction_id: str


class Voided(NamedTuple):
    """A receipt was voided: what it handed out is back."""

    receipt: tuple[str, str]
    place: Place


def claim(sheet: Sheet, place: Place, sale: Sale, lines: Sequence[SaleLine]) -> None:
    """Note what a finished sale claims, and that it can be claimed upon."""
    organization = place.organization
    for taken in _taken(place, sale, lines):
        sheet.note(taken)
    for number, moved in enumerate(_gift_cards(place, sale, lines)):
        sheet.note(moved)
        what = (place.store, place.occurred_at, sale.transaction_id, moved.issued - moved.redeemed)
        sheet.put(tables.GIFT_CARD_MOVEMENTS, (*moved.card, *place.order, number), what)
    for link in sale.transaction_links:
        if link.kind == "Replaces" and sale.status is TransactionStatus.COMPLETED:
            order = (organization, link.transaction_id)
            sheet.note(HandedOut(order, place, sale.transaction_id))
        elif link.kind == "VoidOf":
            sheet.note(Voided((organization, link.transaction_id), place))
    if sale.status is TransactionStatus.COMPLETED:
        sheet.note(Sold((organization, sale.transaction_id), place, lines))


def sold_lines(lines: Sequence[SaleLine]) -> dict[str, tuple[int, int]]:
    """Quantity and amount of the lines that can come back."""
    return {
        line.line_id: (line.quantity_milli, line.extended_amount)
        for line in lines
        if line.quantity_milli > 0 and not line.voided
    }


def _taken(place: Place, sale: Sale, lines: Sequence[SaleLine]) -> Iterator[TakenBack]:
    """A void takes everything of its sale back, but for what was a return itself."""
    voids = [link.transaction_id for link in sale.transaction_links if link.kind == "VoidOf"]
    for line in lines:
        link = line.link
        if link is not None and link.kind == "ReturnOf" and link.line_id is not None:
            original, line_id = link.transaction_id, link.line_id
        elif voids and line.quantity_milli < 0:
            original, line_id = voids[0], line.line_id
        else:
            continue
        key = (place.organization, original, line_id)
        yield TakenBack(key, place, -line.quantity_milli, -line.extended_amount)


def _gift_cards(place: Place, sale: Sale, lines: Sequence[SaleLine]) -> Iterator[GiftCardMoved]:
    organization = place.organization
    for line in lines:
        if line.gift_card_ref is not None and line.line_type in _ISSUES:
            card = (organization, line.gift_card_ref, sale.currency)
            yield GiftCardMoved(card, place, issued=line.extended_amount)
    for tender in sale.tenders:
        if tender.gift_card_ref is not None:
            card = (organization, tender.gift_card_ref, sale.currency)
            times = 1 if tender.amount > 0 else -1
            yield GiftCardMoved(card, place, redeemed=tender.amount, redemptions=times)


def follow_line(
    row: Row | None, place: Place, *, sold: tuple[int, int] | None, back: tuple[int, int]
) -> Row:
    """The values of `taken_back` once more is known."""
    sold_milli, sold_amount, milli, amount, found, _ = row or (None, None, 0, 0, None, 0)
    if sold is not None and sold_milli is None:
        sold_milli, sold_amount = sold
    milli, amount = milli + back[0], amount + back[1]
    exceeds = sold_milli is not None and (milli > sold_milli or amount > sold_amount)
    if exceeds and found is None:
        found = place.arrival
    return sold_milli, sold_amount, milli, amount, found, place.arrival


def follow_gift_card(row: Row | None, moved: GiftCardMoved) -> Row:
    """The values of `gift_cards` after one more movement."""
    issued, redeemed, redemptions, found, _ = row or (0, 0, 0, None, 0)
    issued, redeemed = issued + moved.issued, redeemed + moved.redeemed
    if redeemed > issued and found is None:
        found = moved.place.arrival
    return issued, redeemed, redemptions + moved.redemptions, found, moved.place.arrival


def follow_order(row: Row | None, place: Place, *, more: str = "", less: str = "") -> Row:
    """The values of `handed_out` after a receipt handed the order out, or was voided."""
    _, text, found, _ = row or (0, "[]", None, 0)
    receipts: list[str] = json.loads(text)
    if less in receipts:
        receipts.remove(less)
    if more and more not in receipts:
        receipts = [*receipts, more]
    if len(receipts) > 1 and found is None:
        found = place.arrival
    return len(receipts), json.dumps(receipts), found, place.arrival
