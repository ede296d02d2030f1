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
    """Take something off a line or a whole basket."""
    PRICE_OVERRIDE = "price_override"
    """Ask another price than the catalogue's."""
    REFUND = "refund"
    """Give money back for goods that return."""
    VOID = "void"
    """Undo a finished sale."""
    NO_SALE = "no_sale"
    """Open the drawer without a sale."""
    PAID_OUT = "paid_out"
    """Pay money out of the drawer."""
    CLOSE = "close"
    """Close a till, and make a Z."""
    HOURS = "hours"
    """Correct working times."""
    STOCK = "stock"
    """Move and count stock without a sale."""


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
