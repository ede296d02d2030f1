"""One call on one sale, on its way; and the record that it ends in."""

import dataclasses
from collections.abc import Callable

from edge_daemon.journal import Draft
from edge_daemon.journal.acts import OpenIntent, Order
from edge_daemon.records.payloads import (
    ItemVoid,
    Payload,
    PriceChange,
    RetailTransaction,
    TransactionStatus,
)
from edge_daemon.sales.basket import Basket
from edge_daemon.sales.settlement import Settlement, totals


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What is being done to a sale.

    Attributes:
        basket: What is sold.
        intent_id: Of the call: the sale's own, a tender's or a cancellation's.
        print_receipt: False when the customer wants none.
        draft: Makes drafts of the same call (register, operator, key, training).
    """

    basket: Basket
    intent_id: str
    workstation: str
    operator_id: str | None
    training: bool
    print_receipt: bool
    draft: Callable[[Payload], Draft]

    @property
    def sale_id(self) -> str:
        """The sale's ULID."""
        return self.basket.transaction_id

    @property
    def finished(self) -> TransactionStatus:
        """What it is in the journal once everything is paid."""
        if self.basket.voids is not None:
            return TransactionStatus.POST_VOIDED
        return TransactionStatus.COMPLETED


def case_of(order: Order, basket: Basket, intent_id: str, *, print_receipt: bool = True) -> Case:
    """The case of a register's call."""
    return Case(
        basket=basket,
        intent_id=intent_id,
        workstation=order.workstation or "",
        operator_id=order.operator_id,
        training=order.training,
        print_receipt=print_receipt,
        draft=order.draft,
    )


def case_again(intent: OpenIntent, basket: Basket, *, print_receipt: bool = True) -> Case:
    """The case of a call whose register is gone: the daemon goes on by itself."""
    return case_of(order_again(intent), basket, intent.intent_id, print_receipt=print_receipt)


def order_again(intent: OpenIntent) -> Order:
    """The order of a call whose register is gone."""
    return Order(
        verb=intent.verb,
        resource_kind=intent.resource_kind,
        resource_id=intent.resource_id,
        workstation=intent.workstation,
        operator_id=intent.operator_id,
        body={},
        request={},
        training=intent.training,
    )


def transaction_of(
    case: Case,
    settlement: Settlement,
    status: TransactionStatus,
    sequence_number: int | None,
    end_at: int,
) -> RetailTransaction:
    """The record of a sale in `status`, with what it holds."""
    basket = case.basket
    return RetailTransaction(
        transaction_id=basket.transaction_id,
        intent_id=case.intent_id,
        sequence_number=sequence_number,
        transaction_type=basket.transaction_type,
        status=status,
        begin_at=basket.begin_at,
        end_at=end_at,
        channel=basket.channel,
        currency=basket.currency,
        customer_ref=basket.customer_ref,
        transaction_links=basket.links,
        line_items=basket.lines,
        taxes=basket.taxes,
        rounding_amount=settlement.rounding,
        tenders=settlement.tenders,
        totals=totals(basket, settlement),
    )


def corrections(case: Case) -> list[ItemVoid | PriceChange]:
    """What auditors count: lines taken off before payment, and prices that the register changed."""
    if case.basket.voids is not None:
        return []
    return [*_item_voids(case), *_price_changes(case)]


def _price_changes(case: Case) -> list[PriceChange]:
    return [
        PriceChange(
            item_id=line.item_id,
            old_price=line.regular_unit_price,
            new_price=line.actual_unit_price,
            reason_code=modifier.reason_code,
        )
        for line in case.basket.lines
        for modifier in line.modifiers
        if modifier.kind == "PriceOverride" and not line.voided and line.line_type != "Return"
    ]


def _item_voids(case: Case) -> list[ItemVoid]:
    return [
        ItemVoid(
            transaction_id=case.sale_id,
            line_id=line.line_id,
            item_id=line.item_id,
            quantity_milli=line.quantity_milli,
            amount=line.extended_amount,
            reason_code=line.void_reason or "",
        )
        for line in case.basket.lines
        if line.voided
    ]
