"""Gift cards of a chain: what one shop has sold is known and taken at every other."""

import asyncio
import contextlib
import pathlib
import shutil
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from central_office.checking import check
from central_office.office import Office
from central_office.reading import open_reader
from central_office.settings import OfficeSettings
from central_office.views.findings import findings
from central_office.views.gift_cards import GIFT_CARDS
from central_office.views.paging import Scope
from edge_daemon.mqtt import BrokerSettings
from edge_daemon.records.payloads import SystemEvent
from edge_daemon.sales.gift_cards import gift_card_ref
from simulators.broker import Broker, find_mosquitto
from tests.entries import ORGANIZATION
from tests.shifting_loop import advance
from tests.stories.counter import Counter, ulid
from tests.stories.head_office import relayed, remembered
from tests.stories.office_sets import bring, figures
from tests.stories.shops import BACK_OFF_SECONDS, Shop, all_acknowledged, shops

PATIENCE_SECONDS = 30.0
CASH = {"type": "cash"}
pytestmark = pytest.mark.asyncio(loop_scope="module")


def goods(price: int) -> dict[str, Any]:
    return {
        "description": "Koffie",
        "quantity_milli": 1000,
        "unit_price": price,
        "tax_code": "low",
    }


def issue(number: str, amount: int) -> dict[str, Any]:
    return {
        "line_type": "GiftCardIssue",
        "gift_card": number,
        "description": "Cadeaukaart",
        "quantity_milli": 1000,
        "unit_price": amount,
    }


def paid_with(number: str, amount: int | None = None) -> dict[str, Any]:
    part = {} if amount is None else {"amount": amount}
    return {"type": "gift_card", "number": number, **part}


async def sold(
    counter: Counter, line: dict[str, Any], *tenders: dict[str, Any], training: bool = False
) -> dict[str, Any]:
    """Sell, and return the answer."""
    more = {"workstation": "till-1", "operator_id": "op-17", "print_receipt": False}
    body = {"lines": [line], "tenders": tenders, "training": training, **more}
    answer = await counter.put(f"/v1/sales/{ulid()}", body)
    found: dict[str, Any] = answer.json()
    return found


async def redeem(counter: Counter, number: str, amount: int, *, training: bool = False) -> None:
    """Pay with the card."""
    answer = await sold(counter, goods(amount), paid_with(number), training=training)
    assert answer.get("state") == "completed", answer


async def refusal(counter: Counter, number: str, amount: int) -> str:
    """Why the card does not pay that."""
    answer = await sold(counter, goods(amount), paid_with(number))
    found: str = answer["error"]["message"]
    return found


async def asked(counter: Counter, number: str) -> httpx.Response:
    return await counter.post("/v1/gift-cards/balance", {"number": number})


async def balance(counter: Counter, number: str) -> int | None:
    """What is on the card; None where nothing is known of it."""
    answer = await asked(counter, number)
    return None if answer.status_code == 404 else int(answer.json()["balance"])


# --- one box, and what the office says --------------------------------------------------------


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def box() -> AsyncIterator[Counter]:
    async with Counter() as found:
        await found.start(devices=False)
        await found.daemon.devices.wait_until_online("terminal")
        yield found


class Said:
    """The office's list at one box, version after version."""

    version = 0

    def __init__(self, box: Counter) -> None:
        self._box = box

    async def __call__(
        self, *cards: tuple[str, int], currency: str = "EUR", age_s: int = 0
    ) -> None:
        """The office counts everything up to now, and says this."""
        Said.version += 1
        lines = [
            {"gift_card_ref": gift_card_ref(number), "currency": currency, "balance": amount}
            for number, amount in cards
        ]
        said = figures(self._box, *lines, age_s=age_s)
        await bring(self._box, "gift-cards", Said.version, **said)
        await self._box.daemon.gift_card_index.refresh()


@pytest.fixture
def say(box: Counter) -> Said:
    return Said(box)


@pytest.fixture
def card() -> str:
    return f"KADO-{ulid()}"


