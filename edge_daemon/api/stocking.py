"""Stock: what lies where, what moves without a sale, and counts."""

from collections.abc import Sequence
from typing import Annotated

from litestar import Response, get, post, put
from litestar.params import PathParameter
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
from edge_daemon.errors import InvalidRequestError, NotFoundError
from edge_daemon.scopes import Scope
from edge_daemon.stock import (
    StockCount,
    StockCountEndRequest,
    StockCountLine,
    StockCountLineRequest,
    StockCountRequest,
    StockCounts,
    StockLevel,
    StockMovement,
    StockMovementRequest,
    StockRoom,
)
from edge_daemon.web import Body, StrictBody, documented, needs

_WHO = needs(Scope.TILL)
_READERS = needs(Scope.TILL, Scope.READ)
_COUNT = "/v1/stock-counts/{resource_id:str}"
GTIN_LENGTHS = (8, 12, 13, 14)
GtinPath = Annotated[
    str,
    PathParameter(
        description="8, 12, 13 or 14 digits.",
        schema_extra={"pattern": "^([0-9]{8}|[0-9]{12,14})$"},
    ),
]


def stock_routes(stock: StockRoom, counts: StockCounts) -> Sequence[ControllerRouterHandler]:
    """Stock."""
    return [*_movement_routes(stock), *_count_routes(counts), *_count_line_routes(counts)]


def _movement_routes(stock: StockRoom) -> Sequence[ControllerRouterHandler]:
    movements = BoundRoom(stock.put_movement, stock.movement)

    @get("/v1/stock/{gtin:str}", responses=documented(404), opt=_READERS)
    async def read_stock(gtin: GtinPath) -> StockLevel:
        """What lies where of an article, how old that is, and whether it is too old."""
        if not (gtin.isascii() and gtin.isdecimal() and len(gtin) in GTIN_LENGTHS):
            raise InvalidRequestError("A GTIN has 8, 12, 13 or 14 digits.", "gtin")
        return await stock.level(gtin)

    @put(
        "/v1/stock-movements/{resource_id:str}",
        dto=StrictBody[StockMovementRequest],
        responses=acting(StockMovement),
        opt=_WHO,
    )
    async def put_stock_movement(
        resource_id: ResourceId, data: Body[StockMovementRequest], wait: Wait = WAIT_SECONDS
    ) -> Response[StockMovement]:
        """Book a delivery, a transfer, a correction or waste."""
        location = f"/v1/stock-movements/{resource_id}"
        return await put_act(movements, resource_id, data, wait, location)

    @get("/v1/stock-movements/{resource_id:str}", responses=documented(404), opt=_READERS)
    async def get_stock_movement(resource_id: ResourceId) -> StockMovement:
        """A movement that is booked."""
        return await get_act(movements, resource_id)

    return [read_stock, put_stock_movement, get_stock_movement]


def _count_routes(stock: StockCounts) -> Sequence[ControllerRouterHandler]:
    counts = BoundRoom(stock.put_count, stock.count)

    @put(_COUNT, dto=StrictBody[StockCountRequest], responses=acting(StockCount), opt=_WHO)
    async def put_stock_count(
        resource_id: ResourceId, data: Body[StockCountRequest], wait: Wait = WAIT_SECONDS
    ) -> Response[StockCount]:
        """Begin to count a place."""
        return await put_act(counts, resource_id, data, wait, f"/v1/stock-counts/{resource_id}")

    @get(_COUNT, responses=documented(404), opt=_READERS)
    async def get_stock_count(resource_id: ResourceId) -> StockCount:
        """What a count has found by now."""
        return await get_act(counts, resource_id)

    @post(
        f"{_COUNT}/end",
        dto=StrictBody[StockCountEndRequest],
        status_code=200,
        responses=acting(StockCount),
        opt=_WHO,
    )
    async def end_stock_count(
        resource_id: ResourceId, data: Body[StockCountEndRequest], wait: Wait = WAIT_SECONDS
    ) -> Response[StockCount]:
        """End a count."""
        count = checked_id(resource_id)
        await wait_for(await stock.end_count(count, data.request), wait)
        return answer(await get_act(counts, count), f"/v1/stock-counts/{count}")

    return [put_stock_count, get_stock_count, end_stock_count]


def _count_line_routes(stock: StockCounts) -> Sequence[ControllerRouterHandler]:
    path = f"{_COUNT}/lines/{{line_id:str}}"

    async def find(line_id: str) -> StockCountLine:
        found = await stock.line(line_id)
        if found is None:
            raise NotFoundError(f"Nothing was counted under the id {line_id}.")
        return found

    @put(
        path,
        dto=StrictBody[StockCountLineRequest],
        responses=acting(StockCountLine),
        opt=_WHO,
    )
    async def put_stock_count_line(
        resource_id: ResourceId,
        line_id: ResourceId,
        data: Body[StockCountLineRequest],
        wait: Wait = WAIT_SECONDS,
    ) -> Response[StockCountLine]:
        """Say what was found, by a scan or a number."""
        count, line = checked_id(resource_id), checked_id(line_id, "line_id")
        await wait_for(await stock.put_line(count, line, data.request, data.json), wait)
        return answer(await find(line), f"/v1/stock-counts/{count}/lines/{line}")

    @get(path, responses=documented(404), opt=_READERS)
    async def get_stock_count_line(resource_id: ResourceId, line_id: ResourceId) -> StockCountLine:
        """What was found by now of a line's item."""
        checked_id(resource_id)
        return await find(checked_id(line_id, "line_id"))

    return [put_stock_count_line, get_stock_count_line]
