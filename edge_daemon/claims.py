"""What somebody wants to do that not everybody may: the words between rooms and who knows rights.

A room names the rights that an act needs and asks its `Check` inside the act's own transaction; it
does not know who has which. `edge_daemon.operators` does.
"""

import dataclasses
import enum
import sqlite3
from collections.abc import Callable


class Right(enum.StrEnum):
    """One right of an operator at a till; what is not named here everybody may."""

    DISCOUNT = "discount"
    PRICE_OVERRIDE = "price_override"
    REFUND = "refund"
    VOID = "void"
    NO_SALE = "no_sale"
    PAID_OUT = "paid_out"
    CLOSE = "close"
    HOURS = "hours"
    STOCK = "stock"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One act, and who asks for it.

    Attributes:
        rights: What it needs; empty for what everybody may who is signed on.
        resource: Kind and id of the act: an approval serves one act, however often it is asked.
    """

    rights: frozenset[Right] = frozenset()
    workstation: str | None
    operator_id: str | None
    approval_id: str | None = None
    resource: tuple[str, str]


Check = Callable[[sqlite3.Connection, Claim], str | None]
"""Returns the id of the manager who has approved it, None where nobody had to.

It runs inside the transaction of the act.

Raises:
    NotAllowedError: Who asks is not signed on, or may not do this; nothing was written.
"""


def everybody_may(_connection: sqlite3.Connection, _claim: Claim) -> None:
    """The `Check` of a shop whose registers know by themselves who may what."""
    return
