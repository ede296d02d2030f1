"""A basket: checked lines, their VAT and their sum. Values in, values out."""

import dataclasses
from collections.abc import Iterator, Sequence

import msgspec

from edge_daemon.errors import InvalidRequestError
from edge_daemon.records.payloads import (
    LineItem,
    Link,
    RetailTransaction,
    TaxTotal,
    TransactionType,
)
from edge_daemon.sales.arithmetic import with_taxes
from edge_daemon.sales.claims import Taken
from edge_daemon.sales.discounts import spread_discounts
from edge_daemon.sales.lines import DEPOSITS
from edge_daemon.sales.pricing import Facts, priced
from edge_daemon.sales.requests import BasketRequest, SaleRequest


class Basket(msgspec.Struct, frozen=True, kw_only=True):
    """What is sold and what comes back, whoever pays it how.

    Attributes:
        links: To the transactions that it goes back to.
    """

    transaction_id: str
    lines: tuple[LineItem, ...]
    taxes: tuple[TaxTotal, ...]
    currency: str
    begin_at: int
    customer_ref: str | None = None
    links: tuple[Link, ...] = ()
    channel: str = "store"

    @property
    def gross(self) -> int:
        """The sum of the lines, before cash rounding; negative where money is paid out."""
        return sum(tax.gross for tax in self.taxes)

    @property
    def voids(self) -> str | None:
        """The finished sale that it undoes."""
        return next((link.transaction_id for link in self.links if link.kind == "VoidOf"), None)

    @property
    def transaction_type(self) -> TransactionType:
        """A sale, a return, or an exchange of goods for others."""
        counted = [line for line in self.lines if not line.voided]
        back = [line.quantity_milli < 0 for line in counted if line.line_type in _GOODS]
        if self.voids is not None:
            back = [not one for one in back]
        if any(back):
            return TransactionType.RETURN if all(back) else TransactionType.EXCHANGE
        return TransactionType.SALE


_GOODS = ("Sale", "Return")


def basket_of(transaction: RetailTransaction) -> Basket:
    """The basket of a transaction that is in the journal."""
    return Basket(
        transaction_id=transaction.transaction_id,
        lines=transaction.line_items,
        taxes=transaction.taxes,
        currency=transaction.currency,
        begin_at=transaction.begin_at,
        customer_ref=transaction.customer_ref,
        links=transaction.transaction_links,
        channel=transaction.channel,
    )


def check_basket(
    request: BasketRequest,
    facts: Facts,
    *,
    currency: str,
    now_us: int,
    links: Sequence[Link] = (),
) -> Basket:
    """Price a request's lines, and compute discounts, VAT and sum.

    Raises:
        InvalidRequestError: With the JSON path of the first line that cannot be meant.
    """
    items = spread_discounts(_lines(request, facts), request.discounts)
    lines, taxes = with_taxes(items)
    returned = dict.fromkeys(
        Link(kind="ReturnOf", transaction_id=line.link.transaction_id)
        for line in lines
        if line.link is not None and line.link.kind == "ReturnOf" and not line.voided
    )
    return Basket(
        transaction_id=facts.transaction_id,
        lines=lines,
        taxes=taxes,
        currency=currency,
        begin_at=now_us if request.begin_at is None else request.begin_at,
        customer_ref=request.customer_ref,
        links=(*returned, *links),
    )


def _lines(request: BasketRequest, facts: Facts) -> list[LineItem]:
    with_deposit = {line.deposit_of for line in request.lines if line.line_type == "Deposit"}
    taken = dict(facts.taken)
    facts = dataclasses.replace(facts, taken=taken)
    items: list[LineItem] = []
    seen: list[str] = []
    for index, line in enumerate(request.lines):
        line_id = line.line_id or str(index + 1)
        if line_id in seen:
            raise InvalidRequestError(
                f"Another line is called {line_id!r}, too.", f"$.lines[{index}].line_id"
            )
        seen.append(line_id)
        found = priced(line, line_id, f"$.lines[{index}]", facts)
        _note_return(found[0], taken)
        items += found[:1] if line_id in with_deposit else found
    _check_deposits(request, seen)
    return list(_deposits_below_their_goods(items))


def _deposits_below_their_goods(items: list[LineItem]) -> Iterator[LineItem]:
    """As they stand on the receipt: each deposit right behind the line that it belongs to."""
    named = {item.line_id for item in items}
    for item in items:
        if _goods_of(item) not in named:
            yield item
            yield from (one for one in items if _goods_of(one) == item.line_id)


def _goods_of(item: LineItem) -> str | None:
    link = item.link
    return link.line_id if link is not None and link.kind == "DepositOf" else None


def _note_return(item: LineItem, taken: dict[tuple[str, str], Taken]) -> None:
    """What one line of the basket takes back, the next cannot."""
    if item.voided or item.link is None or item.link.kind != "ReturnOf":
        return
    key = (item.link.transaction_id, item.link.line_id or "")
    known = taken.get(key, Taken())
    taken[key] = Taken(
        known.quantity_milli - item.quantity_milli, known.amount - item.extended_amount
    )


def _check_deposits(request: BasketRequest, line_ids: Sequence[str]) -> None:
    lines = dict(zip(line_ids, request.lines, strict=True))
    for index, line in enumerate(request.lines):
        if line.deposit_of is None:
            continue
        goods = lines.get(line.deposit_of)
        if line.line_type not in DEPOSITS or goods is None or goods.line_type in DEPOSITS:
            raise InvalidRequestError(
                f"A deposit belongs to a line of goods, and {line.deposit_of!r} is none.",
                f"$.lines[{index}].deposit_of",
            )


def check_total(request: SaleRequest, basket: Basket, *, refunds_without_receipt: bool) -> None:
    """Check what the register has shown, and that money goes out only for what was sold.

    Raises:
        InvalidRequestError: The totals differ, or goods would be paid that nobody can prove.
    """
    if request.total is not None and request.total != basket.gross:
        raise InvalidRequestError(
            f"The lines come to {basket.gross} minor units, not {request.total}.", "$.total"
        )
    unproved = any(
        line.line_type == "Return" and line.link is None and not line.voided
        for line in basket.lines
    )
    if basket.gross < 0 and unproved and not refunds_without_receipt:
        raise InvalidRequestError(
            "The lines come to less than nothing. Money is given back for what a receipt shows:"
            " scan its code and name what the line returns.",
            "$.lines",
        )
