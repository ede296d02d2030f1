"""Card payments in the words of pywebdriver and the OCA's `pos_payment_terminal`.

`success` is `true` when the customer has paid, `false` when surely not, and `null` while it runs
*and while it is not known*. A lost answer never turns `null` into `false`: a till that reads
`false` lets the clerk take the money again.

A transaction's number is a number, never comes again, and outlives a restart. The latest of them
are kept in memory with how they stand, because the till asks every second and takes one late
answer as a reason to let the clerk decide.
"""

import asyncio
import collections
from collections.abc import Callable, Coroutine, Iterable
from decimal import Decimal, InvalidOperation
from typing import Any

from edge_daemon.config import Door
from edge_daemon.doors.memory import DoorMemory, DoorPayment
from edge_daemon.payments import Payment, PaymentOrders
from edge_daemon.payments.requests import AMOUNT_LIMIT, PaymentOrder
from edge_daemon.records import JournalEntry
from edge_daemon.records.payloads import PaymentEvent

KEPT = 20
"""Transactions shown for each door, as pywebdriver does."""
DEFAULT_TERMINAL = "0"
_SMALLEST_DECIMALS = range(5)

Json = dict[str, Any]


class StartRefusedError(ValueError):
    """Raised when a payment is not begun; the message says why. Nothing reached the terminal."""


class Transactions:
    """Every door's latest transactions, and the means to begin one."""

    def __init__(
        self,
        memory: DoorMemory,
        orders: PaymentOrders,
        spawn: Callable[[Coroutine[Any, Any, None]], object],
    ) -> None:
        self._memory = memory
        self._orders = orders
        self._spawn = spawn
        self._kept: dict[str, collections.OrderedDict[str, DoorPayment]] = {}
        self._stand: dict[str, Payment | None] = {}
        self._starting: collections.defaultdict[str, asyncio.Lock] = collections.defaultdict(
            asyncio.Lock
        )

    async def load(self) -> None:
        """At start: know again what was begun in an earlier life."""
        for payment in await self._memory.last_payments(KEPT):
            self._keep(payment)
            await self._refresh(payment.payment_id)

    def notice(self, entries: Iterable[JournalEntry]) -> None:
        """The journal has grown: ask how the payments of the doors stand that it speaks of."""
        for entry in entries:
            event = entry.payload
            if isinstance(event, PaymentEvent) and event.payment_id in self._stand:
                self._spawn(self._refresh(event.payment_id))

    async def start(self, door: Door, info: Json, currency: str) -> Json:
        """Begin a payment, or show the one that this is a repeat of.

        Returns:
            The transaction; `success` is null.

        Raises:
            StartRefusedError: It cannot be begun. The terminal was not touched.
            EdgeError: As `PaymentOrders.put_payment`. The terminal was not touched.
        """
        amount = _minor_units(info, currency)
        terminal_id = _word(info.get("terminal_id")) or DEFAULT_TERMINAL
        order_id, line_id = _word(info.get("order_id")), _word(info.get("payment_id"))
        async with self._starting[door.name]:
            for earlier in reversed(self._of(door)):
                if not self._may_be_paid(earlier):
                    continue
                asked = (terminal_id, order_id, line_id, amount)
                known = (earlier.terminal_id, earlier.order_id, earlier.line_id, earlier.amount)
                if order_id is not None and asked == known:
                    return self._shown(earlier)
                if order_id is None and self._success(earlier) is None:
                    raise StartRefusedError("A payment is open on this terminal.")
            payment = await self._memory.new_payment(
                door.name, terminal_id, order_id, line_id, amount
            )
            return await self._begin(door, payment)

    def shown(self, door: Door, terminal_id: str | None) -> Json:
        """The transactions in the words of `status_json`, for all releases of the clients."""
        payments = [each for each in self._of(door) if terminal_id in (None, "", each.terminal_id)]
        approved: dict[str, list[Json]] = {}
        for each in payments:
            if each.order_id is not None and self._success(each) is True:
                entry = {
                    "reference": self._reference(each),
                    "amount": each.amount / 100,
                    "amount_cents": each.amount,
                }
                approved.setdefault(each.order_id, []).append(entry)
        return {
            "terminal_id": terminal_id or (payments[-1].terminal_id if payments else "0"),
            "is_terminal": True,
            "transactions": {str(each.number): self._shown(each) for each in payments},
            "in_transaction": any(self._success(each) is None for each in payments),
            "latest_transactions": approved,
        }

    async def _begin(self, door: Door, payment: DoorPayment) -> Json:
        order = PaymentOrder(amount=payment.amount, workstation=door.workstation)
        body = {
            "door": door.name,
            "workstation": door.workstation,
            "amount": payment.amount,
            "order_id": payment.order_id,
        }
        await self._orders.put_payment(payment.payment_id, order, body)
        self._keep(payment)
        await self._refresh(payment.payment_id)
        return self._shown(payment)

    def _keep(self, payment: DoorPayment) -> None:
        kept = self._kept.setdefault(payment.door, collections.OrderedDict())
        kept[payment.payment_id] = payment
        self._stand.setdefault(payment.payment_id, None)
        while len(kept) > KEPT:
            gone, _ = kept.popitem(last=False)
            self._stand.pop(gone, None)

    async def _refresh(self, payment_id: str) -> None:
        stands = await self._orders.get(payment_id)
        if payment_id in self._stand and stands is not None:
            self._stand[payment_id] = stands

    def _of(self, door: Door) -> list[DoorPayment]:
        return list(self._kept.get(door.name, {}).values())

    def _may_be_paid(self, payment: DoorPayment) -> bool:
        return self._success(payment) is not False

    def _success(self, payment: DoorPayment) -> bool | None:
        stands = self._stand.get(payment.payment_id)
        return stands.approved if stands else None

    def _reference(self, payment: DoorPayment) -> str | None:
        stands = self._stand.get(payment.payment_id)
        if stands is None or not stands.approved:
            return None
        return stands.poi_transaction_id or stands.receipt_number or payment.payment_id

    def _shown(self, payment: DoorPayment) -> Json:
        success = self._success(payment)
        stands = self._stand.get(payment.payment_id)
        told = stands.message if stands is not None and success is not True else None
        return {
            "transaction_id": payment.number,
            "success": success,
            "status": str(stands.state) if stands is not None and success is False else None,
            "status_details": told,
            "reference": self._reference(payment),
        }


