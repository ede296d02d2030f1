"""What registers ask for: prints, drawers, sales. Each is put once, under its own id."""

from collections.abc import Sequence
from typing import Annotated

import msgspec
from litestar import Response, get, post, put
from litestar.params import QueryParameter
from litestar.types import ControllerRouterHandler

from edge_daemon.api.acts import (
    WAIT_SECONDS,
    ResourceId,
    Wait,
    acting,
    answer,
    checked_id,
    get_act,
    put_act,
    wait_for,
)
from edge_daemon.drawers import DrawerOpening, DrawerOpeningRequest, Drawers
from edge_daemon.errors import NotFoundError
from edge_daemon.printing import Printing, PrintJob, PrintJobRequest
from edge_daemon.sales import (
    ReceiptCopyRequest,
    Sale,
    SaleCancelRequest,
    SaleRequest,
    Sales,
    TenderRequest,
)
from edge_daemon.scopes import Scope
from edge_daemon.web import Body, StrictBody, documented, needs

SalesLimit = Annotated[int, QueryParameter(ge=1, le=100, description="Sales at most.")]


class SaleList(msgspec.Struct, frozen=True):
    """Sales as they stand."""

    sales: tuple[Sale, ...]


def print_job_routes(room: Printing) -> Sequence[ControllerRouterHandler]:
    """Printing."""

    @put(
        "/v1/print-jobs/{resource_id:str}",
        dto=StrictBody[PrintJobRequest],
        responses=acting(PrintJob),
        opt=needs(Scope.PRINT),
    )
    async def put_print_job(
        resource_id: ResourceId, data: Body[PrintJobRequest], wait: Wait = WAIT_SECONDS
    ) -> Response[PrintJob]:
        """Print once."""
        location = f"/v1/print-jobs/{resource_id}"
        return await put_act(room, resource_id, data, wait, location)

    @get(
        "/v1/print-jobs/{resource_id:str}",
        responses=documented(404),
        opt=needs(Scope.PRINT, Scope.READ),
    )
    async def get_print_job(resource_id: ResourceId) -> PrintJob:
        """How a print stands."""
        return await get_act(room, resource_id)

    return [put_print_job, get_print_job]


def drawer_opening_routes(room: Drawers) -> Sequence[ControllerRouterHandler]:
    """Opening drawers."""

    @put(
        "/v1/drawer-openings/{resource_id:str}",
        dto=StrictBody[DrawerOpeningRequest],
        responses=acting(DrawerOpening),
        opt=needs(Scope.DRAWER),
    )
    async def put_drawer_opening(
        resource_id: ResourceId, data: Body[DrawerOpeningRequest], wait: Wait = WAIT_SECONDS
    ) -> Response[DrawerOpening]:
        """Open a drawer once, now or not at all."""
        location = f"/v1/drawer-openings/{resource_id}"
        return await put_act(room, resource_id, data, wait, location)

    @get(
        "/v1/drawer-openings/{resource_id:str}",
        responses=documented(404),
        opt=needs(Scope.DRAWER, Scope.READ),
    )
    async def get_drawer_opening(resource_id: ResourceId) -> DrawerOpening:
        """How an opening ended."""
        return await get_act(room, resource_id)

    return [put_drawer_opening, get_drawer_opening]


def sale_routes(room: Sales) -> Sequence[ControllerRouterHandler]:
    """Whole sales."""

    @put(
        "/v1/sales/{resource_id:str}",
        dto=StrictBody[SaleRequest],
        responses=acting(Sale),
        opt=needs(Scope.TILL),
    )
    async def put_sale(
        resource_id: ResourceId, data: Body[SaleRequest], wait: Wait = WAIT_SECONDS
    ) -> Response[Sale]:
        """Sell once: basket, tenders, drawer and receipt in one call."""
        return await put_act(room, resource_id, data, wait, f"/v1/sales/{resource_id}")

    @get(
        "/v1/sales/{resource_id:str}", responses=documented(404), opt=needs(Scope.TILL, Scope.READ)
    )
    async def get_sale(resource_id: ResourceId) -> Sale:
        """How a sale stands, with all that did not work."""
        return await get_act(room, resource_id)

    @get("/v1/sales", responses=documented(), opt=needs(Scope.READ))
    async def list_sales(limit: SalesLimit = 20) -> SaleList:
        """The newest sales, the newest first."""
        return SaleList(tuple(await room.last(limit)))

    @put(
        "/v1/sales/{resource_id:str}/tenders/{tender_id:str}",
        dto=StrictBody[TenderRequest],
        responses=acting(Sale),
        opt=needs(Scope.TILL),
    )
    async def put_tender(
        resource_id: ResourceId,
        tender_id: ResourceId,
        data: Body[TenderRequest],
        wait: Wait = WAIT_SECONDS,
    ) -> Response[Sale]:
        """Go on with a sale that waits for a tender."""
        sale, tender = checked_id(resource_id), checked_id(tender_id, "tender_id")
        await wait_for(await room.put_tender(sale, tender, data.request, data.json), wait)
        return answer(await get_act(room, sale), f"/v1/sales/{sale}")

    @post(
        "/v1/sales/{resource_id:str}/cancel",
        dto=StrictBody[SaleCancelRequest],
        status_code=200,
        responses=acting(Sale),
        opt=needs(Scope.TILL),
    )
    async def cancel_sale(
        resource_id: ResourceId, data: Body[SaleCancelRequest], wait: Wait = WAIT_SECONDS
    ) -> Response[Sale]:
        """Give up a sale that waits for a tender; what was taken is given back."""
        sale = checked_id(resource_id)
        await wait_for(await room.cancel(sale, data.request), wait)
        return answer(await get_act(room, sale), f"/v1/sales/{sale}")

    return [put_sale, get_sale, list_sales, put_tender, cancel_sale, *_receipt_copy_routes(room)]


def _receipt_copy_routes(room: Sales) -> Sequence[ControllerRouterHandler]:
    path = "/v1/sales/{resource_id:str}/receipt-copies/{copy_id:str}"

    async def find_copy(copy_id: str) -> PrintJob:
        job = await room.get_copy(copy_id)
        if job is None:
            raise NotFoundError(f"No copy was asked for under the id {copy_id}.")
        return job

    @put(
        path, dto=StrictBody[ReceiptCopyRequest], responses=acting(PrintJob), opt=needs(Scope.TILL)
    )
    async def put_receipt_copy(
        resource_id: ResourceId,
        copy_id: ResourceId,
        data: Body[ReceiptCopyRequest],
        wait: Wait = WAIT_SECONDS,
    ) -> Response[PrintJob]:
        """Print a copy of a finished sale's receipt, marked and counted as one."""
        sale, copy = checked_id(resource_id), checked_id(copy_id, "copy_id")
        await wait_for(await room.put_copy(sale, copy, data.request, data.json), wait)
        return answer(await find_copy(copy), f"/v1/sales/{sale}/receipt-copies/{copy}")

    @get(path, responses=documented(404), opt=needs(Scope.TILL, Scope.READ))
    async def get_receipt_copy(resource_id: ResourceId, copy_id: ResourceId) -> PrintJob:
        """How a copy stands."""
        checked_id(resource_id)
        return await find_copy(checked_id(copy_id, "copy_id"))

    return [put_receipt_copy, get_receipt_copy]
