"""What every receipt printer driver does, shown against its simulator."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest

from drivers.errors import (
    ErrorCode,
    OfflineError,
    Outcome,
    OutcomeUnknownError,
    RefusedError,
    UnsupportedError,
)
from drivers.pos_printer import (
    Alignment,
    Barcode,
    Cut,
    Document,
    Image,
    PosPrinter,
    PrinterEvent,
    PrinterStatus,
    PrintEvidence,
    PulseKind,
    QrCode,
    Text,
)
from simulators.pos_printer import Model, PulseSource, SerialLink, UsbLink
from simulators.pos_printer.link import MakeLink
from tests.contracts.counter import Simulator, open_printer
from tests.contracts.hardware import OPTION, Table, hardware_of, skip_without_simulator
from tests.shifting_loop import advance, hurry

RECEIPT: Document = (
    Text("Bakkerij Jansen", Alignment.CENTRE, bold=True, width=2, height=2),
    Text("Crème brûlée            € 3,50"),
    Text("Één piñata              € 9,00"),
    Text("Totaal                 € 12,50", bold=True),
    Barcode("8711000000007"),
    QrCode("R01JABCDEFGHJKMNPQRSTVWXYZ0"),
    Cut(),
)
LONG_RECEIPT: Document = (
    *(Text(f"{number:03} of a long list of one article each, € 1,00") for number in range(120)),
    Cut(),
)


@dataclass(frozen=True)
class Kind:
    """A kind of printer, and how its driver is told about it."""

    name: str
    evidence: PrintEvidence
    pulse: PulseKind
    lacks: tuple[str, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)
    link: MakeLink | None = None
    sees_host: bool = True
    table: Table | None = None


KINDS = [
    Kind("escpos", PrintEvidence.PROCESS_ID, PulseKind.REAL_TIME),
    Kind(
        "escpos-plain",
        PrintEvidence.BUFFERED_STATUS,
        PulseKind.BUFFERED,
        ("no_process_id", "no_real_time_pulse", "no_asb", "no_nv_graphics"),
        {"process_id": False, "real_time_pulse": False},
    ),
    Kind("escpos-usb", PrintEvidence.PROCESS_ID, PulseKind.REAL_TIME, link=UsbLink),
    Kind(
        "escpos-serial",
        PrintEvidence.PROCESS_ID,
        PulseKind.REAL_TIME,
        link=SerialLink,
        sees_host=False,
    ),
]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "kind" in metafunc.fixturenames:
        real = [real_kind(table) for table in hardware_of(metafunc.config, "pos_printer")]
        kinds = real if metafunc.config.getoption(OPTION) else KINDS
        metafunc.parametrize("kind", kinds, ids=lambda kind: kind.name)


def real_kind(table: Table) -> Kind:
    """What a real printer is told to be able to; its own table says otherwise where it must."""
    plain = table.keys.get("process_id") is False
    evidence = PrintEvidence.BUFFERED_STATUS if plain else PrintEvidence.PROCESS_ID
    return Kind(
        f"{table.name}-{table.keys['serial_number']}", evidence, PulseKind.OTHER, table=table
    )


@pytest.fixture
async def simulator(kind: Kind, request: pytest.FixtureRequest) -> AsyncIterator[Simulator | None]:
    if kind.table is not None:
        skip_without_simulator(request, "simulator")
        yield None
        return
    async with simulated(kind) as simulator:
        yield simulator


@pytest.fixture
async def printer(simulator: Simulator | None, kind: Kind) -> AsyncIterator[PosPrinter]:
    if simulator is None:
        assert kind.table is not None
        printer: PosPrinter = await kind.table.open({})
    else:
        printer = await open_printer(simulator, **kind.settings)
    yield printer
    await printer.close()


@pytest.fixture
async def slow(kind: Kind, request: pytest.FixtureRequest) -> AsyncIterator[Simulator]:
    """Prints ten lines a second, so that things can happen in the middle of a receipt."""
    if kind.table is not None:
        skip_without_simulator(request, "slow")
    async with simulated(kind, Model(lines_per_second=10)) as simulator:
        yield simulator


@contextlib.asynccontextmanager
async def simulated(kind: Kind, model: Model | None = None) -> AsyncIterator[Simulator]:
    async with Simulator("receipts", model=model, link=kind.link) as simulator:
        for fault in kind.lacks:
            simulator.faults.switch(fault, on=True)
        yield simulator


async def status_where(events: AsyncIterator[PrinterEvent], **wanted: object) -> PrinterStatus:
    """The first status told from now on that has all of `wanted`."""
    async for event in events:
        if msgspec.structs.asdict(event.status).items() >= wanted.items():
            return event.status
    raise AssertionError


async def end_of(events: AsyncIterator[PrinterEvent]) -> OfflineError:
    with pytest.raises(OfflineError) as caught:
        async for _ in events:
            pass
    return caught.value


async def printed_lines(simulator: Simulator, count: int) -> None:
    await hurry(simulator.wait_for(lambda printer: len(printer.hanging.lines) >= count, 60))


# --- Paper


async def test_receipt_is_on_paper_when_it_is_called_printed(
    simulator: Simulator, printer: PosPrinter, kind: Kind
) -> None:
    assert await printer.print_data(printer.render(RECEIPT)) is kind.evidence
    (receipt,) = simulator.receipts
    assert simulator.settled
    assert "Crème brûlée            € 3,50" in receipt.text
    assert "Één piñata" in receipt.text
    assert "8711000000007" in receipt.text
    assert "R01JABCDEFGHJKMNPQRSTVWXYZ0" in receipt.text
    assert simulator.complaints == []


async def test_receipt_is_printed_with_the_evidence_that_this_printer_gives(
    printer: PosPrinter, kind: Kind
) -> None:
    assert (await printer.check_health()).online
    assert await printer.print_data(printer.render(RECEIPT)) is kind.evidence


async def test_evidence_waits_for_the_last_line(slow: Simulator, kind: Kind) -> None:
    printer = await open_printer(slow, **kind.settings)
    printing = asyncio.create_task(printer.print_data(printer.render(RECEIPT)))
    await printed_lines(slow, 2)
    assert not printing.done()
    await hurry(printing)
    assert len(slow.receipts) == 1
    await printer.close()


async def test_long_receipt_takes_longer_than_a_printer_may_stand_still(
    slow: Simulator, kind: Kind
) -> None:
    printer = await open_printer(slow, progress_timeout=5, **kind.settings)
    began = asyncio.get_running_loop().time()
    await hurry(printer.print_data(printer.render(LONG_RECEIPT)))
    assert asyncio.get_running_loop().time() - began > 10
    assert len(slow.receipts[0].text.splitlines()) == 120
    await printer.close()


async def test_two_receipts_at_once_come_out_one_after_the_other(
    simulator: Simulator, printer: PosPrinter
) -> None:
    await asyncio.gather(
        printer.print_data(printer.render((Text("one\n" * 200), Cut()))),
        printer.print_data(printer.render((Text("two\n" * 200), Cut()))),
    )
    assert [set(receipt.text.split()) for receipt in simulator.receipts] == [{"one"}, {"two"}]


async def test_thin_roll_still_prints(simulator: Simulator, printer: PosPrinter) -> None:
    await simulator.hand("paper_near_end")
    await printer.print_data(printer.render(RECEIPT))
    assert len(simulator.receipts) == 1


async def test_columns_are_those_of_the_paper(simulator: Simulator, printer: PosPrinter) -> None:
    line = "x" * printer.columns
    await printer.print_data(printer.render((Text(line), Cut())))
    assert simulator.receipts[0].text == line
    assert printer.columns == simulator.model.columns


async def test_document_with_a_wrong_value_is_refused_before_anything_is_sent(
    printer: PosPrinter,
) -> None:
    with pytest.raises(UnsupportedError) as caught:
        printer.render((Barcode("8711000000005"),))
    assert caught.value.outcome is Outcome.NOT_DONE


# --- Paper that does not come


@pytest.mark.parametrize(
    ("action", "remedy", "words"),
    [
        ("open_cover", "close_cover", "Close the printer cover"),
        ("paper_out", "replace_paper", "new paper roll"),
    ],
)
async def test_printer_that_cannot_print_is_told_nothing(
    simulator: Simulator, printer: PosPrinter, action: str, remedy: str, words: str
) -> None:
    await simulator.hand(action)
    with pytest.raises(RefusedError, match=words) as caught:
        await printer.print_data(printer.render(RECEIPT))
    assert caught.value.outcome is Outcome.NOT_DONE
    await simulator.hand(remedy)
    await printer.print_data(printer.render((Text("after"), Cut())))
    assert simulator.paper_text.strip() == "after"


@pytest.mark.parametrize("document", [RECEIPT, LONG_RECEIPT], ids=["short", "long"])
async def test_paper_out_in_mid_receipt_fails_and_a_reprint_is_whole_and_alone(
    simulator: Simulator, printer: PosPrinter, document: Document
) -> None:
    simulator.faults.switch("paper_out_mid_receipt", on=True)
    with pytest.raises(RefusedError, match="new paper roll") as caught:
        await hurry(printer.print_data(printer.render(document)))
    assert caught.value.outcome is Outcome.NOT_DONE
    await simulator.hand("replace_paper")
    await printer.print_data(printer.render(document))
    torn, whole = simulator.receipts
    assert len(torn.lines) < len(whole.lines)
    assert simulator.hanging.text == ""


async def test_paper_out_without_proof_that_the_rest_is_forgotten_is_unknown(
    simulator: Simulator, printer: PosPrinter
) -> None:
    simulator.faults.switch("no_clear_buffer", on=True)
    simulator.faults.switch("paper_out_mid_receipt", on=True)
    events = printer.events()
    with pytest.raises(OutcomeUnknownError, match="Look whether the receipt is on paper") as caught:
        await hurry(printer.print_data(printer.render(RECEIPT)))
    assert caught.value.outcome is Outcome.UNKNOWN
    await end_of(events)


async def test_cover_opened_in_mid_receipt_fails_and_nothing_comes_later(
    slow: Simulator, kind: Kind
) -> None:
    printer = await open_printer(slow, **kind.settings)
    printing = asyncio.create_task(printer.print_data(printer.render(LONG_RECEIPT)))
    await printed_lines(slow, 3)
    await slow.hand("open_cover")
    with pytest.raises(RefusedError, match="Close the printer cover"):
        await hurry(printing)
    before = slow.paper_text
    await slow.hand("close_cover")
    await hurry(slow.wait_for(lambda printer: printer.settled))
    assert slow.paper_text == before
    await printer.close()


async def test_jammed_cutter_fails_and_the_next_receipt_prints_once_it_is_free(
    simulator: Simulator, printer: PosPrinter
) -> None:
    simulator.faults.switch("cutter_jam", on=True)
    with pytest.raises(RefusedError, match="cutter"):
        await hurry(printer.print_data(printer.render(RECEIPT)))
    with pytest.raises(RefusedError, match="cutter"):
        await printer.print_data(printer.render(RECEIPT))
    simulator.faults.switch("cutter_jam", on=False)
    await simulator.hand("tear_off")
    await printer.print_data(printer.render(RECEIPT))
    assert "Totaal" in simulator.receipts[-1].text


async def test_slow_printer_is_waited_for(
    simulator: Simulator, printer: PosPrinter, kind: Kind
) -> None:
    simulator.faults.switch("slow", on=True)
    began = asyncio.get_running_loop().time()
    assert await hurry(printer.print_data(printer.render((Text("one\ntwo\nthree"), Cut())))) is (
        kind.evidence
    )
    assert asyncio.get_running_loop().time() - began > 3
    assert simulator.receipts[0].text.split() == ["one", "two", "three"]


async def test_hot_head_makes_a_pause_and_no_failure(slow: Simulator, kind: Kind) -> None:
    printer = await open_printer(slow, **kind.settings)
    printing = asyncio.create_task(printer.print_data(printer.render(RECEIPT)))
    await printed_lines(slow, 2)
    slow.faults.switch("head_too_hot", on=True)
    await hurry(asyncio.sleep(10))
    assert not printing.done()
    slow.faults.switch("head_too_hot", on=False)
    assert await hurry(printing) is kind.evidence
    await printer.close()


async def test_printer_that_stands_still_is_given_up_and_prints_nothing_later(
    simulator: Simulator, kind: Kind
) -> None:
    printer = await open_printer(simulator, progress_timeout=5, **kind.settings)
    simulator.faults.switch("buffer_full", on=True)
    with pytest.raises(RefusedError, match="does not go on"):
        await hurry(printer.print_data(printer.render(LONG_RECEIPT)))
    simulator.faults.switch("buffer_full", on=False)
    await printer.print_data(printer.render((Text("after"), Cut())))
    assert simulator.paper_text.strip() == "after"
    await printer.close()


async def test_printer_answers_while_a_logo_as_wide_as_the_paper_is_printing(
    slow: Simulator, kind: Kind
) -> None:
    printer = await open_printer(slow, **kind.settings)
    logo = Image(576, 400, bytes(range(256)) * 112 + bytes(128))
    printing = asyncio.create_task(printer.print_data(printer.render((logo, Cut()))))
    await printed_lines(slow, 2)
    assert (await printer.check_health()).online
    assert not printing.done()
    assert await hurry(printing) is kind.evidence
    (receipt,) = slow.receipts
    assert sum(mark.height for mark in receipt.marks) == 400
    await printer.close()


LOGO = Image(576, 400, bytes(range(256)) * 112 + bytes(128))


async def test_image_that_the_printer_keeps_is_written_once_and_then_takes_a_few_bytes(
    simulator: Simulator, printer: PosPrinter, kind: Kind
) -> None:
    can_keep = "no_nv_graphics" not in kind.lacks
    as_dots = printer.render((LOGO, Cut()))
    assert [await hurry(printer.keep_image(LOGO)) for _ in range(2)] == [can_keep] * 2
    kept = printer.render((LOGO, Cut()))
    assert len(kept) < 100 if can_keep else kept == as_dots
    for data in (as_dots, kept):
        assert await printer.print_data(data) is kind.evidence
    by_dots, by_key = simulator.receipts
    assert by_key.png() == by_dots.png()
    assert simulator.lasting_writes == int(can_keep)


async def test_image_is_kept_while_the_printer_is_switched_off(
    simulator: Simulator, printer: PosPrinter, kind: Kind
) -> None:
    kept = await hurry(printer.keep_image(LOGO))
    await simulator.hand("power_off")
    await simulator.hand("power_on")
    again = await open_printer(simulator, **kind.settings)
    assert await hurry(again.keep_image(LOGO)) is kept
    assert simulator.lasting_writes == int(kept)
    await again.close()


async def test_printer_that_is_closed_while_it_keeps_an_image_is_left_in_good_order(
    simulator: Simulator, printer: PosPrinter, kind: Kind
) -> None:
    for turns in range(12):
        keeping = asyncio.create_task(printer.keep_image(LOGO))
        for _ in range(turns * turns):
            await asyncio.sleep(0)
        keeping.cancel()
        await printer.close()
        await asyncio.gather(keeping, return_exceptions=True)
        printer = await open_printer(simulator, **kind.settings)
        await hurry(printer.print_data(printer.render((Text(f"{turns}"), Cut()))))
    await printer.close()
    assert [each for each in simulator.complaints if "TransmitKeyCodes" not in each] == []
    assert [receipt.text.strip() for receipt in simulator.receipts] == [str(i) for i in range(12)]


async def test_image_is_not_given_to_a_printer_that_needs_a_hand(
    simulator: Simulator, printer: PosPrinter
) -> None:
    await simulator.hand("open_cover")
    with pytest.raises(RefusedError, match="Close the printer cover"):
        await printer.keep_image(LOGO)
    assert simulator.lasting_writes == 0


async def test_paper_is_printed_although_the_cover_opens_right_behind_it(
    simulator: Simulator, printer: PosPrinter, kind: Kind
) -> None:
    assert await printer.print_data(printer.render(RECEIPT)) is kind.evidence
    await simulator.hand("open_cover")
    with pytest.raises(RefusedError):
        await printer.print_data(printer.render(RECEIPT))
    assert len(simulator.receipts) == 1


# --- A printer that says nothing, or nonsense, or is gone


@pytest.mark.parametrize("fault", ["silent", "garbage"])
async def test_printer_without_sensible_answers_is_offline_and_prints_nothing(
    simulator: Simulator, printer: PosPrinter, fault: str
) -> None:
    events = printer.events()
    simulator.faults.switch(fault, on=True)
    with pytest.raises(OfflineError) as caught:
        await hurry(printer.print_data(printer.render(RECEIPT)))
    assert caught.value.outcome is Outcome.NOT_DONE
    assert simulator.paper_text.strip() == ""
    await end_of(events)


@pytest.mark.parametrize("fault", ["silent", "garbage"])
async def test_printer_that_loses_its_tongue_in_mid_receipt_leaves_it_unknown(
    slow: Simulator, kind: Kind, fault: str
) -> None:
    printer = await open_printer(slow, **kind.settings)
    printing = asyncio.create_task(printer.print_data(printer.render(RECEIPT)))
    await printed_lines(slow, 2)
    slow.faults.switch(fault, on=True)
    with pytest.raises(OutcomeUnknownError):
        await hurry(printing)
    await hurry(slow.wait_for_receipt())
    await printer.close()


@pytest.mark.parametrize("fault", ["drop_link_mid_job", "power_loss_mid_job"])
async def test_connection_lost_in_mid_receipt_leaves_it_unknown(
    simulator: Simulator, printer: PosPrinter, fault: str
) -> None:
    events = printer.events()
    simulator.faults.switch(fault, on=True)
    with pytest.raises(OutcomeUnknownError, match="Look whether the receipt is on paper"):
        await printer.print_data(printer.render(LONG_RECEIPT))
    await end_of(events)


async def test_printer_that_was_off_prints_again_when_it_is_opened_again(
    simulator: Simulator, printer: PosPrinter, kind: Kind
) -> None:
    events = printer.events()
    await simulator.hand("power_off")
    assert (await end_of(events)).device == "receipts"
    with pytest.raises(OfflineError):
        await printer.print_data(printer.render(RECEIPT))
    with pytest.raises(OfflineError) as caught:
        await open_printer(simulator, **kind.settings)
    assert caught.value.outcome is Outcome.NOT_DONE
    await simulator.hand("power_on")
    again = await open_printer(simulator, **kind.settings)
    assert await again.print_data(again.render(RECEIPT)) is kind.evidence
    await again.close()


async def test_pulled_cable_is_noticed_in_idle_time(
    simulator: Simulator, printer: PosPrinter
) -> None:
    events = printer.events()
    simulator.faults.switch("silent", on=True)
    began = asyncio.get_running_loop().time()
    await hurry(end_of(events))
    assert asyncio.get_running_loop().time() - began < 6


async def test_idle_printer_does_not_drop_the_line_after_its_five_minutes(
    simulator: Simulator, kind: Kind
) -> None:
    printer = await open_printer(simulator, poll_interval=60, answer_timeout=100, **kind.settings)
    await hurry(asyncio.sleep(400), step=2)
    assert simulator.connected
    assert (await printer.check_health()).online
    await printer.close()


# --- Cancelling and closing


async def test_cancelled_in_the_queue_nothing_is_sent(slow: Simulator, kind: Kind) -> None:
    printer = await open_printer(slow, **kind.settings)
    first = asyncio.create_task(printer.print_data(printer.render((Text("first"), Cut()))))
    second = asyncio.create_task(printer.print_data(printer.render((Text("second"), Cut()))))
    await asyncio.sleep(0)
    second.cancel()
    await hurry(first)
    assert second.cancelled()
    await hurry(printer.print_data(printer.render((Text("third"), Cut()))))
    assert [receipt.text.strip() for receipt in slow.receipts] == ["first", "third"]
    await printer.close()


async def test_cancelled_under_way_the_connection_ends_and_nothing_more_is_sent(
    slow: Simulator, kind: Kind
) -> None:
    printer = await open_printer(slow, **kind.settings)
    events = printer.events()
    printing = asyncio.create_task(printer.print_data(printer.render(LONG_RECEIPT)))
    await printed_lines(slow, 2)
    printing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await printing
    await end_of(events)
    with pytest.raises(OfflineError):
        await printer.print_data(printer.render(RECEIPT))
    await hurry(
        slow.wait_for(
            lambda printer: printer.settled and not (printer.connected and kind.sees_host), 60
        )
    )
    assert "119 of a long list" not in slow.paper_text
    await printer.close()


async def test_closed_under_way_the_receipt_is_unknown(slow: Simulator, kind: Kind) -> None:
    printer = await open_printer(slow, **kind.settings)
    printing = asyncio.create_task(printer.print_data(printer.render(RECEIPT)))
    await printed_lines(slow, 1)
    await printer.close()
    with pytest.raises(OutcomeUnknownError):
        await printing


async def test_closing_ends_the_events_and_can_be_repeated(printer: PosPrinter) -> None:
    events = printer.events()
    await printer.close()
    await printer.close()
    assert (await end_of(events)).code is ErrorCode.CLOSED
    with pytest.raises(OfflineError):
        await printer.check_health()
    with pytest.raises(OfflineError):
        await anext(printer.events())


# --- Status


async def test_status_is_known_when_it_is_open(printer: PosPrinter) -> None:
    status = printer.status
    assert (status.online, status.cover_open, status.rec_empty) == (True, False, False)
    assert (status.error, status.fault) == (None, None)
    assert isinstance(status.rec_near_end, bool)
    assert isinstance(status.drawer_level, bool)


async def test_printer_with_an_open_cover_can_be_opened(simulator: Simulator, kind: Kind) -> None:
    await simulator.hand("open_cover")
    printer = await open_printer(simulator, **kind.settings)
    assert (printer.status.online, printer.status.cover_open) == (False, True)
    events = printer.events()
    await simulator.hand("close_cover")
    assert await hurry(status_where(events, online=True, cover_open=False))
    await printer.close()


@pytest.mark.parametrize(
    ("action", "change"),
    [
        ("open_cover", {"cover_open": True, "online": False}),
        ("paper_near_end", {"rec_near_end": True, "online": True}),
        ("paper_out", {"rec_empty": True, "online": False}),
        ("open_drawer_by_key", {"drawer_level": True}),
    ],
)
async def test_change_is_told_and_told_once(
    simulator: Simulator, printer: PosPrinter, action: str, change: dict[str, object]
) -> None:
    events, others = printer.events(), printer.events()
    await simulator.hand(action)
    status = await hurry(status_where(events, **change))
    assert printer.status == status == (await anext(others)).status
    await hurry(asyncio.sleep(10))
    second = asyncio.ensure_future(anext(events))
    await asyncio.sleep(0)
    assert not second.done()
    second.cancel()


async def test_error_is_told_in_words(simulator: Simulator, printer: PosPrinter) -> None:
    events = printer.events()
    simulator.faults.switch("head_too_hot", on=True)
    status = await hurry(status_where(events, online=False))
    assert status.error
    assert "hot" in status.error


async def test_health_is_asked_now(simulator: Simulator, printer: PosPrinter) -> None:
    await simulator.hand("paper_near_end")
    assert (await printer.check_health()).rec_near_end


async def test_health_is_answered_while_a_long_receipt_prints(slow: Simulator, kind: Kind) -> None:
    printer = await open_printer(slow, **kind.settings)
    printing = asyncio.create_task(printer.print_data(printer.render(LONG_RECEIPT)))
    await printed_lines(slow, 2)
    before = asyncio.get_running_loop().time()
    assert (await printer.check_health()).online
    assert asyncio.get_running_loop().time() - before < 0.5
    assert not printing.done()
    await hurry(printing)
    assert len(slow.receipts[0].text.splitlines()) == 120
    await printer.close()


# --- The drawer's pulse


async def test_pulse_kicks_the_wired_pin_once(
    simulator: Simulator, printer: PosPrinter, kind: Kind
) -> None:
    assert await printer.pulse_drawer(5, 200, 200) is kind.pulse
    (pulse,) = simulator.drawer_pulses
    assert (pulse.pin, pulse.on_ms, pulse.off_ms) == (5, 200, 200)
    sources = {PulseKind.REAL_TIME: PulseSource.REAL_TIME, PulseKind.BUFFERED: PulseSource.BUFFERED}
    assert pulse.source is sources[kind.pulse]


async def test_pin_that_does_not_exist_is_refused(
    simulator: Simulator, printer: PosPrinter
) -> None:
    with pytest.raises(UnsupportedError, match="pin 2 or 5"):
        await printer.pulse_drawer(3, 100, 100)
    assert simulator.drawer_pulses == []


@pytest.mark.parametrize(
    ("action", "remedy"), [("open_cover", "close_cover"), ("paper_out", "replace_paper")]
)
async def test_pulse_to_a_printer_that_stands_comes_now_or_never(
    simulator: Simulator, printer: PosPrinter, kind: Kind, action: str, remedy: str
) -> None:
    await simulator.hand(action)
    if kind.pulse is PulseKind.REAL_TIME:
        await printer.pulse_drawer(2, 100, 100)
        at_once = 1
    else:
        with pytest.raises(RefusedError):
            await printer.pulse_drawer(2, 100, 100)
        at_once = 0
    assert len(simulator.drawer_pulses) == at_once
    advance(60)
    await simulator.hand(remedy)
    await printer.check_health()
    await simulator.wait_for(lambda printer: printer.settled)
    assert len(simulator.drawer_pulses) == at_once


async def test_pulse_in_an_error_state_is_refused(
    simulator: Simulator, printer: PosPrinter
) -> None:
    simulator.faults.switch("head_too_hot", on=True)
    with pytest.raises((RefusedError, OfflineError), match="hot") as caught:
        await printer.pulse_drawer(2, 100, 100)
    assert caught.value.outcome is Outcome.NOT_DONE
    simulator.faults.switch("head_too_hot", on=False)
    await printer.check_health()
    assert simulator.drawer_pulses == []


async def test_pulse_does_not_wait_behind_a_long_receipt(slow: Simulator, kind: Kind) -> None:
    printer = await open_printer(slow, **kind.settings)
    printing = asyncio.create_task(printer.print_data(printer.render(LONG_RECEIPT)))
    await printed_lines(slow, 2)
    if kind.pulse is PulseKind.REAL_TIME:
        await printer.pulse_drawer(2, 100, 100)
        assert len(slow.drawer_pulses) == 1
    else:
        with pytest.raises(RefusedError) as caught:
            await hurry(printer.pulse_drawer(2, 100, 100))
        assert caught.value.code is ErrorCode.BUSY
    assert not printing.done()
    before = len(slow.drawer_pulses)
    await hurry(printing)
    assert len(slow.receipts[0].text.splitlines()) == 120
    assert len(slow.drawer_pulses) == before
    await printer.close()


async def test_pulse_to_a_silent_printer_is_not_sent(
    simulator: Simulator, printer: PosPrinter
) -> None:
    simulator.faults.switch("silent", on=True)
    with pytest.raises(OfflineError):
        await hurry(printer.pulse_drawer(2, 100, 100))
    assert simulator.drawer_pulses == []


async def test_pulse_to_a_printer_that_keeps_everything_back_comes_now_or_never(
    simulator: Simulator, printer: PosPrinter, kind: Kind
) -> None:
    simulator.faults.switch("buffer_full", on=True)
    if kind.pulse is PulseKind.REAL_TIME:
        await printer.pulse_drawer(2, 100, 100)
        at_once = 1
    else:
        with pytest.raises(OutcomeUnknownError, match="Look whether the drawer is open"):
            await hurry(printer.pulse_drawer(2, 100, 100))
        at_once = 0
    assert len(simulator.drawer_pulses) == at_once
    simulator.faults.switch("buffer_full", on=False)
    await printer.print_data(printer.render(RECEIPT))
    assert len(simulator.drawer_pulses) == at_once


# --- Settings


@pytest.mark.parametrize(
    "wrong",
    [
        {"host": ""},
        {"port": 0},
        {"profile": "TM-T99"},
        {"columns": 3},
        {"answer_timeout": 0},
        {"colour": "red"},
    ],
)
async def test_wrong_settings_are_refused(simulator: Simulator, wrong: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        await open_printer(simulator, **wrong)
