import asyncio
import json

import pytest

from edge_daemon.clock import SystemClock
from edge_daemon.devices import Leases
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
