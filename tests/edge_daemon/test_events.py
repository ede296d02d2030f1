import asyncio
import json
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.scanner import Scan
from edge_daemon.clock import ClockState
from edge_daemon.events import EventId, EventStream, Message, Subscription
from tests.shifting_loop import advance

NOON_US = 1_795_248_000_000_000


class FixedClock:
    def now_us(self) -> int:
        return NOON_US

    def utc_offset_min(self, moment_us: int) -> int:
        return 60 if moment_us else 0

    def state(self) -> ClockState:
        return ClockState.SYNCED

    def business_day(self, moment_us: int) -> str:
        return "2026-11-21" if moment_us else ""

    def take_step(self) -> int:
        return 0

    def not_before(self, moment_us: int) -> None:
        pass

    def confirm(self, moment_us: int) -> None:
        pass


@pytest.fixture
async def stream() -> EventStream:
    return EventStream(FixedClock())


def said(message: Message) -> dict[str, object]:
    decoded: dict[str, object] = json.loads(message.text)
    return decoded


def everything(subscription: Subscription) -> Iterator[dict[str, object]]:
    while (message := subscription.take()) is not None:
        yield said(message)


def publish(stream: EventStream, *numbers: int) -> list[EventId]:
    return [stream.publish("counted", {"n": number}) for number in numbers]


def counted(subscription: Subscription) -> list[object]:
    return [event["data"] for event in everything(subscription) if event["type"] == "counted"]


async def test_an_event_is_one_line_of_json_with_its_moment_and_device(stream: EventStream) -> None:
    with stream.subscribe() as subscription:
        at = stream.publish("scan", Scan("871\n", gtin="08712345678906"), device="scanner-1")
        subscribed = subscription.take()
        scan = subscription.take()
    assert subscribed is not None
    assert scan is not None
    assert subscribed.type == "subscribed"
    assert "\n" not in scan.text
    assert said(scan) == {
        "id": str(at),
        "type": "scan",
        "occurred_at_us": NOON_US,
        "device": "scanner-1",
        "data": {"type": "scan", "scan_data": "871\n", "gtin": "08712345678906"},
    }


async def test_a_sleeping_subscriber_wakes_and_gets_events_in_order(stream: EventStream) -> None:
    with stream.subscribe() as subscription:
        assert (await anext(subscription)).type == "subscribed"
        waiting = asyncio.ensure_future(anext(subscription))
        await asyncio.sleep(0)
        assert not waiting.done()
        publish(stream, 1, 2)
        assert said(await waiting)["data"] == {"n": 1}
        assert said(await anext(subscription))["data"] == {"n": 2}


async def test_who_comes_without_an_id_gets_only_what_comes(stream: EventStream) -> None:
    publish(stream, 1)
    with stream.subscribe() as subscription:
        publish(stream, 2)
        assert counted(subscription) == [{"n": 2}]


async def test_the_first_message_has_an_id_to_come_back_with(stream: EventStream) -> None:
    with stream.subscribe() as subscription:
        first = subscription.take()
    assert first is not None
    publish(stream, 1, 2)
    with stream.subscribe(str(first.id)) as subscription:
        assert counted(subscription) == [{"n": 1}, {"n": 2}]


async def test_who_comes_back_gets_what_it_missed_and_then_what_comes(stream: EventStream) -> None:
    first, *_ = publish(stream, 1, 2, 3)
    with stream.subscribe(str(first)) as subscription:
        publish(stream, 4)
        assert counted(subscription) == [{"n": 2}, {"n": 3}, {"n": 4}]


async def test_a_replayed_event_says_so_and_how_old_it_is(stream: EventStream) -> None:
    (before,) = publish(stream, 1)
    publish(stream, 2)
    advance(6.5)
    with stream.subscribe(str(before)) as subscription:
        publish(stream, 3)
        _, replayed, live = everything(subscription)
    assert replayed["replayed"] is True
    age = replayed["age_ms"]
    assert isinstance(age, int)
    assert 6500 <= age < 7500
    assert "replayed" not in live
    assert "age_ms" not in live


async def test_a_live_event_handed_out_late_says_how_old_it_is(stream: EventStream) -> None:
    with stream.subscribe() as subscription:
        publish(stream, 1)
        advance(2.0)
        _, late = everything(subscription)
    assert "replayed" not in late
    assert isinstance(late["age_ms"], int)
    assert late["age_ms"] >= 2000


async def test_ages_do_not_follow_a_wall_clock_that_steps() -> None:
    class SteppingClock(FixedClock):
        now = NOON_US

        def now_us(self) -> int:
            return self.now

    clock = SteppingClock()
    stream = EventStream(clock)
    with stream.subscribe() as subscription:
        publish(stream, 1)
        clock.now -= 3_600_000_000
        advance(2.0)
        _, late = everything(subscription)
    assert isinstance(late["age_ms"], int)
    assert 2000 <= late["age_ms"] < 3000


