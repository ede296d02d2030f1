"""The conversation with a printer, byte by byte."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import ErrorCode, OfflineError, OutcomeUnknownError, RefusedError
from drivers.pos_printer import PrintEvidence, PulseKind, StatusChanged
from drivers.pos_printer.escpos import Settings, open_device
from drivers.pos_printer.escpos.job import PIECE, WINDOW, pieces
from drivers.pos_printer.escpos.printer import EscPosPrinter
from drivers.wire import escpos, escpos_commands
from simulators.pos_printer import PosPrinter as SimulatedPrinter
from tests.drivers.escpos_peer import (
    AUTOMATIC_COVER_OPEN,
    AUTOMATIC_ON,
    AUTOMATIC_READY,
    CLEAR,
    CLEARED,
    COVER_OPEN,
    PAPER_STATUS_REQUEST,
    PROCESS_ID,
    PULSE,
    READY,
    STATUS_REQUEST,
    Peer,
    Port,
)
from tests.shifting_loop import advance, hurry

IMAGE = bytes.fromhex("1d 76 30 00 48 00 00 02") + bytes(72 * 512)
"""GS v 0: an image of 576 by 512 dots, one command of 36 KB."""


@pytest.fixture
async def port() -> AsyncIterator[Port]:
    async with Port().listen() as port:
        yield port


def settings(port: Port, **changes: object) -> Settings:
    fields: dict[str, object] = {"host": "127.0.0.1", "port": port.number, "poll_interval": 3600.0}
    return Settings(**(fields | changes))  # type: ignore[arg-type]  # the test's own keywords


@contextlib.asynccontextmanager
async def connected(port: Port, **changes: object) -> AsyncIterator[tuple[EscPosPrinter, Peer]]:
    opening = asyncio.create_task(open_device("receipts", settings(port, **changes), {}))
    peer = await port.connection()
    printer = await opening
    await peer.until(AUTOMATIC_ON)
    yield printer, peer
    await printer.close()
    await peer.close()


# --- Evidence


async def test_receipt_is_printed_when_the_printer_names_its_process_id(port: Port) -> None:
    async with connected(port) as (printer, peer):
        printing = asyncio.create_task(printer.print_data(b"receipt\n"))
        assert await peer.until(AUTOMATIC_ON) == b"receipt\n"
        peer.name(await peer.process_id())
        assert await printing is PrintEvidence.PROCESS_ID


async def test_process_id_of_another_job_is_no_evidence(port: Port) -> None:
    async with connected(port) as (printer, peer):
        printing = asyncio.create_task(printer.print_data(b"receipt\n"))
        process_id = await peer.process_id()
        peer.name(b"%04d" % ((int(process_id) + 1) % 10_000))
        await printer.check_health()
        assert not printing.done()
        peer.name(process_id)
        assert await printing is PrintEvidence.PROCESS_ID


async def test_every_job_asks_with_an_id_of_its_own(port: Port) -> None:
    async with connected(port) as (printer, peer):
        ids = set()
        for _ in range(3):
            printing = asyncio.create_task(printer.print_data(b"receipt\n"))
            ids.add(process_id := await peer.process_id())
            peer.name(process_id)
            await printing
        assert len(ids) == 3


async def test_paper_status_is_the_evidence_where_process_ids_are_unknown(port: Port) -> None:
    async with connected(port, process_id=False) as (printer, peer):
        peer.send(b"\0\0")  # nobody asked: noise
        printing = asyncio.create_task(printer.print_data(b"receipt\n"))
        await peer.until(PAPER_STATUS_REQUEST)
        await printer.check_health()
        assert not printing.done()
        peer.send(b"\x00")
        assert await printing is PrintEvidence.BUFFERED_STATUS


async def test_status_told_ahead_of_the_buffer_is_no_evidence(port: Port) -> None:
    async with connected(port, process_id=False) as (printer, peer):
        printing = asyncio.create_task(printer.print_data(b"receipt\n"))
        await peer.until(PAPER_STATUS_REQUEST)
        peer.send(AUTOMATIC_READY * 3)
        assert (await printer.check_health()).online
        assert not printing.done()
        peer.send(b"\x00")
        await printing


async def test_answer_that_crosses_the_clearing_is_evidence(port: Port) -> None:
    async with connected(port) as (printer, peer):
        printing = asyncio.create_task(printer.print_data(b"receipt\n"))
        process_id = await peer.process_id()
        peer.send(AUTOMATIC_COVER_OPEN)
        await peer.until(CLEAR)
        peer.name(process_id)
        peer.send(CLEARED)
        assert await printing is PrintEvidence.PROCESS_ID


async def test_nothing_is_sent_between_the_clearing_and_its_answer(port: Port) -> None:
    async with connected(port) as (printer, peer):
        printing = asyncio.create_task(printer.print_data(b"receipt\n"))
        await peer.process_id()
        peer.send(AUTOMATIC_COVER_OPEN)
        await peer.until(CLEAR)
        asking = asyncio.create_task(printer.check_health())
        await hurry(asyncio.sleep(1))
        assert peer.wire.endswith(CLEAR)
        peer.send(CLEARED)
        with pytest.raises(RefusedError, match="cover"):
            await printing
        assert (await asking).online


async def test_fault_that_passed_meanwhile_still_stops_the_job(port: Port) -> None:
    async with connected(port) as (printer, peer):
        printing = asyncio.create_task(printer.print_data(b"receipt\n"))
        await peer.process_id()
        peer.send(AUTOMATIC_COVER_OPEN + AUTOMATIC_READY)
        await peer.until(CLEAR)
        peer.send(CLEARED)
        with pytest.raises(RefusedError, match="cover"):
            await printing


async def test_link_that_breaks_before_the_first_byte_leaves_nothing_done(port: Port) -> None:
    async with connected(port) as (printer, peer):
        peer.status = b""
        printing = asyncio.create_task(printer.print_data(b"receipt\n"))
        await peer.until(STATUS_REQUEST)
        peer.cut()
        with pytest.raises(OfflineError):
            await printing
        assert b"receipt" not in peer.wire


async def test_link_that_breaks_behind_the_last_byte_leaves_it_unknown(port: Port) -> None:
    async with connected(port) as (printer, peer):
        printing = asyncio.create_task(printer.print_data(b"receipt\n"))
        await peer.process_id()
        peer.cut()
        with pytest.raises(OutcomeUnknownError):
            await printing


async def test_look_at_the_printer_is_not_repeated_for_the_job_behind_it(port: Port) -> None:
    async with connected(port) as (printer, peer):
        await printer.check_health()
        for looks in (1, 2):  # it counts for one job only
            printing = asyncio.create_task(printer.print_data(b"receipt\n"))
            peer.name(await peer.process_id())
            await printing
            assert peer.wire.count(STATUS_REQUEST) == 1 + looks


async def test_look_that_is_a_moment_old_is_repeated(port: Port) -> None:
    async with connected(port) as (printer, peer):
        await printer.check_health()
        advance(0.06)
        printing = asyncio.create_task(printer.print_data(b"receipt\n"))
        peer.name(await peer.process_id())
        await printing
        assert peer.wire.count(STATUS_REQUEST) == 3


async def test_look_that_shows_an_open_cover_stops_the_job(port: Port) -> None:
    async with connected(port) as (printer, peer):
        peer.status = COVER_OPEN
        assert (await printer.check_health()).cover_open
        with pytest.raises(RefusedError, match="cover"):
            await printer.print_data(b"receipt\n")
        assert b"receipt" not in peer.wire


# --- Pieces


@given(
    st.lists(
        st.one_of(
            st.binary(max_size=300),
            st.just(b"a line of text\n" * 60),
            st.just(IMAGE[:4000]),
            st.just(b"\x1bE\x01" * 300),
        ),
        max_size=6,
    ).map(b"".join)
)
def test_job_is_cut_where_commands_end_and_nothing_is_lost(data: bytes) -> None:
    cut = list(pieces(data))
    assert b"".join(piece for piece, _ in cut) == data
    assert [is_last for _, is_last in cut] == [False] * (len(cut) - 1) + [True]
    ends, end = set(), 0
    for piece, _ in cut:
        assert len(piece) <= PIECE or len(escpos.read(piece)) == 1
        end += len(piece)
        ends.add(end)
    reader = escpos.EscPosReader()
    reader.receive_data(data)
    reader.end()
    assert ends <= {reader.position for _ in iter(reader.next_event, None)} | {0}


def test_lines_stay_whole_where_they_can() -> None:
    cut = [piece for piece, _ in pieces(b"\x1bE\x01a line of text\n" * 500)]
    assert all(piece.endswith(b"\n") for piece in cut)


async def test_no_more_waits_in_the_printer_than_its_buffer_holds(port: Port) -> None:
    line = b"a line of text\n"
    async with connected(port) as (printer, peer):
        printing = asyncio.create_task(printer.print_data(line * 1000))
        answered = 0
        while not printing.done():
            peer.name(await peer.process_id())
            answered += 1
            await hurry(asyncio.wait({printing}, timeout=1))
            unanswered = b"".join(peer.wire.split(PROCESS_ID)[answered:])
            assert unanswered.count(line) * len(line) <= WINDOW < 4096
        assert answered == -(-len(line) * 1000 // (PIECE - PIECE % len(line)))


async def test_question_never_lands_inside_a_command(port: Port) -> None:
    async with connected(port, poll_interval=0.01) as (printer, peer):
        printing = asyncio.create_task(printer.print_data(IMAGE + b"\n" + IMAGE))
        for _ in range(3):
            await asyncio.sleep(0.05)
            peer.name(await peer.process_id())
        await printing
        commands = escpos.read(peer.wire)
        images = [type(command).__name__ for command in commands]
        assert images.count("RasterImage") == 2
        assert images.count("RealTimeStatus") > 8
        assert not [c for c in commands if isinstance(c, escpos_commands.Unknown)]


async def test_long_image_that_a_printer_does_not_take_keeps_no_question_waiting(
    port: Port,
) -> None:
    async with connected(port) as (printer, peer):
        peer.stop_reading()
        printing = asyncio.create_task(printer.print_data(IMAGE * 3))
        await hurry(asyncio.sleep(0.5))
        for call in (printer.check_health, lambda: printer.pulse_drawer(2, 100, 100)):
            with pytest.raises(RefusedError) as caught:
                await hurry(call())
            assert caught.value.code is ErrorCode.BUSY
        assert not printing.done()
        peer.read_on()
        await peer.process_id()
        assert PULSE not in peer.wire
        printing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await printing


async def test_printer_that_takes_nothing_more_leaves_the_job_unknown(port: Port) -> None:
    async with connected(port, progress_timeout=5) as (printer, peer):
        peer.stop_reading()
        printing = asyncio.create_task(printer.print_data(IMAGE * 3))
        with pytest.raises(OutcomeUnknownError, match="does not go on"):
            await hurry(printing)
        peer.read_on()
        await peer.lost.wait()
        assert len(peer.wire) < len(IMAGE)


# --- Status


async def test_automatic_status_overtakes_a_real_time_answer(port: Port) -> None:
    async with connected(port) as (printer, peer):
        peer.status = b""
        events = printer.events()
        asking = asyncio.create_task(printer.check_health())
        await peer.until(STATUS_REQUEST)
        peer.send(COVER_OPEN[:2] + AUTOMATIC_READY + COVER_OPEN[2:])
        assert (await asking).cover_open is False
        peer.send(AUTOMATIC_COVER_OPEN)
        changed = await anext(events)
        assert isinstance(changed, StatusChanged)
        assert changed.status.cover_open


async def test_questions_of_several_callers_get_their_own_answers(port: Port) -> None:
    async with connected(port) as (printer, peer):
        peer.status = b""
        first = asyncio.create_task(printer.check_health())
        second = asyncio.create_task(printer.check_health())
        await peer.until(STATUS_REQUEST)
        await peer.until(STATUS_REQUEST)
        peer.send(READY + COVER_OPEN)
        assert (await first).cover_open is False
        assert (await second).cover_open is True


async def test_answer_to_a_question_that_was_given_up_is_not_the_next_ones(port: Port) -> None:
    async with connected(port) as (printer, peer):
        peer.status = b""
        given_up = asyncio.create_task(printer.check_health())
        await peer.until(STATUS_REQUEST)
        given_up.cancel()
        asking = asyncio.create_task(printer.check_health())
        await peer.until(STATUS_REQUEST)
        peer.send(COVER_OPEN)
        await hurry(asyncio.sleep(0.5))
        assert not asking.done()
        peer.send(READY)
        assert (await asking).online


async def test_change_is_told_at_once_by_a_printer_that_can_also_behind_a_reset() -> None:
    async with SimulatedPrinter() as simulator:
        quiet = Settings(host=simulator.host, port=simulator.port, poll_interval=3600)
        printer = await open_device("receipts", quiet, {})
        for job in (b"text\n", b"\x1b@text\n"):
            await printer.print_data(job)
            events = printer.events()
            await simulator.hand("open_cover")
            assert (await anext(events)).status.cover_open
            await simulator.hand("close_cover")
            assert not (await anext(events)).status.cover_open
        await printer.close()


# --- Opening


async def test_printer_that_takes_the_call_and_says_nothing_is_offline(port: Port) -> None:
    opening = asyncio.create_task(open_device("receipts", settings(port), {}))
    peer = await port.connection()
    peer.status = b""
    with pytest.raises(OfflineError, match="cable"):
        await hurry(opening)
    await peer.lost.wait()
    await peer.close()


async def test_opening_that_is_cancelled_lets_go_of_the_printer(port: Port) -> None:
    opening = asyncio.create_task(open_device("receipts", settings(port), {}))
    peer = await port.connection()
    peer.status = b""
    await peer.until(STATUS_REQUEST)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    await peer.lost.wait()
    await peer.close()


# --- The drawer's pulse


async def test_pulse_is_sent_behind_an_answer_and_proved_by_the_next(port: Port) -> None:
    async with connected(port) as (printer, peer):
        start = len(peer.wire)
        assert await printer.pulse_drawer(2, 100, 100) is PulseKind.REAL_TIME
        assert peer.wire[start:] == STATUS_REQUEST + PULSE + STATUS_REQUEST


async def test_pulse_without_an_answer_is_unknown_and_the_connection_reset(port: Port) -> None:
    async with connected(port) as (printer, peer):
        pulsing = asyncio.create_task(printer.pulse_drawer(2, 100, 100))
        await peer.until(STATUS_REQUEST)
        peer.status = b""
        with pytest.raises(OutcomeUnknownError, match="Look whether the drawer is open"):
            await hurry(pulsing)
        await peer.lost.wait()


@pytest.mark.parametrize("real_time", [True, False])
async def test_pulse_that_is_cancelled_cannot_come_later(port: Port, *, real_time: bool) -> None:
    async with connected(port, real_time_pulse=real_time) as (printer, peer):
        pulsing = asyncio.create_task(printer.pulse_drawer(2, 100, 100))
        await peer.until(STATUS_REQUEST)
        peer.status = b""
        await peer.until(PULSE if real_time else bytes.fromhex("1b 70 00 32 32"))
        pulsing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await pulsing
        await peer.lost.wait()
        with pytest.raises(OfflineError):
            await printer.check_health()
