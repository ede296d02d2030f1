"""The simulated terminal refuses what the manual refuses, and keeps its books whatever happens."""

import asyncio
import contextlib
import signal
import subprocess
import sys
import tomllib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from simulators.control import UnknownNameError
from simulators.payment_terminal import (
    FAULTS,
    Entry,
    Ledger,
    Model,
    PaymentTerminal,
    State,
    open_simulator,
)
from simulators.payment_terminal.slips import payment_slips
from tests.shifting_loop import advance, hurry

REGISTRATION = "0600080000008e0978" + "0600"
ACK = "800000"
PAY = "06010a04000000001234490978"


class Till:
    """A till that says what a test tells it to say."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    def send(self, *messages: str) -> None:
        self._writer.write(bytes.fromhex("".join(messages)))

    async def hear(self) -> str:
        head = await self._reader.readexactly(3)
        return (head + await self._reader.readexactly(head[2])).hex()

    async def ask(self, message: str, answers: int = 1) -> list[str]:
        self.send(message)
        return [await self.hear() for _ in range(answers)]

    async def hear_until(self, control: str) -> str:
        while not (message := await self.hear()).startswith(control):
            if not message.startswith(("80", "84")):
                self.send(ACK)
        return message

    async def register(self) -> None:
        assert await self.ask(REGISTRATION, 2) != []
        self.send(ACK)


@contextlib.asynccontextmanager
async def till(terminal: PaymentTerminal) -> AsyncIterator[Till]:
    reader, writer = await asyncio.open_connection("127.0.0.1", terminal.port)
    yield Till(reader, writer)
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


@pytest.fixture
async def terminal() -> AsyncIterator[PaymentTerminal]:
    async with PaymentTerminal() as terminal:
        yield terminal


async def test_registration_is_completed_with_the_terminals_id(terminal: PaymentTerminal) -> None:
    async with till(terminal) as counter:
        ack, completion = await counter.ask(REGISTRATION, 2)
        assert ack == ACK
        assert completion == "060f" + "12" + "1900" + "2952500245" + "490978" + "060626040a0206d3"


async def test_registration_in_another_currency_is_refused(terminal: PaymentTerminal) -> None:
    async with till(terminal) as counter:
        assert await counter.ask("0600060000008e0756") == ["841e036f0978"]


async def test_registration_with_another_password_is_aborted(terminal: PaymentTerminal) -> None:
    async with till(terminal) as counter:
        assert await counter.ask("0600061234568e0978", 2) == [ACK, "061e016b"]


async def test_payment_needs_a_registration(terminal: PaymentTerminal) -> None:
    async with till(terminal) as counter:
        assert await counter.ask(PAY, 2) == [ACK, "061e016b"]


async def test_payment_in_another_currency_is_aborted(terminal: PaymentTerminal) -> None:
    async with till(terminal) as counter:
        await counter.register()
        other = PAY.replace("0978", "0756")
        assert await counter.ask(other, 2) == [ACK, "061e036f0978"]


async def test_unknown_command_is_refused(terminal: PaymentTerminal) -> None:
    async with till(terminal) as counter:
        assert await counter.ask("06e500") == ["848300"]


async def test_command_that_cannot_be_read_is_refused(terminal: PaymentTerminal) -> None:
    async with till(terminal) as counter:
        assert await counter.ask("06010199") == ["848300"]


async def test_second_command_while_the_terminal_is_master_gets_no_answer(
    terminal: PaymentTerminal,
) -> None:
    async with till(terminal) as counter:
        await counter.register()
        assert await counter.ask(PAY, 2) == [ACK, "04ff010a"]
        counter.send(ACK, "050100", "050100")
        await terminal.until_heard(0x0501, times=2)
        await terminal.hand("refuse")
        assert (await counter.hear()).startswith("040f")


async def test_command_right_behind_the_last_acknowledgement_is_taken(
    terminal: PaymentTerminal,
) -> None:
    async with till(terminal) as counter:
        await counter.ask(REGISTRATION, 2)
        counter.send(ACK + "050100")
        assert await counter.hear() == ACK


async def test_till_that_asks_for_patience_gets_the_result_again(
    terminal: PaymentTerminal,
) -> None:
    async with till(terminal) as counter:
        await counter.register()
        await terminal.hand("tap")
        counter.send(PAY)
        first = await counter.hear_until("040f")
        assert (await hurry(counter.ask("849c00")))[0] == first
        counter.send(ACK)
        await counter.hear_until("060f")


async def test_result_that_nobody_acknowledges_is_taken_back_after_t3(
    terminal: PaymentTerminal,
) -> None:
    async with till(terminal) as counter:
        await counter.register()
        await terminal.hand("tap")
        counter.send(PAY)
        await counter.hear_until("040f")
        advance(5.1)
        await terminal.until("idle")
    assert [entry.state for entry in terminal.ledger.entries()] == [State.REVERSED]


@pytest.mark.parametrize(("known", "booked"), [("0001", 1234), ("0000", 0), ("0007", 1234)])
async def test_synchronisation_id_one_behind_takes_the_last_booking_back(
    known: str, booked: int
) -> None:
    model = Model(commit_policy="keep_and_sync_1F1F")
    async with PaymentTerminal(model=model) as terminal, till(terminal) as counter:
        await counter.register()
        await terminal.hand("tap")
        counter.send(PAY)
        await counter.hear_until("060f")
        counter.send(ACK)
        counter.send("060111" + "04000000000100" + "490978" + "0605" + "1f1f02" + known)
        await terminal.hand("refuse")
        await counter.hear_until("061e")
        assert terminal.ledger.booked() == booked


async def test_customer_who_holds_the_card_ready_is_served_when_asked(
    terminal: PaymentTerminal,
) -> None:
    await terminal.hand("tap", card="visa")
    async with till(terminal) as counter:
        await counter.register()
        counter.send(PAY)
        assert b"Visa Debit".hex() in await counter.hear_until("040f")


async def test_auto_customers_pay_by_themselves(terminal: PaymentTerminal) -> None:
    await terminal.hand("auto", on=True)
    async with till(terminal) as counter:
        await counter.register()
        counter.send(PAY)
        await counter.hear_until("060f")
    assert terminal.state()["booked"] == 1234


async def test_power_cut_settles_what_was_pending(terminal: PaymentTerminal) -> None:
    async with till(terminal) as counter:
        await counter.register()
        await terminal.hand("tap")
        counter.send(PAY)
        await counter.hear_until("040f")
        assert [entry.state for entry in terminal.ledger.entries()] == [State.PENDING]
        await terminal.hand("power_cut")
    assert [entry.state for entry in terminal.ledger.entries()] == [State.REVERSED]


async def test_hands_know_their_names_and_arguments(terminal: PaymentTerminal) -> None:
    with pytest.raises(UnknownNameError, match="Did you mean tap"):
        await terminal.hand("tpa")
    with pytest.raises(ValueError, match="no card"):
        await terminal.hand("tap", card="library")
    with pytest.raises(ValueError, match="does not take"):
        await terminal.hand("refuse", loudly=True)
    assert set(terminal.actions) == {
        "tap", "insert_pin", "refuse", "walk_away", "auto", "power_cut", "unplug", "key_payment",
        "end_of_day", "set_receipt_number", "swap",
    }  # fmt: skip


def test_every_fault_says_what_it_does() -> None:
    assert all(text.endswith(".") for text in FAULTS.values())


async def test_table_points_at_the_open_port(terminal: PaymentTerminal) -> None:
    (table,) = tomllib.loads(terminal.toml())["payment_terminal"]
    assert table == {
        "name": "terminal",
        "driver": "zvt",
        "host": "127.0.0.1",
        "port": terminal.port,
    }


async def test_passwords_are_not_recorded(terminal: PaymentTerminal) -> None:
    async with till(terminal) as counter:
        await counter.ask("0600061234568e0978")
        recorded = terminal.traffic[0][1].encode().hex()
    assert recorded == "0600060000008e0978"


BOOKING = """
import os, signal, sys
from pathlib import Path
from simulators.payment_terminal import Entry, Ledger, State
ledger = Ledger(Path(sys.argv[1]))
booked = ledger.enter(Entry(amount=100, card="visa", contactless=True, at="1122140000"))
ledger.settle(booked, State.BOOKED)
ledger.enter(Entry(amount=1234, card="visa", contactless=True, at="1122140100"))
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize(
    ("policy", "last"), [("auto_reversal", State.REVERSED), ("keep_silently", State.BOOKED)]
)
async def test_books_survive_kill_9(tmp_path: Path, policy: Any, last: State) -> None:
    file = tmp_path / "terminal.sqlite"
    killed = subprocess.run([sys.executable, "-c", BOOKING, str(file)], check=False)  # noqa: ASYNC221 - nothing else runs
    assert killed.returncode == -signal.SIGKILL
    async with PaymentTerminal(ledger=file, model=Model(commit_policy=policy)) as terminal:
        assert [entry.state for entry in terminal.ledger.entries()] == [State.BOOKED, last]


