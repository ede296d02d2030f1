"""A capture of a shop becomes a test: recorded from one driver, played back to another."""

import asyncio
import json
import tomllib
from collections.abc import AsyncIterator

import msgspec
import pytest

from drivers.errors import RemoteProtocolError
from drivers.payment_terminal import PaymentResult, PaymentTerminal, TracedMessage
from drivers.payment_terminal.zvt import Settings, open_device
from simulators.payment_terminal import PaymentTerminal as Simulator
from simulators.replay import CaptureError, Replay, open_replay
from tests.contracts.terminals import open_configured
from tests.contracts.zvt_terminals import Journal, pay, request


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    async with Simulator() as simulator:
        yield simulator


async def recorded(
    simulator: Simulator, hand: str = "insert_pin"
) -> tuple[str, PaymentResult, list[TracedMessage]]:
    terminal = await open_configured(simulator)
    lines: list[TracedMessage] = []
    stop = terminal.trace(lines.append)
    result = await pay(simulator, terminal, hand)
    stop()
    await terminal.diagnosis()
    await terminal.close()
    capture = b"".join(msgspec.json.encode(line) + b"\n" for line in lines).decode()
    return capture, result, lines


async def opened(replay: Replay) -> PaymentTerminal:
    (table,) = tomllib.loads(replay.toml())["payment_terminal"]
    return await open_device("replay", Settings(host=table["host"], port=table["port"]), {})


@pytest.mark.parametrize("fault", [None, "wrong_pin_first", "decline", "abort_after_approval"])
async def test_replayed_payment_ends_as_it_did(simulator: Simulator, fault: str | None) -> None:
    if fault:
        simulator.faults.switch(fault, on=True)
    capture, result, _ = await recorded(simulator)
    async with open_replay(capture) as replay:
        terminal = await opened(replay)
        assert await terminal.payment(request(), Journal().commit) == result
        await replay.played.wait()
        await terminal.close()
    assert replay.deviations == []


async def test_capture_is_json_lines_that_a_person_can_read(simulator: Simulator) -> None:
    capture, _, lines = await recorded(simulator)
    first = json.loads(capture.splitlines()[0])
    assert first["sender"] == "till"
    assert (first["protocol"], first["name"]) == ("zvt", "authorization")
    times = [line.at for line in lines]
    assert times == sorted(times)
    assert lines[-1].name == "positive acknowledgement"


async def test_capture_ends_when_it_is_stopped(simulator: Simulator) -> None:
    _, _, lines = await recorded(simulator)
    assert "status enquiry" not in [line.name for line in lines]


async def test_till_that_asks_for_something_else_deviates(simulator: Simulator) -> None:
    capture, _, _ = await recorded(simulator)
    async with open_replay(capture) as replay:
        terminal = await opened(replay)
        with pytest.raises(RemoteProtocolError):
            await terminal.payment(request(999), Journal().commit)
        await terminal.close()
    assert replay.deviations[0].startswith("authorization: 06010c04000000000999")


async def test_command_that_is_not_in_the_capture_is_refused(simulator: Simulator) -> None:
    capture, _, _ = await recorded(simulator)
    async with open_replay(capture) as replay:
        terminal = await opened(replay)
        with pytest.raises(Exception, match="cannot do this"):
            await terminal.diagnosis()
        await terminal.close()
    assert replay.deviations == ["status enquiry is not in the capture here."]


@pytest.mark.parametrize(
    "line", ["no json", "[]", '{"protocol": "nexo", "sender": "till"}', '{"protocol": "zvt"}']
)
def test_file_that_is_no_capture_says_where(line: str) -> None:
    good = '{"at": 0, "sender": "till", "protocol": "zvt", "name": "", "message": "050100"}'
    with pytest.raises(CaptureError, match="Line 2"):
        open_replay(f"{good}\n{line}")


async def test_message_that_was_not_understood_is_left_out(simulator: Simulator) -> None:
    terminal = await open_configured(simulator)
    lines: list[TracedMessage] = []
    terminal.trace(lines.append)
    simulator.faults.switch("unknown_bitmap", on=True)
    with pytest.raises(Exception, match="cannot be read"):
        await pay(simulator, terminal)
    await terminal.close()
    broken = [line for line in lines if "not understood" in line.name]
    assert [line.message for line in broken] == [""]
    async with open_replay("\n".join(msgspec.json.encode(line).decode() for line in lines)):
        await asyncio.sleep(0)
