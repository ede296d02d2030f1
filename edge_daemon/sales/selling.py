"""Taking tenders, and giving them back: every state of a sale in the journal before its effect.

What a sale holds is always read from the journal's own projections, inside the transaction that
states it, never from memory: so a crash between any two entries leaves a sale, or no money, or a
listed open payment.
"""

import dataclasses
import sqlite3
from collections.abc import Sequence

from edge_daemon.config import Configuration
from edge_daemon.config.lookup import device_of
from edge_daemon.journal import Draft, Journal
from edge_daemon.payments import Kind, Payment, PaymentCall, Payments
from edge_daemon.records import new_ulid
from edge_daemon.records.payloads import (
    Outcome,
    OutcomeState,
    RetailTransaction,
    Tender,
    TransactionStatus,
)
from edge_daemon.sales.aftermath import Aftermath
from edge_daemon.sales.balances import GiftCards
from edge_daemon.sales.case import Case, corrections, transaction_of
from edge_daemon.sales.projection import find_sale, next_sequence_number
from edge_daemon.sales.requests import CardTender, TenderRequest
from edge_daemon.sales.settlement import Settlement, settle
from edge_daemon.sales.tenders import (
    Counter,
    counter_of,
    covers,
    given_back,
    handed_back,
    held_tenders,
    plain_tender,
    rounding_of,
    standalone_tender,
    training_tender,
)


