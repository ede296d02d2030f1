"""What in a basket a cashier may not do alone: which rights it takes."""

import sqlite3
from collections.abc import Callable
from typing import NamedTuple

from edge_daemon.journal.acts import Order
from edge_daemon.sales.requests import BasketRequest

DISCOUNT = "discount"
"""Less than the list price: by a discount, or by another price."""
REFUND = "refund"
"""Money or goods back: by a return, or by a void."""


class Wanted(NamedTuple):
    """What somebody wants to do, for whoever knows who may.

    Attributes:
        right: `DISCOUNT` or `REFUND`.
        approval_id: A manager's approval, which serves one act.
        resource: Kind and id of the act.
    """

    right: str
    workstation: str
    operator_id: str | None
    approval_id: str | None
    resource: tuple[str, str]


Check = Callable[[sqlite3.Connection, Wanted], None]
"""Refuses what somebody may not do, inside the transaction of the act (`NotAllowedError`)."""


def rights_wanted(request: BasketRequest) -> list[str]:
    """The rights that a basket takes, each once."""
    found = []
    lines = [line for line in request.lines if line.voided is None]
    if request.discounts or any(line.discounts or line.price_override for line in lines):
        found.append(DISCOUNT)
    if any(line.line_type == "Sale" and line.quantity_milli < 0 for line in lines):
        found.append(REFUND)
    return found


def wanted_by(order: Order, right: str, approval_id: str | None) -> Wanted:
    """What the caller of an act wants to do."""
    return Wanted(
        right=right,
        workstation=order.workstation or "",
        operator_id=order.operator_id,
        approval_id=approval_id,
        resource=(order.resource_kind, order.resource_id),
    )


def allow_all(_connection: sqlite3.Connection, _wanted: Wanted) -> None:
    """For a shop whose registers look after their cashiers themselves."""
