"""A day on which three shops of five have no line: what they did is booked once, and right.

Real daemons without devices, a real broker and the real office; the lines are cut between them.
"""

import asyncio
import pathlib
from typing import Any

import pytest

from central_office.checking import check
from central_office.office import Office
from central_office.reading import open_reader
from central_office.replenishment import Who, set_level
from central_office.settings import OfficeSettings
from central_office.views.days import DAYS
from central_office.views.findings import findings
from central_office.views.paging import Scope
from central_office.views.replenishment import ALERTS
from central_office.views.stock import COUNTS, OVERSOLD, STOCK
from edge_daemon.mqtt import BrokerSettings
from edge_daemon.records.payloads import ReorderLevel
from simulators.broker import Broker, find_mosquitto
from tests.central_office.boxes import table_rows
from tests.entries import ORGANIZATION
from tests.shifting_loop import advance
from tests.stories.a_day import TILL
from tests.stories.counter import ulid
from tests.stories.shops import BACK_OFF_SECONDS, Shop, all_acknowledged, shops

GTIN = "8710400145981"
ITEM = GTIN.zfill(14)
NAMES = ("shop-1", "shop-2", "shop-3", "shop-4", "shop-5")
OPENING = 10_000
PATIENCE_SECONDS = 30.0


class Seller(Shop):
    """A shop that has goods."""

    async def sell_goods(self, milli: int) -> str:
        """Sell, and return the sale's id."""
        line = {
            "description": "Pindakaas",
            "gtin": GTIN,
            "quantity_milli": milli,
            "unit_price": 350,
            "tax_code": "low",
        }
        return await self._pay(line)

    async def take_back(self, sale: str, milli: int) -> None:
        returns = {"transaction_id": sale, "line_id": "1"}
        await self._pay({"returns": returns, "quantity_milli": -milli})

    async def _pay(self, line: dict[str, Any]) -> str:
        sale, cash = ulid(), [{"type": "cash"}]
        answer = await self.day.put(
            f"/v1/sales/{sale}", lines=[line], tenders=cash, print_receipt=False
        )
        assert answer["state"] == "completed", answer
        return sale

    async def move(self, kind: str, milli: int, **more: Any) -> None:
        goods = [{"gtin": GTIN, "quantity_milli": milli}]
        path = f"/v1/stock-movements/{ulid()}"
        await self.day.put(path, kind=kind, lines=goods, reason="levering", **more)

    async def count_goods(self, milli: int) -> None:
        count = ulid()
        await self.day.put(f"/v1/stock-counts/{count}", reason="telling")
        path = f"/v1/stock-counts/{count}/lines/{ulid()}"
        await self.day.put(path, gtin=GTIN, quantity_milli=milli, add=False)
        await self.post(f"/v1/stock-counts/{count}/end", TILL)

    async def close_day(self, short: int = 0) -> None:
        expected = await self.day.expected(self.session)
        reason = {"reason": "verschil"} if short else {}
        await self.day.count(self.session, expected - short, **reason)
        assert (await self.day.change(self.session, "close"))["state"] == "closed"
        await self.day.report("Z")

    async def shown(self) -> dict[str, int]:
        """What lies where, as its register sees it."""
        found = (await self.get(f"/v1/stock/{GTIN}")).json()
        return {each["location_id"]: each["on_hand_milli"] for each in found["locations"]}


async def keep_six(office: Office) -> None:
    """Six or less, and up to twenty: two of the shops will cross it, once each."""
    for name in NAMES:
        level = ReorderLevel(
            item_id=ITEM,
            location_id=name,
            reorder_point_milli=6_000,
            order_up_to_milli=20_000,
        )
        who = Who(ORGANIZATION, "anna", office_now())
        await office.do(lambda session, level=level, who=who: set_level(session, level, who))  # type: ignore[misc]  # bound here


def office_now() -> int:
    return 1_795_248_000_000_000


