import asyncio

import pytest

from edge_daemon.devices import Readiness
from tests.doors.browser import needs_chromium, page, pages
from tests.doors.tills import TillCounter

pytestmark = [needs_chromium, pytest.mark.timeout(180)]


async def test_an_odoo_till_prints_opens_the_drawer_scans_and_pays() -> None:
    with pages() as origin:
        async with TillCounter(origin=origin) as counter, page() as till:
            await counter.start()
            asked: list[str] = []
            till.on("request", lambda request: asked.append(request.method))
            await till.goto(f"{origin}/odoo.html?box={counter.doors_url}")
            status = await till.evaluate("connect()")
            assert status["printer"]["status"] == "connected"
            assert await till.evaluate("print('Bon 0001')") is True
            receipt = await counter.printer.wait_for_receipt()
            assert "image" in receipt.text
            assert await till.evaluate("cashbox()") is True
            assert len(counter.printer.drawer_pulses) == 1
            paid = await till.evaluate("pay(12.5)")
            assert paid["success"] is True
            assert counter.terminal.ledger.booked() == 1250


async def test_scans_arrive_over_a_reload_once_each() -> None:
    with pages() as origin:
        async with TillCounter(origin=origin) as counter, page() as till:
            await counter.start()
            address = f"{origin}/odoo.html?box={counter.doors_url}"
            await till.goto(address)
            await till.evaluate("void pollScanner()")
            await counter.scanner.hand("scan", data="8710400145981")
            await till.wait_for_function("window.scans.length === 1")
            await till.reload()
            await counter.scanner.hand("scan", data="4006381333931")
            await till.evaluate("void pollScanner()")
            await till.wait_for_function("window.scans.length === 1")
            assert await till.evaluate("window.scans") == ["4006381333931"]


async def test_an_iot_till_hears_its_result_after_a_reload() -> None:
    with pages() as origin:
        async with TillCounter(origin=origin) as counter, page() as till:
            await counter.start()
            address = f"{origin}/odoo.html?box={counter.doors_url}"
            await till.goto(address)
            devices = '{printer: {listener_id: "l"}, scanner: {listener_id: "l"}}'
            await till.evaluate(f"void pollEvents({devices}, 0)")
            answer = await till.evaluate(
                "act('printer', {action: 'print_receipt', receipt: draw('IoT')})"
            )
            assert (answer["status"], answer["result"]) == ("success", "pending")
            await till.wait_for_function("window.events.length === 1")
            await counter.scanner.hand("scan", data="8710400145981")
            await till.wait_for_function("window.events.length === 2")
            last = (await till.evaluate("window.events"))[-1]["time"]
            await till.evaluate("act('printer', {action: 'cashbox'})")
            await till.reload()
            await till.evaluate(f"void pollEvents({devices}, {last!r})")
            await till.wait_for_function("window.events.length === 1")
            (event,) = await till.evaluate("window.events")
            assert event["status"] == "success"
            assert len(counter.printer.drawer_pulses) == 1


async def test_an_epson_till_prints_with_preflight_and_without_and_a_star_till_too() -> None:
    with pages() as origin:
        async with TillCounter(origin=origin) as counter, page() as till:
            await counter.start()
            await till.goto(f"{origin}/epson.html?box={counter.doors_url}")
            assert (await till.evaluate("sdk('')"))["status"] & 0x0F000010 == 0x0F000010
            printed = await till.evaluate("sdk('<text>Hi&#10;</text><cut/>')")
            assert (printed["exactly"], printed["code"]) == ("true", "")
            assert (await till.evaluate("simple(picture(509, 150))"))["exactly"] == "true"
            assert (await till.evaluate("simple('<pulse/>')"))["exactly"] == "true"
            assert (
                await till.evaluate("star('<text>Star</text><cutpaper feed=\"true\"/>')") == "true"
            )
            assert len(counter.printer.receipts) == 3
            assert counter.printer.complaints == []


async def test_with_a_dead_printer_every_client_has_its_answer_in_time() -> None:
    with pages() as origin:
        async with TillCounter(origin=origin) as counter, page() as till:
            await counter.start()
            await counter.printer.hand("power_off")
            async with asyncio.timeout(60):
                await counter.daemon.devices.wait_until("printer", Readiness.OFFLINE)
            await till.goto(f"{origin}/odoo.html?box={counter.doors_url}")
            assert (await till.evaluate("connect()"))["printer"]["status"] == "disconnected"
            assert await till.evaluate("print('x')") is False
            answer = await till.evaluate("act('printer', {action: 'cashbox'})")
            assert answer["status"] == "success"
            await till.goto(f"{origin}/epson.html?box={counter.doors_url}")
            assert (await till.evaluate("sdk('<text>x</text>')"))["code"] == "EX_BADPORT"


async def test_a_page_of_another_origin_gets_nothing_and_opens_nothing() -> None:
    with pages() as origin, pages() as evil:
        async with TillCounter(origin=origin) as counter, page() as till:
            await counter.start()
            await till.goto(f"{evil}/epson.html?box={counter.doors_url}")
            outcome = await till.evaluate("simple('<pulse/>').then(() => 'read', () => 'hidden')")
            assert outcome == "hidden"
            await till.evaluate(
                "fetch(place, {method: 'POST', mode: 'no-cors', body: envelope('<pulse/>')})"
            )
            assert counter.printer.drawer_pulses == []
            assert (await counter.refusals())[0].origin == evil
