"""Sales, returns and voids as their payloads: lines, VAT to the cent, tenders, rounding."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from edge_daemon.records.payloads import (
    CardDetails,
    LineItem,
    Link,
    Modifier,
    RetailTransaction,
    TaxTotal,
    Tender,
    Totals,
    TransactionStatus,
    TransactionType,
)
from simulators.chain.goods import Product

CURRENCY = "EUR"
CASH_STEP = 5
GIFT_CARD = Product("gift-card", "Gift card", "gift-cards", 0, "none", 0)


class Payment(NamedTuple):
    """With what somebody pays: the record's words."""

    tender_type: str
    entry_mode: str = ""
    card_brand: str = ""
    gift_card_ref: str | None = None


def line(
    number: int,
    product: Product,
    quantity_milli: int,
    *,
    discount: int = 0,
    link: Link | None = None,
) -> LineItem:
    """A line before its VAT; negative comes back. `discount` in minor units, positive."""
    amount = product.price * quantity_milli // 1000 - discount
    reason = Modifier(kind="Discount", reason_code="promotion", amount=-discount)
    return LineItem(
        line_id=str(number),
        line_type="Sale" if quantity_milli > 0 else "Return",
        voided=False,
        entry_method="Scanned",
        item_id=product.item_id,
        description=product.description,
        merchandise_hierarchy=product.group,
        quantity_milli=quantity_milli,
        uom="C62",
        regular_unit_price=product.price,
        actual_unit_price=product.price,
        extended_amount=amount,
        modifiers=(reason,) if discount else (),
        tax_code=product.tax_code,
        tax_rate_bp=product.rate_bp,
        tax_base=0,
        tax_amount=0,
        tax_inclusive=True,
        stock_effect=True,
        link=link,
    )


def cheaper(item: LineItem, amount: int) -> LineItem:
    """The line at another amount, as what was sold with a discount comes back."""
    more = amount - item.extended_amount
    reason = Modifier(kind="Discount", reason_code="promotion", amount=more)
    return msgspec.structs.replace(item, extended_amount=amount, modifiers=(reason,))


def gift_card_line(number: int, amount: int, ref: str) -> LineItem:
    """A gift card that is sold: no turnover, no VAT, no stock."""
    sold = line(number, GIFT_CARD._replace(price=amount), 1000)
    return msgspec.structs.replace(
        sold, line_type="GiftCardIssue", stock_effect=False, gift_card_ref=ref
    )


def taxed(lines: Sequence[LineItem]) -> tuple[tuple[LineItem, ...], tuple[TaxTotal, ...]]:
    """Give each line its share of its rate's VAT, by largest remainder.

    Source: the record set's business rules, VAT.
    """
    shares, totals = dict[str, int](), []
    for code in dict.fromkeys(one.tax_code for one in lines):
        mine = [one for one in lines if one.tax_code == code]
        rate, gross = mine[0].tax_rate_bp, sum(one.extended_amount for one in mine)
        whole = 10_000 + rate
        tax = (2 * abs(gross) * rate + whole) // (2 * whole) * (1 if gross >= 0 else -1)
        exact = [(abs(tax) * one.extended_amount, one.line_id) for one in mine]
        size = abs(gross) or 1
        for part, line_id in exact:
            shares[line_id] = part // size
        left = tax - sum(shares[line_id] for _, line_id in exact)
        ordered = sorted(exact, key=lambda one: -(one[0] % size))
        for _, line_id in ordered[:left]:
            shares[line_id] += 1
        totals.append(TaxTotal(tax_code=code, rate_bp=rate, gross=gross, base=gross - tax, tax=tax))
    return (
        tuple(
            msgspec.structs.replace(
                one,
                tax_amount=shares[one.line_id],
                tax_base=one.extended_amount - shares[one.line_id],
            )
            for one in lines
        ),
        tuple(totals),
    )


class Heading(NamedTuple):
    """What a transaction says about itself."""

    transaction_id: str
    intent_id: str
    sequence_number: int
    at: int
    tender_id: str
    links: tuple[Link, ...] = ()
    channel: str = "store"
    status: TransactionStatus = TransactionStatus.COMPLETED
    terminal_id: str = ""


def transaction(heading: Heading, lines: Sequence[LineItem], payment: Payment) -> RetailTransaction:
    """A finished transaction, paid or given back in one tender."""
    items, taxes = taxed(lines)
    gross = sum(one.extended_amount for one in items)
    cash = payment.tender_type == "Cash"
    paid = round(gross / CASH_STEP) * CASH_STEP if cash else gross
    back = all(one.quantity_milli < 0 for one in items)
    returned = back != (heading.status is TransactionStatus.POST_VOIDED)
    tax = sum(one.tax for one in taxes)
    return RetailTransaction(
        transaction_id=heading.transaction_id,
        intent_id=heading.intent_id,
        sequence_number=heading.sequence_number,
        transaction_type=TransactionType.RETURN if returned else TransactionType.SALE,
        status=heading.status,
        begin_at=heading.at - 30_000_000,
        end_at=heading.at,
        channel=heading.channel,
        currency=CURRENCY,
        transaction_links=heading.links,
        line_items=items,
        taxes=taxes,
        rounding_amount=paid - gross,
        tenders=(_tender(heading, payment, paid),),
        totals=Totals(
            gross=gross,
            net=gross - tax,
            tax=tax,
            discount=-sum(each.amount for one in items for each in one.modifiers),
            deposit=0,
            tip=0,
            due=paid,
            paid=paid,
            change=0,
        ),
    )


def _tender(heading: Heading, payment: Payment, amount: int) -> Tender:
    card = None
    if payment.tender_type == "CreditDebit":
        card = CardDetails(
            standalone=False,
            payment_id=heading.tender_id,
            outcome="Approved",
            entry_mode=payment.entry_mode,
            card_brand=payment.card_brand,
            masked_pan=f"************{heading.at // 1_000_000 % 10_000:04d}",
            terminal_id=heading.terminal_id,
        )
    return Tender(
        tender_id=heading.tender_id,
        tender_type=payment.tender_type,
        amount=amount,
        is_change=False,
        currency=CURRENCY,
        gift_card_ref=payment.gift_card_ref,
        card=card,
    )


def undone(heading: Heading, sale: RetailTransaction) -> RetailTransaction:
    """The reversal of a sale, all amounts turned around."""
    turn = msgspec.structs.replace
    return turn(
        sale,
        transaction_id=heading.transaction_id,
        intent_id=heading.intent_id,
        sequence_number=heading.sequence_number,
        status=TransactionStatus.POST_VOIDED,
        begin_at=heading.at,
        end_at=heading.at,
        transaction_links=(Link(kind="VoidOf", transaction_id=sale.transaction_id),),
        line_items=tuple(
            turn(
                one,
                quantity_milli=-one.quantity_milli,
                extended_amount=-one.extended_amount,
                modifiers=tuple(turn(each, amount=-each.amount) for each in one.modifiers),
                tax_base=-one.tax_base,
                tax_amount=-one.tax_amount,
            )
            for one in sale.line_items
        ),
        taxes=tuple(
            turn(one, gross=-one.gross, base=-one.base, tax=-one.tax) for one in sale.taxes
        ),
        rounding_amount=-sale.rounding_amount,
        tenders=tuple(
            turn(one, tender_id=heading.tender_id, amount=-one.amount) for one in sale.tenders
        ),
        totals=Totals(**{name: -getattr(sale.totals, name) for name in Totals.__struct_fields__}),
    )
