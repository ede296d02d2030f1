"""What a register asks of a payment terminal. Amounts in minor units."""

from typing import Annotated, Literal

import msgspec

AMOUNT_LIMIT = 999_999_999_999
"""Minor units: twelve digits, what ZVT's BMP 04 holds."""

CardAmount = Annotated[int, msgspec.Meta(ge=1, le=AMOUNT_LIMIT)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
Ulid = Annotated[str, msgspec.Meta(pattern=r"^[0-7][0-9A-HJKMNP-TV-Z]{25}$(?!\n)")]


class TerminalRequestBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What all of them have in common.

    Attributes:
        workstation: The register whose terminal is meant; or
        terminal: a configured payment terminal.
        operator_id: Pseudonym of who asks.
    """

    workstation: Name | None = None
    terminal: Name | None = None
    operator_id: Name | None = None


class PaymentOrder(TerminalRequestBody, frozen=True, kw_only=True):
    """A card payment without a sale.

    Attributes:
        amount: What the customer shall pay.
        pre_authorisation: Only set the amount aside; `completion` books it later.
        allow_partial: Less may be approved; the register collects the rest.
    """

    amount: CardAmount
    pre_authorisation: bool = False
    allow_partial: bool = False


class RefundOrder(TerminalRequestBody, frozen=True, kw_only=True):
    """Pay money to a card.

    Attributes:
        amount: What the customer gets.
        reason: Why, in words; it stays in the journal.
    """

    amount: CardAmount
    operator_id: Name
    reason: Reason


class ReversalOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Give back one earlier payment, at the terminal that took it.

    Attributes:
        payment_id: Which one.
        reason: Why, in words; it stays in the journal.
    """

    payment_id: Ulid
    operator_id: Name
    reason: Reason


class CompletionOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Book what was set aside, or set it free.

    Attributes:
        payment_id: The pre-authorisation.
        amount: At most what was set aside; 0 sets all of it free.
    """

    payment_id: Ulid
    amount: Annotated[int, msgspec.Meta(ge=0, le=AMOUNT_LIMIT)]
    operator_id: Name | None = None


class ReconciliationOrder(TerminalRequestBody, frozen=True, kw_only=True):
    """Close a terminal's period and take its totals."""


class Decision(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person read from the terminal's display or slip.

    Attributes:
        state: How it really ended.
        operator_id: Who decides.
        reason: What was read, in words; 1 to 255 characters.
    """

    state: Literal["APPROVED", "DECLINED", "NOT_PROCESSED", "REVERSED"]
    operator_id: Name
    reason: Reason


class SignatureDecision(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether the signature on the slip is the card's.

    Attributes:
        accepted: False gives the money back at the terminal.
        operator_id: Who compared them.
    """

    accepted: bool
    operator_id: Name
