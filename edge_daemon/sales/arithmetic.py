"""The arithmetic of a receipt: lines, VAT, cash rounding. Integers only, values in, values out.

VAT is computed once per receipt and rate from the sum of gross amounts, rounded half up on the
absolute value, and then spread over the lines by largest remainder: so lines always add up to the
printed totals, and a full return mirrors its sale. Cash rounding touches only what is left for
cash, never a line, and is no revenue.

Source: the record set's business rules, cash rounding and VAT.
"""

from collections.abc import Mapping, Sequence
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


def with_taxes(
    lines: Sequence[LineItem], rates: Mapping[str, int]
) -> tuple[tuple[LineItem, ...], tuple[TaxTotal, ...]]:
    """Give every line its share of base and VAT, and the receipt its table.

    Voided lines are kept and count nothing. The table has the codes in the order in which they
    first appear.
    """
    counted = [line for line in lines if not line.voided]
    codes = list(dict.fromkeys(line.tax_code for line in counted))
    shares: dict[str, int] = {}
    table = []
    for code in codes:
        mine = [line for line in counted if line.tax_code == code]
        gross = sum(line.extended_amount for line in mine)
        tax = included_tax(gross, rates[code])
        amounts = spread(tax, [line.extended_amount for line in mine])
        shares |= {line.line_id: amount for line, amount in zip(mine, amounts, strict=True)}
        table.append(
            TaxTotal(tax_code=code, rate_bp=rates[code], gross=gross, base=gross - tax, tax=tax)
        )
    taxed = tuple(_taxed(line, shares.get(line.line_id, 0)) for line in lines)
    return taxed, tuple(table)


def _taxed(line: LineItem, tax: int) -> LineItem:
    base = 0 if line.voided else line.extended_amount - tax
    return msgspec.structs.replace(line, tax_amount=tax, tax_base=base)


def round_cash(amount: int, step: int) -> int:
    """Round what is left for cash to the step (5 cents); step 0 or 1 leaves it as it is.

    1 and 2 go to 0, 3 and 4 to 5, 6 and 7 to 5, 8 and 9 to 10.
    """
    if step <= 1:
        return amount
    return divide_half_up(amount, step) * step
