"""A scale at the counter: weighed by the register, watched by whoever holds it."""

import asyncio
import contextlib

from edge_daemon.devices import Readiness
from simulators.scale import Scale
from tests.stories.counter import Counter, next_event


async def test_register_weighs_goods_at_rest() -> None:
    scale = Scale()
    async with Counter(more=[scale]) as counter:
        await counter.start()
        await scale.hand("put", grams=480)
        answer = await counter.get("/v1/scales/scale/weight")
        assert answer.json() == {
            "scale": "scale",
            "status": "stable",
            "weight_milli": 480,
            "unit": "kg",
            "net": False,
        }


async def test_register_is_told_what_to_do_where_there_is_no_weight() -> None:
    scale = Scale()
    async with Counter(more=[scale]) as counter:
        await counter.start()
        await scale.hand("put", grams=16_000)
        answer = await counter.get("/v1/scales/scale/weight", wait=0.5)
        assert answer.status_code == 409
        assert "Take something off" in answer.json()["error"]["message"]
        shown = (await counter.get("/v1/scales/scale/weight", live="true")).json()
        assert shown["status"] == "overweight"
        assert "weight_milli" not in shown or shown["weight_milli"] is None
        state = (await counter.get("/v1/devices/scale")).json()
        assert "Take something off" in state["reason"]
        assert (await counter.get("/v1/scales/printer/weight")).status_code == 404
        assert (await counter.get("/v1/scales/nothing/weight")).status_code == 404
        await scale.hand("unplug")
        await counter.daemon.devices.wait_until("scale", Readiness.OFFLINE)
        gone = await counter.get("/v1/scales/scale/weight")
        assert gone.status_code == 503
        assert "cable" in gone.json()["error"]["message"]
        await scale.hand("take_off")
        await scale.hand("plug_in")
        await counter.daemon.devices.wait_until_online("scale")
        assert (await counter.get("/v1/scales/scale/weight")).json()["weight_milli"] == 0


async def test_live_weights_come_as_events_and_with_a_lease_to_its_holder_alone() -> None:
    scale = Scale()
    async with Counter(more=[scale]) as counter:
        await counter.start()
        events = counter.daemon.events
        with (
            contextlib.closing(
                events.subscribe(None, lambda message: message.only_for in (None, "x"))
            ) as other,
            contextlib.closing(events.subscribe(None, lambda _: True)) as holder,
        ):
            await scale.hand("put", grams=250)
            while (await next_event(other, "weight")).get("weight_milli") != 250:
                pass
            lease = await counter.put("/v1/leases/scale", {"workstation": "till-1"})
            assert lease.status_code == 200, lease.text
            await scale.hand("put", grams=250)
            while (await next_event(holder, "weight")).get("weight_milli") != 500:
                pass
            (await counter.post("/v1/leases/scale/release", {})).raise_for_status()
            await scale.hand("take_off")
            seen = [await next_event(other, "weight")]
            while seen[-1].get("weight_milli") != 0:
                seen.append(await next_event(other, "weight"))
            assert 500 not in [each.get("weight_milli") for each in seen]


async def test_scale_that_was_away_for_long_is_open_as_soon_as_it_is_plugged_in() -> None:
    scale = Scale()
    async with Counter(more=[scale]) as counter:
        await counter.start()
        devices = counter.daemon.devices
        for _ in range(5):
            await scale.hand("unplug")
            await devices.wait_until("scale", Readiness.OFFLINE)
            await scale.hand("plug_in")
            async with asyncio.timeout(20):
                await devices.wait_until_online("scale")
        assert devices.state("scale").reopened == 5
        assert (await counter.get("/v1/scales/scale/weight")).json()["weight_milli"] == 0
