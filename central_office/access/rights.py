"""What somebody may see and do at the office, and which role is given what.

A right is one of its own; none includes another. A role is a set of them. Which stores somebody
sees is another matter: it is said of each person and each key, beside the role.
"""

import enum
from collections.abc import Mapping


class Right(enum.StrEnum):
    """One right."""

    LIVE = "live"
    """The live wall: which tills are there, what was sold last, devices."""
    FIGURES = "figures"
    """Turnover, VAT, tenders, comparison, open and closed days."""
    CASHIERS = "cashiers"
    """Figures that name a cashier: cash differences, discounts, voids, drawers opened."""
    RECEIPTS = "receipts"
    """Look receipts up and read them."""
    CUSTOMERS = "customers"
    """See which customer a receipt belongs to, and look receipts up by customer."""
    STOCK = "stock"
    """Stock, its movements and counts, what is to be ordered."""
    ORDER = "order"
    """Order goods and set what is to be in stock."""
    HOURS = "hours"
    """Who worked when, and who is planned."""
    ROSTER = "roster"
    """Plan who works when."""
    INTEGRITY = "integrity"
    """Completeness, chains, forks and what boxes together should not have done."""
    DECIDE = "decide"
    """Accept or reject a fork."""
    PUBLISH = "publish"
    """Give shops their catalogue, stock, operators, orders and settings."""
    ERASE = "erase"
    """Make the books forget a customer."""
    ADMIN = "admin"
    """People, keys and webhooks, and the log of who looked what up."""


class Role(enum.StrEnum):
    """What somebody is to the business."""

    OWNER = "owner"
    MANAGER = "manager"
    BOOKKEEPER = "bookkeeper"
    VIEWER = "viewer"
    HR = "hr"


ROLES: Mapping[Role, frozenset[Right]] = {
    Role.OWNER: frozenset(Right),
    Role.MANAGER: frozenset(Right) - {Right.DECIDE, Right.ERASE, Right.ADMIN},
    Role.BOOKKEEPER: frozenset(
        {Right.LIVE, Right.FIGURES, Right.CASHIERS, Right.RECEIPTS, Right.STOCK, Right.INTEGRITY}
    ),
    Role.VIEWER: frozenset({Right.LIVE, Right.FIGURES, Right.STOCK}),
    Role.HR: frozenset({Right.HOURS, Right.ROSTER}),
}
"""A manager runs stores and does not rule over who sees what; a bookkeeper sees money and no
customer; who looks after people sees their hours and no money."""
