"""The whole chain: days in order, and which boxes reach the office on which of them."""

import dataclasses
import datetime as dt
import random
from collections.abc import Iterator

from simulators.chain.journal import ORGANIZATION
from simulators.chain.shop import GiftCard, Shop, Transfer

FIRST_DAY = dt.date(2026, 1, 1)
OUTAGE_SHARE = 0.01
"""Of a shop's days: the line to the office goes down that morning."""
LONGEST_OUTAGE = 3
LINES_AT_ONCE = 64
"""As a box sends a backlog."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Plan:
    """How large the chain is.

    Attributes:
        receipts: Of an average shop on an average day.
        outages: Share of the days on which a shop's line goes down, for up to three days.
    """

    stores: int = 50
    days: int = 365
    seed: int = 1
    receipts: int = 100
    outages: float = OUTAGE_SHARE
    first_day: dt.date = FIRST_DAY
    organization: str = ORGANIZATION


def deliveries(plan: Plan) -> Iterator[tuple[dt.date, list[bytes]]]:
    """The entries as they reach the office: a day, and lines of one box that follow each other.

    A shop that was cut off sends all of it at the end of its outage; on the last day all do.
    """
    chance = random.Random(plan.seed)  # noqa: S311 - no secret is made
    shops = [
        Shop(number, plan.seed, plan.receipts, plan.organization)
        for number in range(1, plan.stores + 1)
    ]
    cut_until = dict.fromkeys((shop.name for shop in shops), 0)
    roads: dict[str, list[Transfer]] = {shop.name: [] for shop in shops}
    cards: list[GiftCard] = []
    for number in range(plan.days):
        day = plan.first_day + dt.timedelta(days=number)
        for shop in shops:
            incoming, roads[shop.name] = roads[shop.name], []
            before = len(shop.journal.pending)
            others = [name for name in roads if name != shop.name]
            sent = shop.live(day, incoming, cards, others)
            if len(shop.journal.pending) == before:
                roads[shop.name] += incoming  # closed: it comes tomorrow
            for transfer in sent:
                roads[transfer.receiver].append(transfer)
            if chance.random() < plan.outages:
                cut_until[shop.name] = number + chance.randint(1, LONGEST_OUTAGE)
        waiting = [shop for shop in shops if cut_until[shop.name] <= number]
        if number == plan.days - 1:
            waiting = shops
        chance.shuffle(waiting)
        for shop in waiting:
            lines = shop.journal.taken()
            for start in range(0, len(lines), LINES_AT_ONCE):
                yield day, lines[start : start + LINES_AT_ONCE]
