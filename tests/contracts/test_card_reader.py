"""What every card reader driver does, shown against its simulator."""

import logging
import threading
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from drivers.card_reader import (
    CardPresented,
    CardReader,
    CardReaderEvent,
    CardRemoved,
    CardUnreadable,
    NdefRecord,
    PaymentCardPresented,
)
from drivers.errors import ErrorCode, OfflineError
from simulators.card_reader import NfcReader
from simulators.cards import deck
from tests.card_readers import READERS, Simulator, open_configured


@pytest.fixture(params=READERS)
async def simulator(request: pytest.FixtureRequest) -> AsyncIterator[Simulator]:
    async with READERS[request.param]() as simulator:
        yield simulator


@pytest.fixture
async def reader(simulator: Simulator) -> AsyncIterator[CardReader]:
    reader = await open_configured(simulator)
    await settled(simulator)
    yield reader
    await reader.close()


async def settled(simulator: Simulator) -> None:
    """Wait until the reader has been seen to be empty."""
    if isinstance(simulator, NfcReader):
        await simulator.looked_into.wait()


async def tap(
    simulator: Simulator, events: AsyncIterator[CardReaderEvent], card: str
) -> CardReaderEvent:
    """Hold a card to the reader, and wait until the reader has told of it."""
    await simulator.hand("tap", card=card)
    return await anext(events)


async def remove(simulator: Simulator, events: AsyncIterator[CardReaderEvent]) -> None:
    await simulator.hand("remove")
    assert await anext(events) == CardRemoved()


def asked_on(simulator: Simulator) -> int:
    asked: int = simulator.state()["payment_card_asked_on"]
    return asked


async def test_tag_is_told_with_its_uid_and_message(
    simulator: Simulator, reader: CardReader
) -> None:
    told = await tap(simulator, reader.events(), "member")
    assert isinstance(told, CardPresented)
    assert (told.technology, told.uid) == ("type_2", "04A1B2C3D4E5F6")
    assert told.ndef == (NdefRecord("uri", "https://leden.example.nl/m/10042"),)
    assert (told.problem, told.at_opening) == (None, False)


async def test_chip_is_told_with_its_uid_and_message(
    simulator: Simulator, reader: CardReader
) -> None:
    told = await tap(simulator, reader.events(), "gift_card")
    assert isinstance(told, CardPresented)
    assert (told.technology, told.uid) == ("iso_dep", "047788990011AA")
    assert told.ndef == (NdefRecord("text", "GC-6001-4471"),)


async def test_felica_card_is_told_with_its_number(
    simulator: Simulator, reader: CardReader
) -> None:
    told = await tap(simulator, reader.events(), "felica")
    assert isinstance(told, CardPresented)
    assert (told.technology, told.uid) == ("type_3", "01401B0102030405")


async def test_tag_that_proves_itself_says_something_else_at_each_tap(
    simulator: Simulator, reader: CardReader
) -> None:
    events = reader.events()
    taps = [await tap(simulator, events, "sun_member")]
    await remove(simulator, events)
    taps.append(await tap(simulator, events, "sun_member"))
    said = [told.ndef[0].text for told in taps if isinstance(told, CardPresented)]
    assert len(set(said)) == 2
    assert all(text and text.startswith("https://leden.example.nl/s?p=") for text in said)


async def test_empty_tag_is_told_by_its_uid(simulator: Simulator, reader: CardReader) -> None:
    told = await tap(simulator, reader.events(), "blank")
    assert isinstance(told, CardPresented)
    assert (told.uid, told.ndef, told.problem) == ("04000102030405", (), None)


@pytest.mark.parametrize(("card", "aid"), [("bank_card", deck.VISA), ("bank_card_b", deck.MAESTRO)])
async def test_payment_card_is_told_by_its_application_alone(
    simulator: Simulator,
    reader: CardReader,
    caplog: pytest.LogCaptureFixture,
    card: str,
    aid: bytes,
) -> None:
    caplog.set_level(logging.NOTSET)
    told = await tap(simulator, reader.events(), card)
    assert told == PaymentCardPresented(aid=aid.hex().upper())
    assert asked_on(simulator) == 0
    uid = simulator._hand.cards[card].uid.hex()
    assert uid not in msgspec.json.encode(told).decode().lower() + caplog.text.lower()