@pytest.mark.parametrize(
    ("after", "reason"),
    [
        ("0123456789ab-1", "restarted"),
        ("nonsense", "unknown_id"),
        ("", "unknown_id"),
        ("{boot}-99", "restarted"),
        ("{boot}-0", "too_old"),
        ("{boot}-١", "unknown_id"),  # noqa: RUF001 - a digit that is not ASCII
    ],
)
async def test_who_cannot_be_served_from_the_ring_is_told_to_resync(
    after: str, reason: str
) -> None:
    stream = EventStream(FixedClock(), max_events=3)
    publish(stream, 1, 2, 3, 4)
    with stream.subscribe(after.format(boot=stream.boot)) as subscription:
        publish(stream, 5)
        resync, live = everything(subscription)
    assert resync["type"] == "resync"
    assert resync["data"] == {"reason": reason}
    assert resync["id"] == f"{stream.boot}-4"
    assert live["data"] == {"n": 5}


async def test_the_oldest_id_that_the_ring_can_serve_is_served() -> None:
    stream = EventStream(FixedClock(), max_events=3)
    publish(stream, 1, 2, 3, 4)
    with stream.subscribe(f"{stream.boot}-1") as subscription:
        assert counted(subscription) == [{"n": 2}, {"n": 3}, {"n": 4}]


async def test_a_slow_subscriber_is_told_to_resync_and_the_others_miss_nothing() -> None:
    stream = EventStream(FixedClock(), max_events=4)
    with stream.subscribe() as slow, stream.subscribe() as quick:
        assert [event["type"] for event in everything(slow)] == ["subscribed"]
        received: list[object] = []
        for number in range(10):
            publish(stream, number)
            received += counted(quick)
        told = list(everything(slow))
        publish(stream, 10)
        after = counted(slow)
    assert received == [{"n": number} for number in range(10)]
    assert [event["type"] for event in told] == ["resync"]
    assert told[0]["data"] == {"reason": "too_slow"}
    assert told[0]["id"] == f"{stream.boot}-10"
    assert after == [{"n": 10}]


async def test_the_ring_is_bounded_in_bytes_too() -> None:
    stream = EventStream(FixedClock(), max_bytes=10_000)
    for _ in range(100):
        stream.publish("big", {"text": "x" * 1000})
    assert stream.position.number - stream.first_kept < 10
    with stream.subscribe(f"{stream.boot}-50") as subscription:
        assert [event["type"] for event in everything(subscription)] == ["resync"]


async def test_what_json_cannot_hold_is_refused_and_leaves_the_stream_whole(
    stream: EventStream,
) -> None:
    with stream.subscribe() as subscription:
        with pytest.raises(TypeError):
            stream.publish("bad", {"what": object()})
        publish(stream, 1)
        assert counted(subscription) == [{"n": 1}]


async def test_the_end_of_the_daemon_ends_the_subscription_after_its_last_event(
    stream: EventStream,
) -> None:
    with stream.subscribe() as subscription:
        publish(stream, 1)
        stream.close()
        types = [message.type async for message in subscription]
    assert types == ["subscribed", "counted"]
    assert stream.subscribers == 0
    assert [message.type async for message in stream.subscribe()] == ["subscribed"]


async def test_a_subscriber_that_goes_is_forgotten(stream: EventStream) -> None:
    with stream.subscribe():
        assert stream.subscribers == 1
    assert stream.subscribers == 0


async def test_a_long_replay_lets_others_have_their_turn(stream: EventStream) -> None:
    publish(stream, *range(200))
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.ensure_future(other())
    with stream.subscribe(f"{stream.boot}-0") as subscription:
        for _ in range(201):
            await anext(subscription)
    task.cancel()
    assert turns >= 10


@given(st.lists(st.one_of(st.just("publish"), st.just("read"), st.just("reconnect")), max_size=60))
def test_nothing_comes_twice_or_out_of_order_however_one_reconnects(steps: list[str]) -> None:
    async def story() -> None:
        stream = EventStream(FixedClock(), max_events=1000)
        subscription = stream.subscribe()
        last = str(subscription.take().id)  # type: ignore[union-attr] # there is always a first
        received: list[int] = []
        for step in [*steps, "reconnect", *["read"] * len(steps)]:
            if step == "publish":
                publish(stream, stream.position.number)
            elif step == "reconnect":
                subscription.close()
                subscription = stream.subscribe(last)
            elif (message := subscription.take()) is not None:
                last = str(message.id)
                if message.type == "counted":
                    received.append(message.id.number)
        while (message := subscription.take()) is not None:
            if message.type == "counted":
                received.append(message.id.number)
        assert received == list(range(1, stream.position.number + 1))

    asyncio.run(story())


async def test_a_subscriber_gets_what_it_wants_and_knows_where_the_stream_is(
    stream: EventStream,
) -> None:
    with stream.subscribe(wants=lambda message: message.device == "scanner-1") as subscription:
        stream.publish("scan", {"n": 1}, device="scanner-1")
        stream.publish("scan", {"n": 2}, device="scanner-2")
        stream.publish("sale_changed", {})
        heard = [event["type"] for event in everything(subscription)]
    assert heard == ["subscribed", "scan"]
    assert subscription.position == stream.position


@pytest.mark.parametrize(("listener", "heard"), [("one", 1), ("two", 0)])
async def test_an_event_for_one_listener_stays_his_when_it_is_replayed(
    stream: EventStream, listener: str, heard: int
) -> None:
    stream.publish("scan", {}, only_for="one")
    with stream.subscribe(
        f"{stream.boot}-0", lambda message: message.only_for in (None, listener)
    ) as subscription:
        assert len(list(everything(subscription))) == 1 + heard
