"""What somebody wants to do that not everybody may: the words between rooms and who knows rights.

A room names the rights that an act needs and asks its `Check` inside the act's own transaction; it
does not know who has which. `edge_daemon.operators` does.
"""

import dataclasses
import enum
import sqlite3
from collections.abc import Callable
from typing import NamedTuple


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
        granted: Of a till behind a door: what the configuration lets it do, whoever stands there.
    """

    rights: frozenset[Right] = frozenset()
    workstation: str | None
    operator_id: str | None
    approval_id: str | None = None
    resource: tuple[str, str]
    granted: frozenset[Right] = frozenset()


class Approved(NamedTuple):
    """A manager's word for an act, as this box has checked it.

    Attributes:
        by: The manager, by PIN or badge.
        rights: Of the act's, those that it was needed for.
    """

    approval_id: str
    by: str
    rights: frozenset[Right]


Allow = Callable[[sqlite3.Connection], Approved | None]
"""A `Check` of one act's claim."""

Check = Callable[[sqlite3.Connection, Claim], Approved | None]
"""Returns who has approved it, None where nobody had to.

It runs inside the transaction of the act.

Raises:
    NotAllowedError: Who asks is not signed on, or may not do this; nothing was written.
"""


def everybody_may(_connection: sqlite3.Connection, _claim: Claim) -> None:
    """The `Check` of a shop whose registers know by themselves who may what."""
    return
