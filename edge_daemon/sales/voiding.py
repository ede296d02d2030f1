"""Undoing a finished sale of the same day, whole.

A void is a transaction of its own, with every amount of the sale turned around and a number of its
own; the sale stays as it was. Cards are reversed at their terminal, cash is handed back, gift
cards get their money back. What cannot be given back the way it came stays due, and the void waits
for another tender, like a sale.
"""

import asyncio
import sqlite3
from collections.abc import Iterable

import msgspec

from edge_daemon.claims import Check, Right
from edge_daemon.config import Configuration
from edge_daemon.errors import NotAllowedError, NotFoundError
from edge_daemon.journal import Draft, Journal
from edge_daemon.journal.acts import Acts, Order
from edge_daemon.records.payloads import (
    Json,
    LineItem,
    Link,
    RetailTransaction,
    TransactionStatus,
)
from edge_daemon.sales.approvals import claim_of
from edge_daemon.sales.balances import Find, GiftCards
from edge_daemon.sales.basket import Basket
from edge_daemon.sales.case import case_of
from edge_daemon.sales.claims import claims_on
from edge_daemon.sales.gift_cards import issued_on
from edge_daemon.sales.projection import SaleRow, find_sale
from edge_daemon.sales.requests import VoidRequest, as_json
from edge_daemon.sales.selling import Selling
from edge_daemon.sales.turns import Turns

VOID_KIND = "voids"


class Voiding:
    """Undoes sales, each once."""

    def __init__(  # noqa: PLR0913 - what it works with, each once
        self,
        configuration: Configuration,
        journal: Journal,
        *,
        acts: Acts,
        turns: Turns,
        selling: Selling,
        gift_cards: GiftCards,
        check: Check,
    ) -> None:
        self._configuration = configuration
        self._journal = journal
        self._acts = acts
        self._turns = turns
        self._selling = selling
        self._gift_cards = gift_cards
        self._check = check

    async def put(
        self, void_id: str, request: VoidRequest, body: Json
    ) -> asyncio.Task[None] | None:
        """Undo a sale once. Read the void afterwards: it may wait for a tender.

        Raises:
            NotFoundError: There is no such sale or workstation.
            NotAllowedError: It is not finished, not of today, or something of it has come back.
            RequestConflictError: The id was used with another body.
        """
        row = await self._journal.query(lambda connection: find_sale(connection, request.sale_id))
        if row is None:
            raise NotFoundError(f"There is no sale {request.sale_id}.")
        workstation = self._configuration.workstation(request.workstation or row.workstation_id)
        basket = undone(void_id, row.transaction, self._journal.clock.now_us())
        order = Order(
            verb="void",
            resource_kind=VOID_KIND,
            resource_id=void_id,
            workstation=workstation.name,
            operator_id=request.operator_id,
            body=body,
            request={**body, "basket": as_json(basket)},
            training=row.training,
        )

        async def perform(intent_id: str) -> None:
            case = case_of(order, basket, intent_id, print_receipt=request.print_receipt)
            async with self._turns.alone(request.sale_id), self._turns.alone(void_id):
                await self._selling.undo(case, row.transaction)

        if await self._acts.known(VOID_KIND, void_id) is None:
            self._refuse_another_day(row)

        find = await self._gift_cards.finder(map(issued_on, row.transaction.line_items))

        def together(_: str, connection: sqlite3.Connection) -> list[Draft]:
            _must_stand(connection, row, void_id)
            _must_be_unspent(connection, row.transaction.line_items, find)
            return []

        claim = claim_of(order, frozenset({Right.VOID}), request.approval_id)
        return await self._acts.begin(
            order, perform, allow=lambda c: self._check(c, claim), together=together
        )

    def _refuse_another_day(self, row: SaleRow) -> None:
        clock = self._journal.clock
        if clock.business_day(row.occurred_at) != clock.business_day(clock.now_us()):
            raise NotAllowedError(
                "This sale is of another day and is not voided any more: take the goods back by"
                " its receipt."
            )


def undone(void_id: str, sale: RetailTransaction, now_us: int) -> Basket:
    """The basket that undoes a sale: every amount turned around, to the cent."""
    return Basket(
        transaction_id=void_id,
        lines=tuple(_turned(line) for line in sale.line_items if not line.voided),
        taxes=tuple(
            msgspec.structs.replace(tax, gross=-tax.gross, base=-tax.base, tax=-tax.tax)
            for tax in sale.taxes
        ),
        currency=sale.currency,
        begin_at=now_us,
        customer_ref=sale.customer_ref,
        links=(Link(kind="VoidOf", transaction_id=sale.transaction_id),),
        channel=sale.channel,
    )


def _turned(line: LineItem) -> LineItem:
    return msgspec.structs.replace(
        line,
        quantity_milli=-line.quantity_milli,
        extended_amount=-line.extended_amount,
        modifiers=tuple(
            msgspec.structs.replace(each, amount=-each.amount) for each in line.modifiers
        ),
        tax_base=-line.tax_base,
        tax_amount=-line.tax_amount,
    )


def _must_stand(connection: sqlite3.Connection, row: SaleRow, void_id: str) -> None:
    sale = row.transaction
    if sale.status is not TransactionStatus.COMPLETED:
        raise NotAllowedError(
            "Only a finished sale is voided. One that waits for a tender is cancelled."
        )
    for claim in claims_on(connection, row.transaction_id, besides=void_id):
        if claim.kind == "VoidOf":
            raise NotAllowedError(f"This sale was voided already, by {claim.claimant}.")
        if claim.kind == "ReturnOf":
            raise NotAllowedError(
                f"Something of this sale has come back, by {claim.claimant}: take the rest back by"
                " its receipt, too."
            )


def _must_be_unspent(connection: sqlite3.Connection, lines: Iterable[LineItem], find: Find) -> None:
    for line in lines:
        ref = issued_on(line)
        card = None if ref is None else find(connection, ref)
        if card is not None and card.balance < line.extended_amount:
            raise NotAllowedError(
                f"The gift card ending in {card.gift_card_ref[-4:]} that this sale issued was"
                " used: it cannot be voided."
            )
