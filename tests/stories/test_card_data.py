"""An evening with a terminal that says too much, and a search through all that is left behind."""

import contextlib
import logging
import pathlib
import re
from collections.abc import Iterator

import msgspec
import pytest

from drivers.errors import DeviceError
from drivers.wire.zvt import describe
from edge_daemon.cli.logs import FORMAT, RedactingFormatter
from edge_daemon.events import Subscription
from simulators.payment_terminal.cards import CARDS
from simulators.payment_terminal.leaks import PAN, SECRETS, VERIFICATION_VALUE, leaking
from simulators.payment_terminal.replay import read_capture
from simulators.payment_terminal.results import card_information
from tests.contracts.terminals import open_configured
from tests.contracts.zvt_terminals import Journal, Simulator, pay
from tests.stories.counter import CARD, Counter, ulid

NEEDLES = [form for digits in SECRETS for form in (digits.encode(), digits.encode("utf-16-le"))]
PACKED = [bytes.fromhex(digits) for digits in SECRETS]
"""As BCD, where each byte holds two digits."""


def assert_clean(where: str, data: bytes) -> None:
    joined = re.sub(rb"(?<=[0-9])[ -](?=[0-9])", b"", data)
    for needle in (*NEEDLES, *PACKED):
        assert needle not in data, f"{where} holds {needle!r}"
        assert needle not in joined, f"{where} holds {needle!r} in groups"
    for digits in SECRETS:
        assert digits.encode().hex().encode() not in data.lower(), f"{where} holds a dump"


def search(folder: pathlib.Path) -> set[str]:
    """Search every file, and return what kinds of files there were."""
    paths = [path for path in folder.rglob("*") if path.is_file()]
    for path in paths:
        assert_clean(path.name, path.read_bytes())
    return {path.suffix for path in paths}


@pytest.fixture
def log(tmp_path: pathlib.Path) -> Iterator[pathlib.Path]:
    path = tmp_path / "edge-daemon.log"
    handler = logging.FileHandler(path)
    handler.setFormatter(RedactingFormatter(FORMAT))
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield path
    root.setLevel(before)
    root.removeHandler(handler)
    handler.close()


def test_search_finds_what_it_looks_for() -> None:
    for found in (
        f"PAN {PAN}",
        PAN[6:12],
        f"{PAN[:4]} {PAN[4:8]} {PAN[8:12]} {PAN[12:]}",
        PAN.encode().hex(),
    ):
        with pytest.raises(AssertionError):
            assert_clean("this", found.encode())
    with pytest.raises(AssertionError):
        assert_clean("this", bytes.fromhex(PAN))


async def test_evening_leaves_no_card_data_behind(log: pathlib.Path) -> None:
    async with Counter() as counter:
        counter.terminal.faults.switch("leaks_card_data", on=True)
        await counter.start()
        heard = counter.daemon.events.subscribe()
        answers = [await counter.sell(**CARD)]
        counter.terminal.faults.switch("decline", on=True)
        response = await counter.put(
            f"/v1/payments/{ulid()}", {"workstation": "till-1", "amount": 500}
        )
        answers.append(response.json())
        counter.terminal.faults.switch("decline", on=False)
        counter.terminal.faults.switch("unknown_bitmap", on=True)
        await counter.put(f"/v1/payments/{ulid()}", {"workstation": "till-1", "amount": 700})
        answers += [(await counter.get(path)).json() for path in ("/v1/payments", "/v1/health")]
        told = b"\n".join(taken(heard))
        assert_clean("the answers", repr(answers).encode())
        assert_clean("the events", told)
        assert b"492984" in told, "the search would find a masked number"
        assert_clean("the simulator's state", repr(counter.terminal.state()).encode())
        assert_clean("its recording", repr(counter.terminal.traffic).encode())
        assert_clean("the paper", repr(counter.printer.state()).encode())
        await counter.stop()
        assert search(counter.directory) >= {".sqlite", ".toml"}
    assert search(log.parent) == {".log"}


def taken(heard: Subscription) -> Iterator[bytes]:
    while (message := heard.take()) is not None:
        yield message.text.encode()


async def test_capture_for_support_holds_no_card_data(tmp_path: pathlib.Path) -> None:
    lines: list[object] = []
    events: list[object] = []
    async with Simulator(ledger=tmp_path / "books.sqlite") as simulator:
        simulator.faults.switch("leaks_card_data", on=True)
        terminal = await open_configured(simulator)
        subscription = terminal.events()
        terminal.trace(lines.append)
        journal = Journal()
        result = await pay(simulator, terminal, journal=journal)
        assert result.masked_pan == "492984******5582"
        shown = await terminal.last_result()
        slips = await terminal.reprint_receipt()
        simulator.faults.switch("unknown_bitmap", on=True)
        with contextlib.suppress(DeviceError):
            await pay(simulator, terminal)
        await terminal.close()
        with contextlib.suppress(DeviceError):
            while True:
                events.append(await anext(subscription))
    capture = b"".join(msgspec.json.encode(line) + b"\n" for line in lines)
    told = repr((result, journal.results, shown, slips, events)).encode()
    assert_clean("the results", told)
    assert b"492984******5582" in told
    assert_clean("the capture", capture)
    for message in read_capture(capture.decode()):
        assert_clean("a message of the capture", message.apdu)
        assert bytes.fromhex("3a" + VERIFICATION_VALUE) not in message.apdu
        assert_clean("its description", repr(describe(message.apdu)).encode())
    assert search(tmp_path) == {".sqlite"}


def test_description_of_a_leaking_result_is_clean() -> None:
    result = leaking(card_information(CARDS["visa"], "52500245", contactless=True).apdu())
    assert PAN.encode() in result.encode()
    assert_clean("the description", repr(describe(result.encode())).encode())
