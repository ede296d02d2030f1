"""The ZVT driver on a serial line: real ptys, the simulator's bad cables, and a peer of bytes."""

import asyncio
import os
import termios
import tty
from collections.abc import AsyncIterator, Iterator

import msgspec
import pytest

from drivers.errors import OfflineError, OutcomeUnknownError, RefusedError, UnsupportedError
from drivers.payment_terminal import LateResult, PaymentTerminal
from drivers.payment_terminal.zvt import Settings, open_device
from simulators.payment_terminal import PaymentTerminal as Simulator
from tests.contracts.terminals import open_configured
from tests.contracts.zvt_terminals import Journal, pay, request, seen, states
from tests.shifting_loop import advance, hurry

ACK = b"\x06"
REGISTRATION = "10020600140000008e0978060c26040a0206d31f7303000000" + "1003"


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    async with Simulator(line="serial") as simulator:
        yield simulator


@pytest.fixture
async def terminal(simulator: Simulator) -> AsyncIterator[PaymentTerminal]:
    terminal = await open_configured(simulator)
    yield terminal
    await terminal.close()


FAULTS = ["bad_crc", "lost_ack", "lost_till_ack", "nak_twice", "gap", "noise", "dribble"]


@pytest.mark.parametrize("fault", FAULTS)
async def test_bad_line_costs_time_and_no_payment(
    simulator: Simulator, terminal: PaymentTerminal, fault: str
) -> None:
    simulator.faults.switch(fault, on=True)
    journal = Journal()
    result = await hurry(pay(simulator, terminal, journal=journal))
    assert result.approved
    assert len(journal.results) == 1
    assert [entry.state for entry in simulator.ledger.entries()] == ["booked"]
    assert (result.receipt_text_customer or "").endswith("AKKOORD")


@pytest.mark.parametrize("fault", ["lost_till_ack", "bad_crc", "gap"])
async def test_result_on_a_bad_line_is_committed_once(simulator: Simulator, fault: str) -> None:
    terminal = await open_configured(simulator)
    journal = Journal()
    journal.open.clear()
    paying = asyncio.create_task(terminal.payment(request(), journal.commit))
    await simulator.until("waiting_for_card")
    simulator.faults.switch(fault, on=True)
    await simulator.hand("tap")
    journal.open.set()
    assert (await hurry(paying)).approved
    assert len(journal.results) == 1
    await terminal.close()


async def test_line_that_takes_nothing_is_a_lost_link(
    simulator: Simulator, terminal: PaymentTerminal
) -> None:
    simulator.faults.switch("line_dead", on=True)
    with pytest.raises(OutcomeUnknownError):
        await hurry(terminal.payment(request(), Journal().commit), step=0.2)
    assert states(simulator) == []


async def test_terminal_reverses_when_the_line_fails_under_its_result(simulator: Simulator) -> None:
    terminal = await open_configured(simulator)
    journal = Journal()
    paying = asyncio.create_task(terminal.payment(request(), journal.commit))
    await simulator.until("waiting_for_card")
    simulator.faults.switch("line_dead", on=True)
    await simulator.hand("tap")
    await hurry(simulator.until("idle"), step=0.2)
    assert states(simulator) == ["reversed"]
    await terminal.close()
    with pytest.raises(OutcomeUnknownError):
        await paying
    assert journal.results == []


async def test_pulled_cable_ends_the_device_and_a_new_one_opens_at_the_same_address(
    simulator: Simulator, terminal: PaymentTerminal
) -> None:
    events = terminal.events()
    await simulator.hand("unplug")
    with pytest.raises(OfflineError):
        await seen(events, LateResult)
    with pytest.raises(OfflineError):
        await pay(simulator, terminal)
    again = await open_configured(simulator)
    assert (await pay(simulator, again)).approved
    await again.close()


class Line:
    """The far end of a pty, in bytes."""

    def __init__(self) -> None:
        self.far_end, self._near_end = os.openpty()
        tty.setraw(self._near_end)
        os.set_blocking(self.far_end, False)
        self.url = os.ttyname(self._near_end)

    def put(self, data: str) -> None:
        os.write(self.far_end, bytes.fromhex(data))

    async def hear(self, size: int) -> str:
        data = b""
        while len(data) < size:
            try:
                data += os.read(self.far_end, size - len(data))
            except BlockingIOError:
                await asyncio.sleep(0)
        return data.hex()

    def attributes(self) -> list[int]:
        values: list[int] = termios.tcgetattr(self._near_end)[:6]
        return values

    def close(self) -> None:
        os.close(self.far_end)
        os.close(self._near_end)


@pytest.fixture
def line() -> Iterator[Line]:
    line = Line()
    yield line
    line.close()


async def test_registration_on_the_wire_is_the_manuals(line: Line) -> None:
    opening = asyncio.create_task(open_device("counter", Settings(url=line.url), {}))
    block = await line.hear(len(REGISTRATION) // 2 + 2)
    assert block.startswith(REGISTRATION)
    line.put("06" + "10028000001003f51f")
    assert await line.hear(1) == ACK.hex()
    line.put("1002060f00" + "1003" + _crc("060f00"))
    assert await line.hear(1) == ACK.hex()
    assert await line.hear(9) == "10028000001003f51f"
    line.put("06")
    terminal = await opening
    _, _, control, _, speed_in, speed_out = line.attributes()
    assert (speed_in, speed_out) == (termios.B9600, termios.B9600)
    assert control & termios.CSTOPB
    assert control & termios.CSIZE == termios.CS8
    assert not control & termios.PARENB
    await terminal.close()


async def test_block_that_nobody_acknowledges_is_sent_three_times(line: Line) -> None:
    opening = asyncio.create_task(open_device("counter", Settings(url=line.url), {}))
    size = len(REGISTRATION) // 2 + 2
    first = await line.hear(size)
    for _ in range(2):
        advance(5.0)
        assert await line.hear(size) == first
    advance(5.0)
    with pytest.raises(OfflineError):
        await opening


async def test_another_protocol_on_the_line_is_told_as_such(line: Line) -> None:
    opening = asyncio.create_task(open_device("counter", Settings(url=line.url), {}))
    await line.hear(len(REGISTRATION) // 2 + 2)
    line.put("06" + "1002" + "150369" + "1003" + _crc("150369"))
    with pytest.raises(RefusedError, match="ZVT"):
        await opening


def _crc(apdu: str) -> str:
    register = 0
    for byte in bytes.fromhex(apdu) + b"\x03":
        register ^= byte
        for _ in range(8):
            register = register >> 1 ^ (0x8408 if register & 1 else 0)
    return register.to_bytes(2, "little").hex()


async def test_port_that_is_not_there_is_offline() -> None:
    with pytest.raises(OfflineError, match="cable"):
        await open_device("counter", Settings(url="/dev/no-such-port"), {})


async def test_url_that_is_none_is_unsupported() -> None:
    with pytest.raises(UnsupportedError):
        await open_device("counter", Settings(url="carrier-pigeon://roof"), {})


@pytest.mark.parametrize(
    "fields",
    [{}, {"host": "terminal", "url": "/dev/ttyUSB0"}, {"host": "terminal", "vendor": "acme"}],
)
def test_settings_name_one_way_to_the_terminal(fields: dict[str, str]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(fields, Settings)


async def test_terminal_behind_a_serial_server_is_reached_by_url() -> None:
    settings = Settings(url="socket://127.0.0.1:9")
    with pytest.raises(OfflineError):
        await open_device("counter", settings, {})
