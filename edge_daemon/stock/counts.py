"""Stock counts: begun, found by a scan or a number, ended."""

import asyncio
import sqlite3

import msgspec

from edge_daemon.config import Configuration
from edge_daemon.errors import NotAllowedError, NotFoundError
from edge_daemon.journal import Draft, Journal
from edge_daemon.journal.acts import Order
from edge_daemon.records.payloads import InventoryControl, InventoryControlKind, Json
from edge_daemon.stock.booking import Booking
from edge_daemon.stock.effects import CountRow, find_count, found_by
from edge_daemon.stock.requests import (
    StockCount,
    StockCountEndRequest,
    StockCountLine,
    StockCountLineRequest,
    StockCountRequest,
)

COUNT_KIND = "stock_counts"
LINE_KIND = "stock_count_lines"
END_KIND = "stock_count_ends"


class StockCounts:
    """The part of the stock's room that counts."""

    def __init__(self, configuration: Configuration, journal: Journal, booking: Booking) -> None:
        self._configuration = configuration
        self._journal = journal
        self._booking = booking

    async def put_count(
        self, resource_id: str, request: StockCountRequest, body: Json
    ) -> asyncio.Task[None] | None:
        """Begin a count, once. See `ActRoom`.

        Raises:
            NotFoundError: There is no such workstation.
            NotAllowedError: Who asks has no right to this.
            RequestConflictError: The id was used with another body.
        """
        order = self._booking.order("count_stock", COUNT_KIND, resource_id, request, body)
        fact = InventoryControl(
            kind=InventoryControlKind.COUNT_START,
            document_id=resource_id,
            location_id=request.location_id or self._booking.here,
            reason_code=request.reason,
        )

        allow = self._booking.allow(order, request)
        return await self._booking.book(order, lambda _: [order.draft(fact)], allow=allow)

    async def count(self, resource_id: str) -> StockCount | None:
        """A count as it stands, or None when there is none of that id."""

        def read(connection: sqlite3.Connection) -> StockCount | None:
            row = find_count(connection, resource_id)
            if row is None:
                return None
            return StockCount(
                id=row.count_id,
                state="counting" if row.ended_at is None else "ended",
                location_id=row.location_id,
                began_at=row.began_at,
                ended_at=row.ended_at,
                found=found_by(connection, resource_id),
            )

        return await self._journal.query(read)

    async def put_line(
        self, count_id: str, line_id: str, request: StockCountLineRequest, body: Json
    ) -> asyncio.Task[None] | None:
        """Say what a count has found, once. A scan each adds one.

        Raises:
            InvalidRequestError: It names no goods.
            NotFoundError: There is no such count or workstation.
            NotAllowedError: The count has ended.
            RequestConflictError: The id was used with another body.
        """
        self._configuration.workstation(request.workstation)
        await self._the_count(count_id)
        fact = await self._booking.fact(InventoryControlKind.COUNT_LINE, count_id, request, "$")
        kept = {"count": count_id, "item": fact.item_id, "request": body}
        order = Order(
            verb="count_stock_line",
            resource_kind=LINE_KIND,
            resource_id=line_id,
            workstation=request.workstation,
            operator_id=request.operator_id,
            body=body,
            request=kept,
        )

        def together(connection: sqlite3.Connection) -> list[Draft]:
            row = _open_count(find_count(connection, count_id))
            before = found_by(connection, count_id).get(fact.item_id or "", 0)
            found = request.quantity_milli + (before if request.add else 0)
            mine = msgspec.structs.replace(fact, quantity_milli=found, location_id=row.location_id)
            return [order.draft(mine)]

        return await self._booking.book(order, together)

    async def line(self, line_id: str) -> StockCountLine | None:
        """What a count has found by now of a line's item, or None when there is no such line."""
        intent = await self._booking.known(LINE_KIND, line_id)
        if intent is None:
            return None
        asked = msgspec.json.decode(intent.request)
        found = await self._journal.query(lambda c: found_by(c, asked["count"]))
        return StockCountLine(
            id=line_id,
            count_id=asked["count"],
            item_id=asked["item"],
            quantity_milli=found.get(asked["item"], 0),
        )

    async def end_count(
        self, count_id: str, request: StockCountEndRequest
    ) -> asyncio.Task[None] | None:
        """End a count; ended again, it stays ended.

        Raises:
            NotFoundError: There is no such count or workstation.
        """
        self._configuration.workstation(request.workstation)
        row = await self._the_count(count_id)
        if row.ended_at is not None:
            return None
        body = {"count": count_id}
        order = Order(
            verb="end_stock_count",
            resource_kind=END_KIND,
            resource_id=count_id,
            workstation=request.workstation,
            operator_id=request.operator_id,
            body=body,
            request=body,
        )
        fact = InventoryControl(
            kind=InventoryControlKind.COUNT_END,
            document_id=count_id,
            location_id=row.location_id,
            reason_code="counted",
        )
        return await self._booking.book(order, lambda _: [order.draft(fact)])

    async def _the_count(self, count_id: str) -> CountRow:
        row = await self._journal.query(lambda c: find_count(c, count_id))
        if row is None:
            raise NotFoundError(f"There is no stock count {count_id}.")
        return row


def _open_count(row: CountRow | None) -> CountRow:
    if row is None or row.ended_at is not None:
        raise NotAllowedError("This count has ended: begin another one.")
    return row
