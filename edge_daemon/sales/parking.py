"""Baskets that nobody has paid anything of: suspended, taken up again, given up.

Each of these is one commit, with its intent: a power cut leaves it done or not begun. A suspended
sale can be taken up at any register of the box, by one at a time; it is gone from the list once a
sale names it in `resumes`, or it was given up. A register that dies with a basket loses nothing:
another takes it over.
"""

import asyncio
import dataclasses
import sqlite3

import msgspec

from edge_daemon.config import Configuration
from edge_daemon.errors import NotAllowedError, NotFoundError
from edge_daemon.journal import Draft, Journal
from edge_daemon.journal.acts import Acts, Order, find_intent
from edge_daemon.records.payloads import (
    Json,
    Link,
    Outcome,
    OutcomeState,
    TransactionCancelled,
    TransactionStatus,
)
from edge_daemon.sales.approvals import refuse_said_approver
from edge_daemon.sales.basket import Basket, check_basket
from edge_daemon.sales.case import case_of, transaction_of
from edge_daemon.sales.claims import GIVEN_UP, claims_on
from edge_daemon.sales.facts import FactFinder, must_be_unsold
from edge_daemon.sales.gift_cards import without_numbers
from edge_daemon.sales.projection import SaleRow, find_sale, parked_sales
from edge_daemon.sales.requests import (
    BasketCancelRequest,
    BasketRequest,
    ResumptionRequest,
    SuspensionRequest,
)
from edge_daemon.sales.settlement import Settlement

PARKED_KIND = "suspended_sales"
RESUMPTION_KIND = "resumptions"
GIVEN_UP_KIND = "basket_cancellations"
_NOTHING_PAID = Settlement((), rounding=0, paid=0, due=0, change=0, complete=False)


class SuspendedSale(msgspec.Struct, frozen=True, kw_only=True):
    """A parked basket.

    Attributes:
        id: Its ULID; a sale that goes on with it names it in `resumes`.
        state: `suspended`; `resumed`: a register has it, and has not sold it yet; `sold`;
            `given_up`.
        workstation, operator_id: Who has parked it, or has it.
        occurred_at: Since when, microseconds since 1970 UTC.
        note: What the cashier knows it by.
        total: Minor units, by the prices of the day on which it was parked.
        basket: The request's `lines`, `discounts` and `customer_ref`, to be sent again with the
            sale; a gift card's number has to be asked for again.
        finished: Always true.
    """

    id: str
    state: str
    workstation: str
    operator_id: str | None
    occurred_at: int
    training: bool
    note: str
    currency: str
    total: int
    basket: Json
    finished: bool = True


class BasketCancellation(msgspec.Struct, frozen=True, kw_only=True):
    """A basket that was given up.

    Attributes:
        amount: What it came to, in minor units.
        finished: Always true.
    """

    id: str
    line_count: int
    amount: int
    finished: bool = True


