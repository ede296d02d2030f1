import asyncio
import json

import pytest

from edge_daemon.clock import SystemClock
from edge_daemon.devices import Lease, Leases
from edge_daemon.devices.waiting import PLACE_SECONDS
from edge_daemon.errors import NotAllowedError
from edge_daemon.events import EventStream, Subscription
from tests.shifting_loop import advance


@pytest.fixture
async def stream() -> EventStream:
    return EventStream(SystemClock())


@pytest.fixture
async def leases(stream: EventStream) -> Leases:
    return Leases(SystemClock(), stream.publish)


async def turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def take(leases: Leases, register: str) -> None:
    leases.take("scanner", register=register, name=register, workstation=f"till-{register}")


def holders(subscription: Subscription) -> list[object]:
    found = []
    while (message := subscription.take()) is not None:
        if message.type == "lease_changed":
            found.append(json.loads(message.text)["data"].get("holder"))
    return found


async def test_a_device_that_one_register_has_is_not_given_to_another(leases: Leases) -> None:
    take(leases, "one")
    take(leases, "one")
    with pytest.raises(NotAllowedError, match=r"till-one \(one\) has scanner to itself"):
        take(leases, "two")
    with pytest.raises(NotAllowedError):
        leases.release("scanner", register="two")
    leases.release("scanner", register="one")
    take(leases, "two")
    assert leases.holder("scanner") == "two"
    assert leases.get("scanner").workstation == "till-two"


async def test_a_lease_ends_ten_seconds_after_its_register(
    leases: Leases, stream: EventStream
) -> None:
    with stream.subscribe() as heard:
        with leases.listening("one"):
            take(leases, "one")
            advance(3600)
            await turns()
            assert leases.holder("scanner") == "one"
        advance(9)
        await turns()
        assert leases.holder("scanner") == "one"
        advance(1.1)
        await turns()
        assert leases.holder("scanner") is None
        assert holders(heard) == ["one", None]


async def test_a_register_that_comes_back_in_time_keeps_its_lease(leases: Leases) -> None:
    with leases.listening("one"):
        take(leases, "one")
    advance(9)
    await turns()
    with leases.listening("one"), leases.listening("one"):
        pass
    advance(9)
    await turns()
    assert leases.holder("scanner") == "one"
    advance(1.1)
    await turns()
    assert leases.all() == []


async def test_one_of_two_streams_of_a_register_is_enough(leases: Leases) -> None:
    with leases.listening("one"):
        with leases.listening("one"):
            take(leases, "one")
        advance(60)
        await turns()
        assert leases.holder("scanner") == "one"


async def test_a_lease_of_a_register_that_never_listens_ends_too(leases: Leases) -> None:
    take(leases, "one")
    advance(10.1)
    await turns()
    assert leases.holder("scanner") is None


async def test_what_nobody_has_is_given_back_without_a_word(
    leases: Leases, stream: EventStream
) -> None:
    leases.release("scanner", register="one")
    leases.release("scanner")
    assert stream.position.number == 0
    assert leases.refusal("scanner", "till-1") is None


async def test_a_workstation_is_told_who_has_the_terminal(leases: Leases) -> None:
    leases.take("terminal", register="one", name="Tablet", workstation="till-1")
    assert leases.refusal("terminal", "till-1") is None
    for other in ("till-2", None):
        assert "till-1 (Tablet) has terminal" in (leases.refusal("terminal", other) or "")


# --- in line ---


def wait(leases: Leases, register: str, seconds: float = 30.0) -> asyncio.Task[Lease]:
    return asyncio.create_task(
        leases.take_in_turn(
            "scanner",
            register=register,
            name=register,
            workstation=f"till-{register}",
            seconds=seconds,
        )
    )


async def test_who_waits_is_served_in_the_order_they_came(leases: Leases) -> None:
    take(leases, "one")
    waiting = []
    for register in ("two", "three", "four"):
        waiting.append(wait(leases, register))
        await turns()
    assert leases.get("scanner").waiting == 3
    served = ["one"]
    for task in waiting:
        leases.release("scanner", register=served[-1])
        lease = await task
        assert lease.place is None
        assert lease.holder is not None
        served.append(lease.holder)
    assert served == ["one", "two", "three", "four"]
    assert leases.get("scanner").waiting == 0


async def test_a_free_device_is_had_at_once(leases: Leases) -> None:
    assert (await wait(leases, "one", 0.001)).holder == "one"
    assert (await wait(leases, "one", 0.001)).holder == "one"


async def test_who_waited_in_vain_is_told_its_place_and_keeps_it(leases: Leases) -> None:
    take(leases, "one")
    first, second = wait(leases, "two", 1), wait(leases, "three", 1)
    await turns()
    advance(1.1)
    answers = [await first, await second]
    assert [each.place for each in answers] == [1, 2]
    assert {each.holder for each in answers} == {"one"}
    leases.release("scanner", register="one")
    with pytest.raises(NotAllowedError, match=r"till-two \(two\) is next in line"):
        take(leases, "four")
    with pytest.raises(NotAllowedError):
        take(leases, "three")
    third = wait(leases, "three")
    await turns()
    assert leases.holder("scanner") is None
    assert (await wait(leases, "two")).holder == "two"
    leases.release("scanner", register="two")
    assert (await third).holder == "three"


async def test_a_place_is_lost_by_whoever_does_not_come_back(leases: Leases) -> None:
    take(leases, "one")
    gone = wait(leases, "two", 0.1)
    await turns()
    patient = wait(leases, "three")
    await turns()
    advance(0.2)
    assert (await gone).place == 1
    leases.release("scanner", register="one")
    await turns()
    assert leases.holder("scanner") is None
    advance(PLACE_SECONDS + 0.1)
    assert (await patient).holder == "three"


async def test_a_request_that_was_cut_off_keeps_its_place_for_its_repeat(leases: Leases) -> None:
    take(leases, "one")
    first = wait(leases, "two")
    await turns()
    behind = wait(leases, "three")
    await turns()
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    again = wait(leases, "two")
    await turns()
    assert leases.get("scanner").waiting == 2
    leases.release("scanner", register="one")
    assert (await again).holder == "two"
    leases.release("scanner", register="two")
    assert (await behind).holder == "three"


async def test_two_requests_of_one_register_have_one_place_and_end_together(
    leases: Leases,
) -> None:
    take(leases, "one")
    both = [wait(leases, "two"), wait(leases, "two")]
    await turns()
    assert leases.get("scanner").waiting == 1
    leases.release("scanner", register="one")
    assert {(await each).holder for each in both} == {"two"}


async def test_who_gives_up_leaves_the_line(leases: Leases) -> None:
    take(leases, "one")
    leaving, staying = wait(leases, "two", 1), wait(leases, "three")
    await turns()
    leases.release("scanner", register="two")
    assert leases.holder("scanner") == "one"
    leases.release("scanner", register="one")
    assert (await staying).holder == "three"
    advance(1.1)
    with pytest.raises(NotAllowedError, match="no longer"):
        await leaving


async def test_a_lease_that_ends_with_its_register_goes_to_the_next_in_line(
    leases: Leases,
) -> None:
    with leases.listening("one"):
        take(leases, "one")
        waiting = wait(leases, "two", 3600)
        await turns()
    advance(10.1)
    assert (await waiting).holder == "two"
