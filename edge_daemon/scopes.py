"""What a caller may do: the rights that a token carries, or that a door grants to its callers.

A scope is a right of its own; none includes another. The words are those of the journal's
`AccessEvent`.
"""

import enum


class Scope(enum.StrEnum):
    """One right."""

    PRINT = "print"
    """Print on receipt printers."""
    DRAWER = "drawer"
    """Open cash drawers outside of a sale."""
    SCAN = "scan"
    """Hear what is scanned."""
    PAY = "pay"
    """Take card payments, and stop, sign and complete them."""
    REFUND = "refund"
    """Pay money to a card, or give a payment back."""
    TILL = "till"
    """Sell: whole sales with their tenders, paper and drawer; the end of the day."""
    READ = "read"
    """See the state of everything, and the journal."""
    ADMIN = "admin"
    """Pair registers, list and revoke tokens."""


REGISTER_SCOPES = frozenset(Scope) - {Scope.ADMIN}
"""What a register is given where nobody chose otherwise."""
MANAGER_SCOPES = frozenset({Scope.ADMIN, Scope.DRAWER, Scope.PAY, Scope.PRINT, Scope.READ})
"""What the shopkeeper's own phone needs for the whole status page."""