class Selling:
    """Moves one sale at a time from its tenders to its record."""

    def __init__(
        self,
        configuration: Configuration,
        journal: Journal,
        payments: Payments,
        aftermath: Aftermath,
        gift_cards: GiftCards,
    ) -> None:
        self._configuration = configuration
        self._journal = journal
        self._payments = payments
        self._aftermath = aftermath
        self._gift_cards = gift_cards

    async def sell(self, case: Case, tenders: Sequence[TenderRequest]) -> None:
        """Take the tenders in their order, or pay out, then journal what the sale has become.

        A card that is not approved ends the taking: the sale waits for another tender.
        """
        counter = self._counter(case)
        taken: list[Tender] = []
        for request in tenders:
            paid = (*await self._held(case), *taken)
            rest = case.basket.gross - _sum(paid)
            tender_id = request.tender_id or self._new_id()
            if not isinstance(request, CardTender):
                taken.append(plain_tender(tender_id, request, rest, counter, paid))
            elif not await self._take_card(
                case, request, tender_id, counter.rest(request, rest, paid), taken
            ):
                break
        await self.conclude(case, taken)

    async def undo(self, case: Case, undone: RetailTransaction) -> None:
        """Give back what a finished sale has taken, and journal that it is void.

        Cards are reversed one after the other; what a terminal does not reverse stays due, and the
        void waits for another tender.
        """
        for tender in undone.tenders:
            if tender.amount > 0 and tender.card is not None and tender.card.payment_id is not None:
                original = await self._payments.get(tender.card.payment_id)
                if original is not None and original.approved:
                    call = self._payment(case, self._new_id(), original.held_amount, original)
                    await self._payments.pay(call)
        await self.conclude(case, handed_back(undone.tenders, self._new_id))

    async def conclude(self, case: Case, taken: Sequence[Tender] = ()) -> None:
        """Journal the sale with what it holds now, then the drawer, the paper and the outcome."""
        transaction = await self._journal_state(case, taken)
        if any(tender.tender_type == "Cash" for tender in taken):
            await self._aftermath.open_drawer(case)
        if transaction.status is case.finished and case.print_receipt:
            row = await self._journal.query(lambda c: find_sale(c, case.sale_id))
            if row is not None:
                await self._aftermath.print_receipt(case, row, self._new_id())
        await self.end(case, OutcomeState.FINISHED)

    async def give_back(self, case: Case) -> None:
        """Reverse the cards, hand back the cash, and journal that the sale is cancelled.

        A reversal that does not work leaves the sale waiting, with what it still holds.
        """
        held = await self._held(case)
        for tender in held:
            if not await self._reversed(case, tender):
                await self._journal_state(case, ())
                await self.end(case, OutcomeState.NOT_DONE)
                return
        await self._journal_cancelled(case, held)
        if any(tender.tender_type == "Cash" for tender in held):
            await self._aftermath.open_drawer(case)
        await self.end(case, OutcomeState.FINISHED)

    async def end(self, case: Case, state: OutcomeState) -> None:
        """Journal that the call has ended."""
        await self._journal.append(case.draft(Outcome(intent_id=case.intent_id, state=state)))

    async def _take_card(
        self, case: Case, request: CardTender, tender_id: str, rest: int, taken: list[Tender]
    ) -> bool:
        sign = 1 if case.basket.gross >= 0 else -1
        amount = rest if request.amount is None else sign * request.amount
        if case.training:
            taken.append(training_tender(tender_id, amount, case.basket.currency))
        elif request.standalone:
            operator, currency = case.operator_id, case.basket.currency
            taken.append(standalone_tender(tender_id, request, amount, operator, currency))
        elif amount < 0:
            call = self._payment(case, tender_id, -amount)
            call = dataclasses.replace(call, kind=Kind.REFUND)
            return bool((await self._payments.pay(call)).approved)
        else:
            call = self._payment(case, tender_id, amount)
            call = dataclasses.replace(call, allow_partial=request.allow_partial)
            payment = await self._payments.pay(call)
            return bool(payment.approved) and payment.held_amount == amount
        return True

    async def _reversed(self, case: Case, tender: Tender) -> bool:
        """Give one tender back at its terminal; True when nothing of it is held any more."""
        if tender.card is None or tender.card.payment_id is None:
            return True
        original = await self._payments.get(tender.card.payment_id)
        if original is None or not original.approved:
            return True
        call = self._payment(case, tender.tender_id, original.held_amount, original)
        return bool((await self._payments.pay(call)).approved)

    def _payment(
        self, case: Case, tender_id: str, amount: int, original: Payment | None = None
    ) -> PaymentCall:
        workstation = self._configuration.workstation(case.workstation)
        terminal = original.terminal if original else device_of(workstation, "payment_terminal")
        return PaymentCall(
            payment_id=self._new_id(),
            intent_id=case.intent_id,
            terminal=terminal,
            amount=amount,
            currency=case.basket.currency,
            draft=case.draft,
            transaction_id=case.sale_id,
            tender_id=tender_id,
            kind=Kind.REVERSAL if original else Kind.PAYMENT,
            original=original,
        )

    async def _journal_state(self, case: Case, taken: Sequence[Tender]) -> RetailTransaction:
        change_id, now = self._new_id(), self._journal.clock.now_us()
        rounding = rounding_of(self._configuration)
        find = await self._gift_cards.finder(each.gift_card_ref for each in taken)
        written: list[RetailTransaction] = []

        def build(connection: sqlite3.Connection) -> list[Draft]:
            held = held_tenders(connection, case.sale_id)
            covered = [
                each for each in taken if case.training or covers(connection, each, taken, find)
            ]
            settlement = settle(case.basket, (*held, *covered), rounding, change_id)
            status, number = TransactionStatus.AWAITING_TENDER, None
            if settlement.complete:
                status = case.finished
                number = next_sequence_number(connection, case.workstation, training=case.training)
            written.append(transaction_of(case, settlement, status, number, now))
            payloads = [written[-1], *(corrections(case) if settlement.complete else ())]
            return [case.draft(payload) for payload in payloads]

        await self._journal.append_from(build)
        return written[-1]

    async def _journal_cancelled(self, case: Case, held: Sequence[Tender]) -> None:
        tenders = (*held, *given_back(held, self._new_id))
        nothing = Settlement(tenders, rounding=0, paid=0, due=0, change=0, complete=False)
        now = self._journal.clock.now_us()
        record = transaction_of(case, nothing, TransactionStatus.CANCELLED, None, now)
        await self._journal.append(case.draft(record))

    async def _held(self, case: Case) -> tuple[Tender, ...]:
        return await self._journal.query(lambda c: held_tenders(c, case.sale_id))

    def _counter(self, case: Case) -> Counter:
        workstation = self._configuration.workstation(case.workstation)
        return counter_of(
            self._configuration,
            case.basket,
            workstation,
            operator_id=case.operator_id,
            training=case.training,
        )

    def _new_id(self) -> str:
        return new_ulid(self._journal.clock.now_us())


def _sum(tenders: Sequence[Tender]) -> int:
    return sum(tender.amount for tender in tenders)
