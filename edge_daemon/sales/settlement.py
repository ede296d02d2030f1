"""Who pays what: tenders against what is due, cash last and rounded, change back.

Values in, values out. For a finished sale: sum of the lines + rounding = sum of the tenders.
"""

from collections.abc import Sequence
from typing import NamedTuple

from edge_daemon.records.payloads import Tender, Totals
from edge_daemon.sales.arithmetic import round_cash
from edge_daemon.sales.basket import Basket


class Settlement(NamedTuple):
    """Where a sale stands with the tenders that it has.

    Attributes:
        tenders: All of them, change last and negative.
        rounding: Signed, in minor units; 0 while the sale is not finished.
        paid: What was received, before change.
        due: What is still to be paid; 0 when complete.
        complete: Everything is paid.
    """

    tenders: tuple[Tender, ...]
    rounding: int
    paid: int
    due: int
    change: int
    complete: bool


def settle(basket: Basket, tenders: Sequence[Tender], step: int, change_id: str) -> Settlement:
    """Hold the tenders against the basket.

    Args:
        basket: What is sold.
        tenders: What was received, without change.
        step: Cash rounding, in minor units; 0 for none.
        change_id: The ULID of the change, if there is any.
    """
    cash = sum(tender.amount for tender in tenders if tender.tender_type == "Cash")
    paid = sum(tender.amount for tender in tenders)
    left_for_cash = basket.gross - (paid - cash)
    due_in_cash = round_cash(left_for_cash, step) if _paid_in_cash(tenders) else left_for_cash
    if cash < due_in_cash:
        return Settlement(tuple(tenders), 0, paid, basket.gross - paid, 0, complete=False)
    change = cash - due_in_cash
    given = (_change(change_id, change, basket.currency),) if change else ()
    rounding = due_in_cash - left_for_cash
    return Settlement((*tenders, *given), rounding, paid, 0, change, complete=True)


def totals(basket: Basket, settlement: Settlement) -> Totals:
    """The figures that a transaction states, so that no reader has to compute them."""
    return Totals(
        gross=basket.gross,
        net=sum(tax.base for tax in basket.taxes),
        tax=sum(tax.tax for tax in basket.taxes),
        discount=0,
        deposit=0,
        tip=0,
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
