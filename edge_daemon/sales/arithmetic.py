"""The arithmetic of a receipt: lines, VAT, cash rounding. Integers only, values in, values out.

VAT is computed once per receipt and rate from the sum of gross amounts, rounded half up on the
absolute value, and then spread over the lines by largest remainder: so lines always add up to the
printed totals, and a full return mirrors its sale. Cash rounding touches only what is left for
cash, never a line, and is no revenue.

Source: the record set's business rules, cash rounding and VAT.
"""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from edge_daemon.records.payloads import LineItem, TaxTotal

THOUSAND = 1000
BASIS_POINTS = 10_000


def divide_half_up(numerator: int, denominator: int) -> int:
    """Divide and round half away from zero; `denominator` is positive."""
    quotient = (2 * abs(numerator) + denominator) // (2 * denominator)
    return quotient if numerator >= 0 else -quotient


def extended_amount(quantity_milli: int, unit_price: int) -> int:
    """What a line costs: quantity times price, in minor units."""
    return divide_half_up(quantity_milli * unit_price, THOUSAND)


def included_tax(gross: int, rate_bp: int) -> int:
    """The VAT inside a gross amount."""
    return divide_half_up(gross * rate_bp, BASIS_POINTS + rate_bp)


def spread(total: int, weights: Sequence[int]) -> list[int]:
    """Share `total` out in proportion to `weights`, to the unit, by largest remainder.

    Equal remainders go to the earlier weight. `total` and the sum of weights have one sign, or
    `total` is 0.
    """
    whole = sum(weights)
    if whole == 0:
        return [total] + [0] * (len(weights) - 1) if weights else []
    if whole < 0:
        return [-share for share in spread(-total, [-weight for weight in weights])]
    shares = [total * weight // whole for weight in weights]
    remainders = [total * weight % whole for weight in weights]
    order = sorted(range(len(weights)), key=lambda index: (-remainders[index], index))
    for index in order[: total - sum(shares)]:
        shares[index] += 1
    return shares


class Rate(NamedTuple):
    """One VAT code and its rate in basis points."""

    tax_code: str
    rate_bp: int


def tax_shares(amounts: Sequence[int], rate_bp: int) -> list[int]:
    """Share the VAT of a receipt and rate out over its lines, by largest remainder.

    Each line's share is what its own amount holds, before rounding; so a line that comes back
    beside one that is sold takes back what it had. The shares add up to the VAT of the sum.
    """
    gross = sum(amounts)
    if gross < 0:
        return [-share for share in tax_shares([-amount for amount in amounts], rate_bp)]
    whole = BASIS_POINTS + rate_bp
    shares = [amount * rate_bp // whole for amount in amounts]
    remainders = [amount * rate_bp % whole for amount in amounts]
    order = sorted(range(len(amounts)), key=lambda index: (-remainders[index], index))
    for index in order[: included_tax(gross, rate_bp) - sum(shares)]:
        shares[index] += 1
    return shares


def with_taxes(
    lines: Sequence[LineItem],
) -> tuple[tuple[LineItem, ...], tuple[TaxTotal, ...]]:
    """Give every line its share of base and VAT, and the receipt its table.

    Voided lines are kept and count nothing. The table has the codes in the order in which they
    first appear; a code has a second row only where goods come back at the rate of their day.
    """
    counted = [line for line in lines if not line.voided]
    shares: dict[str, int] = {}
    table = []
    for rate in dict.fromkeys(Rate(line.tax_code, line.tax_rate_bp) for line in counted):
        mine = [line for line in counted if (line.tax_code, line.tax_rate_bp) == rate]
        amounts = [line.extended_amount for line in mine]
        taxes = tax_shares(amounts, rate.rate_bp)
        shares |= {line.line_id: share for line, share in zip(mine, taxes, strict=True)}
        gross, tax = sum(amounts), sum(taxes)
        table.append(
            TaxTotal(
                tax_code=rate.tax_code,
                rate_bp=rate.rate_bp,
                gross=gross,
                base=gross - tax,
                tax=tax,
            )
        )
    taxed = tuple(_taxed(line, shares.get(line.line_id, 0)) for line in lines)
    return taxed, tuple(table)


def part_of(amount: int, quantity_milli: int, before_milli: int, whole_milli: int) -> int:
    """What `quantity_milli` of a line's whole is of its amount, after `before_milli` of it.

    Taken in any number of parts, all of the quantity is all of the amount.
    """
    until = divide_half_up(amount * (before_milli + quantity_milli), whole_milli)
    return until - divide_half_up(amount * before_milli, whole_milli)


def _taxed(line: LineItem, tax: int) -> LineItem:
    base = 0 if line.voided else line.extended_amount - tax
    return msgspec.structs.replace(line, tax_amount=tax, tax_base=base)


class Rounding(NamedTuple):
    """How the shop rounds what is paid.

    Attributes:
        step: In minor units; 0 or 1: not at all.
        cards: Cards are rounded like cash.
    """

    step: int
    cards: bool = False

    @property
    def tender_types(self) -> frozenset[str]:
        """The tenders that are rounded."""
        return frozenset({"Cash", "CreditDebit"} if self.cards else {"Cash"})


def round_cash(amount: int, step: int) -> int:
    """Round what is left for cash to the step (5 cents); step 0 or 1 leaves it as it is.

    1 and 2 go to 0, 3 and 4 to 5, 6 and 7 to 5, 8 and 9 to 10.
    """
    if step <= 1:
        return amount
    return divide_half_up(amount, step) * step