class Parking:
    """Parks baskets, hands them out again, and lets them go."""

    def __init__(
        self, configuration: Configuration, journal: Journal, acts: Acts, facts: FactFinder
    ) -> None:
        self._configuration = configuration
        self._journal = journal
        self._acts = acts
        self._facts = facts

    async def put(
        self, resource_id: str, request: SuspensionRequest, body: Json
    ) -> asyncio.Task[None] | None:
        """Park a basket once.

        Raises:
            InvalidRequestError: The JSON path says what cannot be meant. Nothing was written.
            NotFoundError: There is no such workstation.
            NotAllowedError: The sale that it resumes is sold, or was given up.
            RequestConflictError: The id was used with another body.
        """
        order = self._order("suspend", PARKED_KIND, resource_id, request, body)
        basket = await self._basket(resource_id, request)

        def together(intent_id: str, connection: sqlite3.Connection) -> list[Draft]:
            _must_be_resumable(connection, request.resumes)
            case = case_of(order, basket, intent_id)
            now = self._journal.clock.now_us()
            status = TransactionStatus.SUSPENDED
            record = transaction_of(case, _NOTHING_PAID, status, None, now)
            return [order.draft(record), _ended(order, intent_id)]

        return await self._acts.begin(order, _nothing_more, together=together)

    async def get(self, resource_id: str) -> SuspendedSale | None:
        """A parked basket as it stands; None when there is none of that id."""
        return await self._journal.query(lambda connection: _read(connection, resource_id))

    async def all(self) -> list[SuspendedSale]:
        """What is parked, or was taken up again and not sold yet, oldest first."""

        def read(connection: sqlite3.Connection) -> list[SuspendedSale]:
            found = (_read(connection, row.transaction_id) for row in parked_sales(connection))
            return [one for one in found if one is not None]

        return await self._journal.query(read)

    async def resume(
        self, sale_id: str, resumption_id: str, request: ResumptionRequest, body: Json
    ) -> asyncio.Task[None] | None:
        """Take a basket up again, once.

        Raises:
            NotFoundError: There is no such suspended sale or workstation.
            NotAllowedError: Another register has it, it is sold, or was given up.
            RequestConflictError: The id was used with another body.
        """
        workstation = self._configuration.workstation(request.workstation)
        row = await self._row(sale_id)
        said = {"suspended_sale": sale_id, "resumption": body}
        order = Order(
            verb="resume",
            resource_kind=RESUMPTION_KIND,
            resource_id=resumption_id,
            workstation=workstation.name,
            operator_id=request.operator_id,
            body=said,
            request=said,
            training=row.training,
        )

        def together(intent_id: str, connection: sqlite3.Connection) -> list[Draft]:
            now = find_sale(connection, sale_id) or row
            _must_be_here(connection, now, take_over=request.take_over)
            record = msgspec.structs.replace(
                now.transaction,
                intent_id=intent_id,
                status=TransactionStatus.RESUMED,
                end_at=self._journal.clock.now_us(),
            )
            return [order.draft(record), _ended(order, intent_id)]

        return await self._acts.begin(order, _nothing_more, together=together)

    async def give_up(
        self, resource_id: str, request: BasketCancelRequest, body: Json
    ) -> asyncio.Task[None] | None:
        """Note that a basket was given up before anything was paid.

        Raises:
            InvalidRequestError: The JSON path says what cannot be meant. Nothing was written.
            NotFoundError: There is no such workstation or suspended sale.
            NotAllowedError: The suspended sale is sold.
            RequestConflictError: The id was used with another body.
        """
        order = self._order("give_up", GIVEN_UP_KIND, resource_id, request, body)
        basket = await self._basket(resource_id, request)
        figures = {"line_count": len(basket.lines), "amount": basket.gross}
        order = dataclasses.replace(order, request={**order.request, **figures})

        def together(intent_id: str, connection: sqlite3.Connection) -> list[Draft]:
            _must_be_resumable(connection, request.resumes)
            cancelled = TransactionCancelled(
                transaction_id=request.resumes or resource_id,
                reason_code=request.reason,
                **figures,
            )
            return [order.draft(cancelled), _ended(order, intent_id)]

        return await self._acts.begin(order, _nothing_more, together=together)

    async def get_given_up(self, resource_id: str) -> BasketCancellation | None:
        """A basket that was given up; None when there is none of that id."""
        intent = await self._acts.known(GIVEN_UP_KIND, resource_id)
        if intent is None:
            return None
        said = msgspec.json.decode(intent.request)
        return BasketCancellation(
            id=resource_id, line_count=said["line_count"], amount=said["amount"]
        )

    async def _basket(
        self, resource_id: str, request: SuspensionRequest | BasketCancelRequest
    ) -> Basket:
        if self._configuration.operators.check_rights:
            refuse_said_approver(request, None)
        now = self._journal.clock.now_us()
        facts = await self._facts.find(resource_id, request, now)
        links = () if request.resumes is None else (resumption_of(request.resumes),)
        currency = self._configuration.shop.currency
        return check_basket(request, facts, currency=currency, now_us=now, links=links)

    def _order(
        self, verb: str, kind: str, resource_id: str, request: BasketRequest, body: Json
    ) -> Order:
        self._configuration.workstation(request.workstation)
        hidden = without_numbers(body)
        return Order(
            verb=verb,
            resource_kind=kind,
            resource_id=resource_id,
            workstation=request.workstation,
            operator_id=request.operator_id,
            body=hidden,
            request=hidden,
            training=request.training,
        )

    async def _row(self, sale_id: str) -> SaleRow:
        row = await self._journal.query(lambda connection: find_sale(connection, sale_id))
        if row is None or row.transaction.status not in _STATES:
            raise NotFoundError(f"There is no suspended sale {sale_id}.")
        return row


def resumption_of(sale_id: str) -> Link:
    """The link of what goes on with a suspended sale."""
    return Link(kind="ResumeOf", transaction_id=sale_id)


_STATES = {TransactionStatus.SUSPENDED: "suspended", TransactionStatus.RESUMED: "resumed"}


def _must_be_resumable(connection: sqlite3.Connection, sale_id: str | None) -> None:
    """The suspended sale that a basket goes on with, if any, is still to be sold."""
    if sale_id is None:
        return
    row = find_sale(connection, sale_id)
    if row is None or row.transaction.status not in _STATES:
        raise NotFoundError(f"There is no suspended sale {sale_id}.")
    must_be_unsold(connection, sale_id)


def _must_be_here(connection: sqlite3.Connection, row: SaleRow, *, take_over: bool) -> None:
    must_be_unsold(connection, row.transaction_id)
    if row.transaction.status is TransactionStatus.RESUMED and not take_over:
        raise NotAllowedError(
            f"The register {row.workstation_id} has taken this sale up again. Go on there, or send"
            " take_over where that register lost it."
        )


def _ended(order: Order, intent_id: str) -> Draft:
    return order.draft(Outcome(intent_id=intent_id, state=OutcomeState.FINISHED))


async def _nothing_more(intent_id: str) -> None:
    """The intent's commit was all of it."""


def _read(connection: sqlite3.Connection, sale_id: str) -> SuspendedSale | None:
    intent = find_intent(connection, PARKED_KIND, sale_id)
    row = find_sale(connection, sale_id)
    if intent is None or row is None:
        return None
    said = msgspec.json.decode(intent.request)
    ended = [one.claimant for one in claims_on(connection, sale_id) if one.kind == "ResumeOf"]
    state = _STATES[row.transaction.status]
    if ended:
        state = "given_up" if GIVEN_UP in ended else "sold"
    return SuspendedSale(
        id=sale_id,
        state=state,
        workstation=row.workstation_id,
        operator_id=row.operator_id,
        occurred_at=row.occurred_at,
        training=row.training,
        note=said.get("note", ""),
        currency=row.transaction.currency,
        total=row.transaction.totals.gross,
        basket={
            name: said[name] for name in ("lines", "discounts", "customer_ref") if name in said
        },
    )