@pytest.mark.skipif(find_mosquitto() is None, reason="needs Mosquitto")
async def test_three_shops_of_five_are_offline_for_a_day_and_everything_lands_where_it_belongs(
    tmp_path: pathlib.Path,
) -> None:
    database = tmp_path / "office.db"
    async with (
        Broker(kind="mosquitto") as broker,
        Office(
            OfficeSettings(
                database=str(database), broker=BrokerSettings(port=broker.port), gap_seconds=0.2
            )
        ) as office,
        shops(broker, NAMES, Seller) as all_shops,
    ):
        one, two, three, four, five = all_shops
        for shop in all_shops:
            await shop.move("receipt", OPENING)
        await all_acknowledged(all_shops)
        await keep_six(office)
        for shop in (one, two, three):
            await shop.lose_the_line()
        await offline_day(one, two, three)
        await four.sell_goods(1_000)
        await four.close_day()
        await all_acknowledged([four, five])
        for shop in (one, two, three):
            shop.line.up = True
        advance(BACK_OFF_SECONDS)
        await all_acknowledged(all_shops)
        expected = {
            "shop-1": 9_000,
            "shop-2": 4_000,
            "shop-3": -2_000,
            "shop-4": 9_000,
            "shop-5": OPENING,
        }
        await until_shown(five, expected)
        what_the_office_shows(database, expected)
        await a_rebuild_is_equal(office, database)


async def offline_day(one: Seller, two: Seller, three: Seller) -> None:
    """Returns, a stock count and Z; sold on after the Z; sold what is not there."""
    sale = await one.sell_goods(3_000)
    await one.take_back(sale, 1_000)
    await one.count_goods(9_500)
    await one.sell_goods(500)
    await one.close_day(short=5)
    await two.sell_goods(5_000)
    await two.close_day()
    await two.open()
    await two.sell_goods(1_000)
    await three.sell_goods(4_000)
    await three.sell_goods(8_000)
    await three.close_day()


async def until_shown(shop: Seller, expected: dict[str, int]) -> None:
    changed = asyncio.Event()
    shop.daemon.master_data.on_change(lambda _: changed.set())
    async with asyncio.timeout(PATIENCE_SECONDS):
        await shop.daemon.stock_index.refresh()
        while await shop.shown() != expected:
            await changed.wait()
            changed.clear()
            await shop.daemon.stock_index.refresh()


def what_the_office_shows(database: pathlib.Path, expected: dict[str, int]) -> None:
    agreement = check(database)
    assert agreement.agrees, agreement
    assert (agreement.receipts, agreement.periods) == (8, 4)
    scope = Scope(organization=ORGANIZATION, stores=NAMES)
    with open_reader(database) as read:
        stock = {row.location_id: row.on_hand_milli for row in STOCK.page(read, scope).rows}
        assert stock == expected
        states = {row.store: row.state for row in DAYS.page(read, scope).rows}
        assert states == {
            "shop-1": "closed",
            "shop-2": "changed",
            "shop-3": "closed",
            "shop-4": "closed",
            "shop-5": "open",
        }
        (variance,) = COUNTS.page(read, scope).rows
        assert (variance.location_id, variance.variance_milli) == ("shop-1", 1_500)
        assert [row.location_id for row in OVERSOLD.page(read, scope).rows] == ["shop-3"]
        alerts = [(row.location_id, row.position_milli) for row in ALERTS.page(read, scope).rows]
        assert alerts == [("shop-2", 5_000), ("shop-3", 6_000)]
        assert findings(read, ORGANIZATION) == ()


async def a_rebuild_is_equal(office: Office, database: pathlib.Path) -> None:
    def rows(sql: str) -> list[tuple[Any, ...]]:
        with open_reader(database) as read:
            return list(read(sql, ()))

    before = table_rows(rows)
    assert office._store is not None
    await office._on_worker(lambda store: store.rebuild())
    assert table_rows(rows) == before
