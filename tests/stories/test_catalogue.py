"""A shop that sells from a catalogue: its own, or the office's."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from edge_daemon.cli.command_line import main
from edge_daemon.records.payloads import PriceInquiry, RetailTransaction
from tests.stories.a_day import Day
from tests.stories.counter import Counter, sale, ulid

SHOP = """
[sales]
open_price_tax_code = "high"
"""
FILE = """item_id,description,price,tax_code,group,barcodes,deposit_item_id
cola,Cola 1.5 l,2.49,low,drinks,5449000000996,fles
fles,Statiegeld fles,0.25,none,,,
vrij,Bloemen,,high,,,
"""
COLA = "5449000000996"

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def counter() -> AsyncIterator[Counter]:
    async with Counter(shop=SHOP) as found:
        await found.start()
        path = found.directory / "catalogue.csv"
        path.write_text(FILE, "utf-8")
        assert await run(found, "catalogue", "import", str(path)) == 0
        yield found


async def run(counter: Counter, *words: str) -> int:
    configuration = str(counter.directory / "edge-daemon.toml")
    return await asyncio.to_thread(main, [*words, "--config", configuration])


async def refused(counter: Counter, **changes: Any) -> dict[str, Any]:
    answer = await counter.put(f"/v1/sales/{ulid()}", sale(**changes))
    assert answer.status_code == 400, answer.text
    found: dict[str, Any] = answer.json()["error"]
    return found


async def test_a_price_that_is_asked_for_is_told_once_and_counted(counter: Counter) -> None:
    path = f"/v1/price-inquiries/{ulid()}"
    body = {"workstation": "till-1", "operator_id": "op-17", "gtin": COLA}
    for _ in range(2):
        told = await counter.put(path, body)
        assert (told.status_code, told.json()["article"]["unit_price"]) == (200, 249)
    assert (await counter.get(path)).json() == told.json()
    asked = await counter.payloads(PriceInquiry)
    assert [(each.item_id, each.merchandise_hierarchy, each.price) for each in asked] == [
        ("cola", "drinks", 249)
    ]
    x = await Day(counter).report("X")
    assert [(row.group, row.count, row.amount) for row in x.price_inquiries] == [("drinks", 1, 249)]


@pytest.mark.parametrize(
    ("named", "status", "told"),
    [
        ({}, 400, "by its gtin or by its item_id"),
        ({"gtin": COLA, "item_id": "cola"}, 400, "by its gtin or by its item_id"),
        ({"gtin": "5449000000997"}, 400, "check digit"),
        ({"item_id": "vrij"}, 400, "has no price today"),
        ({"item_id": "thee"}, 404, "not in the catalogue"),
    ],
)
async def test_a_price_that_cannot_be_told_is_not_counted(
    counter: Counter, named: dict[str, str], status: int, told: str
) -> None:
    before = counter.daemon.journal.head
    body = {"workstation": "till-1", "operator_id": "op-17"} | named
    answer = await counter.put(f"/v1/price-inquiries/{ulid()}", body)
    assert answer.status_code == status, answer.text
    assert told in answer.json()["error"]["message"]
    assert counter.daemon.journal.head == before


async def test_a_sale_names_the_code_and_how_many(counter: Counter) -> None:
    lines = [{"gtin": COLA, "quantity_milli": 2000, "entry_method": "Scanned"}]
    sold = await counter.sell(lines=lines, tenders=[{"type": "cash"}])
    assert [(each["description"], each["extended_amount"]) for each in sold["lines"]] == [
        ("Cola 1.5 l", 498),
        ("Statiegeld fles", 50),
    ]
    record = (await counter.payloads(RetailTransaction))[-1]
    cola, deposit = record.line_items
    assert (cola.item_id, cola.merchandise_hierarchy, cola.tax_rate_bp) == ("cola", "drinks", 900)
    assert (deposit.line_type, deposit.link.line_id, deposit.tax_code) == ("Deposit", "1", "none")
    assert (record.totals.deposit, record.totals.gross) == (50, 548)


async def test_an_empty_bottle_comes_back_with_its_article(counter: Counter) -> None:
    sold = await counter.sell(
        lines=[{"gtin": COLA, "quantity_milli": 1000}], tenders=[{"type": "cash"}]
    )
    shown = (await counter.get(f"/v1/receipts/R{sold['id']}")).json()
    assert [each["deposit_of"] for each in shown["lines"]] == [None, "1"]
    back = [
        {
            "quantity_milli": -1000,
            "returns": {"transaction_id": sold["id"], "line_id": each["line_id"]},
        }
        for each in shown["lines"]
    ]
    returned = await counter.sell(lines=back, tenders=[{"type": "cash"}])
    assert [each["line_type"] for each in returned["lines"]] == ["Return", "DepositReturn"]
    assert returned["total"] == -274


async def test_another_price_needs_its_reason(counter: Counter) -> None:
    line = {"gtin": COLA, "quantity_milli": 1000}
    wrong = await refused(counter, lines=[line | {"unit_price": 99}])
    assert (wrong["path"], "price_override" in wrong["message"]) == ("$.lines[0].unit_price", True)
    override = {"unit_price": 99, "reason": "deuk"}
    sold = await counter.sell(
        lines=[line | {"price_override": override}], tenders=[{"type": "cash"}]
    )
    assert sold["total"] == 99 + 25


async def test_a_label_says_what_its_piece_costs(counter: Counter) -> None:
    line = {"item_id": "cola", "quantity_milli": 1000, "code_price": 1234}
    sold = await counter.sell(lines=[line], tenders=[{"type": "cash"}])
    assert sold["lines"][0]["extended_amount"] == 1234
    wrong = await refused(counter, lines=[line | {"quantity_milli": 2000}])
    assert wrong["path"] == "$.lines[0].code_price"


async def test_an_article_without_a_price_asks_for_it(counter: Counter) -> None:
    line = {"item_id": "vrij", "quantity_milli": 1000}
    assert "has no price today" in (await refused(counter, lines=[line]))["message"]
    sold = await counter.sell(lines=[line | {"unit_price": 750}], tenders=[{"type": "cash"}])
    assert (sold["total"], sold["lines"][0]["description"]) == (750, "Bloemen")


async def test_what_nobody_knows_is_sold_at_a_typed_price_where_that_is_allowed(
    counter: Counter,
) -> None:
    line = {"gtin": "8710400145981", "quantity_milli": 1000}
    wrong = await refused(counter, lines=[line])
    assert (wrong["path"], "not in the catalogue" in wrong["message"]) == ("$.lines[0].gtin", True)
    sold = await counter.sell(lines=[line | {"unit_price": 150}], tenders=[{"type": "cash"}])
    assert (sold["total"], sold["lines"][0]["tax_rate_bp"]) == (150, 2100)


async def test_a_register_looks_up_searches_and_browses(counter: Counter) -> None:
    found = (await counter.get(f"/v1/items/{COLA}")).json()
    assert (found["item_id"], found["unit_price"], found["deposit"]["unit_price"]) == (
        "cola",
        249,
        25,
    )
    assert (await counter.get("/v1/items/cola")).json()["gtin"] == COLA.zfill(14)
    assert (await counter.get("/v1/items/unknown")).status_code == 404
    listed = (await counter.get("/v1/items", text="col")).json()["items"]
    assert [each["item_id"] for each in listed] == ["cola"]
    state = (await counter.get("/v1/catalogue")).json()
    assert (state["version"], state["items"], state["problem"]) == (1, 3, None)


async def test_a_file_with_mistakes_changes_nothing(counter: Counter) -> None:
    path = counter.directory / "wrong.csv"
    path.write_text(FILE + "thee,Thee,x,low,,,\n", "utf-8")
    assert await run(counter, "catalogue", "import", str(path)) == 1
    path.write_text(FILE + "thee,Thee,1.10,low,,,\n", "utf-8")
    assert await run(counter, "catalogue", "import", str(path), "--check") == 0
    state = (await counter.get("/v1/catalogue")).json()
    assert state["items"] == 3
