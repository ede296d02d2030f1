"""Every fault does what it says, and ends when it is switched off."""

import asyncio
from collections.abc import Callable

import pytest

from simulators.control import Simulator
from simulators.pos_printer import PosPrinter, Trouble
from simulators.pos_printer.print_head import PrintHead
from tests.shifting_loop import advance
from tests.simulators.printer_host import CLEAR_BUFFER, CUT, PROCESS_ID, Host

RECEIPT = b"one\ntwo\nthree\n" + CUT


def has_printed(lines: int) -> Callable[[PosPrinter], bool]:
    return lambda printer: len(printer.hanging.lines) == lines


async def test_jammed_cutter_waits_for_a_hand_and_a_recovery() -> None:
    async with PosPrinter() as printer, Host(printer) as host:
        printer.faults.switch("cutter_jam", on=True)
        host.send(RECEIPT)
        await printer.wait_for(lambda p: Trouble.CUTTER in p.mechanism.troubles)
        assert (await host.statuses()).hex(" ") == "1a 52 1a 12"
        host.send(b"\x10\x05\x01")
        await host.all_arrived()
        assert printer.receipts == []
        printer.faults.switch("cutter_jam", on=False)
        assert (await host.statuses()).hex(" ") == "1a 52 1a 12"
        host.send(b"\x10\x05\x01")
        assert (await printer.wait_for_receipt()).text == "one\ntwo\nthree"


async def test_recovery_with_clearing_forgets_what_was_not_printed() -> None:
    async with PosPrinter() as printer, Host(printer) as host:
        printer.faults.switch("cutter_jam", on=True)
        host.send(RECEIPT + RECEIPT)
        await printer.wait_for(lambda p: Trouble.CUTTER in p.mechanism.troubles)
        printer.faults.switch("cutter_jam", on=False)
        host.send(b"\x10\x05\x02")
        await printer.wait_for(lambda p: p.settled)
        assert (await host.statuses()).hex(" ") == "12 12 12 12"
        assert printer.receipts == []
        assert printer.hanging.text == "one\ntwo\nthree"


async def test_jam_ends_when_the_cover_is_opened_and_closed() -> None:
    async with PosPrinter() as printer, Host(printer) as host:
        printer.faults.switch("cutter_jam", on=True)
        host.send(RECEIPT)
        await printer.wait_for(lambda p: Trouble.CUTTER in p.mechanism.troubles)
        printer.faults.switch("cutter_jam", on=False)
        await printer.hand("open_cover")
        await printer.hand("close_cover")
        await printer.wait_for_receipt()


async def test_hot_head_goes_on_by_itself() -> None:
    async with PosPrinter() as printer, Host(printer) as host:
        printer.faults.switch("head_too_hot", on=True)
        host.send(RECEIPT)
        await host.all_arrived()
        assert printer.hanging.lines == ()
        printer.faults.switch("head_too_hot", on=False)
        await printer.wait_for_receipt()


async def test_silent_printer_prints_and_answers_nothing() -> None:
    async with PosPrinter() as printer, Host(printer) as host:
        printer.faults.switch("silent", on=True)
        host.send(b"\x1da\x0f\x10\x04\x01" + RECEIPT + PROCESS_ID + b"0001")
        await printer.wait_for_receipt()
        await printer.wait_for(lambda p: p.settled)
        printer.faults.switch("silent", on=False)
        assert await host.ask(b"\x10\x04\x01", 1) == b"\x12"


async def test_garbage_is_no_status() -> None:
    async with PosPrinter() as printer, Host(printer) as host:
        printer.faults.switch("garbage", on=True)
        assert (await host.statuses()).hex(" ") == "ed ed ed ed"


async def test_slow_printer_takes_a_second_a_line() -> None:
    async with PosPrinter() as printer, Host(printer) as host:
        printer.faults.switch("slow", on=True)
        host.send(b"one\ntwo\n")
        await printer.wait_for(lambda p: not p.settled)
        await host.all_arrived()
        assert printer.hanging.lines == ()
        for lines in (1, 2):
            advance(1)
            await printer.wait_for(has_printed(lines))


async def test_full_buffer_says_online_and_works_nothing_off() -> None:
    async with PosPrinter() as printer, Host(printer) as host:
        printer.faults.switch("buffer_full", on=True)
        host.send(RECEIPT)
        assert (await host.statuses()).hex(" ") == "12 12 12 12"
        assert printer.hanging.lines == ()
        printer.faults.switch("buffer_full", on=False)
        await printer.wait_for_receipt()


