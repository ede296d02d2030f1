"""Web orders that the office has sent: handed out here, each once, and taken back like a receipt.

They are few and kept in memory, as the office's last list has them. What was handed out is known
from the journal alone: the sale that did it claims the order.
"""

import logging
from collections.abc import Iterable

from edge_daemon.errors import InvalidRequestError, NotFoundError
from edge_daemon.master_data import ORDERS, MasterData, MasterDataChangedError
from edge_daemon.records.master_data import WebOrder, WebOrderLine
from edge_daemon.records.payloads import (
    LineItem,
    Link,
    RetailTransaction,
    Totals,
    TransactionStatus,
    TransactionType,
)
from edge_daemon.sales.arithmetic import with_taxes
from edge_daemon.sales.basket import Basket
from edge_daemon.sales.requests import OtherTender, TenderRequest

_log = logging.getLogger(__name__)


class WebOrders:
    """The orders that this store knows."""

    def __init__(self, master_data: MasterData | None = None) -> None:
        self._master_data = master_data
        self._orders: dict[str, WebOrder] = {}

    async def load(self) -> None:
        """Read what is in force; called at the start, and when something has come."""
        if self._master_data is None:
            return
        found: dict[str, WebOrder] = {}
        try:
            async for lists in self._master_data.parts(ORDERS):
                found |= {order.transaction_id: order for order in lists.orders}
        except MasterDataChangedError:
            _log.info("Newer web orders have come meanwhile.")
            return
        self._orders = found

    def all(self) -> list[WebOrder]:
        """What can be handed out or come back, the oldest first."""
        wanted = (order for order in self._orders.values() if order.state != "closed")
        return sorted(wanted, key=lambda order: order.placed_at)

    def ready(self, order_id: str) -> WebOrder:
        """The order that is to be handed out.

        Raises:
            NotFoundError: The office has sent none of that id.
            InvalidRequestError: It is not to be handed out.
        """
        order = self._orders.get(order_id)
        if order is None:
            raise NotFoundError(f"The office has sent no order {order_id}.")
        if order.state != "ready":
            raise InvalidRequestError(
                f"The order {order.order_ref} is {order.state}: it is not handed out here.", "order"
            )
        return order

    def delivered(self, ids: Iterable[str]) -> dict[str, RetailTransaction]:
        """Those of the ids that are orders which the customer has, as their receipts."""
        found = (self._orders.get(order_id) for order_id in ids)
        return {
            order.transaction_id: as_receipt(order)
            for order in found
            if order is not None and order.state == "delivered"
        }


def tenders_of(order: WebOrder, tenders: tuple[TenderRequest, ...]) -> tuple[TenderRequest, ...]:
    """How a hand-out is paid: online already, or as the register says.

    Raises:
        InvalidRequestError: It is paid, and the register takes money all the same.
    """
    if not order.paid:
        return tenders
    if tenders:
        raise InvalidRequestError(
            f"The order {order.order_ref} is paid: hand it out without tenders.", "$.tenders"
        )
    return (OtherTender(tender_type="Online", reference=order.order_ref[:35]),)


def basket_of_order(order: WebOrder, sale_id: str, now_us: int) -> Basket:
    """The basket of the sale that hands an order out, and stands in its place."""
    lines, taxes = with_taxes(line_items(order))
    return Basket(
        transaction_id=sale_id,
        lines=lines,
        taxes=taxes,
        currency=order.currency,
        begin_at=now_us,
        customer_ref=order.customer_ref,
        links=(Link(kind="Replaces", transaction_id=order.transaction_id),),
        channel="collect",
    )


def line_items(order: WebOrder) -> list[LineItem]:
    """The order's lines as a sale's."""
    return [_line_item(line) for line in order.lines]


def _line_item(line: WebOrderLine) -> LineItem:
    return LineItem(
        line_id=line.line_id,
        line_type="Sale",
        voided=False,
        entry_method="Lookup",
        item_id=line.item_id,
        gtin=line.gtin,
        description=line.description,
        merchandise_hierarchy=line.merchandise_hierarchy,
        quantity_milli=line.quantity_milli,
        uom=line.uom,
        regular_unit_price=line.unit_price,
        actual_unit_price=line.unit_price,
        extended_amount=line.amount,
        modifiers=(),
        tax_code=line.tax_code,
        tax_rate_bp=line.tax_rate_bp,
        tax_base=0,
        tax_amount=0,
        tax_inclusive=True,
        stock_effect=True,
    )


def as_receipt(order: WebOrder) -> RetailTransaction:
    """The order as a finished transaction of which something can come back."""
    lines, taxes = with_taxes(line_items(order))
    gross, tax = sum(one.gross for one in taxes), sum(one.tax for one in taxes)
    return RetailTransaction(
        transaction_id=order.transaction_id,
        transaction_type=TransactionType.SALE,
        status=TransactionStatus.COMPLETED,
        begin_at=order.placed_at,
        end_at=order.placed_at,
        channel="webshop",
        currency=order.currency,
        customer_ref=order.customer_ref,
        transaction_links=(),
        line_items=lines,
        taxes=taxes,
        rounding_amount=0,
        tenders=(),
        totals=Totals(
            gross=gross,
            net=gross - tax,
            tax=tax,
            discount=0,
            deposit=0,
            tip=0,
            due=gross,
            paid=gross,
            change=0,
        ),
    )
