"""The printer on its wire: what it answers, when, and what waits.

Status bytes: Epson ESC/POS Command Reference, DLE EOT, GS a, GS r.
"""

import asyncio
import hashlib
import socket
import time
import tomllib
from collections.abc import Callable

import pytest
from escpos.printer import Network  # type: ignore[import-untyped] # python-escpos has no types

from simulators.control import UnknownNameError
from simulators.pos_printer import Model, PosPrinter, PulseSource, Sensor, Trouble
from simulators.pos_printer.controller import INTERFACE_WINDOW
from simulators.pos_printer.printer import MOST_COMPLAINTS
from tests.shifting_loop import advance
from tests.simulators.printer_host import CLEAR_BUFFER, CUT, PROCESS_ID, Host

NO_DRAWER = Model(drawer_pin=None)


def has_printed(lines: int) -> Callable[[PosPrinter], bool]:
    return lambda printer: len(printer.hanging.lines) >= lines


@pytest.mark.parametrize(
    ("actions", "statuses"),
    [
        ([], "12 12 12 12"),
        (["open_cover"], "1a 16 12 12"),
        (["open_cover", "close_cover"], "12 12 12 12"),
        (["paper_out"], "1a 32 12 7e"),
        (["paper_near_end"], "12 12 12 1e"),
        (["paper_out", "replace_paper"], "12 12 12 12"),
        (["open_drawer_by_key"], "16 12 12 12"),
        (["open_drawer_by_key", "close_drawer"], "12 12 12 12"),
    ],
)
async def test_real_time_status_tells_what_a_hand_did(actions: list[str], statuses: str) -> None:
    async with PosPrinter() as printer, Host(printer) as host:
        for action in actions:
            await printer.hand(action)
        assert (await host.statuses()).hex(" ") == statuses


async def test_real_time_status_tells_of_errors() -> None:
    async with PosPrinter() as printer, Host(printer) as host:
        printer.faults.switch("head_too_hot", on=True)
        assert (await host.statuses()).hex(" ") == "1a 52 52 12"
        printer.mechanism.troubles = {Trouble.CUTTER}
        assert (await host.statuses()).hex(" ") == "1a 52 1a 12"


@pytest.mark.parametrize(
    ("sensor", "closed", "opened"),
    [(Sensor.OPEN_HIGH, 0x12, 0x16), (Sensor.OPEN_LOW, 0x16, 0x12), (Sensor.NONE, 0x16, 0x16)],
)
async def test_level_of_pin_3_follows_the_wiring(sensor: Sensor, closed: int, opened: int) -> None:
    async with PosPrinter(model=Model(drawer_sensor=sensor)) as printer, Host(printer) as host:
        assert await host.ask(b"\x10\x04\x01", 1) == bytes((closed,))
        await printer.hand("open_drawer_by_key")
        assert await host.ask(b"\x10\x04\x01", 1) == bytes((opened,))


async def test_python_escpos_understands_the_status() -> None:
    async with PosPrinter() as printer:
        witness = Network(printer.host, printer.port, timeout=5)
        try:
            assert await asyncio.to_thread(witness.is_online)
            assert await asyncio.to_thread(witness.paper_status) == 2
            await printer.hand("paper_near_end")
            assert await asyncio.to_thread(witness.paper_status) == 1
            await printer.hand("paper_out")
            assert await asyncio.to_thread(witness.paper_status) == 0
            assert not await asyncio.to_thread(witness.is_online)
        finally:
            witness.close()


