"""An evening with a terminal that says too much, and a search through all that is left behind."""

import contextlib
import logging
import pathlib
import re
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest

from drivers.errors import DeviceError
from drivers.wire.zvt import describe
from edge_daemon.events import Subscription
from edge_daemon.logs import FORMAT, RedactingFormatter
from simulators.caisse_ap_terminal import CaisseApTerminal
from simulators.nexo_terminal import Model as NexoModel
from simulators.nexo_terminal import NexoTerminal
from simulators.opi_terminal import OpiTerminal
from simulators.payment_terminal.cards import CARDS
from simulators.payment_terminal.leaks import PAN, SECRETS, VERIFICATION_VALUE, leaking
from simulators.payment_terminal.results import card_information
from simulators.replay import read_capture
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
        PAN[4:12],
        f"{PAN[:4]} {PAN[4:8]} {PAN[8:12]} {PAN[12:]}",
        PAN.encode().hex(),
    ):
        with pytest.raises(AssertionError):
            assert_clean("this", found.encode())
    with pytest.raises(AssertionError):
        assert_clean("this", bytes.fromhex(PAN))


EVENINGS: dict[str, Callable[[pathlib.Path], Any]] = {
    "zvt": lambda books: Simulator(ledger=books, auto=True),
    "zvt-serial": lambda books: Simulator(ledger=books, auto=True, line="serial"),
    "nexo": lambda books: NexoTerminal(directory=folder(books), auto=True),
    "nexo-cloud": lambda books: NexoTerminal(
        directory=folder(books), auto=True, model=NexoModel(cloud=True)
    ),
    "opi": lambda books: OpiTerminal(ledger=books, auto=True),
    "caisse-ap": lambda books: CaisseApTerminal(ledger=books, auto=True),
}
TROUBLES = {
    "zvt": ("decline", "unknown_bitmap", "drop_after_status_information"),
    "zvt-serial": ("decline", "signature_required", "drop_after_status_information"),
    "nexo": ("decline", "signature_required", "drop_after_processing"),
    "nexo-cloud": ("decline", "partial", "drop_mid_answer"),
    "opi": ("decline", "asks_signature", "drop_before_response"),
    "caisse-ap": ("decline", "no_reason", "drop_before_answer"),
}


def folder(books: pathlib.Path) -> pathlib.Path:
    path = books.with_suffix("")
    path.mkdir()
    return path


@pytest.mark.parametrize("protocol", EVENINGS)
async def test_evening_leaves_no_card_data_behind(log: pathlib.Path, protocol: str) -> None:
    async with Counter(terminal=EVENINGS[protocol]) as counter:
        faults = counter.terminal.faults
        faults.switch("leaks_card_data", on=True)
        await counter.start()
        heard = counter.daemon.events.subscribe()
        path = f"{counter.url}/v1/terminals/terminal/trace"
        async with counter.client.stream("POST", path, params={"seconds": 600}) as capture:
            lines = capture.aiter_lines()
            await anext(lines)
            answers: list[object] = [await counter.sell(**CARD)]
            for trouble in TROUBLES[protocol]:
                faults.switch(trouble, on=True)
                answers.append(await pay_at(counter))
                faults.switch(trouble, on=False)
            answers += [(await counter.get(path)).json() for path in ("/v1/payments", "/v1/health")]
            answers.append((await counter.post("/v1/terminals/terminal/reprint", {})).json())
            counter.daemon.tracing.close()
            traced = [line async for line in lines]
        told = b"\n".join(taken(heard))
        assert_clean("the answers", repr(answers).encode())
        assert_clean("the events", told)
        assert "492984" in "".join(traced), "the search would find a masked number"
        (counter.directory / "capture.jsonl").write_text("\n".join(traced))
        recording = counter.directory / "recording.txt"
        recording.write_text(repr((counter.terminal.state(), list(counter.terminal.traffic))))
        assert_clean("the paper", repr(counter.printer.state()).encode())
        await counter.stop()
        found = search(counter.directory)
        assert found >= {".db", ".sqlite", ".toml", ".jsonl", ".txt"}
    assert search(log.parent) == {".log"}


async def pay_at(counter: Counter) -> object:
    order = {"workstation": "till-1", "amount": 500}
    return (await counter.put(f"/v1/payments/{ulid()}", order, wait=30)).json()


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
    for recorded in read_capture(capture.decode(), "zvt"):
        message = bytes.fromhex(recorded.message)
        assert_clean("a message of the capture", message)
        assert bytes.fromhex("3a" + VERIFICATION_VALUE) not in message
        assert_clean("its description", repr(describe(message)).encode())
    assert search(tmp_path) == {".sqlite"}


def test_description_of_a_leaking_result_is_clean() -> None:
    result = leaking(card_information(CARDS["visa"], "52500245", contactless=True).apdu())
    assert PAN.encode() in result.encode()
    assert_clean("the description", repr(describe(result.encode())).encode())
