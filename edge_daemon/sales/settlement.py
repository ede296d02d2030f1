"""Who pays what: tenders against what is due, cash last and rounded, change back.

Values in, values out. For a finished sale: sum of the lines + rounding = sum of the tenders. Where
the lines come to less than nothing, the tenders are what is paid out, and negative.
"""

from collections.abc import Sequence
from typing import NamedTuple

from edge_daemon.records.payloads import Tender, Totals
from edge_daemon.sales.arithmetic import Rounding, round_cash
from edge_daemon.sales.basket import Basket
from edge_daemon.sales.lines import DEPOSITS


class Settlement(NamedTuple):
    """Where a sale stands with the tenders that it has.

    Attributes:
        tenders: All of them, change last and negative.
        rounding: Signed, in minor units; 0 while the sale is not finished.
        paid: What was received, before change.
        due: What is still to be paid, or negative to be paid out; 0 when complete.
        complete: Everything is paid.
    """

    tenders: tuple[Tender, ...]
    rounding: int
    paid: int
    due: int
    change: int
    complete: bool


def settle(
    basket: Basket, tenders: Sequence[Tender], rounding: Rounding, change_id: str
) -> Settlement:
    """Hold the tenders against the basket.

    Args:
        basket: What is sold.
        tenders: What was received, without change.
        rounding: What is rounded, and how.
        change_id: The ULID of the change, if there is any.
    """
    types = rounding.tender_types
    rounded = [tender.amount for tender in tenders if tender.tender_type in types]
    paid = sum(tender.amount for tender in tenders)
    left = basket.gross - (paid - sum(rounded))
    exact = not rounded or (paid == basket.gross and not _paid_in_cash(tenders))
    due = left if exact else round_cash(left, rounding.step)
    change = sum(rounded) - due
    if change < 0 or (basket.gross < 0 and change > 0):
        return Settlement(tuple(tenders), 0, paid, basket.gross - paid, 0, complete=False)
    given = (_change(change_id, change, basket.currency),) if change else ()
    return Settlement((*tenders, *given), due - left, paid, 0, change, complete=True)


def totals(basket: Basket, settlement: Settlement) -> Totals:
    """The figures that a transaction states, so that no reader has to compute them."""
    counted = [line for line in basket.lines if not line.voided]
    return Totals(
        gross=basket.gross,
        net=sum(tax.base for tax in basket.taxes),
        tax=sum(tax.tax for tax in basket.taxes),
        discount=-sum(
            modifier.amount
            for line in counted
            for modifier in line.modifiers
            if modifier.kind == "Discount"
        ),
        deposit=sum(line.extended_amount for line in counted if line.line_type in DEPOSITS),
        tip=sum(line.extended_amount for line in counted if line.line_type == "Tip"),
        due=basket.gross + settlement.rounding,
        paid=settlement.paid,
        change=settlement.change,
    )


def _paid_in_cash(tenders: Sequence[Tender]) -> bool:
    return any(tender.tender_type == "Cash" for tender in tenders)


def _change(tender_id: str, amount: int, currency: str) -> Tender:
    return Tender(
        tender_id=tender_id, tender_type="Cash", amount=-amount, is_change=True, currency=currency
    )
