"""The sales' room: what registers may ask for, each once.

The intent holds the whole basket. Card tenders are taken in their order; one that fails leaves
the sale waiting for another tender. When all is paid, one entry (`RetailTransaction`, with its
receipt number) makes it a sale; the drawer, the fiscal module and the paper follow, and none of
them can undo it. The rooms below do not know each other; this one knows them all, and no device.
"""

import asyncio
import dataclasses
import functools
import sqlite3
from collections.abc import Callable, Sequence

import msgspec

from edge_daemon.catalogue import Articles, NoArticles
from edge_daemon.claims import Approved, Check, Claim, everybody_may
from edge_daemon.config import Configuration
from edge_daemon.config.lookup import device_of
from edge_daemon.drawers import Drawers
from edge_daemon.errors import (
    EdgeError,
    InvalidRequestError,
    NotAllowedError,
    NotFoundError,
)
from edge_daemon.journal import Draft, Journal
from edge_daemon.journal.acts import Acts, Order, Spawn
from edge_daemon.payments import Payment, Payments
from edge_daemon.printing import Printing, PrintJob
from edge_daemon.printing.jobs import find_job, next_copy_number
from edge_daemon.receipts import ReceiptDocument
from edge_daemon.records import new_ulid
from edge_daemon.records.payloads import Json, TransactionStatus
from edge_daemon.sales.aftermath import Aftermath
from edge_daemon.sales.approvals import (
    claim_of,
    refuse_said_approver,
    rights_wanted,
    with_approval,
)
from edge_daemon.sales.balances import GiftCards
from edge_daemon.sales.basket import basket_of
from edge_daemon.sales.case import Case, case_of
from edge_daemon.sales.checking import Checking
from edge_daemon.sales.facts import FactFinder, refuse_what_is_taken
from edge_daemon.sales.fiscal import FiscalModule, NoFiscalModule
from edge_daemon.sales.gift_cards import (
    without_number,
    without_numbers,
)
from edge_daemon.sales.inquiries import PriceInquiries
from edge_daemon.sales.links import ReceiptLinks
from edge_daemon.sales.orders import WebOrders, basket_of_order, tenders_of
from edge_daemon.sales.parking import Parking
from edge_daemon.sales.pricing import Facts, item_key
from edge_daemon.sales.projection import SaleRow, find_sale, last_sales
from edge_daemon.sales.recovery import COPY_KIND, KIND, Recovery
from edge_daemon.sales.requests import (
    HandOutRequest,
    ReceiptCopyRequest,
    SaleCancelRequest,
    SaleRequest,
    TenderRequest,
    as_json,
)
from edge_daemon.sales.returning import Returning
from edge_daemon.sales.sale import Sale, read_sale
from edge_daemon.sales.selling import Selling
from edge_daemon.sales.tenders import (
    Counter,
    check_tender,
    check_tenders,
    counter_of,
    held_tenders,
    paying_out,
)
from edge_daemon.sales.turns import Turns
from edge_daemon.sales.voiding import VOID_KIND, Voiding

TENDER_KIND = "tenders"
CANCEL_KIND = "sale_cancellations"


Admit = Callable[[sqlite3.Connection, str], None]
"""Refuses a sale at a workstation, inside the transaction in which it would begin."""


