"""Baskets of every kind against an oracle that computes in fractions and knows none of our code.

The oracle follows the record set's business rules in its own way: VAT of each rate from the sum of
its gross amounts, half up on the absolute value; discounts in turn, each on what is left; a part
of a line that comes back is the difference of two rounded shares; cash is rounded to five cents.
"""

import dataclasses
import math
from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction

from hypothesis import example, given, settings
from hypothesis import strategies as st

from edge_daemon.records.payloads import (
    LineItem,
    RetailTransaction,
    Tender,
    TransactionStatus,
)
from edge_daemon.sales.arithmetic import Rounding
from edge_daemon.sales.basket import Basket, check_basket
from edge_daemon.sales.claims import Taken
from edge_daemon.sales.lines import Discount, PriceOverride, ReturnOf, SaleLine
from edge_daemon.sales.pricing import Facts
from edge_daemon.sales.requests import BasketRequest
from edge_daemon.sales.settlement import settle, totals
from edge_daemon.sales.voiding import undone

EXAMPLES = 40
RATES = {"high": 2100, "low": 900, "zero": 0, "be": 600}
SALE_ID, RETURN_ID, VOID_ID = (f"01M7YHX3000000000000000{n:03}" for n in (1, 2, 3))


def half_up(value: Fraction) -> int:
    """Round half away from zero."""
    return int(math.copysign(math.floor(abs(value) + Fraction(1, 2)), value)) if value else 0


@dataclasses.dataclass
class Oracle:
    """What a receipt has to say of lines whose amounts are known."""

    amounts: list[tuple[str, int, int]]

    @property
    def gross(self) -> int:
        return sum(amount for _, _, amount in self.amounts)

    @property
    def taxes(self) -> dict[tuple[str, int], tuple[int, int]]:
        sums: dict[tuple[str, int], int] = defaultdict(int)
        for code, rate, amount in self.amounts:
            sums[code, rate] += amount
        return {
            key: (gross, half_up(Fraction(gross * key[1], 10_000 + key[1])))
            for key, gross in sums.items()
        }


def line_amount(line: SaleLine) -> int:
    """What a line costs after its own discounts."""
    price = line.price_override.unit_price if line.price_override else line.unit_price or 0
    amount = half_up(Fraction(line.quantity_milli * price, 1000))
    return less(amount, line.discounts)


def less(amount: int, discounts: Sequence[Discount]) -> int:
    for one in discounts:
        off = one.amount
        if one.percent_bp is not None:
            off = half_up(Fraction(amount * one.percent_bp, 10_000))
        amount -= off or 0
    return amount


# --- baskets --------------------------------------------------------------------------------

prices = st.integers(0, 100_000)
percentages = st.builds(Discount, percent_bp=st.integers(1, 10_000), reason=st.just("actie"))
quantities = st.sampled_from([1000, 2000, 3000, 7000, 123, 1500, 999_999])


@st.composite
def goods(draw: st.DrawFn) -> SaleLine:
    override = draw(st.none() | st.builds(PriceOverride, unit_price=prices, reason=st.just("deuk")))
    return SaleLine(
        description="Goed",
        quantity_milli=draw(quantities),
        unit_price=draw(prices),
        tax_code=draw(st.sampled_from(sorted(RATES))),
        price_override=override,
        discounts=tuple(draw(st.lists(percentages, max_size=2))),
        voided=draw(st.sampled_from([None, None, None, "vergissing"])),
    )


deposits = st.builds(
    SaleLine,
    description=st.just("Statiegeld"),
    quantity_milli=st.sampled_from([-3000, -1000, 1000, 6000]),
    unit_price=st.sampled_from([15, 25]),
    line_type=st.just("Deposit"),
)
tips = st.builds(
    SaleLine,
    description=st.just("Fooi"),
    quantity_milli=st.just(1000),
    unit_price=st.integers(1, 5000),
    line_type=st.just("Tip"),
)
baskets = st.lists(goods() | deposits | tips, min_size=1, max_size=8)


def facts(transaction_id: str, **more: object) -> Facts:
    return Facts(transaction_id=transaction_id, rate_bp=RATES.get, **more)  # type: ignore[arg-type]  # of the test


def price(
    transaction_id: str,
    lines: Sequence[SaleLine],
    discounts: Sequence[Discount] = (),
    **more: object,
) -> Basket:
    request = BasketRequest(
        workstation="till-1", operator_id="op-17", lines=tuple(lines), discounts=tuple(discounts)
    )
    return check_basket(request, facts(transaction_id, **more), currency="EUR", now_us=0)


def assert_agrees(basket: Basket, oracle: Oracle) -> None:
    """Totals as the oracle says, and every line's share adds up to them."""
    assert basket.gross == oracle.gross
    stated = {(tax.tax_code, tax.rate_bp): (tax.gross, tax.tax) for tax in basket.taxes}
    assert stated == oracle.taxes
    for tax in basket.taxes:
        mine = [
            line
            for line in basket.lines
            if not line.voided and (line.tax_code, line.tax_rate_bp) == (tax.tax_code, tax.rate_bp)
        ]
        assert sum(line.tax_amount for line in mine) == tax.tax
        assert sum(line.tax_base for line in mine) == tax.base
        assert tax.base + tax.tax == tax.gross
        for line in mine:
            exact = Fraction(line.extended_amount * tax.rate_bp, 10_000 + tax.rate_bp)
            assert abs(line.tax_amount - exact) <= 1


def counted(basket: Basket) -> list[tuple[str, int, int]]:
    return [
        (line.tax_code, line.tax_rate_bp, line.extended_amount)
        for line in basket.lines
        if not line.voided
    ]