async def test_dropped_link_does_not_keep_the_receipt_from_being_printed() -> None:
    async with PosPrinter() as printer, Host(printer) as host:
        printer.faults.switch("drop_link_mid_job", on=True)
        host.send(RECEIPT)
        await host.until_closed()
        assert (await printer.wait_for_receipt()).text == "one\ntwo\nthree"
        assert "drop_link_mid_job" not in printer.faults
        async with Host(printer) as again:
            assert await again.ask(b"\x10\x04\x01", 1) == b"\x12"


async def test_lost_power_loses_the_rest_of_the_receipt() -> None:
    async with PosPrinter() as printer, Host(printer) as host:
        printer.faults.switch("power_loss_mid_job", on=True)
        host.send(RECEIPT)
        await host.until_closed()
        await printer.wait_for(lambda p: not p.powered)
        assert printer.hanging.text == "one\ntwo"
        await printer.hand("power_on")
        async with Host(printer) as again:
            assert await again.ask(b"four\n" + PROCESS_ID + b"0001", 7)
        assert printer.paper_text == "one\ntwo\nfour"


@pytest.mark.parametrize(
    ("fault", "command"),
    [
        ("no_process_id", PROCESS_ID + b"0001"),
        ("no_asb", b"\x1da\x0f"),
        ("no_clear_buffer", CLEAR_BUFFER),
    ],
)
async def test_missing_command_is_passed_over(fault: str, command: bytes) -> None:
    async with PosPrinter() as printer, Host(printer) as host:
        printer.faults.switch(fault, on=True)
        assert await host.ask(command + b"\x1dr\x01", 1) == b"\0"
        assert printer.hanging.lines == ()


async def test_buffer_that_cannot_be_cleared_is_printed_later() -> None:
    async with PosPrinter() as printer, Host(printer) as host:
        printer.faults.switch("no_clear_buffer", on=True)
        await printer.hand("open_cover")
        host.send(RECEIPT + CLEAR_BUFFER)
        await host.all_arrived()
        await printer.hand("close_cover")
        await printer.wait_for_receipt()


async def test_forgotten_buffer_is_not_printed_when_the_paper_is_replaced() -> None:
    async with PosPrinter() as printer, Host(printer) as host:
        printer.faults.switch("forgets_buffer", on=True)
        await printer.hand("paper_out")
        host.send(RECEIPT + PROCESS_ID + b"0001")
        await host.all_arrived()
        await printer.hand("replace_paper")
        assert await host.ask(b"four\n" + PROCESS_ID + b"0002", 7) == b"\x37\x220002\0"
        assert printer.paper_text == "four"


async def test_missing_real_time_pulse_leaves_the_buffered_one() -> None:
    async with PosPrinter() as printer, Host(printer) as host:
        printer.faults.switch("no_real_time_pulse", on=True)
        host.send(b"\x10\x14\x01\x00\x01")
        await host.all_arrived()
        assert printer.drawer_pulses == []
        host.send(b"\x1bp\x00\x19\x19")
        await printer.wait_for(lambda p: p.drawer_pulses)


async def test_locked_drawer_stays_closed() -> None:
    async with PosPrinter() as printer, Host(printer) as host:
        printer.faults.switch("drawer_stuck", on=True)
        host.send(b"\x10\x14\x01\x00\x01")
        await host.all_arrived()
        assert len(printer.drawer_pulses) == 1
        assert not printer.drawer.is_open


async def test_power_returns_while_it_is_still_going() -> None:
    async with PosPrinter() as printer:
        await asyncio.gather(printer.hand("power_off"), printer.hand("power_on"))
        assert printer.powered
        async with Host(printer) as host:
            assert await host.ask(b"\x10\x04\x01", 1) == b"\x12"


def switch_all_faults(simulator: Simulator) -> None:
    for name, description in simulator.faults.descriptions.items():
        assert description.endswith(".")
        simulator.faults.switch(name, on=True)
        simulator.faults.switch(name, on=False)


def test_every_fault_is_told_and_can_be_switched() -> None:
    printer = PosPrinter()
    switch_all_faults(printer)
    assert not any(printer.faults.state().values())
    assert printer.state()["errors"] == []


async def print_a_line() -> None:
    async with PosPrinter() as printer, Host(printer) as host:
        host.send(b"text\n")
        await printer.wait_for(lambda p: not p.settled)
        await host.all_arrived()


async def test_mistake_in_the_simulator_is_not_swallowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PrintHead, "perform", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        await print_a_line()
