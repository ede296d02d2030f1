"""Stock: what lies where, deliveries, transfers, corrections, waste, counts."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec

from edge_daemon.client.asking import Asking
from edge_daemon.client.connection import new_id


class StockAt(msgspec.Struct, frozen=True, kw_only=True):
    """What lies at one place; `own_milli` of it the office did not know yet."""

    location_id: str
    on_hand_milli: int
    available_milli: int
    own_milli: int = 0
    counted_at: int | None = None


class StockLevel(msgspec.Struct, frozen=True, kw_only=True):
    """What lies where, how old the office's figures are, and whether too old."""

    item_id: str
    gtin: str | None = None
    as_of: int | None = None
    age_ms: int | None = None
    stale: bool
    here: str
    locations: tuple[StockAt, ...]


class StockMovement(msgspec.Struct, frozen=True, kw_only=True):
    """A movement that is booked."""

    id: str
    finished: bool = True
    kind: str
    location_id: str
    lines: int
    occurred_at: int | None = None


class StockCountLine(msgspec.Struct, frozen=True, kw_only=True):
    """What a count has found of an item by now."""

    id: str
    finished: bool = True
    count_id: str
    item_id: str
    quantity_milli: int


class StockCount(msgspec.Struct, frozen=True, kw_only=True):
    """A count, `counting` or `ended`, and what it has found of each item."""

    id: str
    finished: bool = True
    state: str
    location_id: str
    began_at: int
    ended_at: int | None = None
    found: dict[str, int] = {}


class StockCalls(Asking):
    """The calls about stock."""

    async def stock(self, gtin: str) -> StockLevel:
        """What lies where of an article."""
        return await self._box.get(StockLevel, f"/v1/stock/{gtin}")

    async def move_stock(  # noqa: PLR0913 - the fields of a movement
        self,
        kind: Literal["receipt", "adjustment", "transfer_out", "transfer_in", "waste"],
        lines: Sequence[Mapping[str, Any]],
        reason: str,
        *,
        location_id: str | None = None,
        counterpart_location_id: str | None = None,
        order_id: str | None = None,
        approval_id: str | None = None,
        movement_id: str | None = None,
    ) -> StockMovement:
        """Book goods that moved without a sale: `{"gtin": …, "quantity_milli": …}` each."""
        body = self._said(
            kind=kind,
            lines=[dict(line) for line in lines],
            reason=reason,
            location_id=location_id,
            counterpart_location_id=counterpart_location_id,
            order_id=order_id,
            approval_id=approval_id,
        )
        path = f"/v1/stock-movements/{movement_id or new_id()}"
        return await self._box.act(StockMovement, path, body)

    async def stock_movement(self, movement_id: str) -> StockMovement:
        """A movement that is booked."""
        return await self._box.get(StockMovement, f"/v1/stock-movements/{movement_id}")

    async def begin_stock_count(
        self,
        reason: str,
        *,
        location_id: str | None = None,
        approval_id: str | None = None,
        count_id: str | None = None,
    ) -> StockCount:
        """Begin to count a place."""
        body = self._said(reason=reason, location_id=location_id, approval_id=approval_id)
        return await self._box.act(StockCount, f"/v1/stock-counts/{count_id or new_id()}", body)

    async def stock_count(self, count_id: str) -> StockCount:
        """What a count has found by now."""
        return await self._box.get(StockCount, f"/v1/stock-counts/{count_id}")

    async def count_stock(
        self,
        count_id: str,
        gtin: str,
        quantity_milli: int = 1000,
        *,
        add: bool = True,
        line_id: str | None = None,
    ) -> StockCountLine:
        """Say what was found: one more for each scan, or all of it with `add=False`."""
        body = self._said(gtin=gtin, quantity_milli=quantity_milli, add=None if add else False)
        path = f"/v1/stock-counts/{count_id}/lines/{line_id or new_id()}"
        return await self._box.act(StockCountLine, path, body)

    async def stock_count_line(self, count_id: str, line_id: str) -> StockCountLine:
        """What was found by now of a line's item."""
        return await self._box.get(StockCountLine, f"/v1/stock-counts/{count_id}/lines/{line_id}")

    async def end_stock_count(self, count_id: str) -> StockCount:
        """End a count."""
        path = f"/v1/stock-counts/{count_id}/end"
        return await self._box.act(StockCount, path, self._said(), method="POST")