async def test_automatic_status_comes_at_once_and_with_every_change_asked_for() -> None:
    async with PosPrinter() as printer, Host(printer) as host:
        assert (await host.ask(b"\x1da\x0f", 4)).hex(" ") == "10 00 00 0f"
        await printer.hand("open_cover")
        assert (await host.receive(4)).hex(" ") == "38 00 00 0f"
        await printer.hand("close_cover")
        assert (await host.receive(4)).hex(" ") == "10 00 00 0f"
        await printer.hand("paper_near_end")
        assert (await host.receive(4)).hex(" ") == "10 00 03 0f"
        await printer.hand("paper_out")
        assert (await host.receive(4)).hex(" ") == "18 00 0f 0f"
        await printer.hand("replace_paper")
        assert (await host.receive(4)).hex(" ") == "10 00 00 0f"
        await printer.hand("open_drawer_by_key")
        assert (await host.receive(4)).hex(" ") == "14 00 00 0f"
        printer.faults.switch("head_too_hot", on=True)
        assert (await host.receive(4)).hex(" ") == "1c 40 00 0f"


async def test_automatic_status_leaves_out_what_was_not_asked_for() -> None:
    async with PosPrinter() as printer, Host(printer) as host:
        await host.ask(b"\x1da\x01", 4)
        await printer.hand("open_cover")
        await printer.hand("close_cover")
        await printer.hand("open_drawer_by_key")
        assert (await host.receive(4)).hex(" ") == "14 00 00 0f"


async def test_initialising_ends_the_automatic_status() -> None:
    async with PosPrinter() as printer, Host(printer) as host:
        await host.ask(b"\x1da\x0f", 4)
        await host.ask(b"\x1b@" + PROCESS_ID + b"0001", 7)
        await printer.hand("open_cover")
        assert (await host.statuses()).hex(" ") == "1a 16 12 12"


async def test_automatic_status_cannot_be_switched_on_while_the_cover_is_open() -> None:
    async with PosPrinter() as printer, Host(printer) as host:
        await printer.hand("open_cover")
        host.send(b"\x1da\x0f")
        assert (await host.statuses()).hex(" ") == "1a 16 12 12"
        await printer.hand("close_cover")
        assert (await host.receive(4)).hex(" ") == "10 00 00 0f"


async def test_process_id_is_answered_when_the_paper_before_it_is_printed() -> None:
    async with PosPrinter() as printer, Host(printer) as host:
        assert await host.ask(b"first\n" + PROCESS_ID + b"AB12", 7) == b"\x37\x22AB12\0"
        assert printer.hanging.text == "first"
        await printer.hand("open_cover")
        host.send(b"second\n" + PROCESS_ID + b"CD34")
        assert await host.ask(b"\x10\x04\x02", 1) == b"\x16"
        assert printer.hanging.text == "first"
        await printer.hand("close_cover")
        assert await host.receive(7) == b"\x37\x22CD34\0"
        assert printer.hanging.text == "first\nsecond"


async def test_buffered_status_is_not_answered_without_paper() -> None:
    async with PosPrinter() as printer, Host(printer) as host:
        assert await host.ask(b"\x1dr\x01\x1dr\x02", 2) == b"\0\0"
        await printer.hand("paper_near_end")
        assert await host.ask(b"\x1dr1", 1) == b"\x03"
        await printer.hand("paper_out")
        host.send(b"\x1dr\x01")
        assert (await host.statuses()).hex(" ") == "1a 32 12 7e"
        await printer.hand("replace_paper")
        assert await host.receive(1) == b"\0"


async def test_receipt_in_the_buffer_is_finished_when_the_paper_is_replaced() -> None:
    async with PosPrinter() as printer, Host(printer) as host:
        printer.faults.switch("paper_out_mid_receipt", on=True)
        host.send(b"one\ntwo\nthree\nfour\n" + CUT)
        await printer.wait_for(lambda p: not p.mechanism.online)
        assert printer.hanging.text == "one\ntwo"
        await printer.hand("replace_paper")
        await printer.wait_for_receipt(2)
        assert [receipt.text for receipt in printer.receipts] == ["one\ntwo", "three\nfour"]
        assert [receipt.end for receipt in printer.receipts] == ["torn", "cut"]