@settings(max_examples=EXAMPLES, deadline=None)
@given(baskets)
def test_lines_discounts_and_vat_are_what_an_oracle_says(lines: list[SaleLine]) -> None:
    expected = []
    for line in lines:
        if line.voided is None:
            code = line.tax_code or "none"
            expected.append((code, RATES.get(code, 0), line_amount(line)))
    assert_agrees(price(SALE_ID, lines), Oracle(expected))


@settings(max_examples=EXAMPLES, deadline=None)
@given(baskets, st.lists(percentages, min_size=1, max_size=2))
def test_a_discount_on_the_whole_is_spread_to_the_cent(
    lines: list[SaleLine], discounts: list[Discount]
) -> None:
    before = price(SALE_ID, lines)
    after = price(SALE_ID, lines, discounts)
    goods_before = [line.extended_amount for line in before.lines if _is_goods(line)]
    goods_after = [line.extended_amount for line in after.lines if _is_goods(line)]
    assert sum(goods_after) == less(sum(goods_before), discounts)
    assert all(0 <= new <= old for new, old in zip(goods_after, goods_before, strict=True))
    others = [line for line in before.lines if not _is_goods(line)]
    kept = [line for line in after.lines if not _is_goods(line)]
    assert [each.extended_amount for each in kept] == [each.extended_amount for each in others]
    assert_agrees(after, Oracle(counted(after)))


def _is_goods(line: LineItem) -> bool:
    return line.line_type == "Sale" and not line.voided


@settings(max_examples=EXAMPLES, deadline=None)
@given(baskets, st.data())
def test_what_comes_back_in_parts_is_what_was_paid(
    lines: list[SaleLine], data: st.DataObject
) -> None:
    sold = price(SALE_ID, lines)
    record = as_record(sold)
    taken: dict[tuple[str, str], Taken] = {}
    for line in sold.lines:
        if line.voided or line.quantity_milli <= 0 or line.line_type == "Tip":
            continue
        left, amounts = line.quantity_milli, 0
        while left:
            part = data.draw(
                st.integers(1, left) if left < 4 else st.sampled_from([left // 3, left])
            )
            back = SaleLine(
                quantity_milli=-part,
                returns=ReturnOf(transaction_id=SALE_ID, line_id=line.line_id),
            )
            returned = price(RETURN_ID, [back], originals={SALE_ID: record}, taken=dict(taken))
            share = Fraction(line.extended_amount * part, line.quantity_milli)
            assert abs(-returned.gross - share) <= 1
            assert_agrees(returned, Oracle(counted(returned)))
            amounts -= returned.gross
            left -= part
            known = taken.get((SALE_ID, line.line_id), Taken())
            taken[SALE_ID, line.line_id] = Taken(
                known.quantity_milli + part, known.amount - returned.gross
            )
        assert amounts == line.extended_amount


@settings(max_examples=EXAMPLES, deadline=None)
@given(baskets)
def test_a_void_turns_every_amount_around(lines: list[SaleLine]) -> None:
    sold = price(SALE_ID, lines)
    void = undone(VOID_ID, as_record(sold), 0)
    assert_agrees(void, Oracle([(code, rate, -amount) for code, rate, amount in counted(sold)]))


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    baskets,
    st.lists(st.integers(1, 50_000), max_size=3),
    st.integers(0, 100_000),
    st.sampled_from([0, 5]),
)
@example([], [], 0, 5).via("nothing is due")
def test_tenders_and_rounding_come_to_what_is_due(
    lines: list[SaleLine], cards: list[int], cash: int, step: int
) -> None:
    basket = price(SALE_ID, lines) if lines else empty()
    tenders, left = [], basket.gross
    for number, wanted in enumerate(cards):
        amount = min(wanted, max(left, 0))
        tenders.append(tender(f"card-{number}", "CreditDebit", amount))
        left -= amount
    due_in_cash = left if not step else 5 * half_up(Fraction(left, 5))
    if left:
        handed = max(cash, due_in_cash) if left > 0 else due_in_cash
        tenders.append(tender("cash", "Cash", handed))
    found = settle(basket, tenders, Rounding(step), "change")
    assert found.complete
    assert basket.gross + found.rounding == sum(each.amount for each in found.tenders)
    assert abs(found.rounding) <= 2
    assert found.rounding == (due_in_cash - left if left else 0)
    assert found.change == max(
        sum(each.amount for each in tenders) - basket.gross - found.rounding, 0
    )
    stated = totals(basket, found)
    assert stated.net + stated.tax == stated.gross == basket.gross
    assert stated.due == basket.gross + found.rounding


def empty() -> Basket:
    return Basket(transaction_id=SALE_ID, lines=(), taxes=(), currency="EUR", begin_at=0)


def tender(tender_id: str, kind: str, amount: int) -> Tender:
    return Tender(
        tender_id=tender_id, tender_type=kind, amount=amount, is_change=False, currency="EUR"
    )


def as_record(basket: Basket) -> RetailTransaction:
    """The basket as a finished sale, paid exactly."""
    paid = settle(basket, [tender("other", "Other", basket.gross)], Rounding(0), "change")
    return RetailTransaction(
        transaction_id=basket.transaction_id,
        transaction_type=basket.transaction_type,
        status=TransactionStatus.COMPLETED,
        begin_at=0,
        end_at=0,
        channel="store",
        currency="EUR",
        transaction_links=(),
        line_items=basket.lines,
        taxes=basket.taxes,
        rounding_amount=0,
        tenders=paid.tenders,
        totals=totals(basket, paid),
    )
