"""Cards at the counter: members, badges, gift cards, and bank cards that are sent elsewhere."""

import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest

from edge_daemon.client import STALE_CARD, Register
from edge_daemon.devices import Readiness
from edge_daemon.events import Subscription
from edge_daemon.records import decode_entry
from edge_daemon.records.payloads import OperatorEvent, OperatorEventKind, OperatorMethod
from edge_daemon.records.verifiers import badge_reference
from simulators.cards import deck
from simulators.pcsc_card_reader import PcscCardReader
from tests.card_readers import READERS, Simulator, pcsc_directory
from tests.shifting_loop import advance
from tests.stories.counter import TOKEN, Counter, next_event
from tests.stories.staff import hire, person

BOTH = pytest.mark.parametrize("reader", READERS, indirect=True)


@pytest.fixture
async def reader(request: pytest.FixtureRequest) -> Simulator:
    return READERS[getattr(request, "param", "nfcpy")]()


@pytest.fixture
async def counter(reader: Simulator) -> AsyncIterator[Counter]:
    async with Counter(more=[reader]) as counter:
        await counter.start()
        yield counter


async def tap(counter: Counter, reader: Simulator, card: str) -> dict[str, Any]:
    """Hold a card to the reader until it is told, and take it away."""
    kind = "payment_card_presented" if card == "bank_card" else "card_presented"
    with counter.daemon.events.subscribe() as heard:
        await reader.hand("tap", card=card)
        told = await next_event(heard, kind)
        await reader.hand("remove")
        await next_event(heard, "card_removed")
        return told


@BOTH
async def test_cards_are_told_as_what_they_are(counter: Counter, reader: Simulator) -> None:
    member = await tap(counter, reader, "member")
    assert (member["meaning"], member["key"]) == ("customer", "10042")
    assert (member["rule"], member["uid"]) == ("cards-members", "04A1B2C3D4E5F6")
    assert "proven" not in member
    gift = await tap(counter, reader, "gift_card")
    assert (gift["meaning"], gift["key"]) == ("gift_card", "6001-4471")
    unknown = await tap(counter, reader, "blank")
    assert unknown["uid"] == "04000102030405"
    assert "meaning" not in unknown
    badge = await tap(counter, reader, "badge")
    assert badge["badge"] == badge_reference("BADGE-0007")
    assert "Nobody has this badge" in badge["problem"]
    assert not {"key", "uid", "ndef", "atr", "operator_id"} & badge.keys()


async def test_card_that_proves_itself_is_believed_once_and_its_copy_never(
    counter: Counter, reader: Simulator
) -> None:
    told = await tap(counter, reader, "sun_member")
    assert (told["meaning"], told["key"], told["proven"]) == ("customer", "04C5D6E7F80910", True)
    reader.faults.switch("copied", on=True)
    copied = await tap(counter, reader, "sun_member")
    assert "copied" in copied["problem"]
    assert not {"meaning", "key", "uid", "ndef"} & copied.keys()
    await counter.crash()
    await counter.start()
    assert "copied" in (await tap(counter, reader, "sun_member"))["problem"]
    reader.faults.switch("copied", on=False)
    assert (await tap(counter, reader, "sun_member"))["proven"]


async def test_badge_signs_its_operator_on(counter: Counter, reader: Simulator) -> None:
    badge = {"method": "NFC", "verifier": badge_reference("BADGE-0007")}
    cashier = person("op-17", "Bram", "cashier", credential_verifiers=[badge])
    await hire(counter, [cashier])
    told = await tap(counter, reader, "badge")
    assert (told["meaning"], told["operator_id"], told["proven"]) == ("badge", "op-17", True)
    assert not {"key", "uid", "ndef", "atr", "badge", "problem"} & told.keys()
    stored = await counter.daemon.journal.read_after(None, limit=100, max_bytes=1 << 20)
    entries = [decode_entry(each.data) for each in stored]
    (signed,) = [each for each in entries if isinstance(each.payload, OperatorEvent)]
    assert signed.workstation_id == "till-1"
    assert signed.payload == OperatorEvent(
        event=OperatorEventKind.SIGN_ON,
        subject_operator_id="op-17",
        method=OperatorMethod.NFC,
    )