async def test_cleared_buffer_is_never_printed() -> None:
    async with PosPrinter() as printer, Host(printer) as host:
        printer.faults.switch("paper_out_mid_receipt", on=True)
        host.send(b"one\ntwo\nthree\nfour\n" + CUT)
        await printer.wait_for(lambda p: not p.mechanism.online)
        assert await host.ask(b"more\n" + CLEAR_BUFFER, 3) == b"\x37\x25\0"
        assert printer.buffered == 0
        await printer.hand("replace_paper")
        await host.ask(b"next\n" + PROCESS_ID + b"0001", 7)
        assert printer.paper_text == "one\ntwo\nnext"


async def test_half_a_command_is_cleared_too() -> None:
    async with PosPrinter() as printer, Host(printer) as host:
        host.send(b"text without end \x1d(k\xff\x00half")
        await host.all_arrived()
        assert await host.ask(CLEAR_BUFFER + b"next\n" + PROCESS_ID + b"0001", 10)
        assert printer.paper_text == "next"


async def test_buffered_pulse_waits_behind_an_open_cover_and_fires_when_it_is_closed() -> None:
    async with PosPrinter() as printer, Host(printer) as host:
        await printer.hand("open_cover")
        host.send(b"\x1bp\x00\x19\x32")
        await host.all_arrived()
        advance(60)
        await host.all_arrived()
        assert printer.drawer_pulses == []
        await printer.hand("close_cover")
        await printer.wait_for(lambda p: p.drawer.is_open)
        (pulse,) = printer.drawer_pulses
        assert (pulse.source, pulse.pin) == (PulseSource.BUFFERED, 2)
        assert (pulse.on_ms, pulse.off_ms) == (50, 100)


async def test_real_time_pulse_works_with_an_open_cover_and_behind_a_waiting_receipt() -> None:
    async with PosPrinter() as printer, Host(printer) as host:
        await printer.hand("open_cover")
        host.send(b"x\n" * 500 + b"\x10\x14\x01\x00\x02")
        await printer.wait_for(lambda p: p.drawer.is_open)
        assert printer.hanging.text == ""
        (pulse,) = printer.drawer_pulses
        assert (pulse.source, pulse.on_ms, pulse.off_ms) == (PulseSource.REAL_TIME, 200, 200)


async def test_real_time_pulse_is_ignored_in_an_error_state() -> None:
    async with PosPrinter() as printer, Host(printer) as host:
        printer.faults.switch("head_too_hot", on=True)
        host.send(b"\x10\x14\x01\x00\x02")
        await host.all_arrived()
        assert printer.drawer_pulses == []
        assert printer.complaints == ["DLE DC4: the pulse is ignored."]


async def test_real_time_pulse_is_ignored_while_another_one_lasts() -> None:
    async with PosPrinter() as printer, Host(printer) as host:
        host.send(b"\x10\x14\x01\x00\x08" * 2)
        await host.all_arrived()
        assert len(printer.drawer_pulses) == 1
        advance(2)
        host.send(b"\x10\x14\x01\x00\x08")
        await host.all_arrived()
        assert len(printer.drawer_pulses) == 2


async def test_real_time_pulse_can_be_switched_off() -> None:
    async with PosPrinter() as printer, Host(printer) as host:
        await host.ask(b"\x1d(D\x03\x00\x14\x01\x00" + PROCESS_ID + b"0001", 7)
        host.send(b"\x10\x14\x01\x00\x01")
        await host.all_arrived()
        assert printer.drawer_pulses == []


async def test_pulse_on_the_other_pin_does_not_open_the_drawer() -> None:
    async with PosPrinter(model=Model(drawer_pin=5)) as printer, Host(printer) as host:
        host.send(b"\x10\x14\x01\x00\x01")
        await host.all_arrived()
        assert not printer.drawer.is_open
        advance(1)
        host.send(b"\x10\x14\x01\x01\x01")
        await host.all_arrived()
        assert printer.drawer.is_open
        assert [pulse.pin for pulse in printer.drawer_pulses] == [2, 5]