class Sales:
    """The room that sells.

    Attributes:
        orders: Web orders to be handed out.
        voids: Undoes finished sales.
        inquiries: Prices that customers ask for.
        parking: Suspended baskets.
        receipts: What can still come back.
        gift_card: What is on a gift card.
    """

    def __init__(  # noqa: PLR0913 - the rooms below, each once
        self,
        configuration: Configuration,
        journal: Journal,
        *,
        payments: Payments,
        drawers: Drawers,
        printing: Printing,
        spawn: Spawn,
        links: ReceiptLinks,
        articles: Articles | None = None,
        orders: WebOrders | None = None,
        gift_cards: GiftCards | None = None,
        check: Check = everybody_may,
        fiscal_module: FiscalModule | None = None,
        admit: Admit = lambda _connection, _workstation: None,
    ) -> None:
        self._configuration = configuration
        self._journal = journal
        self._admit = admit
        self._spawn = spawn
        self._acts = Acts(journal, spawn)
        self._turns = Turns()
        self._links = links
        self._check = check
        self.orders = orders or WebOrders()
        self._facts = FactFinder(configuration, journal, articles or NoArticles(), self.orders)
        self._aftermath = Aftermath(
            configuration, journal, drawers, printing, fiscal_module or NoFiscalModule(), links
        )
        gift_cards = gift_cards or GiftCards(configuration, journal)
        self._selling = Selling(configuration, journal, payments, self._aftermath, gift_cards)
        self._recovery = Recovery(
            configuration,
            journal,
            acts=self._acts,
            payments=payments,
            facts=self._facts,
            selling=self._selling,
            aftermath=self._aftermath,
        )
        self.voids = Voiding(
            configuration,
            journal,
            acts=self._acts,
            turns=self._turns,
            selling=self._selling,
            gift_cards=gift_cards,
            check=check,
        )
        self._checking = Checking(configuration, journal, self._facts, gift_cards)
        self.gift_card = self._checking.gift_card
        self.inquiries = PriceInquiries(
            configuration, self._acts, articles or NoArticles(), journal.clock.now_us
        )
        self.parking = Parking(configuration, journal, self._acts, self._facts)
        self.web_orders = self._facts.web_orders
        self.receipts = Returning(journal, self.orders)
        payments.resolution.on_resolved(self._payment_resolved)

    async def put(
        self, resource_id: str, request: SaleRequest, body: Json
    ) -> asyncio.Task[None] | None:
        """Sell once. See `ActRoom`.

        Raises:
            InvalidRequestError: The JSON path says what cannot be meant. Nothing was written.
            NotFoundError: There is no such workstation.
            NotAllowedError: Its till is suspended, or has to be opened first; or who asks may not
                sell like that.
            RequestConflictError: The id was used with another body.
        """
        body = without_numbers(body)
        order = Order(
            verb="sale",
            resource_kind=KIND,
            resource_id=resource_id,
            workstation=request.workstation,
            operator_id=request.operator_id,
            body=body,
            request=body,
            training=request.training,
        )
        claim = claim_of(order, rights_wanted(request), request.approval_id)
        try:
            facts, basket = await self._checking.sale(resource_id, request)
            approved = await self._approved(claim, request)
        except EdgeError:
            if await self._acts.known(KIND, resource_id) is None:
                raise
            return await self._acts.begin(order, _never)  # what has changed since is no matter
        basket = with_approval(basket, approved)
        if basket_is_kept(request):
            order = dataclasses.replace(order, request={**body, "basket": as_json(basket)})
        case = functools.partial(case_of, order, basket, print_receipt=request.print_receipt)
        return await self._begin(order, case, request.tenders, (claim, approved), facts)

    async def hand_out(
        self, order_id: str, resource_id: str, request: HandOutRequest, body: Json
    ) -> asyncio.Task[None] | None:
        """Hand a web order out, once; what was paid online is not taken again.

        Raises:
            InvalidRequestError: It cannot be handed out, or not be paid like that.
            NotFoundError: The office has sent no such order, or there is no such workstation.
            NotAllowedError: It has been handed out.
            RequestConflictError: The id was used with another body.
        """
        hidden = without_numbers(body)
        said = {"order": order_id, "hand_out": hidden, "print_receipt": request.print_receipt}
        order = Order(
            verb="sale",
            resource_kind=KIND,
            resource_id=resource_id,
            workstation=request.workstation,
            operator_id=request.operator_id,
            body=said,
            request=said,
        )
        if await self._acts.known(KIND, resource_id) is not None:
            return await self._acts.begin(order, _never)
        web_order = self.orders.ready(order_id)
        basket = basket_of_order(web_order, resource_id, self._journal.clock.now_us())
        tenders = tenders_of(web_order, request.tenders)
        workstation = self._configuration.workstation(request.workstation)
        counter = counter_of(
            self._configuration,
            basket,
            workstation,
            operator_id=request.operator_id,
            training=False,
        )
        check_tenders(tenders, counter)
        await self._checking.gift_cards(tenders, basket)
        order = dataclasses.replace(order, request={**said, "basket": as_json(basket)})
        case = functools.partial(case_of, order, basket, print_receipt=request.print_receipt)
        facts = Facts(transaction_id=resource_id, rate_bp=lambda _: None)
        claim = claim_of(order, frozenset(), None)
        return await self._begin(order, case, tenders, (claim, None), facts)

    async def _approved(self, claim: Claim, request: SaleRequest) -> Approved | None:
        """Who has allowed what is off the price, before it is written into the basket."""
        if request.training:
            return None
        approved = None
        if claim.rights or claim.approval_id is not None:
            approved = await self._journal.query(lambda c: self._check(c, claim))
        if approved is not None or self._configuration.operators.check_rights:
            refuse_said_approver(request, approved)
        return approved

    async def _begin(
        self,
        order: Order,
        case: Callable[[str], Case],
        tenders: Sequence[TenderRequest],
        claimed: tuple[Claim, Approved | None],
        facts: Facts,
    ) -> asyncio.Task[None] | None:
        """Write the intent of a sale that was checked, where nobody was faster, and sell.

        `claimed` is who asks, and who had approved it when the basket was made.
        """
        claim, approved = claimed

        async def perform(intent_id: str) -> None:
            async with self._turns.alone(order.resource_id):
                await self._selling.sell(case(intent_id), tenders)

        def together(intent_id: str, connection: sqlite3.Connection) -> list[Draft]:
            if not order.training:
                self._admit(connection, order.workstation or "")
            refuse_what_is_taken(connection, case(intent_id).basket, facts)
            return []

        def allow(connection: sqlite3.Connection) -> Approved | None:
            if self._check(connection, claim) != approved:
                raise NotAllowedError("Who may sell like this has just changed: ask again.")
            return approved

        return await self._acts.begin(
            order, perform, allow=None if order.training else allow, together=together
        )

    async def get(self, resource_id: str) -> Sale | None:
        """The sale or void as it stands, or None when there is none of that id."""
        for kind in (KIND, VOID_KIND):
            intent = await self._acts.known(kind, resource_id)
            if intent is not None:
                break
        else:
            return None
        found = intent
        running = self._turns.busy(resource_id) or self._acts.running(kind, resource_id)
        return await self._journal.query(
            lambda connection: read_sale(connection, found, running=running)
        )

    async def last(self, limit: int) -> list[Sale]:
        """The newest sales, newest first."""
        ids = await self._journal.query(lambda connection: last_sales(connection, limit))
        found = [await self.get(one) for one in ids]
        return [sale for sale in found if sale is not None]

    async def put_tender(
        self, sale_id: str, tender_id: str, request: TenderRequest, body: Json
    ) -> asyncio.Task[None] | None:
        """Go on with a sale that waits for a tender, once. Read the sale afterwards.

        Raises:
            NotFoundError: There is no such sale.
            NotAllowedError: It does not wait for a tender, or another one is under way.
            InvalidRequestError: The tender cannot be taken here.
            RequestConflictError: The tender's id was used with another body.
        """
        row = await self._row(sale_id)
        workstation = self._configuration.workstation(row.workstation_id)
        basket = basket_of(row.transaction)
        counter = counter_of(
            self._configuration,
            basket,
            workstation,
            operator_id=row.operator_id,
            training=row.training,
        )
        check_tender(request, counter)
        body = without_number(body)
        order = self._order("tender", TENDER_KIND, tender_id, row, {"tender": body})
        if await self._acts.known(TENDER_KIND, tender_id) is None:
            self._check_rest(request, row, counter)
            await self._checking.gift_cards([request], basket, "$")
        mine = msgspec.structs.replace(request, tender_id=tender_id)

        async def perform(intent_id: str) -> None:
            async with self._turns.alone(sale_id):
                await self._selling.sell(case_of(order, basket, intent_id), (mine,))

        return await self._acts.begin(
            order, perform, together=lambda _, connection: self._must_wait(connection, sale_id)
        )

    async def cancel(self, sale_id: str, request: SaleCancelRequest) -> asyncio.Task[None] | None:
        """Give up a sale that waits for a tender; what was taken is given back.

        Harmless to repeat: a sale that is cancelled stays so, and None is returned.

        Raises:
            NotFoundError: There is no such sale.
            NotAllowedError: It is finished, or a tender is under way.
        """
        row = await self._row(sale_id)
        if row.transaction.status is TransactionStatus.CANCELLED:
            return None
        cancel_id = new_ulid(self._journal.clock.now_us())
        order = self._order("cancel", CANCEL_KIND, cancel_id, row, {"cancel": as_json(request)})

        async def perform(intent_id: str) -> None:
            async with self._turns.alone(sale_id):
                await self._selling.give_back(case_of(order, basket_of(row.transaction), intent_id))

        return await self._acts.begin(
            order,
            perform,
            together=lambda _, connection: self._may_be_cancelled(connection, sale_id),
        )

    async def put_copy(
        self, sale_id: str, copy_id: str, request: ReceiptCopyRequest, body: Json
    ) -> asyncio.Task[None] | None:
        """Print a copy of a finished sale's receipt, once, marked and counted as a copy.

        Raises:
            NotFoundError: There is no such sale or workstation.
            NotAllowedError: The sale is not finished: it has no receipt.
            InvalidRequestError: The workstation has no printer.
        """
        row = await self._row(sale_id)
        if row.transaction.sequence_number is None:
            raise NotAllowedError("This sale is not finished: it has no receipt to copy.")
        name = request.workstation or row.workstation_id
        device_of(self._configuration.workstation(name), "pos_printer")
        order = dataclasses.replace(
            self._order("print", COPY_KIND, copy_id, row, {"copy": body}), workstation=name
        )

        async def perform(intent_id: str) -> None:
            number = await self._journal.query(lambda c: next_copy_number(c, sale_id))
            case = case_of(order, basket_of(row.transaction), intent_id)
            paper = self._aftermath.paper(case, row.transaction, copy_id)
            if paper is not None:
                await self._aftermath.print(dataclasses.replace(paper, copy_number=number), row)

        return await self._acts.begin(order, perform)

    async def get_copy(self, copy_id: str) -> PrintJob | None:
        """The copy's print job, or None when there is none of that id."""
        return await self._journal.query(lambda connection: find_job(connection, copy_id))

    async def digital_receipt(self, token: str) -> ReceiptDocument:
        """What the receipt says whose address ends with `token`.

        Raises:
            NotFoundError: This box has not made the token, or its time is over.
        """
        sale_id = self._links.transaction_id(token)
        if sale_id is not None:
            row = await self._journal.query(lambda connection: find_sale(connection, sale_id))
            if (
                row is not None
                and row.transaction.sequence_number is not None
                and not self._links.expired(row.occurred_at, self._journal.clock.now_us())
            ):
                return await self._aftermath.receipt(row)
        raise NotFoundError("There is no such receipt, or it can no longer be read here.")

    async def recover(self) -> None:
        """At start, after the rooms below: end every call that a crash left open."""
        await self._links.load()
        await self.orders.load()
        await self._recovery.run()

    def _payment_resolved(self, payment: Payment) -> None:
        if payment.transaction_id is not None:
            self._spawn(self._go_on(payment.transaction_id))

    async def _go_on(self, sale_id: str) -> None:
        async with self._turns.alone(sale_id):
            await self._recovery.go_on(sale_id)

    def _order(self, verb: str, kind: str, resource_id: str, row: SaleRow, more: Json) -> Order:
        request = {"sale": row.transaction_id, **more}
        return Order(
            verb=verb,
            resource_kind=kind,
            resource_id=resource_id,
            workstation=row.workstation_id,
            operator_id=row.operator_id,
            body=request,
            request=request,
            training=row.training,
        )

    async def _row(self, sale_id: str) -> SaleRow:
        row = await self._journal.query(lambda connection: find_sale(connection, sale_id))
        if row is None:
            raise NotFoundError(f"There is no sale {sale_id} that could go on.")
        return row

    def _must_wait(self, connection: sqlite3.Connection, sale_id: str) -> list[Draft]:
        row = find_sale(connection, sale_id)
        if row is None or row.transaction.status is not TransactionStatus.AWAITING_TENDER:
            raise NotAllowedError("This sale does not wait for a tender.")
        if self._turns.busy(sale_id):
            raise NotAllowedError("Another call on this sale is under way: wait for its end.")
        if row.transaction.totals.gross < 0 and paying_out(connection, sale_id):
            raise NotAllowedError(
                "It is not known whether the card got its money back. Nothing else is paid out"
                " until that is resolved: look at the terminal's slip and decide."
            )
        return []

    def _may_be_cancelled(self, connection: sqlite3.Connection, sale_id: str) -> list[Draft]:
        self._must_wait(connection, sale_id)
        if any(tender.amount < 0 for tender in held_tenders(connection, sale_id)):
            raise NotAllowedError(
                "A part of the money has been paid out already: pay the rest out, too."
            )
        return []

    def _check_rest(self, request: TenderRequest, row: SaleRow, counter: Counter) -> None:
        """Nobody is paid out more than what is due."""
        due = row.transaction.totals.gross - row.transaction.totals.paid
        rest = -counter.rest(request, due, row.transaction.tenders)
        if counter.pays_out and (request.amount or 0) > rest:
            raise InvalidRequestError(f"{rest} minor units are left to pay out.", "$.amount")


def basket_is_kept(request: SaleRequest) -> bool:
    """True where the request alone does not tell for ever what was sold."""
    named = (request.resumes, request.approval_id)
    return named != (None, None) or any(
        line.returns is not None or line.gift_card is not None or item_key(line) is not None
        for line in request.lines
    )


async def _never(intent_id: str) -> None:
    raise AssertionError(f"{intent_id} was begun before.")