def _word(value: object) -> str | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return value[:128] if isinstance(value, str) and value else None


def _minor_units(info: Json, currency: str) -> int:
    """The amount, which comes as a floating-point number of major units.

    Raises:
        StartRefusedError: It is no amount, has too many decimals or another currency.
    """
    stated = _word(info.get("currency_iso"))
    if stated is not None and stated != currency:
        raise StartRefusedError(f"The terminal takes {currency}, not {stated}.")
    if info.get("payment_mode") not in (None, "card"):
        raise StartRefusedError("Only cards are taken.")
    amount, decimals = info.get("amount"), info.get("currency_decimals", 2)
    if isinstance(amount, bool) or not isinstance(amount, int | float | str):
        raise StartRefusedError("The amount is no number.")
    if isinstance(decimals, bool) or decimals not in _SMALLEST_DECIMALS:
        raise StartRefusedError("The currency's decimals are not known.")
    try:
        exact = Decimal(str(amount)).scaleb(decimals)
    except InvalidOperation as error:
        raise StartRefusedError("The amount is no number.") from error
    if not exact.is_finite() or not 0 < exact <= AMOUNT_LIMIT:
        raise StartRefusedError("The amount must be more than nothing, and payable.")
    whole = int(exact.to_integral_value())
    if abs(exact - whole) > Decimal("0.001"):  # more than the error of a JavaScript number
        raise StartRefusedError(f"{amount} has more decimals than the currency.")
    return whole
