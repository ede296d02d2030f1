"""Whole days that Hypothesis makes up, held against sums of what the register was answered.

One counter lives through all of them, so totals and numbers have to go on from day to day; now and
then its power is cut between two customers.
"""

import asyncio
import collections
import contextlib
import os
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge_daemon.app.books import PROJECTIONS
from edge_daemon.journal.rebuilding import differing_rows
from edge_daemon.records.payloads import PeriodFigures, PeriodReport
from tests.stories.a_day import Day
from tests.stories.counter import Counter, sale, ulid

SHOP = """
[sales]
on_account = true

[[foreign_currency]]
code = "USD"
rate = "0.92"
"""
EXAMPLES = int(os.environ.get("GENERATED_DAYS", "8"))
"""More of them take `--timeout=0` and their time."""
FLOAT = 15000
Json = dict[str, Any]

LINES = st.lists(
    st.fixed_dictionaries(
        {
            "unit_price": st.integers(1, 4999),
            "pieces": st.integers(1, 3),
            "tax_code": st.sampled_from(["low", "high"]),
            "off_bp": st.sampled_from([0, 0, 500, 3333]),
            "deposit": st.sampled_from([0, 0, 15, 25]),
            "voided": st.booleans(),
            "other_price": st.sampled_from([None, None, 123]),
        }
    ),
    min_size=1,
    max_size=4,
)
SALES = st.fixed_dictionaries(
    {
        "act": st.just("sale"),
        "lines": LINES,
        "tip": st.sampled_from([0, 0, 200]),
        "whole_off_bp": st.sampled_from([0, 0, 1000]),
        "empties": st.sampled_from([0, 0, 25]),
        "gift_card": st.sampled_from([0, 0, 2500]),
        "parked": st.sampled_from([False, False, True]),
        "pays": st.sampled_from(
            [
                "cash",
                "notes",
                "card",
                "slip",
                "split",
                "voucher",
                "gift card",
                "account",
                "dollars",
            ]
        ),
        "then": st.sampled_from(["keep", "keep", "void", "return", "exchange"]),
        "training": st.sampled_from([False, False, False, True]),
    }
)
MOVES = st.fixed_dictionaries(
    {
        "act": st.just("move"),
        "kind": st.sampled_from(["loan", "pickup", "safe_drop", "paid_in", "paid_out", "deposit"]),
        "amount": st.integers(1, 5000),
    }
)
OTHERS = st.fixed_dictionaries({"act": st.sampled_from(["park", "cut", "x"])})
DAYS = st.lists(st.one_of(SALES, SALES, SALES, MOVES, OTHERS), min_size=1, max_size=8)


DEAR: Json = {
    "line_id": "dear",
    "description": "Fiets",
    "quantity_milli": 1000,
    "unit_price": 5000,
    "tax_code": "high",
    "merchandise_hierarchy": "high",
}
"""What is taken in exchange; nothing costs more."""


class Street(NamedTuple):
    """The loop and the counter that all days share."""

    runner: asyncio.Runner
    counter: Counter


@pytest.fixture(scope="module")
def street() -> Iterator[Street]:
    with contextlib.ExitStack() as stack, asyncio.Runner() as runner:
        counter = Counter(shop=SHOP)
        runner.run(counter.__aenter__())
        stack.callback(lambda: runner.run(counter.__aexit__(None, None, None)))
        runner.run(counter.start())
        yield Street(runner, counter)
        stack.close()


class Books:
    """What a bookkeeper would add up from what the register was told."""

    def __init__(self) -> None:
        self.tenders: collections.Counter[str] = collections.Counter()
        self.goods = self.other = self.rounding = self.moved = self.dollars_worth = 0
        self.dollars = 0
        self.gift_cards: dict[str, int] = {}
        self.receipts = self.voids = self.training = self.returns = 0

    def add(self, answer: Json, other: int) -> None:
        self.goods += answer["total"] - other
        self.other += other
        self.rounding += answer["rounding"]
        for tender in answer["tenders"]:
            self.tenders[tender["tender_type"]] += tender["amount"]
            if tender.get("foreign_currency"):
                self.dollars_worth += tender["amount"]
                self.dollars += tender["foreign_amount"]

    def use_gift_cards(self, tenders: list[Json]) -> None:
        for tender in tenders:
            if tender["type"] == "gift_card":
                self.gift_cards[tender["number"]] -= tender["amount"]

    @property
    def cash(self) -> int:
        """What should be in the drawer, in our own money."""
        return FLOAT + self.tenders["Cash"] - self.dollars_worth + self.moved


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize="GENERATED_DAYS" not in os.environ,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(acts=DAYS)
def test_receipts_x_and_z_and_the_drawer_agree(street: Street, acts: list[Json]) -> None:
    street.runner.run(_tidied(street.counter, acts))


