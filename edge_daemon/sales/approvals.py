"""What in a basket not everybody may: which rights it takes, and who has allowed it.

A register may say who approved a discount. A box that checks rights does not take its word: it
writes whom it has asked itself, by PIN or badge, with the approval's id. A box that does not
keeps the register's word, without such an id.
"""

import msgspec

from edge_daemon.claims import Approved, Claim, Right
from edge_daemon.errors import InvalidRequestError
from edge_daemon.journal.acts import Order
from edge_daemon.records.payloads import LineItem, Modifier
from edge_daemon.sales.basket import Basket
from edge_daemon.sales.lines import Discount, PriceOverride
from edge_daemon.sales.requests import BasketRequest

_RIGHTS = {"Discount": Right.DISCOUNT, "PriceOverride": Right.PRICE_OVERRIDE}


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


def refuse_said_approver(request: BasketRequest, approved: Approved | None) -> None:
    """Take nobody's word for who approved a discount or a price, but the box's own.

    Raises:
        InvalidRequestError: The register names somebody whom this box has not asked.
    """
    for path, said in _said(request):
        if said.approved_by is None or (approved and approved.by == said.approved_by):
            continue
        raise InvalidRequestError(
            f"That {said.approved_by} has approved this is not known here. Leave it out: a manager"
            " approves by PIN or badge (PUT /v1/approvals/{id}), and the sale names the approval"
            " in `approval_id`.",
            path,
        )


def with_approval(basket: Basket, approved: Approved | None) -> Basket:
    """The basket with who has allowed what is off the price; what comes back keeps its own."""
    if approved is None:
        return basket
    lines = tuple(_approved_line(line, approved) for line in basket.lines)
    return msgspec.structs.replace(basket, lines=lines)


def _said(request: BasketRequest) -> list[tuple[str, Discount | PriceOverride]]:
    found: list[tuple[str, Discount | PriceOverride]] = [
        (f"$.discounts[{at}].approved_by", each) for at, each in enumerate(request.discounts)
    ]
    for index, line in enumerate(request.lines):
        found += [
            (f"$.lines[{index}].discounts[{at}].approved_by", each)
            for at, each in enumerate(line.discounts)
        ]
        if line.price_override is not None:
            found.append((f"$.lines[{index}].price_override.approved_by", line.price_override))
    return found


def _approved_line(line: LineItem, approved: Approved) -> LineItem:
    if line.link is not None and line.link.kind == "ReturnOf":
        return line
    modifiers = tuple(_approved_modifier(each, approved) for each in line.modifiers)
    return msgspec.structs.replace(line, modifiers=modifiers)


def _approved_modifier(modifier: Modifier, approved: Approved) -> Modifier:
    if _RIGHTS.get(modifier.kind) not in approved.rights:
        return modifier
    return msgspec.structs.replace(
        modifier, approved_by=approved.by, approval_id=approved.approval_id
    )
