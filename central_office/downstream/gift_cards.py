"""What is on the gift cards of an organization, as its edges are told.

A card travels by the reference that hides its number. One that was used up not long ago is told as
empty, so that a register can say so; what has long been empty is in no whole set.
"""

import msgspec

from central_office.downstream.ledger import LedgerSet, Moment, Moved
from central_office.master_lists import GIFT_CARDS
from central_office.reading import Reader
from edge_daemon.records.master_data import GiftCardBalance, GiftCards

EMPTY_ENTRIES = 100_000
"""After so many entries of the organization a card has long been empty."""
STEPS_LIMIT = 1
"""Between two steps an edge would count its own moves twice, and this is money: what needs more
than one, some 2,500 cards, is published whole."""

MORE_THAN_FIT = 10_000
"""Lines that one message never holds, however short a reference is: no more are read for it."""

_COLUMNS = "gift_card_ref, currency, issued - redeemed, last_arrival"
_CHANGED = (
    f"SELECT {_COLUMNS} FROM gift_cards WHERE organization = ? AND last_arrival > ?"  # noqa: S608 - constants
    f" ORDER BY last_arrival, gift_card_ref, currency LIMIT {MORE_THAN_FIT}"
)
_ALL = (
    f"SELECT {_COLUMNS} FROM gift_cards WHERE organization = ?"  # noqa: S608 - constants
    " AND (issued <> redeemed OR last_arrival > ?) ORDER BY gift_card_ref, currency"
)


def changes(read: Reader, organization: str, after: int, up_to: int) -> list[Moved]:
    """What changed behind a place of the ledger, or more of it than fits; `up_to` is the last."""
    del up_to
    return [
        Moved(arrival, msgspec.Raw(msgspec.json.encode(_line(ref, currency, balance))))
        for ref, currency, balance, arrival in read(_CHANGED, (organization, after))
    ]


def whole(read: Reader, moment: Moment) -> GiftCards:
    """All cards but those that have long been empty."""
    rows = read(_ALL, (moment.organization, moment.last - EMPTY_ENTRIES))
    lines = tuple(_line(*row[:3]) for row in rows)
    return GiftCards(as_of=moment.as_of, covers=moment.covered, lines=lines)


GIFT_CARD_SET = LedgerSet(GIFT_CARDS, changes, whole, STEPS_LIMIT)
"""What is on which card."""


def _line(ref: str, currency: str, balance: int) -> GiftCardBalance:
    return GiftCardBalance(gift_card_ref=ref, currency=currency, balance=balance)
