"""Power cuts in what follows a sale: returns, exchanges, voids, gift cards.

One shop lives through all of them. After each cut the clerk does what the box asks for, and the
books are looked at: money, goods and paper go together, whatever was lost.
"""

import asyncio
import dataclasses
from typing import Any

from edge_daemon.app.books import PROJECTIONS
from edge_daemon.journal.rebuilding import differing_rows
from edge_daemon.records.payloads import RetailTransaction, TransactionStatus
from tests.stories.counter import CARD, Counter, PowerCut, sale, ulid

GIFT_CARD = "KADO-7F3K-99QX-12AB"
KINDS = ("return", "exchange", "void", "gift_card")
MOST_COMMITS = 10
"""More than any of them has; beyond the last nothing is cut."""
FINISHED = (TransactionStatus.COMPLETED, TransactionStatus.POST_VOIDED)


@dataclasses.dataclass
class Tally:
    """What was lived through."""

    cuts: int = 0
    done: int = 0
    nothing: int = 0
    waited: int = 0


class Cuts:
    """A shop in which the power fails."""

    def __init__(self, counter: Counter) -> None:
        self.counter = counter
        self.tally = Tally()

    async def open(self) -> None:
        """Put money on a gift card, so that there is something to take from it."""
        issue = {
            "line_type": "GiftCardIssue",
            "gift_card": GIFT_CARD,
            "description": "Cadeaukaart",
            "quantity_milli": 1000,
            "unit_price": 500_000,
        }
        await self.counter.sell(lines=[issue], tenders=[{"type": "cash"}])
        await self.counter.sell(**CARD)  # the terminal's numbers are known

    async def cut(self, kind: str, commit: int, *, after: bool) -> bool:
        """Cut the power at that commit of an act, and look at the books; False beyond the last."""
        counter = self.counter
        sold = await counter.sell(**CARD)
        before = await self._balance(), counter.terminal.ledger.booked()
        act_id = ulid()
        path, body = _act(kind, sold["id"], act_id)
        cut = PowerCut(counter.daemon, commit, after=after)
        call = asyncio.create_task(counter.put(path, body, wait=5))
        cutting = asyncio.create_task(cut.happened.wait())
        await asyncio.wait({call, cutting}, timeout=20, return_when=asyncio.FIRST_COMPLETED)
        struck = cut.happened.is_set()
        if not struck:
            cut.withdraw()
        else:
            self.tally.cuts += 1
            await counter.crash()
        for task in (call, cutting):
            task.cancel()
        await asyncio.gather(call, cutting, return_exceptions=True)
        if struck:
            await counter.start()
            await self._finish(kind, sold["id"], act_id, before)
        return struck

    async def _finish(self, kind: str, sale_id: str, act_id: str, before: tuple[int, int]) -> None:
        path, body = _act(kind, sale_id, act_id)
        state = await self._until_quiet(act_id)
        if state.get("state") == "awaiting_tender":
            self.tally.waited += 1
            tender = f"/v1/sales/{act_id}/tenders/{ulid()}"
            paid = await self.counter.put(tender, {"type": "cash"})
            assert paid.status_code == 200, paid.text
            state = paid.json()
        known = "state" in state
        again = await self.counter.put(path, body, wait=20)
        assert again.status_code == 200, again.text
        if known:
            assert again.json()["state"] == state["state"], "a repeat does nothing again"
        await self._look(kind, sale_id, act_id, before)

    async def _look(self, kind: str, sale_id: str, act_id: str, before: tuple[int, int]) -> None:
        records = [
            each
            for each in await self.counter.payloads(RetailTransaction)
            if each.transaction_id == act_id
        ]
        done = [each for each in records if each.status in FINISHED]
        assert len(done) <= 1, "an act is done once"
        self.tally.done += len(done)
        self.tally.nothing += not done
        balance, booked = await self._balance(), self.counter.terminal.ledger.booked()
        by_card = sum(
            each.amount for one in done for each in one.tenders if each.tender_type == "CreditDebit"
        )
        by_gift = sum(
            each.amount for one in done for each in one.tenders if each.tender_type == "GiftCard"
        )
        assert booked - before[1] == by_card, "the terminal's money is the journal's"
        assert before[0] - balance == by_gift, "the gift card's money is the journal's"
        for one in done:
            whole = sum(line.extended_amount for line in one.line_items if not line.voided)
            assert whole + one.rounding_amount == sum(each.amount for each in one.tenders)
        shown = (await self.counter.get(f"/v1/receipts/R{sale_id}")).json()
        left = {
            ("return", True): [1000, 1000],
            ("exchange", True): [2000, 0],
            ("void", True): [0, 0],
        }.get((kind, bool(done)), [2000, 1000])
        assert [each["returnable_milli"] for each in shown["lines"]] == left

    async def close(self) -> None:
        """The tables are what the entries say, and no call is open."""
        counter = self.counter
        path = counter.daemon.journal.path
        differing = await asyncio.to_thread(differing_rows, path, PROJECTIONS, lambda _: None)
        assert {name: rows for name, rows in differing.items() if rows} == {}
        open_intents = counter.daemon.sales._acts.open_intents
        assert await open_intents("sale", "tender", "cancel", "void", "print") == []
        numbers = [
            each.payload.sequence_number
            for each in await counter.entries()
            if isinstance(each.payload, RetailTransaction) and each.payload.status in FINISHED
        ]
        assert numbers == list(range(1, len(numbers) + 1))

    async def _until_quiet(self, act_id: str) -> dict[str, Any]:
        """Wait until every doubt has ended, and what the daemon goes on with by itself, too."""
        daemon = self.counter.daemon
        heard = daemon.events.subscribe()
        async with asyncio.timeout(20):
            while await daemon.payments.open():
                await anext(heard)
            while True:
                answer = await self.counter.get(f"/v1/sales/{act_id}")
                found: dict[str, Any] = answer.json() if answer.status_code == 200 else {}
                if found.get("finished", True) and not daemon.tasks.running:
                    return found

    async def _balance(self) -> int:
        answer = await self.counter.client.post(
            f"{self.counter.url}/v1/gift-cards/balance", json={"number": GIFT_CARD}
        )
        found: int = answer.json()["balance"]
        return found


def _act(kind: str, sale_id: str, act_id: str) -> tuple[str, dict[str, Any]]:
    path = f"/v1/sales/{act_id}"
    if kind == "void":
        body = {"sale_id": sale_id, "operator_id": "op-17", "reason": "fout"}
        return f"/v1/voids/{act_id}", body
    if kind == "return":
        return path, sale(lines=[_back(sale_id, "1")], **CARD)
    if kind == "exchange":
        return path, sale(lines=[_back(sale_id, "2"), *sale()["lines"]])
    paid = {"type": "gift_card", "number": GIFT_CARD, "amount": 700}
    return path, sale(tenders=[paid, {"type": "card"}])


def _back(sale_id: str, line_id: str) -> dict[str, Any]:
    return {
        "quantity_milli": -1000,
        "returns": {"transaction_id": sale_id, "line_id": line_id},
    }
