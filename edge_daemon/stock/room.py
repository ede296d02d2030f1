"""Stock: looked up with its age, and moved without a sale."""

import asyncio

import msgspec

from edge_daemon.config import Configuration
from edge_daemon.errors import InvalidRequestError, NotFoundError
from edge_daemon.journal import Journal
from edge_daemon.master_data import age_of
from edge_daemon.records.payloads import (
    Json,
)
from edge_daemon.stock.booking import Booking
from edge_daemon.stock.effects import OwnStock, own_stock
from edge_daemon.stock.index import StockIndex
from edge_daemon.stock.requests import (
    KINDS,
    StockAt,
    StockLevel,
    StockMovement,
    StockMovementRequest,
    signed_quantity,
)

MOVEMENT_KIND = "stock_movements"


class StockRoom:
    """The room of stock."""

    def __init__(
        self, configuration: Configuration, journal: Journal, index: StockIndex, booking: Booking
    ) -> None:
        self._configuration = configuration
        self._journal = journal
        self._index = index
        self._booking = booking

    # --- looking up ---

    async def level(self, gtin: str) -> StockLevel:
        """What lies where of an article, with the age of what the office knew.

        Raises:
            NotFoundError: Neither the office nor this box knows it.
        """
        code = gtin.zfill(14)
        item_id = await self._booking.item_of(code) or code
        known = await self._index.find(item_id)
        covered = {} if known is None else known.covered(self._configuration.edge.id)
        own = await self._journal.query(lambda c: own_stock(c, item_id, covered))
        lines = () if known is None else known.lines
        if not lines and not own:
            raise NotFoundError(f"Nothing is known of the stock of {gtin}.")
        places = {each.location_id: (each.on_hand_milli, each.available_milli) for each in lines}
        age = age_of(known, self._journal.clock.now_us(), self._configuration.stock.stale_minutes)
        return StockLevel(
            item_id=item_id,
            gtin=code,
            as_of=age.as_of,
            age_ms=age.age_ms,
            stale=age.stale,
            here=self._booking.here,
            locations=tuple(
                _at(place, *places.get(place, (0, 0)), own.get(place, OwnStock(0)))
                for place in sorted(places | own)
            ),
        )

    # --- moving ---

    async def put_movement(
        self, resource_id: str, request: StockMovementRequest, body: Json
    ) -> asyncio.Task[None] | None:
        """Book a delivery, a transfer, a correction or waste, once. See `ActRoom`.

        Raises:
            InvalidRequestError: A line moves nothing or names no goods; a transfer has one end;
                what is no receipt names a purchase order.
            NotFoundError: There is no such workstation.
            NotAllowedError: Who asks has no right to this.
            RequestConflictError: The id was used with another body.
        """
        transfer = request.kind in ("transfer_in", "transfer_out")
        if transfer and request.counterpart_location_id is None:
            raise InvalidRequestError(
                "A transfer names its other end.", "$.counterpart_location_id"
            )
        if request.order_id is not None and request.kind != "receipt":
            raise InvalidRequestError("Only a receipt answers a purchase order.", "$.order_id")
        facts = []
        for position, line in enumerate(request.lines):
            path = f"$.lines[{position}]"
            fact = await self._booking.fact(KINDS[request.kind], resource_id, line, path)
            facts.append(
                msgspec.structs.replace(
                    fact,
                    quantity_milli=signed_quantity(request.kind, line, path),
                    location_id=request.location_id or self._booking.here,
                    counterpart_location_id=request.counterpart_location_id,
                    reason_code=request.reason,
                    order_id=request.order_id,
                )
            )
        order = self._booking.order("move_stock", MOVEMENT_KIND, resource_id, request, body)

        allow = self._booking.allow(order, request)
        return await self._booking.book(
            order, lambda _: [order.draft(fact) for fact in facts], allow=allow
        )

    async def movement(self, resource_id: str) -> StockMovement | None:
        """A movement, or None when there is none of that id."""
        intent = await self._booking.known(MOVEMENT_KIND, resource_id)
        if intent is None:
            return None
        request = msgspec.json.decode(intent.request, type=StockMovementRequest)
        return StockMovement(
            id=resource_id,
            kind=request.kind,
            location_id=request.location_id or self._booking.here,
            lines=len(request.lines),
        )


def _at(place: str, on_hand: int, available: int, own: OwnStock) -> StockAt:
    """The office's figures and what this box has seen since; a count takes their place."""
    promised = on_hand - available
    now = (on_hand if own.counted is None else own.counted) + own.moved
    return StockAt(
        location_id=place,
        on_hand_milli=now,
        available_milli=now - promised,
        own_milli=now - on_hand,
        counted_at=own.counted_at,
    )
