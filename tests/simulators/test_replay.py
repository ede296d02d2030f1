"""What any terminal said becomes a test for its driver."""

import msgspec
import pytest

from drivers.errors import DeviceError
from drivers.payment_terminal import PaymentRequest, PaymentResult, TracedMessage
from simulators.replay import CaptureError, open_replay
from tests.contracts.terminals import PROTOCOLS, Protocol, open_configured
from tests.contracts.zvt_terminals import Journal


def request(number: int, amount: int = 1234) -> PaymentRequest:
    payment_id = f"01JD{number:022d}"
    return PaymentRequest(payment_id=payment_id, amount=amount, currency="EUR")


async def recorded(protocol: Protocol, fault: str | None = None) -> tuple[str, PaymentResult]:
    lines: list[TracedMessage] = []
    async with protocol.make("counter") as simulator:
        terminal = await open_configured(simulator)
        if fault:
            simulator.faults.switch(fault, on=True)
        stop = terminal.trace(lines.append)
        await simulator.hand("insert_pin")
        result = await terminal.payment(request(1), Journal().commit)
        stop()
        await terminal.close()
    return "\n".join(msgspec.json.encode(line).decode() for line in lines), result


async def played(capture: str, asked: PaymentRequest) -> tuple[PaymentResult, list[str]]:
    async with open_replay(capture) as replay:
        terminal = await open_configured(replay)
        result = await terminal.payment(asked, Journal().commit)
        await terminal.close()
    return result, replay.deviations


@pytest.mark.parametrize("protocol", PROTOCOLS, ids=str)
@pytest.mark.parametrize("fault", [None, "decline"])
async def test_captured_payment_plays_back_as_it_was(protocol: Protocol, fault: str | None) -> None:
    capture, result = await recorded(protocol, fault)
    again, deviations = await played(capture, request(1))
    assert (again, deviations) == (result, [])


@pytest.mark.parametrize("protocol", PROTOCOLS, ids=str)
async def test_another_payment_of_the_same_amount_fits_the_capture(protocol: Protocol) -> None:
    capture, result = await recorded(protocol)
    again, deviations = await played(capture, request(2))
    assert (again.approved, deviations) == (True, [])
    assert again.authorised_amount == result.authorised_amount


@pytest.mark.parametrize("protocol", PROTOCOLS, ids=str)
async def test_another_amount_deviates(protocol: Protocol) -> None:
    capture, _ = await recorded(protocol)
    async with open_replay(capture) as replay:
        terminal = await open_configured(replay)
        with pytest.raises(DeviceError):
            await terminal.payment(request(1, 999), Journal().commit)
        await terminal.close()
    assert "999" in replay.deviations[0] or "9.99" in replay.deviations[0]


@pytest.mark.parametrize("capture", ["", "no json", "[]", "{}", '{"protocol": "smoke"}'])
def test_what_is_no_capture_says_so(capture: str) -> None:
    with pytest.raises(CaptureError, match="Line 1"):
        open_replay(capture)
