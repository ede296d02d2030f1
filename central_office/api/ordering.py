"""Replenishment: reorder levels, purchase orders and the goods that come of them.

Lists are views (`/v1/views/to-order`, `/v1/views/purchase-orders`, …). Everything here is an act of
the office, by name, and may be repeated: it is done once.
"""

import re
from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from litestar import Request, get, post, put
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from central_office.access.callers import OfficeCaller
from central_office.access.rights import Right
from central_office.api.parts import OfficeParts
from central_office.api.refusals import NotFoundError, RequestError
from central_office.api.scoping import caller_of, sees
from central_office.naming import Read
from central_office.replenishment import (
    Draft,
    Standing,
    Who,
    draft_order,
    find_order,
    order_standing,
    receive,
    set_level,
    step_order,
)
from central_office.sql_tables import Session
from edge_daemon.records.payloads import (
    PurchaseOrderEvent,
    PurchaseOrderLine,
    ReorderLevel,
)
from edge_daemon.web import Body, StrictBody, documented, needs

LINES_LIMIT = 1000
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=35, pattern=r"^[^\x00]+$")]
Quantity = Annotated[int, msgspec.Meta(ge=1, le=10**12)]
Level = Annotated[int, msgspec.Meta(ge=0, le=10**12)]
Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=r"^[^\x00]+$")]
_STEPS = {
    "send": PurchaseOrderEvent.SENT,
    "cancel": PurchaseOrderEvent.CANCELLED,
    "close": PurchaseOrderEvent.CLOSED,
}
_ULID = r"[0-7][0-9A-HJKMNP-TV-Z]{25}"


class LevelRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When to order and up to how much, in thousandths; without both: not at all."""

    reorder_point_milli: Level | None = None
    order_up_to_milli: Level | None = None
    supplier_id: Text | None = None


class OrderedGoods(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much of an article.

    Attributes:
        uom: UN/ECE Recommendation 20.
    """

    item_id: Text
    quantity_milli: Quantity
    uom: Annotated[str, msgspec.Meta(min_length=2, max_length=3)] = "C62"


Goods = Annotated[tuple[OrderedGoods, ...], msgspec.Meta(min_length=1, max_length=LINES_LIMIT)]


class OrderRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be ordered, and where it is to go."""

    location_id: Text
    supplier_id: Text | None = None
    lines: Goods


class StepRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why."""

    reason: Reason | None = None


class DeliveryRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What has come."""

    lines: Goods


def ordering_routes(parts: OfficeParts) -> Sequence[ControllerRouterHandler]:
    """Replenishment."""
    steps = [_step_route(parts, word, event) for word, event in _STEPS.items()]
    return [_level_route(parts), *_order_routes(parts), *steps, _delivery_route(parts)]


def _level_route(parts: OfficeParts) -> ControllerRouterHandler:
    @put(
        "/v1/reorder-levels/{location_id:str}/{item_id:str}",
        dto=StrictBody[LevelRequest],
        responses=documented(404, 409, 413, 415),
        opt=needs(Right.ORDER),
    )
    async def put_reorder_level(
        request: Request[Any, Any, Any],
        location_id: FromPath[str],
        item_id: FromPath[str],
        data: Body[LevelRequest],
    ) -> ReorderLevel:
        """Say when an article is to be ordered for a place."""
        caller, asked = caller_of(request), data.request
        _check_place(caller, location_id)
        _check_name(item_id, "item_id")
        level = ReorderLevel(
            item_id=item_id,
            location_id=location_id,
            reorder_point_milli=asked.reorder_point_milli,
            order_up_to_milli=asked.order_up_to_milli,
            supplier_id=asked.supplier_id,
        )
        who = _who(parts, caller)
        await parts.books.write(lambda session: set_level(session, level, who))
        return level

    return put_reorder_level


def _order_routes(parts: OfficeParts) -> Sequence[ControllerRouterHandler]:
    @put(
        "/v1/purchase-orders/{order_id:str}",
        dto=StrictBody[OrderRequest],
        responses=documented(404, 409, 413, 415),
        opt=needs(Right.ORDER),
    )
    async def put_purchase_order(
        request: Request[Any, Any, Any], order_id: FromPath[str], data: Body[OrderRequest]
    ) -> Standing:
        """Draft a purchase order, or change its draft."""
        caller, asked = caller_of(request), data.request
        _check_id(order_id, "order_id")
        _check_place(caller, asked.location_id)
        draft = Draft(
            location_id=asked.location_id,
            supplier_id=asked.supplier_id,
            lines=_lines(asked.lines),
        )
        who = _who(parts, caller)

        def write(session: Session) -> Standing:
            if find_order(session.all, caller.organization, order_id) is not None:
                _seen(session.all, order_id, caller)
            return draft_order(session, order_id, draft, who)

        return await parts.books.write(write)

    @get(
        "/v1/purchase-orders/{order_id:str}",
        responses=documented(404),
        opt=needs(Right.STOCK),
    )
    async def get_purchase_order(
        request: Request[Any, Any, Any], order_id: FromPath[str]
    ) -> Standing:
        """A purchase order as it stands."""
        caller = caller_of(request)
        _check_id(order_id, "order_id")
        return await parts.books.read(lambda read: _seen(read, order_id, caller))

    return [put_purchase_order, get_purchase_order]


def _step_route(
    parts: OfficeParts, word: str, event: PurchaseOrderEvent
) -> ControllerRouterHandler:
    async def step(
        request: Request[Any, Any, Any], order_id: FromPath[str], data: Body[StepRequest]
    ) -> Standing:
        caller, reason = caller_of(request), data.request.reason
        _check_id(order_id, "order_id")
        who = _who(parts, caller)

        def write(session: Session) -> Standing:
            _seen(session.all, order_id, caller)
            return step_order(session, order_id, event, who, reason)

        return await parts.books.write(write)

    step.__name__ = f"{word}_purchase_order"
    step.__doc__ = f"{word.capitalize()} a purchase order; again, it stays so."
    route = post(
        f"/v1/purchase-orders/{{order_id:str}}/{word}",
        status_code=200,
        dto=StrictBody[StepRequest],
        responses=documented(404, 409, 413, 415),
        opt=needs(Right.ORDER),
    )
    made: ControllerRouterHandler = route(step)
    return made


def _delivery_route(parts: OfficeParts) -> ControllerRouterHandler:
    @put(
        "/v1/purchase-orders/{order_id:str}/deliveries/{delivery_id:str}",
        dto=StrictBody[DeliveryRequest],
        responses=documented(404, 409, 413, 415),
        opt=needs(Right.ORDER),
    )
    async def put_delivery(
        request: Request[Any, Any, Any],
        order_id: FromPath[str],
        delivery_id: FromPath[str],
        data: Body[DeliveryRequest],
    ) -> Standing:
        """Book goods that have come for a purchase order; a shop may do it at its own box, too."""
        caller = caller_of(request)
        _check_id(order_id, "order_id")
        _check_id(delivery_id, "delivery_id")
        who, lines = _who(parts, caller), _lines(data.request.lines)

        def write(session: Session) -> Standing:
            _seen(session.all, order_id, caller)
            return receive(session, order_id, delivery_id, lines, who)

        return await parts.books.write(write)

    return put_delivery


def _who(parts: OfficeParts, caller: OfficeCaller) -> Who:
    return Who(caller.organization, caller.name, parts.now_us())


def _lines(goods: Sequence[OrderedGoods]) -> tuple[PurchaseOrderLine, ...]:
    return tuple(
        PurchaseOrderLine(item_id=one.item_id, quantity_milli=one.quantity_milli, uom=one.uom)
        for one in goods
    )


def _seen(read: Read, order_id: str, caller: OfficeCaller) -> Standing:
    """The order, if the caller sees its place.

    Raises:
        UnknownOrderError: There is none of that id.
        NotFoundError: The caller does not see it.
    """
    found = order_standing(read, caller.organization, order_id)
    _check_place(caller, found.location_id)
    return found


def _check_place(caller: OfficeCaller, location_id: str) -> None:
    _check_name(location_id, "location_id")
    if not sees(caller, location_id):
        raise NotFoundError("There is no such place.")


def _check_name(name: str, path: str) -> None:
    if not 1 <= len(name) <= 35 or "\0" in name:  # noqa: PLR2004 - as in the bodies
        raise RequestError("A name has 1 to 35 characters.", path)


def _check_id(text: str, path: str) -> None:
    if re.fullmatch(_ULID, text) is None:
        raise RequestError("An id is a ULID: 26 digits and capital letters.", path)