async def _tidied(counter: Counter, acts: list[Json]) -> None:
    """After a day that failed the next one begins on a new card, so that it can be shrunk."""
    try:
        await _live(counter, acts)
    except BaseException:
        await counter.crash()
        counter.lose_the_card()
        await counter.start()
        raise


async def _live(counter: Counter, acts: list[Json]) -> None:
    day, books = Day(counter), Books()
    before = await day.report("X")
    session = await day.open()
    for act in acts:
        await _play(counter, day, session, act, books)
    if books.cash < 0:  # more was taken out than there was: nobody can count that
        await _play(counter, day, session, {"act": "move", "kind": "loan", "amount": 50000}, books)
    assert await day.expected(session) == books.cash
    x = await day.report("X")
    await day.close(session)
    z = await day.report("Z", print=True)
    _agree(z, books)
    assert z.grand_total_net == before.grand_total_net + books.goods
    assert (x.total_cash_sales, x.payments) == (z.total_cash_sales, z.payments)
    drawer = {
        row.currency or "EUR": (row.expected, row.counted, row.difference)
        for row in z.tender_differences
        if row.tender_type == "Cash"
    }
    assert drawer.pop("EUR") == (books.cash, books.cash, 0)
    assert drawer in ({}, {"USD": (books.dollars, books.dollars, 0)})
    reports = [each for each in await counter.payloads(PeriodReport) if each.kind == "Z"]
    assert [each.z_number for each in reports] == list(range(1, len(reports) + 1))
    assert f"Z-RAPPORT {len(reports)}" in counter.printer.receipts[-1].text
    rows = differing_rows(counter.daemon.journal.path, PROJECTIONS, lambda _: None)
    assert set(rows.values()) == {0}


def _agree(z: PeriodFigures, books: Books) -> None:
    payments = {row.tender_type: row.amount for row in z.payments if row.amount}
    assert payments == {name: amount for name, amount in books.tenders.items() if amount}
    assert z.total_cash_sales == sum(row.base + row.vat for row in z.sales_vat) == books.goods
    assert sum(row.amount for row in z.article_groups) == books.goods
    assert sum(row.amount for row in z.non_turnover or ()) == books.other
    assert z.rounding_total == books.rounding
    assert sum(books.tenders.values()) == books.goods + books.other + books.rounding
    assert (z.receipt_count, z.voided_transactions.count) == (books.receipts, books.voids)
    assert (z.returns.count, z.training.count) == (books.returns, books.training)
    assert z.grand_total_net == z.grand_total_sales - z.grand_total_returns


async def _play(counter: Counter, day: Day, session: str, act: Json, books: Books) -> None:
    match act["act"]:
        case "sale":
            await _sell(day, act, books)
        case "move":
            kind, amount = act["kind"], act["amount"]
            await day.move(session, kind, amount, bag_id="b-1", document_ref="d-1")
            books.moved += amount if kind in ("loan", "paid_in") else -amount
        case "park":
            parked = {key: value for key, value in sale().items() if key != "tenders"}
            path = f"/v1/suspended-sales/{ulid()}"
            answer = await counter.put(path, parked)
            assert answer.status_code == 200, answer.text
            change = f"/v1/till-sessions/{session}/changes/{ulid()}"
            assert answer.json()["id"] in await day.refused(change, event="blind_close")
            gone = parked | {"resumes": answer.json()["id"], "reason": "weg"}
            given_up = await counter.put(f"/v1/basket-cancellations/{ulid()}", gone)
            assert given_up.status_code == 200, given_up.text
        case "cut":
            await counter.crash()
            await counter.start()
            await day.confirm_the_date()
        case "x":
            await day.report("X")


async def _sell(day: Day, act: Json, books: Books) -> None:
    number = f"KAART-{ulid()}"
    lines, other = _lines(act, number)
    due = _due(act)
    rung_up: Json = {"lines": lines, "training": act["training"], "customer_ref": "c-1"}
    if act["whole_off_bp"]:
        rung_up["discounts"] = [{"percent_bp": act["whole_off_bp"], "reason": "vaste klant"}]
    if act["parked"]:
        rung_up["resumes"] = await _parked(day, rung_up)
    tenders = _tenders(act["pays"], due, books)
    answer = await day.put(f"/v1/sales/{ulid()}", tenders=tenders, **rung_up)
    assert answer["state"] == "completed", answer["problems"]
    if act["training"]:
        books.training += 1
        return
    assert answer["total"] == due
    books.add(answer, other)
    books.receipts += 1
    if act["then"] == "void" and act["pays"] != "slip":
        body = {"sale_id": answer["id"], "reason": "vergissing"}
        undone = await day.put(f"/v1/voids/{ulid()}", **body)
        assert undone["state"] == "completed", undone["problems"]
        books.add(undone, -other)
        books.voids += 1
        return
    books.use_gift_cards(tenders)
    if act["gift_card"]:
        books.gift_cards[number] = act["gift_card"]
    if act["then"] in ("return", "exchange"):
        returned = {"transaction_id": answer["id"], "line_id": "g0"}
        back: list[Json] = [{"returns": returned, "quantity_milli": -1000}]
        if act["then"] == "exchange":
            back.append(DEAR)
            books.receipts += 1
        given = await day.put(f"/v1/sales/{ulid()}", lines=back, tenders=[{"type": "cash"}])
        assert given["state"] == "completed", given["problems"]
        books.add(given, 0)
        books.returns += 1


