"""Scales behind the doors: Odoo's and pywebdriver's calls, and Odoo's IoT actions."""

import asyncio
from typing import Any

import pytest

from edge_daemon.devices import Readiness
from simulators.line_display import LineDisplay
from simulators.scale import Scale
from tests.doors.browser import needs_chromium, page, pages
from tests.doors.test_iot import act, listen
from tests.doors.tills import TillCounter


async def weigh(counter: TillCounter, grams: float) -> dict[str, Any]:
    """Ask again and again, as these tills do, until the scale shows that weight."""
    async with asyncio.timeout(20):
        while True:
            answer: dict[str, Any] = await counter.result("/hw_proxy/scale_read")
            if answer["weight"] == grams:
                return answer


async def test_scale_read_has_odoos_key_and_pywebdrivers() -> None:
    scale = Scale()
    async with TillCounter(more=[scale]) as counter:
        await counter.start()
        await scale.hand("put", grams=1235)
        assert await weigh(counter, 1.235) == {"weight": 1.235, "unit": "kg", "info": "ok"}
        status = await counter.result("/hw_proxy/status_json")
        assert status["scale"] == {"status": "connected", "messages": []}


async def test_scale_without_a_weight_says_a_number_and_why() -> None:
    scale = Scale()
    async with TillCounter(more=[scale]) as counter:
        await counter.start()
        heard = counter.daemon.devices.scale("scale").events()
        scale.faults.switch("in_motion", on=True)
        await anext(heard)
        moving = await counter.result("/hw_proxy/scale_read")
        assert moving == {"weight": 0.0, "unit": "kg", "info": ["moving"]}
        scale.faults.switch("in_motion", on=False)
        await scale.hand("put", grams=16_000)
        while (await anext(heard)).status != "overweight":
            pass
        assert (await counter.result("/hw_proxy/scale_read"))["info"] == ["error"]
        status = await counter.result("/hw_proxy/status_json")
        assert "Take something off" in status["scale"]["messages"][0]
        await scale.hand("unplug")
        await counter.daemon.devices.wait_until("scale", Readiness.OFFLINE)
        assert await counter.result("/hw_proxy/scale_read") is None
        status = await counter.result("/hw_proxy/status_json")
        assert status["scale"]["status"] == "disconnected"


async def test_door_without_the_right_or_a_scale_reads_none() -> None:
    async with TillCounter(more=[Scale()], scopes=("print",)) as counter:
        await counter.start()
        assert await counter.result("/hw_proxy/scale_read") is None
        assert (await act(counter, "scale", action="read_once"))["status"] == "error"
    async with TillCounter() as counter:
        await counter.start()
        assert await counter.result("/hw_proxy/scale_read") is None
        assert (await act(counter, "scale", action="read_once"))["status"] == "disconnected"


async def test_iot_till_reads_once_at_rest() -> None:
    scale = Scale()
    async with TillCounter(more=[scale]) as counter:
        await counter.start()
        await scale.hand("put", grams=480)
        assert (await act(counter, "scale", action="read_once"))["status"] == "success"
        event = await listen(counter, "scale")
        assert (event["value"], event["result"], event["status"]) == (0.48, 0.48, "success")
        assert event["device_identifier"] == "scale"


async def test_iot_till_hears_weights_only_while_it_reads() -> None:
    scale = Scale()
    async with TillCounter(more=[scale]) as counter:
        await counter.start()
        heard = counter.daemon.devices.scale("scale").events()
        await scale.hand("put", grams=100)
        while (await anext(heard)).weight_milli != 100:
            pass
        await act(counter, "scale", action="start_reading")
        first = await listen(counter, "scale")
        assert first["value"] == 0.1
        await scale.hand("put", grams=100)
        second = await listen(counter, "scale", last=first["time"])
        assert second["value"] == 0.2
        assert (await act(counter, "scale", action="stop_reading"))["status"] == "success"
        await scale.hand("put", grams=100)
        while (await anext(heard)).weight_milli != 300:
            pass
        await act(counter, "printer", action="status")
        third = await listen(counter, "scale", "printer", last=second["time"])
        assert third["device_identifier"] == "printer"


async def test_what_belongs_to_the_scales_keys_is_refused() -> None:
    async with TillCounter(more=[Scale()]) as counter:
        await counter.start(devices=False)
        for action in ("set_zero", "set_tare", "clear_tare", "jump"):
            answer = await act(counter, "scale", action=action)
            assert (answer["status"], "served" in answer["result"]) == ("error", True)


@needs_chromium
@pytest.mark.timeout(180)
async def test_a_till_in_a_browser_weighs_over_both_doors_and_shows_the_customer_the_price() -> (
    None
):
    scale, display = Scale(), LineDisplay()
    with pages() as origin:
        async with TillCounter(origin=origin, more=[scale, display]) as counter, page() as till:
            await counter.start()
            await till.goto(f"{origin}/odoo.html?box={counter.doors_url}")
            assert (await till.evaluate("connect()"))["scale"]["status"] == "connected"
            await scale.hand("put", grams=750)
            assert await till.evaluate("weigh(0.75)") == 0.75
            await till.evaluate('void pollEvents({scale: {listener_id: "l"}}, 0)')
            await till.evaluate("act('scale', {action: 'read_once'})")
            await till.wait_for_function("window.events.length === 1")
            assert (await till.evaluate("window.events"))[0]["value"] == 0.75
            assert await till.evaluate("showText(['0,750 kg Kaas', 'Totaal 14,24'])") is True
            await till.goto(f"{origin}/epson.html?box={counter.doors_url}")
            assert await till.evaluate("showDisplay('Fish & Chips', '8,50')") == "true"
            async with asyncio.timeout(20):
                await display.wait_for(lambda lines: lines == ("Fish & Chips", "8,50"))