async def test_card_that_only_its_number_tells_is_told_once(
    simulator: Simulator, reader: CardReader
) -> None:
    events = reader.events()
    told = await tap(simulator, events, "old_member")
    assert isinstance(told, CardPresented)
    assert (told.technology, told.uid, told.ndef) == ("mifare_classic", "A1B2C3D4", ())
    await remove(simulator, events)
    await simulator.hand("tap", card="member")
    assert isinstance(await anext(events), CardPresented)


async def test_every_tap_of_many_is_told_in_order(simulator: Simulator, reader: CardReader) -> None:
    events = reader.events()
    told = []
    for card in ("member", "bank_card", "gift_card"):
        told.append(await tap(simulator, events, card))
        await remove(simulator, events)
    uids = [getattr(event, "uid", None) for event in told]
    assert uids == ["04A1B2C3D4E5F6", None, "047788990011AA"]


async def test_two_subscribers_are_told_of_every_card(
    simulator: Simulator, reader: CardReader
) -> None:
    first, second = reader.events(), reader.events()
    await simulator.hand("tap", card="member")
    assert await anext(first) == await anext(second)


async def test_card_that_is_torn_away_is_told_and_the_next_one_read(
    simulator: Simulator, reader: CardReader
) -> None:
    events = reader.events()
    simulator.faults.switch("torn", on=True)
    await simulator.hand("tap", card="gift_card")
    told = await anext(events)
    assert isinstance(told, CardUnreadable)
    assert "Hold it again" in told.problem
    assert await anext(events) == CardRemoved()
    assert isinstance(await tap(simulator, events, "gift_card"), CardPresented)


async def test_slow_card_is_read(simulator: Simulator, reader: CardReader) -> None:
    events = reader.events()
    simulator.faults.switch("slow", on=True)
    await simulator.hand("tap", card="gift_card")
    assert isinstance(await anext(events), CardPresented)


async def test_card_that_does_not_answer_ends_the_reader_until_it_is_taken_away(
    simulator: Simulator,
) -> None:
    reader = await open_configured(simulator, patience=0.3)
    events = reader.events()
    await settled(simulator)
    simulator.faults.switch("mute", on=True)
    await simulator.hand("tap", card="gift_card")
    assert isinstance(await anext(events), CardUnreadable)
    with pytest.raises(OfflineError, match="Take the card away") as caught:
        await anext(events)
    assert caught.value.code is ErrorCode.TIMEOUT
    simulator.faults.switch("mute", on=False)
    await simulator.hand("remove")
    await reader.close()
    again = await open_configured(simulator)
    events = again.events()
    await simulator.hand("tap", card="gift_card")
    while not isinstance(await anext(events), CardPresented):
        await simulator.hand("remove")
        await simulator.hand("tap", card="gift_card")
    await again.close()


async def test_card_that_lay_there_before_is_told_as_such(simulator: Simulator) -> None:
    before = await open_configured(simulator)
    seen = before.events()
    await settled(simulator)
    await simulator.hand("tap", card="member")
    assert isinstance(await anext(seen), CardPresented)
    await before.close()
    reader = await open_configured(simulator)
    told = await anext(reader.events())
    assert isinstance(told, CardPresented)
    assert told.at_opening
    await reader.close()


async def test_closing_ends_the_events_and_can_be_repeated(reader: CardReader) -> None:
    events = reader.events()
    await reader.check_health()
    await reader.close()
    await reader.close()
    with pytest.raises(OfflineError) as caught:
        await anext(events)
    assert caught.value.code is ErrorCode.CLOSED
    with pytest.raises(OfflineError):
        await reader.check_health()


async def test_closing_leaves_no_thread(simulator: Simulator) -> None:
    for _ in range(3):
        reader = await open_configured(simulator)
        await reader.close()
    lanes = [each for each in threading.enumerate() if each.name.startswith("lane-cards")]
    for lane in lanes:
        lane.join(5)
    assert not any(lane.is_alive() for lane in lanes)


@pytest.mark.parametrize("wrong", [{"patience": 0}, {"colour": "red"}])
async def test_wrong_settings_are_refused(simulator: Simulator, wrong: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        await open_configured(simulator, **wrong)
