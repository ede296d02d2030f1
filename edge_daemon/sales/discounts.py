"""Discounts: on a line, and on the whole, spread over the lines by largest remainder."""

from collections.abc import Sequence

import msgspec

from edge_daemon.errors import InvalidRequestError
from edge_daemon.records.payloads import LineItem, Modifier
from edge_daemon.sales.arithmetic import BASIS_POINTS, divide_half_up, spread
from edge_daemon.sales.lines import Discount

_DISCOUNTABLE = ("Sale", "Fee")


def discounted(amount: int, discounts: Sequence[Discount], path: str) -> list[Modifier]:
    """The modifiers that discounts make of a line's amount, each on what is left.

    Raises:
        InvalidRequestError: One is not of one kind, or more than what is left.
    """
    modifiers = []
    for index, discount in enumerate(discounts):
        effect = _effect(amount, discount, f"{path}[{index}]")
        modifiers.append(_modifier(discount, effect))
        amount += effect
    return modifiers


def spread_discounts(
    lines: Sequence[LineItem], discounts: Sequence[Discount], path: str = "$.discounts"
) -> list[LineItem]:
    """The lines with the discounts on the whole, to the cent.

    What comes back, deposits, gift cards, tips and donations have no part in it.

    Raises:
        InvalidRequestError: One is not of one kind, or more than what is left.
    """
    lines = list(lines)
    for index, discount in enumerate(discounts):
        mine = [at for at, line in enumerate(lines) if _has_part(line)]
        amounts = [lines[at].extended_amount for at in mine]
        effect = _effect(sum(amounts), discount, f"{path}[{index}]")
        for at, share in zip(mine, spread(-effect, amounts), strict=True):
            if share:
                line = lines[at]
                lines[at] = msgspec.structs.replace(
                    line,
                    extended_amount=line.extended_amount - share,
                    modifiers=(*line.modifiers, _modifier(discount, -share)),
                )
    return lines


def _has_part(line: LineItem) -> bool:
    return not line.voided and line.line_type in _DISCOUNTABLE and line.extended_amount > 0


def _effect(amount: int, discount: Discount, path: str) -> int:
    if (discount.percent_bp is None) == (discount.amount is None):
        raise InvalidRequestError("A discount is either a percent_bp or an amount.", path)
    if discount.percent_bp is not None:
        return -divide_half_up(amount * discount.percent_bp, BASIS_POINTS)
    less = discount.amount or 0
    if less > amount:
        raise InvalidRequestError(
            f"A discount is at most what is to be paid: {max(amount, 0)} minor units here, not"
            f" {less}.",
            f"{path}.amount",
        )
    return -less


def _modifier(discount: Discount, effect: int) -> Modifier:
    return Modifier(
        kind="Discount",
        reason_code=discount.reason,
        amount=effect,
        percent_bp=discount.percent_bp,
        approved_by=discount.approved_by,
    )