async def test_full_buffer_holds_the_host_back_and_loses_nothing() -> None:
    lines = 20_000
    async with PosPrinter() as printer, Host(printer) as host:
        await printer.hand("open_cover")
        host.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8192)
        host.send(b"x\n" * lines + CUT)
        limit = printer.model.buffer_size + INTERFACE_WINDOW
        await printer.wait_for(lambda p: p.buffered >= limit)
        await asyncio.sleep(0)
        assert printer.buffered < limit + 1024
        assert host.writer.transport.get_write_buffer_size() > 0
        await printer.hand("close_cover")
        assert (await printer.wait_for_receipt()).text.count("x") == lines


async def test_real_time_command_is_obeyed_behind_a_full_buffer() -> None:
    async with PosPrinter() as printer, Host(printer) as host:
        await printer.hand("open_cover")
        host.send(b"x\n" * (printer.model.buffer_size // 2))
        await printer.wait_for(lambda p: p.buffered >= p.model.buffer_size - 64)
        assert (await host.statuses()).hex(" ") == "1a 16 12 12"


async def test_second_host_is_served_when_the_first_one_leaves() -> None:
    async with PosPrinter() as printer, Host(printer) as first, Host(printer) as second:
        await first.all_arrived()
        second.send(b"\x10\x04\x01")
        await first.all_arrived()
        assert second.reader.at_eof() is False
        first.writer.close()
        assert await second.receive(1) == b"\x12"


async def test_receipt_is_printed_though_its_host_has_left() -> None:
    async with PosPrinter() as printer:
        await printer.hand("open_cover")
        async with Host(printer) as host:
            host.send(b"hello\n" + CUT)
            await host.all_arrived()
        await printer.wait_for(lambda p: not p.connected)
        await printer.hand("close_cover")
        assert (await printer.wait_for_receipt()).text == "hello"


async def test_idle_host_is_dropped_after_five_minutes() -> None:
    async with PosPrinter() as printer, Host(printer) as host:
        await host.all_arrived()
        advance(299)
        await host.all_arrived()
        advance(301)
        await host.until_closed()
        await printer.wait_for(lambda p: not p.connected)


async def test_printer_that_is_deselected_ignores_all_but_real_time_commands() -> None:
    async with PosPrinter() as printer, Host(printer) as host:
        host.send(b"\x1b=\x02for the display\n\x1b=\x01" + PROCESS_ID + b"0001")
        assert await host.receive(7)
        assert printer.hanging.text == ""


async def test_printer_says_who_it_is() -> None:
    async with PosPrinter() as printer, Host(printer) as host:
        assert await host.ask(b"\x1dI\x43", 11) == b"_SIMULATED\0"


async def test_power_off_forgets_the_buffer_and_power_on_keeps_the_port() -> None:
    async with PosPrinter() as printer:
        async with Host(printer) as host:
            await printer.hand("open_cover")
            host.send(b"lost\n" + CUT)
            await host.all_arrived()
            await printer.hand("power_off")
            await host.until_closed()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(printer.host, printer.port)
        await printer.hand("close_cover")
        await printer.hand("power_on")
        async with Host(printer) as host:
            await host.ask(b"kept\n" + PROCESS_ID + b"0001", 7)
        assert printer.paper_text == "kept"


async def test_lines_take_their_time() -> None:
    model = Model(lines_per_second=10)
    async with PosPrinter(model=model) as printer, Host(printer) as host:
        host.send(b"1\n2\n3\n")
        await printer.wait_for(lambda p: not p.settled)
        for count in (1, 2, 3):
            await host.all_arrived()
            assert len(printer.hanging.lines) < count
            advance(0.1)
            await printer.wait_for(has_printed(count))


async def test_arrival_of_the_first_print_byte_is_noted_and_status_questions_are_not() -> None:
    async with PosPrinter() as printer, Host(printer) as host:
        arrival = printer.next_print_byte()
        await host.statuses()
        assert not arrival.done()
        before = time.perf_counter_ns()
        host.send(b"x\n")
        assert before <= await arrival <= time.perf_counter_ns()


async def test_feed_button_feeds_and_tearing_off_makes_a_receipt() -> None:
    async with PosPrinter() as printer, Host(printer) as host:
        await host.ask(b"a\n" + PROCESS_ID + b"0001", 7)
        await printer.hand("press_feed")
        await printer.hand("tear_off")
        (receipt,) = printer.receipts
        assert (receipt.text, receipt.end, len(receipt.lines)) == ("a", "torn", 2)


async def test_state_is_what_a_person_sees() -> None:
    async with PosPrinter() as printer, Host(printer) as host:
        host.send(b"Totaal 1,00\n\n\n\n\n" + CUT + b"next\n\x10\x14\x01\x00\x01")
        await printer.wait_for(lambda p: p.settled and p.hanging.lines)
        assert printer.state() == {
            "powered": True,
            "online": True,
            "connected": True,
            "paper": "ok",
            "cover_open": False,
            "errors": [],
            "drawer_open": True,
            "drawer_pulses": 1,
            "buffered": 0,
            "receipts": 1,
            "last_receipt": "Totaal 1,00",
            "hanging": "next",
            "complaints": [],
        }


async def test_state_holds_no_card_number_even_if_one_is_printed() -> None:
    async with PosPrinter() as printer, Host(printer) as host:
        card = b"4111 1111 1111 1111\n"
        await host.ask(card + CUT + card + PROCESS_ID + b"0001", 7)
        assert "1111 1111" not in str(printer.state())


async def test_toml_points_at_printer_and_drawer() -> None:
    async with PosPrinter("receipts", model=Model(columns=42, drawer_pin=5)) as printer:
        assert tomllib.loads(printer.toml()) == {
            "pos_printer": [
                {
                    "name": "receipts",
                    "driver": "escpos",
                    "host": "127.0.0.1",
                    "port": printer.port,
                    "columns": 42,
                }
            ],
            "cash_drawer": [
                {
                    "name": "drawer",
                    "driver": "printer_port",
                    "printer": "receipts",
                    "pin": 5,
                    "sensor": "open_high",
                }
            ],
        }
    async with PosPrinter(model=NO_DRAWER) as printer:
        assert list(tomllib.loads(printer.toml())) == ["pos_printer"]


async def test_unknown_action_names_the_nearest_one() -> None:
    printer = PosPrinter()
    with pytest.raises(UnknownNameError, match="Did you mean open_cover"):
        await printer.hand("open_covers")
    with pytest.raises(ValueError, match="no arguments"):
        await printer.hand("open_cover", wide=True)


def test_width_that_no_paper_has_is_refused() -> None:
    with pytest.raises(ValueError, match="32, 42, 48"):
        Model(columns=44)


async def test_waiting_ends_with_what_its_question_raises() -> None:
    async with PosPrinter() as printer:
        waiting = asyncio.create_task(
            printer.wait_for(lambda p: p.mechanism.cover_open and 1 // len(p.receipts))
        )
        await asyncio.sleep(0)
        await printer.hand("open_cover")
        with pytest.raises(ZeroDivisionError):
            await waiting
        with pytest.raises(TimeoutError):
            await printer.wait_for_receipt(1, 0.01)


async def test_garbage_does_not_stop_the_printer() -> None:
    noise = b"".join(hashlib.sha256(b"%d" % n).digest() for n in range(1600))
    async with PosPrinter() as printer, Host(printer) as host:
        host.send(noise + bytes(16))
        receiving = asyncio.create_task(host.until_closed())
        await printer.wait_for(lambda p: p.settled and p.complaints)
        host.writer.close()
        await receiving
        await printer.hand("power_off")
        await printer.hand("power_on")
        async with Host(printer) as next_host:
            assert await next_host.ask(b"fine\n" + PROCESS_ID + b"0001", 7)
        assert printer.paper_text.endswith("fine")
        assert len(printer.complaints) == MOST_COMPLAINTS
