"""Selling: the part of a register that deals in baskets, receipts and gift cards."""

from collections.abc import Sequence

from edge_daemon.client.asking import Asking, Json, without_none
from edge_daemon.client.connection import new_id
from edge_daemon.client.orders import Discount, SaleLine, Tender
from edge_daemon.client.values import (
    Article,
    ArticleList,
    BasketCancellation,
    CatalogueState,
    GiftCard,
    PriceInquiry,
    PrintJob,
    ProductGroup,
    ProductGroupList,
    Receipt,
    Sale,
    SuspendedSale,
    SuspendedSales,
)


class SellingCalls(Asking):
    """The calls about baskets, receipts and gift cards."""

    async def sell(  # noqa: PLR0913 - the fields of a sale
        self,
        lines: Sequence[SaleLine],
        tenders: Sequence[Tender],
        *,
        sale_id: str | None = None,
        total: int | None = None,
        training: bool = False,
        print_receipt: bool = True,
        customer_ref: str | None = None,
        begin_at: int | None = None,
        discounts: Sequence[Discount] = (),
        resumes: str | None = None,
        approval_id: str | None = None,
    ) -> Sale:
        """Sell, take back or exchange, in one call. Look at `state` and `problems`.

        Args:
            lines: The basket.
            tenders: How the customer pays, in this order; together what is due.
            sale_id: A ULID.
            total: What the register has shown, to be checked.
            training: Practice: no terminal, no drawer.
            print_receipt: False when the customer wants none.
            customer_ref: Pseudonym.
            begin_at: When the first line was entered, microseconds since 1970 UTC.
            discounts: On the whole, spread over the lines.
            resumes: The suspended sale whose basket this was.
            approval_id: A manager's approval for what the cashier may not do alone.
        """
        body = self._said(
            lines=lines,
            tenders=tenders,
            total=total,
            customer_ref=customer_ref,
            begin_at=begin_at,
            training=training or None,
            print_receipt=None if print_receipt else False,
            discounts=discounts or None,
            resumes=resumes,
            approval_id=approval_id,
        )
        return await self._box.act(Sale, f"/v1/sales/{sale_id or new_id()}", body)

    async def sale(self, sale_id: str) -> Sale:
        """How a sale stands."""
        return await self._box.get(Sale, f"/v1/sales/{sale_id}")

    async def tender(self, sale_id: str, tender: Tender, *, tender_id: str | None = None) -> Sale:
        """Go on with a sale that waits for a tender."""
        return await self._box.act(
            Sale, f"/v1/sales/{sale_id}/tenders/{tender_id or new_id()}", tender
        )

    async def cancel_sale(self, sale_id: str, reason: str = "") -> Sale:
        """Give up a sale that waits for a tender; what was taken is given back."""
        body = without_none(operator_id=self.operator_id, reason=reason)
        return await self._box.act(Sale, f"/v1/sales/{sale_id}/cancel", body, method="POST")

    async def copy_receipt(self, sale_id: str, *, copy_id: str | None = None) -> PrintJob:
        """Print a copy of a sale's receipt, marked as one."""
        path = f"/v1/sales/{sale_id}/receipt-copies/{copy_id or new_id()}"
        return await self._box.act(PrintJob, path, self._said())

    async def receipt_copy(self, sale_id: str, copy_id: str) -> PrintJob:
        """How a copy stands."""
        return await self._box.get(PrintJob, f"/v1/sales/{sale_id}/receipt-copies/{copy_id}")

    # --- what there is to sell ---

    async def catalogue(self) -> CatalogueState:
        """Which catalogue is in force, and which is coming."""
        return await self._box.get(CatalogueState, "/v1/catalogue")

    async def item(self, code: str) -> Article:
        """One article by its GTIN or its own id, as it is now."""
        return await self._box.get(Article, f"/v1/items/{code}")

    async def inquire_price(
        self,
        *,
        gtin: str | None = None,
        item_id: str | None = None,
        inquiry_id: str | None = None,
    ) -> PriceInquiry:
        """Tell a customer what an article costs, and count that it was asked."""
        body = self._said(gtin=gtin, item_id=item_id)
        path = f"/v1/price-inquiries/{inquiry_id or new_id()}"
        return await self._box.act(PriceInquiry, path, body)

    async def price_inquiry(self, inquiry_id: str) -> PriceInquiry:
        """What was told."""
        return await self._box.get(PriceInquiry, f"/v1/price-inquiries/{inquiry_id}")

    async def items(
        self, text: str = "", *, group: str | None = None, limit: int = 50, after: int = 0
    ) -> tuple[Article, ...]:
        """Articles whose words begin like all that is typed, or of a group and those below it."""
        query = without_none(text=text, group=group, limit=limit, after=after)
        return (await self._box.get(ArticleList, "/v1/items", **query)).items

    async def product_groups(self) -> tuple[ProductGroup, ...]:
        """All product groups."""
        return (await self._box.get(ProductGroupList, "/v1/product-groups")).groups

    # --- undoing and taking back ---

    async def void(
        self,
        sale_id: str,
        reason: str,
        *,
        approval_id: str | None = None,
        void_id: str | None = None,
    ) -> Sale:
        """Undo a finished sale of today, whole; what a terminal does not reverse stays due."""
        body = self._said(sale_id=sale_id, reason=reason, approval_id=approval_id)
        return await self._box.act(Sale, f"/v1/voids/{void_id or new_id()}", body)

    async def voided(self, void_id: str) -> Sale:
        """How a void stands."""
        return await self._box.get(Sale, f"/v1/voids/{void_id}")

    async def receipt(self, code: str) -> Receipt:
        """What a scanned receipt says, and what of it can still come back."""
        return await self._box.get(Receipt, f"/v1/receipts/{code}")

    async def numbered_receipt(self, workstation: str, number: int) -> Receipt:
        """The same by its number, where its code cannot be read."""
        return await self._box.get(Receipt, "/v1/receipts", workstation=workstation, number=number)

    async def gift_card(self, number: str) -> GiftCard:
        """What is on a gift card."""
        return await self._box.post(GiftCard, "/v1/gift-cards/balance", {"number": number})

    # --- web orders ---

    async def orders(self) -> tuple[Json, ...]:
        """The web orders that can be handed out or come back here, the oldest first."""
        return tuple((await self._box.get(Json, "/v1/orders"))["orders"])

    async def hand_out(
        self,
        order_id: str,
        tenders: Sequence[Tender] = (),
        *,
        print_receipt: bool = True,
        sale_id: str | None = None,
    ) -> Sale:
        """Hand a web order out; without tenders where it is paid."""
        body = self._said(tenders=tenders, print_receipt=None if print_receipt else False)
        path = f"/v1/orders/{order_id}/hand-outs/{sale_id or new_id()}"
        return await self._box.act(Sale, path, body)

    # --- baskets that nobody has paid ---

    async def suspend(  # noqa: PLR0913 - the fields of a basket
        self,
        lines: Sequence[SaleLine],
        *,
        discounts: Sequence[Discount] = (),
        note: str | None = None,
        customer_ref: str | None = None,
        training: bool = False,
        resumes: str | None = None,
        suspension_id: str | None = None,
    ) -> SuspendedSale:
        """Park a basket, to go on with it at any register of the box."""
        body = self._said(
            lines=lines,
            discounts=discounts or None,
            note=note,
            customer_ref=customer_ref,
            training=training or None,
            resumes=resumes,
        )
        path = f"/v1/suspended-sales/{suspension_id or new_id()}"
        return await self._box.act(SuspendedSale, path, body)

    async def suspended_sale(self, suspension_id: str) -> SuspendedSale:
        """A parked basket."""
        return await self._box.get(SuspendedSale, f"/v1/suspended-sales/{suspension_id}")

    async def suspended_sales(self) -> tuple[SuspendedSale, ...]:
        """All baskets that are parked, or were taken up again and not sold yet."""
        return (await self._box.get(SuspendedSales, "/v1/suspended-sales")).suspended_sales

    async def resume(
        self, suspension_id: str, *, take_over: bool = False, resumption_id: str | None = None
    ) -> SuspendedSale:
        """Take a basket up again: send its `basket` with a sale that names it in `resumes`."""
        path = f"/v1/suspended-sales/{suspension_id}/resumptions/{resumption_id or new_id()}"
        return await self._box.act(SuspendedSale, path, self._said(take_over=take_over or None))

    async def give_up(
        self,
        lines: Sequence[SaleLine],
        reason: str,
        *,
        resumes: str | None = None,
        cancellation_id: str | None = None,
    ) -> BasketCancellation:
        """Note that a basket was given up before anything was paid."""
        body = self._said(lines=lines, reason=reason, resumes=resumes)
        path = f"/v1/basket-cancellations/{cancellation_id or new_id()}"
        return await self._box.act(BasketCancellation, path, body)

    async def given_up(self, cancellation_id: str) -> BasketCancellation:
        """A basket that was given up."""
        path = f"/v1/basket-cancellations/{cancellation_id}"
        return await self._box.get(BasketCancellation, path)
