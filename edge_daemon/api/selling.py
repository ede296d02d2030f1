"""Around a sale: undoing it, parking a basket, what a receipt or a gift card still holds."""

from collections.abc import Sequence
from typing import Annotated

import msgspec
from litestar import Response, get, post, put
from litestar.params import PathParameter, QueryParameter
from litestar.types import ControllerRouterHandler

from edge_daemon.api.acts import (
    WAIT_SECONDS,
    BoundRoom,
    ResourceId,
    Wait,
    acting,
    answer,
    checked_id,
    get_act,
    put_act,
    wait_for,
)
from edge_daemon.records.master_data import WebOrder
from edge_daemon.sales import (
    BasketCancellation,
    BasketCancelRequest,
    GiftCard,
    GiftCardQuery,
    HandOutRequest,
    PriceInquiry,
    PriceInquiryRequest,
    ReceiptState,
    ResumptionRequest,
    Sale,
    Sales,
    SuspendedSale,
    SuspensionRequest,
    VoidRequest,
)
from edge_daemon.scopes import Scope
from edge_daemon.web import Body, StrictBody, documented, needs

ReceiptCode = Annotated[
    str, PathParameter(description="As scanned from the receipt: `R` and a ULID.")
]
Register = Annotated[str, QueryParameter(description="The register that printed it.")]
ReceiptNumber = Annotated[int, QueryParameter(ge=1, description="As printed on it.")]


class WebOrderList(msgspec.Struct, frozen=True):
    """Web orders."""

    orders: tuple[WebOrder, ...]


class SuspendedSales(msgspec.Struct, frozen=True):
    """Baskets that are parked, or were taken up again and not sold yet."""

    suspended_sales: tuple[SuspendedSale, ...]


def selling_routes(room: Sales) -> Sequence[ControllerRouterHandler]:
    """Everything around a sale."""
    return [
        *_void_routes(room),
        *_inquiry_routes(room),
        *_parking_routes(room),
        *_receipt_routes(room),
        *_order_routes(room),
    ]


def _void_routes(room: Sales) -> Sequence[ControllerRouterHandler]:
    voids = BoundRoom(room.voids.put, room.get)

    @put(
        "/v1/voids/{resource_id:str}",
        dto=StrictBody[VoidRequest],
        responses=acting(Sale),
        opt=needs(Scope.TILL),
    )
    async def put_void(
        resource_id: ResourceId, data: Body[VoidRequest], wait: Wait = WAIT_SECONDS
    ) -> Response[Sale]:
        """Undo a finished sale of today, whole: cards are reversed, cash is handed back.

        What a terminal does not reverse stays due: the void is `awaiting_tender` then, and
        `/v1/sales/{id}/tenders/…` goes on with it.
        """
        return await put_act(voids, resource_id, data, wait, f"/v1/voids/{resource_id}")

    @get(
        "/v1/voids/{resource_id:str}", responses=documented(404), opt=needs(Scope.TILL, Scope.READ)
    )
    async def get_void(resource_id: ResourceId) -> Sale:
        """How a void stands."""
        return await get_act(voids, resource_id)

    return [put_void, get_void]


def _inquiry_routes(room: Sales) -> Sequence[ControllerRouterHandler]:
    inquiries = room.inquiries

    @put(
        "/v1/price-inquiries/{resource_id:str}",
        dto=StrictBody[PriceInquiryRequest],
        responses=acting(PriceInquiry),
        opt=needs(Scope.TILL),
    )
    async def put_price_inquiry(
        resource_id: ResourceId, data: Body[PriceInquiryRequest], wait: Wait = WAIT_SECONDS
    ) -> Response[PriceInquiry]:
        """Tell a customer what an article costs, and count that it was asked."""
        location = f"/v1/price-inquiries/{resource_id}"
        return await put_act(inquiries, resource_id, data, wait, location)

    @get(
        "/v1/price-inquiries/{resource_id:str}",
        responses=documented(404),
        opt=needs(Scope.TILL, Scope.READ),
    )
    async def get_price_inquiry(resource_id: ResourceId) -> PriceInquiry:
        """What was told."""
        return await get_act(inquiries, resource_id)

    return [put_price_inquiry, get_price_inquiry]


