"""Gift cards: what is on each, over all shops, and by which receipts.

What was issued and not used is owed.
"""

import dataclasses
from typing import Any

import msgspec

from central_office.reading import Reader
from central_office.views.paging import (
    PAGE_LIMIT,
    Only,
    Page,
    Scope,
    View,
    cursor_of,
    filled,
    read_cursor,
)

_KEY = ("gift_card_ref", "currency")
_SELECT = (
    "SELECT gift_card_ref, currency, issued - redeemed, issued, redeemed, redemptions,"
    " found_arrival FROM gift_cards WHERE organization = ?"
)


class GiftCard(msgspec.Struct, frozen=True, kw_only=True):
    """A gift card, by the reference that hides its number. Amounts in minor units.

    Attributes:
        balance: What is on it; less than nothing where it was redeemed twice.
        issued, redeemed, redemptions: What was put on it, what was taken off, and how often.
        found_arrival: By which entry more was taken off than is known to be on it; see `findings`.
    """

    gift_card_ref: str
    currency: str
    balance: int
    issued: int
    redeemed: int
    redemptions: int
    found_arrival: int | None


@dataclasses.dataclass(frozen=True)
class GiftCards:
    """A `Listing`. A card belongs to the chain: who sees only some stores sees none."""

    row: type[GiftCard] = GiftCard
    key: tuple[str, ...] = _KEY
    filters: tuple[str, ...] = _KEY

    def page(
        self,
        read: Reader,
        scope: Scope,
        *,
        only: Only | None = None,
        after: str | None = None,
        limit: int = 100,
    ) -> Page[GiftCard]:
        """Read a page; see `Listing`."""
        behind = [] if after is None else read_cursor(after, len(_KEY))
        if scope.stores is not None:
            return Page(rows=())
        limit = max(1, min(limit, PAGE_LIMIT))
        sql, parameters = _SELECT, list[Any]([scope.organization])
        for name in _KEY:
            if only and name in only:
                sql += f" AND {name} = ?"
                parameters.append(only[name])
        if behind:
            sql += " AND (gift_card_ref, currency) > (?, ?)"
            parameters += behind
        sql += " ORDER BY gift_card_ref, currency LIMIT ?"
        rows = [filled(GiftCard, row) for row in read(sql, (*parameters, limit + 1))]
        last = rows[limit - 1] if len(rows) > limit else None
        cursor = cursor_of([last.gift_card_ref, last.currency]) if last else None
        return Page(rows=tuple(rows[:limit]), cursor=cursor)


GIFT_CARDS = GiftCards()


class GiftCardMovement(msgspec.Struct, frozen=True, kw_only=True):
    """What a receipt put on a gift card, or took off it: minor units, signed as the card sees it.

    Attributes:
        arrival, part: By which its receipt is found.
        document_id: The receipt's transaction.
    """

    gift_card_ref: str
    currency: str
    arrival: int
    part: int
    number: int
    store: str
    occurred_at: int
    document_id: str
    amount: int


GIFT_CARD_MOVEMENTS = View(
    row=GiftCardMovement,
    source="gift_card_movements",
    key=("gift_card_ref", "currency", "arrival", "part", "number"),
    values=("store", "occurred_at", "document_id", "amount"),
    grouped=False,
    days=False,
)
