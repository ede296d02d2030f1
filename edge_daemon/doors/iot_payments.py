"""Card payments of Odoo's tills with IoT, told as events.

    {"messageType": "Transaction", "transactionType": "Payment", "amount": 1250, "cid": "c12", …}

The register's half of this protocol is not public, so its words are those that are read on the
box's side: `Stage` while it runs, `Response` with the slips when the customer has paid, `Error`
when surely not. `Disconnected` is never said: it would let the clerk declare the payment made.
"""

import collections
import dataclasses
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from edge_daemon.config import Door
from edge_daemon.doors.happenings import Happenings
from edge_daemon.doors.json_rpc import Json, text
from edge_daemon.doors.memory import Act, DoorMemory
from edge_daemon.errors import EdgeError
from edge_daemon.journal.acts import Spawn
from edge_daemon.payments import Payment, PaymentOrders, Payments
from edge_daemon.payments.requests import AMOUNT_LIMIT, PaymentOrder
from edge_daemon.records import JournalEntry
from edge_daemon.records.payloads import PaymentEvent

WATCHED = 64
"""Payments whose end is told; the oldest goes first."""


@dataclasses.dataclass(frozen=True, slots=True)
class IotParts:
    """What the actions of this kind of door have in common.

    Attributes:
        happenings: By door.
        box: How this box is called by the tills.
        currency: Of the shop; ISO 4217.
    """

    memory: DoorMemory
    happenings: Mapping[str, Happenings]
    spawn: Spawn
    box: str
    currency: str


class _Watched(NamedTuple):
    door: str
    terminal: str
    session: str
    cid: str
    key: str


class IotPayments:
    """Begins payments and tells how they go on."""

    def __init__(self, parts: IotParts, orders: PaymentOrders, payments: Payments) -> None:
        self._currency = parts.currency
        self._memory = parts.memory
        self._happenings = parts.happenings
        self._spawn = parts.spawn
        self._orders = orders
        self._payments = payments
        self._watched: collections.OrderedDict[str, _Watched] = collections.OrderedDict()

    async def begin(self, door: Door, terminal: str, key: str, session: str, data: Json) -> Json:
        """Do what a till asks of a terminal.

        Raises:
            EdgeError: It was not begun. The terminal was not touched.
        """
        kind = text(data.get("messageType"))
        if kind == "Cancel":
            return await self._cancel(door, terminal)
        if kind != "Transaction" or data.get("transactionType", "Payment") != "Payment":
            return {"status": "error", "result": f"{kind[:32]!r} is not served."}
        amount, currency = data.get("amount"), data.get("currency")
        if currency not in (None, self._currency):
            return {"status": "error", "result": "The terminal takes another currency."}
        if (
            not isinstance(amount, int)
            or isinstance(amount, bool)
            or not 0 < amount <= AMOUNT_LIMIT
        ):
            return {"status": "error", "result": "The amount is no number of cents."}
        payment_id = self._memory.new_id()
        await self._memory.put_act(door.name, key, Act(payment_id))
        cid = text(data.get("cid"))[:128]
        self._watch(payment_id, _Watched(door.name, terminal, session, cid, key))
        order = PaymentOrder(amount=amount, terminal=terminal, workstation=door.workstation)
        body = {"door": door.name, "terminal": terminal, "amount": amount}
        try:
            await self._orders.put_payment(payment_id, order, body)
        except EdgeError:
            await self._memory.forget_act(door.name, key)
            raise
        return {"status": "success", "result": "pending"}

    def notice(self, entries: Iterable[JournalEntry]) -> None:
        """The journal has grown: tell of the payments that it speaks of."""
        for entry in entries:
            event = entry.payload
            if isinstance(event, PaymentEvent) and event.payment_id in self._watched:
                self._spawn(self._tell(event.payment_id))

    async def _cancel(self, door: Door, terminal: str) -> Json:
        for payment_id, watched in reversed(self._watched.items()):
            if (watched.door, watched.terminal) == (door.name, terminal):
                await self._payments.abort(payment_id)
                self._say(watched, "success", None, {"Stage": "waitingCancel"})
                return {"status": "success", "result": "pending"}
        return {"status": "error", "result": "There is no payment to cancel."}

    async def _tell(self, payment_id: str) -> None:
        payment = await self._orders.get(payment_id)
        watched = self._watched.get(payment_id)
        if payment is None or watched is None:
            return
        if payment.approved is None:
            in_doubt = payment.state in ("IN_DOUBT", "RESOLVING", "MANUAL_REVIEW")
            stage = "WaitingForResult" if in_doubt else "WaitingForCard"
            status, message = ("warning", "ERROR_UNKNOWN") if in_doubt else ("success", None)
            self._say(watched, status, message, {"Stage": stage})
            return
        del self._watched[payment_id]
        if not payment.approved:
            await self._memory.forget_act(watched.door, watched.key)
            self._say(watched, "error", None, {"Error": payment.message or "Declined"})
            return
        self._say(watched, "success", None, _approved(payment))

    def _say(self, watched: _Watched, status: str, message: str | None, told: Json) -> None:
        body = {
            "status": status,
            "message": message,
            "owner": watched.session,
            "result": told | {"cid": watched.cid},
        }
        self._happenings[watched.door].add(watched.terminal, "payment", body)

    def _watch(self, payment_id: str, watched: _Watched) -> None:
        self._watched[payment_id] = watched
        while len(self._watched) > WATCHED:
            self._watched.popitem(last=False)


def _approved(payment: Payment) -> Json:
    card = payment.card or {}
    told = {
        "Response": "Approved",
        "Ticket": card.get("receipt_text_customer"),
        "TicketMerchant": card.get("receipt_text_merchant"),
        "Card": card.get("card_brand") or card.get("application_label"),
        "CardNo": card.get("masked_pan"),
        "PaymentTransactionID": payment.poi_transaction_id or payment.receipt_number or payment.id,
    }
    return {name: value for name, value in told.items() if value is not None}