async def test_simulator_of_a_directory_finds_its_books_again(tmp_path: Path) -> None:
    async with open_simulator("counter", tmp_path) as terminal:
        await terminal.hand("auto")
        async with till(terminal) as counter:
            await counter.register()
            counter.send(PAY)
            await counter.hear_until("060f")
    async with open_simulator("counter", tmp_path) as terminal:
        assert terminal.ledger.booked() == 1234


def entry(amount: int, state: State = State.PENDING) -> Entry:
    return Entry(amount=amount, card="visa", contactless=True, state=state, at="1122140000")


def test_receipt_numbers_are_used_up_by_bookings_and_trace_numbers_always() -> None:
    ledger = Ledger()
    first = ledger.enter(entry(1))
    ledger.settle(first, State.REVERSED)
    second = ledger.enter(entry(2))
    ledger.settle(second, State.BOOKED)
    third = ledger.enter(entry(3, State.DECLINED))
    assert [e.receipt_number for e in (first, second, third)] == [1, 1, 2]
    assert [e.trace_number for e in (first, second, third)] == [1, 2, 3]
    assert ledger.last() == ledger.entries()[1]
    ledger.close()


def test_end_of_day_empties_what_can_be_repeated_and_keeps_the_books() -> None:
    ledger = Ledger()
    ledger.settle(ledger.enter(entry(5)), State.BOOKED)
    assert [e.amount for e in ledger.close_day()] == [5]
    assert ledger.last() is None
    assert ledger.close_day() == []
    assert ledger.booked() == 5
    ledger.close()


async def test_slips_show_the_last_four_digits_alone() -> None:
    text = "\n".join(line for _, lines in payment_slips(entry(1234)) for line in lines)
    assert "******0042" in text
    assert "476173" not in text