def _parking_routes(room: Sales) -> Sequence[ControllerRouterHandler]:
    parking = room.parking
    given_up = BoundRoom(parking.give_up, parking.get_given_up)

    @put(
        "/v1/suspended-sales/{resource_id:str}",
        dto=StrictBody[SuspensionRequest],
        responses=acting(SuspendedSale),
        opt=needs(Scope.TILL),
    )
    async def put_suspended_sale(
        resource_id: ResourceId, data: Body[SuspensionRequest], wait: Wait = WAIT_SECONDS
    ) -> Response[SuspendedSale]:
        """Park a basket once, to go on with it at any register of this box."""
        return await put_act(parking, resource_id, data, wait, f"/v1/suspended-sales/{resource_id}")

    @get(
        "/v1/suspended-sales/{resource_id:str}",
        responses=documented(404),
        opt=needs(Scope.TILL, Scope.READ),
    )
    async def get_suspended_sale(resource_id: ResourceId) -> SuspendedSale:
        """A parked basket, with the lines to be sent again."""
        return await get_act(parking, resource_id)

    @get("/v1/suspended-sales", responses=documented(), opt=needs(Scope.TILL, Scope.READ))
    async def list_suspended_sales() -> SuspendedSales:
        """What is parked, or was taken up again and not sold yet, the oldest first."""
        return SuspendedSales(tuple(await parking.all()))

    @put(
        "/v1/suspended-sales/{resource_id:str}/resumptions/{resumption_id:str}",
        dto=StrictBody[ResumptionRequest],
        responses=acting(SuspendedSale),
        opt=needs(Scope.TILL),
    )
    async def put_resumption(
        resource_id: ResourceId,
        resumption_id: ResourceId,
        data: Body[ResumptionRequest],
        wait: Wait = WAIT_SECONDS,
    ) -> Response[SuspendedSale]:
        """Take a basket up again, by one register; the sale then names it in `resumes`."""
        sale, resumption = checked_id(resource_id), checked_id(resumption_id, "resumption_id")
        await wait_for(await parking.resume(sale, resumption, data.request, data.json), wait)
        return answer(await get_act(parking, sale), f"/v1/suspended-sales/{sale}")

    @put(
        "/v1/basket-cancellations/{resource_id:str}",
        dto=StrictBody[BasketCancelRequest],
        responses=acting(BasketCancellation),
        opt=needs(Scope.TILL),
    )
    async def put_basket_cancellation(
        resource_id: ResourceId, data: Body[BasketCancelRequest], wait: Wait = WAIT_SECONDS
    ) -> Response[BasketCancellation]:
        """Note that a basket was given up before anything was paid, suspended or not."""
        location = f"/v1/basket-cancellations/{resource_id}"
        return await put_act(given_up, resource_id, data, wait, location)

    @get(
        "/v1/basket-cancellations/{resource_id:str}",
        responses=documented(404),
        opt=needs(Scope.TILL, Scope.READ),
    )
    async def get_basket_cancellation(resource_id: ResourceId) -> BasketCancellation:
        """A basket that was given up."""
        return await get_act(given_up, resource_id)

    return [
        put_suspended_sale,
        get_suspended_sale,
        list_suspended_sales,
        put_resumption,
        put_basket_cancellation,
        get_basket_cancellation,
    ]


def _order_routes(room: Sales) -> Sequence[ControllerRouterHandler]:
    @get("/v1/orders", responses=documented(), opt=needs(Scope.TILL, Scope.READ))
    async def list_orders() -> WebOrderList:
        """The web orders that can be handed out or come back here, the oldest first."""
        return WebOrderList(tuple(await room.web_orders()))

    @put(
        "/v1/orders/{order_id:str}/hand-outs/{resource_id:str}",
        dto=StrictBody[HandOutRequest],
        responses=acting(Sale),
        opt=needs(Scope.TILL),
    )
    async def put_hand_out(
        order_id: ResourceId,
        resource_id: ResourceId,
        data: Body[HandOutRequest],
        wait: Wait = WAIT_SECONDS,
    ) -> Response[Sale]:
        """Hand a web order out, once. It is a sale: `/v1/sales/{id}` tells how it stands."""
        order, sale = checked_id(order_id, "order_id"), checked_id(resource_id)
        await wait_for(await room.hand_out(order, sale, data.request, data.json), wait)
        return answer(await get_act(BoundRoom(room.put, room.get), sale), f"/v1/sales/{sale}")

    return [list_orders, put_hand_out]


def _receipt_routes(room: Sales) -> Sequence[ControllerRouterHandler]:
    @get("/v1/receipts/{code:str}", responses=documented(404), opt=needs(Scope.TILL, Scope.READ))
    async def get_receipt(code: ReceiptCode) -> ReceiptState:
        """What the receipt with that code says, and what of it can still come back."""
        return await room.receipts.by_code(code)

    @get("/v1/receipts", responses=documented(404), opt=needs(Scope.TILL, Scope.READ))
    async def find_receipt(workstation: Register, number: ReceiptNumber) -> ReceiptState:
        """The receipt with that number, where its code cannot be read."""
        return await room.receipts.by_number(workstation, number)

    @post(
        "/v1/gift-cards/balance",
        dto=StrictBody[GiftCardQuery],
        status_code=200,
        responses=documented(404, 413, 415),
        opt=needs(Scope.TILL),
    )
    async def ask_gift_card(data: Body[GiftCardQuery]) -> GiftCard:
        """What is on a gift card of this chain, with the age of what the office knew.

        The card's number stands in no address.
        """
        return await room.gift_card(data.request.number)

    return [get_receipt, find_receipt, ask_gift_card]