async def test_without_an_office_a_card_is_known_where_it_was_sold(card: str) -> None:
    async with Counter() as alone:
        await alone.start(devices=False)
        assert "has not issued" in (await asked(alone, card)).json()["error"]["message"]
        await sold(alone, issue(card, 2500), CASH)
        found = (await asked(alone, card)).json()
    assert (found["balance"], found["as_of"], found["stale"]) == (2500, None, True)


async def test_own_moves_count_until_the_office_has_counted_them(
    box: Counter, say: Said, card: str
) -> None:
    await say((card, 3000))
    await redeem(box, card, 1000)
    await redeem(box, card, 500, training=True)
    assert await balance(box, card) == 2000
    await say((card, 2000))
    assert await balance(box, card) == 2000
    await sold(box, issue(card, 700) | {"line_type": "GiftCardReload"}, CASH)
    assert await balance(box, card) == 2700
    await box.daemon.journal.rebuild()
    assert await balance(box, card) == 2700


async def test_what_a_waiting_sale_holds_is_taken_off_though_the_office_knows_its_entry(
    box: Counter, say: Said, card: str
) -> None:
    await say((card, 3000))
    box.terminal.faults.switch("decline", on=True)
    waiting = await sold(box, goods(5000), paid_with(card, 1000), {"type": "card"})
    assert waiting["state"] == "awaiting_tender", waiting
    await say((card, 3000))
    assert await balance(box, card) == 2000
    await box.post(f"/v1/sales/{waiting['id']}/cancel", {"operator_id": "op-17"})
    assert await balance(box, card) == 3000
    await say((card, 3000))
    assert await balance(box, card) == 3000


async def test_a_card_of_another_shop_pays_what_is_on_it_and_no_more(
    box: Counter, say: Said, card: str
) -> None:
    await say((card, 1200))
    assert "There are 1200 minor units on this gift card" in await refusal(box, card, 1300)
    await redeem(box, card, 1200)
    assert "Nothing is left on the gift card" in await refusal(box, card, 100)
    await say((card, -300))
    assert "more was taken off than was on it" in await refusal(box, card, 100)
    assert await balance(box, card) == -300


async def test_a_card_that_neither_knows_is_refused(box: Counter, say: Said, card: str) -> None:
    await say()
    told = (await asked(box, card)).json()["error"]["message"]
    assert "has not issued" in told
    assert "the office's list does not have it" in told
    assert await refusal(box, card, 100) == told


async def test_a_card_of_this_box_that_the_whole_list_lacks_is_empty(
    box: Counter, say: Said, card: str
) -> None:
    await sold(box, issue(card, 500), CASH)
    await redeem(box, card, 500)
    await say()
    assert await balance(box, card) == 0


async def test_old_figures_are_stale_and_say_of_when_they_are(
    box: Counter, say: Said, card: str
) -> None:
    await say((card, 100), age_s=3600)
    old = (await asked(box, card)).json()
    assert (old["stale"], old["age_ms"] >= 3_600_000) == (True, True)
    await say((card, 100))
    new = (await asked(box, card)).json()
    assert (new["stale"], new["as_of"] > old["as_of"], new["currency"]) == (False, True, "EUR")


async def test_a_card_in_another_money_is_refused_in_words(
    box: Counter, say: Said, card: str
) -> None:
    await say((card, 5000), currency="CHF")
    assert await refusal(box, card, 100) == "This gift card holds CHF; here EUR is paid."


async def test_the_sale_of_a_card_that_another_shop_has_used_is_not_voided(
    box: Counter, say: Said, card: str
) -> None:
    sale = await sold(box, issue(card, 500), CASH)
    await say((card, 400))
    body = {"sale_id": sale["id"], "operator_id": "op-17", "reason": "fout"}
    answer = await box.put(f"/v1/voids/{ulid()}", body)
    assert (answer.status_code, "was used" in answer.text) == (409, True)
    await say((card, 500))
    assert (await box.put(f"/v1/voids/{ulid()}", body)).json()["state"] == "completed"
    assert await balance(box, card) == 0


# --- two shops, and the real office -----------------------------------------------------------


