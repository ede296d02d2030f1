"""What a register does in a step, drawn from what there is to do."""

import asyncio
import contextlib
import random
from collections.abc import Callable, Coroutine
from typing import Any, NamedTuple

from edge_daemon.records.payloads import PaymentState, RetailTransaction, TransactionStatus
from tests.stories.counter import ulid
from tests.stories.ledger.shop import Answer, Shop
from tests.stories.ledger.till import Paid

WHO = {"operator_id": "op-9", "reason": "the customer wants it"}
CARD: dict[str, Any] = {"type": "card"}

Act = Callable[[], Coroutine[Any, Any, None]]
"""Something that a register does."""


class Put(NamedTuple):
    """A call under the register's own id; it may be made again."""

    path: str
    body: dict[str, Any]


class Register:
    """A register and its cashier.

    Attributes:
        calls: What was put in this step, to be put once more by a register that got no answer.
        said: What it did in this step, in words.
    """

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._amount = 1000
        self.calls: list[Put] = []
        self.said = ""

    def draw(self, chance: random.Random) -> Act:
        """Choose what to do in this step."""
        self.calls, self.said = [], ""
        self._chance = chance
        acts, weights = zip(*self._possible(), strict=True)
        act: Act = chance.choices(acts, weights)[0]
        return act

    async def take(self, amount: int) -> None:
        """Take a payment without a sale."""
        await self._put(f"/v1/payments/{ulid()}", {"workstation": "till-1", "amount": amount})

    async def repeat(self) -> None:
        """Make every call of this step once more, as a register does that lost its answer."""
        for call in self.calls:
            await self._shop.ask("PUT", call.path, call.body)

    async def finish(self, sale: RetailTransaction) -> None:
        """End a sale that waits: give everything back, or have the rest in cash."""
        answer = await self._shop.ask("POST", f"/v1/sales/{sale.transaction_id}/cancel", {})
        if answer.body.get("state") != "cancelled":
            await self._tender(sale, {"type": "cash", "amount": 100_000_000})

    async def give_back(self, paid: Paid) -> None:
        """Reverse a payment."""
        self._say(f"gives {paid.amount} back")
        await self._put(f"/v1/reversals/{ulid()}", {"payment_id": paid.id, **WHO})

    def _possible(self) -> list[tuple[Act, int]]:
        till, kinds = self._shop.till, self._shop.terminal.kinds
        acts: list[tuple[Act, int]] = [
            (self._card_sale, 18),
            (self._cash_then_card, 7),
            (self._card_then_cash, 6),
            (self._two_cards, 12),
            (self._cash_sale, 2),
            (self._payment, 16),
            (self._aborted_payment, 8),
            (self._reconciliation, 2),
        ]
        if "Refund" in kinds:
            acts.append((self._refund, 6))
        if "PreAuthorisation" in kinds:
            acts.append((self._pre_authorisation, 6))
        if self._held():
            acts.append((self._completion, 10))
        if self._reversible():
            acts.append((self._reversal, 12))
        if till.refunds_due():
            acts.append((self._refund_due, 20))
        if self._waiting():
            acts += [(self._another_tender, 12), (self._cancel, 12)]
        return acts

    # --- sales ---

    async def _card_sale(self) -> None:
        await self._sell([CARD])

    async def _cash_sale(self) -> None:
        await self._sell([{"type": "cash", "amount": 60_000}])

    async def _cash_then_card(self) -> None:
        await self._sell([{"type": "cash", "amount": 50}, CARD])

    async def _card_then_cash(self) -> None:
        amount = self._new_amount()
        await self._sell(
            [CARD | {"amount": amount}, {"type": "cash", "amount": 60_000}], amount + 305
        )

    async def _two_cards(self) -> None:
        amount = self._new_amount()
        await self._sell([CARD | {"amount": amount}, CARD], 2 * amount + 7)

    async def _sell(self, tenders: list[dict[str, Any]], total: int | None = None) -> None:
        total = self._new_amount() if total is None else total
        self._say(f"sells for {total}: {tenders}")
        sale_id = ulid()
        line = {
            "description": "Koffer",
            "quantity_milli": 1000,
            "unit_price": total,
            "tax_code": "high",
        }
        answer = await self._put(
            f"/v1/sales/{sale_id}",
            {
                "workstation": "till-1",
                "operator_id": "op-17",
                "lines": [line],
                "tenders": tenders,
                "print_receipt": False,
            },
        )
        if answer.body.get("state") == "awaiting_tender" and self._chance.random() < 0.3:
            self._say("takes cash instead, at once")
            await self._put(
                f"/v1/sales/{sale_id}/tenders/{ulid()}", {"type": "cash", "amount": 90_000}
            )

    async def _another_tender(self) -> None:
        sale = self._chance.choice(self._waiting())
        tender = CARD if self._chance.random() < 0.7 else {"type": "cash", "amount": 60_000}
        await self._tender(sale, tender)

    async def _tender(self, sale: RetailTransaction, tender: dict[str, Any]) -> None:
        self._say(f"goes on with sale {sale.transaction_id}: {tender}")
        await self._put(f"/v1/sales/{sale.transaction_id}/tenders/{ulid()}", tender)

    async def _cancel(self) -> None:
        sale = self._chance.choice(self._waiting())
        self._say(f"cancels sale {sale.transaction_id}")
        await self._shop.ask("POST", f"/v1/sales/{sale.transaction_id}/cancel", {})

    # --- payments without a sale ---

    async def _payment(self) -> None:
        amount = self._new_amount()
        partial = self._chance.random() < 0.3
        self._say(f"takes {amount}{', or a part of it' if partial else ''}")
        await self._put(
            f"/v1/payments/{ulid()}",
            {"workstation": "till-1", "amount": amount, "allow_partial": partial},
        )

    async def _pre_authorisation(self) -> None:
        amount = self._new_amount()
        self._say(f"sets {amount} aside")
        await self._put(
            f"/v1/payments/{ulid()}",
            {"workstation": "till-1", "amount": amount, "pre_authorisation": True},
        )

    async def _completion(self) -> None:
        held = self._chance.choice(self._held())
        amount = self._chance.choice((0, held.amount, held.amount, max(1, held.amount // 2)))
        self._say(f"books {amount} of {held.amount} that were set aside")
        await self._put(f"/v1/completions/{ulid()}", {"payment_id": held.id, "amount": amount})

    async def _refund(self) -> None:
        amount = self._new_amount()
        self._say(f"pays {amount} to a card")
        await self._put(f"/v1/refunds/{ulid()}", {"workstation": "till-1", "amount": amount, **WHO})

    async def _reversal(self) -> None:
        await self.give_back(self._chance.choice(self._reversible()))

    async def _refund_due(self) -> None:
        await self.give_back(self._chance.choice(self._shop.till.refunds_due()))

    async def _reconciliation(self) -> None:
        self._say("closes the terminal's day")
        await self._put(f"/v1/reconciliations/{ulid()}", {"workstation": "till-1"})

    async def _aborted_payment(self) -> None:
        simulator = self._shop.terminal.simulator
        amount, payment_id = self._new_amount(), ulid()
        way = self._chance.choice(("abort", "abort, then tap", "tap, then abort"))
        self._say(f"takes {amount}, and: {way}")
        await simulator.hand("auto", on=False)
        body = {"workstation": "till-1", "amount": amount}
        paying = asyncio.create_task(self._put(f"/v1/payments/{payment_id}", body))
        waiting = asyncio.create_task(simulator.until("waiting_for_card"))
        try:
            await asyncio.wait({paying, waiting}, return_when=asyncio.FIRST_COMPLETED)
            if way.startswith("tap"):
                await simulator.hand("tap")
            await self._shop.ask("POST", f"/v1/payments/{payment_id}/abort")
            if way.endswith("tap"):
                await simulator.hand("tap")
            await simulator.hand("auto", on=True)
            await paying
        finally:
            await simulator.hand("auto", on=True)
            for task in (paying, waiting):
                task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.gather(paying, waiting, return_exceptions=True)

    # --- what there is ---

    def _waiting(self) -> list[RetailTransaction]:
        return [
            sale
            for sale in self._shop.till.sales.values()
            if sale.status is TransactionStatus.AWAITING_TENDER
        ]

    def _reversible(self) -> list[Paid]:
        return [
            paid
            for paid in self._shop.till.payments.values()
            if paid.kind == "Payment" and paid.has_money and paid.transaction_id is None
        ]

    def _held(self) -> list[Paid]:
        done = {
            paid.original
            for paid in self._shop.till.payments.values()
            if paid.kind == "Completion" and paid.state is not PaymentState.DECLINED
        }
        return [
            paid
            for paid in self._shop.till.payments.values()
            if paid.kind == "PreAuthorisation" and paid.has_money and paid.id not in done
        ]

    def _new_amount(self) -> int:
        """A price; often the one before, since equal amounts are what can be mistaken."""
        if self._chance.random() > 0.4:
            self._amount = self._chance.randrange(300, 50_000, 7)
        return self._amount

    async def _put(self, path: str, body: dict[str, Any]) -> Answer:
        self.calls.append(Put(path, body))
        return await self._shop.ask("PUT", path, body)

    def _say(self, what: str) -> None:
        self.said = f"{self.said}; {what}" if self.said else what
