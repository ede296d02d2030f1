"""What a drawer on a printer does besides, shown against a simulated printer with a drawer."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from drivers.cash_drawer import CashDrawer, DrawerClosed, DrawerOpened, DrawerOpening
from drivers.errors import ErrorCode, OfflineError, Outcome, OutcomeUnknownError, RefusedError
from drivers.pos_printer import PosPrinter, PulseKind, Text
from simulators.pos_printer import Model, Sensor
from tests.contracts.counter import Simulator, open_drawer, open_printer
from tests.shifting_loop import advance, hurry

PLAIN_PRINTER = {"process_id": False, "real_time_pulse": False}
LONG_RECEIPT = tuple(Text(f"{number:03} of a long receipt") for number in range(120))

REAL_TIME_OPENING = DrawerOpening(PulseKind.REAL_TIME, sensed=True)


@pytest.fixture(params=[Sensor.OPEN_HIGH, Sensor.OPEN_LOW])
async def simulator(request: pytest.FixtureRequest) -> AsyncIterator[Simulator]:
    async with Simulator("receipts", model=Model(drawer_sensor=request.param)) as simulator:
        yield simulator


@pytest.fixture
async def printer(simulator: Simulator) -> AsyncIterator[PosPrinter]:
    printer = await open_printer(simulator)
    yield printer
    await printer.close()


@pytest.fixture
async def drawer(simulator: Simulator, printer: PosPrinter) -> AsyncIterator[CashDrawer]:
    drawer = await open_drawer(simulator, printer)
    yield drawer
    await drawer.close()


@contextlib.asynccontextmanager
async def plain(
    model: Model | None = None,
) -> AsyncIterator[tuple[Simulator, PosPrinter, CashDrawer]]:
    """A printer without real-time pulse, and its drawer."""
    async with Simulator("receipts", model=model) as simulator:
        simulator.faults.switch("no_real_time_pulse", on=True)
        printer = await open_printer(simulator, **PLAIN_PRINTER)
        drawer = await open_drawer(simulator, printer)
        yield simulator, printer, drawer
        await drawer.close()
        await printer.close()


async def test_pulse_has_the_configured_pin_and_length() -> None:
    async with Simulator("receipts", model=Model(drawer_pin=5)) as simulator:
        printer = await open_printer(simulator)
        drawer = await open_drawer(simulator, printer, on_ms=200)
        assert await drawer.open_drawer() == REAL_TIME_OPENING
        (pulse,) = simulator.drawer_pulses
        assert (pulse.pin, pulse.on_ms) == (5, 200)
        await drawer.close()
        await printer.close()


async def test_open_drawer_is_opened_again_without_an_event(
    simulator: Simulator, drawer: CashDrawer
) -> None:
    await simulator.hand("open_drawer_by_key")
    assert await drawer.open_drawer() == REAL_TIME_OPENING
    events = drawer.events()
    await simulator.hand("close_drawer")
    assert isinstance(await anext(events), DrawerClosed)


async def test_printer_that_ignores_real_time_pulses_is_found_out_by_the_contact(
    simulator: Simulator, drawer: CashDrawer
) -> None:
    simulator.faults.switch("no_real_time_pulse", on=True)
    with pytest.raises(RefusedError):
        await hurry(drawer.open_drawer())
    assert simulator.drawer_pulses == []


async def test_contact_is_read_from_a_printer_that_reports_nothing_by_itself() -> None:
    async with plain() as (simulator, _, drawer):
        simulator.faults.switch("no_asb", on=True)
        events = drawer.events()
        assert await hurry(drawer.open_drawer()) == DrawerOpening(PulseKind.BUFFERED, sensed=True)
        assert await anext(events) == DrawerOpened(commanded=True)
        await simulator.hand("close_drawer")
        assert isinstance(await hurry(anext(events)), DrawerClosed)


async def test_without_a_contact_nothing_is_claimed(
    simulator: Simulator, printer: PosPrinter
) -> None:
    drawer = await open_drawer(simulator, printer, sensor="none")
    events = drawer.events()
    assert await drawer.open_drawer() == DrawerOpening(PulseKind.REAL_TIME, sensed=False)
    assert await drawer.drawer_opened() is None
    assert await drawer.wait_for_drawer_close(60)
    waiting = asyncio.ensure_future(anext(events))
    await hurry(asyncio.sleep(10))
    assert not waiting.done()
    waiting.cancel()
    await drawer.close()


# --- A pulse comes at once or never


async def test_open_cover_at_a_cash_sale_and_closed_a_minute_later_gives_no_late_pulse() -> None:
    async with plain() as (simulator, _, drawer):
        await simulator.hand("open_cover")
        with pytest.raises(RefusedError, match="Close the printer cover"):
            await drawer.open_drawer()
        advance(60)
        await simulator.hand("close_cover")
        await drawer.drawer_opened()
        await simulator.wait_for(lambda printer: printer.settled)
        assert simulator.drawer_pulses == []


async def test_open_cover_does_not_keep_a_real_time_pulse_back(
    simulator: Simulator, drawer: CashDrawer
) -> None:
    await simulator.hand("open_cover")
    assert await drawer.open_drawer() == REAL_TIME_OPENING
    advance(60)
    await simulator.hand("close_cover")
    await drawer.drawer_opened()
    await simulator.wait_for(lambda printer: printer.settled)
    assert len(simulator.drawer_pulses) == 1


async def test_cover_opened_as_the_pulse_leaves_gives_no_late_pulse() -> None:
    async with plain() as (simulator, _, drawer):
        simulator.faults.switch("buffer_full", on=True)
        opening = asyncio.create_task(drawer.open_drawer())
        await simulator.wait_for(lambda printer: not printer.settled)
        await simulator.hand("open_cover")
        with pytest.raises(OutcomeUnknownError):
            await hurry(opening)
        simulator.faults.switch("buffer_full", on=False)
        advance(60)
        await simulator.hand("close_cover")
        await drawer.drawer_opened()
        await simulator.wait_for(lambda printer: printer.settled)
        assert simulator.drawer_pulses == []


async def test_buffered_pulse_is_dropped_rather_than_queued_behind_a_long_receipt() -> None:
    async with plain(Model(lines_per_second=10)) as (simulator, printer, drawer):
        printing = asyncio.create_task(printer.print_data(printer.render(LONG_RECEIPT)))
        await hurry(simulator.wait_for(lambda printer: len(printer.hanging.lines) > 2))
        with pytest.raises(RefusedError) as caught:
            await hurry(drawer.open_drawer())
        assert caught.value.code is ErrorCode.BUSY
        await hurry(printing)
        assert simulator.drawer_pulses == []


async def test_silent_printer_is_offline_and_gets_no_pulse(
    simulator: Simulator, drawer: CashDrawer
) -> None:
    simulator.faults.switch("silent", on=True)
    with pytest.raises(OfflineError) as caught:
        await hurry(drawer.open_drawer())
    assert caught.value.outcome is Outcome.NOT_DONE
    assert simulator.drawer_pulses == []


# --- The end


async def test_drawer_ends_with_its_printer(simulator: Simulator, drawer: CashDrawer) -> None:
    events = drawer.events()
    await drawer.open_drawer()
    waiting = asyncio.create_task(drawer.wait_for_drawer_close(60))
    assert await anext(events) == DrawerOpened(commanded=True)
    await simulator.hand("power_off")
    with pytest.raises(OfflineError) as caught:
        await anext(events)
    assert caught.value.device == "drawer"
    with pytest.raises(OfflineError):
        await waiting
    with pytest.raises(OfflineError):
        await drawer.open_drawer()
    with pytest.raises(OfflineError):
        await drawer.drawer_opened()


async def test_drawer_is_opened_again_with_the_printers_successor(
    simulator: Simulator, printer: PosPrinter, drawer: CashDrawer
) -> None:
    await printer.close()
    await drawer.close()
    second_printer = await open_printer(simulator)
    second = await open_drawer(simulator, second_printer)
    assert await second.open_drawer() == REAL_TIME_OPENING
    await second.close()
    await second_printer.close()


async def test_closing_ends_the_events_and_leaves_the_printer_open(
    printer: PosPrinter, drawer: CashDrawer
) -> None:
    events = drawer.events()
    await drawer.close()
    await drawer.close()
    with pytest.raises(OfflineError) as caught:
        await anext(events)
    assert caught.value.code is ErrorCode.CLOSED
    assert (await printer.check_health()).online


async def test_drawer_without_its_printer_is_offline(
    simulator: Simulator, printer: PosPrinter
) -> None:
    with pytest.raises(OfflineError, match="another"):
        await open_drawer(simulator, printer, printer="another")


@pytest.mark.parametrize(
    "wrong",
    [{"pin": 3}, {"on_ms": 0}, {"off_ms": 511}, {"sensor": "open"}, {"printer": ""}, {"x": 1}],
)
async def test_wrong_settings_are_refused(
    simulator: Simulator, printer: PosPrinter, wrong: dict[str, Any]
) -> None:
    with pytest.raises(msgspec.ValidationError):
        await open_drawer(simulator, printer, **wrong)
