"""What registers are told of a card, and what is told of a badge to whoever signs people on."""

from typing import Annotated, Literal, NamedTuple

import msgspec

from drivers.card_reader import NdefRecord

Meaning = Literal["customer", "badge", "gift_card"]


class SeenCard(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The live stream's `card_presented`.

    Attributes:
        meaning: Whose the card is; absent where no rule knows it, or where it was refused.
        key: The customer's or the gift card's number.
        rule: The rule that knows it.
        proven: It has shown that it is no copy.
        badge: What stands for a badge that nobody has, for the office's list of operators. Neither
            a badge's number nor its UID is told to anybody.
        operator_id: Who has signed on with it.
        technology, uid, atr, ndef: What was read, as the driver says it; of a badge only the kind.
        problem: Why it was refused, in words for the clerk.
        at_opening: It lay on the reader already when the box or the reader was started.
    """

    technology: str
    meaning: Meaning | None = None
    key: str | None = None
    rule: str | None = None
    proven: bool = False
    badge: str | None = None
    operator_id: str | None = None
    uid: str | None = None
    atr: str | None = None
    ndef: tuple[NdefRecord, ...] = ()
    problem: str | None = None
    at_opening: bool = False


class RefusedPaymentCard(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The live stream's `payment_card_presented`.

    Attributes:
        aid: The name of the card's payment application, hexadecimal.
        message: What to tell the customer.
    """

    message: str
    aid: str | None = None


class BadgeTap(NamedTuple):
    """A badge was held to a reader.

    Attributes:
        reader: The configured reader.
        badge: What stands for it in the office's list of operators.
        workstation: The one that the reader belongs to.
    """

    reader: str
    badge: str
    workstation: str


class SignedOn(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it: who has signed on, or why nobody has."""

    operator_id: str | None = None
    problem: Annotated[str, msgspec.Meta(min_length=1)] | None = None
