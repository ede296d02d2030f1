"""How stock is booked: intent, facts and end in one commit; nothing follows on a device."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable

from edge_daemon.claims import Allow, Check, Claim, Right
from edge_daemon.config import Configuration
from edge_daemon.errors import InvalidRequestError
from edge_daemon.journal import Draft, Journal
from edge_daemon.journal.acts import Acts, OpenIntent, Order, Spawn
from edge_daemon.records.payloads import (
    InventoryControl,
    InventoryControlKind,
    Json,
    Outcome,
    OutcomeState,
)
from edge_daemon.stock.requests import Goods, StockRequest

ItemOf = Callable[[str], Awaitable[str | None]]
"""Our item behind a GTIN of 14 digits, from the catalogue; None where it knows none."""


async def no_catalogue(_gtin: str) -> str | None:
    """Where there is no catalogue, a GTIN stands for its item."""
    return None


class Booking:
    """Books stock for the rooms that move and count it."""

    def __init__(
        self,
        configuration: Configuration,
        journal: Journal,
        *,
        check: Check,
        spawn: Spawn,
        item_of: ItemOf = no_catalogue,
    ) -> None:
        self._configuration = configuration
        self._check = check
        self.item_of = item_of
        self._acts = Acts(journal, spawn)

    async def known(self, kind: str, resource_id: str) -> OpenIntent | None:
        """What was asked under that id."""
        return await self._acts.known(kind, resource_id)

    @property
    def here(self) -> str:
        """This shop's own location."""
        return self._configuration.edge.store

    async def fact(
        self, kind: InventoryControlKind, document_id: str, goods: Goods, path: str
    ) -> InventoryControl:
        """What a line states of its goods; place and quantity are filled in by who knows them.

        Raises:
            InvalidRequestError: It names no goods.
        """
        gtin = None if goods.gtin is None else goods.gtin.zfill(14)
        item_id = goods.item_id
        if item_id is None:
            if gtin is None:
                raise InvalidRequestError("Name the goods: a GTIN or an item.", f"{path}.gtin")
            item_id = await self.item_of(gtin) or gtin
        return InventoryControl(
            kind=kind,
            document_id=document_id,
            item_id=item_id,
            gtin=gtin,
            lot=goods.lot,
            serial=goods.serial,
            expiry=goods.expiry,
            uom=goods.uom,
            location_id=self.here,
            reason_code="counted",
        )

    async def book(
        self,
        order: Order,
        facts: Callable[[sqlite3.Connection], list[Draft]],
        *,
        allow: Allow | None = None,
    ) -> asyncio.Task[None] | None:
        """Intent, facts and end in one commit: nothing follows on a device."""

        def together(intent_id: str, connection: sqlite3.Connection) -> list[Draft]:
            done = Outcome(intent_id=intent_id, state=OutcomeState.FINISHED)
            return [*facts(connection), order.draft(done)]

        async def nothing_more(_: str) -> None:
            """The act was its entries."""

        return await self._acts.begin(order, nothing_more, allow=allow, together=together)

    def allow(self, order: Order, request: StockRequest) -> Allow:
        """What asks, inside the act's transaction, whether the caller may do this."""
        claim = Claim(
            rights=frozenset({Right.STOCK}),
            workstation=request.workstation,
            operator_id=request.operator_id,
            approval_id=request.approval_id,
            resource=(order.resource_kind, order.resource_id),
        )
        return lambda connection: self._check(connection, claim)

    def order(
        self, verb: str, kind: str, resource_id: str, request: StockRequest, body: Json
    ) -> Order:
        """The call of a register.

        Raises:
            NotFoundError: There is no such workstation.
        """
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
