"""An X and a Z after a few receipts and after a day of them: time must not grow with the day."""

import dataclasses
import statistics
import time

import msgspec

from edge_daemon.journal import Draft
from edge_daemon.records import new_ulid
from edge_daemon.records.payloads import LineItem, RetailTransaction
from tests.benchmarks.effort import Effort
from tests.benchmarks.figures import Aim, Figure
from tests.stories.counter import CARD, Counter, ulid

FEW = 5
AT_ONCE = 100
GROUPS = 40
"""Product groups of a shop; the figures have a row for each."""
CASHIERS = 6


@dataclasses.dataclass(frozen=True, slots=True)
class Seconds:
    """What was measured, in milliseconds."""

    x: float
    z: float


async def measure(effort: Effort) -> list[Figure]:
    """Make X and Z after `FEW` receipts, then after a day of 5,000, or less where that is quick."""
    receipts = max(effort.sales * 50 // 3, 500)
    async with Counter() as counter:
        await counter.start()
        for more in ({}, CARD):
            await counter.sell(**more)
        sales = await counter.payloads(RetailTransaction)
        few = await _day(counter, sales, FEW, effort.rounds)
        day = await _day(counter, sales, receipts, effort.rounds)
    limit = f"the same after {FEW} receipts"
    return [
        Figure(
            name=f"{kind} of a day of {receipts:,} receipts",
            unit="ms",
            measured=getattr(day, kind.lower()),
            limit=getattr(few, kind.lower()),
            limit_is=limit,
            aim=Aim(value=4, of="ratio"),
        )
        for kind in ("X", "Z")
    ]


async def _day(
    counter: Counter, sales: list[RetailTransaction], receipts: int, rounds: int
) -> Seconds:
    """Sell so many receipts straight into the journal, then make a few X and one Z."""
    for first in range(0, receipts, AT_ONCE):
        numbers = range(first, min(first + AT_ONCE, receipts))
        await counter.daemon.journal.append(*(_again(sales[n % 2], n) for n in numbers))
    x = [await _report(counter, "X") for _ in range(rounds)]
    return Seconds(statistics.median(x), await _report(counter, "Z"))


async def _report(counter: Counter, kind: str) -> float:
    body = {"workstation": "till-1", "kind": kind, "print": False}
    began = time.perf_counter()
    answer = await counter.put(f"/v1/period-reports/{ulid()}", body)
    took = (time.perf_counter() - began) * 1e3
    if answer.status_code != 200:
        raise RuntimeError(answer.text)
    return took


def _again(sale: RetailTransaction, number: int) -> Draft:
    """The same sale once more, of another group and cashier."""
    lines = tuple(_of_group(line, number) for line in sale.line_items)
    copy = msgspec.structs.replace(
        sale,
        transaction_id=new_ulid(1_795_248_000_000_000 + number),
        intent_id=None,
        sequence_number=None,
        line_items=lines,
    )
    return Draft(payload=copy, workstation_id="till-1", operator_id=f"op-{number % CASHIERS}")


def _of_group(line: LineItem, number: int) -> LineItem:
    return msgspec.structs.replace(line, merchandise_hierarchy=f"group-{number % GROUPS}")
