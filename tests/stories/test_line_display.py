"""A customer display at the counter: the register's text, and the sale's own."""

import asyncio

from edge_daemon.devices import Readiness
from edge_daemon.displays.room import THANKS_SECONDS
from simulators.line_display import LineDisplay
from tests.shifting_loop import advance
from tests.stories.counter import CARD, Counter, ulid

WELCOME = "   De Hoekwinkel"


async def shows(display: LineDisplay, *lines: str) -> None:
    async with asyncio.timeout(20):
        await display.wait_for(lambda shown: shown == lines)


async def test_register_puts_text_there() -> None:
    display = LineDisplay()
    async with Counter(more=[display]) as counter:
        await counter.start()
        await shows(display, WELCOME, "")
        body = {"lines": ["Pindakaas       3,49", "Totaal          3,49"], "brightness": 60}
        answer = await counter.put("/v1/displays/display/text", body)
        assert answer.status_code == 200, answer.text
        assert answer.json()["shown"] is True
        await shows(display, *body["lines"])  # type: ignore[misc]  # the texts of the body
        assert display.screen.brightness == 60
        state = (await counter.get("/v1/displays/display/text")).json()
        assert state["lines"] == body["lines"]
        assert (await counter.put("/v1/displays/display/text", {"lines": []})).status_code == 200
        await shows(display, "", "")


async def test_only_displays_show_text() -> None:
    async with Counter(more=[LineDisplay()]) as counter:
        await counter.start(devices=False)
        for name in ("printer", "nothing"):
            for answer in (
                await counter.put(f"/v1/displays/{name}/text", {"lines": ["x"]}),
                await counter.get(f"/v1/displays/{name}/text"),
            ):
                assert answer.status_code == 404
        wrong = await counter.put("/v1/displays/display/text", {"lines": "x"})
        assert wrong.status_code == 400


async def test_display_that_was_away_shows_the_newest_text_when_it_is_back() -> None:
    display = LineDisplay()
    async with Counter(more=[display]) as counter:
        await counter.start()
        await display.hand("unplug")
        await counter.daemon.devices.wait_until("display", Readiness.OFFLINE)
        answer = await counter.put("/v1/displays/display/text", {"lines": ["while away"]})
        assert answer.status_code == 503
        assert (await counter.get("/v1/displays/display/text")).json()["shown"] is False
        await display.hand("plug_in")
        await shows(display, "while away", "")


async def test_cash_sale_shows_its_total_and_the_change_and_then_greets_the_next_customer() -> None:
    display = LineDisplay(mode="cd5220")
    async with Counter(more=[display]) as counter:
        await counter.start()
        seen = asyncio.create_task(
            display.wait_for(lambda lines: lines[0] == "2 x Pindakaas   6,98")
        )
        sold = await counter.sell()
        assert sold["change"] == 1000
        await shows(display, "Totaal         10,00", "Wisselgeld     10,00")
        seen.cancel()
        advance(THANKS_SECONDS)
        await shows(display, WELCOME, "")


async def test_card_sale_shows_article_and_total_while_the_customer_pays() -> None:
    display = LineDisplay()
    async with Counter(more=[display], auto=False) as counter:
        await counter.start()
        lines = [{"description": "Boerenkaas oud belegen", "quantity_milli": 350, "uom": "KGM"}]
        lines[0] |= {"unit_price": 1899, "tax_code": "low"}
        paying = asyncio.create_task(counter.put(f"/v1/sales/{ulid()}", {**_sale(lines), **CARD}))
        await shows(display, "0,350 kg Boeren 6,65", "Totaal          6,65")
        await counter.terminal.hand("tap")
        assert (await paying).status_code == 200
        await shows(display, "Totaal          6,65", "Kaart           6,65")


def _sale(lines: list[dict[str, object]]) -> dict[str, object]:
    return {"workstation": "till-1", "operator_id": "op-17", "lines": lines}
