"""Customer displays behind the doors: pywebdriver's call, Odoo's, and Epson's service."""

import asyncio
import json

from edge_daemon.devices import Readiness
from simulators.line_display import LineDisplay
from tests.doors.tills import TillCounter

OCA = (
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Header><parameter'
    ' xmlns="http://www.epson-pos.com/schemas/2012/09/epos-display"><devid>local_display</devid>'
    "<timeout>1000</timeout></parameter></s:Header><s:Body><epos-display"
    ' xmlns="http://www.epson-pos.com/schemas/2012/09/epos-display"><reset/><cursor type="none"/>'
    '<text x="1" y="1" lang="mul">{}</text><text x="1" y="2" lang="mul">{}</text>'
    "</epos-display></s:Body></s:Envelope>"
)
"""As OCA's `pos_customer_display` sends it, on one line and without escaping its texts."""


async def shows(display: LineDisplay, *lines: str) -> None:
    async with asyncio.timeout(20):
        await display.wait_for(lambda shown: shown == lines)


async def epson(counter: TillCounter, content: str, query: str = "devid=local_display") -> str:
    answer = await counter.till.post(
        f"{counter.doors_url}/cgi-bin/eposDisp/service.cgi?{query}&timeout=10000",
        content=content.encode(),
        headers={"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""'},
    )
    assert answer.status_code == 200
    assert "xml" in answer.headers["content-type"]
    return answer.text


def document(content: str) -> str:
    return f"<epos-display>{content}</epos-display>"


async def test_pywebdrivers_text_is_shown_and_what_is_no_text_is_told() -> None:
    display = LineDisplay()
    async with TillCounter(more=[display]) as counter:
        await counter.start()
        path = "/hw_proxy/send_text_customer_display"
        for lines in (["Pindakaas       3,49", "Totaal"], ["Tot ziens", ""]):
            wrapped = {"text_to_display": json.dumps(lines)}
            assert await counter.result(path, wrapped) is True
            await shows(display, *lines)
        assert await counter.result(path, {"text_to_display": ["not", "wrapped"]}) is True
        await shows(display, "not", "wrapped")
        for wrong in ("not json", 5, None, {"a": 1}, ["x"] * 5):
            answer = await counter.call(path, {"text_to_display": wrong})
            assert "list of up to four lines" in answer.json()["error"]["message"]
        await display.hand("unplug")
        await counter.daemon.devices.wait_until("display", Readiness.OFFLINE)
        assert await counter.result(path, wrapped) is False


async def test_without_a_display_nothing_is_shown() -> None:
    async with TillCounter() as counter:
        await counter.start(devices=False)
        params = {"text_to_display": '["x"]'}
        assert await counter.result("/hw_proxy/send_text_customer_display", params) is False
        assert 'code="DeviceNotFound" status="1"' in await epson(counter, document("<clear/>"))
        page = await counter.call("/hw_proxy/customer_facing_display", {"action": "get"})
        assert page.status_code == 503
        assert "line display" in page.json()["error"]["message"]


async def test_ocas_document_is_shown_also_where_it_is_no_xml() -> None:
    display = LineDisplay()
    async with TillCounter(more=[display]) as counter:
        await counter.start()
        answer = await epson(counter, OCA.format("Fish &amp; Chips", "8,50"), "x=1")
        assert 'success="true" code="" status="2"' in answer
        await shows(display, "Fish & Chips", "8,50")
        answer = await epson(counter, OCA.format("Salt & Vinegar", "<3"), "x=1")
        assert 'success="true"' in answer
        await shows(display, "Salt & Vinegar", "<3")


async def test_sdks_elements_write_into_the_glass_one_after_another() -> None:
    display = LineDisplay()
    async with TillCounter(more=[display]) as counter:
        await counter.start()
        await epson(counter, document('<reset/><text x="1" y="1">Totaal</text>'))
        await epson(counter, document('<text x="16" y="1">10,02</text><blink interval="500"/>'))
        await shows(display, "Totaal         10,02", "")
        assert display.screen.blinks
        await epson(
            counter,
            document(
                '<blink interval="0"/><brightness value="40"/><window number="1"/><clock/>'
                '<cursor moveto="bottom_left"/><text>Tot ziens</text>'
            ),
        )
        await shows(display, "Totaal         10,02", "Tot ziens")
        assert (display.screen.blinks, display.screen.brightness) == (False, 40)
        await epson(counter, document("<clear/><marquee>Welkom</marquee>"))
        await shows(display, "Welkom", "")


async def test_what_a_display_does_not_have_is_refused_and_one_that_is_away_is_told() -> None:
    display = LineDisplay()
    async with TillCounter(more=[display]) as counter:
        await counter.start()
        for wrong in ("<command>1b40</command>", "<nonsense/>"):
            assert 'success="false" code="SchemaError"' in await epson(counter, document(wrong))
        assert "SchemaError" in await epson(counter, "nothing")
        assert "DeviceNotFound" in await epson(counter, document("<clear/>"), "devid=another")
        await display.hand("unplug")
        await counter.daemon.devices.wait_until("display", Readiness.OFFLINE)
        assert 'code="EX_BADPORT" status="1"' in await epson(counter, document("<clear/>"))


async def test_door_needs_the_right_to_print() -> None:
    async with TillCounter(more=[LineDisplay()], scopes=("scan",)) as counter:
        await counter.start(devices=False)
        assert "DeviceNotFound" in await epson(counter, document("<clear/>"))
