"""What in a basket not everybody may: which rights it takes."""

from edge_daemon.claims import Claim, Right
from edge_daemon.journal.acts import Order
from edge_daemon.sales.requests import BasketRequest


def rights_wanted(request: BasketRequest) -> frozenset[Right]:
    """The rights that a basket takes; none for an ordinary sale."""
    lines = [line for line in request.lines if line.voided is None]
    wanted = {
        Right.DISCOUNT: bool(request.discounts) or any(line.discounts for line in lines),
        Right.PRICE_OVERRIDE: any(line.price_override is not None for line in lines),
        Right.REFUND: any(line.line_type == "Sale" and line.quantity_milli < 0 for line in lines),
    }
    return frozenset(right for right, needed in wanted.items() if needed)


def claim_of(order: Order, rights: frozenset[Right], approval_id: str | None) -> Claim:
    """Who wants to do an act, for whoever knows who may."""
    return Claim(
        rights=rights,
        workstation=order.workstation,
        operator_id=order.operator_id,
        approval_id=approval_id,
        resource=(order.resource_kind, order.resource_id),
    )
