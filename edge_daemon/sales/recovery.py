"""After a crash, or when a doubt ends: every call that was left open is ended, nothing is redone.

the sale is in the journal     what followed it and is not: the drawer is unknown, the receipt
was not printed (a copy can be); the call has ended. A copy that has no job yet is withdrawn
money is held, or in doubt     the sale waits for a tender, or is finished when all is paid
neither                        nothing was sold, nothing was taken: cancelled
"""

import sqlite3

import msgspec

from edge_daemon.config import Configuration
from edge_daemon.journal import Journal
from edge_daemon.journal.acts import Acts, OpenIntent, find_intent
from edge_daemon.payments import Payments
from edge_daemon.printing.jobs import next_copy_number
from edge_daemon.records import new_ulid
from edge_daemon.records.payloads import OutcomeState, RetailTransaction, TransactionStatus
from edge_daemon.sales.aftermath import Aftermath
from edge_daemon.sales.basket import Basket, basket_of, check_basket
from edge_daemon.sales.case import case_again
from edge_daemon.sales.facts import FactFinder
from edge_daemon.sales.projection import SaleRow, find_sale, waiting_sales
from edge_daemon.sales.requests import SaleRequest
from edge_daemon.sales.sale import read_sale
from edge_daemon.sales.selling import Selling
from edge_daemon.sales.tenders import held_tenders
from edge_daemon.sales.voiding import VOID_KIND

KIND = "sales"
COPY_KIND = "receipt_copies"


class Recovery:
    """Ends what was left open."""

    def __init__(  # noqa: PLR0913 - the rooms that it asks, each once
        self,
        configuration: Configuration,
        journal: Journal,
        *,
        acts: Acts,
        payments: Payments,
        facts: FactFinder,
        selling: Selling,
        aftermath: Aftermath,
    ) -> None:
        self._configuration = configuration
        self._journal = journal
        self._acts = acts
        self._payments = payments
        self._facts = facts
        self._selling = selling
        self._aftermath = aftermath

    async def run(self) -> None:
        """At start, after the rooms below have recovered theirs."""
        for intent in await self._acts.open_intents("sale", "tender", "cancel", "void"):
            await self._end(intent)
        for sale_id in await self._journal.query(waiting_sales):
            await self.go_on(sale_id)
        for intent in await self._acts.open_intents("print"):
            if intent.resource_kind == COPY_KIND:
                await self._withdraw_copy(intent)

    async def go_on(self, sale_id: str) -> None:
        """A doubt has ended: count what is held, and finish the sale if that pays it.

        At start, too: the doubt may have ended right before the crash.
        """
        intent = await self._journal.query(lambda c: intent_of(c, sale_id))
        row = await self._journal.query(lambda c: find_sale(c, sale_id))
        if intent is None or row is None:
            return
        if row.transaction.status is not TransactionStatus.AWAITING_TENDER:
            return
        held = await self._journal.query(lambda c: held_tenders(c, sale_id))
        counted = {tender.tender_id for tender in row.transaction.tenders}
        if {tender.tender_id for tender in held} != counted:
            await self._selling.conclude(case_again(intent, basket_of(row.transaction)))

    async def _end(self, intent: OpenIntent) -> None:
        sale_id = sale_of(intent)
        row = await self._journal.query(lambda c: find_sale(c, sale_id))
        if row is not None and row.transaction.status is not TransactionStatus.AWAITING_TENDER:
            await self._after_the_sale(intent, row)
        elif row is not None:
            await self._selling.conclude(case_again(intent, basket_of(row.transaction)))
        elif await self._money_may_have_moved(sale_id):
            await self._selling.conclude(case_again(intent, await self._basket_again(intent)))
        else:
            nothing = Basket(transaction_id=sale_id, lines=(), taxes=(), currency="", begin_at=0)
            await self._selling.end(case_again(intent, nothing), OutcomeState.CANCELLED)

    async def _after_the_sale(self, intent: OpenIntent, row: SaleRow) -> None:
        sale_intent = await self._journal.query(lambda c: intent_of(c, row.transaction_id))
        case = case_again(intent, basket_of(row.transaction))
        if sale_intent is not None:
            sale = await self._journal.query(lambda c: read_sale(c, sale_intent, running=False))
            if _takes_cash(row.transaction) and sale.drawer is None:
                await self._aftermath.note_drawer(case)
            finished = row.transaction.status is case.finished
            if finished and sale.receipt is None and wants_paper(sale_intent):
                print_id = new_ulid(self._journal.clock.now_us())
                await self._aftermath.withdraw_receipt(case, row, print_id)
        await self._selling.end(case, OutcomeState.FINISHED)

    async def _withdraw_copy(self, intent: OpenIntent) -> None:
        """The crash came right after the intent: a copy has no job yet."""
        sale_id = sale_of(intent)
        row = await self._journal.query(lambda c: find_sale(c, sale_id))
        if row is not None:
            number = await self._journal.query(lambda c: next_copy_number(c, sale_id))
            case = case_again(intent, basket_of(row.transaction))
            await self._aftermath.withdraw_receipt(case, row, intent.resource_id, number)

    async def _money_may_have_moved(self, sale_id: str) -> bool:
        held = await self._journal.query(lambda c: held_tenders(c, sale_id))
        in_doubt = [one for one in await self._payments.open() if one.transaction_id == sale_id]
        return bool(held or in_doubt)

    async def _basket_again(self, intent: OpenIntent) -> Basket:
        """The basket of a sale that has no record yet, from its intent."""
        kept = msgspec.json.decode(intent.request).get("basket")
        if kept is not None:
            return msgspec.convert(kept, Basket)
        now = self._journal.clock.now_us()
        request = msgspec.json.decode(intent.request, type=SaleRequest)
        facts = await self._facts.find(intent.resource_id, request, now)
        currency = self._configuration.shop.currency
        return check_basket(request, facts, currency=currency, now_us=now)


def intent_of(connection: sqlite3.Connection, sale_id: str) -> OpenIntent | None:
    """The intent of a sale, or of a void."""
    return find_intent(connection, KIND, sale_id) or find_intent(connection, VOID_KIND, sale_id)


def sale_of(intent: OpenIntent) -> str:
    """The sale that a call is about: its own id, or the one that its request names."""
    if intent.resource_kind in (KIND, VOID_KIND):
        return intent.resource_id
    sale_id: str = msgspec.json.decode(intent.request)["sale"]
    return sale_id


def wants_paper(sale_intent: OpenIntent) -> bool:
    """False when the customer wanted no receipt."""
    wanted: bool = msgspec.json.decode(sale_intent.request).get("print_receipt", True)
    return wanted


def _takes_cash(transaction: RetailTransaction) -> bool:
    return any(tender.tender_type == "Cash" for tender in transaction.tenders)
