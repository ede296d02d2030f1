"""What registers order of the terminals by themselves, each once, under an id of their own."""

import asyncio
import dataclasses
import sqlite3

import msgspec

from edge_daemon.config import Configuration
from edge_daemon.config.lookup import device_meant
from edge_daemon.errors import EdgeError, NotAllowedError, NotFoundError
from edge_daemon.journal import Draft, Journal
from edge_daemon.journal.acts import Acts, OpenIntent, Order, Spawn
from edge_daemon.payments.call import Kind, PaymentCall
from edge_daemon.payments.projection import Payment
from edge_daemon.payments.requests import (
    CompletionOrder,
    PaymentOrder,
    RefundOrder,
    ReversalOrder,
    TerminalRequestBody,
)
from edge_daemon.payments.room import Payments
from edge_daemon.records.payloads import Json

Begun = asyncio.Task[None] | None
KINDS = {
    "payment": Kind.PAYMENT,
    "refund": Kind.REFUND,
    "reversal": Kind.REVERSAL,
    "completion": Kind.COMPLETION,
}
"""What an order becomes, by its verb."""


class PaymentOrders:
    """Begins payments, refunds, reversals and completions; `Payments` carries them out."""

    def __init__(
        self, configuration: Configuration, journal: Journal, payments: Payments, spawn: Spawn
    ) -> None:
        self._configuration = configuration
        self._acts = Acts(journal, spawn)
        self._payments = payments

    async def get(self, resource_id: str) -> Payment | None:
        """The payment as it stands, or None when there is none of that id."""
        return await self._payments.get(resource_id)

    async def put_payment(self, resource_id: str, request: PaymentOrder, body: Json) -> Begun:
        """Take a payment, or set an amount aside.

        Raises:
            InvalidRequestError: No terminal is meant.
            NotFoundError: There is no such terminal or workstation.
            RequestConflictError: The id was used with another body.
        """
        kind = Kind.PRE_AUTHORISATION if request.pre_authorisation else Kind.PAYMENT
        order = self._order("payment", "payments", resource_id, request, body)
        call = self._call(order, kind, self._terminal(request), request.amount)
        call = dataclasses.replace(call, allow_partial=request.allow_partial)
        return await self._begin(order, call)

    async def put_refund(self, resource_id: str, request: RefundOrder, body: Json) -> Begun:
        """Pay money to a card. Raises as `put_payment`."""
        order = self._order("refund", "refunds", resource_id, request, body)
        call = self._call(order, Kind.REFUND, self._terminal(request), request.amount)
        return await self._begin(order, call)

    async def put_reversal(self, resource_id: str, request: ReversalOrder, body: Json) -> Begun:
        """Give back one earlier payment, whole, or set a pre-authorisation free.

        Raises:
            NotFoundError: There is no such payment.
            NotAllowedError: It took no money, or a finished sale counts on it.
            RequestConflictError: The id was used with another body.
        """
        order = self._order("reversal", "reversals", resource_id, request, body)
        if await self._acts.known(order.resource_kind, resource_id) is not None:
            return await self._join(order)
        original = await self._original(request.payment_id)
        _refuse_what_cannot_be_reversed(original)
        return await self._begin(order, self._follow_up(order, Kind.REVERSAL, original))

    async def put_completion(self, resource_id: str, request: CompletionOrder, body: Json) -> Begun:
        """Book what was set aside, or set it free with the amount 0.

        Raises:
            NotFoundError: There is no such pre-authorisation.
            NotAllowedError: It holds nothing any more, or less than asked for.
            RequestConflictError: The id was used with another body.
        """
        order = self._order("completion", "completions", resource_id, request, body)
        if await self._acts.known(order.resource_kind, resource_id) is not None:
            return await self._join(order)
        original = await self._original(request.payment_id)
        _refuse_what_cannot_be_completed(original, request.amount)
        kind = Kind.COMPLETION if request.amount else Kind.REVERSAL
        amount = request.amount or None
        return await self._begin(order, self._follow_up(order, kind, original, amount))

    async def recover(self) -> None:
        """At start, after the payments: an order that is no payment yet was not processed."""
        for intent in await self._acts.open_intents(*KINDS):
            if await self._payments.get(intent.resource_id) is None:
                await self._payments.leave(await self._call_again(intent))

    async def _call_again(self, intent: OpenIntent) -> PaymentCall:
        """What the order would have become, as far as the request says it."""
        said = msgspec.json.decode(intent.request)
        order = Order(
            verb=intent.verb,
            resource_kind=intent.resource_kind,
            resource_id=intent.resource_id,
            workstation=intent.workstation,
            operator_id=intent.operator_id,
            body=said,
            request=said,
        )
        kind = KINDS[intent.verb]
        if said.get("pre_authorisation"):
            kind = Kind.PRE_AUTHORISATION
        elif kind is Kind.COMPLETION and not said["amount"]:
            kind = Kind.REVERSAL
        original = await self._payments.get(said.get("payment_id", ""))
        if original is not None:
            call = self._follow_up(order, kind, original, said.get("amount") or None)
        else:
            call = self._call(order, kind, self._terminal_again(said), said.get("amount", 0))
        return dataclasses.replace(call, intent_id=intent.intent_id)

    def _terminal_again(self, said: Json) -> str:
        """The terminal that was meant; the name alone where the configuration lost it since."""
        try:
            return device_meant(
                self._configuration,
                "payment_terminal",
                device=said.get("terminal"),
                workstation=said.get("workstation"),
            )
        except EdgeError:
            return str(said.get("terminal") or said.get("workstation"))

    async def _begin(self, order: Order, call: PaymentCall) -> Begun:
        """Write the intent together with the payment's first entries, and carry it out."""
        opening = await self._payments.opening(call)

        def together(intent_id: str, connection: sqlite3.Connection) -> list[Draft]:
            return opening.drafts(connection, intent_id)

        async def perform(intent_id: str) -> None:
            await self._payments.carry_out(call.of_intent(intent_id), opening)

        return await self._acts.begin(order, perform, together=together)

    async def _join(self, order: Order) -> Begun:
        """Join what was begun under the id before, or find it ended."""

        async def perform(_intent_id: str) -> None:
            """Never called: the intent was there before."""

        return await self._acts.begin(order, perform)

    def _follow_up(
        self, order: Order, kind: Kind, original: Payment, amount: int | None = None
    ) -> PaymentCall:
        wanted = original.held_amount if amount is None else amount
        call = self._call(order, kind, original.terminal, wanted)
        return dataclasses.replace(call, original=original)

    def _call(self, order: Order, kind: Kind, terminal: str, amount: int) -> PaymentCall:
        return PaymentCall(
            payment_id=order.resource_id,
            intent_id="",
            terminal=terminal,
            amount=amount,
            currency=self._configuration.shop.currency,
            draft=order.draft,
            kind=kind,
        )

    async def _original(self, payment_id: str) -> Payment:
        original = await self._payments.get(payment_id)
        if original is None:
            raise NotFoundError(f"There is no payment {payment_id}.")
        return original

    def _terminal(self, request: TerminalRequestBody) -> str:
        return device_meant(
            self._configuration,
            "payment_terminal",
            device=request.terminal,
            workstation=request.workstation,
        )

    def _order(
        self,
        verb: str,
        kind: str,
        resource_id: str,
        request: TerminalRequestBody | ReversalOrder | CompletionOrder,
        body: Json,
    ) -> Order:
        return Order(
            verb=verb,
            resource_kind=kind,
            resource_id=resource_id,
            workstation=getattr(request, "workstation", None),
            operator_id=request.operator_id,
            body=body,
            request=body,
        )


def _refuse_what_cannot_be_reversed(original: Payment) -> None:
    if not original.approved or original.kind not in (Kind.PAYMENT, Kind.PRE_AUTHORISATION):
        raise NotAllowedError(
            f"{original.id} is a {original.kind} in the state {original.state}: there is nothing"
            " to give back."
        )
    if original.transaction_id is not None and not original.refund_due:
        raise NotAllowedError(
            f"{original.id} pays the sale {original.transaction_id}: cancel or return that sale."
        )


def _refuse_what_cannot_be_completed(original: Payment, amount: int) -> None:
    held = original.held_amount
    if original.kind != Kind.PRE_AUTHORISATION or not original.approved or amount > held:
        raise NotAllowedError(
            f"{original.id} holds no {amount} minor units that could be booked: it is a"
            f" {original.kind} over {held} in the state {original.state}."
        )