async def test_badge_that_lay_on_the_reader_signs_nobody_on(
    counter: Counter, reader: Simulator
) -> None:
    await counter.stop()
    await reader.hand("tap", card="badge")
    await counter.start()
    with counter.daemon.events.subscribe(f"{counter.daemon.events.boot}-0") as heard:
        told = await next_event(heard, "card_presented")
    assert told["at_opening"]
    assert "hold it again" in told["problem"]
    assert "operator_id" not in told


@BOTH
async def test_bank_card_is_refused_and_nothing_of_it_is_kept_anywhere(
    counter: Counter, reader: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.NOTSET)
    told = await tap(counter, reader, "bank_card")
    assert told["aid"] == deck.VISA.hex().upper()
    assert "payment terminal" in told["message"]
    assert reader.state()["payment_card_asked_on"] == 0
    trail = caplog.text.encode()
    with counter.daemon.events.subscribe(f"{counter.daemon.events.boot}-0") as heard:
        trail += b"".join(message.text.encode() for message in _all(heard))
    await counter.stop()
    files = [path for path in counter.directory.rglob("*") if path.is_file()]
    trail += b"".join(path.read_bytes() for path in files)
    canary = bytes.fromhex("04DEADBEEFCAFE")
    assert canary not in trail
    assert canary.hex().encode() not in trail.lower()


async def test_card_goes_to_the_register_that_has_the_reader(
    counter: Counter, reader: Simulator
) -> None:
    lease = await counter.put("/v1/leases/cards", {"workstation": "till-1"})
    assert lease.status_code == 200, lease.text
    with counter.daemon.events.subscribe() as everything:
        await reader.hand("tap", card="member")
        async for message in everything:
            if message.type == "card_presented":
                assert message.only_for == counter.daemon.devices.leases.holder("cards")
                assert message.only_for is not None
                return


async def test_reader_that_hangs_delays_nobody_and_comes_back() -> None:
    reader = HastyReader("cards", pcsc_directory())
    async with Counter(more=[reader]) as counter:
        await counter.start()
        devices = counter.daemon.devices
        reader.faults.switch("mute", on=True)
        with counter.daemon.events.subscribe() as heard:
            await reader.hand("tap", card="gift_card")
            told = await next_event(heard, "card_unreadable")
            assert "Take it away" in told["problem"]
            await devices.wait_until("cards", Readiness.OFFLINE)
            await counter.scanner.hand("scan", data="8710400145981")
            await next_event(heard, "scan")
            assert "does not react" in (devices.state("cards").reason or "")
            assert {each.name for each in devices.states() if each.state is Readiness.ONLINE} >= {
                "printer",
                "drawer",
                "scanner",
                "terminal",
            }
            await reader.hand("remove")
            reader.faults.switch("mute", on=False)
            await devices.wait_until_online("cards")
        assert (await tap(counter, reader, "gift_card"))["key"] == "6001-4471"


async def test_card_of_an_earlier_customer_is_handed_out_as_stale(
    counter: Counter, reader: Simulator
) -> None:
    await tap(counter, reader, "member")
    advance(6.0)
    boot = counter.daemon.events.boot
    async with (
        Register(counter.url, TOKEN, workstation="till-1", operator_id="op-17") as till,
        till.events(types=["card_presented"], after=f"{boot}-0") as events,
    ):
        kinds = [(await anext(events)).type for _ in range(2)]
    assert kinds == ["subscribed", STALE_CARD]


class HastyReader(PcscCardReader):
    """A reader whose driver gives up sooner than it does at a counter."""

    def toml(self) -> str:
        return super().toml().replace("\n\n", "\npatience = 1.5\n\n", 1)


def _all(heard: Subscription) -> list[Any]:
    found = []
    while (message := heard.take()) is not None:
        found.append(message)
    return found
