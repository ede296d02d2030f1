"""Support looks over a terminal's shoulder, and what it saw becomes a test."""

import asyncio
import contextlib
import json
import pathlib
import sys
import tomllib
from collections.abc import AsyncIterator

import httpx
import pytest

from drivers.payment_terminal import PaymentRequest
from drivers.payment_terminal.zvt import Settings, open_device
from edge_daemon.devices import Readiness
from simulators.payment_terminal.leaks import PAN
from simulators.replay import open_replay
from tests.contracts.zvt_terminals import Journal
from tests.stories.counter import TOKEN, Counter, ulid
from tests.stories.test_card_data import assert_clean

EDGE_DAEMON = str(pathlib.Path(sys.executable).with_name("edge-daemon"))
ORDER = {"workstation": "till-1", "amount": 1234}
AUTHORISATION = "authorization"
LONG = 600


@pytest.fixture
async def counter() -> AsyncIterator[Counter]:
    async with Counter() as counter:
        await counter.start()
        yield counter


@contextlib.asynccontextmanager
async def tracing(
    counter: Counter, seconds: float = LONG, name: str = "terminal"
) -> AsyncIterator[AsyncIterator[str]]:
    path = f"{counter.url}/v1/terminals/{name}/trace"
    async with counter.client.stream("POST", path, params={"seconds": seconds}) as answer:
        assert answer.status_code == 200
        lines = answer.aiter_lines()
        assert await anext(lines) == ""
        yield lines


async def until(lines: AsyncIterator[str], name: str) -> list[str]:
    found = []
    async for line in lines:
        found.append(line)
        if json.loads(line)["name"] == name:
            return found
    raise AssertionError(f"{name} did not come")


async def pay(counter: Counter) -> dict[str, object]:
    response = await counter.put(f"/v1/payments/{ulid()}", ORDER, wait=30)
    answer: dict[str, object] = response.json()
    return answer


async def replayed(capture: str) -> tuple[str | None, list[str]]:
    async with open_replay(capture) as replay:
        (table,) = tomllib.loads(replay.toml())["payment_terminal"]
        settings = Settings(host=table["host"], port=table["port"])
        terminal = await open_device("replay", settings, {})
        request = PaymentRequest(payment_id=ulid(), amount=1234, currency="EUR")
        result = await terminal.payment(request, Journal().commit)
        await replay.played.wait()
        await terminal.close()
    return result.masked_pan, replay.deviations


async def test_traced_payment_without_its_card_plays_back_as_a_test(
    counter: Counter, tmp_path: pathlib.Path
) -> None:
    counter.terminal.faults.switch("leaks_card_data", on=True)
    configuration = tmp_path / "with-the-port.toml"
    port = counter.daemon.addresses[0][1]
    text = counter.configuration().read_text().replace("port = 0", f"port = {port}", 1)
    configuration.write_text(text)
    file = tmp_path / "capture.jsonl"
    words = ["trace", "payment-terminal", "--seconds", str(LONG), "--output", str(file)]
    recording = await asyncio.create_subprocess_exec(
        EDGE_DAEMON, *words, "--config", str(configuration), stderr=asyncio.subprocess.PIPE
    )
    assert recording.stderr is not None
    assert b"Make the payment" in await recording.stderr.readline()
    assert (await pay(counter))["state"] == "CONFIRMED"
    await counter.stop()
    _, told = await recording.communicate()
    assert recording.returncode == 0
    assert "till      authorization\n" in told.decode()
    capture = file.read_text()
    assert_clean("the capture", capture.encode())
    assert PAN[:6] in capture
    assert await replayed(capture) == ("492984******5582", [])


async def test_messages_come_as_they_are_said(counter: Counter) -> None:
    async with tracing(counter) as lines:
        await pay(counter)
        found = [json.loads(line) for line in await until(lines, "completion")]
    assert found[0]["name"] == AUTHORISATION
    assert {each["sender"] for each in found} == {"till", "terminal"}
    times = [each["at"] for each in found]
    assert times == sorted(times)


async def test_trace_goes_on_when_the_terminal_comes_back(counter: Counter) -> None:
    async with tracing(counter) as lines:
        offline = asyncio.Event()
        counter.daemon.devices.subscribe_states(
            lambda state: None if state.state == Readiness.ONLINE else offline.set()
        )
        await counter.terminal.hand("power_cut")
        await offline.wait()
        await counter.daemon.devices.wait_until_online("terminal")
        assert (await pay(counter))["state"] == "CONFIRMED"
        await until(lines, AUTHORISATION)


async def test_terminal_that_is_offline_is_waited_for() -> None:
    async with Counter() as counter:
        counter.terminal.faults.switch("not_zvt", on=True)
        await counter.start(devices=False)
        async with tracing(counter) as lines:
            counter.terminal.faults.switch("not_zvt", on=False)
            await counter.daemon.devices.wait_until_online("terminal")
            assert (await pay(counter))["state"] == "CONFIRMED"
            await until(lines, AUTHORISATION)


async def test_trace_ends_when_its_time_is_over(counter: Counter) -> None:
    async with tracing(counter, seconds=0.05) as lines:
        assert [line async for line in lines if AUTHORISATION in line] == []


async def test_two_who_look_on_see_the_same(counter: Counter) -> None:
    async with tracing(counter) as one, tracing(counter) as other:
        await pay(counter)
        found = [await until(lines, "completion") for lines in (one, other)]
    first, second = (since_the_payment(lines) for lines in found)
    assert first == second


def since_the_payment(lines: list[str]) -> list[str]:
    """The messages from the request on; who came first has seen the question before it too."""
    messages = [json.loads(line)["message"] for line in lines]
    return messages[next(at for at, each in enumerate(messages) if each.startswith("0601")) :]


@pytest.mark.parametrize(("name", "said"), [("nowhere", "nowhere"), ("printer", "pos_printer")])
async def test_what_is_no_terminal_is_not_traced(counter: Counter, name: str, said: str) -> None:
    answer = await counter.post(f"/v1/terminals/{name}/trace", {})
    assert answer.status_code == 404
    assert said in answer.json()["error"]["message"]


@pytest.mark.parametrize("seconds", [0, -1, 3601, "long"])
async def test_time_that_is_no_time_is_refused(counter: Counter, seconds: object) -> None:
    path = f"{counter.url}/v1/terminals/terminal/trace"
    answer = await counter.client.post(path, params={"seconds": str(seconds)})
    assert answer.status_code == 400


async def test_tracing_needs_the_token(counter: Counter) -> None:
    async with httpx.AsyncClient(trust_env=False) as stranger:
        answer = await stranger.post(f"{counter.url}/v1/terminals/terminal/trace")
    assert answer.status_code == 401
    assert TOKEN not in answer.text
