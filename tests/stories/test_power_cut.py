"""A power cut at every commit of a sale, before it is on disk and right after."""

import asyncio
import dataclasses
from typing import Any

import pytest

from edge_daemon.records import GENESIS_HASH, encode_entry, entry_hash
from edge_daemon.records.payloads import (
    PaymentEvent,
    PaymentState,
    RetailTransaction,
    TransactionStatus,
)
from simulators.payment_terminal import State
from tests.stories.counter import CARD, Counter, PowerCut, sale, ulid

CASH: dict[str, Any] = {"tenders": sale()["tenders"]}
COMMITS_OF_A_CASH_SALE = 6
COMMITS_OF_A_CARD_SALE = 8
"""As counted by `test_every_commit_of_a_sale_is_cut_below`."""

SETTLED = {
    PaymentState.CONFIRMED,
    PaymentState.APPROVED,
    PaymentState.DECLINED,
    PaymentState.NOT_PROCESSED,
    PaymentState.REVERSED,
    PaymentState.MANUAL_REVIEW,
}


@dataclasses.dataclass(frozen=True)
class Books:
    """What each side holds after the restart."""

    sold: int
    listed_open: int
    terminal: int
    receipts: int
    pulses: int
    numbers: list[int]


async def _cut_and_restart(counter: Counter, tender: dict[str, Any], cut: PowerCut) -> str:
    sale_id = ulid()
    call = asyncio.create_task(counter.put(f"/v1/sales/{sale_id}", sale(**tender), wait=5))
    cutting = asyncio.create_task(cut.happened.wait())
    # Two steps may share the last commit; then the power goes right after the answer.
    await asyncio.wait({call, cutting}, timeout=10, return_when=asyncio.FIRST_COMPLETED)
    await counter.crash()
    for task in (call, cutting):
        task.cancel()
    await asyncio.gather(call, cutting, return_exceptions=True)
    await counter.start()
    await _until_nothing_is_asked(counter)
    return sale_id


async def _until_nothing_is_asked(counter: Counter) -> None:
    """Wait until every payment has an end, or is listed for a person."""
    heard = counter.daemon.events.subscribe()
    async with asyncio.timeout(20):
        while any(payment.state not in SETTLED for payment in await counter.daemon.payments.open()):
            await anext(heard)


async def _books(counter: Counter, sale_id: str) -> Books:
    payments: dict[str, PaymentState] = {}
    for event in await counter.payloads(PaymentEvent):
        payments[event.payment_id] = event.state
    done = [
        each
        for each in await counter.payloads(RetailTransaction)
        if each.status is TransactionStatus.COMPLETED
    ]
    return Books(
        sold=sum(each.totals.due for each in done if each.transaction_id == sale_id),
        listed_open=len(await counter.daemon.payments.open()),
        terminal=counter.terminal.ledger.booked(),
        receipts=len(counter.printer.receipts),
        pulses=len(counter.printer.drawer_pulses),
        numbers=[each.sequence_number for each in done],
    )


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("commit", range(1, COMMITS_OF_A_CASH_SALE + 1))
async def test_a_cash_sale_is_a_sale_or_nothing(commit: int, after: bool) -> None:  # noqa: FBT001
    async with Counter() as counter:
        await counter.start()
        cut = PowerCut(counter.daemon, commit, after=after)
        sale_id = await _cut_and_restart(counter, CASH, cut)
        books = await _books(counter, sale_id)
        assert books.sold in (0, 1000)
        assert books.pulses <= 1
        assert books.receipts <= 1
        assert books.sold or not books.pulses, "no drawer opens for a sale that is none"

        answer = await counter.sell(sale_id, **CASH)
        again = await _books(counter, sale_id)
        known = commit > 1 or after
        if known:
            assert again == books, "a repeat does nothing again"
            assert answer["state"] == ("completed" if books.sold else "cancelled")
        else:
            assert answer["state"] == "completed"
        assert again.numbers == list(range(1, len(again.numbers) + 1))
        assert again.pulses <= 1
        assert again.receipts <= 1


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("commit", range(1, COMMITS_OF_A_CARD_SALE + 1))
async def test_a_card_sale_is_a_sale_or_no_money_or_listed(commit: int, after: bool) -> None:  # noqa: FBT001
    async with Counter() as counter:
        await counter.start()
        await counter.sell(**CARD)  # the terminal's numbers are known, as on any day but the first
        before = await _books(counter, "")
        cut = PowerCut(counter.daemon, commit, after=after)
        sale_id = await _cut_and_restart(counter, CARD, cut)
        await _until_concluded(counter, sale_id)
        books = await _books(counter, sale_id)
        charged = books.terminal - before.terminal
        assert charged in (0, 1002)
        assert books.listed_open or books.sold == charged, "money and sale go together"
        assert books.receipts - before.receipts <= 1

        entries = len(counter.terminal.ledger.entries())
        known = commit > 1 or after
        answer = await counter.sell(sale_id, **CARD)
        again = await _books(counter, sale_id)
        if known:
            assert again == books, "a repeat does nothing again"
            assert len(counter.terminal.ledger.entries()) == entries
        else:
            assert answer["state"] == "completed"
            assert again.terminal - before.terminal == 1002
        assert again.numbers == list(range(1, len(again.numbers) + 1))
        booked = [e for e in counter.terminal.ledger.entries() if e.state is State.BOOKED]
        assert len(booked) <= 2


async def _until_concluded(counter: Counter, sale_id: str) -> None:
    """What the daemon goes on with by itself after a doubt has ended."""
    async with asyncio.timeout(10):
        while True:
            response = await counter.get(f"/v1/sales/{sale_id}")
            ended = response.status_code == 404 or response.json()["finished"]
            if ended and not counter.daemon.tasks.running:
                return
            await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("tender", "commits"),
    [(CASH, COMMITS_OF_A_CASH_SALE), (CARD, COMMITS_OF_A_CARD_SALE)],
    ids=["cash", "card"],
)
async def test_every_commit_of_a_sale_is_cut_below(tender: dict[str, Any], commits: int) -> None:
    async with Counter() as counter:
        await counter.start()
        counted = 0
        perform = counter.daemon.journal._writer._perform

        def count(batch: list[Any]) -> None:
            nonlocal counted
            counted += 1
            perform(batch)

        counter.daemon.journal._writer._perform = count  # type: ignore[method-assign]  # counted
        await counter.sell(**tender)
        # Steps share commits where the machine is quick; a slow terminal's start stands alone.
        assert commits - 1 <= counted <= commits + 1


async def test_the_journal_of_a_crashed_evening_still_verifies() -> None:
    async with Counter() as counter:
        await counter.start()
        for commit in (2, 5, 3):
            cut = PowerCut(counter.daemon, commit, after=bool(commit % 2))
            await _cut_and_restart(counter, CARD, cut)
        entries = await counter.entries()
        assert [each.seq for each in entries] == list(range(1, len(entries) + 1))
        hashes = [GENESIS_HASH, *(entry_hash(encode_entry(each)) for each in entries)]
        assert [each.prev_hash for each in entries] == hashes[:-1]
        open_intents = counter.daemon.sales._acts.open_intents
        assert await open_intents("sale", "tender", "cancel", "print", "open_drawer") == []
