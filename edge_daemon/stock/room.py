"""Stock: looked up with its age, moved and counted; each movement once, in one commit."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable

import msgspec

from edge_daemon.claims import Check, Claim, Right
from edge_daemon.clock import MINUTE_US
from edge_daemon.config import Configuration
from edge_daemon.errors import InvalidRequestError, NotAllowedError, NotFoundError
from edge_daemon.journal import Draft, Journal
from edge_daemon.journal.acts import Acts, Order, Spawn
from edge_daemon.records.payloads import (
    InventoryControl,
    InventoryControlKind,
    Json,
    Outcome,
    OutcomeState,
)
from edge_daemon.stock.effects import CountRow, OwnStock, find_count, found_by, own_stock
from edge_daemon.stock.index import StockIndex
from edge_daemon.stock.requests import (
    KINDS,
    Goods,
    StockAt,
    StockCount,
    StockCountEndRequest,
    StockCountLine,
    StockCountLineRequest,
    StockCountRequest,
    StockLevel,
    StockMovement,
    StockMovementRequest,
    StockRequest,
    signed_quantity,
)

MOVEMENT_KIND = "stock_movements"
COUNT_KIND = "stock_counts"
LINE_KIND = "stock_count_lines"
END_KIND = "stock_count_ends"

ItemOf = Callable[[str], Awaitable[str | None]]
"""Our item behind a GTIN of 14 digits, from the catalogue; None where it knows none."""


async def no_catalogue(_gtin: str) -> str | None:
    """Where there is no catalogue, a GTIN stands for its item."""
    return None


class StockRoom:
    """The room of stock."""

    def __init__(  # noqa: PLR0913 - what it asks, each once
        self,
        configuration: Configuration,
        journal: Journal,
        index: StockIndex,
        *,
        check: Check,
        spawn: Spawn,
        item_of: ItemOf = no_catalogue,
    ) -> None:
        self._configuration = configuration
        self._journal = journal
        self._index = index
        self._check = check
        self._item_of = item_of
        self._acts = Acts(journal, spawn)

    # --- looking up ---

    async def level(self, gtin: str) -> StockLevel:
        """What lies where of an article, with the age of what the office knew.

        Raises:
            NotFoundError: Neither the office nor this box knows it.
        """
        code = gtin.zfill(14)
        item_id = await self._item_of(code) or code
        lines = await self._index.lines(item_id)
        indexed = self._index.indexed
        edge = self._configuration.edge.id
        covers = () if indexed is None else indexed.covers
        covered = {each.epoch: each.seq for each in covers if each.edge_id == edge}
        own = await self._journal.query(lambda c: own_stock(c, item_id, covered))
        if not lines and not own:
            raise NotFoundError(f"Nothing is known of the stock of {gtin}.")
        places = {each.location_id: (each.on_hand_milli, each.available_milli) for each in lines}
        age = None if indexed is None else self._journal.clock.now_us() - indexed.as_of
        stale_us = self._configuration.stock.stale_minutes * MINUTE_US
        return StockLevel(
            item_id=item_id,
            gtin=code,
            as_of=None if indexed is None else indexed.as_of,
            age_ms=None if age is None else max(age, 0) // 1000,
            stale=age is None or age > stale_us,
            here=self._here,
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
            InvalidRequestError: A line moves nothing or names no goods; a transfer has one end.
            NotFoundError: There is no such workstation.
            NotAllowedError: Who asks has no right to this.
            RequestConflictError: The id was used with another body.
        """
        transfer = request.kind in ("transfer_in", "transfer_out")
        if transfer and request.counterpart_location_id is None:
            raise InvalidRequestError(
                "A transfer names its other end.", "$.counterpart_location_id"
            )
        facts = []
        for position, line in enumerate(request.lines):
            path = f"$.lines[{position}]"
            fact = await self._fact(KINDS[request.kind], resource_id, line, path)
            facts.append(
                msgspec.structs.replace(
                    fact,
                    quantity_milli=signed_quantity(request.kind, line, path),
                    location_id=request.location_id or self._here,
                    counterpart_location_id=request.counterpart_location_id,
                    reason_code=request.reason,
                )
            )
        order = self._order("move_stock", MOVEMENT_KIND, resource_id, request, body)

        def together(connection: sqlite3.Connection) -> list[Draft]:
            self._allow(connection, order, request)
            return [order.draft(fact) for fact in facts]

        return await self._book(order, together)

    async def movement(self, resource_id: str) -> StockMovement | None:
        """A movement, or None when there is none of that id."""
        intent = await self._acts.known(MOVEMENT_KIND, resource_id)
        if intent is None:
            return None
        request = msgspec.json.decode(intent.request, type=StockMovementRequest)
        return StockMovement(
            id=resource_id,
            kind=request.kind,
            location_id=request.location_id or self._here,
            lines=len(request.lines),
        )

    # --- counting ---

    async def put_count(
        self, resource_id: str, request: StockCountRequest, body: Json
    ) -> asyncio.Task[None] | None:
        """Begin a count, once. See `ActRoom`.

        Raises:
            NotFoundError: There is no such workstation.
            NotAllowedError: Who asks has no right to this.
            RequestConflictError: The id was used with another body.
        """
        order = self._order("count_stock", COUNT_KIND, resource_id, request, body)
        fact = InventoryControl(
            kind=InventoryControlKind.COUNT_START,
            document_id=resource_id,
            location_id=request.location_id or self._here,
            reason_code=request.reason,
        )

        def together(connection: sqlite3.Connection) -> list[Draft]:
            self._allow(connection, order, request)
            return [order.draft(fact)]

        return await self._book(order, together)

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
        fact = await self._fact(InventoryControlKind.COUNT_LINE, count_id, request, "$")
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

        return await self._book(order, together)

    async def line(self, line_id: str) -> StockCountLine | None:
        """What a count has found by now of a line's item, or None when there is no such line."""
        intent = await self._acts.known(LINE_KIND, line_id)
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
        return await self._book(order, lambda _: [order.draft(fact)])

    # --- how ---

    @property
    def _here(self) -> str:
        """This shop's own location."""
        return self._configuration.edge.store

    async def _fact(
        self, kind: InventoryControlKind, document_id: str, goods: Goods, path: str
    ) -> InventoryControl:
        gtin = None if goods.gtin is None else goods.gtin.zfill(14)
        item_id = goods.item_id
        if item_id is None:
            if gtin is None:
                raise InvalidRequestError("Name the goods: a GTIN or an item.", f"{path}.gtin")
            item_id = await self._item_of(gtin) or gtin
        return InventoryControl(
            kind=kind,
            document_id=document_id,
            item_id=item_id,
            gtin=gtin,
            lot=goods.lot,
            serial=goods.serial,
            expiry=goods.expiry,
            uom=goods.uom,
            location_id=self._here,
            reason_code="counted",
        )

    async def _the_count(self, count_id: str) -> CountRow:
        row = await self._journal.query(lambda c: find_count(c, count_id))
        if row is None:
            raise NotFoundError(f"There is no stock count {count_id}.")
        return row

    async def _book(
        self, order: Order, facts: Callable[[sqlite3.Connection], list[Draft]]
    ) -> asyncio.Task[None] | None:
        """Intent, facts and end in one commit: nothing follows on a device."""

        def together(intent_id: str, connection: sqlite3.Connection) -> list[Draft]:
            done = Outcome(intent_id=intent_id, state=OutcomeState.FINISHED)
            return [*facts(connection), order.draft(done)]

        async def nothing_more(_: str) -> None:
            """The act was its entries."""

        return await self._acts.begin(order, nothing_more, together=together)

    def _allow(self, connection: sqlite3.Connection, order: Order, request: StockRequest) -> None:
        claim = Claim(
            rights=frozenset({Right.STOCK}),
            workstation=request.workstation,
            operator_id=request.operator_id,
            approval_id=request.approval_id,
            resource=(order.resource_kind, order.resource_id),
        )
        self._check(connection, claim)

    def _order(
        self, verb: str, kind: str, resource_id: str, request: StockRequest, body: Json
    ) -> Order:
        self._configuration.workstation(request.workstation)
        return Order(
            verb=verb,
            resource_kind=kind,
            resource_id=resource_id,
            workstation=request.workstation,
            operator_id=request.operator_id,
            body=body,
            request=body,
        )


def _open_count(row: CountRow | None) -> CountRow:
    if row is None or row.ended_at is not None:
        raise NotAllowedError("This count has ended: begin another one.")
    return row


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