@contextlib.asynccontextmanager
async def chain(database: pathlib.Path) -> AsyncIterator[tuple[Broker, Shop, Shop]]:
    async with Broker(kind="mosquitto") as broker:
        settings = OfficeSettings(
            database=str(database), broker=BrokerSettings(port=broker.port), gap_seconds=0.2
        )
        async with Office(settings), shops(broker, ("shop-1", "shop-2"), Shop) as (one, two):
            yield broker, one, two


async def until(shop: Shop, number: str, wanted: int) -> set[int | None]:
    """Wait until the box shows that on the card; what it showed before."""
    changed, shown = asyncio.Event(), set[int | None]()
    shop.daemon.master_data.on_change(lambda _: changed.set())
    async with asyncio.timeout(PATIENCE_SECONDS):
        await shop.daemon.gift_card_index.refresh()
        while (now := await balance(shop, number)) != wanted:
            shown.add(now)
            await changed.wait()
            changed.clear()
            await shop.daemon.gift_card_index.refresh()
    return shown


def office_says(database: pathlib.Path, number: str) -> tuple[int, int, list[str]]:
    """Balance and redemptions of a card, and what stands in the list of findings."""
    scope = Scope(organization=ORGANIZATION)
    with open_reader(database) as read:
        (row,) = GIFT_CARDS.page(read, scope, only={"gift_card_ref": gift_card_ref(number)}).rows
        return row.balance, row.redemptions, [one.kind for one in findings(read, ORGANIZATION)]


@pytest.mark.skipif(find_mosquitto() is None, reason="needs Mosquitto")
async def test_a_card_that_two_shops_take_while_neither_hears_of_the_other_is_found_and_refused(
    tmp_path: pathlib.Path, card: str
) -> None:
    database = tmp_path / "office.db"
    async with chain(database) as (_, one, two):
        await sold(one, issue(card, 5000), CASH)
        await until(two, card, 5000)
        await redeem(two, card, 2000)
        await until(one, card, 3000)
        for shop in (one, two):
            await shop.lose_the_line()
            await redeem(shop, card, 1000, training=True)
            await redeem(shop, card, 3000)
            assert "Nothing is left" in await refusal(shop, card, 100)
        for shop in (one, two):
            shop.line.up = True
        advance(BACK_OFF_SECONDS)
        await all_acknowledged((one, two))
        for shop in (one, two):
            await until(shop, card, -3000)
            assert "more was taken off than was on it" in await refusal(shop, card, 100)
        assert office_says(database, card) == (-3000, 3, ["gift_card"])
        agreement = check(database)
        assert agreement.agrees, agreement


async def put_back(shop: Shop, image: pathlib.Path) -> None:
    """Start the box with an older copy of its card, and wait for the new epoch."""
    old = shop.daemon.journal.head.epoch
    await shop.stop()
    shop.lose_the_card()
    shutil.copytree(image, shop.directory / "state")
    await shop.start(devices=False)
    first, *_ = await shop.daemon.journal.epochs()
    await relayed(shop, lambda state: state.head.split(".")[0] not in (old, first))


@pytest.mark.skipif(find_mosquitto() is None, reason="needs Mosquitto")
async def test_a_box_whose_card_was_put_back_or_replaced_counts_nothing_twice(
    tmp_path: pathlib.Path, card: str
) -> None:
    async with chain(tmp_path / "office.db") as (broker, one, two):
        await sold(one, issue(card, 5000), CASH)
        await until(two, card, 5000)
        await one.stop()
        shutil.copytree(one.directory / "state", tmp_path / "image")
        await one.start(devices=False)
        await redeem(one, card, 1000)
        await until(two, card, 4000)
        await remembered(one, broker)
        await put_back(one, tmp_path / "image")
        await until(one, card, 4000)
        await redeem(one, card, 500)
        await until(two, card, 3500)
        assert await balance(one, card) == 3500
        await remembered(one, broker)
        await put_back(one, tmp_path / "image")
        assert await until(one, card, 3500) <= {5000}
        await remembered(one, broker)
        await one.crash()
        one.lose_the_card()
        await one.start(devices=False)
        await until(one, card, 3500)
        await redeem(one, card, 500)
        await until(two, card, 3000)
        await until(one, card, 3000)
        epochs = [each.event for each in await one.payloads(SystemEvent)].count("EpochStart")
    assert epochs == 1