async def _parked(day: Day, rung_up: Json) -> str:
    """Suspend a basket and take it up again."""
    parked = ulid()
    await day.put(f"/v1/suspended-sales/{parked}", **rung_up)
    taken = await day.put(f"/v1/suspended-sales/{parked}/resumptions/{ulid()}")
    assert taken["state"] == "resumed"
    return parked


def _lines(act: Json, gift_card: str) -> tuple[list[Json], int]:
    """The basket, and what of it is no turnover."""
    lines: list[Json] = []
    other = act["tip"] + act["gift_card"] - _empties(act)
    for number, line in enumerate(act["lines"]):
        goods: Json = {
            "line_id": f"g{number}",
            "description": "Koffie",
            "quantity_milli": line["pieces"] * 1000,
            "unit_price": line["unit_price"],
            "tax_code": line["tax_code"],
            "merchandise_hierarchy": line["tax_code"],
        }
        if line["other_price"] is not None:
            goods["price_override"] = {"unit_price": line["other_price"], "reason": "schap"}
        if line["off_bp"]:
            goods["discounts"] = [{"percent_bp": line["off_bp"], "reason": "actie"}]
        if _is_voided(act, number):
            goods["voided"] = "bedacht"
        lines.append(goods)
        if line["deposit"] and not _is_voided(act, number):
            other += line["deposit"]
            lines.append(
                {
                    "line_type": "Deposit",
                    "description": "Statiegeld",
                    "quantity_milli": 1000,
                    "unit_price": line["deposit"],
                    "deposit_of": f"g{number}",
                }
            )
    if act["tip"]:
        tip = {"line_type": "Tip", "description": "Fooi", "quantity_milli": 1000}
        lines.append(tip | {"unit_price": act["tip"]})
    if act["gift_card"]:
        card = {"line_type": "GiftCardIssue", "description": "Kaart", "quantity_milli": 1000}
        lines.append(card | {"unit_price": act["gift_card"], "gift_card": gift_card})
    if _empties(act):
        crate = {"line_type": "Deposit", "description": "Leeg", "quantity_milli": -1000}
        lines.append(crate | {"unit_price": act["empties"]})
    return lines, other


def _empties(act: Json) -> int:
    """What is paid for empty bottles, where more is bought than brought back."""
    empties: int = act["empties"]
    return empties if _bought(act) > empties else 0


def _is_voided(act: Json, number: int) -> bool:
    """Something is always left to be sold."""
    return bool(act["lines"][number]["voided"]) and number > 0


def _due(act: Json) -> int:
    """What the basket comes to, in whole numbers."""
    return _bought(act) - _empties(act)


def _bought(act: Json) -> int:
    """The same before empties; a discount is rounded half up."""
    goods = deposits = 0
    for number, line in enumerate(act["lines"]):
        if not _is_voided(act, number):
            price = line["unit_price"] if line["other_price"] is None else line["other_price"]
            full = line["pieces"] * price
            goods += full - (full * line["off_bp"] + 5000) // 10000
            deposits += line["deposit"]
    goods -= (goods * act["whole_off_bp"] + 5000) // 10000
    total: int = goods + deposits + act["tip"] + act["gift_card"]
    return total


def _tenders(pays: str, due: int, books: Books) -> list[Json]:
    half = max(due // 2, 1)
    if pays == "gift card":
        number, held = next(reversed(books.gift_cards.items()), ("", 0))
        if not held:
            return [{"type": "cash"}]
        paid = min(held, due)
        card = {"type": "gift_card", "number": number, "amount": paid}
        return [card, {"type": "cash"}] if paid < due else [card]
    voucher = {"type": "other", "tender_type": "Voucher", "amount": half, "reference": "v-1"}
    ways: dict[str, list[Json]] = {
        "cash": [{"type": "cash"}],
        "notes": [{"type": "cash", "amount": -(-due // 5000) * 5000 + 5000}],
        "card": [{"type": "card"}],
        "slip": [{"type": "card", "standalone": True, "slip_number": "s-1"}],
        "split": [{"type": "card", "amount": half}, {"type": "cash"}],
        "voucher": [voucher, {"type": "cash"}],
        "account": [{"type": "other", "tender_type": "CustomerAccount"}],
        "dollars": [{"type": "cash", "currency": "USD", "amount": due * 2}],
    }
    return ways[pays if due > 1 else "cash"]
