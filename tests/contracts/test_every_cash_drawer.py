"""What every cash drawer driver does, shown against its simulator."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from drivers.cash_drawer import CashDrawer, DrawerClosed, DrawerOpened
from drivers.errors import ErrorCode, OfflineError, Outcome, RefusedError
from tests.contracts.drawers import DRAWERS, Stand
from tests.shifting_loop import advance, hurry


@pytest.fixture(params=DRAWERS)
async def stand(request: pytest.FixtureRequest) -> AsyncIterator[Stand]:
    async with DRAWERS[request.param]() as stand:
        yield stand


@pytest.fixture
async def drawer(stand: Stand) -> AsyncIterator[CashDrawer]:
    drawer = await stand.open()
    yield drawer
    await drawer.close()


async def test_drawer_opens_and_is_seen_open(stand: Stand, drawer: CashDrawer) -> None:
    assert await drawer.drawer_opened() is False
    assert (await drawer.open_drawer()).sensed
    assert stand.is_open()
    assert stand.pulses() == 1
    assert await drawer.drawer_opened() is True


async def test_opening_that_was_commanded_is_told_apart_from_one_by_key(
    stand: Stand, drawer: CashDrawer
) -> None:
    events = drawer.events()
    await drawer.open_drawer()
    assert await hurry(anext(events)) == DrawerOpened(commanded=True)
    await stand.hand("close_drawer")
    assert isinstance(await hurry(anext(events)), DrawerClosed)
    await stand.hand("open_drawer_by_key")
    assert await hurry(anext(events)) == DrawerOpened(commanded=False)


async def test_closing_tells_how_long_it_was_open(stand: Stand, drawer: CashDrawer) -> None:
    events = drawer.events()
    await drawer.open_drawer()
    assert await anext(events) == DrawerOpened(commanded=True)
    await stand.hand("close_drawer")
    advance(12.5)
    closed = await anext(events)
    assert isinstance(closed, DrawerClosed)
    assert closed.open_ms is not None
    assert 12_500 <= closed.open_ms < 16_000


async def test_waiting_for_closing_ends_when_it_is_closed(stand: Stand, drawer: CashDrawer) -> None:
    await drawer.open_drawer()
    waiting = asyncio.create_task(drawer.wait_for_drawer_close(600))
    await stand.hand("close_drawer")
    assert await hurry(waiting)
    assert await drawer.wait_for_drawer_close(60)


async def test_drawer_that_stays_open_is_not_waited_for_in_vain(
    stand: Stand, drawer: CashDrawer
) -> None:
    await stand.hand("open_drawer_by_key")
    while not await drawer.drawer_opened():
        await hurry(asyncio.sleep(0.1))
    assert not await drawer.wait_for_drawer_close(0.01)


async def test_locked_drawer_is_told_as_refused(stand: Stand, drawer: CashDrawer) -> None:
    stand.simulator.faults.switch("drawer_stuck", on=True)
    with pytest.raises(RefusedError, match="did not open") as caught:
        await hurry(drawer.open_drawer())
    assert caught.value.outcome is Outcome.NOT_DONE
    assert caught.value.device == "drawer"
    assert stand.pulses() == 1


async def test_without_a_contact_nothing_is_claimed(stand: Stand) -> None:
    drawer = await stand.open(sensor="none")
    opening = await drawer.open_drawer()
    assert not opening.sensed
    assert await drawer.drawer_opened() is None
    assert await drawer.wait_for_drawer_close(60)
    await drawer.close()


async def test_drawer_that_was_open_before_is_no_news(stand: Stand) -> None:
    await stand.hand("open_drawer_by_key")
    drawer = await stand.open()
    assert await drawer.drawer_opened() is True
    events = drawer.events()
    await stand.hand("close_drawer")
    closed = await hurry(anext(events))
    assert closed == DrawerClosed(None)
    await drawer.close()


async def test_many_openings_are_as_many_pulses(stand: Stand, drawer: CashDrawer) -> None:
    events = drawer.events()
    for _ in range(3):
        assert (await hurry(drawer.open_drawer())).sensed
        await stand.hand("close_drawer")
        assert isinstance(await hurry(anext(events)), DrawerOpened)
        assert isinstance(await hurry(anext(events)), DrawerClosed)
    assert stand.pulses() == 3


@pytest.mark.parametrize("stand", [each for each in DRAWERS if "printer" in each], indirect=True)
async def test_a_pulse_that_took_its_time_to_the_drawer_is_over_before_the_next(
    stand: Stand, drawer: CashDrawer
) -> None:
    events = drawer.events()
    opening = asyncio.create_task(drawer.open_drawer())
    for _ in range(3):  # as far as it goes before a byte has left
        await asyncio.sleep(0)
    advance(0.15)
    assert (await opening).sensed
    await stand.hand("close_drawer")
    assert [type(await anext(events)) for _ in range(2)] == [DrawerOpened, DrawerClosed]
    assert (await hurry(drawer.open_drawer(), step=0.01)).sensed
    assert stand.pulses() == 2


async def test_closing_ends_the_events(stand: Stand, drawer: CashDrawer) -> None:
    events = drawer.events()
    await drawer.close()
    await drawer.close()
    with pytest.raises(OfflineError) as caught:
        await anext(events)
    assert caught.value.code is ErrorCode.CLOSED
    again = await stand.open()
    assert (await again.open_drawer()).sensed
    await again.close()
